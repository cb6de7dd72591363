"""The first screen of a dossier, its matrices, and its assumptions with the figures that test them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tsgan.applications.dossier import plots
from tsgan.applications.dossier.variants import DAYS
from tsgan.applications.monitor.simulated import WITHIN
from tsgan.reports.front import MOST_TILES, Cell, Front, Matrix, Tile, Tone, cell, listed
from tsgan.reports.numbers import number, p_text
from tsgan.stats import calibration as cal

if TYPE_CHECKING:
    from tsgan.applications.dossier.report import Dossier

SURE, LEVEL = 2.0, 0.01
"""A t beyond which a difference is no chance, and a p-value below which an assumption fails."""

LARGE = 0.25
"""Change of a figure with seed or refit that a validator should ask about."""


@dataclass(frozen=True)
class Assumption:
    """What the model takes for granted, how that was tested, what came of it; ``holds`` is None where nothing tells."""

    name: str
    test: str
    found: str
    holds: bool | None


def assumptions(found: Dossier) -> tuple[Assumption, ...]:
    """Those that the days since training can tell of, the worst asset of each."""
    watched, rows = found.monitoring.watched, found.monitoring.rows
    known = [watched.pit[np.isfinite(watched.pit[:, i]), i] for i in range(len(rows))]
    names, count = [row["asset"] for row in rows], len(rows)

    def worst(p_values: list[float]) -> tuple[float, str]:
        """Corrected for their number (Bonferroni)."""
        i = int(np.argmin(p_values))
        return min(1.0, count * p_values[i]), names[i]

    uniform, at = worst([cal.uniformity(u)[1] for u in known])
    clustered, where = worst([cal.pit_clustering(u)[1] for u in known])
    hits, whose = worst([row["exceptions_99_p"] for row in rows])
    off = [row for row in rows if row["ratio"] is not None and not row["ratio_low"] <= 1 <= row["ratio_high"]]
    ratios = listed([f"{row['asset']} {row['ratio']:.2f}" for row in rows[:4] if row["ratio"] is not None])
    drifted = [row for row in rows if not row["drift_low"] <= row["foreseen_drift"] <= row["drift_high"]]
    raised = found.monitoring.raised
    first = raised[0] if raised else None
    since = f": {first.words}, since {found.monitoring.dates[first.day]}" if first and first.day is not None else ""
    out = f"outside for {listed([row['asset'] for row in drifted])}" if drifted else "inside for all"
    return (
        Assumption("The one-day law has the right shape", "places of days in their forecasts against the uniform law "
                   "(Kolmogorov-Smirnov)", f"p {p_text(uniform)}, {at}", uniform >= LEVEL),
        Assumption("Volatility is followed", "clustering of wide and narrow misses (Ljung-Box)",
                   f"p {p_text(clustered)}, {where}", clustered >= LEVEL),
        Assumption("Losses beyond 99 % value at risk are as rare as they should be", "exact binomial test",
                   f"p {p_text(hits)}, {whose}", hits >= LEVEL),
        Assumption("The level of volatility is that of the forecasts", "realised over foreseen size of moves",
                   ratios, not off),
        Assumption("The drift of the training dates carries on", "95 % interval of the mean since training",
                   out, not drifted),
        Assumption("The law has not changed since training", "sequential tests of the monitoring",
                   f"alarm{since}" if raised else "no alarm", not raised),
    )  # fmt: skip


def front(found: Dossier) -> Front:
    """What it may be used for; what its complexity buys; how firm its figures are."""
    good, poor = ([use.name for use in found.card.uses if use.good is answer] for answer in (True, False))
    failed = [one for one in assumptions(found) if one.holds is False]
    tone: Tone = "bad" if not good else "doubt" if poor or failed else "good"
    info = found.model.info
    return Front(
        question=f"May the {info.model} of {_names(info.assets)} be used, and for what?",
        about=f"Trained on {info.train_start} to {info.train_end}; judged on {found.card.days:,} later "
        f"{found.card.period.many}, to {found.card.judged_end}",
        tone=tone,
        verdict=_verdict(good, poor),
        answer=(
            _pays(found),
            f"{len(failed)} of {len(assumptions(found))} assumptions fail on these {found.card.period.many}.",
        ),
        tiles=tuple(_tiles(found)),
        chart=plots.gain(found),
        reading=_reading(found),
    )


def _reading(found: Dossier) -> str:
    if len(found.gains):
        return f"Rising: the model's density foresaw the {found.card.period.many} better than {found.rival}'s."
    return "Forecast and realised size of moves; the model has no density to be scored by."


def _names(assets: tuple[str, ...]) -> str:
    return listed(assets) if len(assets) <= 3 else f"{len(assets)} assets"


def _verdict(good: list[str], poor: list[str]) -> str:
    if not good:
        return f"Not to be used: fails for {listed(poor)}." if poor else "Not to be told: nothing could be tested."
    return f"Good for {listed(good)}." + (f" Not for {listed(poor)}." if poor else "")


def _pays(found: Dossier) -> str:
    """Whether the complexity pays, in a sentence."""
    sizes = f"{found.parameters:,} parameters against {found.rival_parameters:,} of {found.rival}"
    if found.gain is None:
        return f"It has no density, so what it buys over {found.rival} is in the tables ({sizes})."
    gain, half = found.gain
    if gain > half:
        return f"Its complexity pays: {sizes}, and better forecasts of the {found.card.period.many} since training."
    if gain < -half:
        return (
            f"Its complexity does not pay: {sizes}, and worse forecasts of the {found.card.period.many} since training."
        )
    return f"Its complexity has not paid beyond chance: {sizes}."


def _tiles(found: Dossier) -> list[Tile]:
    own, day = found.variants[0], found.card.period.one
    tiles = []
    if found.gain is not None:
        gain, half = found.gain
        tiles.append(Tile(f"Log score a {day} over {found.rival}", gain, "{:+.4f}".format, gain - half, gain + half,
                          tone="good" if gain > half else "bad" if gain < -half else "doubt"))  # fmt: skip
    tiles.append(
        Tile("Parameters", found.parameters, "{:,.0f}".format, beside=((found.rival, found.rival_parameters),))
    )
    risks = [v.var_10 for v in found.variants if v.group in ("delivered", "sampling seed")]
    steps = found.card.period.count(DAYS)
    tiles.append(Tile(f"Value at risk, {steps}, 99 %, book of equal parts", own.var_10, "{:.1%}".format, min(risks),
                      max(risks), note="range over seeds of sampling"))  # fmt: skip
    for group, name in (("fit seed", "other seeds of the fit"), ("earlier fit", "fits one and two years older")):
        moved = found.spread(group, "var_10")
        if moved is not None:
            tiles.append(Tile(f"The same risk with {name}: largest change", moved, "{:.0%}".format,
                              tone="bad" if moved > LARGE else "good"))  # fmt: skip
    if found.power is not None:
        low, high = found.power.interval(found.power.seen, found.power.runs)
        tiles.append(Tile(f"Doubled volatility seen within {WITHIN} {found.card.period.many}",
                          found.power.seen / found.power.runs, "{:.0%}".format, low, high,
                          note=f"{found.power.runs} simulated markets"))  # fmt: skip
    tiles.append(Tile("Volatility of the book, a year", own.volatility, "{:.1%}".format))
    tiles.append(Tile(f"Value at risk, one {day}, 99 %", own.var_1, "{:.1%}".format))
    return tiles[:MOST_TILES]


def matrices(found: Dossier) -> list[Matrix]:
    """Uses, assumptions, complexity, and stability."""
    return [_uses(found), _assumptions(found), _complexity(found), _variants(found)]


def _uses(found: Dossier) -> Matrix:
    def of(good: bool | None, why: str) -> tuple[Cell, ...]:
        word, tone = {True: ("yes", "good"), False: ("no", "bad"), None: ("not tested", "")}[good]
        return Cell(None, word, "", tone), Cell(None, why)  # type: ignore[arg-type]

    rows = tuple((use.name, of(use.good, use.why)) for use in found.card.uses)
    return Matrix("Outcomes: what its paths are good for", "Use", ("Answer", "By"), rows)


def _assumptions(found: Dossier) -> Matrix:
    def of(one: Assumption) -> tuple[Cell, ...]:
        word, tone = ("holds", "good") if one.holds else ("fails", "bad")
        return Cell(None, word, "", tone), Cell(None, one.found), Cell(None, one.test)  # type: ignore[arg-type]

    return Matrix(
        "Assumptions, tested on the days since training",
        "Assumption",
        ("Answer", "Found", "Test"),
        tuple((one.name, of(one)) for one in assumptions(found)),
        f"p-values are those of the worst asset, times the number of assets; an assumption fails below {LEVEL:g}.",
    )


def _complexity(found: Dossier) -> Matrix:
    rows = []
    for one in found.card.calibration.get("comparisons", []):
        if one["difference"] is None:
            continue
        label = {"crps": "CRPS", "log_score": "log score", "fz0": "loss of VaR and ES"}[one["loss"]]
        at = f", {one['horizon']} ahead" if one["loss"] == "crps" else f", {one['level']:.1%}" if one["level"] else ""
        better = one["t"] < -SURE
        tone: Tone = "good" if better else "bad" if one["t"] > SURE else ""
        rows.append((f"{one['asset']}, {label}{at}", (
            cell(one["difference"], lambda v: number(v, 2), tone=tone), cell(one["t"], "{:.1f}".format),
            cell(one["p_value"], p_text), cell(one["days"], "{:,.0f}".format),
        )))  # fmt: skip
    return Matrix(
        f"What the complexity buys: losses less those of {found.rival}",
        "Asset, loss",
        ("Difference", "t", "p", found.card.period.many),
        tuple(rows),
        "Below zero: the model is better (Diebold and Mariano, who look few days back; the interval of the log score "
        "allows for differences that last for months). Marked where chance does not explain it.",
    )


def _variants(found: Dossier) -> Matrix:
    own, day = found.variants[0], found.card.period.one

    def of(one) -> tuple[Cell, ...]:
        cells = []
        for name in ("var_1", "var_10", "volatility", "worst"):
            value, usual = getattr(one, name), getattr(own, name)
            change = abs(value / usual - 1) if usual else 0.0
            below = "" if one is own or not usual else f"{value / usual - 1:+.0%}"
            tone: Tone = "bad" if change > LARGE and one.group in ("fit seed", "earlier fit") else ""
            cells.append(cell(value, "{:.1%}".format, below=below, tone=tone))
        return (*cells, cell(one.log_score, "{:.3f}".format))

    return Matrix(
        "Stability and sensitivity: a book of equal parts",
        "Variant",
        (f"VaR 99 %, one {day}", f"VaR 99 %, {found.card.period.count(DAYS)}", "Volatility, a year",
         "Worst 5 % of a year", "Log score since training"),
        tuple((one.name, of(one)) for one in found.variants),
        "Small figures: change from the model as it was delivered. Seeds of sampling show the error of the figures; "
        "other "
        "states should change them, seeds and refits should not.",
        own_rows=(0,),
    )  # fmt: skip
