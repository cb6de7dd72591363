"""Scenarios as other people's programs read them: one module an engine, none of which is imported here."""

from tsgan.feeds.engine import ENGINES as ENGINES
from tsgan.feeds.engine import Engine as Engine
from tsgan.feeds.engine import engine_of as engine_of
from tsgan.feeds.series import FIELDS as FIELDS
from tsgan.feeds.series import Limits as Limits
from tsgan.feeds.series import Series as Series
from tsgan.feeds.series import series_of as series_of
from tsgan.feeds.ticks import Tick as Tick
from tsgan.feeds.write import Feed as Feed
from tsgan.feeds.write import feed as feed
