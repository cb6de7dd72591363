"""The forecast and its backtest in plain sentences, every one of them read off the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tsgan.applications.forecast.backtest import DRIFT, RANDOM_WALK, ForecastBacktest
from tsgan.applications.forecast.fan import FanChart
from tsgan.reports.numbers import number

SURE = 0.05
"""p-value below which a difference is called one."""


def outlook(fan: FanChart) -> list[str]:
    """One sentence or two an asset: where the price and its volatility may go."""
    sentences, period = [], fan.period
    last, date = fan.horizon, str(fan.dates[-1].astype("datetime64[D]"))
    for i, asset in enumerate(fan.assets):
        low, high, lower, upper = (number(fan.price(p, last, i), 4) for p in (0.25, 0.75, 0.05, 0.95))
        days = f"the next {period.trading}" if last == 1 else f"{last} {period.trading}s, on {date},"
        text = (
            f"{asset} stood at {number(fan.start_prices[i], 6)} on {fan.dates[0].astype('datetime64[D]')}. "
            f"After {days} half of the paths lie between {low} and {high}, 90 % between {lower} and {upper}."
        )
        if fan.kinds[i] == "price":
            first, later = fan.daily[0, i], np.sqrt((fan.daily[:, i] ** 2).mean())
            text += f" Volatility: {first:.0%} a year {period.tomorrow}"
            text += "." if last == 1 else f", {later:.0%} on average over the {last} {period.many}."
        sentences.append(text)
    return sentences


def predictable(test: ForecastBacktest) -> list[str]:
    """What can be foreseen and what cannot, as the backtest found it."""
    return [coverage(test), volatility(test), direction(test), price(test)]


def coverage(test: ForecastBacktest) -> str:
    """How many of the fan's coverages lie in their bands, which ones do not, how the others did, and the scale."""
    rows = [row for row in test.tables["coverage"] if row["source"] == test.sources[0]]
    inside = {name: sum(r["inside"] for r in test.tables["coverage"] if r["source"] == name) for name in test.sources}
    wrong = [row for row in rows if not row["inside"]]
    text = (
        f"The fan: {len(rows) - len(wrong)} of {len(rows)} coverages (50, 90 and 95 % intervals, {_days(test)} ahead) "
        f"lie within the band of chance, of which one in twenty would leave it by chance."
    )
    short = test.period.one[0]
    wide, narrow = (
        [f"{r['asset']} {r['horizon']} {short} {r['level']:.0%}: {r['coverage']:.1%}" for r in wrong if outside(r)]
        for outside in (lambda r: r["coverage"] > r["high"], lambda r: r["coverage"] < r["low"])
    )
    text += f" Too cautious: {'; '.join(wide)}." if wide else ""
    text += f" Too sure of itself: {'; '.join(narrow)}." if narrow else ""
    others = ", ".join(f"{name} {inside[name]}" for name in test.sources[1:])
    return text + f" Of the others, fitted to the same dates: {others} of {len(rows)}. {_scale(test)}"


def _scale(test: ForecastBacktest) -> str:
    """How far foreseen volatility lay from what came, of every source whose volatility moves."""
    parts = []
    for name in test.sources:
        rows = [_row(test, asset, test.horizons[0], name) for asset in test.assets]
        if rows[0]["correlation"] is not None:
            ratios = ", ".join(f"{r['asset']} {r['volatility'] / r['realised_volatility'] - 1:+.0%}" for r in rows)
            parts.append(f"{name} {ratios}")
    first = f"one {test.period.one}" if test.horizons[0] == 1 else test.period.count(test.horizons[0])
    return f"Foreseen volatility {first} ahead against what came: {'; '.join(parts)}."


