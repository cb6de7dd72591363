"""Ticks: the step that each ticker's prices are rounded to.

A cent suits a stock of 50 dollars.  Of a currency at 1.02 it is 1 %, three of its daily standard deviations, and most
of its days would stand still.  So unless somebody names it the step follows price and daily move: a cent where that is
a tenth of a usual daily move or less (4 % of the days then stand still), else the largest power of ten that is.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from tsgan.errors import ConfigError, TsganWarning
from tsgan.scenarios.scenarios import Scenarios

CENT = 0.01

FINE = 0.1
"""Of a usual daily move: a fitted step is no larger."""

COARSE = 0.5
"""Of a usual daily move: a larger step is warned of, for a fifth of the days or more would stand still."""

Tick = float | Mapping[str, float]
"""One step for all tickers, or some tickers' own."""


def parse_ticks(texts: Sequence[str]) -> Tick | None:
    """``0.01`` as one step for all, ``EURCHF=0.0001`` as a ticker's own; ConfigError where a text is neither."""
    own: dict[str, float] = {}
    for text in texts:
        ticker, sign, value = text.rpartition("=")
        try:
            step = float(value)
        except ValueError:
            step = np.nan
        if not np.isfinite(step) or (sign and not ticker) or (not sign and len(texts) > 1):
            raise ConfigError(
                f"cannot read the tick {text!r}; write one step for all, 0.01, or one a ticker, EURCHF=0.0001"
            )
        if not sign:
            return step
        own[ticker] = step
    return own or None


def ticks_of(scenarios: Scenarios, tick: Tick | None, step: float, engine: str) -> tuple[float, ...]:
    """The step of every ticker, in the order of the paths.

    Args:
        scenarios: paths whose start prices and moves fitted steps follow.
        tick: one for all, some tickers' own, or None: what is not named is fitted.
        step: what the files of ``engine`` hold is a multiple of it; 0 for anything.

    Raises:
        ConfigError: a step that is not positive or that the engine cannot hold, or a ticker that is not there.

    Warns:
        TsganWarning: a step that is large beside a ticker's daily move.
    """
    given = dict(tick) if isinstance(tick, Mapping) else {} if tick is None else dict.fromkeys(scenarios.assets, tick)
    if unknown := [ticker for ticker in given if ticker not in scenarios.assets]:
        raise ConfigError(f"a tick is given for {', '.join(unknown)}, but the paths have {', '.join(scenarios.assets)}")
    for value in given.values():
        _check(value, step, engine)
    # Of the first path alone, which is the same however a job is cut into chunks.
    first, moves = usual_moves(scenarios[0]), usual_moves(scenarios)
    found = tuple(
        float(given[a]) if a in given else fitted(m, step) for a, m in zip(scenarios.assets, first, strict=True)
    )
    for asset, price, move, one in zip(scenarios.assets, scenarios.start_prices, moves, found, strict=True):
        if move > 0 and one > COARSE * move:
            better = fitted(move, step)
            advice = f"give {asset}={better:g}" if better < one else f"{engine} holds nothing finer"
            warnings.warn(
                f"a tick of {one:g} is {one / abs(price):.2%} of the price of {asset} and {one / move:.1f} times its "
                f"usual move in a day, so many of its days will stand still; {advice}",
                TsganWarning,
                stacklevel=4,
            )
    return found


def usual_moves(scenarios: Scenarios) -> np.ndarray:
    """(asset,) root mean square of a step's move, in units of price at the start."""
    size = np.sqrt((scenarios.returns.astype(np.float64) ** 2).mean(axis=(0, 1)))
    return size * np.where([kind == "price" for kind in scenarios.kinds], scenarios.start_prices, 1.0)


def fitted(move: float, step: float = 0.0) -> float:
    """The step that suits a usual move, a multiple of what an engine's files hold."""
    if move <= 0 or FINE * move >= CENT:
        return max(CENT, step)
    exponent = int(np.floor(np.log10(FINE * move) + 1e-9))
    return max(float(f"1e{exponent}"), step)


def _check(tick: float, step: float, engine: str) -> None:
    if not (np.isfinite(tick) and tick > 0):
        raise ConfigError(f"a tick must be positive, not {tick:g}; 0.01 is a cent")
    if step and abs(tick / step - round(tick / step)) > 1e-9:
        raise ConfigError(f"{engine} stores prices in steps of {step:g}; choose a multiple of it, not {tick:g}")
