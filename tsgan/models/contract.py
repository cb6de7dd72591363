"""The contract of every fitted model, GAN or baseline: what a model supplies, and what it promises in return.

A model supplies six things: ``fit``; ``encode`` (a history becomes the state it left behind); ``noise`` (the random
numbers of a block of paths); ``respond`` (what becomes of a state under that noise: nothing else is random); and its
``arrays``, which ``restore`` takes back.  Where it can, it also tells the mean and volatility of tomorrow's return, its
exact one-day density, and the gradient of its paths in their noise.

What users rely on, such as dates, checks, rolling forecasts, and a path i that does not depend on how many others are
drawn, is written once, in :mod:`tsgan.models.sampling`.  :func:`tsgan.testing.check_model` tests all of it.

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
from functools import cached_property
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, Self

import numpy as np
import pandas as pd

from tsgan.data.load import Source
from tsgan.data.panel import Panel
from tsgan.models import random
from tsgan.models.conditioning.grammar import TOLERANCE, Condition
from tsgan.models.histories import Histories, Prices, aligned
from tsgan.models.info import ModelInfo as ModelInfo
from tsgan.models.states import stacked
from tsgan.models.storage import SavedModel, write_model
from tsgan.scenarios.scenarios import Scenarios

Law = Literal["normal", "uniform"]
"""Standard normal, or uniform on [0, 1)."""


class Moments(NamedTuple):
    """Of tomorrow's moves, (history, asset) each, as plain numbers."""

    mean: np.ndarray
    volatility: np.ndarray


