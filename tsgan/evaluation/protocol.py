"""Who is judged on which dates: the later returns where there are enough, the whole panel IN SAMPLE where not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tsgan.data.panel import Kind, Panel
from tsgan.errors import DataError, ScenarioError
from tsgan.models.contract import MarketModel
from tsgan.scenarios.scenarios import Scenarios

ENOUGH = 250
"""Returns after the end of training that a judgement out of sample needs."""
FEWEST = 60
"""Returns below which nothing is judged at all."""
BURN_IN = 250
"""Days that paths run before an in-sample judgement, so that they start from any day rather than from the last one."""


@dataclass(frozen=True, eq=False)
class Case:
    """Real returns to judge on, and the history before them.

    Attributes:
        train: what the baselines are fitted on, the dates that the model has seen.
        real: (day, asset) returns to judge on.
        dates: (day + 1,) the day before the first of them, then their dates.
        start_prices: (asset,) prices on that day.
        in_sample: whether the model has seen these returns.
        split: (day, asset) other real returns for the real-vs-real column, and ...
        split_real: ... the real returns that they are compared with (``real`` itself, out of sample).
        volume: (day, asset) traded volume of the judged days, where the panel has any.
    """

    assets: tuple[str, ...]
    kinds: tuple[Kind, ...]
    train: Panel
    real: np.ndarray
    dates: np.ndarray
    start_prices: np.ndarray
    in_sample: bool
    split: np.ndarray
    split_real: np.ndarray
    volume: np.ndarray | None = None

    @property
    def days(self) -> int:
        return len(self.real)

    def sample(self, model: MarketModel, paths: int, seed: int) -> np.ndarray:
        """(path, day, asset) returns of ``model`` over the judged window, from the state at its start.

        Out of sample paths start where the real returns do.  In sample they run ``BURN_IN`` days first.
        """
        if self.in_sample:
            return model.sample(paths, self.days + BURN_IN, seed=seed).moves[:, BURN_IN:]
        return model.sample(paths, self.days, seed=seed, history=self.train).moves


def case_of_model(model: MarketModel, panel: Panel) -> Case:
    """The case of a fitted model: returns after ``model.info.train_end``.

    Raises ModelError for other tickers, DataError for prices that cannot be judged on.
    """
    panel = model.aligned(panel)
    end = np.datetime64(model.info.train_end)
    later = int((panel.dates > end).sum())
    if later < ENOUGH:
        return _in_sample(panel, panel.through(end) if panel.dates[0] <= end else panel, len(panel) - 1)
    if panel.dates[0] > end:
        raise DataError(
            f"the prices start on {panel.dates[0]}, after the model's training ended ({model.info.train_end}); "
            "give a history that also holds the training dates: paths start from it and baselines are fitted on it"
        )
    return _out_of_sample(panel, end, later)


def case_of_scenarios(scenarios: Scenarios, panel: Panel) -> Case:
    """The case of finished paths: returns after their start date, as many as the paths have days.

    Raises ScenarioError for other tickers, NaN, or prices in place of returns.
    """
    missing = [a for a in scenarios.assets if a not in panel.assets]
    if missing:
        raise ScenarioError(
            f"the paths are of {', '.join(scenarios.assets)}, but the prices of {', '.join(panel.assets)}: "
            f"no {', '.join(missing)}; give prices with the tickers of the paths"
        )
    panel = panel if panel.assets == scenarios.assets else panel.select(scenarios.assets)
    if scenarios.kinds != panel.kinds:
        raise ScenarioError(
            f"the paths have the kinds {', '.join(scenarios.kinds)}, the prices {', '.join(panel.kinds)}; "
            "make them the same"
        )
    _check_scenarios(scenarios, panel)
    start = scenarios.dates[0].astype("datetime64[D]")
    later = int((panel.dates > start).sum())
    if scenarios.horizon < FEWEST:
        raise ScenarioError(
            f"paths of {scenarios.horizon} days are too short to judge; draw at least {FEWEST}, better {ENOUGH} or more"
        )
    if later >= ENOUGH and int((panel.dates <= start).sum()) >= ENOUGH:
        return _out_of_sample(panel, start, min(later, scenarios.horizon))
    return _in_sample(panel, panel, min(len(panel) - 1, scenarios.horizon))


def returns_of_scenarios(scenarios: Scenarios, case: Case, paths: int, seed: int) -> np.ndarray:
    """(path, day, asset) returns over the judged window; weighted paths are drawn by their weights."""
    returns = scenarios.moves[:, : case.days]
    if scenarios.weights is not None:
        chosen = np.random.default_rng([seed, 0x3E16]).choice(len(returns), paths, p=scenarios.weights)
        return returns[chosen]
    return returns[:paths]


def _out_of_sample(panel: Panel, end: np.datetime64, days: int) -> Case:
    train = panel.through(pd.Timestamp(end))
    return _case(panel, train, len(train) - 1, days, in_sample=False)


def _in_sample(panel: Panel, train: Panel, days: int) -> Case:
    return _case(panel, train, len(panel) - 1 - days, days, in_sample=True)


def _case(panel: Panel, train: Panel, first: int, days: int, in_sample: bool) -> Case:
    """The case of ``days`` returns after row ``first`` of the panel."""
    real, half = panel.moves[first : first + days], days // 2
    return _checked(
        Case(
            panel.assets,
            panel.kinds,
            train,
            real,
            panel.dates[first : first + days + 1],
            panel.prices[first],
            in_sample,
            split=real[:half] if in_sample else train.moves,
            split_real=real[half:] if in_sample else real,
            volume=_volume(panel, first, days),
        )
    )


def _volume(panel: Panel, first: int, days: int) -> np.ndarray | None:
    volume = panel.bars.get("volume")
    if volume is None or not (volume > 0).any():
        return None
    return volume[first + 1 : first + 1 + days]


def _checked(case: Case) -> Case:
    if case.days < FEWEST:
        raise DataError(f"only {case.days} returns to judge on; give at least {FEWEST}, better {ENOUGH} or more")
    for name, returns in (("judged", case.real), ("training", case.train.moves)):
        for column, asset in enumerate(case.assets):
            bad = ~np.isfinite(returns[:, column])
            if bad.any():
                dates = (case.dates if name == "judged" else case.train.dates)[1:]
                raise DataError(
                    f"{asset} has no usable return on {dates[bad][0]} ({bad.sum()} {name} days in all); "
                    "fill or drop these dates"
                )
            if name == "judged" and np.ptp(returns[:, column]) == 0:
                raise DataError(
                    f"{asset} does not move between {case.dates[0]} and {case.dates[-1]}; nothing can be judged on it"
                )
    return case


def _check_scenarios(scenarios: Scenarios, panel: Panel) -> None:
    for column, asset in enumerate(scenarios.assets):
        returns = scenarios.moves[:, :, column]
        bad = ~np.isfinite(returns)
        if bad.any():
            path = int(bad.any(axis=1).argmax())
            raise ScenarioError(
                f"{asset}: {int(bad.any(axis=1).sum())} of {scenarios.n_paths} paths hold NaN or infinite values, "
                f"the first on day {int(bad[path].argmax()) + 1} of path {scenarios.first_path + path}; "
                "remove or repair these paths"
            )
        if scenarios.kinds[column] == "price" and float(np.median(np.abs(returns))) > 0.5:
            raise ScenarioError(
                f"{asset}: a typical value of the paths is {float(np.median(np.abs(returns))):.4g}, which is no "
                "daily log return (0.01 is 1 %); the paths seem to hold prices or percentages, give log returns"
            )
