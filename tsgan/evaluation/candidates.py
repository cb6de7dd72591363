"""What is judged: a fitted model or finished paths, with one face for both."""

from __future__ import annotations

import hashlib
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tsgan.data.kinds import Space
from tsgan.data.panel import Panel
from tsgan.errors import DataError
from tsgan.evaluation.protocol import Case, Paths, case_of_model, case_of_scenarios, drawn_from, enough
from tsgan.fitting import ModelSource, as_model
from tsgan.models.bars.model import FittedBars
from tsgan.models.contract import BarModel, MarketModel
from tsgan.scenarios.reading import holds_paths, read_scenarios
from tsgan.scenarios.scenarios import Scenarios


class Candidate(ABC):
    """What is judged."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What tables call it."""

    @property
    @abstractmethod
    def model(self) -> MarketModel | None:
        """The fitted model, where it is one."""

    @property
    @abstractmethod
    def space(self) -> Space:
        """Kinds and bounds, which prices are read in."""

    @abstractmethod
    def case(self, panel: Panel) -> Case:
        """The returns to judge on; typed errors for prices that it cannot be judged on."""

    @abstractmethod
    def why_in_sample(self, case: Case) -> str:
        """Why its judgement is in sample, and what would make an honest one."""

    @abstractmethod
    def law_of_bars(self, case: Case, tell: Callable[[str], None]) -> BarModel | None:
        """What puts bars around the closes of every model beside it; None where bars are not judged."""

    @abstractmethod
    def paths(self, case: Case, n_paths: int, seed: int) -> Paths:
        """Its own paths over the judged days."""

    @abstractmethod
    def fingerprint(self) -> str:
        """A hash of all that its judgement depends on."""

    @abstractmethod
    def provenance(self) -> dict[str, Any]:
        """Where it came from."""

    @property
    def warnings(self) -> Sequence[str]:
        """What is doubtful about the prices that it was learnt from."""
        return ()


@dataclass(frozen=True, eq=False)
class FittedModel(Candidate):
    """A model, judged on the dates after its training."""

    fitted: MarketModel

    @property
    def name(self) -> str:
        return self.fitted.info.model

    @property
    def model(self) -> MarketModel:
        return self.fitted

    @property
    def space(self) -> Space:
        return self.fitted.info.space

    def case(self, panel: Panel) -> Case:
        return case_of_model(self.fitted, panel)

    def why_in_sample(self, case: Case) -> str:
        return (
            f"fewer than {enough(case.train.periods_per_year)} returns of the panel lie after {case.train.dates[-1]}, "
            f"so {self.name} is judged on dates it was trained on; fit it on panel.before(an earlier date)"
        )

    def law_of_bars(self, case: Case, tell: Callable[[str], None]) -> BarModel | None:
        return self.fitted.bars

    def paths(self, case: Case, n_paths: int, seed: int) -> Paths:
        return case.sample(self.fitted, n_paths, seed)

    @property
    def warnings(self) -> Sequence[str]:
        return self.fitted.info.warnings

    def fingerprint(self) -> str:
        return self.fitted.model_hash

    def provenance(self) -> dict[str, Any]:
        info = self.fitted.info
        return {
            "fit_seed": info.seed,
            "config": dict(info.config),
            "model_hash": self.fitted.model_hash,
            "data_hash": info.data_hash,
            "trained_on": info.source,
        }


@dataclass(frozen=True, eq=False)
class FinishedPaths(Candidate):
    """Paths from anywhere, judged on the dates after their start.

    Attributes:
        taken: names of other sources, which these paths cannot have as well.
    """

    scenarios: Scenarios
    taken: Collection[str] = ()

    @property
    def name(self) -> str:
        told = self.scenarios.provenance
        name = str(told.get("model") or told.get("source") or "scenarios")
        return f"{name} (paths)" if name in self.taken else name

    @property
    def model(self) -> None:
        return None

    @property
    def space(self) -> Space:
        return self.scenarios.space

    def case(self, panel: Panel) -> Case:
        return case_of_scenarios(self.scenarios, panel)

    def why_in_sample(self, case: Case) -> str:
        return (
            f"the panel has fewer than {enough(case.train.periods_per_year)} returns on one side of the start of "
            f"{self.name}, so all of it is used; start the paths at a date with more on both sides"
        )

    def law_of_bars(self, case: Case, tell: Callable[[str], None]) -> BarModel | None:
        """One fitted to what the baselines see."""
        if not self.scenarios.bars or case.bars is None:
            return None
        try:
            return FittedBars.fit(case.train)
        except DataError as error:
            tell(f"the bars of the paths are not judged, for the baselines can have none: {error}")
            return None

    def paths(self, case: Case, n_paths: int, seed: int) -> Paths:
        return drawn_from(self.scenarios, case, n_paths, seed)

    @property
    def warnings(self) -> Sequence[str]:
        return self.scenarios.provenance.get("warnings", ())

    def fingerprint(self) -> str:
        one = self.scenarios
        told = json.dumps(
            [one.assets, one.kinds, [str(pair) for pair in one.bounds], dict(one.provenance)], default=str
        )
        digest = hashlib.sha256(told.encode())
        weights = () if one.weights is None else (one.weights,)
        for array in (one.returns, one.dates.view("int64"), one.start_prices, *weights, *one.bars.values()):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def provenance(self) -> dict[str, Any]:
        return {"paths": dict(self.scenarios.provenance)}


def as_candidate(source: ModelSource | Scenarios, taken: Collection[str] = ()) -> Candidate:
    """A model or what ``tsgan.load_model`` reads; scenarios, a table or folder of them; ``taken`` are others' names."""
    if isinstance(source, str | os.PathLike) and holds_paths(Path(source)):
        source = read_scenarios(source)
    return FinishedPaths(source, taken) if isinstance(source, Scenarios) else FittedModel(as_model(source))