class BarModel(Protocol):
    """What puts open, high, low and volume around the closes of paths: :class:`tsgan.models.bars.model.FittedBars`."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that scenarios get."""
        ...

    @property
    def modelled(self) -> np.ndarray:
        """(asset,) bool, which assets get bars."""
        ...

    def draw(
        self, paths: Scenarios, seed: int, histories: Sequence[Panel], deal: Callable[[np.ndarray], np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Bars (path, day, asset) around the closes of ``paths``; ``deal`` says which history each path carries on."""
        ...

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything fitted, for saving."""
        ...

    def carried_on(self, panel: Panel, train_start: str) -> BarModel:
        """The same law in the state that ``panel`` leaves behind; UpdateError where that does not reach back far
        enough and begins after ``train_start`` (ISO)."""
        ...


class MarketModel(ABC):
    """A fitted, frozen model of a market.  Subclasses are leaves: none is subclassed again.

    Models are equal, and hash alike, where their ``model_hash`` is the same.

    Attributes:
        info: origin of the model.
        recent: (day, asset) float64, the last training moves, as many as ``context_days`` asks for; none where the
            model keeps only the state that they left behind.
        training_history: losses, gradient norms and validation scores by step, for models that were trained; else None.
        bars: what puts open, high, low and volume around the closes of ``sample``; None for closes only.
    """

    context_days: int = 1250
    """How many of the last returns ``encode`` looks at; longer histories are cut to it, so that a state does not
    depend on how far back the history given happens to reach."""

    law: ClassVar[Law] = "normal"
    """Law of the noise, every number independent of all others."""

    info: ModelInfo
    recent: np.ndarray
    training_history: pd.DataFrame | None = None
    bars: BarModel | None = None

    # What a model supplies.

    @classmethod
    @abstractmethod
    def fit(cls, panel: Panel, *, seed: int = 0) -> MarketModel:
        """Fit to a panel, and to nothing else; :func:`tsgan.fit` calls it.

        Same panel, options, seed and platform give the same model, bit for bit.  Options of a model's own are further
        keywords with defaults; :func:`tsgan.fit` hands them on, and those that it has itself (``progress``,
        ``checkpoint``, ``resume``, ``like``) to models that take them.  ``info.model`` must be the name under which
        the class is registered: :func:`tsgan.load_model` finds it by that.
        """

    @abstractmethod
    def encode(self, returns: np.ndarray) -> Any:
        """The state that a history of returns (day, asset) leaves behind, as ``simulate`` wants it."""

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

    @abstractmethod
    def arrays(self) -> dict[str, np.ndarray]:
        """Everything fitted, for saving; :meth:`restore` takes it back."""

    @classmethod
    @abstractmethod
    def restore(cls, info: ModelInfo, arrays: Mapping[str, np.ndarray]) -> MarketModel:
        """The model that ``arrays`` came from."""

    # What a model supplies where it can, or where it can do better than this.

    @property
    def population(self) -> int:
        """Members of an ensemble; path i belongs to member i modulo their number."""
        return 1

    @property
    def followers(self) -> tuple[int, ...]:
        """Columns of :attr:`recent` that are restored by a rule from the others, and not remembered."""
        return ()

    @property
    def state(self) -> Any:
        """The state that training left behind, as :meth:`encode` gives it: where paths start without a history."""
        return self.encode(self.recent)

    def encode_each(self, returns: np.ndarray, ends: np.ndarray) -> Any:
        """The states that many histories leave behind: after ``returns[:end]`` for each of ``ends`` (history,).

        As :meth:`encode` of the last ``context_days`` returns before each end, every array with a leading axis.
        """
        return stacked([self.encode(returns[max(0, end - self.context_days) : end]) for end in ends])

    @property
    def round(self) -> int:
        """Paths whose blocks belong together: a job that is cut at multiples of it draws none twice."""
        return random.BLOCK * self.population

    def blocks(self, first_path: int, n_paths: int) -> Iterator[np.ndarray]:
        """(BLOCK,) path indices, block by block, that cover the job; path i always sits in the same lane."""
        return random.blocks(first_path, n_paths)

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

    def sensitivity(
        self, states: Any, starts: np.ndarray, noise: np.ndarray, slope: np.ndarray, member: int = 0
    ) -> np.ndarray | None:
        """Gradient (day, path, number) of ``(slope * respond(...)).sum()`` in the noise; slope is (path, day, asset).

        A vector-Jacobian product.  None where returns are no smooth function of the noise, as where it chooses days of
        a history.
        """
        return None

    def predictive_moments(self, returns: np.ndarray, ends: np.ndarray) -> Moments | None:
        """Mean and volatility of the move after ``returns[:end]`` for each of ``ends``, exactly: no draws, no noise.

        None for a model that cannot tell.  Of an ensemble, those of the equal mixture of its members.
        """
        return None

    def log_density(self, returns: np.ndarray, context: np.ndarray) -> np.ndarray | None:
        """Exact one-day-ahead log densities (day, asset) of ``returns`` given ``context`` (earlier returns) and
        the days before each, or None where the model has no density.  Natural logs, of returns as plain numbers."""
        return None

    def carried_on(self, recent: np.ndarray, info: ModelInfo) -> Self:
        """The same law in a later state: that of ``recent`` (day, asset), the last ``context_days`` moves.

        :func:`tsgan.update` calls it.  A model that keeps more of its history than :attr:`recent` overrides it; one
        that keeps only the state takes that of ``recent``.
        """
        model = copy.copy(self)
        object.__setattr__(model, "recent", recent)  # a copy of its own: models are frozen for everyone else
        object.__setattr__(model, "info", info)
        vars(model).pop("model_hash", None)
        return model

    # What every model promises.

    def sample(
        self,
        n_paths: int,
        horizon: int,
        *,
        seed: int = 0,
        history: Histories | None = None,
        first_path: int = 0,
        antithetic: bool = False,
        start_prices: Prices | None = None,
        start_date: Any = None,
        condition: Condition | None = None,
        at: int | None = None,
        within: int | None = None,
        tolerance: float = TOLERANCE,
    ) -> Scenarios:
        """Draw paths that carry on from the end of a history.

        Args:
            n_paths: how many.
            horizon: periods a path: trading days, weeks, ..., as of the training prices.
            seed: same model, seed and platform give the same bits.
            history: prices to carry on from, with the model's tickers: a Panel, or anything that
                :func:`tsgan.load_prices` reads, which is read with the kinds and bounds of the model.  None carries on
                the training panel.  Several, in a list, are dealt over the paths in turn: each path has the market
                state that its own history left behind, and all of them start on the day and at the prices of the
                latest.
            first_path: index of the first path: ``sample(50, h, first_path=100)`` draws paths 100 to 149 of the
                same job, bit for bit, so long jobs can be cut into shards.
            antithetic: path 2k + 1 gets the mirrored noise of path 2k (in an ensemble, of the same member's path
                before it), so that means converge faster; a shorter horizon is a prefix up to rounding.
            start_prices: where paths start in place of the last prices: ``{"SPX": 5000.0}``, or one an asset.
            start_date: the day on which they start in place of the last date.
            condition: draw weighted paths on which this happens, however rare it is: ``"SPX<=-0.20"``,
                ``{"SPX": (-0.10, -0.03), "VIX": (35, 60)}``; the grammar is that of
                :mod:`tsgan.models.conditioning.grammar`.  ``n_paths`` then counts proposals, of which those with the
                event come back, and there are no bars.
            at: the day on which the condition holds, by default the last; or
            within: the last day by which it is reached, on whichever day.
            tolerance: half the width of the band around a bare value.

        Returns:
            Scenarios of log returns (differences for levels and rates), float32, all finite, inside the bounds; with
            bars where the model has them.

        Raises:
            ModelError: counts that are not positive, a history whose tickers or kinds are not the model's, or start
                prices that no path can start from.
            DataError: a history that cannot be read.
            ConfigError, ScenarioError: a condition that makes no sense, or that the model can tell nothing about.
        """
        from tsgan.models.sampling import sample

        return sample(
            self,
            n_paths,
            horizon,
            seed=seed,
            history=history,
            first_path=first_path,
            antithetic=antithetic,
            start_prices=start_prices,
            start_date=start_date,
            condition=condition,
            at=at,
            within=within,
            tolerance=tolerance,
        )

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
        from tsgan.models.sampling import forecast

        return forecast(self, returns, ends, horizon, draws, seed=seed)

    def aligned(self, prices: Source) -> Panel:
        """``prices`` as a Panel with the model's tickers in the model's order.

        A Panel is taken as it is; anything else that :func:`tsgan.load_prices` reads is read with the model's kinds
        and bounds.

        Raises ModelError where tickers are missing, or are of another kind or have other bounds than the model's.
        """
        return aligned(self.info, prices)

    def with_bars(self, bars: BarModel | None) -> Self:
        """The same model, whose scenarios have bars, or closes only: returns do not change."""
        model = copy.copy(self)
        object.__setattr__(model, "bars", bars)  # a copy of its own: models are frozen for everyone else
        vars(model).pop("model_hash", None)  # cached, and another one now
        return model

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the model to a folder (safetensors + JSON with a format version); :func:`tsgan.load_model` reads it.

        A model that is there is replaced with ``overwrite`` only; OutputError names whatever else is in the way.
        """
        bars = {} if self.bars is None else self.bars.arrays()
        write_model(SavedModel(self.info, self.arrays(), bars, self.training_history), folder, overwrite=overwrite)

    @cached_property
    def model_hash(self) -> str:
        """sha256 (16 hex digits) of the origin and everything fitted: equal hashes mean equal models."""
        digest = hashlib.sha256(json.dumps(self.info.to_json(), sort_keys=True, default=str).encode())
        bars = {} if self.bars is None else self.bars.arrays()
        for name, array in (*sorted(self.arrays().items()), *sorted(bars.items())):
            digest.update(f"{name}{array.dtype}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:16]

    def __eq__(self, other: object) -> bool:
        return self.model_hash == other.model_hash if isinstance(other, MarketModel) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.model_hash)

    def __repr__(self) -> str:
        known, more = self.info.assets[:SHOWN_ASSETS], len(self.info.assets) - SHOWN_ASSETS
        assets = ", ".join(known) + (f" and {more} more" if more > 0 else "")
        bars = "" if self.bars is None else "; with bars"
        dates = f"{self.info.train_start} to {self.info.train_end}"
        dates += f", state of {self.info.state_end}" if self.info.state_end else ""
        return f"{type(self).__name__}({self.info.model}: {assets}; {dates}{bars}; {self.model_hash})"


SHOWN_ASSETS = 6
"""Tickers that the short description of a model names."""
