"""``tsgan stress``: what a portfolio can lose, given what, and what would have to happen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.reports.folder import ReportFolder
from tsgan.reports.terminal import Rows

if TYPE_CHECKING:
    from tsgan.applications.stress import StressTest

PAGE, DOCUMENT, PATHS = "stress.html", "stress.json", "paths.parquet"
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
    xlsx: common.Excel = None,
    details: common.Details = False,
    overwrite: common.Overwrite = False,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Value at risk, stress and reverse stress tests of a portfolio, as a page, JSON and tables."""
    answer = Answer(quiet, json)
    common.check_excel(xlsx, overwrite)
    ReportFolder(out, overwrite).check((PAGE, DOCUMENT, *[PATHS] * save_paths))
    import tsgan

    with answer.working() as note:
        test = tsgan.stress(
            subject,
            portfolio,
            history=history,
            start=start,
            shocks=shock or (),
            reverse=reverse,
            at=at,
            within=within,
            tolerance=tol,
            losses=loss,
            drift=drift,
            capital=capital,
            n_paths=paths,
            horizon=horizon,
            antithetic=antithetic,
            backtest=backtest,
            seed=seed,
            progress=note,
        )
        note("drawing the page")
        test.save(out, paths=save_paths, overwrite=overwrite)
    answer.tell(test, details, lambda: _details(test), f"{out / PAGE}: open it in a browser", xlsx=xlsx)


def _details(test: StressTest) -> list[Any]:
    return [
        "\n".join(test.verdict),
        _risk(test),
        *("\n".join(sentences) for sentences in test.answers),
    ]


def _risk(test: StressTest) -> Rows:
    """For the terminal: the figures at 99 %."""
    headers = ("model", test.period.many, "VaR", "95 % interval", "ES", "95 % interval")
    rows = [
        (row["source"], str(row["days"]), *(cell for name in ("var", "es") for cell in _interval(row, name)))
        for row in test.tables["risk"]
        if row["level"] == 0.99
    ]
    return Rows("Value at risk and shortfall, 99 %", headers, rows)


def _interval(row: Mapping[str, Any], name: str) -> tuple[str, str]:
    from tsgan.reports.numbers import interval

    return f"{row[name]:.2%}", interval(row[f"{name}_low"], row[f"{name}_high"], lambda value: f"{value:.2%}")
