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
from tsgan.evaluation.measurements import REAL_VS_REAL
from tsgan.evaluation.protocol import enough, fewest_later
from tsgan.evaluation.results import Scorecard
from tsgan.evaluation.rows import ScoreRow
from tsgan.evaluation.scorecard import PATHS, evaluate
from tsgan.evaluation.verdict import distance_ratio, tested
from tsgan.fitting import ModelSource, as_model
from tsgan.models.contract import MarketModel
from tsgan.notebook import shows_progress
from tsgan.reports.result import Result
from tsgan.runtime import prepare

if TYPE_CHECKING:
    import pandas as pd

TABLES = ("facts", "scores", "distances", "joint", "novelty", "gates")
"""Names of the frames of a comparison."""

_COMMON = ("assets", "in_sample", "judged_start", "judged_end", "days", "paths", "seed", "lags")


@dataclass(frozen=True, eq=False)
class Comparison(Result):
    """The scorecards of several models on the same dates.  Made by :func:`compare`.

    Attributes:
        cards: name -> scorecard without baselines, in the order in which the models were given.
    """

    cards: Mapping[str, Scorecard]

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
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """``assets, in_sample, judged_start, judged_end, days, paths, seed, lags``, and ``scorecards`` by name."""
        documents = {name: card.to_dict() for name, card in self.cards.items()}
        return {name: getattr(self.first, name) for name in _COMMON} | {"scorecards": documents}

    def to_frame(self, table: str | None = None) -> pd.DataFrame:
        """One of :data:`TABLES` of all models, tidy, the facts by default; ``source`` is a model's name here."""
        import pandas as pd

        table = table or "facts"
        if table not in TABLES:
            raise ConfigError(f"no table called {table!r}; choose one of {', '.join(TABLES)}")
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
    models: Sequence[ModelSource],
    prices: Source,
    *,
    names: Sequence[str] | None = None,
    join: Join | str | None = None,
    paths: int = PATHS,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Comparison:
    """Judge several models on the same dates, after the last training date of any of them.

    Where too few returns lie there, the whole history is used and everything says IN SAMPLE, as in
    :func:`tsgan.evaluate`.

    Args:
        models: two or more models of the same tickers, or what :func:`tsgan.load_model` reads.
        prices: a Panel, or anything that :func:`tsgan.load_prices` reads, taken in the models' kinds and bounds.
        names: what to call the models; by default their folders' names, or what models they are.
        join: as for :func:`tsgan.load_prices`.
        paths: generated paths a model.
        seed: of all randomness.
        progress: called with one plain sentence as each model's turn comes.

    Raises:
        ConfigError: fewer than two models, names that are no names for them, or models of different tickers.
        ModelError, DataError: folders that are no models, and prices that they cannot be judged on.
    """
    chosen = list(names) if names is not None else _names(models)
    if len(models) < 2:
        raise ConfigError(f"compare two or more models, not {len(models)}")
    if len(set(chosen)) < len(models) or len(chosen) != len(models):
        raise ConfigError(f"{len(models)} models need as many different names, not {', '.join(chosen)}")
    prepare()
    fitted = [as_model(model) for model in models]
    space = fitted[0].info.space
    panel = prices if isinstance(prices, Panel) and join is None else load_as(prices, space, join=join)
    panel = fitted[0].aligned(panel)
    for name, model in zip(chosen, fitted, strict=True):
        if set(model.info.assets) != set(fitted[0].info.assets):
            raise ConfigError(
                f"{chosen[0]} knows {', '.join(fitted[0].info.assets)}, but {name} {', '.join(model.info.assets)}; "
                "compare models of the same tickers"
            )
    latest = max(model.info.train_end for model in fitted)
    cards = {}
    for name, model in zip(chosen, fitted, strict=True):
        if progress is not None:
            progress(f"judging {name}")
        cards[name] = _judged(model, panel, latest, paths, seed)
    return Comparison(cards)


def _judged(model: MarketModel, panel: Panel, after: str, paths: int, seed: int) -> Scorecard:
    """The scorecard of ``model`` on the returns after a date, be it later than the end of its own training."""
    own, end = model.aligned(panel), np.datetime64(after)
    if fewest_later(own, end) >= enough(panel.periods_per_year):
        later = int((panel.dates > end).sum())
        drawn = model.sample(paths, later, seed=seed, history=own.through(after))
    else:  # nothing was kept for judging: the evaluator uses the whole history and says IN SAMPLE
        drawn = model.sample(paths, len(panel) - 1, seed=seed)
    return evaluate(drawn, panel, baselines=(), paths=paths, seed=seed, progress=lambda _: None)


def _names(models: Sequence[ModelSource]) -> list[str]:
    """A folder's name, or the whole path where another folder has it; a model's kind, numbered from the second on."""
    short = [model.info.model if isinstance(model, MarketModel) else Path(model).name for model in models]
    names: list[str] = []
    for i, (model, name) in enumerate(zip(models, short, strict=True)):
        if short.count(name) == 1:
            names.append(name)
        elif isinstance(model, MarketModel):
            before = short[:i].count(name)
            names.append(f"{name} ({before + 1})" if before else name)
        else:
            names.append(os.fspath(model))
    return names


def _row(rows: Sequence[ScoreRow], asset: str, source: str) -> ScoreRow:
    return next(row for row in rows if (row.asset, row.source) == (asset, source))
