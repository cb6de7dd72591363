"""Paths given an event, against closed forms and brute force."""

import numpy as np
import pytest
from scipy import stats

from tsgan.applications.portfolio import Portfolio
from tsgan.errors import ModelError, ScenarioError, TsganError
from tsgan.models.conditioning.conditional import condition, select
from tsgan.models.conditioning.design_points import design_points
from tsgan.models.conditioning.grammar import parse_event
from tsgan.models.conditioning.subset_simulation import subset_simulation
from tsgan.models.dynamics import Dynamics
from tsgan.scenarios.worth import Worth
from tsgan.stats import weighted

DAYS = 20


def event_of(dynamics, *clauses, weights=(1.0, 0.0), **when):
    first = dynamics.first
    book = Portfolio(("SPX", "IXIC"), np.array(weights)).on(first)
    return parse_event(clauses, first.assets, first.kinds, first.start_prices, loss=book, **when)


@pytest.fixture(scope="module")
def gbm(fitted):
    return Dynamics.after(fitted("gbm"))


@pytest.fixture(scope="module")
def pair(fitted):
    """The fitted GAN beside a wilder copy of itself, as an ensemble."""
    import jax
    import jax.numpy as jnp

    one = fitted("gan")
    members = jax.tree.map(lambda a: jnp.concatenate([a, a]), one.members)
    members.offsets[...] = members.offsets[...].at[1, :, 1].add(0.3)  # of log scale
    return type(one)(one.info, one.recent, members, one.scale, np.concatenate([one.shift, one.shift]))


def total(gbm, days):
    """Mean and standard deviation of the sum of SPX's log returns."""
    model = gbm.model
    return model.mean[0] * days, np.sqrt(model.covariance[0, 0] * days)


def test_probability_at_a_day_is_that_of_gbm(gbm):
    m, s = total(gbm, DAYS)
    for clause, low, high in (("SPX=-0.20", -0.21, -0.19), ("SPX<=-0.15", -1, -0.15), ("SPX=(0.1,0.2)", 0.1, 0.2)):
        found = condition(gbm, event_of(gbm, clause, at=DAYS), 4000, DAYS, seed=1)
        truth = stats.norm.cdf((np.log1p(high) - m) / s)
        truth -= stats.norm.cdf((np.log1p(low) - m) / s) if low > -1 else 0
        assert abs(found.probability.value - truth) < 3 * found.probability.error
        assert found.probability.error < 0.05 * truth
        assert found.method == "importance sampling" and found.effective > 1000
        assert found.event.happens(found.scenarios.prices[:, 1:]).all()


def test_the_other_asset_follows_as_in_gbm(gbm):
    """Given the sum of SPX's returns, that of IXIC is normal: mean by regression, and later days are free."""
    event = event_of(gbm, "SPX=-0.20", at=DAYS)
    found = condition(gbm, event, 8000, 2 * DAYS, seed=2).scenarios
    sums = found.returns[:, :DAYS].sum(axis=1, dtype=np.float64)
    later = found.returns[:, DAYS:].sum(axis=1, dtype=np.float64)
    model = gbm.model
    beta = model.covariance[0, 1] / model.covariance[0, 0]
    rest = sums[:, 1] - DAYS * model.mean[1] - beta * (sums[:, 0] - DAYS * model.mean[0])
    for x, truth in ((rest, 0.0), (later[:, 0], DAYS * model.mean[0]), (later[:, 1], DAYS * model.mean[1])):
        found_mean = weighted.mean(x, found.weights)
        assert abs(found_mean.value - truth) < 3 * found_mean.error
    spread = np.sqrt(weighted.mean(rest**2, found.weights).value)
    own = np.sqrt(DAYS * (model.covariance[1, 1] - beta * model.covariance[0, 1]))
    assert spread == pytest.approx(own, rel=0.06)


def test_a_rare_loss_of_gbm(gbm):
    """A probability of about 1e-6, to 5 %, with a five-hundredth of the paths that brute force needs for 20 %."""
    m, s = total(gbm, DAYS)
    loss = 1 - np.exp(m - 4.75 * s)
    found = condition(gbm, event_of(gbm, f"loss>={loss:.6f}", at=DAYS), 4000, DAYS, seed=3)
    truth = stats.norm.cdf((np.log1p(-round(loss, 6)) - m) / s)
    assert truth < 2e-6
    assert abs(found.probability.value - truth) < 3 * found.probability.error
    assert found.probability.error < 0.05 * truth
    assert found.simulated < 2e-3 / (0.2**2 * truth)
    assert found.design.norms.min() == pytest.approx(4.75, abs=0.01)  # the reliability index of a linear problem
    design = found.design.noise[found.design.likeliest]
    assert np.ptp(design[:, 0]) < 0.02 * abs(design[0, 0])  # every day the same


