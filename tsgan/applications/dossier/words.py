"""What a dossier says in words: purpose, method, assumptions, limits; figures come from elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from tsgan.models.contract import MarketModel

PURPOSE = (
    "Joint scenarios of these assets, from a day to a few years ahead, for value at risk and expected shortfall, "
    "stress "
    "tests, loan losses and the trial of strategies on other histories.",
    "It does not price derivatives: paths carry a historical drift, and are adjusted in the mean where a "
    "risk-neutral one "
    "is asked for, which does not make them consistent with option markets.",
    "It is a statistical model with a stated density or a stated resampling rule, fitted to numbers. It writes no "
    "text and "
    "learns nothing while it is used, and belongs under the guidance for quantitative models, not for generative AI.",
)

METHODS = {
    "gan": "A generator reads exponential averages of past returns and squared returns, states tomorrow's skewed, "
    "heavy-tailed law of every asset, and ties assets by common factors. It is fitted by maximum likelihood first "
    "and then "
    "against a critic.",
    "base": "A volatility law learned on many other stocks beforehand; of these assets only units, drift, "
    "correlations and "
    "the state of their history are taken.",
    "gjr-garch": "Per asset a GJR-GARCH(1,1) with skewed Student innovations, by maximum likelihood; across assets a "
    "constant Gaussian copula.",
    "dcc-garch": "Per asset a GJR-GARCH(1,1) with skewed Student innovations; across assets correlations that move "
    "(DCC) and a common tail.",
    "fhs": "Past standardized residuals of whole days, drawn with replacement and scaled by a simulated GJR-GARCH "
    "volatility.",
    "stationary-bootstrap": "Blocks of consecutive past days of random length, glued together.",
    "iid-bootstrap": "Whole past days, drawn at random with replacement.",
    "gbm": "Geometric Brownian motion: independent days, one Gaussian law.",
}

HISTORY = ("recent", "returns", "residuals", "state/", "relations")
"""Arrays of a saved model that are data and no parameters."""


def parameters(model: MarketModel) -> int:
    """Numbers that were fitted; those of the history that a model keeps do not count."""
    arrays = {name.removeprefix("free/"): array for name, array in model.arrays().items()}
    return int(sum(np.size(array) for name, array in arrays.items() if not name.startswith(HISTORY)))


def method(model: MarketModel) -> str:
    return METHODS.get(model.info.model, f"The plug-in model {model.info.model}; its own documents describe it.")


def settings(model: MarketModel) -> list[tuple[str, str]]:
    """The configuration that is not nested, as names and values."""
    config = model.info.config
    told: list[tuple[str, str]] = [("seed of the fit", str(model.info.seed))]
    told += [(name.replace("_", " "), _short(value)) for name, value in config.items() if not isinstance(value, dict)]
    return [*told, ("days of history that the state is read from", f"{model.context_days:,}")]


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
