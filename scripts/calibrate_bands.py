"""Check the bands of the evaluator where the truth is known, and set the limits of its width rule.

A GJR-GARCH(1,1) with Student t innovations, about that of the S&P 500, is the market.  The evaluator should accept it:

1. as itself: 200 histories (joint facts: of three assets) are judged one by one against 300 others from one pool.  A
   real value should lie in the 95 % band 95 % of the time;
2. re-estimated: 200 histories, each judged against 300 paths of a GJR-GARCH with skewed t innovations fitted to that
   history alone.  In band at least 90 % of the time.  (Of 50 histories a fact that is right 95 % of the time falls
   below that by chance once in 26 runs, and one of 27 such facts in most runs);
3. by width: the band of the truth must be called too wide at most 5 % of the time.

With --limits it computes those limits, on OTHER histories: for each fact and length the 99 % point of the width of the
true band over that of the block bootstrap of one history, rounded up.  Statistics whose spread grows with their size
are compared on a log scale (``Fact.offset``).  Copy the result into tsgan/evaluation/band_width_limits.py.

    python scripts/calibrate_bands.py [--limits] [--days 2414] [--assets 3] [--refits 200] [--quick]
"""

from __future__ import annotations

import argparse
import math
import time

import numpy as np

from tsgan.evaluation import FACTS, JOINT_FACTS, LENGTHS, VOLUME, Band, Fact, resampled, widest
from tsgan.models import SkewTQuantiles, fit_gjr

DAYS, POOL, PATHS = 2414, 2000, 300
BURN_IN = 500
OMEGA, ALPHA, GAMMA, BETA, FREEDOM = 1.5e-6, 0.015, 0.15, 0.90, 6.0
SINGLE = [fact for fact in FACTS if fact.name != VOLUME]


def recursion(innovations: np.ndarray, omega: float, alpha: float, gamma: float, beta: float) -> np.ndarray:
    """Innovations (day, ...) with variance 1 become returns (day - BURN_IN, ...)."""
    variance = np.full(innovations.shape[1:], omega / (1 - alpha - gamma / 2 - beta))
    returns = np.empty(innovations.shape)
    for day, innovation in enumerate(innovations):
        returns[day] = np.sqrt(variance) * innovation
        variance = omega + (alpha + gamma * (returns[day] < 0)) * returns[day] ** 2 + beta * variance
    return returns[BURN_IN:]


def market(paths: int, days: int, seed: int, assets: int = 1) -> np.ndarray:
    """Histories (path, day, asset) of the known law; several assets share a shock and a common tail."""
    rng = np.random.default_rng([seed, 0xCA11])
    shape = (days + BURN_IN, paths, assets)
    normal = rng.normal(size=shape)
    if assets > 1:
        normal = math.sqrt(0.5) * normal + math.sqrt(0.5) * rng.normal(size=(*shape[:2], 1))
    common = rng.chisquare(FREEDOM, (*shape[:2], 1))
    noise = normal * np.sqrt((FREEDOM - 2.0) / common)
    return recursion(noise, OMEGA, ALPHA, GAMMA, BETA).transpose(1, 0, 2)


def refitted(history: np.ndarray, paths: int, seed: int) -> np.ndarray:
    """Paths (path, day) of a GJR-GARCH-skew-t fitted to one history (day,), started anywhere in its law."""
    margins, innovations = fit_gjr(history[:, None], ("M",), "skewt")
    rng = np.random.default_rng([seed, 0x2EF1])
    tail, skew = innovations[0]
    noise = SkewTQuantiles(tail, skew)(rng.normal(size=(len(history) + BURN_IN, paths)))
    omega, alpha, gamma, beta = (float(x[0]) for x in margins[1:5])
    persistence = alpha + gamma / 2 + beta
    if persistence > 0.9995:  # a fit at the edge has no level of its own: keep that of the history
        beta -= persistence - 0.9995
        omega = (1 - 0.9995) * float(margins.level[0])
    return recursion(noise, omega, alpha, gamma, beta).T + float(margins.mean[0])


def values(facts: list[Fact], paths: np.ndarray) -> dict[str, np.ndarray]:
    return {
        fact.name: np.concatenate([fact.statistic(paths[i : i + 100]) for i in range(0, len(paths), 100)])
        for fact in facts
    }


def widths(facts: list[Fact], histories: np.ndarray, truth: dict[str, np.ndarray], seed: int) -> dict[str, np.ndarray]:
    """Fact -> (history,) width of the true band, of PATHS paths from a pool, over that of the history's bootstrap."""
    rng = np.random.default_rng([seed, 0x91D7])
    result: dict[str, list[float]] = {fact.name: [] for fact in facts}
    for i, history in enumerate(histories):
        again = resampled(history, seed + i)
        again = again[..., 0] if history.shape[-1] == 1 else again
        drawn = rng.choice(len(next(iter(truth.values()))), PATHS, replace=False)
        for fact in facts:
            true = Band.of(truth[fact.name][drawn]).width(fact.offset)
            result[fact.name].append(true / Band.of(fact.statistic(again)).width(fact.offset))
    return {name: np.array(found) for name, found in result.items()}


