"""Episodes and rolling backtests of a portfolio."""

import numpy as np
import pytest

from tsgan.applications.portfolio import Portfolio
from tsgan.applications.stress.backtest import backtest_risk
from tsgan.applications.stress.episodes import DAYS, replays
from tsgan.evaluation.calibration import calibrate


@pytest.fixture(scope="module")
def gbm(fitted):
    return fitted("gbm")


def book_of(gbm, *weights):
    first = gbm.sample(1, 1)
    return Portfolio(("SPX", "IXIC"), np.array(weights)).on(first), first.start_prices


def test_a_portfolio_of_one_asset_is_judged_as_the_asset(gbm, indices):
    book, now = book_of(gbm, 1.0, 0.0)
    found = backtest_risk(gbm, indices, book, now, beside=(), draws=400, seed=3)
    asset = calibrate({"gbm": gbm}, indices, gbm.info.train_end, draws=400, seed=3)
    np.testing.assert_allclose(found.one_day.realised[:, 0], asset.realised[:, 0], atol=1e-12)
    np.testing.assert_allclose(found.one_day.var99["gbm"][:, 0], asset.var99["gbm"][:, 0], atol=1e-7)
    ours = {row["level"]: row for row in found.one_day.tables["backtests"]}
    for row in asset.tables["backtests"]:
        if row["asset"] == "SPX":
            assert ours[row["level"]]["traffic_light"] == row["traffic_light"]
            for key in ("hits", "expected", "kupiec_p", "z2"):
                assert ours[row["level"]][key] == pytest.approx(row[key], rel=1e-6)


def test_ten_days_are_judged_on_windows_apart(gbm, indices):
    book, now = book_of(gbm, 1.0, 0.0)
    rows = backtest_risk(gbm, indices, book, now, beside=(), draws=400, seed=3).ten_day
    returns = indices.returns[indices.return_dates > np.datetime64(gbm.info.train_end)][:, 0]
    windows = returns[: len(returns) // 10 * 10].reshape(-1, 10).sum(axis=1)
    assert [row["days"] for row in rows] == [len(windows)] * 2
    # The model is Gaussian with known parameters, so its ten-day VaR is a constant up to the noise of 400 draws.
    m, s = 10 * gbm.mean[0], np.sqrt(10 * gbm.covariance[0, 0])
    sure = [(windows < m - z * s).sum() for z in (2.3, 1.7)]
    assert sure[0] <= rows[0]["hits"] <= sure[1]


def test_a_short_position_gains_when_prices_fall(gbm, indices):
    book, now = book_of(gbm, -1.0, 0.0)
    found = backtest_risk(gbm, indices, book, now, beside=(), draws=400)
    simple = np.expm1(indices.returns[-len(found.one_day.dates) :, 0])
    np.testing.assert_allclose(np.expm1(found.one_day.realised[:, 0]), -simple, atol=1e-12)


def test_replays(gbm, indices):
    book, now = book_of(gbm, 1.0, 0.0)
    played = {replay.episode.name[:7]: replay for replay in replays(gbm, indices, book, now, n_paths=400)}
    assert set(played) == {"2000-03", "2001-09", "2008-09", "2010-05", "2011-08", "2015-08", "2018-02", "2018-10"}
    lehman = played["2008-09"]
    start = int(np.searchsorted(indices.dates, np.datetime64("2008-09-12")))
    np.testing.assert_allclose(
        lehman.real, indices.prices[start + 1 : start + DAYS + 1, 0] / indices.prices[start, 0] - 1
    )
    assert lehman.in_sample and not played["2018-02"].in_sample
    assert lehman.beyond_worst.value < 0.01  # nobody expected it, least of all a Gaussian
    assert (np.diff(lehman.fan, axis=0) >= 0).all()


def test_replays_leave_out_what_has_no_prices(gbm, indices):
    book, now = book_of(gbm, 1.0, 0.0)
    assert not replays(gbm, indices.through("1999-12-31"), book, now, n_paths=10)
