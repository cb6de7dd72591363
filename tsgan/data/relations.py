"""Which assets move exactly, or almost, as others: two share classes, a cross of two exchange rates, a basket.

The move of one is a function of the others' on the same day: in log returns ``m = sum ratio_j m_j + shift``, as of the
same thing in another unit or of a cross rate; or, for prices, in simple returns, ``r = sum ratio_j r_j + shift``, as a
fund that restores its leverage every day, an inverse one, one that takes a fee, or a basket that restores its weights.
A basket whose shares are held has its weights as they are at the end.  Exactly means up to the rounding of the prices.
Two funds of one index move almost alike: no model is told that they do, so it is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.linalg import solve_triangular

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

UNTOLD = 0.02
"""Share of the variance of an asset's moves that all others together may leave for a relation to be looked for."""

PART = 1e-3
"""Standard deviations of an asset's move that another one brings at least to be a part of it."""

LEAST_GROWTH = 1e-3
"""A leveraged asset keeps at least this share of its price on a day."""

Form = Literal["log", "simple"]


@dataclass(frozen=True)
class Relation:
    """How an asset follows others.

    Attributes:
        asset, of: columns of the one that follows and of the others, which follow none.
        ratios, shift: of the straight line.
        form: the moves that it is straight in.
        held: of a basket whose shares are held: the ratios are its weights at the end of the history.
    """

    asset: int
    of: tuple[int, ...]
    ratios: tuple[float, ...]
    shift: float
    form: Form
    held: bool = False

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Relation:
        """What ``dataclasses.asdict`` and JSON made of one."""
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        return cls(**fields)

    def move(self, others: np.ndarray) -> np.ndarray:
        """The move (...) that follows from the others' (..., other)."""
        if self.form == "log":
            return others @ np.array(self.ratios) + self.shift
        return np.log(np.maximum(1 + np.expm1(others) @ np.array(self.ratios) + self.shift, LEAST_GROWTH))

    def inverse(self, own: np.ndarray) -> np.ndarray:
        """Of one other its move, where the own one is known; NaN where there is none."""
        (ratio,) = self.ratios
        if self.form == "log":
            return (own - self.shift) / ratio
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.log(1 + (np.expm1(own) - self.shift) / ratio)

    def slope(self, others: np.ndarray) -> np.ndarray:
        """Its derivatives (..., other) in the others' moves."""
        ratios = np.array(self.ratios)
        if self.form == "log":
            return np.broadcast_to(ratios, np.shape(others))
        growth = (1 + np.expm1(others) @ ratios + self.shift)[..., None]
        return np.where(growth > LEAST_GROWTH, ratios * np.exp(others) / np.maximum(growth, LEAST_GROWTH), 0.0)

    def described(self, assets: tuple[str, ...]) -> str:
        """``CLONE moves exactly as 1.7 times ETF``, ``EURJPY moves exactly as EURUSD + USDJPY``."""
        if len(self.of) == 1:
            times = "" if abs(self.ratios[0] - 1) < 5e-4 else f"{self.ratios[0]:.4g} times "
            sum_ = f"{times}{assets[self.of[0]]}"
            daily = " in simple returns" if self.form == "simple" and times else ""
        else:
            terms = []
            for place, ratio in zip(self.of, self.ratios, strict=True):
                times = "" if abs(abs(ratio) - 1) < 5e-4 else f"{abs(ratio):.4g} times "
                terms.append(f"{'-' if ratio < 0 else '+'} {times}{assets[place]}")
            sum_ = " ".join(terms).removeprefix("+ ")
            daily = " in simple returns" if self.form == "simple" else ""
        held = ", with the weights that its shares have at the end" if self.held else ""
        return f"{assets[self.asset]} moves exactly as {sum_}{daily}{held}"


def relations_of(panel: Panel) -> tuple[Relation, ...]:
    """Every asset that follows others exactly, those with the longest history (or the first) being followed.

    Series with bounds that name another ticker keep theirs: they are not looked at.
    """
    if len(panel.assets) > MOST_RELATED:
        return ()
    moves, close = panel.moves, _closeness(panel.moves)
    fitting = _definite(close)
    free = [i for i in range(len(panel.assets)) if not _named(panel, i)]
    order = sorted(free, key=lambda i: (-int(np.isfinite(moves[:, i]).sum()), i))
    error = _rounding(panel)
    kept: list[int] = []
    found: list[Relation] = []
    factor = np.zeros((len(order), len(order)))  # Cholesky's, of the correlations of those that are kept
    for i in order:
        near = (j for j in kept if abs(close[i, j]) > WORTH_A_LOOK)
        relation = next((r for j in near if (r := _relation(panel, moves, error, i, (j,))) is not None), None)
        count = len(kept)
        told = solve_triangular(factor[:count, :count], fitting[kept, i], lower=True) if count else np.zeros(0)
        untold = 1.0 - float(told @ told)
        if relation is None and count > 1 and untold < UNTOLD:
            brings = solve_triangular(factor[:count, :count].T, told)
            parts = tuple(j for j, size in zip(kept, np.abs(brings), strict=True) if size > PART)
            relation = _relation(panel, moves, error, i, parts) if len(parts) > 1 else None
        if relation is None:
            factor[count, : count + 1] = [*told, np.sqrt(max(untold, 1e-6))]
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
        Finding(
            "note",
            panel.assets[r.asset],
            "",
            f"{r.described(panel.assets)}: models restore it from {'that one' if len(r.of) == 1 else 'these'}",
        )
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


