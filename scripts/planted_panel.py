"""Planted truth: is the law of a known market found again, from histories of unequal length?

    python scripts/planted_panel.py [--models gan,dcc-garch,gbm] [--old 3] [--young 3] [--seed 0]
                                    [--json FILE]

The market is that of ``factor_market.py``: known loadings on a common factor, whose falls raise volatility (leverage)
and whose extremes are joint (tail dependence).  Some assets have twelve years of history, the others the last three.
Every model is fitted to one such panel; what its long free runs show is held against the truth, in standard errors: how
far the same statistic of a history of the same lengths strays by chance, over 200 of them.
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import numpy as np
from factor_market import FactorMarket, panel_of
from study_results import Results, add_option

import tsgan
from tsgan.models import MarketModel
from tsgan.runtime import prepare
from tsgan.stats import correlation_matrix, tail_dependence

YEAR = 252
LONG, SHORT = 12 * YEAR, 3 * YEAR
HISTORIES = 200
PATHS, HORIZON, SETTLE = 256, 1260, 252
LAGS = 10
WORST = 0.05


class Truth(NamedTuple):
    """What is looked at: its names, its true values, and the standard error of each in one history."""

    names: list[str]
    values: np.ndarray
    errors: np.ndarray


def planted(
    market: FactorMarket, old: int, seed: int, long: int = LONG, short: int = SHORT, histories: int = HISTORIES
) -> tuple[np.ndarray, Truth]:
    """One history (day, asset), NaN before the young assets are listed, and the truth."""
    drawn = market.histories(histories + 1, long, seed)
    history, others = drawn[0].copy(), drawn[1:]
    history[: long - short, old:] = np.nan
    each = np.array([statistics(one[None], old, short) for one in others])
    names = described(len(market.loadings), old)
    return history, Truth(names, statistics(others, old), each.std(axis=0, ddof=1))


def statistics(returns: np.ndarray, old: int, short: int | None = None) -> np.ndarray:
    """Volatility and loading of every asset; tail dependence and leverage of old and young ones.

    Pooled over paths (path, day, asset).  With ``short``, as far as histories show them whose assets after the first
    ``old`` begin that many days before the end.
    """
    assets = returns.shape[2]
    flat = returns.reshape(-1, assets)
    recent = returns if short is None else returns[:, -short:]
    young = recent.reshape(-1, assets)
    correlation, tails = correlation_matrix(young), tail_dependence(young, level=WORST)
    correlation[:old, :old] = correlation_matrix(flat[:, :old])
    tails[:old, :old] = tail_dependence(flat[:, :old], level=WORST)
    volatility = np.concatenate([flat[:, :old].std(axis=0), young[:, old:].std(axis=0)])
    pairs = ~np.eye(assets, dtype=bool)
    is_old = np.arange(assets) < old
    both, none = pairs & np.outer(is_old, is_old), pairs & ~np.outer(is_old, is_old)
    leverages = [leverage(returns[..., :old]), leverage(recent[..., old:])]
    return np.array([*volatility, *loadings(correlation), tails[both].mean(), tails[none].mean(), *leverages])


def described(assets: int, old: int) -> list[str]:
    """Names of the :func:`statistics`."""
    age = ["old" if i < old else "young" for i in range(assets)]
    own = [f"{what} {age[i]} {i}" for what in ("volatility", "loading") for i in range(assets)]
    tails = ["tail dependence, old pairs", "tail dependence, pairs with a young one"]
    return [*own, *tails, "leverage, old", "leverage, young"]


def loadings(correlation: np.ndarray) -> np.ndarray:
    """(asset,) loadings on the one factor that explains correlations: by Spearman's triads, averaged over pairs."""
    assets, found = len(correlation), []
    for i in range(assets):
        j, k = np.triu_indices(assets, 1)
        keep = (j != i) & (k != i)
        j, k = j[keep], k[keep]
        found.append(np.sqrt(correlation[i, j].mean() * correlation[i, k].mean() / correlation[j, k].mean()))
    return np.array(found)


def leverage(returns: np.ndarray) -> float:
    """Mean correlation of the average asset's return with the sizes of its next ones, over (path, day, asset)."""
    r = returns.mean(axis=2)
    r, size = r - r.mean(), np.abs(r) - np.abs(r).mean()
    scale = r.std() * size.std()
    return float(np.mean([(r[:, :-lag] * size[:, lag:]).mean() / scale for lag in range(1, LAGS + 1)]))


def shown(model: MarketModel, old: int, seed: int = 1) -> np.ndarray:
    """The statistics of a model's free runs, once they have forgotten where they began."""
    returns = model.sample(PATHS, SETTLE + HORIZON, seed=seed).returns[:, SETTLE:].astype(np.float64)
    return statistics(returns, old)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default="gan,dcc-garch,gbm", help="names, with commas")
    parser.add_argument("--old", type=int, default=3)
    parser.add_argument("--young", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    add_option(parser)
    options = parser.parse_args()
    prepare()
    history, truth = planted(FactorMarket.of(options.old + options.young), options.old, options.seed)
    panel = panel_of(history, "planted factor market")
    found = {name: shown(tsgan.fit(panel, name, seed=options.seed), options.old) for name in options.models.split(",")}
    print(f"{'':40s} {'truth':>9s} {'error':>9s} " + " ".join(f"{name:>20s}" for name in found))
    for i, name in enumerate(truth.names):
        cells = (
            f"{values[i]:10.4f} ({(values[i] - truth.values[i]) / truth.errors[i]:+5.1f} se)"
            for values in found.values()
        )
        print(f"{name:40s} {truth.values[i]:9.4f} {truth.errors[i]:9.4f} " + " ".join(f"{cell:>20s}" for cell in cells))
    about = f"A market of known law, {options.old} assets with twelve years and {options.young} with three."
    results = Results("planted_panel", f"{about} Seed {options.seed}.", quiet=True)
    columns = {name: (values - truth.values) / truth.errors for name, values in found.items()}
    results.table("standard errors from the truth", {"statistic": truth.names, "truth": truth.values, **columns}, 2)
    for name, values in found.items():
        far = np.abs(values - truth.values) > 3 * truth.errors
        missed = ", ".join(n for n, beyond in zip(truth.names, far, strict=True) if beyond) or "none"
        print(f"{name}: {int((~far).sum())} of {len(far)} within 3 standard errors; beyond: {missed}")
        seen = f"{int((~far).sum())} of {len(far)}; beyond: {missed}"
        results.claim(not far.any(), f"{name}: every statistic within 3 standard errors of the truth", seen)
    results.write(options.json)


if __name__ == "__main__":
    main()
