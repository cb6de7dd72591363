"""``tsgan stress``: what a portfolio can lose, given what, and what would have to happen."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.cli.outputs import check_file, write_json
from tsgan.errors import ConfigError
from tsgan.runtime import prepare

if TYPE_CHECKING:
    from tsgan.applications.stress.study import Study

PAGE, DOCUMENT, PATHS = "stress.html", "stress.json", "paths.parquet"
TABLES = (".parquet", ".csv")
_EVENT, _MORE = "What if", "Beside it"


def stress(
    subject: Annotated[
        Path,
        typer.Argument(metavar="MODEL|SCENARIOS", help=f"{common.MODEL}; or paths (.parquet, .csv)."),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=f"Folder for {PAGE}, {DOCUMENT} and CSV tables.")],
    portfolio: Annotated[
        Path | None,
        typer.Option("--portfolio", metavar="FILE", help="CSV: ticker,weight or ticker,quantity[,cost]. Else equal."),
    ] = None,
    capital: Annotated[
        float | None, typer.Option("--capital", help="What losses are a fraction of, for quantities.")
    ] = None,
    history: Annotated[
        str | None, typer.Option("--history", metavar="PRICES", help="Adds other models, episodes, and --from.")
    ] = None,
    start: Annotated[
        datetime | None,
        typer.Option("--from", metavar="DATE", formats=["%Y-%m-%d"], help="Stand at this day of the history."),
    ] = None,
    shock: Annotated[
        list[str] | None,
        typer.Option(
            "--shock", metavar="EVENT", rich_help_panel=_EVENT, help="'SPX=-0.20', 'VIX=(35,60)', 'SPX<=-0.1'."
        ),
    ] = None,
    reverse: Annotated[
        str | None, typer.Option("--reverse", metavar="EVENT", rich_help_panel=_EVENT, help="'loss>=0.30'.")
    ] = None,
    at: Annotated[int | None, typer.Option("--at", metavar="DAY", rich_help_panel=_EVENT, help="On this day.")] = None,
    within: Annotated[
        int | None, typer.Option("--within", metavar="DAYS", rich_help_panel=_EVENT, help="On any day up to this one.")
    ] = None,
    tol: Annotated[
        float, typer.Option("--tol", rich_help_panel=_EVENT, help="Half the width of the band around a bare value.")
    ] = 0.01,
    loss: Annotated[
        list[float] | None, typer.Option("--loss", metavar="X", help="Give the probability of losing more; repeatable.")
    ] = None,
    drift: Annotated[
        str,
        typer.Option("--drift", metavar="historical|zero|VALUE|risk-neutral:RATE", help="Mean return of the paths."),
    ] = "historical",
    antithetic: Annotated[bool, typer.Option("--antithetic", help="Mirror the noise in every second path.")] = False,
    backtest: Annotated[
        Path | None,
        typer.Option(
            "--backtest", metavar="MODEL", rich_help_panel=_MORE, help="Fitted earlier: did its VaR and ES hold?"
        ),
    ] = None,
    save_paths: Annotated[
        bool, typer.Option("--save-paths", rich_help_panel=_MORE, help=f"Also write the paths, weighted: {PATHS}.")
    ] = False,
    paths: common.Paths = 10_000,
    horizon: common.Horizon = 252,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Value at risk, stress and reverse stress tests of a portfolio, as a page, JSON and tables."""
    answer = Answer(quiet, json)
    for name in (PAGE, DOCUMENT, PATHS):
        check_file(out / name)
    prepare()
    import tsgan
    from tsgan.applications.portfolio import read_portfolio
    from tsgan.applications.stress import page
    from tsgan.applications.stress.drift import Drift
    from tsgan.applications.stress.measures import LOSSES
    from tsgan.applications.stress.study import Question, stress
    from tsgan.data.load import load_as
    from tsgan.reports.page import write

    if capital is not None and (portfolio is None or not capital > 0):
        raise ConfigError("--capital needs a --portfolio of quantities, and must be above 0")
    losses = tuple(sorted(loss)) if loss else LOSSES
    if not all(0 < x < 10 for x in losses):
        raise ConfigError(f"--loss {min(losses):g}: give fractions of the capital such as 0.10")
    if not (shock or reverse) and (at is not None or within is not None):
        raise ConfigError("--at and --within say when a --shock or --reverse happens; give one")
    finished = subject.suffix.lower() in TABLES and not subject.is_dir()
    question = Question(tuple(shock or ()), reverse, at, within, tol, losses, Drift.parse(drift))
    asked = tsgan.read_scenarios(subject) if finished else tsgan.load_model(subject)
    space = asked.space if isinstance(asked, tsgan.Scenarios) else asked.info.space
    study = stress(
        asked,
        None if portfolio is None else read_portfolio(portfolio, capital=capital),
        question=question,
        panel=None if history is None else load_as(history, space),
        start=start,
        n_paths=paths,
        horizon=horizon,
        antithetic=antithetic,
        judged=None if backtest is None else tsgan.load_model(backtest),
        seed=seed,
        progress=answer.note,
    )
    document = study.to_dict()
    answer.note("drawing the page")
    write(page.render(study), out / PAGE)
    write_json(document, out / DOCUMENT)
    _write_tables(study, out)
    if save_paths:
        kept = study.given or study.reverse
        (study.usual if kept is None else kept.scenarios).to_parquet(out / PATHS)
    answer.give(document, *_shown(study), f"\n{out / PAGE}: open it in a browser")


def _write_tables(study: Study, out: Path) -> None:
    """Every table that has rows, as CSV."""
    import pandas as pd

    from tsgan.files import atomic_path

    tables = dict(study.tables)
    if study.backtest is not None:
        tables |= {"backtest_1d": study.backtest.one_day.tables["backtests"], "backtest_10d": study.backtest.ten_day}
    for name, rows in tables.items():
        if rows:
            with atomic_path(out / f"{name}.csv") as file:
                pd.DataFrame(rows).to_csv(file, index=False)


def _shown(study: Study) -> list[Any]:
    """For the terminal: the sentences and the table of risk."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from tsgan.applications.stress import words

    table = Table(title=Text("Value at risk and shortfall, 99 %", style="bold"), box=box.SIMPLE_HEAD, pad_edge=False)
    for i, column in enumerate(("model", "days", "VaR", "95 % interval", "ES", "95 % interval")):
        table.add_column(Text(column), justify="right" if i else "left")
    for row in (row for row in study.tables["risk"] if row["level"] == 0.99):
        spans = [(f"{row[n]:.2%}", f"{row[f'{n}_low']:.2%} to {row[f'{n}_high']:.2%}") for n in ("var", "es")]
        table.add_row(Text(row["source"]), str(row["days"]), *spans[0], *spans[1])
    shown: list[Any] = ["\n".join(words.summary(study)), table]
    if study.given is not None:
        shown.append("\n".join(words.given(study)) + "\n" + words.how(study.given))
    if study.reverse is not None:
        shown.append("\n".join(words.reverse(study)) + "\n" + words.how(study.reverse))
    checks = [
        f"{r['asset']}: discounted mean off by {r['before']:+.3%} before, {r['after']:+.1e} now"
        for r in study.tables["martingale"]
    ]
    return shown + (["Martingale check\n" + "\n".join(checks)] if checks else [])
