"""Who is judged on which dates: the later returns where there are enough, the whole panel IN SAMPLE where not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from tsgan.data.calendars import period_of
from tsgan.data.days import weekday
from tsgan.data.kinds import Kind, Space
from tsgan.data.panel import Panel
from tsgan.errors import DataError, ScenarioError
from tsgan.evaluation.bars import generated_bars, real_bars
from tsgan.models.contract import MarketModel
from tsgan.scenarios.scenarios import Scenarios

ENOUGH = 250
"""Daily returns after the end of training that a judgement out of sample needs; see :func:`enough`."""
FEWEST = 60
"""Returns below which nothing is judged at all."""
BURN_IN = 250
"""Days that paths run before an in-sample judgement, so that they start from any day rather than from the last one."""


class Paths(NamedTuple):
    """Generated paths over the judged days.

    Attributes:
        moves: (path, day, asset) returns.
        bars: (path, day, asset, field) of :data:`tsgan.stats.bars.FIELDS`; None where bars are not judged.
    """

    moves: np.ndarray
    bars: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Case:
    """Real returns to judge on, and the history before them.

    Returns are moves (:attr:`tsgan.data.panel.Panel.moves`).  Where they are missing (NaN), each asset is judged on its
    own days, generated paths being cut to the same days, and what concerns several assets on the days common to all.

    Attributes:
        train: what the baselines are fitted on, the dates that the model has seen.
        real: (day, asset) returns to judge on.
        dates: (day + 1,) the day before the first of them, then their dates.
        start_prices: (asset,) prices on that day; the last before it, or else the first after it, where there is none.
        space: kinds and bounds.
        in_sample: whether the model has seen these returns.
        split: (day, asset) other real returns for the real-vs-real column, and ...
        split_real: ... the real returns that they are compared with (``real`` itself, out of sample).
        volume: (day, asset) traded volume of the judged days, where the panel has any.
        bars: (day, asset, field) bars of the judged days (:data:`tsgan.stats.bars.FIELDS`), where they are judged.
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
    space: Space
    volume: np.ndarray | None = None
    bars: np.ndarray | None = None

    @property
    def days(self) -> int:
        return len(self.real)

    @cached_property
    def known(self) -> np.ndarray:
        """(day, asset) where there is a real return."""
        return np.isfinite(self.real)

    @cached_property
    def common(self) -> np.ndarray:
        """(day,) where all assets have one."""
        return np.asarray(self.known.all(axis=1))

    def jointly(self, generated: np.ndarray) -> np.ndarray:
        """(path, day, asset) generated returns on the days common to all assets."""
        return generated if self.common.all() else generated[:, self.common]

    def of_asset(self, column: int, generated: np.ndarray) -> np.ndarray:
        """(path, day) generated returns of one asset on the days that the real one has, float64."""
        known = self.known[:, column]
        return np.ascontiguousarray(generated[:, :, column] if known.all() else generated[:, known, column], np.float64)

    def sample(self, model: MarketModel, paths: int, seed: int) -> Paths:
        """Paths of ``model`` over the judged window, from the state at its start.

        Out of sample paths start where the real returns do.  In sample they run ``BURN_IN`` days first.
        """
        if self.bars is None:
            model = model.with_bars(None)
        skipped = BURN_IN if self.in_sample else 0
        spare = 6 if skipped and model.info.calendars else 0  # so that paths rest on the same days of the week
        days = self.days + skipped + spare
        drawn = model.sample(paths, days, seed=seed, history=None if self.in_sample else self.train)
        if spare:
            skipped += int(np.argmax(weekday(drawn.dates[skipped : skipped + 7]) == weekday(self.dates[:1])))
            drawn = drawn.head(skipped + self.days)
        return Paths(drawn.moves[:, skipped:], generated_bars(drawn, skipped) if drawn.bars else None)


def case_of_model(model: MarketModel, panel: Panel) -> Case:
    """The case of a fitted model: returns after ``model.info.train_end``.

    Raises ModelError for other tickers, DataError for prices that cannot be judged on.
    """
    panel = model.aligned(panel)
    end = np.datetime64(model.info.train_end)
    later = int((panel.dates > end).sum())
    if fewest_later(panel, end) < enough(panel.periods_per_year):
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
    ours, theirs = scenarios.space.described(), panel.space.described()
    other = next((asset for asset in panel.assets if ours[asset] != theirs[asset]), None)
    if other is not None:
        raise ScenarioError(
            f"the paths take {other} for a {ours[other]}, the prices for a {theirs[other]}; "
            "load the prices with the kinds and bounds of the paths"
        )
    _check_scenarios(scenarios, panel)
    start = scenarios.dates[0].astype("datetime64[D]")
    later, needed = int((panel.dates > start).sum()), enough(panel.periods_per_year)
    if scenarios.horizon < FEWEST:
        raise ScenarioError(
            f"paths of {scenarios.horizon} {period_of(panel.periods_per_year)}s are too short to judge; "
            f"draw at least {FEWEST}, better {ENOUGH} or more"
        )
    if fewest_later(panel, start) >= needed and int((panel.dates <= start).sum()) >= needed:
        return _out_of_sample(panel, start, min(later, scenarios.horizon))
    return _in_sample(panel, panel, min(len(panel) - 1, scenarios.horizon))


