"""forecast.html: the fan, its tables, and how good such fans were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tsgan.applications.forecast import plots, words
from tsgan.applications.forecast.backtest import LEVELS, ForecastBacktest
from tsgan.applications.forecast.fan import PROBABILITIES, marked_days, odds
from tsgan.reports import page
from tsgan.reports.numbers import amount, number

if TYPE_CHECKING:
    from tsgan.applications.forecast.report import ForecastReport

PACKAGE = "tsgan.applications.forecast"


def render(report: ForecastReport) -> str:
    """The page as text."""
    forecast, panel, test = report.fan, report.history, report.test
    percent = set(forecast.kinds) == {"price"}
    rows, period = forecast.rows(marked_days(forecast.horizon)), forecast.period
    day, days = period.one.capitalize(), period.many.capitalize()
    return page.answer(
        "forecast.html.j2",
        PACKAGE,
        report.front,
        report.matrices,
        closing="Scenarios of what may come, no advice: they say how uncertain prices are, not where they go.",
        period=period,
        warnings=report.warnings,
        made=report.made,
        origin=[("model", report.model_hash), ("data", panel.data_hash)],
        forecast=forecast,
        step=period,
        start=str(forecast.dates[0].astype("datetime64[D]")),
        outlook=words.outlook(forecast),
        verdict=report.verdict,
        percent=percent,
        provenance=[("Model", forecast.model), ("Prices", panel.source), ("Paths", f"{forecast.paths:,}")],
        fan=plots.fan(forecast, panel),
        price_headers=[day, "Date", *(f"{100 * p:g} %" for p in PROBABILITIES)],
        prices=[(asset, [_prices(row) for row in rows if row["asset"] == asset]) for asset in forecast.assets],
        volatility_headers=[day, "Date", *(f"{100 * p:g} %" for p in PROBABILITIES), f"That {period.one}"],
        volatilities=[
            (asset, [_volatilities(row, kind) for row in rows if row["asset"] == asset])
            for asset, kind in zip(forecast.assets, forecast.kinds, strict=True)
        ],
        range_headers=[days, "Asset", "Expected low", "Expected high", "Expected range", "5 %", "95 %"],
        ranges=[_range(row, percent) for row in forecast.ranges],
        level_headers=["Level", days, "Closes beyond", "Touches"],
        levels=[_level(row) for row in forecast.levels],
        test=test,
        tested=plots.backtested(test) if test else [],
        **_backtest(test),
    )


def _prices(row: dict[str, Any]) -> list[str]:
    return [str(row["day"]), row["date"], *(number(row[f"price_{p:g}"], 6, 4) for p in PROBABILITIES)]


def _volatilities(row: dict[str, Any], kind: str) -> list[str]:
    values = [row[f"volatility_{p:g}"] for p in PROBABILITIES] + [row["daily_volatility"]]
    return [str(row["day"]), row["date"], *(amount(v, kind) for v in values)]


def _range(row: dict[str, Any], percent: bool) -> list[str]:
    spread = [f"{row[k]:.1%}" if percent else number(row[k]) for k in ("range", "range_0.05", "range_0.95")]
    return [str(row["day"]), row["asset"], number(row["low"], 6, 4), number(row["high"], 6, 4), *spread]


def _level(row: dict[str, Any]) -> list[str]:
    chances = [odds(row, name) for name in ("finish", "touch")]
    return [f"{row['asset']} {row['side']} {number(row['level'], 6, 4)}", str(row["day"]), *chances]


def _backtest(test: ForecastBacktest | None) -> dict[str, Any]:
    """The tables of a backtest; empty ones where there is none."""
    coverage: dict[tuple[str, str, int], list[str]] = {}
    for row in test.tables["coverage"] if test else []:
        cell = f"{row['coverage']:.1%}{'' if row['inside'] else ' ✗'} ({row['low']:.1%} to {row['high']:.1%})"
        coverage.setdefault((row["source"], row["asset"], row["horizon"]), []).append(cell)
    accuracy = test.tables["accuracy"] if test else []
    ours = test.sources[0] if test else ""
    ahead = f"{test.period.many.capitalize()} ahead" if test else ""
    return {
        "coverage_headers": ["Model", "Asset", ahead, *(f"In {level:.0%} (band)" for level in LEVELS)],
        "coverage": [[source, asset, str(h), *cells] for (source, asset, h), cells in coverage.items()],
        "marked_coverage": [i for i, (source, *_) in enumerate(coverage) if source == ours],
        "accuracy_headers": ["Model", "Asset", ahead, "CRPS", "Pinball", "MAE", "RMSE", "QLIKE", "Vol. corr.",
                             "Direction right", "Always up", "PIT uniform, p"],
        "accuracy": [_accuracy(row) for row in accuracy],
        "marked_accuracy": [i for i, row in enumerate(accuracy) if row["source"] == ours],
        "comparison_headers": ["Baseline", "Asset", "Loss", ahead, "Difference", "t", "p"],
        "comparisons": [
            [row["baseline"], row["asset"], row["loss"], str(row["horizon"]), number(row["difference"]),
             number(row["t"]), _p(row["p_value"])]
            for row in (test.tables["comparisons"] if test else [])
        ],
    }  # fmt: skip


def _accuracy(row: dict[str, Any]) -> list[str]:
    scores = [number(row[k], 3) for k in ("crps", "pinball", "mae", "rmse")]
    hits = "–" if row["hit_rate"] is None else f"{row['hit_rate']:.1%} ({row['hit_low']:.0%} to {row['hit_high']:.0%})"  # noqa: RUF001
    return [
        row["source"], row["asset"], str(row["horizon"]), *scores, number(row["qlike"], 4),
        number(row["correlation"], 2), hits, f"{row['always_up']:.1%}", _p(row["pit_ks_p"]),
    ]  # fmt: skip


def _p(value: float | None) -> str:
    return "< 0.001" if value is not None and value < 0.001 else number(value, 2)
