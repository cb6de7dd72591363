"""``tsgan lend``: what a book of loans may lose along joint paths."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.cli.evaluate import TABLES
from tsgan.cli.outputs import check_file, text_table, write_json
from tsgan.errors import ConfigError
from tsgan.runtime import prepare

PAGE, DOCUMENT, LOSSES = "lend.html", "lend.json", "losses.csv"


def lend(
    source: Annotated[
        Path, typer.Argument(metavar="MODEL|SCENARIOS", help=f"{common.MODEL}; or any paths as .parquet or .csv.")
    ],
    book: Annotated[
        Path,
        typer.Option("--book", metavar="LOANS.csv", help="Securities-backed loans, firms, or pools; see data/README."),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=f"Folder for {PAGE}, {DOCUMENT} and {LOSSES}.")],
    history: Annotated[
        str | None, typer.Option("--history", metavar="PRICES", help="Prices that a MODEL's paths carry on from.")
    ] = None,
    paths: common.Paths = 10_000,
    horizon: common.YearOrHorizon = None,
    confidence: Annotated[
        float, typer.Option("--confidence", metavar="P", help="Of the haircut and the largest loan-to-value.")
    ] = 0.99,
    rate: Annotated[float, typer.Option("--rate", metavar="R", help="Risk-free rate a year, for firms.")] = 0.02,
    years: Annotated[float, typer.Option("--years", metavar="T", help="Until the firms' debt is due.")] = 1.0,
    first_passage: Annotated[
        bool, typer.Option("--first-passage", help="Firms default when they first close below their debt.")
    ] = False,
    total_return: Annotated[
        bool | None, typer.Option("--total-return/--price-return", help="Whether the prices hold dividends.")
    ] = None,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Carry a book of loans along joint paths: calls, defaults, losses, haircuts."""
    answer = Answer(quiet, json)
    for name in (PAGE, DOCUMENT, LOSSES):
        check_file(out / name)
    if not 0 < confidence < 1:
        raise ConfigError(f"--confidence must be between 0 and 1, not {confidence:g}")
    if not years > 0:
        raise ConfigError(f"--years must be above 0, not {years:g}")
    from tsgan.applications.lending.books import read_book

    loans = read_book(book)
    prepare()
    import pandas as pd

    import tsgan
    from tsgan.applications.lending import page, words
    from tsgan.applications.lending.lend import lend as lend_book
    from tsgan.data.calendars import period_of
    from tsgan.data.load import load_as
    from tsgan.files import atomic_path
    from tsgan.reports.page import write

    if source.suffix.lower() in TABLES and not source.is_dir():
        if history is not None:
            raise ConfigError("--history is for a MODEL; a table of scenarios has its own start")
        scenarios = tsgan.read_scenarios(source)
    else:
        model = tsgan.load_model(source)
        start = None if history is None else model.aligned(load_as(history, model.info.space))
        periods = horizon or model.info.periods_per_year
        answer.note(f"drawing {paths:,} paths of {periods} {period_of(model.info.periods_per_year)}s")
        scenarios = model.sample(paths, periods, seed=seed, history=start)
    answer.note(f"carrying {len(loans)} loans along")
    found = lend_book(
        loans, scenarios, confidence=confidence, seed=seed, rate=rate, years=years, first_passage=first_passage
    )
    document = page.document(found, scenarios) | {"confidence": confidence, "seed": seed}
    write(page.render(found, scenarios, confidence, total_return), out / PAGE)
    write_json(document, out / DOCUMENT)
    with atomic_path(out / LOSSES) as file:
        table = pd.DataFrame(found.losses.losses, columns=list(found.losses.names))
        table.insert(0, "scenario", scenarios.first_path + table.index)
        table.assign(total=found.losses.total).to_csv(file, index=False)
    text = "\n".join(words.sentences(found, scenarios, confidence, total_return))
    shown = [text_table(caption, headers, rows) for caption, _, headers, rows in page.tables(found, confidence)]
    answer.give(document, text, *shown, f"\n{out / PAGE}: open it in a browser")
