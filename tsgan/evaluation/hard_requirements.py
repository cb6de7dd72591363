"""Hard gates: what paths must not get wrong, whatever they are good at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from tsgan.evaluation.bands import OUT_OF_BAND, TOO_WIDE
from tsgan.evaluation.facts import ALL_ASSETS
from tsgan.evaluation.novelty import COPYING
from tsgan.evaluation.rows import FactRow, Gate, ScoreRow
from tsgan.reports.numbers import number, percent
from tsgan.reports.period import Period

if TYPE_CHECKING:
    from tsgan.evaluation.calibration import Calibration

SURE = 0.05
"""A fact counts against a gate where its p-value stays below this after Holm's correction, or its band is too wide."""
FAILING_ASSETS = 0.25
"""Share of the assets that may fail before a gate does (a single asset may not)."""
TAILS, CLUSTERING = ("hill_left", "hill_right", "kurtosis"), ("acf_abs", "acf_sq")
RESTING = 0.05
"""Share of the judged days on which an asset must rest for its calendar to be judged."""
EXTRA_VARIANCE = 0.1
"""Variance that paths may have on days of rest, relative to the rest: holidays that fall on other dates have some."""
LONGEST_REST = 10
"""Days from one return to the next beyond which an asset is halted and does not rest."""
COVERAGE = 0.05
"""How far the coverage of 90 % intervals may lie from 90 %, on average over the assets, in either direction."""


def finite(generated: np.ndarray) -> Gate:
    """Every return finite and every path moving: (path, day, asset)."""
    bad = int((~np.isfinite(generated).all(axis=(1, 2))).sum())
    flat = int((np.ptp(generated, axis=1) == 0).any(axis=1).sum())
    reasons = [
        f"{count} of {len(generated)} paths {what}"
        for count, what in ((bad, "hold NaN or infinite values"), (flat, "do not move"))
        if count
    ]
    return Gate("finite", not reasons, "; ".join(reasons) or "every path is finite and moves")


def unique(generated: np.ndarray) -> Gate:
    """No path twice: (path, day, asset).  It becomes part of the gate on copies of the history."""
    twice = len(generated) - len({path.tobytes() for path in generated})
    return Gate("copying", not twice, f"{twice} of {len(generated)} paths are repeated" if twice else "")


def calendar(assets: Sequence[str], known: np.ndarray, generated: np.ndarray) -> Gate | None:
    """Paths in calendar time: assets that rest while others trade must not move then.

    Facts are taken on the days on which an asset has a real return, and cannot see what paths do on the others.

    Args:
        assets: tickers.
        known: (day, asset) where there is a real return.
        generated: (path, day, asset) moves on the same days.

    Returns:
        None where no asset rests on :data:`RESTING` of the days; days before listings and halts are no rests.
    """
    resting, wrong = [], []
    for i, asset in enumerate(assets):
        rests = _rests(known[:, i])
        if rests.mean() < RESTING:
            continue
        resting.append(asset)
        squares = np.square(generated[:, :, i], dtype=np.float64)
        trading = float(squares[:, known[:, i]].sum())
        extra = float(squares[:, rests].sum()) / trading if trading else 0.0
        if extra > EXTRA_VARIANCE:
            share = f"{percent(float(rests.mean()))} of the days, when it has no real price"
            wrong.append(f"{asset} moves on {share}, and a year of its paths has {1 + extra:.2f} times the variance")
    if not resting:
        return None
    fine = f"{', '.join(resting)} hardly move when their exchanges are closed"
    return Gate("calendar", not wrong, "; ".join(wrong) or fine)


def _rests(known: np.ndarray) -> np.ndarray:
    """(day,) where an asset has no return between two that it has, at most :data:`LONGEST_REST` days apart."""
    places = np.flatnonzero(known)
    rests = np.zeros(len(known), bool)
    for first, last in pairwise(places):
        if 1 < last - first <= LONGEST_REST:
            rests[first + 1 : last] = True
    return rests


def gates(
    model: str,
    sound: Gate,
    once: Gate,
    facts: Iterable[FactRow],
    novelty: Sequence[ScoreRow],
    calibration: Calibration | None,
    period: Period,
    rest: Gate | None = None,
) -> tuple[Gate, ...]:
    """All gates of the model: finite, copying, tails, clustering, coverage, and calendar where one was judged."""
    facts = [row for row in facts if row.asset != ALL_ASSETS]
    return (
        sound,
        _copying(model, novelty, once, period),
        _by_facts("tails", period.fill("extreme {days}"), model, facts, TAILS),
        _by_facts("clustering", "calm and stormy periods", model, facts, CLUSTERING),
        _coverage(model, calibration.tables if calibration is not None else {}, period),
        *([] if rest is None else [rest]),
    )


def _by_facts(name: str, what: str, model: str, facts: list[FactRow], wanted: tuple[str, ...]) -> Gate:
    assets = {row.asset for row in facts}
    failing: dict[str, list[str]] = {}
    for row in facts:
        judged = row.judged[model]
        rejected = judged.mark == OUT_OF_BAND and (not np.isfinite(judged.holm_p) or judged.holm_p < SURE)
        if row.fact in wanted and (rejected or judged.mark == TOO_WIDE):
            label = row.label[0].lower() + row.label[1:]
            values = f"real {number(row.real)}, paths {number(judged.band.median)}"
            failing.setdefault(row.asset, []).append(f"{label}: {values}, {judged.mark}")
    if not failing:
        return Gate(
            name,
            True,
            f"{what} are like the market's, as far as {len(wanted)} tests of each asset can tell",
        )
    asset, why = next(iter(failing.items()))
    passed = len(assets) > 1 and len(failing) <= FAILING_ASSETS * len(assets)
    where = f" on {len(failing)} of {len(assets)} assets" if len(assets) > 1 else ""
    first = f"{asset}, " if len(assets) > 1 else ""
    like = "are like the market's, except" if passed else "are not like the market's"
    return Gate(name, passed, f"{what} {like}{where} ({first}{'; '.join(why)})")


def _copying(model: str, novelty: Sequence[ScoreRow], once: Gate, period: Period) -> Gate:
    scores = next(row.scores for row in novelty if row.source == model)
    close, copies = scores["close"], scores["copies"]
    passed = close <= COPYING and copies <= COPYING / 2
    reason = (
        f"{percent(copies)} of the 20-{period.one} stretches are copies of the earlier history, and {percent(close)} "
        "lie closer to it than 99 % of the real later ones do"
    )
    return Gate("copying", passed and bool(once.passed), "; ".join(filter(None, (once.reason, reason))))


def _coverage(model: str, tables: dict[str, list[dict[str, Any]]], period: Period) -> Gate:
    rows = [row for row in tables.get("calibration", []) if row.get("source") == model and row.get("horizon") == 1]
    found = [float(row["coverage_90"]) for row in rows if row.get("coverage_90") is not None]
    if not found:
        return Gate(
            "coverage",
            None,
            f"not tested: only a model can be asked for a forecast every {period.one}, and only on later dates",
        )
    mean = float(np.mean(found))
    passed = abs(mean - 0.9) <= COVERAGE
    wrong = "" if passed else ": they are too wide" if mean > 0.9 else ": they are too narrow"
    return Gate(
        "coverage",
        passed,
        f"90 % intervals of tomorrow's return held it on {percent(mean)} of the {period.many}{wrong}",
    )
