"""Scenarios: dated, priced paths, whichever model or history they come from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from tsgan.data.calendars import period_between, period_of
from tsgan.data.kinds import FREE, Bounds, Kind, Space
from tsgan.errors import ScenarioError

if TYPE_CHECKING:
    import pyarrow as pa

    from tsgan.scenarios.plots import ScenarioPlots
    from tsgan.scenarios.replay import Day

BAR_FIELDS = ("open", "high", "low", "volume")
"""What a bar has beside its close, in the order of tables."""


@dataclass(frozen=True, eq=False)
class Scenarios:
    """Joint paths of one or several assets over the same future dates.

    Attributes:
        returns: (path, day, asset) float32, per-period log returns (differences for levels and rates).
        assets: tickers, one a column.
        kinds: per asset ``price``, ``level`` or ``rate``.
        dates: (day + 1,) ``datetime64[D]``: the start date first, then one date a return.
        start_prices: (asset,) float64 prices on the start date.
        weights: (path,) float64 summing to 1, or None where all paths count the same.
        first_path: index of the first path within the job that it belongs to (0 unless sharded).
        provenance: JSON-ready facts: model, config, seed, data hash, conditioning, drift.
        bars: ``open``, ``high``, ``low`` in price units and ``volume``, (path, day, asset) float64 each, where the
            paths have them: no bar on the start day, NaN for what an asset lacks.
        bounds: (floor, cap) per asset, strictly inside which ``prices`` are; none at all by default.
    """

    returns: np.ndarray
    assets: tuple[str, ...]
    kinds: tuple[Kind, ...]
    dates: np.ndarray
    start_prices: np.ndarray
    weights: np.ndarray | None = None
    first_path: int = 0
    provenance: Mapping[str, Any] = field(default_factory=dict)
    bars: Mapping[str, np.ndarray] = field(default_factory=dict)
    bounds: tuple[Bounds, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "bounds", self.bounds or (FREE,) * len(self.assets))
        if self.returns.ndim != 3:
            raise ScenarioError(f"returns must be (path, day, asset), not of shape {self.returns.shape}")
        paths, days, assets = self.returns.shape
        if not (len(self.assets) == len(self.kinds) == len(self.start_prices) == assets):
            raise ScenarioError(
                f"{assets} columns of returns, but {len(self.assets)} tickers and {len(self.start_prices)} start prices"
            )
        if len(self.dates) != days + 1:
            raise ScenarioError(f"{days} returns need {days + 1} dates (the start date first), not {len(self.dates)}")
        if self.weights is not None and self.weights.shape != (paths,):
            raise ScenarioError(f"{paths} paths need {paths} weights, not {self.weights.shape}")
        for name, values in self.bars.items():
            if name not in BAR_FIELDS:
                raise ScenarioError(f"bars have no field {name!r}; choose among {', '.join(BAR_FIELDS)}")
            if values.shape != self.returns.shape:
                raise ScenarioError(f"{name} has shape {values.shape}, the returns {self.returns.shape}; make them one")

    @cached_property
    def prices(self) -> np.ndarray:
        """(path, day + 1, asset) float64 in price units, the start day first."""
        total = np.cumsum(self.returns, axis=1, dtype=np.float64)
        total = np.concatenate([np.zeros_like(total[:, :1]), total], axis=1)
        logs = self.space.logs
        with np.errstate(over="ignore"):
            prices = np.where(logs, self.start_prices * np.exp(np.where(logs, total, 0.0)), self.start_prices + total)
        return self.space.inside(prices)

    @cached_property
    def moves(self) -> np.ndarray:
        """(path, day, asset) float32 in the space of the models: returns, but for series with bounds
        (:class:`tsgan.data.kinds.Space`)."""
        if not self.space.bounded:
            return self.returns
        moves = self.returns.copy()
        columns = list(self.space.bounded)
        moves[..., columns] = np.diff(self.space.coordinates(self.prices)[..., columns], axis=1)
        return moves

    @cached_property
    def space(self) -> Space:
        """Kinds and bounds of the assets, and the maps that they stand for."""
        return Space.of(self.assets, self.kinds, self.bounds)

    @property
    def n_paths(self) -> int:
        return self.returns.shape[0]

    @property
    def horizon(self) -> int:
        """Days a path."""
        return self.returns.shape[1]

    @property
    def periods_per_year(self) -> float:
        """Steps a year, as far as their origin is known; else trading days."""
        return float(self.provenance.get("periods_per_year") or 252)

    @property
    def step(self) -> str:
        """What a step of the paths is: ``day``, ``week``, ``month``, ``quarter`` or ``year``."""
        known = self.provenance.get("periods_per_year")
        return period_of(int(known)) if known else period_between(self.dates[0], self.dates[-1], self.horizon)

    @property
    def rebased(self) -> bool:
        """Whether start prices are base values, of a model that keeps no prices: only ratios mean anything."""
        return bool(self.provenance.get("rebased"))

    def check_priced(self, what: str) -> None:
        """Raise ScenarioError where ``what`` (``quantities``) needs prices and paths start at base values."""
        if self.rebased:
            values = ", ".join(f"{a} {price:g}" for a, price in zip(self.assets, self.start_prices, strict=True))
            raise ScenarioError(
                f"{what} are worth their price, but these paths start at base values ({values}): their model keeps no "
                "prices; draw them from a --history, or from start prices"
            )

    def __len__(self) -> int:
        return self.n_paths

    def __getitem__(self, index: int | slice) -> Scenarios:
        """Some of the paths, as Scenarios: ``paths[17]``, ``paths[:100]``."""
        start, stop, step = (slice(index, index + 1 or None) if isinstance(index, int) else index).indices(self.n_paths)
        if step != 1 or stop <= start:
            raise ScenarioError(f"no paths {index} in {self.n_paths} paths; ask for a contiguous, non-empty range")
        weights = None if self.weights is None else self.weights[start:stop] / self.weights[start:stop].sum()
        return replace(
            self,
            returns=self.returns[start:stop],
            weights=weights,
            first_path=self.first_path + start,
            bars={name: values[start:stop] for name, values in self.bars.items()},
        )

    def __iter__(self) -> Iterator[Scenarios]:
        """The paths one by one, each as Scenarios of one path; prices are computed for that one only."""
        return (self[i] for i in range(self.n_paths))

    def replay(self, path: int = 0) -> Iterator[Day]:
        """The days of one path, start day first, as a trader meets them: see :class:`tsgan.scenarios.replay.Day`."""
        from tsgan.scenarios.replay import replay

        return replay(self[path])

    def head(self, days: int) -> Scenarios:
        """The first ``days`` days of every path."""
        if not 1 <= days <= self.horizon:
            raise ScenarioError(
                f"cannot take the first {days} {self.step}s of paths of {self.horizon}; ask for 1 to {self.horizon}"
            )
        return replace(
            self,
            returns=self.returns[:, :days],
            dates=self.dates[: days + 1],
            bars={name: values[:, :days] for name, values in self.bars.items()},
        )

    @property
    def plot(self) -> ScenarioPlots:
        """``paths.plot.fan()``, ``.paths()`` and ``.density()``: matplotlib axes."""
        from tsgan.scenarios.plots import ScenarioPlots

        return ScenarioPlots(self)

    def ohlcv(self, tick: float | Sequence[float] | None = None) -> dict[str, np.ndarray]:
        """``open``, ``high``, ``low``, ``close`` and ``volume``, as far as the paths have them, on the days of returns.

        Args:
            tick: step of the prices, one for all assets or one each; None leaves them as they are.  Rounding is to the
                nearest step and keeps bars valid: it never changes an order.  Assets of kind ``price`` never fall
                below one step.

        Returns:
            field -> (path, day, asset) float64, a view where nothing is rounded.

        Raises:
            ScenarioError: a tick that is not positive.
        """
        fields = {**self.bars, "close": self.prices[:, 1:]}
        order = [name for name in ("open", "high", "low", "close", "volume") if name in fields]
        if tick is None:
            return {name: fields[name] for name in order}
        step = np.broadcast_to(np.asarray(tick, np.float64), (len(self.assets),))
        if not (np.isfinite(step) & (step > 0)).all():
            raise ScenarioError(f"a tick must be positive, not {tick}; 0.01 is a cent")
        least = np.where([kind == "price" for kind in self.kinds], 1.0, -np.inf)
        # Multiples of a tick such as 0.01 are not exact; rounding to its decimals gives the nearest double.
        decimals = max(-int(Decimal(repr(float(s))).as_tuple().exponent) for s in step)
        return {
            name: fields[name]
            if name == "volume"
            else np.round(np.maximum(np.round(fields[name] / step), least) * step, decimals)
            for name in order
        }

    def to_frame(self, layout: Literal["long", "wide", "shocks"] = "long") -> pd.DataFrame:
        """A table: ``long`` has one row a path, day and asset; ``wide`` one row a date and one column a path's closes;
        ``shocks`` one row a path with every asset's move over the horizon."""
        from tsgan.scenarios.tables import to_frame

        return to_frame(self, layout)

    def to_arrow(self, layout: Literal["long", "wide", "shocks"] = "long") -> pa.Table:
        """:meth:`to_frame` as an Arrow table; the dates of ``wide`` are a column."""
        import pyarrow

        frame = self.to_frame(layout)
        return pyarrow.Table.from_pandas(frame.reset_index() if layout == "wide" else frame, preserve_index=False)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The long table by Arrow's C stream: ``polars.DataFrame(scenarios)``, ``pyarrow.table(scenarios)``, DuckDB."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def to_csv(
        self,
        path: str | os.PathLike[str],
        layout: Literal["long", "wide", "shocks"] = "long",
        *,
        overwrite: bool = False,
    ) -> None:
        """Write a CSV and its manifest; see :func:`tsgan.read_scenarios` for the way back.

        OutputError where the file exists and is not to be overwritten.
        """
        from tsgan.scenarios.tables import write

        write([self], path, layout, "csv", overwrite=overwrite)

    def to_parquet(
        self,
        path: str | os.PathLike[str],
        layout: Literal["long", "wide", "shocks"] = "long",
        *,
        overwrite: bool = False,
    ) -> None:
        """Write a Parquet file (zstd) and its manifest.

        OutputError where the file exists and is not to be overwritten.
        """
        from tsgan.scenarios.tables import write

        write([self], path, layout, "parquet", overwrite=overwrite)

    def _repr_html_(self) -> str:
        from tsgan.scenarios.notebook import scenarios_html

        return scenarios_html(self)

    def __repr__(self) -> str:
        return (
            f"Scenarios({self.n_paths:,} paths x {self.horizon} {self.step}s x {len(self.assets)} assets "
            f"[{', '.join(self.assets)}] from {self.dates[0]}; {self.provenance.get('model', 'unknown model')})"
        )
