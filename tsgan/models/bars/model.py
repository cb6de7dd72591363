"""Bars around the closes of any model: open, high, low and volume given the paths' returns."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, get_type_hints

import numpy as np

from tsgan.data.panel import Panel
from tsgan.errors import ModelError, TsganWarning, UpdateError
from tsgan.models.bars import history as barhistory
from tsgan.models.bars.fitting import fit_law
from tsgan.models.bars.history import FEWEST_BARS, without_trend
from tsgan.models.bars.law import STAGES, BarLaw
from tsgan.models.bars.shapes import Shapes, bars_of
from tsgan.models.random import BLOCK, blocks, stream
from tsgan.models.sampling import WORKERS
from tsgan.scenarios.scenarios import Scenarios

CONTEXT_DAYS = 1250
"""Last returns of a history that the state of bars is read from."""

PURPOSE = 1
"""Bars have a stream of random numbers of their own, beside that of the returns."""


TOGETHER = 4096
"""Assets times paths that are simulated together at most: what fits into a processor's cache."""


class BarState(NamedTuple):
    """What a history leaves behind for bars.

    Attributes:
        averages: (modelled asset, series, scale) of :mod:`tsgan.models.bars.state`.
        level: (modelled asset,) long-run log volume, which paths return to: that of the history's last year.
    """

    averages: np.ndarray
    level: np.ndarray


