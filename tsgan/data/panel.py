"""Panel: a validated price history, frozen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from tsgan.data.days import DAY, as_day
from tsgan.errors import DataError

Kind = Literal["price", "level", "rate"]


@dataclass(frozen=True, eq=False)
class Panel:
    """A price history: dates, assets and what they cost.

    Made by :func:`tsgan.load_prices`, which validates; the constructor checks shapes only.

    Attributes:
        dates: (day,) ``datetime64[D]``, strictly increasing.
        assets: tickers, one a column.
        prices: (day, asset) float64 in price units (index points, percent for yields, ...).
        kinds: per asset: ``price`` is modelled by log returns, ``level`` and ``rate`` by differences.
        bars: ``open``, ``high``, ``low``, ``volume`` arrays (day, asset) where the source had them.
        calendar: an exchange_calendars name (``XNYS``) or ``weekdays``.
        periods_per_year: observations a year (252 for daily data).
        currency: ISO code, or an empty string where unknown.
        source: where the prices came from, for people and manifests.
        notes: what loading found and did, one plain sentence each.
    """

    dates: np.ndarray
    assets: tuple[str, ...]
    prices: np.ndarray
    kinds: tuple[Kind, ...]
    bars: Mapping[str, np.ndarray] = field(default_factory=dict)
    calendar: str = "XNYS"
    periods_per_year: int = 252
    currency: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape = (len(self.dates), len(self.assets))
        for name, values in {"prices": self.prices, **self.bars}.items():
            if values.shape != shape:
                raise DataError(f"{name} have shape {values.shape}, but dates and assets say {shape}")
        if len(self.kinds) != len(self.assets):
            raise DataError(f"{len(self.kinds)} kinds for {len(self.assets)} assets")
        if len(set(self.assets)) != len(self.assets):
            raise DataError(f"duplicate tickers in {', '.join(self.assets)}; rename one")
        if np.any(np.diff(self.dates) <= np.timedelta64(0, "D")):
            raise DataError("dates must be strictly increasing")
        for array in (self.dates, self.prices, *self.bars.values()):
            array.flags.writeable = False

    @cached_property
    def returns(self) -> np.ndarray:
        """(day - 1, asset) float64: log returns for prices, differences for levels and rates."""
        logs = np.array([kind == "price" for kind in self.kinds])
        with np.errstate(invalid="ignore", divide="ignore"):
            levels = np.where(logs, np.log(np.where(logs, self.prices, 1.0)), self.prices)
        result = np.diff(levels, axis=0)
        result.flags.writeable = False
        return result

    @property
    def return_dates(self) -> np.ndarray:
        """(day - 1,) dates on which each return was realized."""
        return self.dates[1:]

    def before(self, date: Any) -> Panel:
        """The history STRICTLY before ``date``: the only cut there is, so no look-ahead by accident."""
        return self._rows(self.dates < as_day(date), f"before {date}")

    def through(self, date: Any) -> Panel:
        """The history up to and INCLUDING ``date``: ``before`` the next day."""
        return self.before(as_day(date) + DAY)

    def cut_date(self, fraction: float) -> np.datetime64:
        """The date before which the first ``fraction`` of all rows lie; DataError unless 0 <= ``fraction`` < 1."""
        if not 0 <= fraction < 1:
            raise DataError(f"cannot cut a history at fraction {fraction}; choose one from 0 to below 1")
        return self.dates[min(round(fraction * len(self.dates)), len(self.dates) - 1)]

    def select(self, assets: list[str] | tuple[str, ...]) -> Panel:
        """The same history for some of the assets, in the order given."""
        missing = [a for a in assets if a not in self.assets]
        if missing:
            raise DataError(f"no {', '.join(missing)} in this panel; it has {', '.join(self.assets)}")
        columns = [self.assets.index(a) for a in assets]
        return replace(
            self,
            assets=tuple(assets),
            prices=self.prices[:, columns].copy(),
            kinds=tuple(self.kinds[c] for c in columns),
            bars={name: values[:, columns].copy() for name, values in self.bars.items()},
        )

    @cached_property
    def data_hash(self) -> str:
        """sha256 (16 hex digits) of tickers, kinds, dates and prices: equal hashes mean equal training data."""
        digest = hashlib.sha256()
        digest.update(repr((self.assets, self.kinds)).encode())
        digest.update(np.ascontiguousarray(self.dates.astype("datetime64[D]").astype(np.int64)).tobytes())
        digest.update(np.ascontiguousarray(self.prices).tobytes())
        return digest.hexdigest()[:16]

    def to_frame(self) -> pd.DataFrame:
        """Closes as a DataFrame: one row a date, one column a ticker."""
        return pd.DataFrame(self.prices, index=pd.DatetimeIndex(self.dates, name="date"), columns=list(self.assets))

    def __len__(self) -> int:
        return len(self.dates)

    def __repr__(self) -> str:
        span = f"{self.dates[0]} to {self.dates[-1]}" if len(self) else "empty"
        return f"Panel({', '.join(self.assets)}; {len(self)} days, {span}; {self.source})"

    def _repr_html_(self) -> str:
        from tsgan.data.notebook import panel_html

        return panel_html(self)

    def _rows(self, keep: np.ndarray, what: str) -> Panel:
        if not keep.any():
            raise DataError(f"no prices {what}: the history runs from {self.dates[0]} to {self.dates[-1]}")
        return replace(
            self,
            dates=self.dates[keep].copy(),
            prices=self.prices[keep].copy(),
            bars={name: values[keep].copy() for name, values in self.bars.items()},
        )
