"""Which assets are a poor lesson for what a model has all assets share: short, broken or wild histories.

A joint model learns one answer to volatility from all of its assets.  An asset that was halted for months, that has
prices on a part of the dates only, or whose moves are those of a peg that broke, would have its healthy neighbours
learn from it what does not hold for them.
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

REGIMES = 10.0
"""How many times as volatile as its calmest year, without their largest moves, an asset's wildest may be."""

MOST = 0.5
"""Share of the assets that may be apart; what more of them show is no oddity, and none is."""


def apart_from(panel: Panel) -> dict[str, str]:
    """Why, in words, by ticker, of each asset that is a poor lesson for the others; none where these are fewer."""
    moves, year = panel.moves, panel.periods_per_year
    found = {}
    for asset, column in zip(panel.assets, moves.T, strict=True):
        reason = _reason(column, year, panel)
        if reason:
            found[asset] = reason
    return found if len(found) <= MOST * len(panel.assets) else {}


def _reason(column: np.ndarray, year: int, panel: Panel) -> str:
    """Of moves (day,), NaN where there is none; empty for an asset that is as assets are."""
    days = np.flatnonzero(np.isfinite(column))
    share = len(days) / max(len(column), 1)
    if share < KNOWN:
        return f"it has returns on {100 * share:.0f} % of the dates only"
    gap = int(np.diff(np.append(days, len(column))).max(initial=1)) - 1
    if gap >= max(GAP * year, 2):
        return f"it has no returns for {gap} dates on end"
    own = column[days]
    squares = (own - own.mean()) ** 2
    if len(own) >= year and squares.max() > JUMP * squares.sum():
        when = panel.return_dates[days[int(squares.argmax())]]
        return f"its move of {when} has {100 * squares.max() / squares.sum():.0f} % of all its squared moves"
    if len(own) >= 2 * year:
        parts = np.array_split(squares, len(own) // year)
        sizes = np.sqrt([(part.sum() - part.max()) / (len(part) - 1) for part in parts])
        if sizes.max() > REGIMES * sizes.min():
            times = "any" if sizes.min() == 0 else f"{sizes.max() / sizes.min():.0f}"
            return f"its wildest year is {times} times as volatile as its calmest"
    return ""
