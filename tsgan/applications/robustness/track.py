"""What a strategy would have earned along histories: positions at each close, held to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tsgan.applications.robustness.strategy import ASKED_AGAIN, BATCH, Strategy
from tsgan.errors import StrategyError
from tsgan.stats.drawdown import drawdown_depth
from tsgan.stats.overfitting import sharpe_ratio

CONSPICUOUS = 6.0
"""A t-statistic of timing from which on a strategy is asked whether it knows more than the prices so far."""

Where = Callable[[int, int], str]
"""Says in words which history and day (from 0, the first decision) an error is about."""


@dataclass(frozen=True, eq=False)
class Rules:
    """How strategies are traded.

    Attributes:
        lookback: days before today whose closes a strategy is given beside today's.
        cost: of a trade, as a fraction of its value.
        periods: a year.
        tickers: assets.
        priced: (asset,) which of them can be held; levels and rates are to look at only.
    """

    lookback: int
    cost: float
    periods: int
    tickers: tuple[str, ...]
    priced: np.ndarray


class Track(NamedTuple):
    """Returns and turnover (history, day): simple returns after costs, of the day after each decision; traded value as
    a fraction of the capital."""

    returns: np.ndarray
    turnover: np.ndarray


class Figures(NamedTuple):
    """(history,) each: annual Sharpe ratio, growth, volatility and turnover, and the deepest drawdown (a fraction)."""

    sharpe: np.ndarray
    growth: np.ndarray
    volatility: np.ndarray
    drawdown: np.ndarray
    turnover: np.ndarray


def decide(strategy: Strategy, histories: np.ndarray, rules: Rules, where: Where) -> np.ndarray:
    """Weights (history, day, asset) from prices (history, lookback + day + 1, asset): none on the last day.

    Raises:
        StrategyError: as :meth:`Strategy.decide` and :meth:`Strategy.agree` do, and for weights of what has no price.
    """
    seen = sliding_window_view(histories[:, :-1], rules.lookback + 1, axis=1)  # (history, day, asset, lookback + 1)
    count, days, assets = seen.shape[:3]
    weights = np.empty((count * days, assets))

    def windows(flat: np.ndarray) -> np.ndarray:
        return seen[np.divmod(flat, days)].swapaxes(1, 2)  # days stay next to each other in memory: sums are fast

    def place(flat: np.ndarray) -> Callable[[int], str]:
        return lambda i: where(*divmod(int(flat[i]), days))

    step = max(1, BATCH // ((rules.lookback + 1) * assets))
    for first in range(0, len(weights), step):
        flat = np.arange(first, min(first + step, len(weights)))
        weights[flat] = strategy.decide(windows(flat), place(flat))
    again = np.random.default_rng(0).permutation(len(weights))[:ASKED_AGAIN]
    strategy.agree(windows(again), weights[again], place(again))
    wrong = (weights != 0) & ~rules.priced
    if wrong.any():
        flat, asset = np.argwhere(wrong)[0]
        raise StrategyError(
            f"{strategy} holds {weights[flat, asset]:g} of {rules.tickers[asset]} on "
            f"{where(*divmod(int(flat), days))}, a level or rate, which cannot be held; "
            "return 0 for it, or leave it out with --assets"
        )
    return weights.reshape(count, days, assets)


def follow(weights: np.ndarray, histories: np.ndarray, rules: Rules) -> Track:
    """What ``weights`` of :func:`decide` earn on the same histories; a ruined strategy stays at nothing."""
    moves = _moves(histories, rules)
    gross = (weights * moves).sum(-1)
    # What is held before each trade: the position of the day before, grown as its assets and the capital did.
    left = np.maximum(1 + gross, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = np.where(left[..., None] > 0, weights * (1 + moves) / left[..., None], 0.0)
    before = np.concatenate([np.zeros_like(grown[:, :1]), grown[:, :-1]], axis=1)
    turnover = np.abs(weights - before).sum(-1)
    returns = np.maximum(gross - rules.cost * turnover, -1.0)
    alive = np.concatenate([np.ones_like(returns[:, :1]), np.cumprod(1 + returns, axis=1)[:, :-1]], axis=1) > 0
    return Track(np.where(alive, returns, 0.0), np.where(alive, turnover, 0.0))


def bought_and_held(histories: np.ndarray, rules: Rules) -> np.ndarray:
    """Weights (history, day, asset) of equal parts of all that can be held, bought at the first decision and kept: they
    grow with their prices, and nothing is traded later."""
    prices = histories[:, rules.lookback : -1]
    grown = np.where(rules.priced, prices / np.where(rules.priced, prices[:, :1], 1.0), 0.0)
    total = grown.sum(-1, keepdims=True)
    return np.divide(grown, total, out=np.zeros_like(grown), where=total > 0)


def figures(track: Track, periods: int) -> Figures:
    """Sharpe ratio and the like of each history."""
    with np.errstate(divide="ignore"):
        logs = np.log1p(track.returns)
    years = track.returns.shape[1] / periods
    return Figures(
        sharpe=sharpe_ratio(track.returns) * np.sqrt(periods),
        growth=np.expm1(logs.sum(1) / years),
        volatility=track.returns.std(1, ddof=1) * np.sqrt(periods),
        drawdown=-np.expm1(-drawdown_depth(logs)),
        turnover=track.turnover.mean(1) * periods,
    )


def check_foresight(strategy: Strategy, weights: np.ndarray, history: np.ndarray, rules: Rules, where: Where) -> None:
    """StrategyError where a strategy times the real market only because it recognizes it.

    A strategy whose timing is conspicuously good is asked again with prices that say nearly the same: at another scale,
    and each off by a tenth of a day's volatility.  Skill survives that; looking prices up in data of its own does not.

    Args:
        weights: (1, day, asset) its positions in the real ``history`` (1, lookback + day + 1, asset).
    """
    moves = _moves(history, rules)
    timing = _timing(weights, moves)
    if timing < CONSPICUOUS:
        return
    rng = np.random.default_rng(0)
    tradeable = history[..., rules.priced]
    daily = np.diff(np.log(tradeable), axis=1).std(axis=1, keepdims=True)
    scale = np.exp(rng.choice([-0.5, 0.5], daily.shape))
    blurred = history.copy()
    blurred[..., rules.priced] = tradeable * scale * np.exp(0.1 * daily * rng.standard_normal(tradeable.shape))
    again = _timing(decide(strategy, blurred, rules, where), moves)
    if again < timing / 2:
        raise StrategyError(
            f"{strategy} looks ahead: on the real prices it times the next day with a t-statistic of {timing:.1f}, on "
            f"the same prices at another scale and blurred by a tenth of a day's volatility with {again:.1f}. It knows "
            "these prices from elsewhere, such as a file of its own; decide from the prices given"
        )


def _timing(weights: np.ndarray, moves: np.ndarray) -> float:
    """t-statistic of the gain from varying the position: no drift of the market counts."""
    gains = ((weights - weights.mean(1, keepdims=True)) * moves).sum(-1)
    return float(sharpe_ratio(gains)[0] * np.sqrt(gains.shape[1]))


def _moves(histories: np.ndarray, rules: Rules) -> np.ndarray:
    """Simple returns (history, day, asset) after each decision; 0 for what cannot be held."""
    now, then = histories[:, rules.lookback : -1], histories[:, rules.lookback + 1 :]
    return np.where(rules.priced, then / np.where(rules.priced, now, 1.0) - 1, 0.0)