def drawn_from(scenarios: Scenarios, case: Case, paths: int, seed: int) -> Paths:
    """As :meth:`Case.sample`, from finished paths; weighted paths are drawn by their weights."""
    chosen: slice | np.ndarray = slice(paths)
    if scenarios.weights is not None:
        chosen = np.random.default_rng([seed, 0x3E16]).choice(scenarios.n_paths, paths, p=scenarios.weights)
    bars = None if case.bars is None else generated_bars(scenarios.head(case.days))[chosen]
    return Paths(scenarios.moves[chosen, : case.days], bars)


def enough(periods_per_year: int) -> int:
    """Returns after the end of training that a judgement out of sample needs: a year of days, sixty weeks or months.

    Sixty months are few, and bands are as wide as that makes them; but 250 would take twenty years.
    """
    return ENOUGH if periods_per_year > 200 else FEWEST


def fewest_later(panel: Panel, end: np.datetime64) -> int:
    """Returns after ``end`` of the asset that has the fewest."""
    return int(np.isfinite(panel.moves[panel.return_dates > end]).sum(axis=0).min())


def _start_prices(panel: Panel, first: int) -> np.ndarray:
    """(asset,) the last prices up to row ``first``, or the first after it."""
    before = panel.through(panel.dates[first]).last_prices
    rows = np.argmax(np.isfinite(panel.prices[first:]), axis=0)
    return np.where(np.isfinite(before), before, panel.prices[first:][rows, np.arange(len(panel.assets))])


def _out_of_sample(panel: Panel, end: np.datetime64, days: int) -> Case:
    train = panel.through(pd.Timestamp(end))
    return _case(panel, train, len(train) - 1, days, in_sample=False)


def _in_sample(panel: Panel, train: Panel, days: int) -> Case:
    return _case(panel, train, len(panel) - 1 - days, days, in_sample=True)


def _case(panel: Panel, train: Panel, first: int, days: int, in_sample: bool) -> Case:
    """The case of ``days`` returns after row ``first`` of the panel."""
    real = panel.moves[first : first + days]
    together = np.cumsum(np.isfinite(real).all(axis=1))  # halves hold as many days of all assets, where some are young
    half = int(np.searchsorted(together, together[-1] // 2)) + 1 if days else 0
    return _checked(
        Case(
            panel.assets,
            panel.kinds,
            train,
            real,
            panel.dates[first : first + days + 1],
            _start_prices(panel, first),
            in_sample,
            split=real[:half] if in_sample else train.moves,
            split_real=real[half:] if in_sample else real,
            space=panel.space,
            volume=_volume(panel, first, days),
            bars=real_bars(panel, first, days),
        )
    )


def _volume(panel: Panel, first: int, days: int) -> np.ndarray | None:
    volume = panel.bars.get("volume")
    if volume is None or not (volume > 0).any():
        return None
    return volume[first + 1 : first + 1 + days]


def _checked(case: Case) -> Case:
    period = period_of(case.train.periods_per_year)
    for name, returns in (("judged", case.real), ("training", case.train.moves)):
        dates = (case.dates if name == "judged" else case.train.dates)[1:]
        for column, asset in enumerate(case.assets):
            values = returns[:, column]
            if np.isinf(values).any():
                raise DataError(f"{asset} has no finite return on {dates[np.isinf(values)][0]}; correct its prices")
            known = values[np.isfinite(values)]
            if name == "judged" and len(known) < FEWEST:
                raise DataError(
                    f"{asset} has only {len(known)} returns to judge on; "
                    f"give at least {FEWEST}, better {ENOUGH} or more"
                )
            if name == "judged" and np.ptp(known) == 0:
                raise DataError(
                    f"{asset} does not move between {case.dates[0]} and {case.dates[-1]}; nothing can be judged on it"
                )
        common = int(np.isfinite(returns).all(axis=1).sum())
        if common < FEWEST:
            raise DataError(
                f"only {common} {name} {period}s are common to all assets, so their joint law cannot be judged "
                f"({FEWEST} are needed); leave the youngest asset out, or judge later prices"
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
