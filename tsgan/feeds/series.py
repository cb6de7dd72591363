"""What every engine is fed with: one series of daily bars for each path and ticker, on a price grid.

Where the scenarios have no bars, bars are flat (open, high and low are the close) and the volume is FLAT_VOLUME, enough
for any order; so is the bar of the start day, which has a close only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tsgan.errors import ConfigError, ScenarioError
from tsgan.feeds.ticks import Tick, ticks_of
from tsgan.scenarios.scenarios import Scenarios

PREFIX = "SYN"
FLAT_VOLUME = 1_000_000.0
FIELDS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True, eq=False)
class Series:
    """Daily bars of one path and ticker.

    Attributes:
        symbol: letters and digits only: ``SYN0001``, and the ticker after it where there are several.
        scenario: number of the path.
        ticker: as in the scenarios.
        weight: of the path, or None.
        calendar: of the exchange, an exchange_calendars name or ``weekdays``; empty where it is not known.
        tick: step of its prices.
        dates: (day,) ``datetime64[D]``, the start day first.
        bars: ``open``, ``high``, ``low``, ``close``, multiples of the tick, and whole ``volume``: (day,) float64.
    """

    symbol: str
    scenario: int
    ticker: str
    weight: float | None
    calendar: str
    tick: float
    dates: np.ndarray
    bars: dict[str, np.ndarray]

    def frame(self) -> pd.DataFrame:
        """Columns ``open``, ``high``, ``low``, ``close``, ``volume``; dates as the index."""
        index = pd.DatetimeIndex(self.dates.astype("datetime64[ns]"), name="date")
        return pd.DataFrame({name: self.bars[name] for name in FIELDS}, index=index)


@dataclass(frozen=True)
class Limits:
    """What an engine's files can hold: prices that are multiples of ``step`` and not above ``most``."""

    engine: str
    most: float = np.inf
    step: float = 0.0


NO_LIMITS = Limits("any engine")


def series_of(
    scenarios: Scenarios | Iterable[Scenarios],
    *,
    tick: Tick | None = None,
    prefix: str = PREFIX,
    limits: Limits = NO_LIMITS,
) -> Iterator[Series]:
    """Every path and ticker of ``scenarios`` (or of chunks of them), one after the other, path by path.

    Raises:
        ConfigError: a prefix that no engine takes, or a tick that the engine's files cannot hold
            (:func:`tsgan.feeds.ticks.ticks_of`).
        ScenarioError: a price that is not positive or above the engine's limit; it names scenario, ticker and date.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", prefix):
        raise ConfigError(f"the symbol prefix {prefix!r} must be letters and digits, a letter first, such as SYN")
    chunks = [scenarios] if isinstance(scenarios, Scenarios) else scenarios
    steps: tuple[float, ...] = ()
    for chunk in chunks:
        steps = steps or ticks_of(chunk, tick, limits.step, limits.engine)  # those of the first chunk, for all
        names = _names(chunk.assets)
        for i in range(chunk.n_paths):
            bars = _bars(chunk[i], steps)
            number = chunk.first_path + i
            for column, (ticker, name) in enumerate(zip(chunk.assets, names, strict=True)):
                one = Series(
                    symbol=f"{prefix}{number:04d}{name}",
                    scenario=number,
                    ticker=ticker,
                    weight=None if chunk.weights is None else float(chunk.weights[i]),
                    calendar=calendar_of(chunk),
                    tick=steps[column],
                    dates=chunk.dates,
                    bars={field: values[:, column] for field, values in bars.items()},
                )
                _check(one, limits)
                yield one


def calendar_of(scenarios: Scenarios) -> str:
    """The exchange calendar that the scenarios' dates follow, as far as their origin is known."""
    return str(scenarios.provenance.get("calendar", ""))


def wide(series: Iterable[Series], field: str = "close") -> pd.DataFrame:
    """One field of all series: dates x symbols."""
    listed = list(series)
    index = pd.DatetimeIndex(listed[0].dates.astype("datetime64[ns]"), name="date")
    return pd.DataFrame({one.symbol: one.bars[field] for one in listed}, index=index)


def _bars(path: Scenarios, ticks: tuple[float, ...]) -> dict[str, np.ndarray]:
    """Whole bars (day, asset) of a single path, the start day first, with what is missing filled in."""
    known = {name: values[0] for name, values in _with_start_day(path).ohlcv(ticks).items()}
    close = known["close"]

    def field(name: str, otherwise: np.ndarray) -> np.ndarray:
        return np.where(np.isfinite(known[name]), known[name], otherwise) if name in known else otherwise

    opened = field("open", close)
    return {
        "open": opened,
        "high": field("high", np.maximum(opened, close)),
        "low": field("low", np.minimum(opened, close)),
        "close": close,
        "volume": np.round(field("volume", np.full(close.shape, FLAT_VOLUME))),
    }


def _with_start_day(path: Scenarios) -> Scenarios:
    """The same days after a first one without a move, so that the start day becomes a day like the others."""

    def after(values: np.ndarray, first: float) -> np.ndarray:
        return np.concatenate([np.full_like(values[:, :1], first), values], axis=1)

    return replace(
        path,
        returns=after(path.returns, 0.0),
        dates=np.concatenate([path.dates[:1] - np.timedelta64(1, "D"), path.dates]),
        bars={name: after(values, np.nan) for name, values in path.bars.items()},
    )


def _names(assets: tuple[str, ...]) -> list[str]:
    """What follows the path's number in a symbol: nothing for one asset, else each ticker's letters and digits."""
    if len(assets) == 1:
        return [""]
    plain = [re.sub(r"[^A-Za-z0-9]", "", asset).upper() for asset in assets]
    # A ticker of digits would run into the path's number, and two tickers must not become one.
    clear = len(set(plain)) == len(plain) and all(name and name[0].isalpha() for name in plain)
    return plain if clear else [f"X{i}{name}" for i, name in enumerate(plain)]


def _check(one: Series, limits: Limits) -> None:
    prices = np.array([one.bars[name] for name in FIELDS[:4]])
    for bad, reason in (
        (~np.isfinite(prices), "no engine can trade at that; draw fewer days, or leave the path out"),
        (
            prices <= 0,
            f"engines trade at positive prices, steps of {one.tick:g} here; leave the ticker out of the model",
        ),
        (prices > limits.most, f"{limits.engine} holds prices up to {limits.most:,.2f}; leave the path out"),
    ):
        if bad.any():
            row, day = np.argwhere(bad)[0]
            where = f"scenario {one.scenario}, {one.ticker} on {one.dates[day]}"
            raise ScenarioError(f"the {FIELDS[row]} of {where} is {prices[row, day]:,.6g}, but {reason}")
