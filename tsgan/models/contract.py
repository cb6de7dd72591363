"""The contract of every fitted model, GAN or baseline, and the one implementation of ``sample``.

A model supplies five things: ``encode`` (a history becomes the state it left behind), ``noise`` (the random numbers of
a block of paths), ``respond`` (what becomes of a state under that noise: nothing else is random), ``log_density``
where the one-day density is exact, and its arrays for saving.  Everything that users rely on, such as dates, checks,
rolling forecasts, and a path i that does not depend on how many others are drawn, is written once, here.

Inside models "returns" are MOVES (:attr:`tsgan.data.panel.Panel.moves`): the returns of prices and of levels and rates
without bounds; where there are bounds, differences of coordinates that have none.  Missing ones are NaN.  ``sample``
turns moves into what people are given.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from tsgan.data.calendars import future_sessions
from tsgan.data.panel import Panel
from tsgan.errors import ModelError
from tsgan.models.info import ModelInfo as ModelInfo
from tsgan.models.starts import Prices, start_of
from tsgan.scenarios.scenarios import Scenarios

if TYPE_CHECKING:
    from tsgan.models.bars.model import Bars

Law = Literal["normal", "uniform"]
"""Standard normal, or uniform on [0, 1)."""

BLOCK = 256
"""Paths a block.  Arithmetic over arrays of different widths differs in its last bits, so every block is padded to
this width: path i is then bit-identical whatever else is drawn beside it."""

CHUNK = 2**22
"""Numbers that :meth:`MarketModel.forecast` holds at once: 16 MiB of returns."""

WORKERS = min(4, os.cpu_count() or 1)
"""Blocks simulated at a time, on threads: numpy and jax leave the interpreter while they compute."""


class MarketModel(ABC):
    """A fitted, frozen model of a market.  Subclasses are leaves: none is subclassed again.

    Attributes:
        info: origin of the model.
        recent: (day, asset) float64, the last training moves, as many as ``context_days`` asks for; none where the
            model keeps only the state that they left behind.
        training_history: losses, gradient norms and validation scores by step, for models that were trained; else None.
        bars: what puts open, high, low and volume around the closes of ``sample``; None for closes only.
    """

    context_days: ClassVar[int] = 1250
    """How many of the last returns ``encode`` looks at; longer histories are cut to it, so that a state does not
    depend on how far back the history given happens to reach."""

    law: ClassVar[Law] = "normal"
    """Law of the noise, every number independent of all others."""

    info: ModelInfo
    recent: np.ndarray
    training_history: pd.DataFrame | None = None
    bars: Bars | None = None

    def with_bars(self, bars: Bars | None) -> Self:
        """The same model, whose scenarios have bars, or closes only: returns do not change."""
        model = copy.copy(self)
        object.__setattr__(model, "bars", bars)  # a copy of its own: models are frozen for everyone else
        vars(model).pop("model_hash", None)  # cached, and another one now
        return model

    @property
    def population(self) -> int:
        """Members of an ensemble; path i belongs to member i modulo their number."""
        return 1

    @cached_property
    def model_hash(self) -> str:
        """sha256 (16 hex digits) of the origin and everything fitted: equal hashes mean equal models."""
        digest = hashlib.sha256(json.dumps(self.info.to_json(), sort_keys=True, default=str).encode())
        bars = {} if self.bars is None else self.bars.arrays()
        for name, array in (*sorted(self.arrays().items()), *sorted(bars.items())):
            digest.update(f"{name}{array.dtype}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:16]

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the model to a folder (safetensors + JSON with a format version); :func:`tsgan.load_model` reads it."""
        from tsgan.models.storage import save_model

        save_model(self, folder)

    @property
    def state(self) -> Any:
        """The state that training left behind, as :meth:`encode` gives it: where paths start without a history."""
        return self.encode(self.recent)

    @abstractmethod
    def encode(self, returns: np.ndarray) -> Any:
        """The state that a history of returns (day, asset) leaves behind, as ``simulate`` wants it."""

    def encode_each(self, returns: np.ndarray, ends: np.ndarray) -> Any:
        """The states that many histories leave behind: after ``returns[:end]`` for each of ``ends`` (history,).

        As :meth:`encode` of the last ``context_days`` returns before each end, every array with a leading axis.
        """
        return stacked([self.encode(returns[max(0, end - self.context_days) : end]) for end in ends])

    @abstractmethod
    def noise(self, paths: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        """(horizon, path, number) noise of a block of paths, of the law ``law``: numbers of a day drive that day only.

        A function of ``(seed, path, day)``; ``paths`` are a block as :meth:`blocks` makes them.
        """

    @abstractmethod
    def respond(self, states: Any, starts: np.ndarray, noise: np.ndarray, member: int = 0) -> np.ndarray:
        """Returns (path, day, asset) float32 that noise (day, path, number) of any origin becomes.

        Args:
            states: one state a history, as :meth:`encode_each` gives them.
            starts: (path,) which of them each path starts from.
            noise: as :meth:`noise` draws it; how many paths is free, though each number of them may be compiled anew.
            member: of an ensemble, the one that all of these paths belong to.
        """

    def sensitivity(
        self, states: Any, starts: np.ndarray, noise: np.ndarray, slope: np.ndarray, member: int = 0
    ) -> np.ndarray | None:
        """Gradient (day, path, number) of ``(slope * respond(...)).sum()`` in the noise; slope is (path, day, asset).

        None where returns are no smooth function of the noise, as where it chooses days of a history.
        """
        return None

    def simulate(self, states: Any, starts: np.ndarray, paths: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        """Returns (path, horizon, asset) float32 of a block of paths; models override it where fusing is faster.

        Args:
            states: one state a history, as :meth:`encode_each` gives them.
            starts: (BLOCK,) which of them each path starts from.
            paths: (BLOCK,) int64 indices of the paths, a block as :meth:`blocks` makes them.

        Path i may depend on its state, ``seed``, ``paths[i]`` and the day only, and its first days must not depend
        on ``horizon``.
        """
        return self.respond(states, starts, self.noise(paths, horizon, seed), int(paths[0]) % self.population)

    def simulate_fixed(self, states: Any, starts: np.ndarray, paths: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        """As :meth:`simulate`, but the last bits may depend on ``horizon``; models override it where that is faster."""
        return self.simulate(states, starts, paths, horizon, seed)

    @abstractmethod
    def arrays(self) -> dict[str, np.ndarray]:
        """Everything fitted, for saving; :meth:`restore` takes it back."""

    @classmethod
    @abstractmethod
    def restore(cls, info: ModelInfo, arrays: Mapping[str, np.ndarray]) -> MarketModel:
        """The model that ``arrays`` came from."""

    def log_density(self, returns: np.ndarray, context: np.ndarray) -> np.ndarray | None:
        """Exact one-day-ahead log densities (day, asset) of ``returns`` given ``context`` (earlier returns) and
        the days before each, or None where the model has no density.  Natural logs, of returns as plain numbers."""
        return None

    def mirrored(self, states: Any, starts: np.ndarray, paths: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        """As :meth:`simulate`, but every second path of the block gets its neighbour's noise, mirrored."""
        noise = np.array(self.noise(paths, horizon, seed))
        noise[:, 1::2] = -noise[:, ::2] if self.law == "normal" else 1 - noise[:, ::2]
        return self.respond(states, starts, noise, int(paths[0]) % self.population)

    def sample(
        self,
        n_paths: int,
        horizon: int,
        *,
        seed: int = 0,
        history: Panel | Sequence[Panel] | None = None,
        first_path: int = 0,
        antithetic: bool = False,
        start_prices: Prices | None = None,
        start_date: Any = None,
    ) -> Scenarios:
        """Draw paths that carry on from the end of a history.

        Args:
            n_paths: how many.
            horizon: trading days a path.
            seed: same model, seed and platform give the same bits.
            history: prices to carry on from, with the model's tickers; None carries on the training panel.  Several
                are dealt over the paths in turn: each path has the market state that its own history left behind, and
                all of them start on the day and at the prices of the latest.
            first_path: index of the first path: ``sample(50, h, first_path=100)`` draws paths 100 to 149 of the
                same job, bit for bit, so long jobs can be cut into shards.
            antithetic: path 2k + 1 gets the mirrored noise of path 2k (in an ensemble, of the same member's path
                before it), so that means converge faster; a shorter horizon is a prefix up to rounding.
            start_prices: where paths start in place of the last prices: ``{"SPX": 5000.0}``, or one an asset.
            start_date: the day on which they start in place of the last date.

        Returns:
            Scenarios of log returns (differences for levels and rates), float32, all finite, inside the bounds; with
            bars where the model has them.

        Raises:
            ModelError: counts that are not positive, a history whose tickers or kinds are not the model's, or start
                prices that no path can start from.
        """
        for name, value, least in (
            ("paths", n_paths, 1),
            ("horizon", horizon, 1),
            ("first_path", first_path, 0),
            ("seed", seed, 0),
        ):
            if value != int(value) or value < least:
                raise ModelError(f"{name} must be a whole number of at least {least}, not {value}")
        start = start_of(self, history, start_prices, start_date)
        states = stacked(start.states)
        # The members of an ensemble take turns as well; histories change after each round of them, so all meet all.
        turn = self.population * (2 if antithetic else 1)

        def deal(paths: np.ndarray) -> np.ndarray:
            return paths // turn % len(start.states)

        simulate = self.mirrored if antithetic else self.simulate
        moves = self._in_blocks(simulate, states, deal, first_path, n_paths, horizon, seed)
        paths = Scenarios(
            returns=self.info.space.returns_of(moves, start.prices),
            assets=self.info.assets,
            kinds=self.info.kinds,
            bounds=self.info.bounds,
            dates=future_sessions(self.info.calendar, start.date, horizon, self.info.periods_per_year),
            start_prices=start.prices,
            first_path=first_path,
            provenance={
                "model": self.info.model,
                "model_hash": self.model_hash,
                "train_start": self.info.train_start,
                "train_end": self.info.train_end,
                "data_hash": self.info.data_hash,
                "source": self.info.source,
                "config": dict(self.info.config),
                "fit_seed": self.info.seed,
                "seed": seed,
                "antithetic": antithetic,
                **({"rebased": True} if start.rebased else {}),
                "history_end": str(start.ends[0]) if len(start.ends) == 1 else [str(end) for end in start.ends],
                "calendar": self.info.calendar,
                "currency": self.info.currency,
                "periods_per_year": self.info.periods_per_year,
                "drift": {
                    "mode": "historical",
                    "per_period": dict(zip(self.info.assets, self.info.drift, strict=True)),
                },
            },
        )
        if self.bars is None:
            return paths
        histories = () if history is None else (history,) if isinstance(history, Panel) else tuple(history)
        return replace(paths, bars=self.bars.draw(paths, seed, [self.aligned(h) for h in histories], deal))

    def forecast(
        self, returns: np.ndarray, ends: np.ndarray, horizon: int, draws: int, *, seed: int = 0
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Draw the moves of the days that follow each of many histories, with the model's parameters as they are.

        Draw k of the history ``returns[:end]`` is path ``end * draws + k`` of this seed: other ends do not change it,
        and no two days share their randomness.

        Args:
            returns: (day, asset) the moves of a history, at least up to the last end.
            ends: (history,) increasing; each at least 1.
            horizon: days a draw.
            draws: draws an end.
            seed: of the randomness.

        Yields:
            Some of the ends, and their draws (end, draw, day, asset) float32: chunk by chunk, in the order of ``ends``,
            so that memory does not grow with their number.
        """
        ends = np.asarray(ends, np.int64)
        if len(ends) == 0 or ends[0] < 1 or ends[-1] > len(returns) or np.any(np.diff(ends) < 1):
            raise ModelError(f"forecasts need increasing ends between 1 and the {len(returns)} returns of the history")
        most = max(1, CHUNK // (draws * horizon * len(self.info.assets)))
        for run in np.split(ends, np.flatnonzero(np.diff(ends) > 1) + 1):
            for first in range(0, len(run), most):
                chunk = run[first : first + most]
                states = self.encode_each(returns, chunk)
                first_path, n_paths = int(chunk[0]) * draws, len(chunk) * draws

                def deal(paths: np.ndarray, first: int = int(chunk[0])) -> np.ndarray:
                    return paths // draws - first

                paths = self._in_blocks(self.simulate_fixed, states, deal, first_path, n_paths, horizon, seed)
                yield chunk, paths.reshape(len(chunk), draws, *paths.shape[1:])

    def aligned(self, panel: Panel) -> Panel:
        """``panel`` with the model's tickers in the model's order.

        Raises ModelError where some are missing, or are of another kind or have other bounds than the model's.
        """
        missing = [a for a in self.info.assets if a not in panel.assets]
        if missing:
            raise ModelError(
                f"the model knows {', '.join(self.info.assets)}, but the history has {', '.join(panel.assets)}: "
                f"no {', '.join(missing)}; give a history with the model's tickers"
            )
        panel = panel if panel.assets == self.info.assets else panel.select(self.info.assets)
        if (panel.kinds, panel.bounds) != (self.info.kinds, self.info.space.bounds):
            ours, theirs = self.info.space.described(), panel.space.described()
            other = next(asset for asset in panel.assets if ours[asset] != theirs[asset])
            raise ModelError(
                f"the model takes {other} for a {ours[other]}, the history for a {theirs[other]}; "
                "load it with the kinds and bounds of the model"
            )
        return panel

    def blocks(self, first_path: int, n_paths: int) -> Iterator[np.ndarray]:
        """(BLOCK,) path indices, block by block, that cover the job; path i always sits in the same lane."""
        stop = first_path + n_paths
        for start in range(first_path - first_path % BLOCK, stop, BLOCK):
            yield np.arange(start, start + BLOCK)

    def _in_blocks(
        self,
        simulate: Callable[..., np.ndarray],
        states: Any,
        deal: Callable[[np.ndarray], np.ndarray],
        first: int,
        count: int,
        horizon: int,
        seed: int,
    ) -> np.ndarray:
        """Paths ``first`` .. ``first + count - 1``, (path, horizon, asset); ``deal`` says from which state."""
        returns = np.empty((count, horizon, len(self.info.assets)), np.float32)

        def draw(indices: np.ndarray) -> None:
            wanted = (indices >= first) & (indices < first + count)
            starts = deal(np.clip(indices, first, first + count - 1))
            returns[indices[wanted] - first] = simulate(states, starts, indices, horizon, seed)[wanted]

        with ThreadPoolExecutor(WORKERS) as pool:
            for _ in pool.map(draw, self.blocks(first, count)):
                pass
        if not np.isfinite(returns).all():
            bad = int((~np.isfinite(returns).all(axis=(1, 2))).sum())
            raise ModelError(
                f"{bad} of {count} paths of {self.info.model} are not finite: a defect of the model, please report it"
            )
        return returns


def stacked(states: Sequence[Any]) -> Any:
    """States of single histories as states of many: arrays gain a leading axis; tuples and None keep their form."""
    first = states[0]
    if first is None:
        return None
    if isinstance(first, tuple):
        parts = [stacked(part) for part in zip(*states, strict=True)]
        return first._make(parts) if hasattr(first, "_make") else tuple(parts)  # type: ignore[attr-defined]
    return np.stack([np.asarray(state) for state in states])
