"""A fitted model of the assets that follow none, with those that do restored in everything that it says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from tsgan.data.panel import Panel
from tsgan.data.relations import Relation
from tsgan.models.contract import BarModel, MarketModel, Moments
from tsgan.models.info import ModelInfo

INNER, TOLD = "free/", "relations"
"""Prefix of the arrays of the model of the free assets, and the name of what tells of the others."""


@dataclass(frozen=True, eq=False, repr=False)
class WithDependents(MarketModel):
    """Any fitted model, and the assets that follow from its own.

    No model needs to know: it was fitted to the free assets alone, and is asked about them alone.  Each of the others
    moves as its relation says, on every day of every path, so a hedge of one with the other is one.

    Attributes:
        free: the model of the free assets.
        columns: of all assets, those that are free, in order.
        relations: of the others.
    """

    info: ModelInfo
    free: MarketModel
    columns: tuple[int, ...]
    relations: tuple[Relation, ...]
    training_history: pd.DataFrame | None = None
    bars: BarModel | None = None

    @classmethod
    def of(cls, free: MarketModel, panel: Panel, relations: tuple[Relation, ...], seed: int) -> WithDependents:
        """``free`` fitted to the free assets of ``panel``."""
        columns = tuple(i for i in range(len(panel.assets)) if i not in {r.asset for r in relations})
        drift = _restored(np.array(free.info.drift), len(panel.assets), columns, relations)
        info = ModelInfo.of(free.info.model, panel, seed=seed, config=free.info.config, drift=drift)
        return cls(info, free, columns, relations, free.training_history)

    @classmethod
    def fit(cls, panel: Panel, *, seed: int = 0) -> WithDependents:
        raise TypeError("it has no fit of its own: tsgan.fit makes it where assets follow others")

    @property
    def context_days(self) -> int:  # type: ignore[override]
        return self.free.context_days

    @property
    def law(self) -> Any:  # type: ignore[override]
        return self.free.law

    @property
    def recent(self) -> np.ndarray:  # type: ignore[override]
        return self._all(self.free.recent)

    @property
    def followers(self) -> tuple[int, ...]:
        return tuple(r.asset for r in self.relations)

    @property
    def population(self) -> int:
        return self.free.population

    @property
    def state(self) -> Any:
        return self.free.state

    def carried_on(self, recent: np.ndarray, info: ModelInfo) -> WithDependents:
        prices = tuple(info.start_prices[column] for column in self.columns)
        own = replace(self.free.info, start_prices=prices, state_end=info.state_end)
        return replace(self, info=info, free=self.free.carried_on(self._own(recent), own))

    def encode(self, returns: np.ndarray) -> Any:
        return self.free.encode(self._own(returns))

    def encode_each(self, returns: np.ndarray, ends: np.ndarray) -> Any:
        return self.free.encode_each(self._own(returns), ends)

    def noise(self, paths: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        return self.free.noise(paths, horizon, seed)

    @property
    def round(self) -> int:
        return self.free.round

    def blocks(self, first_path: int, n_paths: int) -> Iterator[np.ndarray]:
        return self.free.blocks(first_path, n_paths)

    def respond(self, states: Any, starts: np.ndarray, noise: np.ndarray, member: int = 0) -> np.ndarray:
        return self._all(self.free.respond(states, starts, noise, member))

    def simulate(self, states: Any, starts: np.ndarray, paths: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        return self._all(self.free.simulate(states, starts, paths, horizon, seed))

    def simulate_fixed(self, states: Any, starts: np.ndarray, paths: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        return self._all(self.free.simulate_fixed(states, starts, paths, horizon, seed))

    def sensitivity(
        self, states: Any, starts: np.ndarray, noise: np.ndarray, slope: np.ndarray, member: int = 0
    ) -> np.ndarray | None:
        own = np.array(slope[..., list(self.columns)])
        curved = any(r.form == "simple" for r in self.relations)
        returns = np.asarray(self.free.respond(states, starts, noise, member), np.float64) if curved else own
        for r in self.relations:
            places = [self.columns.index(other) for other in r.of]
            own[..., places] += slope[..., r.asset, None] * r.slope(returns[..., places])
        return self.free.sensitivity(states, starts, noise, own, member)

    def predictive_moments(self, returns: np.ndarray, ends: np.ndarray) -> Moments | None:
        """Of those that follow in simple returns, to the second order in the size of the other's moves; None where one
        follows several, of whose joint law margins tell nothing."""
        found = None if self._joint else self.free.predictive_moments(self._own(returns), ends)
        if found is None:
            return None
        mean, volatility = (np.empty((len(part), len(self.info.assets))) for part in found)
        mean[:, list(self.columns)], volatility[:, list(self.columns)] = found
        for r in self.relations:
            middle, spread = mean[:, list(r.of)], volatility[:, r.of[0]]
            steep, step = r.slope(middle)[:, 0], 1e-4
            bend = (r.slope(middle + step) - r.slope(middle - step))[:, 0] / (2 * step)
            mean[:, r.asset] = r.move(middle) + bend * spread**2 / 2
            volatility[:, r.asset] = np.abs(steep) * spread
        return Moments(mean, volatility)

    def log_density(self, returns: np.ndarray, context: np.ndarray) -> np.ndarray | None:
        """Of each asset by itself: of one that follows, that of the other where it moves so, over the slope there.

        None where one follows several: its density needs their joint law.
        """
        own, before = self._own(returns), self._own(context)
        found = None if self._joint else self.free.log_density(own, before)
        if found is None:
            return None
        result = np.empty((len(found), len(self.info.assets)))
        result[:, list(self.columns)] = found
        for r in self.relations:
            place, moved = self.columns.index(r.of[0]), own.copy()
            moved[:, place] = r.inverse(returns[:, r.asset])
            of_other = self.free.log_density(np.where(np.isfinite(moved), moved, own), before)
            assert of_other is not None
            with np.errstate(divide="ignore"):
                found_here = of_other[:, place] - np.log(np.abs(r.slope(moved[:, [place]])[:, 0]))
            out = np.isfinite(returns[:, r.asset]) & ~np.isfinite(moved[:, place])  # no move of the other does that
            result[:, r.asset] = np.where(out, -np.inf, found_here)
        return result

    def arrays(self) -> dict[str, np.ndarray]:
        told = {"info": self.free.info.to_json(), "relations": [asdict(r) for r in self.relations]}
        text = np.frombuffer(json.dumps(told).encode(), np.uint8)
        return {TOLD: text, **{INNER + name: array for name, array in self.free.arrays().items()}}

    @classmethod
    def restore(cls, info: ModelInfo, arrays: Mapping[str, np.ndarray]) -> WithDependents:
        raise TypeError("restore it with restored(), which is told the class of its model of the free assets")

    @classmethod
    def restored(cls, info: ModelInfo, arrays: Mapping[str, np.ndarray], free: type[MarketModel]) -> WithDependents:
        """The model that ``arrays`` came from."""
        told = json.loads(np.asarray(arrays[TOLD]).tobytes().decode())
        own = {name.removeprefix(INNER): array for name, array in arrays.items() if name.startswith(INNER)}
        relations = tuple(Relation.from_json(values) for values in told["relations"])
        columns = tuple(i for i in range(len(info.assets)) if i not in {r.asset for r in relations})
        # The configuration is the same one, and this copy of it is as it was saved, whatever tsgan wrote it.
        own_info = replace(ModelInfo.from_json(told["info"]), config=info.config)
        return cls(info, free.restore(own_info, own), columns, relations)

    @property
    def _joint(self) -> bool:
        """Whether an asset follows several."""
        return any(len(r.of) > 1 for r in self.relations)

    def _own(self, returns: np.ndarray) -> np.ndarray:
        """Of all assets' moves (day, asset) those of the free ones."""
        return returns[:, list(self.columns)]

    def _all(self, returns: np.ndarray) -> np.ndarray:
        """Moves (..., free asset) with those of all assets."""
        return _restored(np.asarray(returns), len(self.info.assets), self.columns, self.relations)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """One sentence for each asset that follows."""
        return tuple(
            f"{r.described(self.info.assets)}: it follows from {'that one' if len(r.of) == 1 else 'these'}, and no law "
            "of its own is fitted to it"
            for r in self.relations
        )


def is_one(arrays: Mapping[str, np.ndarray]) -> bool:
    """Whether saved arrays are those of a model with dependents."""
    return TOLD in arrays


def without_dependents(model: MarketModel) -> MarketModel:
    """The model of the free assets, or a model as it is where all of its assets are free."""
    return model.free if isinstance(model, WithDependents) else model


def _restored(moves: np.ndarray, count: int, columns: tuple[int, ...], relations: tuple[Relation, ...]) -> np.ndarray:
    result = np.empty((*moves.shape[:-1], count), moves.dtype)
    result[..., list(columns)] = moves
    for r in relations:
        result[..., r.asset] = r.move(result[..., list(r.of)].astype(np.float64))
    return result
