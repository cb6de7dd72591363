"""Which past days and assets drive tomorrow's volatility, and what its state is, in numbers and in words.

The question is put as a difference: between the history as it was and the same ups and downs with every day a move of
usual size (one training standard deviation).  A day that moved more than usual adds to volatility, a calm day takes
from it, and what falls add beyond rises of the same size is the leverage effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tsgan.data.calendars import period_of
from tsgan.data.panel import Panel
from tsgan.data.sessions import year_of
from tsgan.errors import DataError, ModelError
from tsgan.models.contract import MarketModel
from tsgan.models.explainable import Explainable
from tsgan.reports.numbers import amount
from tsgan.reports.period import DAY, Period

AGES = ((1, 5), (6, 20), (21, 60), (61, 250), (251, 10**9))
"""Groups of past days, by age: the last week, the rest of the last month, of the quarter, of the year, and before."""
TURNED = 20
"""Days whose signs are turned to measure the leverage effect."""
EVERY = 5
"""Days between the earlier states that today's is compared with."""
MIN_RETURNS = 60
"""Returns that an explanation needs."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """Tomorrow's volatility of one asset, and where it comes from.  Made by :func:`attribute`.

    Volatilities are annual; contributions are in log volatility: 0.1 raises it by 10.5 %.

    Attributes:
        asset: whose volatility.
        kinds: of ``assets``.
        period: what a step of the history is.
        assets, dates, returns: the past days that count, (day,), and their returns, (day, asset), NaN for none.
        volatility: tomorrow's; ``usual`` after a history of usual moves.
        parts: (day, asset) contributions, which sum to log(volatility / usual).
        turned: tomorrow's volatility had the last ``TURNED`` days gone the other way.
        rank: share of earlier states with a lower volatility.
        since: first date of these states.
    """

    asset: str
    assets: tuple[str, ...]
    kinds: tuple[str, ...]
    period: Period
    dates: np.ndarray
    returns: np.ndarray
    volatility: float
    usual: float
    parts: np.ndarray
    turned: float
    rank: float
    since: str

    @property
    def total(self) -> float:
        return float(np.log(self.volatility / self.usual))

    @property
    def gap(self) -> float:
        """How far the contributions miss the total, as a share of it (or of their sizes, where those nearly cancel)."""
        return abs(self.parts.sum() - self.total) / max(abs(self.total), 0.01 * float(np.abs(self.parts).sum()), 1e-12)

    def by_asset(self) -> dict[str, float]:
        return dict(zip(self.assets, self.parts.sum(axis=0).tolist(), strict=True))

    def by_age(self, period: Period = DAY) -> dict[str, float]:
        """Contribution of each group of steps in ``AGES`` that the history reaches, named in steps of ``period``."""
        days, many = self.parts.sum(axis=1)[::-1], period.many
        names = (f"{many} {a} to {b}" if b < 10**9 else f"older than {a - 1} {many}" for a, b in AGES)
        return {name: float(days[a - 1 : b].sum()) for name, (a, b) in zip(names, AGES, strict=True) if a <= len(days)}

    def top_days(self, count: int = 10) -> list[dict[str, Any]]:
        """The days that count most, the largest first: date, return of every asset (or None), contribution in all."""
        days = self.parts.sum(axis=1)
        return [
            {
                "date": str(self.dates[i]),
                "returns": {
                    asset: float(move) if np.isfinite(move) else None
                    for asset, move in zip(self.assets, self.returns[i], strict=True)
                },
                "contribution": float(days[i]),
            }
            for i in np.argsort(-np.abs(days), kind="stable")[:count]
        ]

    def to_dict(self) -> dict[str, Any]:
        """Everything but the single days, as plain JSON types."""
        own = ("asset", "volatility", "usual", "turned", "rank", "since", "total")
        return {name: getattr(self, name) for name in own} | {
            "sum_of_contributions": float(self.parts.sum()),
            "by_asset": self.by_asset(),
            "by_age": self.by_age(),
            "top_days": self.top_days(),
        }

    def words(self) -> list[str]:
        """The state in sentences: level, short and long memory, leverage, and the other assets' share."""
        kind, period = self.kinds[self.assets.index(self.asset)], self.period
        higher = self.rank >= 0.5
        rank = self.rank if higher else 1 - self.rank
        level = (
            f"{self.asset}: {period.tomorrow}'s volatility is {amount(self.volatility, kind)} a year, "
            f"{'higher' if higher else 'lower'} than in {rank:.0%} of the states since {self.since}. After a history "
            f"of usual moves it would be {amount(self.usual, kind)}."
        )
        ages = list(self.by_age().values())
        short, long = sum(ages[:2]), sum(ages[2:])
        memory = f"Short memory: the last {AGES[1][1]} {period.many} {_moves(short)}. "
        memory += f"Long memory: the {period.many} before them {_moves(long)}."
        effect = self.volatility / self.turned - 1
        leverage = (
            f"Leverage: had the last {TURNED} {period.many} gone the other way, it would be "
            f"{amount(self.turned, kind)}; their direction {'raises' if effect >= 0 else 'lowers'} it by "
            f"{abs(effect):.0%}."
        )
        own = self.by_asset()
        others = sum(value for asset, value in own.items() if asset != self.asset)
        split = f"Its own moves {_moves(own[self.asset])}, those of the other assets {_moves(others)}."
        return [level, memory, leverage] + [split] * (len(own) > 1)


