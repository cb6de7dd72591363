"""Value at risk and expected shortfall of random portfolios: what risk managers would do with the paths.

After Tail-GAN (Cont, Cucuringu, Xu and Zhang 2022): static portfolios, long only and long-short, and dynamic ones that
sort the assets by their recent returns.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

LEVELS = (0.95, 0.99)


class Portfolios(NamedTuple):
    """Weights of static portfolios, and the rules of sorted ones.

    Attributes:
        weights: (portfolio, asset), the absolute values of each row summing to 1.
        lookbacks: (rule,) days over which assets are ranked.
        signs: (rule,) +1 holds the winners against the losers, -1 the reverse.
    """

    weights: np.ndarray
    lookbacks: np.ndarray
    signs: np.ndarray


LONGEST = 60
"""Days over which assets are ranked, at most."""


def random_portfolios(assets: int, seed: int, count: int = 200, longest: int = LONGEST) -> Portfolios:
    """Two fifths long only, two fifths long-short (Dirichlet weights, random signs), one fifth sorted.

    No rule ranks assets over more than ``longest`` days, so that short histories leave it days to hold.
    """
    rng = np.random.default_rng([seed, 0x9027])
    static = count - count // 5
    weights = rng.dirichlet(np.ones(assets), static)
    weights[static // 2 :] *= rng.choice([-1.0, 1.0], (static - static // 2, assets))
    rules = count // 5
    lookbacks = np.unique(np.geomspace(1, LONGEST, 10).astype(int))
    lookbacks = np.resize(np.repeat(lookbacks[lookbacks <= max(longest, 1)], 2), rules)
    return Portfolios(weights, lookbacks, np.resize([1.0, -1.0], rules))


def profits(returns: np.ndarray, book: Portfolios) -> list[np.ndarray]:
    """Daily profits of every portfolio, paths pooled: (path, day, asset) -> one array a portfolio."""
    flat = returns.reshape(-1, returns.shape[-1])
    results = list(book.weights.astype(returns.dtype) @ flat.T)
    level = np.cumsum(returns, axis=1, dtype=np.float64)
    held: dict[int, np.ndarray] = {}
    for lookback, sign in zip(book.lookbacks.tolist(), book.signs, strict=True):
        if lookback not in held:
            past = level[:, lookback:-1] - level[:, : -lookback - 1]
            rank = past.argsort(axis=-1, kind="stable").argsort(axis=-1)
            weight = rank - (returns.shape[-1] - 1) / 2
            weight = weight / np.abs(weight).sum(-1, keepdims=True)
            held[lookback] = (weight * returns[:, lookback + 1 :]).sum(-1).ravel()
        results.append(sign * held[lookback])
    return results


def var_es_by_level(profit: np.ndarray, levels: tuple[float, ...] = LEVELS) -> np.ndarray:
    """Value at risk and expected shortfall, as positive losses: (day,) -> (level, 2).

    The loss exceeded on 1 - level of the days, and the mean of the losses from there on.
    """
    n = len(profit)
    counts = [max(round((1.0 - level) * n), 1) for level in levels]
    ordered = np.partition(profit, [k - 1 for k in counts])
    return np.array([[-ordered[k - 1], -ordered[:k].mean()] for k in counts])


def risk_of(returns: np.ndarray, book: Portfolios) -> np.ndarray:
    """(path, day, asset) -> (portfolio, level, 2), paths pooled."""
    return np.stack([var_es_by_level(profit) for profit in profits(returns, book)])


def relative_errors(real: np.ndarray, generated: np.ndarray) -> np.ndarray:
    """Tail-GAN's relative error: the mean over portfolios of abs(generated - real) / abs(real), -> (level, 2)."""
    return (np.abs(generated - real) / np.maximum(np.abs(real), 1e-300)).mean(axis=0)
