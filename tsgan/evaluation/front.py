"""The first screen of a scorecard: yes or no for each use, and the figures that this rests on, the rivals' beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tsgan.evaluation.baselines import REFERENCE
from tsgan.evaluation.facts import ALL_ASSETS
from tsgan.evaluation.measurements import REAL_VS_REAL
from tsgan.evaluation.uses import LEVEL, Use, forecast_row, uses
from tsgan.evaluation.verdict import tested
from tsgan.reports.front import MOST_TILES, Front, Tile, Tone, listed
from tsgan.reports.numbers import number

if TYPE_CHECKING:
    from tsgan.evaluation.results import Scorecard

NAMED = 4
"""Assets that the question names."""


def front(card: Scorecard) -> Front:
    """What the paths are good for, and why."""
    from tsgan.evaluation.plots import fan_of

    tone, verdict = judged(card)
    assets = listed(card.assets) if len(card.assets) <= NAMED else f"{len(card.assets)} assets"
    seen = "the whole history" if card.in_sample else f"{card.judged_start} to {card.judged_end}"
    reasons = [gate.reason.split(" (")[0] for gate in card.failed_gates()]
    answer = [f"{reason[:1].upper()}{reason[1:]}." for reason in reasons][:2]
    if card.look_ahead:
        answer = [f"LOOK-AHEAD: its law was learned on markets to {card.look_ahead}.", *answer]
    return Front(
        question=f"Do the paths of {card.model} move like {assets}?",
        about=f"{card.paths:,} generated histories and {card.days:,} real {card.period.adjective} returns, {seen}",
        tone=tone,
        verdict=verdict,
        answer=tuple(answer),
        tiles=tuple(_tiles(card)[:MOST_TILES]),
        chart=fan_of(card, 0),
        reading="Black is what happened. Half of the generated paths run inside the darker band, 95 % in the lighter.",
    )


def judged(card: Scorecard) -> tuple[Tone, str]:
    """Good for, not for, or not to be used."""
    found = uses(card)
    good, poor, unknown = ([use.name for use in found if use.good is answer] for answer in (True, False, None))
    parts = [f"Good for {listed(good)}."] if good else []
    parts += [f"Not for {listed(poor)}."] if poor else []
    parts += [f"Not tested: {listed(unknown)}."] if unknown else []
    if card.failed_gates():
        names = listed([gate.name for gate in card.failed_gates()])
        return "bad", f"Not to be used as it is: it fails on {names}. Apart from that: {' '.join(parts)}"
    if card.in_sample:
        return "doubt", f"IN SAMPLE, which proves little. {' '.join(parts)}"
    return "doubt" if poor and good else "bad" if poor else "good", " ".join(parts)


def level_off(card: Scorecard, source: str) -> tuple[float, float, float]:
    """How far volatility on the paths lies from the real one (0.2 is 20 % too high): its geometric mean over assets,
    and the least and the most of any."""
    ratios = [
        row.judged[source].band.median / row.real for row in card.facts if row.fact == "std" and row.asset != ALL_ASSETS
    ]
    logs = np.log([ratio for ratio in ratios if ratio > 0 and np.isfinite(ratio)])
    if not len(logs):
        return float("nan"), float("nan"), float("nan")
    return tuple(float(np.expm1(f(logs))) for f in (np.mean, np.min, np.max))  # type: ignore[return-value]


def distance(card: Scorecard, source: str, name: str) -> float:
    """A distance of one source, its mean over assets; NaN where there is none."""
    values = [row.scores[name] for row in card.distances if row.source == source and name in row.scores]
    return float(np.mean(values)) if values else float("nan")


def _tiles(card: Scorecard) -> list[Tile]:
    rivals = card.baselines
    tiles = [*_log_score(card), *_exceptions(card)]
    shares = {source: tested(card, source) for source in card.sources}
    passed, total = shares[card.model]
    if total:
        tiles.append(
            Tile("Tests of the facts of the market passed", passed / total, "{:.0%}".format,
                 beside=tuple((name, shares[name][0] / shares[name][1]) for name in rivals if shares[name][1]),
                 note=f"{passed} of {total}")
        )  # fmt: skip
    own, least, most = level_off(card, card.model)
    shown = "{:+.0%}".format
    if np.isfinite(own):
        spread = f"{shown(least)} to {shown(most)} over the assets" if len(card.assets) > 1 else ""
        beside = tuple((name, level_off(card, name)[0]) for name in rivals)
        tiles.append(Tile("Level of volatility against the real one", own, shown, beside=beside, note=spread,
                          tone="good" if abs(own) < 0.1 else "bad" if abs(own) > 0.3 else "doubt"))  # fmt: skip
    days = next((d for d in (20, 5, 1) if f"wasserstein_{d}" in card.distances[0].scores), None)
    if days is not None:
        span = f"{days}-{card.period.one} returns"
        units = "{:.2%}".format if set(card.evidence.kinds) == {"price"} else number
        for name, label, write in (
            (
                f"equal_volatility_{days}",
                f"Distance of {span} at equal volatility, standard deviations",
                "{:.3f}".format,
            ),
            (f"wasserstein_{days}", f"Distance of {span} as they are", units),
        ):
            beside = tuple((source, distance(card, source, name)) for source in (*rivals[:2], REAL_VS_REAL))
            tiles.append(Tile(label, distance(card, card.model, name), write, beside=beside))
    return [tile for tile in tiles if np.isfinite(tile.value)]


def _log_score(card: Scorecard) -> list[Tile]:
    """Of tomorrow's density, over the reference; none where either has no density, or paths were judged."""
    overall = card.assets[0] if len(card.assets) == 1 else ALL_ASSETS
    if card.finished_paths:
        return []
    rows = {row.source: row for row in card.log_scores if row.asset == overall}
    own = rows.get(card.model)
    if own is None or own.difference is None:
        return []
    half = float("inf") if own.error is None else own.error
    sure = abs(own.difference) > half
    tone: Tone = ("good" if own.difference > 0 else "bad") if sure else ""
    beside = tuple(
        (s, r.difference) for s, r in rows.items() if s not in (card.model, REFERENCE) and r.difference is not None
    )
    name = f"One-{card.period.one} log score over {REFERENCE.upper()}"
    return [
        Tile(name, own.difference, "{:+.4f}".format, own.difference - half, own.difference + half, beside, tone=tone)
    ]


def _exceptions(card: Scorecard) -> list[Tile]:
    """Losses beyond the 99 % value at risk of one step."""
    rows = {source: forecast_row(card, "backtests", source, level=0.99) for source in card.sources}
    own = rows[card.model]
    if own is None:
        return []
    wrong = own["kupiec_p"] is not None and own["kupiec_p"] < LEVEL
    beside = tuple((source, row["hit_rate"]) for source, row in rows.items() if row is not None and row is not own)
    return [
        Tile(f"{card.period.many.capitalize()} that lost more than the 99 % value at risk", own["hit_rate"],
             "{:.1%}".format, beside=beside, note="1 % expected", tone="bad" if wrong else "good")
    ]  # fmt: skip


def in_short(use: Use) -> str:
    """``yes``, ``no`` or ``not tested``."""
    return {True: "yes", False: "no", None: "not tested"}[use.good]
