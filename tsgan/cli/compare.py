"""``tsgan compare``: the scorecards of several models side by side, on dates that none of them has seen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.errors import ConfigError
from tsgan.runtime import prepare

if TYPE_CHECKING:
    from rich.table import Table

    from tsgan.data.panel import Panel
    from tsgan.evaluation.scorecard import Scorecard
    from tsgan.models.contract import MarketModel


def compare(
    models: Annotated[list[Path], typer.Argument(metavar="MODEL MODEL ...", help="Two or more model folders.")],
    prices: common.Prices,
    join: common.JoinName = None,
    paths: common.JudgedPaths = 300,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Judge several models on the same dates, after the last training date of any of them."""
    answer = Answer(quiet, json)
    if len(set(models)) < 2 or len(set(models)) < len(models):
        raise ConfigError("give two or more different model folders, then PRICES: tsgan compare MODEL MODEL PRICES")
    names = [m.name if [other.name for other in models].count(m.name) == 1 else str(m) for m in models]
    prepare()
    import tsgan
    from tsgan.data.load import load_as

    fitted = [tsgan.load_model(folder) for folder in models]
    panel = fitted[0].aligned(load_as(prices, fitted[0].info.space, join=join))
    for name, model in zip(names, fitted, strict=True):
        if set(model.info.assets) != set(fitted[0].info.assets):
            raise ConfigError(
                f"{names[0]} knows {', '.join(fitted[0].info.assets)}, but {name} {', '.join(model.info.assets)}; "
                "compare models of the same tickers"
            )
    latest = max(model.info.train_end for model in fitted)
    cards = {}
    for name, model in zip(names, fitted, strict=True):
        answer.note(f"judging {name}")
        cards[name] = _judge(model, panel, latest, paths, seed)
    answer.give(_document(cards), *_tables(cards))


def _judge(model: MarketModel, panel: Panel, after: str, paths: int, seed: int) -> Scorecard:
    """The scorecard of ``model`` on the returns after a date, be it later than the end of its own training."""
    import numpy as np

    from tsgan.evaluation.protocol import enough, fewest_later
    from tsgan.evaluation.scorecard import evaluate

    model_panel = model.aligned(panel)
    end = np.datetime64(after)
    if fewest_later(model_panel, end) >= enough(panel.periods_per_year):
        later = int((panel.dates > end).sum())
        scenarios = model.sample(paths, later, seed=seed, history=model_panel.through(after))
    else:  # nothing was kept for judging: the evaluator uses the whole history and says IN SAMPLE
        scenarios = model.sample(paths, len(panel) - 1, seed=seed)
    return evaluate(scenarios, panel, baselines=(), paths=paths, seed=seed)


def _document(cards: dict[str, Scorecard]) -> dict[str, Any]:
    first = next(iter(cards.values()))
    documents = {name: card.to_dict() for name, card in cards.items()}
    common_facts = ("assets", "in_sample", "judged_start", "judged_end", "days", "paths", "seed", "lags")
    return {name: getattr(first, name) for name in common_facts} | {"scorecards": documents}


def _tables(cards: dict[str, Scorecard]) -> list[Table]:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from tsgan.evaluation.scorecard import REAL_VS_REAL
    from tsgan.evaluation.terminal import SIGNS
    from tsgan.reports.numbers import number

    first = next(iter(cards.values()))
    label = "IN SAMPLE - " if first.in_sample else ""
    days = f"{first.judged_start} to {first.judged_end}, {first.days} days, {first.paths} paths"

    def table(title: str, *columns: str) -> Table:
        made = Table(title=Text(label + title, style="bold"), box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
        for i, column in enumerate(columns):
            made.add_column(Text(column), justify="left" if i < 2 else "right")
        return made

    facts = table(f"Facts (median of paths), {days}", "asset", "fact", "real", *cards)
    for i, row in enumerate(first.facts):
        cells = []
        for card in cards.values():
            judged = card.facts[i].judged[card.model]
            sign, style = SIGNS[judged.mark]
            cells.append(Text(number(judged.band.median) + " ") + Text(sign, style))
        facts.add_row(Text(row.asset), Text(row.label), number(row.real), *cells)

    scores = table("Quant GANs scores, lower is better", "asset", "score", REAL_VS_REAL, *cards)
    for asset in first.assets:
        found = {
            n: row.scores
            for n, card in cards.items()
            for row in card.scores
            if (row.asset, row.source) == (asset, card.model)
        }
        for score, floor in _scores(first, asset, REAL_VS_REAL).items():
            best = min(values[score] for values in found.values())
            cells = [Text(number(values[score]), "bold" if values[score] == best else "") for values in found.values()]
            scores.add_row(Text(asset), score, number(floor), *cells)
    return [facts, scores]


def _scores(card: Scorecard, asset: str, source: str) -> Mapping[str, float]:
    return next(row.scores for row in card.scores if (row.asset, row.source) == (asset, source))
