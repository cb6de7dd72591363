"""What can be lost, when, and what would have to happen."""

from tsgan.applications.portfolio import Portfolio as Portfolio
from tsgan.applications.portfolio import read_portfolio as read_portfolio
from tsgan.applications.stress.result import StressTest as StressTest
from tsgan.applications.stress.study import stress as stress
