"""Two funds of one index move almost alike, which no model is told: loading, fitting and inspecting say so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import tsgan


def funds(apart: float, sign: int = 1, days: int = 700) -> pd.DataFrame:
    """A stock, and two funds whose moves differ by ``apart`` of their size."""
    rng = np.random.default_rng(8)
    moves = 0.01 * rng.standard_t(5, (days, 3))
    moves[:, 2] = sign * moves[:, 1] + apart * moves[:, 2]
    prices = np.exp(np.cumsum(moves, axis=0)) * (40, 310, 285)
    return pd.DataFrame(prices, pd.bdate_range("2014-01-01", periods=days), ["STOCK", "FUND", "OTHER"])


@pytest.mark.parametrize(("sign", "words"), [(1, "almost as FUND"), (-1, "almost against FUND")])
def test_it_is_said_by_all(sign: int, words: str):
    panel = tsgan.load_prices(funds(0.02, sign))
    (said,) = panel.warnings
    assert said.startswith(f"OTHER: moves {words} does (correlation {'-' * (sign < 0)}0.999")
    assert [str(one) for one in tsgan.inspect(funds(0.02, sign)).warnings] == [said]
    assert said in tsgan.fit(panel, "gbm").info.warnings


@pytest.mark.parametrize("apart", [0.2, 1.0])
def test_what_is_only_close_is_not_doubted(apart: float):
    assert tsgan.load_prices(funds(apart)).warnings == ()


def test_what_is_exact_is_told_and_not_doubted():
    panel = tsgan.load_prices(funds(0.0))
    assert panel.warnings == ()
    assert any("OTHER moves exactly as FUND: models restore it" in note for note in panel.notes)


def test_histories_of_different_lengths():
    frame = funds(0.02)
    frame.iloc[:200, 2] = np.nan
    frame.iloc[500:520, 1] = np.nan
    assert any("almost as FUND" in warning for warning in tsgan.load_prices(frame, join="outer").warnings)
    frame.iloc[:660, 2] = np.nan  # of 40 days nothing is said
    assert not any("almost" in str(one) for one in tsgan.inspect(frame, join="outer").warnings)
