"""VaR and ES backtests: against other implementations, of the right size under the truth, with power against errors."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import vartests
from scipy import stats

from tsgan.stats import backtests as bt
from tsgan.stats.comparison import diebold_mariano
from tsgan.stats.inference import hac_mean

P95 = stats.norm.ppf(0.95)


def rate_is_five_percent(p_values: list[float] | np.ndarray) -> bool:
    rate = np.mean(np.asarray(p_values) <= 0.05)
    return bool(abs(rate - 0.05) < 3 * np.sqrt(0.05 * 0.95 / len(p_values)))


@pytest.mark.parametrize("x", [0, 1, 7, 15, 60])
def test_kupiec_is_that_of_vartests(x):
    hits = np.zeros(1000, bool)
    hits[:x] = True
    theirs = vartests.kupiec_test(pd.Series(hits.astype(int)), risk_conf_level=0.99)
    ours = bt.kupiec(hits, 0.99)
    assert ours.statistic == pytest.approx(theirs["statistic"])
    assert ours.p_value == pytest.approx(theirs["p-value"])


def test_christoffersen_by_hand():
    hits = np.array([0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0], bool)
    n00, n01, n10, n11 = 6, 3, 3, 3
    null = (n00 + n10) * np.log(9 / 15) + (n01 + n11) * np.log(6 / 15)
    chain = n00 * np.log(6 / 9) + n01 * np.log(3 / 9) + n10 * np.log(0.5) + n11 * np.log(0.5)
    assert bt.christoffersen(hits).statistic == pytest.approx(2 * (chain - null))
    joint = bt.conditional_coverage(hits, 0.9).statistic
    assert joint == pytest.approx(bt.kupiec(hits, 0.9).statistic + 2 * (chain - null))


def test_dynamic_quantile_is_an_explained_sum_of_squares():
    rng = np.random.default_rng(0)
    hits, var = rng.random(800) < 0.05, 0.02 + 0.01 * rng.random(800)
    centred = hits - 0.05
    lags = [centred[4 - k : -k] for k in range(1, 5)]
    fit = sm.OLS(centred[4:], np.column_stack([np.ones(796), var[4:], *lags])).fit()
    ours = bt.dynamic_quantile(hits, 0.95, var)
    assert ours.statistic == pytest.approx(float(fit.fittedvalues @ fit.fittedvalues) / (0.05 * 0.95))
    batch = bt.dynamic_quantile_statistic(np.stack([hits, ~hits]), 0.95, var)
    assert batch[0] == pytest.approx(ours.statistic)
    assert bt.dynamic_quantile_statistic(hits, 0.95, 7 * var + 1) == pytest.approx(ours.statistic)


def test_constant_var_and_no_hits_are_no_errors():
    none, constant = np.zeros(300, bool), np.full(300, 0.02)
    for statistic in (
        bt.pof_statistic(none, 0.99),
        bt.conditional_coverage_statistic(none, 0.99),
        bt.dynamic_quantile_statistic(none, 0.99, constant),
    ):
        assert np.isfinite(statistic)
    sums = bt.Shortfall.of(np.zeros(300), constant, constant)
    assert np.isnan(sums.z1) and sums.z2(0.99) == 1
    assert np.isnan(bt.lower_p(float(sums.z1), np.zeros(9)))


def test_size_of_the_tests_of_hits():
    rng = np.random.default_rng(1)
    hits = bt.independent_hits(2000, 0.95, 600, rng)
    var = np.exp(np.cumsum(0.05 * rng.standard_normal(2000)))
    assert rate_is_five_percent([bt.kupiec(h, 0.95).p_value for h in hits])
    assert rate_is_five_percent([bt.christoffersen(h).p_value for h in hits])
    assert rate_is_five_percent([bt.conditional_coverage(h, 0.95).p_value for h in hits])
    assert rate_is_five_percent([bt.dynamic_quantile(h, 0.95, var).p_value for h in hits])


def test_size_of_simulated_p_values_with_a_handful_of_hits():
    rng = np.random.default_rng(2)
    null = bt.independent_hits(400, 0.99, 499, rng)
    var = 0.02 + 0.01 * rng.random(400)
    hits = bt.independent_hits(400, 0.99, 400, rng)
    dq = [
        bt.simulated(lambda h: bt.dynamic_quantile_statistic(h, 0.99, var), h, null[:199]).p_value for h in hits[:200]
    ]
    assert rate_is_five_percent(dq)
    kupiec = np.array([bt.simulated(lambda h: bt.pof_statistic(h, 0.99), h, null).p_value for h in hits])
    assert np.mean(kupiec <= 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)  # conservative: values tie


def test_power_of_the_tests_of_hits():
    rng = np.random.default_rng(3)
    assert bt.kupiec(rng.random(1000) < 0.03, 0.99).p_value < 1e-4
    storms = np.repeat(rng.random(100) < 0.1, 20)  # hits come in blocks
    clustered = storms & (rng.random(2000) < 0.25)
    assert bt.christoffersen(clustered).p_value < 1e-3
    volatility = np.exp(0.5 * np.sin(np.arange(2000) / 30))
    hits = volatility * rng.standard_normal(2000) < -P95 * volatility.mean()
    assert bt.dynamic_quantile(hits, 0.95, np.full(2000, 0.02)).p_value < 1e-3


def test_var_of_draws_covers_and_es_exceeds_it():
    rng = np.random.default_rng(4)
    draws = np.sort(rng.standard_t(4, (20_000, 400)), axis=-1)
    truth = rng.standard_t(4, 20_000)
    for level in (0.95, 0.975, 0.99):
        var, es = bt.var_es(draws, level)
        assert (es >= var).all()
        rate, error = np.mean(truth < -var), np.sqrt(level * (1 - level) / len(truth))
        assert abs(rate - (1 - level)) < 3 * error
        quantile = stats.t.ppf(1 - level, 4)
        real_es = stats.t.pdf(quantile, 4) * (4 + quantile**2) / 3 / (1 - level)
        # Jensen's inequality leaves a few percent: ES is convex in the random level beyond which the draws lie.
        assert np.mean(es) == pytest.approx(real_es, rel=0.08)
    with pytest.raises(ValueError, match="200 draws"):
        bt.var_es(draws[:, :150], 0.99)


def shortfalls(scale: float, seed: int, level: float = 0.975) -> tuple[list[float], list[float], float, float]:
    """P-values of Z1 and Z2 over repetitions in which the real volatility is ``scale`` times the forecast's."""
    rng = np.random.default_rng(seed)
    p1, p2, z1, z2 = [], [], [], []
    for _ in range(150):
        drawn = rng.standard_t(5, (300, 400))
        var, es = bt.var_es(np.sort(drawn, axis=-1), level)
        null = bt.Shortfall.of_draws(drawn, level, np.ones(drawn.shape[:-1], bool))
        sums = bt.Shortfall.of(scale * rng.standard_t(5, 300), var, es)
        z1.append(float(sums.z1))
        z2.append(float(sums.z2(level)))
        p1.append(bt.lower_p(z1[-1], null.z1))
        p2.append(bt.lower_p(z2[-1], null.z2(level)))
    return p1, p2, float(np.nanmean(z1)), float(np.mean(z2))


