"""Moves and scales that look wrong beside the rest of an asset's own history."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tsgan.data.days import DAY
from tsgan.data.findings import Finding
from tsgan.data.guesses import VOLATILITY
from tsgan.data.kinds import Kind

RATIOS = (5 / 4, 4 / 3, 3 / 2, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 50, 100)
"""New shares for old in splits: 5 for 4, 4 for 3, 3 for 2 and so on."""

WORDS = {5 / 4: ("5", "4"), 4 / 3: ("4", "3"), 3 / 2: ("3", "2")}

USUAL = 15.0
"""A move is suspicious from this many times the usual one on: in 300 stocks over 25 years one in 250 years is, and
most of those are spin-offs and splits that nobody adjusted for."""

SPLIT = 10.0
"""One that is a split's, to within the usual move, is from this many times on."""

ENORMOUS = 0.6
"""Log return of a day that is worth a look whatever is usual."""

AROUND = 60
"""Days before and after a move whose size tells what was usual then."""


def usual_moves(moves: np.ndarray) -> np.ndarray:
    """(day,) the robust standard deviation of moves (day,) about each of them: of the whole history or of the days
    before or after it, whichever is largest, so that days of a crisis are measured by the crisis.
    """
    sizes = pd.Series(np.abs(moves))
    whole = usual_of_all(moves)

    def before(values: pd.Series) -> np.ndarray:
        ninth = values.rolling(AROUND, min_periods=20).quantile(0.9).shift(1)
        return ninth.fillna(0.0).to_numpy() / 1.645

    turned = pd.Series(sizes.to_numpy()[::-1])
    return np.maximum.reduce([np.full(len(sizes), whole), before(sizes), before(turned)[::-1]])


def usual_of_all(moves: np.ndarray) -> float:
    """The robust standard deviation of all moves (day,)."""
    sizes = np.abs(moves[~np.isnan(moves)])
    return float(max(1.4826 * np.median(sizes), np.quantile(sizes, 0.9) / 1.645)) if len(sizes) else 0.0


def jumps(asset: str, days: np.ndarray, close: np.ndarray) -> list[Finding]:
    """Moves that look like a split, a change of unit, a peg that breaks or a wrong price, beside the asset's own."""
    if len(close) < 3:
        return []
    moves = np.diff(np.log(close))
    gaps = np.busday_count(days[:-1].astype("datetime64[D]"), days[1:].astype("datetime64[D]"))
    typical = max(float(np.median(gaps)), 1.0)
    size, apart = np.abs(moves), np.sqrt(np.maximum(gaps / typical, 1.0))
    if not (size > np.minimum(SPLIT * usual_of_all(moves) * apart, ENORMOUS)).any():
        return []  # what is usual about a day is that or more
    usual = usual_moves(moves) * apart
    with np.errstate(divide="ignore"):
        times = np.where(size > 0, size / np.maximum(usual, 1e-12), 0.0)
    logs = np.log(RATIOS)
    nearest = np.argmin(np.abs(size[:, None] - logs), axis=1)
    off = np.abs(size - logs[nearest])
    split = (times > SPLIT) & (off < np.minimum(usual, 0.05)) | (size > ENORMOUS) & (off < 0.05)
    split |= (times > USUAL) & (off < np.minimum(3 * usual, 0.05))  # suspicious anyway: the day's own move is in it
    findings = []
    for i in np.flatnonzero(split | (times > USUAL) | (size > ENORMOUS)):
        day = str(days[i + 1])
        change = f"{close[i]:g} to {close[i + 1]:g} on {day}"
        if split[i]:
            ratio = RATIOS[nearest[i]]
            new, old = WORDS.get(ratio, (f"{ratio:g}", "1"))
            kind = f"{new} for {old}" if moves[i] < 0 else f"{old} for {new}"
            hint = "a split that was not adjusted for" + (", or a change of unit" if ratio == 100 else "")
            message = f"{change} looks like {hint} ({kind}); use adjusted prices"
        else:
            since = "in one day" if days[i + 1] - days[i] <= 5 * DAY else f"since {days[i]}"
            many = f", {times[i]:,.0f} times the usual move" if times[i] > USUAL and usual[i] > 0 else ""
            message = f"{change} is a change of {np.expm1(moves[i]):+.0%} {since}{many}; check it"
        findings.append(Finding("warning", asset, day, message))
    return findings


def decimals(asset: str, values: np.ndarray, kind: Kind) -> list[Finding]:
    """Percent given as decimals: yields and volatility indices are quoted as 4.5 or 20, not 0.045 or 0.2.

    Yields near zero are small in percent as well, but move by hundredths there, and as decimals by ten-thousandths.
    """
    typical, moved = float(np.median(np.abs(values))), float(np.abs(np.diff(values)).mean()) if len(values) > 1 else 0.0
    if kind == "rate":
        small = typical < 0.2 and np.abs(values).max(initial=0.0) < 0.5 and moved < 0.002
    else:
        small = typical < 1.0 and VOLATILITY.fullmatch(asset) is not None
    if not small:
        return []
    message = f"typical value {typical:.3g} looks like a decimal; multiply by 100 if percent is meant"
    return [Finding("warning", asset, "", message)]
