"""Forecasts: fan charts, odds of levels, and a rolling backtest of both."""

from tsgan.applications.forecast.backtest import ForecastBacktest as ForecastBacktest
from tsgan.applications.forecast.backtest import backtest_forecasts as backtest_forecasts
from tsgan.applications.forecast.fan import FanChart as FanChart
from tsgan.applications.forecast.fan import fan_chart as fan_chart
from tsgan.applications.forecast.fan import marked_days as marked_days
from tsgan.applications.forecast.fan import parse_levels as parse_levels
from tsgan.applications.forecast.report import ForecastReport as ForecastReport
from tsgan.applications.forecast.report import forecast as forecast
