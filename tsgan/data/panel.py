"""Panel: a validated price history, frozen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from tsgan.data.calendars import period_of
from tsgan.data.days import DAY, as_day
from tsgan.data.kinds import FREE, Bounds, Space
from tsgan.data.kinds import Kind as Kind
from tsgan.data.stale import stale_moves
from tsgan.errors import DataError


@dataclass(frozen=True, eq=False)
class Panel:
    """A price history: dates, assets and what they cost.

    Made by :func:`tsgan.load_prices`, which validates; the constructor checks shapes only.

    Attributes:
        dates: (day,) ``datetime64[D]``, strictly increasing.
        assets: tickers, one a column.
        prices: (day, asset) float64 in price units (index points, percent for yields, ...); NaN where an asset has
            none: before its listing, on holidays of its exchange, in gaps.
        kinds: per asset: ``price`` is modelled by log returns, ``level`` and ``rate`` by differences.
        bounds: (floor, cap) per asset, which a level or rate never crosses: numbers, tickers or None
            (:class:`tsgan.data.kinds.Space`); none at all by default.
        bars: ``open``, ``high``, ``low``, ``volume`` arrays (day, asset) where the source had them.
        calendar: an exchange_calendars name (``XNYS``) or ``weekdays``.
        periods_per_year: observations a year (252 for daily data).
        currency: ISO code, or an empty string where unknown.
        source: where the prices came from, for people and manifests.
        notes: what loading found and did, one plain sentence each.
        calendars: one an asset, where assets keep others than that of the panel; empty where none does.
        warnings: those of the notes that make figures doubtful; they go with every model and page made from here.
        spans: (ticker, ISO date) of prices that follow so many dropped ones that the move to them is none of one step:
            it is missing.
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
    bounds: tuple[Bounds, ...] = ()
    calendars: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    spans: frozenset[tuple[str, str]] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "bounds", self.bounds or (FREE,) * len(self.assets))
        shape = (len(self.dates), len(self.assets))
        for name, values in {"prices": self.prices, **self.bars}.items():
            if values.shape != shape:
                raise DataError(f"{name} have shape {values.shape}, but dates and assets say {shape}")
        if len(self.kinds) != len(self.assets):
            raise DataError(f"{len(self.kinds)} kinds for {len(self.assets)} assets")
        if self.calendars and len(self.calendars) != len(self.assets):
            raise DataError(f"{len(self.calendars)} calendars for {len(self.assets)} assets")
        if len(set(self.assets)) != len(self.assets):
            raise DataError(f"duplicate tickers in {', '.join(self.assets)}; rename one")
        if np.any(np.diff(self.dates) <= np.timedelta64(0, "D")):
            raise DataError("dates must be strictly increasing")
        for array in (self.dates, self.prices, *self.bars.values()):
            array.flags.writeable = False
        _ = self.space

    @cached_property
    def space(self) -> Space:
        """Kinds and bounds of the assets, and the maps that they stand for."""
        return Space.of(self.assets, self.kinds, self.bounds)

    @cached_property
    def returns(self) -> np.ndarray:
        """(day - 1, asset) float64: log returns for prices, differences for levels and rates.

        Where prices are missing, the return of the next day with a price is the one since the last price before, and
        the days between, as those before the first price, are NaN; so are stale stretches
        (:func:`tsgan.data.stale.stale_moves`) and moves over many dropped rows (:attr:`spans`).
        """
        return self._differences(self.space.native(self.prices))

    @cached_property
    def moves(self) -> np.ndarray:
        """(day - 1, asset) float64: what models are fitted to.  Returns, but for series with bounds, which move in
        coordinates that have none (:class:`tsgan.data.kinds.Space`); NaN as in :attr:`returns`.
        """
        return self._differences(self.space.coordinates(self.prices)) if self.space.bounded else self.returns

    @property
    def complete(self) -> bool:
        """Whether every asset has a price on every date."""
        return not np.isnan(self.prices).any()

    @cached_property
    def last_prices(self) -> np.ndarray:
        """(asset,) each asset's last price; NaN for one that has none yet."""
        return _filled(self.prices)[-1] if len(self) else np.full(len(self.assets), np.nan)

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
        """The date before which the first ``fraction`` of the prices of EVERY asset lie, so that young ones are known.

        DataError unless 0 <= ``fraction`` < 1.
        """
        if not 0 <= fraction < 1:
            raise DataError(f"cannot cut a history at fraction {fraction}; choose one from 0 to below 1")
        own = [self.dates[~np.isnan(column)] for column in self.prices.T]
        return max(dates[min(round(fraction * len(dates)), len(dates) - 1)] for dates in own if len(dates))

    def select(self, assets: list[str] | tuple[str, ...]) -> Panel:
        """The same history for some of the assets, in the order given, on the dates on which any has a price."""
        missing = [a for a in assets if a not in self.assets]
        if missing:
            raise DataError(f"no {', '.join(missing)} in this panel; it has {', '.join(self.assets)}")
        columns = [self.assets.index(a) for a in assets]
        rows = ~np.isnan(self.prices[:, columns]).all(axis=1)
        kept = tuple(self.calendars[c] for c in columns) if self.calendars else ()
        left_out = set(self.assets) - set(assets)
        return replace(
            self,
            dates=self.dates[rows],
            assets=tuple(assets),
            prices=self.prices[rows][:, columns],
            kinds=tuple(self.kinds[c] for c in columns),
            bounds=self.space.select(columns),
            calendars=kept,
            warnings=tuple(w for w in self.warnings if not w.startswith(tuple(f"{a}: " for a in left_out))),
            bars={name: values[rows][:, columns] for name, values in self.bars.items()},
        )

    @cached_property
    def data_hash(self) -> str:
        """sha256 (16 hex digits) of tickers, kinds, bounds, dates and prices: equal hashes mean equal training data."""
        digest = hashlib.sha256()
        told = (self.assets, self.kinds, *((self.bounds,) if self.space.bounded else ()))
        digest.update(repr((*told, sorted(self.spans)) if self.spans else told).encode())
        digest.update(np.ascontiguousarray(self.dates.astype("datetime64[D]").astype(np.int64)).tobytes())
        digest.update(np.ascontiguousarray(self.prices).tobytes())
        return digest.hexdigest()[:16]

    def to_frame(self) -> pd.DataFrame:
        """Closes as a DataFrame: one row a date, one column a ticker."""
        return pd.DataFrame(self.prices, index=pd.DatetimeIndex(self.dates, name="date"), columns=list(self.assets))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Dates and closes by Arrow's C stream: ``polars.DataFrame(panel)``, ``pyarrow.table(panel)``."""
        import pyarrow

        table = pyarrow.Table.from_pandas(self.to_frame().reset_index(), preserve_index=False)
        return table.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return len(self.dates)

    def __repr__(self) -> str:
        span = f"{self.dates[0]} to {self.dates[-1]}" if len(self) else "empty"
        steps = f"{len(self)} {period_of(self.periods_per_year)}s"
        return f"Panel({', '.join(self.assets)}; {steps}, {span}; {self.source})"

    def _repr_html_(self) -> str:
        from tsgan.data.notebook import panel_html

        return panel_html(self)

    def _differences(self, values: np.ndarray) -> np.ndarray:
        """(day, asset) what each day with a value adds to the last value before it, read-only."""
        result = values[1:] - _filled(values)[:-1]
        stale = stale_moves(result)
        if stale.any():
            result[stale] = np.nan
        for asset, date in self.spans:
            if asset in self.assets:
                result[self.return_dates == np.datetime64(date), self.assets.index(asset)] = np.nan
        result.flags.writeable = False
        return result

    def _rows(self, keep: np.ndarray, what: str) -> Panel:
        if not keep.any():
            raise DataError(f"no prices {what}: the history runs from {self.dates[0]} to {self.dates[-1]}")
        return replace(
            self,
            dates=self.dates[keep].copy(),
            prices=self.prices[keep].copy(),
            bars={name: values[keep].copy() for name, values in self.bars.items()},
        )


def _filled(values: np.ndarray) -> np.ndarray:
    """(day, asset) with every NaN replaced by the last value before it, where there is one."""
    if not np.isnan(values).any():
        return values
    rows = np.where(np.isnan(values), 0, np.arange(len(values))[:, None])
    return np.take_along_axis(values, np.maximum.accumulate(rows, axis=0), axis=0)