def _together(panel: Panel, *columns: int) -> np.ndarray:
    """(day - 1,) where all of these have a move, since the same day."""
    some = list(columns)
    rows = np.arange(len(panel))[:, None]
    known = np.maximum.accumulate(np.where(np.isfinite(panel.prices[:, some]), rows, -1), axis=0)[:-1]
    return np.isfinite(panel.moves[:, some]).all(axis=1) & (known == known[:, :1]).all(axis=1)


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


def _definite(correlation: np.ndarray) -> np.ndarray:
    """A correlation matrix, whose pairs may come from days of their own, made positive definite."""
    np.fill_diagonal(correlation, 1.0)
    values, vectors = np.linalg.eigh(correlation)
    if values[0] > -1e-6:
        return correlation
    product = (vectors * np.maximum(values, 0.0)) @ vectors.T
    scale = np.sqrt(np.maximum(np.diag(product), 1e-12))
    return product / scale[:, None] / scale


def _relation(panel: Panel, moves: np.ndarray, error: np.ndarray, i: int, others: tuple[int, ...]) -> Relation | None:
    """How i follows these others, or those of them that have a part in it; None where it does not exactly."""
    both = _together(panel, i, *others)
    own = np.isfinite(moves[:, i])
    if both.sum() < max(FEWEST_DAYS, 5 * len(others)) or both.sum() < 0.9 * own.sum():
        return None
    x, y = moves[both][:, list(others)], moves[both, i]
    if min(x.std(axis=0).min(), y.std()) == 0 or (len(others) == 1 and abs(np.corrcoef(x[:, 0], y)[0, 1]) < 0.99):
        return None
    forms: list[Form] = ["log"]
    prices = all(panel.kinds[j] == "price" for j in (i, *others))
    if prices:
        forms.append("simple")
    best: tuple[float, Relation] | None = None
    for form in forms:
        u, v = (x, y) if form == "log" else (np.expm1(x), np.expm1(y))
        ratios = _slopes(u, v)
        relation = Relation(i, others, tuple(map(float, ratios)), float(v.mean() - ratios @ u.mean(axis=0)), form)
        left = np.abs(y - relation.move(x))
        size = float(np.sqrt((left**2).mean())) / y.std()
        slack = error[both, i] + error[both][:, list(others)] @ np.abs(ratios)
        exact = size < EXACT or (size < ROUNDED and bool((left <= slack + EXACT * y.std()).all()))
        if exact and (best is None or size < best[0]):
            best = size, relation
    if best is None and prices and len(others) > 1:
        relation = _held(panel, error, i, others, both)
        best = None if relation is None else (0.0, relation)
    if best is None or len(others) == 1:
        return None if best is None else best[1]
    parts = tuple(
        j for j, ratio in zip(others, best[1].ratios, strict=True) if abs(ratio) * moves[both, j].std() > PART * y.std()
    )
    return best[1] if parts == others else _relation(panel, moves, error, i, parts) if parts else None


def _slopes(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """(other,) of the regression of v (day,) on u (day, other) and a constant."""
    if u.shape[1] == 1:
        return np.array([np.cov(u[:, 0], v)[0, 1] / u[:, 0].var(ddof=1)])
    size = u.std(axis=0)
    return np.linalg.lstsq((u - u.mean(axis=0)) / size, v - v.mean(), rcond=None)[0] / size


def _held(panel: Panel, error: np.ndarray, i: int, others: tuple[int, ...], both: np.ndarray) -> Relation | None:
    """i as a basket of so many shares of the others, where its price is what they are worth."""
    rows = np.flatnonzero(both) + 1
    x, y = panel.prices[rows][:, list(others)], panel.prices[rows, i]
    size = x.mean(axis=0)
    shares = np.linalg.lstsq(x / size, y, rcond=None)[0] / size
    left = np.abs(y - x @ shares)
    steps = error[both, i] * y + (error[both][:, list(others)] * x) @ np.abs(shares)
    moved = float(np.diff(y).std())
    exact = left.std() < EXACT * moved or (left.std() < ROUNDED * moved and bool((left <= steps + EXACT * moved).all()))
    if not exact:
        return None
    return Relation(i, others, tuple(map(float, shares * x[-1] / (x[-1] @ shares))), 0.0, "simple", held=True)


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
