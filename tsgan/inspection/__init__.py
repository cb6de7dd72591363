"""``tsgan.inspect``: what was read and what is suspicious about it, before anything is fitted to it."""

from tsgan.inspection.report import AssetFacts as AssetFacts
from tsgan.inspection.report import Inspection as Inspection
from tsgan.inspection.report import inspect as inspect