class FittedBars(NamedTuple):
    """A law of bars for the assets of a model, and the state that the training history left behind.

    Attributes:
        law: of the assets that have bars.
        modelled: (asset,) bool, which these are; the others have closes only, and NaN in their bars.
        traded: (modelled asset,) bool, which of them have volume.
        growth: (modelled asset,) slope of log volume a day in training, which paths do not carry on.
        start: at the end of training.
    """

    law: BarLaw
    modelled: np.ndarray
    traded: np.ndarray
    growth: np.ndarray
    start: BarState

    @classmethod
    def fit(cls, panel: Panel) -> FittedBars:
        """Fit to a panel's bars.

        Raises DataError where there are none, where opens are made up, or where bars contradict their closes.
        """
        modelled = barhistory.assets_with_bars(panel)
        history = barhistory.read(panel, modelled, len(panel))
        barhistory.check(panel, modelled, history)
        traded = np.isfinite(history.volume).sum(axis=0) >= FEWEST_BARS
        growth = np.where(traded, barhistory.growth_of(history.volume), 0.0)
        volume = np.where(traded, without_trend(history.volume, growth), np.nan)
        law = fit_law(history.returns, history.shapes, volume)
        draft = cls(law, modelled, traded, growth, BarState(np.empty(0), np.empty(0)))
        return draft._replace(start=draft.encode(panel))

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that scenarios get."""
        return ("open", "high", "low", "volume") if self.traded.any() else ("open", "high", "low")

    def encode(self, panel: Panel) -> BarState:
        """The state after a history with the model's tickers.

        Where it has no bars, its returns stand in for them; where it has no volume, that of training carries on.
        """
        history = barhistory.read(panel, self.modelled, CONTEXT_DAYS)
        silent = self.traded & np.isnan(history.volume).all(axis=0)
        lacking = silent | np.isnan(history.shapes.gap).all(axis=0)
        if lacking.any():
            names = ", ".join(np.array(panel.assets)[self.modelled][lacking])
            warnings.warn(
                f"the history has no bars, or no volume, of {names}: bars start from the volatility of its returns, "
                "volume from where training ended; give a history with open, high, low and volume",
                TsganWarning,
                stacklevel=5,
            )
        volume = without_trend(history.volume, self.growth)
        averages = self.law.encode(history.returns, history.shapes, volume)
        level = averages[:, -1, -1].copy()
        averages[:, -1] -= level[:, None]
        if silent.any():
            averages[silent, -1], level[silent] = self.start.averages[silent, -1], self.start.level[silent]
        return BarState(averages, level)

    def draw(
        self, paths: Scenarios, seed: int, histories: Sequence[Panel], deal: Callable[[np.ndarray], np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Bars (path, day, asset) around the closes of ``paths``.

        Path i depends on its closes, its history, ``seed`` and i only.

        Args:
            histories: with the model's tickers in its order; none carries on from training.
            deal: indices of paths -> which of the histories each carries on.
        """
        starts = list(map(self.encode, histories)) or [self.start]
        averages, levels = (np.stack(parts) for parts in zip(*starts, strict=True))
        count, days, _ = paths.returns.shape
        first, assets = paths.first_path, int(self.modelled.sum())
        prices = paths.prices
        bars = {name: np.full(paths.returns.shape, np.nan) for name in self.fields}

        def draw_some(together: Sequence[np.ndarray]) -> None:
            indices = np.concatenate(together)
            begin = int(indices[0])
            low, high = max(begin, first), min(begin + len(indices), first + count)
            rows, lanes = slice(low - first, high - first), slice(low - begin, high - begin)
            returns = np.zeros((days, len(indices), assets))  # lanes outside the job are simulated, and not looked at
            returns[:, lanes] = paths.returns[rows][..., self.modelled].transpose(1, 0, 2)
            own = deal(indices)
            simulated = self.law.simulate(averages[own], returns, _noise(seed, together, assets))
            for day, (shapes, volume) in enumerate(simulated):
                before, close = (prices[rows, day + d][..., self.modelled] for d in (0, 1))
                drawn = bars_of(before, close, Shapes(*(part[lanes] for part in shapes)))
                if self.traded.any():
                    drawn["volume"] = np.where(self.traded, np.exp(levels[own][lanes] + volume[lanes]), np.nan)
                for name, values in drawn.items():
                    bars[name][rows, day, self.modelled] = values

        with ThreadPoolExecutor(WORKERS) as pool:
            for _ in pool.map(draw_some, _side_by_side(list(blocks(first, count)), assets)):
                pass
        return bars

    def carried_on(self, panel: Panel, train_start: str) -> FittedBars:
        """The same law in the state that ``panel`` leaves behind.

        Raises UpdateError where that has fewer days than the state is read from and begins after ``train_start``.
        """
        if not {"open", "high", "low"} <= set(panel.bars):
            raise UpdateError("the model draws bars, and these prices have none; give open, high, low and volume")
        if len(panel) <= CONTEXT_DAYS and str(panel.dates[0]) > train_start:
            raise UpdateError(
                f"the state of bars is read from the last {CONTEXT_DAYS:,} of them, and these prices begin on "
                f"{panel.dates[0]}; give prices that reach back further"
            )
        return self._replace(start=self.encode(panel))

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything fitted, for saving; :meth:`restore` takes it back."""
        return dict(_leaves(self))

    @classmethod
    def restore(cls, arrays: Mapping[str, np.ndarray]) -> FittedBars:
        """The bars that ``arrays`` came from; ModelError where some are missing."""
        return _grown(cls, arrays)


def _side_by_side(every: list[np.ndarray], assets: int) -> list[list[np.ndarray]]:
    """Blocks of paths that are simulated together: calls of numpy's take longer than their work on a single one."""
    most = max(1, TOGETHER // (BLOCK * assets))
    many = min(most, -(-len(every) // WORKERS))
    return [every[i : i + many] for i in range(0, len(every), many)]


def _noise(seed: int, together: Sequence[np.ndarray], assets: int) -> Iterator[np.ndarray]:
    """A day's noise (stage, block, path, asset) of blocks that lie side by side, day after day; each block has a stream
    of its own."""
    streams = [stream(seed, paths, PURPOSE) for paths in together]
    while True:
        yield np.stack([one.standard_normal((len(STAGES), BLOCK, assets)) for one in streams], axis=1)


def _leaves(tree: Any, name: str = "") -> Iterator[tuple[str, np.ndarray]]:
    """The arrays of nested NamedTuples under the paths to them."""
    for field, part in zip(tree._fields, tree, strict=True):
        if isinstance(part, np.ndarray):
            yield name + field, part
        else:
            yield from _leaves(part, f"{name}{field}/")


def _grown(kind: Any, arrays: Mapping[str, np.ndarray], name: str = "") -> Any:
    """The NamedTuple of type ``kind`` whose :func:`_leaves` these are."""
    parts = []
    for field, hint in get_type_hints(kind).items():
        if hint is not np.ndarray:
            parts.append(_grown(hint, arrays, f"{name}{field}/"))
        elif name + field in arrays:
            parts.append(arrays[name + field])
        else:
            raise ModelError(f"the model's file has no bars/{name}{field}; it is damaged, fit the model again")
    return kind(*parts)
