"""Which assets are a poor lesson for what a model has all assets share: short, broken or wild histories.

A joint model learns one answer to volatility from all of its assets.  An asset that was halted for months, that has
prices on a part of the dates only, or whose moves are those of a peg that broke, would have its healthy neighbours
learn from it what does not hold for them.  Levels and rates are none of these: reversion and slopes of their own keep
what is theirs from the rest.
"""

from __future__ import annotations

import numpy as np

from tsgan.data.panel import Panel

KNOWN = 0.5
"""Share of the panel's days on which an asset has a return, below which its history is short."""

GAP = 1 / 6
"""Years on end without a return, since an asset's first, from which on its history is broken."""

JUMP = 0.4
"""Share of all squared moves that is in one of them, above which an asset has jumped out of its law."""

REGIMES = 8.0
"""How many times as volatile as its calmest year, without their largest moves, an asset's wildest may be at least."""

BEYOND = 4.0
"""How many times the ratio that is usual among the others that of an asset's wildest to its calmest year may be."""

PART = 30
"""Moves that tell a volatility, where a year has fewer."""

MOST = 0.5
"""Share of the assets that may be apart; what more of them show is no oddity, and none is."""


def apart_from(panel: Panel) -> dict[str, str]:
    """Why, in words, by ticker, of each asset that is a poor lesson for the others; none where these are fewer."""
    ratios = np.array([_regimes(column, panel.periods_per_year) for column in panel.moves.T])
    found = {}
    for i, (asset, kind) in enumerate(zip(panel.assets, panel.kinds, strict=True)):
        others = np.delete(ratios, i)
        usual = float(np.nanmedian(others)) if np.isfinite(others).any() else np.inf
        reason = _reason(panel, i, ratios[i], max(REGIMES, BEYOND * usual)) if kind == "price" else ""
        if reason:
            found[asset] = reason
    return found if len(found) <= MOST * len(panel.assets) else {}


def _regimes(column: np.ndarray, year: int) -> float:
    """How many times as volatile as its calmest year (or PART moves) an asset's wildest is; NaN for less than two."""
    sizes = sizes_of(column, year)
    return float(sizes.max() / sizes.min()) if len(sizes) > 1 else np.nan


def sizes_of(column: np.ndarray, year: int) -> np.ndarray:
    """Volatility of each year (or PART moves) of moves (day,), NaN where there is none, without its largest move."""
    own = column[np.isfinite(column)]
    parts = np.array_split((own - own.mean()) ** 2, max(len(own) // max(year, PART), 1))
    return np.maximum(np.sqrt([(part.sum() - part.max()) / (len(part) - 1) for part in parts]), 1e-12)


def _reason(panel: Panel, asset: int, ratio: float, most: float) -> str:
    """Empty for an asset that is as assets are; its wildest year is ``ratio`` times as volatile as its calmest."""
    column, year = panel.moves[:, asset], panel.periods_per_year
    days = np.flatnonzero(np.isfinite(column))
    share = len(days) / max(len(column), 1)
    if share < KNOWN:
        return f"it has returns on {100 * share:.0f} % of the dates only"
    gap = int(np.diff(np.append(days, len(column))).max(initial=1)) - 1
    if gap >= max(GAP * year, 2):
        return f"it has no returns for {gap} dates on end"
    own = column[days]
    squares = (own - own.mean()) ** 2
    if len(own) >= max(year, 2 * PART) and squares.max() > JUMP * squares.sum():
        when = panel.return_dates[days[int(squares.argmax())]]
        return f"its move of {when} has {100 * squares.max() / squares.sum():.0f} % of all its squared moves"
    if ratio > most:
        return f"its wildest year is {ratio:.3g} times as volatile as its calmest"
    return ""
