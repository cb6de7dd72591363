"""Several models side by side, on dates that none of them has seen."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tsgan.data.join import Join
from tsgan.data.load import Source, load_as
from tsgan.data.panel import Panel
from tsgan.errors import ConfigError
from tsgan.evaluation.candidates import Candidate, FinishedPaths, as_candidate
from tsgan.evaluation.logscore import LogScore, differences
from tsgan.evaluation.measurements import REAL_VS_REAL
from tsgan.evaluation.protocol import enough, fewest_later
from tsgan.evaluation.results import Scorecard
from tsgan.evaluation.rows import ScoreRow
from tsgan.evaluation.scorecard import PATHS, evaluate
from tsgan.evaluation.verdict import distance_ratio, tested
from tsgan.fitting import ModelSource
from tsgan.models.contract import MarketModel
from tsgan.notebook import shows_progress
from tsgan.reports.result import Result
from tsgan.runtime import prepare
from tsgan.scenarios.scenarios import Scenarios

if TYPE_CHECKING:
    import pandas as pd

    from tsgan.reports.front import Front, Matrix

TABLES = ("facts", "scores", "distances", "joint", "novelty", "gates", "log_scores")
"""Names of the frames of a comparison."""

_COMMON = ("assets", "in_sample", "judged_start", "judged_end", "days", "paths", "seed", "lags")


@dataclass(frozen=True, eq=False)
class Comparison(Result):
    """The scorecards of several models on the same dates.  Made by :func:`compare`.

    Attributes:
        cards: name -> scorecard without baselines, in the order in which the models were given.
        log_scores: of the next step's density, one row a model that has one and asset; differences are to the first of
            these models.  Empty in sample, and of finished paths.
    """

    cards: Mapping[str, Scorecard]
    log_scores: tuple[LogScore, ...] = ()

    @property
    def front(self) -> Front:
        """The first screen of the page: which model comes closest, and by which figures."""
        from tsgan.evaluation.ranking import front

        return front(self)

    @property
    def matrices(self) -> list[Matrix]:
        """Figures by two headings, such as fact group x model, as the page has them."""
        from tsgan.evaluation.ranking import matrices

        return matrices(self)

    @property
    def first(self) -> Scorecard:
        """The first model's scorecard, for all that the models have in common."""
        return next(iter(self.cards.values()))

    @property
    def in_sample(self) -> bool:
        """Whether the judged dates were seen in training: then it proves little."""
        return self.first.in_sample

    def scores(self, asset: str) -> dict[str, ScoreRow]:
        """The Quant GANs scores of every model on one asset, those of the real series (``real-vs-real``) first."""
        first = self.first
        rows = {REAL_VS_REAL: _row(first.scores, asset, REAL_VS_REAL)}
        return rows | {name: _row(card.scores, asset, card.model) for name, card in self.cards.items()}

    def summary(self) -> str:
        """Where the models were judged, and how each of them did."""
        first, names = self.first, list(self.cards)
        seen = "IN SAMPLE, on" if self.in_sample else "On"
        unseen = "" if self.in_sample else " that none of the models had seen"
        lines = [f"{seen} {first.days:,} returns from {first.judged_start} to {first.judged_end}{unseen}:"]
        for name, card in self.cards.items():
            passed, total = tested(card, card.model)
            line = f"{name} passes {passed} of {total} tests of the facts of the market"
            if name != names[0]:
                ratio = distance_ratio(card.scores, card.model, first.scores, first.model)
                line += f"; its distances to the market are {ratio:.2f} times those of {names[0]}"
            lines.append(f"{line}.")
        from tsgan.evaluation.ranking import judged

        return "\n".join([*lines, judged(self)[1]])

    def to_dict(self) -> dict[str, Any]:
        """``assets, in_sample, judged_start, judged_end, days, paths, seed, lags, log_scores``, and ``scorecards`` by
        name."""
        documents = {name: card.to_dict() for name, card in self.cards.items()}
        common = {name: getattr(self.first, name) for name in _COMMON}
        return common | {"log_scores": [vars(row) for row in self.log_scores], "scorecards": documents}

    @property
    def sheets(self) -> tuple[str, ...]:
        return tuple(name for name in TABLES if name != "log_scores" or self.log_scores)

    def to_frame(self, table: str | None = None) -> pd.DataFrame:
        """One of :data:`TABLES` of all models, tidy, the facts by default; ``source`` is a model's name here."""
        import pandas as pd

        table = table or "facts"
        if table not in TABLES:
            raise ConfigError(f"no table called {table!r}; choose one of {', '.join(TABLES)}")
        if table == "log_scores":
            return pd.DataFrame([vars(row) for row in self.log_scores])
        frames = []
        for name, card in self.cards.items():
            frame = card.to_frame(table)
            source = frame["source"] if "source" in frame else pd.Series(card.model, index=frame.index)
            frame["source"] = source.where(source != card.model, name)
            frames.append(frame if card is self.first else frame[source != REAL_VS_REAL])
        return pd.concat(frames, ignore_index=True)

    def render(self) -> str:
        """Facts and scores side by side: one self-contained page."""
        from tsgan.evaluation.sidebyside import render

        return render(self)

    def __rich__(self) -> Any:
        from tsgan.evaluation.sidebyside import renderable

        return renderable(self)


