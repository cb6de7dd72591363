"""A peg that breaks is a tail, not a mistake: no return is left out, and every model goes on after it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import tsgan

BROKEN = 700
"""The day on which the peg breaks, counted from 0."""


@pytest.fixture(scope="module")
def peg() -> tsgan.Panel:
    """A currency that hardly moves for years, falls by 17 % on one day and floats from then on, beside a stock."""
    rng = np.random.default_rng(12)
    still = np.where(np.arange(1400) < BROKEN, 0.0003, 0.004)
    moves = np.column_stack([still * rng.standard_normal(1400), 0.01 * rng.standard_t(5, 1400)])
    moves[BROKEN, 0] = np.log(0.83)
    prices = np.exp(np.cumsum(moves, axis=0)) * (1.21, 50)
    frame = pd.DataFrame(prices, pd.bdate_range("2011-01-03", periods=1400), ["PEG", "STOCK"])
    return tsgan.load_prices(frame.round({"PEG": 4, "STOCK": 2}))


def test_the_jump_is_kept_and_told(peg):
    assert peg.returns[BROKEN - 1, 0] == pytest.approx(np.log(0.83), abs=2e-3)
    assert np.isfinite(peg.returns).all()
    assert any(w.startswith("PEG: ") and "-17%" in w for w in peg.warnings)


@pytest.mark.parametrize("model", ["fhs", "iid-bootstrap", "stationary-bootstrap"])
def test_it_is_in_the_paths(peg, model: str):
    paths = tsgan.fit(peg, model, seed=0).sample(1000, 250, seed=1)
    assert np.isfinite(paths.returns).all()
    assert (paths.returns[..., 0] < -0.1).any(axis=1).mean() > 0.02  # one of 1,400 days, 250 days a path


def test_densities_stay_finite(peg, tiny):
    fitted = tsgan.fit(peg, replace(tiny, steps=0), seed=0)
    density = fitted.log_density(peg.returns[60:], peg.returns[:60])
    assert density is not None and np.isfinite(density).all()
    assert density[BROKEN - 61, 0] < np.median(density[:, 0]) - 5  # and it is the surprise that it was
    paths = fitted.sample(200, 60, seed=2)
    assert np.isfinite(paths.returns).all() and np.isfinite(paths.prices).all() and (paths.prices > 0).all()
