"""A forecast as matrices: horizon x asset, and of its backtest asset and horizon x model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tsgan.applications.forecast import words
from tsgan.applications.forecast.backtest import ForecastBacktest
from tsgan.applications.forecast.fan import FanChart, marked_days
from tsgan.applications.forecast.front import LEVEL
from tsgan.reports.front import Cell, Matrix, Tone, cell
from tsgan.reports.numbers import amount, number
from tsgan.reports.page import PLOTTED_ASSETS

if TYPE_CHECKING:
    from tsgan.applications.forecast.report import ForecastReport


def matrices(report: ForecastReport) -> list[Matrix]:
    """Those of the page, in its order."""
    made = [prices(report.fan, report.history.currency), volatilities(report.fan)]
    return made if report.test is None else [coverage(report.test), skill(report.test), *made]


def prices(fan: FanChart, currency: str = "") -> Matrix:
    """Median price, and the range of 90 % of the paths: day x asset."""
    unit = f", {currency}" if currency and "price" in fan.kinds else ""
    return _by_day(fan, "price", f"Price{unit}: median, and where 90 % of the paths lie", lambda v, _: number(v, 6, 4))


def volatilities(fan: FanChart) -> Matrix:
    """Median of the volatility realised from the start: day x asset."""
    caption = f"Volatility realised from the start to that {fan.period.one}, a year: median, and 90 % of the paths"
    return _by_day(fan, "volatility", caption, amount)


def _by_day(fan: FanChart, name: str, caption: str, shown: Any) -> Matrix:
    days = marked_days(fan.horizon)
    rows = {(row["day"], row["asset"]): row for row in fan.rows(days)}

    def of(row: dict[str, Any], kind: str) -> Cell:
        low, high = (shown(row[f"{name}_{p:g}"], kind) for p in (0.05, 0.95))
        return cell(row[f"{name}_0.5"], lambda value: shown(value, kind), below=f"{low} to {high}")

    return Matrix(
        caption=caption,
        corner=fan.period.one.capitalize(),
        columns=fan.assets,
        rows=tuple(
            (
                f"{day}, {fan.dates[day].astype('datetime64[D]')}",
                tuple(of(rows[day, asset], kind) for asset, kind in zip(fan.assets, fan.kinds, strict=True)),
            )
            for day in days
        ),
    )


def coverage(test: ForecastBacktest) -> Matrix:
    """How often 90 % intervals held: asset and horizon x model."""
    rows = {(r["asset"], r["horizon"], r["source"]): r for r in test.tables["coverage"] if r["level"] == LEVEL}

    def of(row: dict[str, Any]) -> Cell:
        return cell(row["coverage"], "{:.1%}".format, tone="good" if row["inside"] else "bad")

    lines = []
    for asset in test.assets[:PLOTTED_ASSETS]:
        for h in test.horizons:
            band = rows[asset, h, test.sources[0]]
            name = f"{asset}, {test.period.count(h)} ahead ({band['low']:.0%} to {band['high']:.0%})"
            lines.append((name, tuple(of(rows[asset, h, source]) for source in test.sources)))
    return Matrix(
        caption=f"Share of returns inside the 90 % interval, {test.dates[0]} to {test.dates[-1]}",
        corner="Asset, horizon (where chance leaves 90 %)",
        columns=test.sources,
        rows=tuple(lines),
        reading="✗ lies outside the range in which the share of so many windows lies by chance (95 %; windows that "
        "overlap count for less): above it the fans are too wide, below too narrow.",
        own=0,
    )


def skill(test: ForecastBacktest) -> Matrix:
    """CRPS against every baseline's: asset and horizon x baseline."""
    own, *others = test.sources
    crps = {(r["asset"], r["horizon"], r["source"]): r["crps"] for r in test.tables["accuracy"]}

    def of(asset: str, h: int, other: str) -> Cell:
        row = words.against(test, other, asset, h, "crps")
        tone: Tone = "good" if words.wins(row) else "bad" if words.loses(row) else ""
        return cell(crps[asset, h, own] / crps[asset, h, other] - 1, "{:+.1%}".format, tone=tone)

    return Matrix(
        caption=f"Error of the whole forecast (CRPS) of {own}, relative to each rival's; below zero is better",
        corner="Asset, horizon",
        columns=tuple(others),
        rows=tuple(
            (f"{asset}, {test.period.count(h)} ahead", tuple(of(asset, h, other) for other in others))
            for asset in test.assets[:PLOTTED_ASSETS]
            for h in test.horizons
        ),
        reading="✓ surely better, ✗ surely worse (Diebold-Mariano, 5 %); no mark: not distinguishable.",
    )
