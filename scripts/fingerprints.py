"""Fingerprints of fitted models and of their paths: what a change that is not meant to move a number must leave alone.

    .venv/bin/python scripts/fingerprints.py [--stocks CLOSES.csv] [--quick]

Prints one line for each thing that is computed: sha256 (16 hex digits) of the fitted arrays, or of paths.  Run it
before and after a change, on the same machine, and compare the two outputs with ``diff``.  Equal lines are equal bits.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator

import numpy as np

import tsgan


def digest(*arrays: np.ndarray) -> str:
    """sha256 of arrays with their shapes and types."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(f"{array.dtype}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:16]


def of_model(model: tsgan.MarketModel) -> str:
    """Of everything fitted.  Not ``model_hash``, which also covers the words and settings saved beside the arrays."""
    return digest(*(array for _, array in sorted(model.arrays().items())))


def of_paths(paths: tsgan.Scenarios) -> str:
    weights = () if paths.weights is None else (paths.weights,)
    bars = (array for _, array in sorted(paths.bars.items()))
    return digest(paths.returns, paths.prices, *weights, *bars)


def lines(stocks: str | None, quick: bool) -> Iterator[tuple[str, str]]:
    """(what, fingerprint), one after the other."""
    indices = tsgan.load_prices("sample:us-indices")
    earlier = indices.before("2012-12-31")
    bundled = tsgan.load_model("bundled:us-indices")
    yield "bundled model", of_model(bundled)
    yield "bundled paths", of_paths(bundled.sample(300, 70, seed=1))
    yield "bundled antithetic paths", of_paths(bundled.sample(300, 20, seed=2, antithetic=True))
    yield (
        "bundled paths from a history",
        of_paths(bundled.sample(300, 20, seed=3, history=indices.before("2009-01-01"))),
    )
    density = bundled.log_density(indices.moves[-500:], indices.moves[-2000:-500])
    assert density is not None
    yield "bundled log density", digest(density)
    for name in sorted(set(tsgan.FITTERS) - {"gan", "base"}, key=list(tsgan.FITTERS).index):
        model = tsgan.fit(earlier, name, seed=0)
        yield f"{name} model", of_model(model)
        yield f"{name} paths", of_paths(model.sample(300, 70, seed=1))
    for shocks in ({"SPX": "SPX<=-0.10"}, {"SPX": "SPX=(-0.10,-0.03)"}):
        for name, model in (("bundled", bundled), ("stationary-bootstrap", tsgan.fit(earlier, "stationary-bootstrap"))):
            yield f"{name} given {shocks['SPX']}", of_paths(conditional(model, shocks["SPX"]))
    small = {"width": 4, "channels": 4, "window": 32, "context": 16, "batch": 8, "steps": 20, "warm_steps": 30}
    for kind in ("recurrent", "tcn"):
        config = tsgan.GANConfig(**small, generator=kind, population=2, bagging=True)  # type: ignore[arg-type]
        model = tsgan.fit(earlier, config, seed=3)
        yield f"small {kind} ensemble", of_model(model)
        yield f"small {kind} ensemble paths", of_paths(model.sample(300, 70, seed=1))
    bars = tsgan.fit(indices, "gjr-garch", seed=0, bars=True)
    yield "bars paths", of_paths(bars.sample(300, 70, seed=1))
    yield (
        "volatility sample, small gan",
        of_model(
            tsgan.fit(tsgan.load_prices("sample:volatility"), tsgan.GANConfig(**small), seed=0)  # type: ignore[arg-type]
        ),
    )
    if quick:
        return
    model = tsgan.fit(earlier, tsgan.GANConfig(base="none"), seed=0)
    yield "gan to 2012", of_model(model)
    yield "gan to 2012 paths", of_paths(model.sample(300, 300, seed=1))
    if stocks:
        panel = tsgan.load_prices(stocks)
        model = tsgan.fit(panel.before("2013-01-01"), tsgan.GANConfig(steps=20), seed=0)
        yield "20 stocks, 20 steps", of_model(model)
        yield "20 stocks, 20 steps, paths", of_paths(model.sample(300, 70, seed=1))


def conditional(model: tsgan.MarketModel, shock: str) -> tsgan.Scenarios:
    """Weighted paths given a shock within 10 days."""
    test = tsgan.stress(model, shocks=shock, at=10, n_paths=2000, horizon=20, seed=5)
    assert test.given is not None
    return test.given.scenarios


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stocks", metavar="CLOSES.csv", help="also a panel of stocks, 20 adversarial steps")
    parser.add_argument("--quick", action="store_true", help="without the fits that take minutes")
    options = parser.parse_args()
    for what, fingerprint in lines(options.stocks, options.quick):
        print(f"{what:<40} {fingerprint}", flush=True)


if __name__ == "__main__":
    main()
