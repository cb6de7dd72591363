"""The first screen of a forecast: where prices may go, and whether such ranges held on later dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tsgan.applications.forecast import plots, words
from tsgan.applications.forecast.backtest import ForecastBacktest
from tsgan.applications.forecast.fan import FanChart
from tsgan.reports.front import MOST_TILES, Front, Tile, Tone, listed
from tsgan.reports.numbers import amount, number

if TYPE_CHECKING:
    from tsgan.applications.forecast.report import ForecastReport

LEVEL = 0.9
"""Of the intervals on the first screen."""
NAMED = 3
"""Assets that the question names."""


def front(report: ForecastReport) -> Front:
    """Levels where they were asked for, else the range at the horizon; then what later dates say of such forecasts."""
    fan, test, period = report.fan, report.test, report.fan.period
    last, date = fan.horizon, str(fan.dates[-1].astype("datetime64[D]"))
    span = f"the next {period.trading}" if last == 1 else f"{last} {period.trading}s"
    assets = listed(fan.assets) if len(fan.assets) <= NAMED else f"{len(fan.assets)} assets"
    asked = [row for row in fan.levels if row["day"] == last]
    # What was asked about comes first.
    order = list(dict.fromkeys([*(fan.assets.index(row["asset"]) for row in asked), *range(len(fan.assets))]))
    priced = [i for i in order if fan.kinds[i] == "price"][:1]
    tiles = [tile for row in asked[:2] for tile in _odds(row, period.many)]
    tiles += [_range(fan, i) for i in order][: 1 if asked else 2]
    tiles += [_tomorrow(fan, i) for i in priced]
    tiles += _tested(test, fan.assets[order[0]]) if test else [_average(fan, i) for i in priced]
    tiles += _extremes(fan, order[0])
    tone, why = reliance(report)
    if asked:
        row = asked[0]
        question = f"Will {row['asset']} come {row['side']} {number(row['level'], 6, 4)} within {span}?"
        verdict = f"It closes there on {date} with a probability of {row['finish']:.1%}; any close by then: "
        verdict += f"{row['touch']:.1%}."
    else:
        question = f"Where may {assets} be {f'on {span}' if last == 1 else f'in {span}'}?"
        low, high = (number(fan.price(p, last, 0), 6, 4) for p in (0.05, 0.95))
        verdict = f"{fan.assets[0]}: between {low} and {high} on {date} with a probability of 90 %."
    start = str(fan.dates[0].astype("datetime64[D]"))
    return Front(
        question=question,
        about=f"After {start}, from {fan.paths:,} paths of {fan.model}{_in(report)}",
        tone=tone,
        verdict=verdict,
        answer=(why,),
        tiles=tuple(tiles[:MOST_TILES]),
        chart=plots.fan_of(fan, report.history, fan.assets.index(asked[0]["asset"]) if asked else 0),
        reading="Half of the paths run inside the darkest band, 90 and 95 % inside the lighter ones.",
    )


def _in(report: ForecastReport) -> str:
    """What prices are in, where that is known."""
    currency = report.history.currency
    return f"; prices in {currency}" if currency and "price" in report.fan.kinds else ""


def reliance(report: ForecastReport) -> tuple[Tone, str]:
    """What such forecasts are good for, by the rolling backtest, in a sentence."""
    test = report.test
    if test is None:
        return "doubt", report.unjudged or ""
    rows = [row for row in test.tables["coverage"] if row["source"] == test.sources[0]]
    held = sum(row["inside"] for row in rows) / len(rows)
    swings = all(words.wins(words.against(test, words.RANDOM_WALK, a, test.horizons[-1], "qlike")) for a in test.assets)
    good = ["ranges"] * (held >= 0.9) + ["the size of moves"] * swings
    poor = ["ranges"] * (held < 0.9) + ["the size of moves"] * (not swings)
    poor += ["direction"] * (not words.foresees_direction(test))
    parts = [f"Good for {listed(good)}"] if good else []
    parts += [f"not for {listed(poor)}"] if poor else []
    inside = f"{sum(row['inside'] for row in rows)} of {len(rows)}"
    text = "; ".join(parts)
    text += f": on {len(test.dates):,} later {test.period.many} {inside} intervals held as often as they should."
    tone: Tone = "good" if held >= 0.9 else "bad" if held < 0.5 else "doubt"
    return tone, text[:1].upper() + text[1:]


def _range(fan: FanChart, asset: int) -> Tile:
    middle, low, high = (fan.price(p, fan.horizon, asset) for p in (0.5, 0.05, 0.95))
    date = str(fan.dates[-1].astype("datetime64[D]"))
    start = (("now", float(fan.start_prices[asset])),)
    return Tile(f"{fan.assets[asset]} on {date}", middle, _price, low, high, start, "median; 90 % of the paths")


def _price(value: float) -> str:
    return number(value, 6, 4)


def _tomorrow(fan: FanChart, asset: int) -> Tile:
    later = float(np.sqrt((fan.daily[:, asset] ** 2).mean()))
    name = f"Volatility of {fan.assets[asset]} {fan.period.tomorrow}, a year"
    beside = ((f"mean of {fan.period.count(fan.horizon)}", later),) if fan.horizon > 1 else ()
    return Tile(name, float(fan.daily[0, asset]), lambda v: amount(v, "price"), beside=beside)


def _average(fan: FanChart, asset: int) -> Tile:
    row = next(r for r in fan.ranges if (r["asset"], r["day"]) == (fan.assets[asset], fan.horizon))
    name = f"Distance from lowest to highest close of {fan.assets[asset]}, share of the price now"
    return Tile(
        name, row["range"], "{:.1%}".format, row["range_0.05"], row["range_0.95"], note="mean; 90 % of the paths"
    )


def _extremes(fan: FanChart, asset: int) -> list[Tile]:
    """The lowest and the highest close of an asset up to the horizon, on average."""
    row = next(r for r in fan.ranges if (r["asset"], r["day"]) == (fan.assets[asset], fan.horizon))
    return [Tile(f"{name} close of {fan.assets[asset]} until then, on average", row[key], _price)
            for name, key in (("Lowest", "low"), ("Highest", "high"))]  # fmt: skip


def _odds(row: dict[str, Any], many: str) -> list[Tile]:
    where = f"{row['asset']} {'at or above' if row['side'] == 'above' else 'at or below'} {_price(row['level'])}"
    names = {
        "finish": f"{where} after {row['day']} {many}",
        "touch": f"{where} at any close by then",
    }
    return [Tile(name, row[k], "{:.1%}".format, row[f"{k}_low"], row[f"{k}_high"]) for k, name in names.items()]


def _tested(test: ForecastBacktest, asset: str) -> list[Tile]:
    """Coverage, volatility and direction of an asset, at the longest horizon."""
    h = test.horizons[-1]
    rows = {
        row["source"]: row
        for row in test.tables["coverage"]
        if (row["asset"], row["horizon"], row["level"]) == (asset, h, LEVEL)
    }
    own = rows[test.sources[0]]
    ahead = f"{test.period.count(h)} ahead"
    cover = Tile(
        f"{asset} inside its 90 % interval, {ahead}",
        own["coverage"],
        "{:.1%}".format,
        own["low"],
        own["high"],
        tuple((name, row["coverage"]) for name, row in rows.items() if row is not own),
        "interval: where chance leaves it",
        "good" if own["inside"] else "bad",
    )
    scores = {r["source"]: r for r in test.tables["accuracy"] if (r["asset"], r["horizon"]) == (asset, h)}
    ours, tiles = scores[test.sources[0]], [cover]
    if ours["correlation"] is not None:
        beside = tuple(
            (name, row["correlation"])
            for name, row in scores.items()
            if row is not ours and row["correlation"] is not None
        )
        name = f"Correlation of foreseen with realised volatility, {asset}, {ahead}"
        tiles.append(Tile(name, ours["correlation"], "{:.2f}".format, beside=beside))
    if ours["hit_rate"] is not None:
        sure = ours["direction_p"] is not None and ours["direction_p"] < words.SURE
        better = sure and ours["hit_rate"] > ours["always_up"]
        tiles.append(
            Tile(
                f"Direction of {asset} foreseen, {ahead}",
                ours["hit_rate"],
                "{:.0%}".format,
                ours["hit_low"],
                ours["hit_high"],
                (("always up", ours["always_up"]),),
                tone="good" if better else "bad",
            )
        )
    return tiles
