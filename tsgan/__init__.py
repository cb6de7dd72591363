"""tsgan learns how markets move, generates scenarios by the million, and shows how far they can be trusted."""

from __future__ import annotations

import importlib
import importlib.metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tsgan.applications.explain import explain as explain
    from tsgan.applications.forecast import forecast as forecast
    from tsgan.applications.pipeline import Run as Run
    from tsgan.applications.pipeline import run as run
    from tsgan.applications.robustness import robustness as robustness
    from tsgan.config import GANConfig as GANConfig
    from tsgan.data.load import load_prices as load_prices
    from tsgan.data.panel import Panel as Panel
    from tsgan.data.yahoo import fetch as fetch
    from tsgan.errors import TsganError as TsganError
    from tsgan.evaluation.compare import Comparison as Comparison
    from tsgan.evaluation.compare import compare as compare
    from tsgan.evaluation.scorecard import Scorecard as Scorecard
    from tsgan.evaluation.scorecard import evaluate as evaluate
    from tsgan.feeds.write import feed as feed
    from tsgan.fitting import FITTERS as FITTERS
    from tsgan.fitting import fit as fit
    from tsgan.fitting import load_model as load_model
    from tsgan.inspection import Inspection as Inspection
    from tsgan.inspection import inspect as inspect
    from tsgan.models.contract import MarketModel as MarketModel
    from tsgan.sampling import sample as sample
    from tsgan.sampling import sample_chunks as sample_chunks
    from tsgan.scenarios.scenarios import Scenarios as Scenarios
    from tsgan.scenarios.tables import read_scenarios as read_scenarios
    from tsgan.scenarios.writing import write_scenarios as write_scenarios

_PUBLIC = {
    "FITTERS": "tsgan.fitting",
    "Comparison": "tsgan.evaluation.compare",
    "GANConfig": "tsgan.config",
    "Inspection": "tsgan.inspection",
    "MarketModel": "tsgan.models.contract",
    "Panel": "tsgan.data.panel",
    "Run": "tsgan.applications.pipeline",
    "Scenarios": "tsgan.scenarios.scenarios",
    "Scorecard": "tsgan.evaluation.scorecard",
    "TsganError": "tsgan.errors",
    "compare": "tsgan.evaluation.compare",
    "evaluate": "tsgan.evaluation.scorecard",
    "explain": "tsgan.applications.explain",
    "feed": "tsgan.feeds.write",
    "fetch": "tsgan.data.yahoo",
    "fit": "tsgan.fitting",
    "forecast": "tsgan.applications.forecast",
    "inspect": "tsgan.inspection",
    "load_model": "tsgan.fitting",
    "load_prices": "tsgan.data.load",
    "read_scenarios": "tsgan.scenarios.tables",
    "robustness": "tsgan.applications.robustness",
    "run": "tsgan.applications.pipeline",
    "sample": "tsgan.sampling",
    "sample_chunks": "tsgan.sampling",
    "write_scenarios": "tsgan.scenarios.writing",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    # Loaded on first use (PEP 562), so that `import tsgan` and `tsgan --help` stay instant.
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    if name == "__version__":
        return importlib.metadata.version("tsgan")
    raise AttributeError(f"module 'tsgan' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
