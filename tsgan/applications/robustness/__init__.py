"""Robustness of strategies: other histories than the one that happened, and the choice among variants."""

from tsgan.applications.robustness.result import Robustness as Robustness
from tsgan.applications.robustness.strategy import EXAMPLES as EXAMPLES
from tsgan.applications.robustness.strategy import Strategy as Strategy
from tsgan.applications.robustness.study import robustness as robustness