def test_errors_are_what_estimates_spread_by(fitted):
    """Volatility leads to a loss as surely as its direction does: proposals that know the latter alone miss weights."""
    dynamics = Dynamics.after(fitted("gjr-garch"))
    event = event_of(dynamics, "SPX<=-0.15", at=DAYS)
    brute = event.happens(fitted("gjr-garch").sample(100_000, DAYS, seed=11).prices[:, 1:]).mean()
    found = [condition(dynamics, event, 2000, DAYS, seed=seed) for seed in range(12)]
    values, errors = np.array([(f.probability.value, f.probability.error) for f in found]).T
    assert all(f.method == "importance sampling" for f in found)
    assert errors.mean() < 0.08 * brute
    assert 0.5 < values.std(ddof=1) / errors.mean() < 1.6  # 12 estimates: 0.57 to 1.45 in 98 % of cases
    assert abs(values.mean() - brute) < 3.5 * np.hypot(errors.mean() / np.sqrt(12), np.sqrt(brute / 100_000))


@pytest.mark.parametrize("name", ["gjr-garch", "fhs", "stationary-bootstrap"])
def test_against_brute_force(fitted, name):
    dynamics = Dynamics.after(fitted(name))
    brute = fitted(name).sample(60_000, DAYS, seed=11)
    for clauses, when in ((["SPX<=-0.10"], {"within": DAYS}), (["SPX<=-0.07", "IXIC<=-0.10"], {"at": DAYS})):
        event = event_of(dynamics, *clauses, **when)
        hits = event.happens(brute.prices[:, 1:])
        found = condition(dynamics, event, 4000, DAYS, seed=4)
        p, error = hits.mean(), np.sqrt(hits.mean() / len(hits))
        assert abs(found.probability.value - p) < 3.5 * np.hypot(error, found.probability.error)
        x, y = brute.returns[hits].sum(axis=1)[:, 1], found.scenarios.returns.sum(axis=1)[:, 1].astype(np.float64)
        mean = weighted.mean(y, found.scenarios.weights, Worth.of(found.scenarios).inflation)
        assert abs(mean.value - x.mean()) < 3.5 * np.hypot(mean.error, x.std() / np.sqrt(len(x)))


@pytest.mark.parametrize("name", ["one", "ensemble"])
def test_gan_against_brute_force(fitted, pair, name):
    """Of an ensemble, in which one member is wilder than the other: they share probability and paths as they should."""
    model = fitted("gan") if name == "one" else pair
    dynamics = Dynamics.after(model)
    brute = model.sample(40_000, DAYS, seed=11)
    fall = float(np.quantile(brute.prices[:, -1, 0] / brute.start_prices[0] - 1, 0.01))
    event = event_of(dynamics, f"SPX<={fall:.4f}", at=DAYS)
    hits = event.happens(brute.prices[:, 1:])
    found = condition(dynamics, event, 4000, DAYS, seed=5)
    error = np.sqrt(hits.mean() / len(hits))
    assert abs(found.probability.value - hits.mean()) < 3.5 * np.hypot(error, found.probability.error)
    x, y = brute.returns[hits].sum(axis=1)[:, 1], found.scenarios.returns.sum(axis=1)[:, 1].astype(np.float64)
    mean = weighted.mean(y, found.scenarios.weights, Worth.of(found.scenarios).inflation)
    assert abs(mean.value - x.mean()) < 3.5 * np.hypot(mean.error, x.std() / np.sqrt(len(x)))
    # The design point is on the edge of the event, and nothing that particles find comes nearer to the origin.
    design, dynamics = found.design, dynamics.members()[found.member]
    likeliest = design.noise[design.likeliest][:, None]
    reached = dynamics.prices(dynamics.returns(likeliest))[0, -1, 0] / event.start[0] - 1
    assert reached == pytest.approx(fall, abs=1e-3)
    particles = subset_simulation(dynamics, event, 256, 6).noise.transpose(1, 0, 2).reshape(256, -1)
    assert design.norms.min() < np.linalg.norm(particles, axis=1).min()


def test_design_points_of_two_targets(gbm):
    """The smallest noise with a fall of one asset alone, by the closed form: Sigma^-1-norm of the shifted sums."""
    event = event_of(gbm, "SPX<=-0.12", "IXIC>=-0.02", at=DAYS)
    points = design_points(gbm, event, gbm.noise(4, DAYS, 0))
    away = np.log1p([-0.12, -0.02]) - DAYS * gbm.model.mean
    truth = np.sqrt(away @ np.linalg.solve(DAYS * gbm.model.covariance, away))
    np.testing.assert_allclose(points.norms, truth, rtol=2e-3)