def limit_of(ratio: np.ndarray) -> float:
    """The 99 % point of ratios of widths (history,), rounded up; no limit is below 1.5."""
    return max(math.ceil(10 * np.quantile(ratio[np.isfinite(ratio)], 0.99)) / 10, 1.5)


def as_source(found: dict[str, list[float]]) -> str:
    """Limits by length as lines of tsgan/evaluation/band_width_limits.py."""
    return "\n".join(f'    "{name}": ({", ".join(map(str, limit))}),' for name, limit in found.items())


def limits(histories: int) -> None:
    found: dict[str, list[float]] = {}
    for days in LENGTHS:
        for facts, assets in ((SINGLE, 1), (list(JOINT_FACTS), 3)):
            pool = market(POOL, days, seed=1, assets=assets)
            truth = values(facts, pool[..., 0] if assets == 1 else pool)
            ratios = widths(facts, market(histories, days, seed=2, assets=assets), truth, seed=3)
            for name, ratio in ratios.items():
                found.setdefault(name, []).append(limit_of(ratio))
        print(f"{days} days", flush=True)
    print(as_source(found))


def check(repetitions: int, refits: int, days: int, assets_together: int) -> None:
    rng = np.random.default_rng(4)
    error = 3 * math.sqrt(0.95 * 0.05 / repetitions)
    print(f"{'fact':<22}{'in band':>9}{'refitted':>10}{'too wide':>10}   limit")
    bad = 0
    scales: dict[str, np.ndarray] = {}
    for facts, assets in ((SINGLE, 1), (list(JOINT_FACTS), assets_together)):
        pool = market(POOL if assets <= 3 else POOL // 4, days, seed=5, assets=assets)
        pooled = values(facts, pool[..., 0] if assets == 1 else pool)
        inside: dict[str, list[bool]] = {fact.name: [] for fact in facts}
        for _ in range(repetitions):
            real, *others = rng.choice(len(pool), PATHS + 1, replace=False)
            for name, found in pooled.items():
                inside[name].append(float(found[real]) in Band.of(found[others]))
        ratios = widths(facts, market(repetitions, days, seed=6, assets=assets), pooled, seed=7)
        again: dict[str, list[bool]] = {}
        if assets == 1:  # the models that are refitted here know nothing of other assets
            scales = {"pool": pooled["std"][:PATHS], "ratio": ratios["std"]}
            again = {fact.name: [] for fact in facts}
            for i, history in enumerate(market(refits, days, seed=8)[..., 0]):
                found = values(facts, refitted(history, PATHS, seed=i))
                for fact in facts:
                    again[fact.name].append(float(fact.statistic(history)) in Band.of(found[fact.name]))
        for fact in facts:
            rate, wide = np.mean(inside[fact.name]), np.mean(ratios[fact.name] > widest(fact.name, days))
            refit = np.mean(again[fact.name]) if again else None
            wrong = abs(rate - 0.95) > error or wide > 0.05 or (refit is not None and refit < 0.9)
            bad += wrong
            shown = "-" if refit is None else f"{refit:.1%}"
            note = "  <- outside" if wrong else ""
            print(f"{fact.name:<22}{rate:>9.1%}{shown:>10}{wide:>10.1%}{widest(fact.name, days):>8.1f}{note}")
    print(f"in band: 95 % +- {error:.1%} wanted; refitted: 90 % or more; too wide: 5 % or less; {bad} facts outside")
    print("power: share of histories for which a law with a random log-normal scale of sd s is called too wide on std")
    for spread in (0.35, 0.7, 1.5):
        scale = np.exp(rng.normal(0, spread, PATHS))
        wider = Band.of(scales["pool"] * scale).width(0.0) / Band.of(scales["pool"]).width(0.0)
        print(f"  s = {spread}: {np.mean(scales['ratio'] * wider > widest('std', days)):.0%}")


def main() -> None:
    parser = argparse.ArgumentParser(description="check the evaluator's bands against a known law")
    parser.add_argument("--limits", action="store_true", help="compute the limits of the width rule instead")
    parser.add_argument("--days", type=int, default=DAYS, help="length of the histories that are checked")
    parser.add_argument("--assets", type=int, default=3, help="assets of the joint facts that are checked")
    parser.add_argument("--refits", type=int, default=200, help="histories with parameters estimated again")
    parser.add_argument("--quick", action="store_true", help="a tenth of the repetitions, to see that it runs")
    options = parser.parse_args()
    part = 10 if options.quick else 1
    began = time.perf_counter()
    if options.limits:
        limits(200 // part)
    else:
        check(200 // part, options.refits // part, options.days, options.assets)
    print(f"{time.perf_counter() - began:.0f} seconds")


if __name__ == "__main__":
    main()