@shows_progress
def compare(
    models: Sequence[ModelSource | Scenarios],
    prices: Source,
    *,
    names: Sequence[str] | None = None,
    join: Join | str | None = None,
    paths: int = PATHS,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Comparison:
    """Judge several models, or finished paths, on the same dates, after the last training date of any model.

    Where too few returns lie there, the whole history is used and everything says IN SAMPLE, as in
    :func:`tsgan.evaluate`.  Finished paths set the dates: all are judged from the day on which the paths start.

    Args:
        models: two or more models of the same tickers, or what :func:`tsgan.load_model` reads; scenarios or files of
            them.
        prices: a Panel, or anything that :func:`tsgan.load_prices` reads, taken in the models' kinds and bounds.
        names: what to call the models; by default their folders' names, or what models they are.
        join: as for :func:`tsgan.load_prices`.
        paths: generated paths a model.
        seed: of all randomness.
        progress: called with one plain sentence as each model's turn comes.

    Raises:
        ConfigError: fewer than two models, names that are no names for them, models of different tickers, or finished
            paths that start on different days or before a model's training ended.
        ModelError, ScenarioError, DataError: files that are neither models nor paths, and prices that they cannot be
            judged on.
    """
    chosen = list(names) if names is not None else _names(models)
    if len(models) < 2:
        raise ConfigError(f"compare two or more models, not {len(models)}")
    if len(set(chosen)) < len(models) or len(chosen) != len(models):
        raise ConfigError(f"{len(models)} models need as many different names, not {', '.join(chosen)}")
    prepare()
    found = dict(zip(chosen, map(as_candidate, models), strict=True))
    space = found[chosen[0]].space
    panel = prices if isinstance(prices, Panel) and join is None else load_as(prices, space, join=join)
    for name, candidate in found.items():
        if set(candidate.space.assets) != set(space.assets):
            raise ConfigError(
                f"{chosen[0]} knows {', '.join(space.assets)}, but {name} {', '.join(candidate.space.assets)}; "
                "compare models of the same tickers"
            )
    fitted = {name: one.model for name, one in found.items() if one.model is not None}
    panel = next(iter(fitted.values())).aligned(panel) if fitted else panel.select(space.assets)
    after, days = _dates(found, panel)
    cards = {}
    for name, candidate in found.items():
        if progress is not None:
            progress(f"judging {name}")
        drawn = _paths(candidate, panel, after, days, paths, seed)
        cards[name] = evaluate(drawn, panel, baselines=(), paths=paths, seed=seed, progress=lambda _: None)
    scores = () if next(iter(cards.values())).in_sample else _log_scores(fitted, panel, after, days)
    return Comparison(cards, scores)


def _dates(found: Mapping[str, Candidate], panel: Panel) -> tuple[str, int]:
    """The day after which all are judged, and how many of the days from there on."""
    finished = {name: one.scenarios for name, one in found.items() if isinstance(one, FinishedPaths)}
    trained = {name: one.model.info.train_end for name, one in found.items() if one.model is not None}
    latest = max(trained.values(), default="")
    if not finished:
        return latest, int((panel.dates > np.datetime64(latest)).sum())
    starts = {name: str(paths.dates[0].astype("datetime64[D]")) for name, paths in finished.items()}
    if len(set(starts.values())) > 1:
        told = ", ".join(f"{name} on {start}" for name, start in starts.items())
        raise ConfigError(f"the paths start on different days ({told}); compare paths that start together")
    name, start = next(iter(starts.items()))
    if latest > start:
        learned = next(one for one, end in trained.items() if end == latest)
        raise ConfigError(
            f"the paths of {name} start on {start}, but {learned} was trained on dates to {latest}; give a model "
            f"fitted on panel.through({start!r}), or later paths"
        )
    later = int((panel.dates > np.datetime64(start)).sum())
    return start, min(later, *(paths.horizon for paths in finished.values()))


def _paths(candidate: Candidate, panel: Panel, after: str, days: int, count: int, seed: int) -> Scenarios:
    """Paths of a candidate over the judged days, be they later than the end of its own training."""
    if isinstance(candidate, FinishedPaths):
        return candidate.scenarios
    model = candidate.model
    assert model is not None
    own, end = model.aligned(panel), np.datetime64(after)
    if fewest_later(own, end) >= enough(panel.periods_per_year):
        return model.sample(count, days, seed=seed, history=own.through(after))
    # Nothing was kept for judging: the evaluator uses the whole history and says IN SAMPLE.
    return model.sample(count, len(panel) - 1, seed=seed)


def _log_scores(models: Mapping[str, MarketModel], panel: Panel, after: str, days: int) -> tuple[LogScore, ...]:
    """Of every model with a density, on the judged days, as fitted."""
    first = int((panel.return_dates <= np.datetime64(after)).sum())
    daily = {}
    for name, model in models.items():
        moves = model.aligned(panel).moves
        density = model.log_density(moves[first : first + days], moves[:first])
        if density is not None:
            daily[name] = np.asarray(density, np.float64)[:, [model.info.assets.index(a) for a in panel.assets]]
    return differences(daily, panel.assets, next(iter(daily))) if daily else ()


def _names(models: Sequence[ModelSource | Scenarios]) -> list[str]:
    """A folder's name, or the whole path where another folder has it; a model's kind, numbered from the second on."""

    def told(source: ModelSource | Scenarios) -> str:
        if isinstance(source, Scenarios):
            return str(source.provenance.get("model") or source.provenance.get("source") or "scenarios")
        return source.info.model if isinstance(source, MarketModel) else Path(source).name

    short = [told(model) for model in models]
    names: list[str] = []
    for i, (model, name) in enumerate(zip(models, short, strict=True)):
        if short.count(name) == 1:
            names.append(name)
        elif isinstance(model, MarketModel | Scenarios):
            before = short[:i].count(name)
            names.append(f"{name} ({before + 1})" if before else name)
        else:
            names.append(os.fspath(model))
    return names


def _row(rows: Sequence[ScoreRow], asset: str, source: str) -> ScoreRow:
    return next(row for row in rows if (row.asset, row.source) == (asset, source))
