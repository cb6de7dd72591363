"""``tsgan robustness``: would a strategy have survived other histories?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.cli.outputs import check_file, text_table, write_json

PAGE, DOCUMENT, PATHS = "robustness.html", "robustness.json", "paths.csv"


def robustness(
    scenarios: common.ScenarioTable,
    prices: common.Prices,
    strategy: Annotated[
        str,
        typer.Option(
            "--strategy",
            metavar="MODULE:FUNCTION",
            help="Prices so far -> weights; or buy_and_hold, moving_average_cross, momentum, mean_reversion, "
            "volatility_target.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=f"Folder for {PAGE}, {DOCUMENT} and {PATHS}.")],
    variants: Annotated[
        Path | None,
        typer.Option("--variants", metavar="GRID.json", help="Every parameter tried: an object of lists, or a list."),
    ] = None,
    lookback: Annotated[
        int, typer.Option("--lookback", metavar="N", min=1, help="Days before today that the strategy is shown.")
    ] = 252,
    cost: Annotated[float, typer.Option("--cost", metavar="C", help="Of a trade, as a fraction of its value.")] = 0.0,
    assets: Annotated[
        str | None, typer.Option("--assets", metavar="A,B", help="Tickers that the strategy is shown; all by default.")
    ] = None,
    blocks: Annotated[int, typer.Option("--blocks", metavar="S", help="Of the cross-validation; even.")] = 16,
    join: common.JoinName = None,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Run a strategy over the real and the generated histories, and judge the choice among its variants."""
    answer = Answer(quiet, json)
    for name in (PAGE, DOCUMENT, PATHS):
        check_file(out / name)
    from tsgan.applications.robustness.strategy import load_strategy, read_variants, with_variants

    tried = with_variants(load_strategy(strategy), read_variants(variants) if variants else [])
    import itertools

    import pandas as pd

    from tsgan.applications.robustness import page, words
    from tsgan.applications.robustness.study import study
    from tsgan.data.load import load_as
    from tsgan.files import atomic_path
    from tsgan.reports.page import write
    from tsgan.scenarios.blocks import read_blocks
    from tsgan.scenarios.reading import read_scenarios

    chunks = read_blocks(scenarios) if scenarios.is_dir() else iter([read_scenarios(scenarios)])
    first = next(chunks)
    found = study(
        tried,
        itertools.chain([first], chunks),
        load_as(prices, first.space, join=join),
        assets=assets.split(",") if assets else None,
        lookback=lookback,
        cost=cost,
        blocks=blocks,
        progress=answer.note,
    )
    document = page.document(found)
    write(page.render(found), out / PAGE)
    write_json(document, out / DOCUMENT)
    with atomic_path(out / PATHS) as file:
        table = pd.DataFrame({name: values[found.chosen] for name, values in found.paths._asdict().items()})
        table.insert(0, "scenario", found.first_path + table.index)
        (table if found.weights is None else table.assign(weight=found.weights)).to_csv(file, index=False)
    text = "\n".join(words.sentences(found))
    shown = [text_table(caption, headers, rows, bold) for caption, _, headers, rows, bold in page.tables(found)]
    answer.give(document, text, *shown, f"\n{out / PAGE}: open it in a browser")
