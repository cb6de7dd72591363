"""The first screen of a stress test: what was asked, with its probability and how often it came before."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tsgan.applications.stress import plots, words
from tsgan.applications.stress.base_rates import LEVEL
from tsgan.applications.stress.measures import Row
from tsgan.applications.stress.paths import GIVEN
from tsgan.reports.front import MOST_TILES, Front, Tile, Tone, listed

if TYPE_CHECKING:
    from tsgan.applications.stress.result import StressTest
    from tsgan.models.conditioning import Conditional, Event
    from tsgan.reports.period import Period

NAMED = 3
"""Positions that are named; of more their number is given."""


def front(study: StressTest) -> Front:
    """Of the shock where one was asked for, else of the loss of a reverse test, else of the plain figures."""
    if study.given is not None:
        return _given(study)
    return _plain(study) if study.reverse is None else _reverse(study)


def amount(study: StressTest, decimals: int = 1) -> Callable[[float], str]:
    """Writes a loss: a share of the capital, and money where the capital is known."""
    book = study.book
    if book.portfolio.unit != "quantity":
        return lambda share: f"{share:.{decimals}%}"
    unit = book.portfolio.currency or "in the book's currency"
    return lambda share: f"{share:.{decimals}%} ({share * book.capital:,.0f} {unit})"


def held(study: StressTest) -> str:
    """``SPX 60 %, IXIC 40 %``, or how many positions there are."""
    shares = study.book.exposures(study.usual)
    if len(shares) > NAMED:
        return f"{len(shares)} positions"
    return ", ".join(f"{asset} {share:.0%}" for asset, share in zip(study.book.assets, shares, strict=True))


def figure(study: StressTest, days: int, level: float, source: str | None = None) -> Row:
    """A row of the table of risk, of the model itself unless another source is named."""
    wanted = (source or study.name, days, level)
    return next(r for r in study.tables["risk"] if (r["source"], r["days"], r["level"]) == wanted)


def headline_days(study: StressTest) -> int:
    """Ten steps, or the nearest thing to them."""
    known = sorted({row["days"] for row in study.tables["risk"]})
    return 10 if 10 in known else known[0]


def reliance(study: StressTest) -> tuple[Tone, str]:
    """Whether to rely on the figures, and why, in a sentence."""
    if study.backtest is None:
        others = words.agreement(study)
        return "doubt", " ".join([*others, "These figures were not tested on later dates."])
    tests = study.backtest.one_day
    row = next(r for r in tests.tables["backtests"] if r["source"] == tests.sources[0] and r["level"] == LEVEL)
    tone: Tone = {"green": "good", "yellow": "doubt", "red": "bad"}[row["traffic_light"]]  # type: ignore[assignment]
    return tone, words.held(study)


def _about(study: StressTest) -> str:
    count = f"{study.usual.n_paths:,} paths of {study.name}"
    return f"{held(study)} from {study.start}; {count}, {study.usual.horizon} {study.period.trading}s"


def _plain(study: StressTest) -> Front:
    period, day, shown = study.period, headline_days(study), amount(study)
    own = figure(study, day, LEVEL)
    span = words.in_words(day, period)
    tone, why = reliance(study)
    tiles = [_risk_tile(study, "var", day, LEVEL), _risk_tile(study, "es", day, 0.975), *_base_rates(study, day)]
    far = [row for row in study.tables["losses"] if row["source"] == study.name and row["ever"] >= 0.0005]
    if far:
        row = far[-1]
        beside = tuple(
            (words.short(r["source"]), r["ever"])
            for r in study.tables["losses"]
            if r["loss"] == row["loss"] and r["source"] != study.name
        )
        name = f"Down more than {row['loss']:.0%} at some close within {words.in_words(row['days'], period)}"
        tiles.append(Tile(name, row["ever"], words.chance, row["ever_low"], row["ever_high"], beside, "probability"))
    fall = next(row for row in study.tables["drawdowns"] if row["quantile"] == 0.95)
    spanned = f"in {words.in_words(fall['days'], period)}"
    tiles.append(Tile(f"Deepest fall from a peak, 1 path in 20, {spanned}", fall["depth"], shown))
    tiles += _largest(study, day)
    shortest = min(row["days"] for row in study.tables["risk"])
    if len(tiles) < MOST_TILES and shortest != day:
        tiles.append(_risk_tile(study, "var", shortest, LEVEL))
    return Front(
        question=f"What can {_book(study)} lose?",
        about=_about(study),
        tone=tone,
        verdict=f"Over {span}: more than {shown(own['var'])} of the capital once in a hundred times, and then "
        f"{shown(own['es'])} on average.",
        answer=(why,),
        tiles=tuple(tiles[:MOST_TILES]),
        chart=plots.risk_by_horizon(study),
        reading="Loss exceeded with a probability of 1 %, by horizon and model; whiskers are Monte Carlo error.",
    )


def _given(study: StressTest) -> Front:
    found, period = study.given, study.period
    assert found is not None
    rows, day = study.tables["conditional"], found.event.days
    own = rows[-1]
    plain = lambda value: f"{value:+.1%}"  # noqa: E731
    stands = Tile(
        f"Portfolio {period.on(day)} given it",
        own["q50"],
        plain,
        own["q5"],
        own["q95"],
        (("without it", own["usual_q50"]),),
        "median; 90 % of paths",
        "bad" if own["q50"] < own["usual_q50"] else "good",
    )
    after = max(
        (d for d in {r["days"] for r in study.tables["risk"]} if d <= max(day, 1)), default=headline_days(study)
    )
    tiles = [*_probability(study, found, "event"), stands, _risk_tile(study, "es", after, LEVEL, GIVEN)]
    shocked = {target.name for target in found.event.targets}
    for row in rows[:-1]:
        if row["asset"] not in shocked:
            shown = plain if row["unit"] == "return" else (lambda value: f"{value:.4g}")
            name, usual = f"{row['asset']} {period.on(day)} given it", (("without it", row["usual_q50"]),)
            tiles.append(Tile(name, row["q50"], shown, row["q5"], row["q95"], usual, "median; 90 % of paths"))
    if len(tiles) < MOST_TILES:
        tiles.append(_risk_tile(study, "var", after, LEVEL, GIVEN))
    if study.reverse is not None:
        tiles[MOST_TILES - 2 :] = _probability(study, study.reverse, "reverse")
    stood = f"{_won(study, own['q5'])} or worse" if own["q5"] < 0 else f"{_won(study, own['q5'])} or less"
    answer = (
        f"One path in twenty of these ends with {stood}; without the event it would be {_won(study, own['usual_q50'])}."
    )
    return Front(
        question=f"What if {spoken(found.event, period)}?",
        about=_about(study),
        tone="",
        verdict=f"Probability {words.probability(found)}. Given it, the portfolio stands at {_won(study, own['q50'])} "
        f"{period.on(day)} (median).",
        answer=(answer,),
        tiles=tuple(tiles[:MOST_TILES]),
        chart=plots.portfolio_given(study),
        reading="Grey: without the event. Blue: given it. Bands hold 50 and 90 % of the paths.",
    )


def _won(study: StressTest, profit: float) -> str:
    """``a loss of 3.1%``, ``a gain of 2.0%``, of the capital."""
    return f"a {'gain' if profit >= 0 else 'loss'} of {amount(study)(abs(profit))}"


def _reverse(study: StressTest) -> Front:
    found, story, period = study.reverse, study.story, study.period
    assert found is not None and story is not None
    n = story.numbers
    few = next(name for name in n if name.startswith("worst_") and name != "worst_day_share")
    share = lambda value: f"{value:.0%}"  # noqa: E731
    top = max(n["shares"], key=n["shares"].__getitem__)
    day = Tile(
        f"{period.one.capitalize()} by which it is reached",
        n["day"],
        lambda value: f"{value:.0f}",
        n["day_low"],
        n["day_high"],
        note="median; 80 % of these paths",
    )
    tiles = [
        *_probability(study, found, "reverse"),
        day,
        Tile(
            f"Share of the loss on the worst {few.split('_')[1]} {period.many}",
            n[few],
            share,
            note="other days gained" if n[few] > 1 else "",
        ),
        Tile(
            f"Volatility a {period.one} on the way",
            n["daily_volatility"],
            lambda value: f"{value:.2%}",
            beside=(("ordinary paths", n["usual_daily_volatility"]),),
        ),
        Tile(f"{top}'s part of the loss", n["shares"][top], share),
    ]
    return Front(
        question=f"What would bring {spoken(found.event, period)}?",
        about=_about(study),
        tone="",
        verdict=f"Probability {words.probability(found)}. {story.short}",
        answer=story.sentences[1:2],
        tiles=tuple(tiles[:MOST_TILES]),
        chart=plots.paths_to_the_loss(study),
        reading="Half of the paths with this loss run inside the darker band, 90 % in the lighter one; red, where it "
        "is drawn, is the single most likely way.",
    )


def _risk_tile(study: StressTest, name: str, days: int, level: float, source: str | None = None) -> Tile:
    """VaR or ES with its interval, the other sources beside."""
    own = figure(study, days, level, source)
    label = {"var": "Value at risk", "es": "Expected shortfall"}[name]
    others = [
        (row["source"], row[name])
        for row in study.tables["risk"]
        if (row["days"], row["level"]) == (days, level) and row["source"] not in (own["source"], GIVEN)
    ]
    if source == GIVEN:
        others = [("without it", figure(study, days, level)[name])]
    when = ", given it" if source == GIVEN else ""
    title = f"{label}, {words.in_words(days, study.period)}, {100 * level:g} %{when}"
    ends = own[f"{name}_low"], own[f"{name}_high"]
    return Tile(title, own[name], amount(study), *ends, tuple((words.short(n), v) for n, v in others))


def _base_rates(study: StressTest, day: int) -> list[Tile]:
    """How often such a loss came in the history; none without one."""
    row = next(
        (r for r in study.tables.get("base_rates", []) if r["what"] == "value at risk" and r["days"] == day), None
    )
    if row is None:
        return []
    tone: Tone = "doubt" if row["share_low"] > 1 - LEVEL else ""
    name = f"In the history: {study.period.over(day)} losses beyond that value at risk"
    expected = (("expected", 1 - LEVEL),)
    return [Tile(name, row["share"], words.chance, row["share_low"], row["share_high"], expected, _spells(row), tone)]


def _probability(study: StressTest, found: Conditional, what: str) -> list[Tile]:
    """The probability of an event, and how often it came in the history."""
    p = found.probability
    name = "Probability of the event" if what == "event" else f"Probability of {spoken(found.event, study.period)}"
    tiles = [Tile(name, p.value, words.chance, p.low, p.high)]
    row = next((r for r in study.tables.get("base_rates", []) if r["what"] == what), None)
    if row is not None and row["windows"]:
        name = "How often it came in the history"
        tiles.append(Tile(name, row["share"], words.chance, row["share_low"], row["share_high"], note=_spells(row)))
    return tiles


def _spells(row: Row) -> str:
    if not row["spells"]:
        return f"never in {row['windows']:,} stretches"
    times = "one occasion" if row["spells"] == 1 else f"{row['spells']} occasions"
    return f"{times}, last from {row['last']} on"


def _largest(study: StressTest, day: int) -> list[Tile]:
    parts = [row for row in study.tables["components"] if row["days"] == day and row["level"] == LEVEL]
    if len(parts) < 2 or figure(study, day, LEVEL)["es"] <= words.NOTHING:
        return []
    top = max(parts, key=lambda row: row["component_es"])
    name = f"{top['asset']}'s part of the {day}-{study.period.one} shortfall"
    return [Tile(name, top["share_of_es"], lambda v: f"{v:.0%}", note=f"with {top['exposure']:.0%} of the capital")]


def _book(study: StressTest) -> str:
    return listed(study.book.assets) if len(study.book.assets) <= NAMED else f"a portfolio of {held(study)}"


def spoken(event: Event, period: Period) -> str:
    """``SPX is at most -20 % on day 20``, ``a loss of at least 30 % within 60 days``."""
    parts = []
    for target in event.targets:
        rest = target.described(period).removeprefix(f"{target.name} ")
        parts.append(f"a loss of {rest}" if target.column < 0 else f"{target.name} is {rest}")
    return " and ".join(parts)
