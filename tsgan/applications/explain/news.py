"""News impact: what a day of a given size does to volatility, and how long it is felt.

After Engle and Ng (1993).  Size is measured in each model's own standard deviations of that day; other assets move
along as their correlation over the model's recent days says.  For every model whose moments of tomorrow are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tsgan.data.calendars import period_of
from tsgan.errors import ModelError
from tsgan.models.contract import MarketModel
from tsgan.models.missing import correlation_of
from tsgan.reports.period import Period

SIZES = tuple(np.arange(-12, 13) / 4)
"""From -3 to +3 standard deviations."""
FELT = (-3.0, 3.0)
"""Sizes whose decay is followed."""
DAYS, DRAWS = 60, 2048
"""Steps that the decay is followed for, and paths behind it; all sizes share their noise."""


@dataclass(frozen=True, eq=False)
class NewsImpact:
    """Made by :func:`news_impact`.

    Attributes:
        model, asset, kind: whose curve.
        period: what a step of the history is.
        sizes: (size,) in standard deviations.
        volatility: (size,) annual volatility of the day after.
        decay: size -> (day,) volatility of the first, second, ... day after, over that after a day without a move.
    """

    model: str
    asset: str
    kind: str
    period: Period
    sizes: np.ndarray
    volatility: np.ndarray
    decay: dict[float, np.ndarray]

    def at(self, size: float) -> float:
        """Annual volatility after a day of this size, which is one of ``sizes``."""
        return float(self.volatility[int(np.argmin(np.abs(self.sizes - size)))])

    def half_life(self, size: float) -> int | None:
        """Days until half of the first day's log response is gone for good; None where that takes longer than shown.

        Also None where the first day does not respond.
        """
        first = float(np.log(self.decay[size][0]))
        if abs(first) < 1e-6:
            return None
        response = np.log(self.decay[size]) / first
        above = np.flatnonzero(response > 0.5)
        return None if not len(above) or above[-1] + 1 >= len(response) else int(above[-1]) + 1

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {
            "model": self.model,
            "asset": self.asset,
            "sizes": self.sizes.tolist(),
            "volatility": self.volatility.tolist(),
            "decay": {f"{size:+g}": ratio.tolist() for size, ratio in self.decay.items()},
            "half_life": {f"{size:+g}": self.half_life(size) for size in self.decay},
        }


def news_impact(
    model: MarketModel,
    returns: np.ndarray,
    asset: int,
    periods_per_year: float = 252,
    *,
    period: Period | None = None,
    seed: int = 0,
) -> NewsImpact:
    """The news impact curve of ``model`` after a history of returns (day, asset), NaN where there is none.

    ``periods_per_year`` are the asset's own; ``period`` is what a step of the history is, told by them unless given.

    Raises ModelError for a model that does not tell its volatility.
    """
    today, end = model.predictive_moments(returns, np.array([len(returns)])), len(returns)
    if today is None:
        raise ModelError(f"{model.info.model} does not tell its volatility, so news has no impact to show")
    along = correlation_of(returns[-model.context_days :])[asset]
    days = today.mean[0] + np.array([*SIZES, 0.0])[:, None] * along * today.volatility[0]
    after = np.concatenate([_after(model, returns, day) for day in days])[:, asset]
    wanted = {size: SIZES.index(size) for size in FELT}
    variance = {
        row: next(
            (paths.astype(np.float64) ** 2).mean(axis=(0, 1))[:, asset]
            for _, paths in model.forecast(
                np.concatenate([returns, days[row : row + 1]]), np.array([end + 1]), DAYS, DRAWS, seed=seed
            )
        )
        for row in (*wanted.values(), len(SIZES))
    }
    quiet = variance[len(SIZES)]
    decay = {}
    for size, row in wanted.items():
        ratio = np.sqrt(variance[row] / quiet)
        ratio[0] = after[row] / after[len(SIZES)]  # the first day is known without draws
        decay[size] = ratio
    return NewsImpact(
        model=model.info.model,
        asset=model.info.assets[asset],
        kind=model.info.kinds[asset],
        period=period or Period.of(period_of(round(periods_per_year))),
        sizes=np.array(SIZES),
        volatility=after[:-1] * np.sqrt(periods_per_year),
        decay=decay,
    )


def _after(model: MarketModel, returns: np.ndarray, day: np.ndarray) -> np.ndarray:
    """(1, asset) volatility of the day after ``day`` (asset,)."""
    longer = np.concatenate([returns[-model.context_days :], day[None]])
    found = model.predictive_moments(longer, np.array([len(longer)]))
    assert found is not None
    return found.volatility
