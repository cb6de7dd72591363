"""Which assets move exactly, or almost, as another: two share classes, an index and a fund of twice its moves.

The move of one is a function of the other's on the same day: in log returns ``m = ratio * m' + shift``, as of the same
thing in another unit; or, for prices, in simple returns, ``r = ratio * r' + shift``, as a fund that restores its
leverage every day, an inverse one, or one that takes a fee.  Exactly means up to the rounding of the prices.  Two
funds of one index move almost alike: no model is told that they do, so it is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tsgan.data.findings import Finding
from tsgan.data.panel import Panel

FEWEST_DAYS = 60
"""Days that both must have for a relation to be found."""

EXACT = 1e-4
"""Of an asset's daily move: what is left of a relation that is exact for every purpose."""

ROUNDED = 0.02
"""Of an asset's daily move: the most that may be left where the rounding of the prices explains all of it."""

ALIKE = 0.999
"""Correlation of two assets' moves, of either sign, from which on they move almost alike."""

MOST_RELATED = 1_000
"""Assets among which relations are looked for; the work grows with their square."""

WORTH_A_LOOK = 0.9
"""Correlation over all days from which on a pair is looked at; returns that span gaps of one of them lower it."""

LEAST_GROWTH = 1e-3
"""A leveraged asset keeps at least this share of its price on a day."""

Form = Literal["log", "simple"]


@dataclass(frozen=True)
class Relation:
    """How an asset follows another.

    Attributes:
        asset, of: columns of the one that follows and of the other, which follows none.
        ratio, shift: of the straight line.
        form: the moves that it is straight in.
    """

    asset: int
    of: int
    ratio: float
    shift: float
    form: Form

    def move(self, other: np.ndarray) -> np.ndarray:
        """The move that follows from the other's, of any shape."""
        if self.form == "log":
            return self.ratio * other + self.shift
        return np.log(np.maximum(1 + self.ratio * np.expm1(other) + self.shift, LEAST_GROWTH))

    def inverse(self, own: np.ndarray) -> np.ndarray:
        """The other's move, where the own one is known; NaN where there is none."""
        if self.form == "log":
            return (own - self.shift) / self.ratio
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.log(1 + (np.expm1(own) - self.shift) / self.ratio)

    def slope(self, other: np.ndarray) -> np.ndarray:
        """Its derivative in the other's move."""
        if self.form == "log":
            return np.full(np.shape(other), self.ratio)
        growth = 1 + self.ratio * np.expm1(other) + self.shift
        return np.where(growth > LEAST_GROWTH, self.ratio * np.exp(other) / np.maximum(growth, LEAST_GROWTH), 0.0)

    def described(self, assets: tuple[str, ...]) -> str:
        """``CLONE moves exactly as 1.7 times ETF``."""
        times = "" if abs(self.ratio - 1) < 5e-4 else f"{self.ratio:.4g} times "
        daily = " in simple returns" if self.form == "simple" and times else ""
        return f"{assets[self.asset]} moves exactly as {times}{assets[self.of]}{daily}"


def relations_of(panel: Panel) -> tuple[Relation, ...]:
    """Every asset that follows another exactly, the one with the longest history (or the first) being followed.

    Series with bounds that name another ticker keep theirs: they are not looked at.
    """
    if len(panel.assets) > MOST_RELATED:
        return ()
    moves, close = panel.moves, _closeness(panel.moves)
    free = [i for i in range(len(panel.assets)) if not _named(panel, i)]
    order = sorted(free, key=lambda i: (-int(np.isfinite(moves[:, i]).sum()), i))
    error = _rounding(panel)
    kept: list[int] = []
    found: list[Relation] = []
    for i in order:
        near = (j for j in kept if abs(close[i, j]) > WORTH_A_LOOK)
        relation = next((r for j in near if (r := _relation(panel, moves, error, i, j)) is not None), None)
        if relation is None:
            kept.append(i)
        else:
            found.append(relation)
    return tuple(sorted(found, key=lambda r: r.asset))


