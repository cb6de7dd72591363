"""Monitoring: whether a model still says what comes, day by day since its training."""

from tsgan.applications.monitor.alarms import Alarm as Alarm
from tsgan.applications.monitor.report import Monitoring as Monitoring
from tsgan.applications.monitor.report import monitor as monitor
