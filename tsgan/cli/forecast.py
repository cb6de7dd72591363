"""``tsgan forecast``: fan chart, odds of levels, and how good such forecasts were on unseen dates."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.cli.outputs import text_table

if TYPE_CHECKING:
    from rich.table import Table

    from tsgan.applications.forecast import ForecastReport
from tsgan.reports.folder import ReportFolder

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
    overwrite: common.Overwrite = False,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Forecast prices and volatility, and judge such forecasts on the dates after the model's training."""
    answer = Answer(quiet, json)
    ReportFolder(out, overwrite).check((PAGE, DOCUMENT, QUANTILES))
    import tsgan
    from tsgan.applications.forecast import parse_levels

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
        progress=answer.note,
    )
    report.save(out, overwrite=overwrite)
    answer.give(report.to_dict(), *_shown(report), f"\n{out / PAGE}: open it in a browser")


def _shown(report: ForecastReport) -> list[Table | str]:
    """For the terminal: the sentences, the fan's quantiles, and the coverages beside their bands."""
    from rich.text import Text

    from tsgan.applications.forecast import marked_days
    from tsgan.applications.forecast.fan import odds
    from tsgan.reports.numbers import number

    found, test, period = report.fan, report.test, report.fan.period
    probabilities = (0.05, 0.25, 0.5, 0.75, 0.95)
    fan = text_table(
        "Quantiles of prices",
        ["asset", period.one, "date", *(f"{p:.0%}" for p in probabilities), "volatility a year"],
    )
    for row in found.rows(marked_days(found.horizon)):
        prices = [number(row[f"price_{p:g}"], 6, 4) for p in probabilities]
        fan.add_row(Text(row["asset"]), str(row["day"]), row["date"], *prices, number(row["daily_volatility"], 3))
    shown: list[Table | str] = ["\n".join(report.outlook), fan]
    if found.levels:
        table = text_table("Levels", ["level", period.many, "closes beyond (95 % interval)", "touches"])
        for row in found.levels:
            chances = [odds(row, k) for k in ("finish", "touch")]
            name = f"{row['asset']} {row['side']} {number(row['level'], 6, 4)}"
            table.add_row(Text(name), str(row["day"]), *chances)
        shown.append(table)
    if test is None:
        return [*shown, *report.verdict]
    covered = text_table(
        f"Coverage of {test.sources[0]}, {test.dates[0]} to {test.dates[-1]}",
        ["asset", f"{period.many} ahead", "level", "covered", "band of chance", ""],
    )
    for row in (row for row in test.tables["coverage"] if row["source"] == test.sources[0]):
        band = f"{row['low']:.1%} to {row['high']:.1%}"
        covered.add_row(
            Text(row["asset"]), str(row["horizon"]), f"{row['level']:.0%}", f"{row['coverage']:.1%}", band,
            "" if row["inside"] else "outside",
        )  # fmt: skip
    return [*shown, covered, "\n".join(report.verdict)]