def test_acerbi_szekely_size_sign_and_power():
    p1, p2, z1, z2 = shortfalls(1.0, seed=5)
    assert rate_is_five_percent(p1) and rate_is_five_percent(p2)
    assert abs(z1) < 0.05 and abs(z2) < 0.1
    p1, p2, z1, z2 = shortfalls(2.0, seed=6)
    assert np.mean(np.array(p2) <= 0.05) > 0.95 and z2 < -1  # real risk is twice the forecast's: negative
    assert z1 < 0
    assert shortfalls(0.5, seed=7)[3] > 0.5


def test_sums_of_shortfall_add_up():
    rng = np.random.default_rng(8)
    r, var, es = rng.normal(0, 0.01, (3, 100))[0], np.full(100, 0.012), np.full(100, 0.016)
    whole = bt.Shortfall.of(r, var, es)
    parts = bt.Shortfall.of(r[:30], var[:30], es[:30]).plus(bt.Shortfall.of(r[30:], var[30:], es[30:]))
    assert parts.z1 == pytest.approx(whole.z1) and parts.z2(0.9) == pytest.approx(whole.z2(0.9))
    hits = r < -0.012
    assert whole.z2(0.9) == pytest.approx(1 + (r[hits] / 0.016).sum() / 10)


def test_fz0_is_least_at_the_truth():
    r = np.random.default_rng(9).normal(0, 0.01, 200_000)
    var, es = 0.01 * stats.norm.ppf(0.975), 0.01 * stats.norm.pdf(stats.norm.ppf(0.975)) / 0.025
    losses = {(a, b): bt.fz0(r, a * var, b * es, 0.975).mean() for a in (0.8, 1, 1.2) for b in (0.8, 1, 1.2) if b >= a}
    losses[1, 1] = bt.fz0(r, np.full(r.shape, var), np.full(r.shape, es), 0.975).mean()
    assert min(losses, key=lambda k: losses[k]) == (1, 1)
    assert np.isnan(bt.fz0(r[:2], np.array([0.01, 0.0]), np.array([0.02, 0.0]), 0.975)[1])


def test_traffic_light_is_the_committees():
    zones = [bt.traffic_light(n) for n in range(15)]
    assert zones == ["green"] * 5 + ["yellow"] * 5 + ["red"] * 5
    hits = np.random.default_rng(10).random(600) < 0.02
    rolling = bt.rolling_hits(hits)
    assert len(rolling) == 351 and rolling[0] == hits[:250].sum() and rolling[-1] == hits[-250:].sum()


def test_diebold_mariano_sign_and_size():
    rng = np.random.default_rng(11)
    better, worse = rng.random(500), rng.random(500) + 0.2
    result = diebold_mariano(better, worse)
    assert result.difference < 0 and result.t < -5 and result.p_value < 1e-6
    assert diebold_mariano(worse, better).t == pytest.approx(-result.t)
    assert result.t == hac_mean(better - worse)[1]
    p_values = [diebold_mariano(x, np.zeros(1500)).p_value for x in rng.standard_normal((500, 1500))]
    assert rate_is_five_percent(p_values)


def test_diebold_mariano_of_overlapping_ten_days():
    rng = np.random.default_rng(12)
    noise = rng.standard_normal((500, 1509))
    total = np.cumsum(np.pad(noise, ((0, 0), (1, 0))), axis=1)
    losses = total[:, 10:] - total[:, :-10]
    rate = np.mean([diebold_mariano(x, np.zeros(1500), horizon=10).p_value <= 0.05 for x in losses])
    naive = np.mean([diebold_mariano(x, np.zeros(1500)).p_value <= 0.05 for x in losses])
    # Bartlett's weights keep a slight excess at any number of lags; ignoring the overlap is far worse.
    assert 0.02 < rate < 0.10 < naive
