"""What one odd asset in a panel does to its healthy neighbours, and whether a perfect hedge is one.

Two invented stocks with volatility clustering and heavy tails, alone and beside a third asset that is odd: stale for a
year, a clone, a fund of twice the moves, an inverse one, a peg that breaks, halted for three months, listed late; or,
for comparison, healthy: what any third asset changes is the noise of a fit.  The same model with the same seed is
fitted to both panels; what is compared are the 1-day value at risk at 99 % and the correlation of the two stocks in
paths of a year.  Of a clone, a double and an inverse fund, also the 10-day value at risk of the hedged position.

    scripts/degenerate.py                                       # three seeds, every kind: about an hour
    scripts/degenerate.py --seeds 1 --kinds stale pegged halted
    scripts/degenerate.py --model gjr-garch --json degenerate.json
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from study_results import Results, add_option

import tsgan
from tsgan.errors import TsganWarning

DAYS = 1500
ASSETS = ("ONE", "TWO")
PATHS, YEAR = 2000, 252
LIMIT = 0.05
"""Mean change of a neighbour's figure over the seeds that is borne."""
HEDGED = 1e-3
"""Value at risk of a perfect hedge, of its gross value, that is borne."""

HEDGES = {"clone": -1.0, "double": -0.5, "inverse": 1.0}
"""Holding of the odd asset, in value, that hedges a holding of ONE worth 1."""


def market() -> pd.DataFrame:
    """Log returns of two stocks: GARCH(1, 1) with Student's t of five degrees, correlated by a half."""
    rng = np.random.default_rng(20)
    shocks = rng.standard_t(5, (DAYS, 2)) * np.sqrt(3 / 5) @ np.linalg.cholesky([[1, 0.5], [0.5, 1]]).T
    usual = np.array([0.011, 0.014]) ** 2
    variance, returns = usual.copy(), np.empty((DAYS, 2))
    for day in range(DAYS):
        returns[day] = 3e-4 + np.sqrt(variance) * shocks[day]
        variance = 0.04 * usual + 0.08 * (returns[day] - 3e-4) ** 2 + 0.88 * variance
    return pd.DataFrame(returns, pd.bdate_range("2014-01-02", periods=DAYS), list(ASSETS))


def odd(kind: str, returns: pd.DataFrame) -> np.ndarray:
    """(day,) prices of the odd asset, NaN where it has none."""
    rng, day = np.random.default_rng(21), np.arange(DAYS)
    one, two = returns.to_numpy().T
    own = 0.3 * two + 0.012 * rng.standard_t(5, DAYS) * np.sqrt(3 / 5)
    if kind in HEDGES:
        return 40 * np.cumprod(1 + {"clone": 1, "double": 2, "inverse": -1}[kind] * np.expm1(one))
    if kind == "stale":
        own[(day >= 600) & (day < 852)] = 0
    if kind == "pegged":
        own = own * np.where(day < 800, 0.03, 0.4)
        own[800] = np.log(0.84)
    prices = 60 * np.exp(np.cumsum(own))
    if kind == "halted":
        prices[(day >= 700) & (day < 763)] = np.nan
    if kind == "listed late":
        prices[day < 900] = np.nan
    return prices.round(4 if kind == "pegged" else 2)


KINDS = ("healthy", "stale", "clone", "double", "inverse", "pegged", "halted", "listed late")


def panel_of(returns: pd.DataFrame, kind: str | None) -> tsgan.Panel:
    """The two stocks, and the odd asset unless ``kind`` is None."""
    prices = 100 * np.exp(np.cumsum(returns.to_numpy(), axis=0))
    frame = pd.DataFrame(prices if kind in HEDGES else prices.round(2), returns.index, list(ASSETS))
    if kind is not None:
        frame.insert(1, "ODD", odd(kind, returns))
    return tsgan.load_prices(frame)


def figures(model: tsgan.MarketModel, seed: int) -> dict[str, float]:
    """VaR 99 of a day of both stocks, and their correlation, in paths of a year."""
    paths = model.sample(PATHS, YEAR, seed=seed)
    one, two = (paths.returns[..., paths.assets.index(asset)].ravel() for asset in ASSETS)
    found = {f"VaR {name}": -float(np.quantile(x, 0.01)) for name, x in zip(ASSETS, (one, two), strict=True)}
    return found | {"correlation": float(np.corrcoef(one, two)[0, 1])}


def hedge(model: tsgan.MarketModel, kind: str, seed: int) -> float:
    """10-day VaR 99 of one ONE against the odd asset, held in fixed values each day, over their gross value."""
    paths = model.sample(PATHS, 10, seed=seed)
    simple = np.expm1(paths.returns[..., [paths.assets.index("ONE"), paths.assets.index("ODD")]].astype(np.float64))
    worth = np.array([1.0, HEDGES[kind]])
    return -float(np.quantile((simple @ worth).sum(axis=1), 0.01)) / float(np.abs(worth).sum())


def study(model: str, kinds: list[str], seeds: int, say: Callable[[str], None] = print) -> Results:
    """Fit, draw and compare; a claim a kind."""
    results = Results(
        "degenerate",
        f"Two invented stocks of {DAYS:,} days, alone and beside an odd asset; {model}, default settings, "
        f"{seeds} paired seed{'s' * (seeds > 1)}, {PATHS:,} paths of {YEAR} days.",
    )
    returns, rows = market(), []
    alone = {}
    for kind in kinds:
        exact = kind in HEDGES  # rounding to cents would unhedge it
        changes: list[dict[str, float]] = []
        losses: list[float] = []
        for seed in range(seeds):
            if (exact, seed) not in alone:
                say(f"{model}: the two stocks alone, seed {seed}")
                calm = panel_of(returns, None) if not exact else panel_of(returns, kind).select(list(ASSETS))
                alone[exact, seed] = figures(tsgan.fit(calm, model, seed=seed), seed)
            say(f"{model}: beside {kind}, seed {seed}")
            fitted = tsgan.fit(panel_of(returns, kind), model, seed=seed)
            found, before = figures(fitted, seed), alone[exact, seed]
            changes.append({name: found[name] / before[name] - 1 for name in found})
            losses += [hedge(fitted, kind, seed)] if exact else []
            rows.append(
                {"kind": kind, "seed": seed}
                | {name: value for name, value in found.items()}
                | {f"{name}, alone": value for name, value in before.items()}
                | {"VaR of the hedge": losses[-1] if exact else None}
            )
        results.heading = kind
        means = {name: float(np.mean([change[name] for change in changes])) for name in changes[0]}
        told = ", ".join(f"{name} {100 * change:+.1f} %" for name, change in means.items())
        good = all(abs(change) <= LIMIT for change in means.values())
        results.claim(good, f"neighbours' figures within {100 * LIMIT:.0f} % of those alone", told)
        if exact:
            worst = max(losses)
            results.claim(worst < HEDGED, f"VaR 99 of the hedge below {100 * HEDGED:g} %", f"{100 * worst:.4f} %")
    results.heading = ""
    results.table("Figures by kind and seed", rows)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="gan", help="as tsgan.fit takes it")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--seeds", type=int, default=3)
    add_option(parser)
    args = parser.parse_args()
    warnings.simplefilter("ignore", TsganWarning)
    study(args.model, args.kinds, args.seeds).write(args.json)


if __name__ == "__main__":
    main()