def volatility(test: ForecastBacktest) -> str:
    """Whether volatility was foreseen better than by a constant."""
    h = test.horizons[-1]
    parts = []
    for asset in test.assets:
        row, better = _row(test, asset, h), against(test, RANDOM_WALK, asset, h, "qlike")
        verdict = "better than a constant" if wins(better) else "not surely better than a constant"
        parts.append(f"{asset}: correlation {number(row['correlation'], 2)} with what came, {verdict}")
    found = all(wins(against(test, RANDOM_WALK, asset, h, "qlike")) for asset in test.assets)
    head = "Volatility is predictable" if found else "Volatility was not surely predictable here"
    return f"{head} ({test.period.count(h)} ahead). {'; '.join(parts)}."


def direction(test: ForecastBacktest) -> str:
    """Whether the sign of returns was foreseen better than by always saying up."""
    parts, better, short = [], 0, test.period.one[0]
    for asset in test.assets:
        for h in test.horizons:
            row = _row(test, asset, h)
            if row["hit_rate"] is None:
                continue
            sure = row["direction_p"] is not None and row["direction_p"] < SURE
            better += sure and row["hit_rate"] > row["always_up"]
            parts.append(
                f"{asset} {h} {short}: {row['hit_rate']:.0%} ({row['hit_low']:.0%} to {row['hit_high']:.0%}) against "
                f"{row['always_up']:.0%}" + (" (surely worse)" if sure and row["hit_rate"] < row["always_up"] else "")
            )
    head = (
        "Direction is not predictable here"
        if not better
        else f"Direction was foreseen better than by always saying up in {better} of {len(parts)} cases"
    )
    return f"{head}: share of right calls (95 % interval) against always saying up. {'; '.join(parts)}."


def price(test: ForecastBacktest) -> str:
    """Whether the median was closer to the price than the drift's."""
    short = test.period.one[0]
    cases = [(a, h, against(test, DRIFT, a, h, "mae")) for a in test.assets for h in test.horizons]
    won = [f"{a} {h} {short}" for a, h, row in cases if wins(row)]
    lost = [
        f"{a} {h} {short}"
        for a, h, row in cases
        if row["p_value"] is not None and row["p_value"] < SURE and row["t"] > 0
    ]
    gains = [-row["difference"] / _row(test, a, h, DRIFT)["mae"] for a, h, row in cases]
    text = (
        f"The price itself: against today's price plus the mean return, the median's absolute error was smaller by "
        f"{np.mean(gains):.1%} on average"
    )
    text += f"; surely smaller: {', '.join(won)}" if won else "; nowhere surely smaller"
    return text + (f"; surely larger: {', '.join(lost)}." if lost else ".")


def _days(test: ForecastBacktest) -> str:
    return f"{', '.join(map(str, test.horizons))} {test.period.many if test.horizons[-1] > 1 else test.period.one}"


def _row(test: ForecastBacktest, asset: str, horizon: int, source: str | None = None) -> dict[str, Any]:
    wanted = (source or test.sources[0], asset, horizon)
    return next(r for r in test.tables["accuracy"] if (r["source"], r["asset"], r["horizon"]) == wanted)


def foresees_direction(test: ForecastBacktest) -> bool:
    """Whether the sign of returns was surely foreseen better than by always saying up, anywhere."""
    rows = [_row(test, asset, h) for asset in test.assets for h in test.horizons]
    return any(
        row["hit_rate"] is not None
        and row["direction_p"] is not None
        and row["direction_p"] < SURE
        and row["hit_rate"] > row["always_up"]
        for row in rows
    )


def against(test: ForecastBacktest, baseline: str, asset: str, horizon: int, loss: str) -> dict[str, Any]:
    """The test of one loss against one baseline's."""
    wanted = (baseline, asset, horizon, loss)
    rows: Sequence[dict[str, Any]] = test.tables["comparisons"]
    return next(r for r in rows if (r["baseline"], r["asset"], r["horizon"], r["loss"]) == wanted)


def wins(row: dict[str, Any]) -> bool:
    """Whether the judged model is surely better."""
    return row["p_value"] is not None and row["p_value"] < SURE and row["difference"] < 0


def loses(row: dict[str, Any]) -> bool:
    """Whether it is surely worse."""
    return row["p_value"] is not None and row["p_value"] < SURE and row["t"] > 0
