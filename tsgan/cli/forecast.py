"""``tsgan forecast``: fan chart, odds of levels, and how good such forecasts were on unseen dates."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.reports.folder import ReportFolder
from tsgan.reports.terminal import Rows

if TYPE_CHECKING:
    from tsgan.applications.forecast import ForecastReport

PAGE, DOCUMENT, QUANTILES = "forecast.html", "forecast.json", "quantiles.csv"


def forecast(
    model: common.ModelFolder,
    prices: common.Prices,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=f"Folder for {PAGE}, {DOCUMENT} and {QUANTILES}.")],
    horizon: common.Horizon = 20,
    paths: common.Paths = 10_000,
    level: Annotated[
        list[str] | None,
        typer.Option("--level", metavar="TICKER=PRICE", help="A level to give the odds of; repeatable."),
    ] = None,
    date: Annotated[
        datetime | None,
        typer.Option("--date", metavar="DATE", formats=["%Y-%m-%d"], help="Forecast as of this day, not the last."),
    ] = None,
    backtest: Annotated[
        Path | None,
        typer.Option("--backtest", metavar="MODEL", help="Model on earlier dates to backtest in place of MODEL."),
    ] = None,
    draws: Annotated[
        int, typer.Option("--draws", metavar="N", min=0, help="Draws a backtested forecast; 0: none.")
    ] = 500,
    xlsx: common.Excel = None,
    details: common.Details = False,
    overwrite: common.Overwrite = False,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Forecast prices and volatility, and judge such forecasts on the dates after the model's training."""
    answer = Answer(quiet, json)
    common.check_excel(xlsx, overwrite)
    ReportFolder(out, overwrite).check((PAGE, DOCUMENT, QUANTILES))
    import tsgan
    from tsgan.applications.forecast import parse_levels

    with answer.working() as note:
        report = tsgan.forecast(
            model,
            prices,
            horizon=horizon,
            n_paths=paths,
            levels=parse_levels(level or []),
            date=date,
            backtest=backtest,
            draws=draws,
            seed=seed,
            progress=note,
        )
        report.save(out, overwrite=overwrite)
    answer.tell(report, details, lambda: _details(report), f"{out / PAGE}: open it in a browser", xlsx=xlsx)


def _details(report: ForecastReport) -> list[Any]:
    """For the terminal: the sentences, the fan's quantiles, and the coverages beside their bands."""
    from tsgan.applications.forecast import marked_days
    from tsgan.applications.forecast.fan import odds
    from tsgan.reports.numbers import number

    found, test, period = report.fan, report.test, report.fan.period
    probabilities = (0.05, 0.25, 0.5, 0.75, 0.95)
    fan = Rows(
        "Quantiles of prices",
        ["asset", period.one, "date", *(f"{p:.0%}" for p in probabilities), "volatility a year"],
        [
            (
                row["asset"],
                str(row["day"]),
                row["date"],
                *(number(row[f"price_{p:g}"], 6, 4) for p in probabilities),
                number(row["daily_volatility"], 3),
            )
            for row in found.rows(marked_days(found.horizon))
        ],
    )
    shown: list[Any] = ["\n".join(report.outlook), fan]
    if found.levels:
        rows = [
            (
                f"{row['asset']} {row['side']} {number(row['level'], 6, 4)}",
                str(row["day"]),
                *(odds(row, k) for k in ("finish", "touch")),
            )
            for row in found.levels
        ]
        shown.append(Rows("Levels", ["level", period.many, "closes beyond (95 % interval)", "touches"], rows))
    if test is None:
        return [*shown, *report.verdict]
    covered = Rows(
        f"Coverage of {test.sources[0]}, {test.dates[0]} to {test.dates[-1]}",
        ["asset", f"{period.many} ahead", "level", "covered", "band of chance", ""],
        [
            (
                row["asset"],
                str(row["horizon"]),
                f"{row['level']:.0%}",
                f"{row['coverage']:.1%}",
                f"{row['low']:.1%} to {row['high']:.1%}",
                "" if row["inside"] else "outside",
            )
            for row in test.tables["coverage"]
            if row["source"] == test.sources[0]
        ],
    )
    return [*shown, covered, "\n".join(report.verdict)]