def test_select_keeps_weights(gbm):
    paths = gbm.model.sample(20_000, DAYS, seed=8)
    event = event_of(gbm, "SPX<=-0.05", at=DAYS)
    found = select(paths, event)
    assert found.probability.value == pytest.approx(event.happens(paths.prices[:, 1:]).mean())
    assert found.scenarios.weights.sum() == pytest.approx(1)
    with pytest.raises(ScenarioError, match="too few"):
        select(paths, event_of(gbm, "SPX<=-0.4", at=DAYS))
    with pytest.raises(ScenarioError, match="decided on day 30"):
        select(paths, event_of(gbm, "SPX<=-0.05", at=30))


def test_beyond_support_is_refused(gbm, fitted):
    with pytest.raises(ScenarioError, match="nothing to say"):
        condition(gbm, event_of(gbm, "SPX<=-0.6", at=DAYS), 1000, DAYS)
    bootstrap = Dynamics.after(fitted("iid-bootstrap"))
    with pytest.raises(ScenarioError, match="nothing to say"):
        condition(bootstrap, event_of(bootstrap, "SPX<=-0.3", at=1), 1000, DAYS)
    with pytest.raises(ScenarioError, match="after the last of 5 days"):
        condition(gbm, event_of(gbm, "SPX<=-0.1", at=DAYS), 1000, 5)


def test_same_seed_same_paths(gbm):
    event = event_of(gbm, "SPX=-0.10", within=DAYS)
    one, again, other = (condition(gbm, event, 500, DAYS, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.scenarios.returns, again.scenarios.returns)
    assert one.probability == again.probability != other.probability


@pytest.mark.parametrize("name", ["gbm", "stationary-bootstrap"])
def test_sampling_under_a_condition(fitted, name):
    model = fitted(name)
    paths = model.sample(2000, 20, seed=5, condition={"SPX": (-0.10, -0.03)}, at=10)
    first = Dynamics.after(model)
    event = event_of(first, "SPX=(-0.10,-0.03)", at=10)
    found = condition(first, event, 2000, 20, seed=5)
    assert np.array_equal(paths.returns, found.scenarios.returns)
    assert np.array_equal(paths.weights, found.scenarios.weights)
    assert paths.weights.sum() == pytest.approx(1) and event.happens(paths.prices[:, 1:]).all()
    stated = paths.provenance["conditioning"]
    assert stated["event"] == "SPX between -10 % and -3 % on day 10" and stated["method"] == found.method
    assert stated["probability_low"] < stated["probability"] < stated["probability_high"]
    assert stated["effective_paths"] == found.effective


def test_conditions_hold_on_the_last_day_unless_it_is_said_when(gbm, indices):
    model, history = gbm.model, indices.through("2010-06-01")
    paths = model.sample(1000, 5, condition=["SPX<=-0.03", "IXIC>=-0.03"], history=[history], start_prices=[9.0, 8.0])
    assert paths.start_prices.tolist() == [9, 8] and str(paths.dates[0]) == "2010-06-01"
    moves = paths.prices[:, -1] / paths.start_prices - 1
    assert (moves[:, 0] <= -0.03).all() and (moves[:, 1] >= -0.03).all()
    paths = model.sample(1000, 5, condition="SPX<=-0.03", within=3)
    assert (paths.prices[:, 1:4, 0].min(axis=1) <= 0.97 * paths.start_prices[0]).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"condition": "SPX<=-0.1", "antithetic": True}, "antithetic"),
        ({"condition": "SPX<=-0.1", "first_path": 5}, "first_path"),
        ({"condition": "DAX<=-0.1"}, "DAX"),
        ({"condition": "loss>=0.1"}, "portfolio"),
        ({"condition": "SPX<=-0.1", "at": 9}, "after the last of 5 days"),
        ({"condition": "SPX<=-0.1", "at": 2, "within": 3}, "not both"),
        ({"at": 3}, "when a condition holds"),
    ],
    ids=str,
)
def test_conditions_that_make_no_sense(gbm, options, words):
    with pytest.raises(TsganError, match=words):
        gbm.model.sample(100, 5, **options)


def test_paths_given_a_condition_carry_on_one_history(gbm, indices):
    with pytest.raises(ModelError, match="one history, not 2"):
        gbm.model.sample(100, 5, condition="SPX<=-0.01", history=[indices, indices])