def attribute(model: MarketModel, panel: Panel, asset: str) -> Attribution:
    """Explain tomorrow's volatility of ``asset`` after a history.

    Args:
        model: one that is :class:`tsgan.models.explainable.Explainable`, as GANs are.
        panel: the history, with the model's tickers in the model's order (``model.aligned``).
        asset: one of them.

    Raises:
        ModelError: a model that is not.
        DataError: fewer than 60 returns of an asset.
    """
    if not isinstance(model, Explainable):
        raise ModelError(f"a {model.info.model} is not explained; give a gan")
    returns = panel.moves
    recent = returns[-model.context_days :]
    known = np.isfinite(recent).sum(axis=0)
    if known.min(initial=len(recent)) < MIN_RETURNS:
        fewest = int(np.argmin(known))
        raise DataError(
            f"an explanation needs at least {MIN_RETURNS} returns of every asset, and the history up to "
            f"{panel.dates[-1]} has {known[fewest]} of {panel.assets[fewest]}; give longer prices or a later date"
        )
    column = panel.assets.index(asset)
    year = np.sqrt(sessions_of(panel, column))
    baseline = np.where(recent >= 0, 1.0, -1.0) * np.abs(model.scale)
    parts, after, before = model.integrated_gradients(recent, baseline, column)
    turned = recent.copy()
    turned[-TURNED:] *= -1
    ends = np.arange(len(returns), min(MIN_RETURNS, len(returns) - 1), -EVERY)[::-1]
    states = model.predictive_moments(returns, ends)
    other = model.predictive_moments(turned, np.array([len(turned)]))
    assert states is not None and other is not None
    volatility = states.volatility[:, column]
    return Attribution(
        asset=asset,
        assets=panel.assets,
        kinds=panel.kinds,
        period=Period.of(period_of(panel.periods_per_year)),
        dates=panel.return_dates[-len(recent) :],
        returns=recent,
        volatility=float(np.exp(after) * year),
        usual=float(np.exp(before) * year),
        parts=parts,
        turned=float(other.volatility[0, column] * year),
        rank=float((volatility[:-1] < volatility[-1]).mean()) if len(volatility) > 1 else 0.5,
        since=str(panel.return_dates[ends[0] - 1]),
    )


def sessions_of(panel: Panel, asset: int) -> float:
    """Sessions a year of an asset: those of its own calendar, where it keeps one."""
    return year_of(panel.calendars[asset]) if panel.calendars else float(panel.periods_per_year)


def _moves(part: float) -> str:
    change = np.expm1(part)
    return f"{'add' if change >= 0 else 'take'} {abs(change):.0%}{'' if change >= 0 else ' from it'}"
