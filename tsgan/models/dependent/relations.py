"""Which assets of a panel move exactly as another: two share classes, an index and a fund of twice its moves.

The move of one is a function of the other's on the same day: in log returns ``m = ratio * m' + shift``, as of the same
thing in another unit; or, for prices, in simple returns, ``r = ratio * r' + shift``, as a fund that restores its
leverage every day, an inverse one, or one that takes a fee.  Exactly means up to the rounding of the prices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tsgan.data.panel import Panel

FEWEST_DAYS = 60
"""Days that both must have for a relation to be found."""

EXACT = 1e-4
"""Of an asset's daily move: what is left of a relation that is exact for every purpose."""

ROUNDED = 0.02
"""Of an asset's daily move: the most that may be left where the rounding of the prices explains all of it."""

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
    moves = panel.moves
    free = [i for i in range(len(panel.assets)) if not _named(panel, i)]
    order = sorted(free, key=lambda i: (-int(np.isfinite(moves[:, i]).sum()), i))
    error = _rounding(panel)
    kept: list[int] = []
    found: list[Relation] = []
    for i in order:
        relation = next((r for j in kept if (r := _relation(panel, moves, error, i, j)) is not None), None)
        if relation is None:
            kept.append(i)
        else:
            found.append(relation)
    return tuple(sorted(found, key=lambda r: r.asset))


def _relation(panel: Panel, moves: np.ndarray, error: np.ndarray, i: int, j: int) -> Relation | None:
    both = np.isfinite(moves[:, i]) & np.isfinite(moves[:, j])
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
