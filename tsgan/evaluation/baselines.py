"""The classical models that everything is judged beside, by name."""

from __future__ import annotations

BASELINES = ("gjr-garch", "fhs", "stationary-bootstrap", "iid-bootstrap", "gbm")
"""Those fitted unless others are asked for."""

REFERENCE = "gjr-garch"
"""The one whose one-day forecasts are the measure."""

DRAWN = ("gjr-garch", "stationary-bootstrap")
"""Those that plots show beside the model: the best parametric one, and what resampling gives."""
