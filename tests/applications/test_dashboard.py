"""The board behind a dashboard: what it says is what plain paths say, and it says it at once."""

from __future__ import annotations

import time

import numpy as np
import pytest

import tsgan
from tests.models.test_dependent import market
from tsgan.applications.dashboard import Board
from tsgan.errors import ConfigError


@pytest.fixture(scope="module")
def board() -> Board:
    frame = market(700)
    return Board.of(tsgan.fit(frame, "gjr-garch"), frame)


def test_risk_is_that_of_plain_paths(board):
    found = board.risk(0, 10, {"ONE": 0.5, "TWO": 0.5})
    paths = board.model.sample(2000, 60, seed=0, history=board.panel)
    profit = (paths.prices[:, 10] / paths.start_prices - 1) @ [0.5, 0.5]
    assert found.var == pytest.approx(-np.sort(profit)[19]) and found.es >= found.var
    assert found.mean == pytest.approx(profit.mean()) and found.loss == np.mean(profit < 0)
    np.testing.assert_allclose(found.fan[10], np.quantile(profit, (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)))
    assert len(board.figure(found).axes) == 1


def test_a_fall_is_a_loss_of_today_and_a_wilder_tomorrow(board):
    calm, fallen = (board.risk(shock, 1, {"ONE": 1.0}) for shock in (0, -4))
    spread = np.nanstd(board.panel.moves[:, 0])
    assert fallen.mean == pytest.approx(np.expm1(-4 * spread), abs=0.003) and len(fallen.fan) == len(calm.fan) + 1
    width = [found.fan[-1, -1] - found.fan[-1, 0] for found in (calm, fallen)]
    assert width[1] > 1.2 * width[0]


def test_horizons_and_portfolios_are_redrawn_within_a_second(board):
    board.paths(-2)
    begun = time.perf_counter()
    board.figure(board.risk(-2, 30, {"ONE": -0.4, "TWO": 1.2}))
    assert time.perf_counter() - begun < 1


def test_what_is_refused(board):
    with pytest.raises(ConfigError, match="no price of X"):
        board.risk(0, 5, {"X": 1.0})
    with pytest.raises(ConfigError, match="1 to 60"):
        board.risk(0, 61, {"ONE": 1.0})
