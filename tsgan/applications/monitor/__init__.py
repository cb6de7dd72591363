"""Monitoring: whether a model still says what comes, day by day since its training."""

from tsgan.applications.monitor.alarms import Alarm as Alarm
from tsgan.applications.monitor.report import Monitoring as Monitoring
from tsgan.applications.monitor.report import monitor as monitor
from tsgan.applications.monitor.simulated import WITHIN as WITHIN
from tsgan.applications.monitor.simulated import Power as Power
from tsgan.applications.monitor.simulated import power as power
