"""Known truths of the classical models: they must find what they are given, and keep what they promise to keep."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from arch import arch_model
from arch.univariate import SkewStudent
from scipy import integrate, stats

from tsgan.data.panel import Panel
from tsgan.errors import ConfigError, DataError, TsganWarning
from tsgan.fitting import BASELINES, fit
from tsgan.models.classical import gjr, skewt
from tsgan.models.classical.bootstrap import IIDBootstrap, StationaryBootstrap, optimal_block
from tsgan.models.classical.filtered_historical import FilteredHistoricalSimulation
from tsgan.models.classical.gbm import GBM
from tsgan.models.classical.gjr_garch import GJRGarch

TAIL, SKEW = 6.0, -0.3


def panel_of(returns: np.ndarray) -> Panel:
    """A panel of prices whose log returns are ``returns`` (day, asset)."""
    prices = 100 * np.exp(np.concatenate([np.zeros((1, returns.shape[1])), np.cumsum(returns, axis=0)]))
    dates = np.datetime64("1990-01-01") + np.arange(len(prices))
    assets = tuple("ABCDEF"[: returns.shape[1]])
    return Panel(dates, assets, prices, ("price",) * len(assets), calendar="weekdays")


@pytest.fixture(scope="module")
def panel(indices: Panel) -> Panel:
    """The two indices on a calendar that never ends, for long paths."""
    return replace(indices, calendar="weekdays")


def autocorrelation(x: np.ndarray, lag: int = 1) -> float:
    return float(np.corrcoef(x[:-lag], x[lag:])[0, 1])


@pytest.mark.parametrize(("tail", "skew"), [(3.0, -0.5), (8.0, 0.2), (40.0, 0.0)])
def test_skew_t_agrees_with_arch(tail, skew):
    law, parameters = SkewStudent(), np.array([tail, skew])
    x = np.linspace(-12, 8, 101)
    expected = law.loglikelihood(parameters, x, np.ones_like(x), individual=True)
    np.testing.assert_allclose(skewt.log_density(x, tail, skew), expected, atol=1e-12)
    probabilities = np.linspace(0.001, 0.999, 101)
    quantiles = skewt.from_normal_score(stats.norm.ppf(probabilities), tail, skew)
    np.testing.assert_allclose(quantiles, law.ppf(probabilities, parameters), rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(skewt.normal_score(quantiles, tail, skew), stats.norm.ppf(probabilities), atol=1e-8)
    far = np.array([-8.0, -6.0, 6.0, 8.0])  # beyond where 1 - probability still has digits
    np.testing.assert_allclose(skewt.normal_score(skewt.from_normal_score(far, tail, skew), tail, skew), far, rtol=1e-9)


def test_skew_t_is_standardized():
    def moment(k):
        def integrand(x):
            return x**k * np.exp(skewt.log_density(np.array(x), TAIL, SKEW))

        return integrate.quad(integrand, -200, 200, limit=500)[0]

    assert moment(0) == pytest.approx(1, abs=1e-6)
    assert moment(1) == pytest.approx(0, abs=1e-5)
    assert moment(2) == pytest.approx(1, abs=1e-3)
    assert moment(3) < -0.5  # negative skew means a long left tail


def test_quantile_table():
    z = np.random.default_rng(0).standard_normal(10_000) * 1.5
    exact = skewt.from_normal_score(z, TAIL, SKEW)
    np.testing.assert_allclose(skewt.SkewTQuantiles(TAIL, SKEW)(z), exact, rtol=1e-5, atol=1e-6)
    assert np.isfinite(skewt.SkewTQuantiles(2.05, -0.99)(np.array([-40.0, 40.0]))).all()
    assert np.isnan(skewt.SkewTQuantiles(TAIL, SKEW)(np.array([np.nan]))).all()


def test_gbm_moments():
    mean, covariance = np.array([0.001, -0.002]), np.array([[1e-4, 1.2e-4], [1.2e-4, 4e-4]])
    returns = np.random.default_rng(0).multivariate_normal(mean, covariance, 8_000)
    model = GBM.fit(panel_of(returns), seed=0)
    drawn = model.sample(2_000, 50, seed=0).returns.reshape(-1, 2).astype(np.float64)
    error = np.sqrt(np.diag(model.covariance) / len(drawn))
    assert (np.abs(drawn.mean(axis=0) - model.mean) < 4 * error).all()
    np.testing.assert_allclose(np.cov(drawn.T), model.covariance, rtol=0.02)
    np.testing.assert_allclose(model.covariance, covariance, rtol=0.06)
    oracle = stats.norm.logpdf(returns[:5], model.mean, np.sqrt(np.diag(model.covariance)))
    np.testing.assert_allclose(model.log_density(returns[:5], returns[:0]), oracle)


def test_iid_bootstrap_keeps_days_and_breaks_time(panel):
    model = IIDBootstrap.fit(panel, seed=0)
    drawn = model.sample(100, 200, seed=4).returns.reshape(-1, 2)
    days = {tuple(day) for day in panel.returns.astype(np.float32)}
    assert {tuple(day) for day in drawn[:500]} <= days
    assert abs(autocorrelation(np.abs(drawn[:, 0]))) < 4 / np.sqrt(20_000)
    assert np.corrcoef(drawn.T)[0, 1] == pytest.approx(np.corrcoef(panel.returns.T)[0, 1], abs=0.03)


def test_stationary_bootstrap_block_length(panel):
    model = StationaryBootstrap.fit(panel, seed=0, block_length=20)
    drawn = model.sample(256, 300, seed=4).returns[..., 0]
    position = {value: day for day, value in enumerate(panel.returns[:, 0].astype(np.float32))}
    step = np.diff(np.vectorize(position.__getitem__)(drawn), axis=1)
    jumped = (step != 1) & (step != 1 - len(panel.returns))
    # Jumps are Bernoulli(1/20); a jump to the very next day, or equal returns, hardly change the count.
    assert abs(jumped.mean() - 1 / 20) < 4 * np.sqrt(0.05 * 0.95 / jumped.size) + 5e-4
    # Lengths are geometric: whether a block ends does not depend on how old it is.
    old = ~jumped[:, :-2] & ~jumped[:, 1:-1]
    assert jumped[:, 2:][old].mean() == pytest.approx(jumped.mean(), abs=4 * np.sqrt(0.05 * 0.95 / old.sum()))
    assert len(np.unique(drawn[:, 0])) > 200  # every path starts somewhere else


def test_stationary_bootstrap_keeps_clustering(panel):
    model = StationaryBootstrap.fit(panel, seed=0)
    size = np.abs(panel.returns[:, 0])
    drawn = np.abs(model.sample(20, 4_000, seed=4).returns[..., 0].astype(np.float64))
    assert model.block_length > 20
    assert model.block_length == max(optimal_block(panel.returns[:, [i]]) for i in range(2))
    drawn -= drawn.mean()
    pooled = np.mean(drawn[:, :-5] * drawn[:, 5:]) / np.mean(drawn**2)
    assert pooled == pytest.approx(autocorrelation(size, 5), abs=0.06)
    assert pooled > 0.15


@pytest.mark.parametrize("length", [0.5, 0, -3, np.inf, np.nan])
def test_impossible_block_length(indices, length):
    with pytest.raises(ConfigError, match="at least 1 day"):
        StationaryBootstrap.fit(indices, seed=0, block_length=length)


@pytest.mark.parametrize("law", ["normal", "skewt"])
def test_gjr_likelihood_agrees_with_arch(indices, law):
    returns = indices.returns[:2_500]
    parameters, innovations = gjr.fit_gjr(returns, indices.assets, law)
    for asset in range(2):
        x = 100 * (returns[:, asset] - parameters.mean[asset])
        spec = arch_model(x, mean="Zero", vol="GARCH", p=1, o=1, q=1, dist=law, rescale=False)
        margin = gjr.GJR(*(field[[asset]] for field in parameters))
        point = [1e4 * margin.omega[0], margin.alpha[0], margin.gamma[0], margin.beta[0], *innovations[asset]]
        oracle = spec.fix(np.array(point))
        backcast = spec.volatility.backcast(x) / 1e4
        start = margin.omega + (margin.alpha + margin.gamma / 2 + margin.beta) * backcast
        variance = gjr.filtered(margin, returns[:, [asset]], start)[:-1, 0]
        np.testing.assert_allclose(np.sqrt(variance), oracle.conditional_volatility / 100, rtol=1e-8)
        # The optimum is arch's own: refitting in percent finds no better point.
        assert spec.fit(disp="off").loglikelihood == pytest.approx(oracle.loglikelihood, abs=0.02)


def test_log_density_agrees_with_arch(indices):
    panel = indices.select(["SPX"])
    model = GJRGarch.fit(panel, seed=0)
    x = 100 * (panel.returns[:, 0] - model.margins.mean[0])
    point = np.array([1e4 * model.margins.omega[0], *(f[0] for f in model.margins[2:5]), *model.innovations[0]])
    spec = arch_model(x, mean="Zero", vol="GARCH", p=1, o=1, q=1, dist="skewt", rescale=False)
    sigma2 = np.asarray(spec.fix(point).conditional_volatility) ** 2
    expected = SkewStudent().loglikelihood(model.innovations[0], x, sigma2, individual=True) + np.log(100)
    burn = 3_000  # by then arch's backcast and our start are forgotten
    density = model.log_density(panel.returns[burn:], panel.returns[:burn])
    np.testing.assert_allclose(density[:, 0], expected[burn:], atol=1e-6)


@pytest.fixture(scope="module")
def known_garch() -> tuple[GJRGarch, Panel]:
    """A model whose parameters were chosen, and 12,000 days of one of its paths."""
    variance = np.array([1e-4, 4e-4])
    alpha, gamma, beta = np.array([0.03, 0.05]), np.array([0.12, 0.08]), np.array([0.86, 0.85])
    margins = gjr.GJR(np.array([3e-4, -2e-4]), variance * 0.03, alpha, gamma, beta, variance)
    seedling = GJRGarch.fit(panel_of(np.random.default_rng(0).standard_normal((300, 2)) * 0.01), seed=0)
    innovations = np.array([[TAIL, SKEW], [9.0, 0.15]])
    truth = GJRGarch(seedling.info, seedling.recent, margins, innovations, np.array([[1, 0.6], [0.6, 1]]))
    return truth, panel_of(truth.sample(1, 12_000, seed=2).returns[0].astype(np.float64))


def test_gjr_recovers_asymmetric_truth(known_garch):
    truth, panel = known_garch
    model = GJRGarch.fit(panel, seed=0)
    for asset in range(2):
        x = (panel.returns[:, asset] - panel.returns[:, asset].mean()) / panel.returns[:, asset].std()
        spec = arch_model(x, mean="Zero", vol="GARCH", p=1, o=1, q=1, dist="skewt", rescale=False)
        errors = spec.fit(disp="off").std_err.to_numpy()[1:]
        found = [*(field[asset] for field in model.margins[2:5]), *model.innovations[asset]]
        expected = [*(field[asset] for field in truth.margins[2:5]), *truth.innovations[asset]]
        np.testing.assert_array_less(np.abs(np.subtract(found, expected)), 4 * errors)
        assert np.sign(model.innovations[asset, 1]) == np.sign(truth.innovations[asset, 1])
    assert model.correlation[0, 1] == pytest.approx(0.6, abs=4 * 0.64 / np.sqrt(len(panel)))


def test_gjr_paths_have_the_known_law(known_garch):
    truth, _ = known_garch
    first = truth.sample(20_000, 2, seed=1).returns.astype(np.float64)
    variance = truth.encode(truth.recent)
    z = (first[:, 0] - truth.margins.mean) / np.sqrt(variance)
    for asset in range(2):
        probabilities = SkewStudent().cdf(z[:, asset], truth.innovations[asset])
        assert stats.kstest(probabilities, "uniform").pvalue > 1e-3
    # Bad news raises tomorrow's variance more than good news of the same size: the leverage effect, with its sign.
    after_bad, after_good = (first[s * z[:, 0] > 1, 1, 0].std() for s in (-1, 1))
    assert after_bad > 1.03 * after_good


def test_gjr_starts_from_the_volatility_of_the_history(indices):
    model = GJRGarch.fit(indices.before("2008-01-01"), seed=0)
    calm = model.sample(2_000, 5, history=indices.before("2007-02-01")).returns.std()
    with pytest.warns(TsganWarning, match="fit it again"):
        crash = model.sample(2_000, 5, history=indices.before("2009-03-10")).returns.std()
    assert crash > 3 * calm


def test_explosive_fit_stays_finite():
    p = gjr.GJR(*(np.array([v]) for v in (0.0, 1e-5, 0.5, 0.9, 0.9, 1e-4)))
    paths = gjr.simulate(p, np.array([1e-4]), np.random.default_rng(0).standard_t(3, (4_000, 256, 1)))
    assert np.isfinite(paths).all()


def test_fit_that_does_not_converge_warns(monkeypatch, indices):
    from arch.univariate.base import ARCHModelResult

    monkeypatch.setattr(ARCHModelResult, "convergence_flag", property(lambda self: 9))
    panel = indices.select(["SPX"]).before("2003-01-01")
    with pytest.warns(TsganWarning, match="did not converge.*A longer history"):
        model = GJRGarch.fit(panel, seed=0)
    assert np.isfinite(model.sample(10, 10).returns).all()
    prices = panel.prices.copy()
    prices[500:] /= 2
    with pytest.warns(TsganWarning, match=r"did not converge.*One move is \d\d times the usual one"):
        GJRGarch.fit(Panel(panel.dates, panel.assets, prices, panel.kinds), seed=0)


def test_fhs_draws_whole_standardized_days(indices):
    model = FilteredHistoricalSimulation.fit(indices, seed=0)
    np.testing.assert_allclose(model.residuals.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(model.residuals.std(axis=0), 1)
    first = model.sample(500, 1, seed=0).returns[:, 0]
    z = (first - model.margins.mean) / np.sqrt(model.encode(model.recent))
    distance = np.abs(z[:, None] - model.residuals).max(axis=2).min(axis=1)
    assert distance.max() < 1e-5  # every day is a day of the history, for both assets at once
    assert abs(autocorrelation(np.abs(model.residuals[:, 0]))) < 0.1  # the filter took the clustering out ...
    drawn = model.sample(300, 250, seed=1).returns[..., 0]
    assert np.mean([autocorrelation(np.abs(path)) for path in drawn]) > 0.1  # ... and the simulation puts it back


@pytest.mark.parametrize("name", BASELINES)
def test_constant_series_is_refused(name):
    returns = np.random.default_rng(0).standard_normal((300, 2)) * 0.01
    returns[:, 1] = 0
    with pytest.raises(DataError, match="B never moves"):
        fit(panel_of(returns), name, seed=0)


@pytest.mark.parametrize("name", BASELINES)
def test_levels_and_rates_follow_differences(name):
    generator = np.random.default_rng(0)
    changes = generator.standard_normal((800, 2)) * [0.05, 1.5]
    levels = np.array([4.0, 200.0]) + np.concatenate([np.zeros((1, 2)), np.cumsum(changes, axis=0)])
    dates = np.datetime64("2000-01-03") + np.arange(801)
    panel = Panel(dates, ("Y", "V"), levels, ("rate", "level"), calendar="weekdays")
    paths = fit(panel, name, seed=0).sample(500, 20, seed=0)
    np.testing.assert_allclose(paths.returns.std(axis=(0, 1)), changes.std(axis=0), rtol=0.15)
    np.testing.assert_allclose(paths.prices[:, 0], np.tile(levels[-1], (500, 1)))