def alike(panel: Panel) -> list[Finding]:
    """What people should know of assets that move exactly as another (a note each), or almost (a warning each)."""
    if len(panel.assets) < 2:
        return []
    if len(panel.assets) > MOST_RELATED:
        message = f"which of the {len(panel.assets):,} assets move as others is looked at for {MOST_RELATED:,} at most"
        return [
            Finding("note", "", "", f"{message}; models do not restore clones, doubles and inverses of others here")
        ]
    exact = relations_of(panel)
    findings = [
        Finding("note", panel.assets[r.asset], "", f"{r.described(panel.assets)}: models restore it from that one")
        for r in exact
    ]
    free = [i for i in range(len(panel.assets)) if i not in {r.asset for r in exact}]
    close = _closeness(panel.moves)
    for place, i in enumerate(free):
        pairs = {j: _correlation(panel, i, j) for j in free[:place] if abs(close[i, j]) > WORTH_A_LOOK}
        j = max(pairs, key=lambda j: abs(pairs[j]), default=i)
        if j == i or abs(pairs[j]) <= ALIKE:
            continue
        message = (
            f"moves almost {'as' if pairs[j] > 0 else 'against'} {panel.assets[j]} does (correlation {pairs[j]:.4f}), "
            "but not exactly: a GAN or a GARCH model may take them further apart than they are, and a hedge of one by "
            "the other for riskier; leave one out, or see the hedge in history (bootstraps, historical simulation)"
        )
        findings.append(Finding("warning", panel.assets[i], "", message))
    return findings


def _together(panel: Panel, i: int, j: int) -> np.ndarray:
    """(day - 1,) where both have a move, since the same day."""
    rows = np.arange(len(panel))[:, None]
    known = np.maximum.accumulate(np.where(np.isfinite(panel.prices[:, [i, j]]), rows, -1), axis=0)[:-1]
    return np.isfinite(panel.moves[:, i]) & np.isfinite(panel.moves[:, j]) & (known[:, 0] == known[:, 1])


def _correlation(panel: Panel, i: int, j: int) -> float:
    both = _together(panel, i, j)
    return float(np.corrcoef(panel.moves[both, i], panel.moves[both, j])[0, 1]) if both.sum() >= FEWEST_DAYS else 0.0


def _closeness(moves: np.ndarray) -> np.ndarray:
    """(asset, asset) correlation of moves (day, asset) on the days that both have; 0 for too few days, and for none."""
    known = np.isfinite(moves)
    there = known.astype(np.float64)
    count = there.T @ there
    middle = np.where(known, moves, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    x = np.where(known, moves - middle, 0.0)  # sums of what is near zero lose no digits
    with np.errstate(invalid="ignore", divide="ignore"):
        own = x.T @ there  # (i, j) sum of i's on the days of j
        product = x.T @ x - own * own.T / count
        squares = (x**2).T @ there - own**2 / count
        result = product / np.sqrt(squares * squares.T)
    return np.where((count >= FEWEST_DAYS) & np.isfinite(result), result, 0.0)


def _relation(panel: Panel, moves: np.ndarray, error: np.ndarray, i: int, j: int) -> Relation | None:
    both = _together(panel, i, j)
    own = np.isfinite(moves[:, i])
    if both.sum() < FEWEST_DAYS or both.sum() < 0.9 * own.sum():
        return None
    x, y = moves[both, j], moves[both, i]
    if min(x.std(), y.std()) == 0 or abs(np.corrcoef(x, y)[0, 1]) < 0.99:
        return None
    forms: list[Form] = ["log"]
    if panel.kinds[i] == panel.kinds[j] == "price":
        forms.append("simple")
    best: tuple[float, Relation] | None = None
    for form in forms:
        u, v = (x, y) if form == "log" else (np.expm1(x), np.expm1(y))
        ratio = float(np.cov(u, v)[0, 1] / u.var(ddof=1))
        relation = Relation(i, j, ratio, float(v.mean() - ratio * u.mean()), form)
        left = np.abs(y - relation.move(x))
        size = float(np.sqrt((left**2).mean())) / y.std()
        slack = error[both, i] + abs(ratio) * error[both, j]
        exact = size < EXACT or (size < ROUNDED and bool((left <= slack + EXACT * y.std()).all()))
        if exact and (best is None or size < best[0]):
            best = size, relation
    return None if best is None else best[1]


def _rounding(panel: Panel) -> np.ndarray:
    """(day - 1, asset) how far the rounding of two prices can take a move from what it was, at most."""
    error = np.zeros((len(panel) - 1, len(panel.assets)))
    for i, column in enumerate(panel.prices.T):
        known = column[np.isfinite(column)]
        digits = next((d for d in range(9) if np.allclose(known, np.round(known, d), rtol=0, atol=1e-9)), None)
        if digits is None:
            continue
        step = 10.0**-digits
        scale = np.abs(column[1:]) if panel.kinds[i] == "price" else 1.0
        error[:, i] = 1.5 * step / np.where(np.isfinite(scale) & (scale > 0), scale, np.inf)
    return error


def _named(panel: Panel, i: int) -> bool:
    own = any(isinstance(bound, str) for bound in panel.bounds[i])
    return own or any(panel.assets[i] in bounds for bounds in panel.bounds)
