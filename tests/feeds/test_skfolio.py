"""``GANDistribution``: what skfolio's SyntheticData asks of it, and, where skfolio is installed, skfolio itself."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import types
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tsgan.errors import ConfigError, DataError, ModelError, ScenarioError


@pytest.fixture(scope="module")
def GANDistribution():
    """The class; where scikit-learn is absent, upon the little of it that is used."""
    if importlib.util.find_spec("sklearn") is None:
        base = types.ModuleType("sklearn.base")
        vars(base)["BaseEstimator"] = type("BaseEstimator", (), {})
        patched = {"sklearn": types.ModuleType("sklearn"), "sklearn.base": base}
    else:
        patched = {}
    with pytest.MonkeyPatch.context() as patch:
        for name, module in patched.items():
            patch.setitem(sys.modules, name, module)
        patch.delitem(sys.modules, "tsgan.integrations.skfolio", raising=False)
        yield importlib.import_module("tsgan.integrations.skfolio").GANDistribution
        sys.modules.pop("tsgan.integrations.skfolio", None)


@pytest.fixture(scope="module")
def X():
    """Linear returns of three assets, 800 days, correlated."""
    rng = np.random.default_rng(0)
    moves = 0.01 * rng.standard_normal((800, 3)) @ np.array([[1.0, 0.8, 0.0], [0.0, 0.6, 0.0], [0.0, 0.0, 0.5]])
    return pd.DataFrame(moves, index=pd.bdate_range("2015-01-01", periods=800), columns=["A", "B", "C"])


def test_without_sklearn_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    monkeypatch.delitem(sys.modules, "tsgan.integrations.skfolio", raising=False)
    with pytest.raises(ImportError, match=r"tsgan\[skfolio\]"):
        importlib.import_module("tsgan.integrations.skfolio")


def test_the_contract(GANDistribution, X):
    assert "n_samples" in inspect.signature(GANDistribution.sample).parameters
    made = GANDistribution("gbm", random_state=1)
    for name in inspect.signature(GANDistribution.__init__).parameters.keys() - {"self"}:
        assert hasattr(made, name)  # as sklearn.clone wants it
    with pytest.raises(ModelError, match="call fit"):
        made.sample(n_samples=3)
    assert made.fit(X, None) is made
    drawn = made.sample(n_samples=20_000)
    assert drawn.shape == (20_000, 3) and drawn.dtype == np.float64 and drawn.flags.writeable and drawn.flags.owndata
    assert (made.sample(n_samples=20_000) == drawn).all()
    assert made.feature_names_in_.tolist() == ["A", "B", "C"]
    assert drawn.std(0) == pytest.approx(X.std().to_numpy(), rel=0.05)
    assert np.corrcoef(drawn.T)[0, 1] == pytest.approx(0.8, abs=0.03)
    several = GANDistribution("gbm", horizon=20, random_state=1).fit(X.to_numpy())
    assert several.sample(5000)[:, 2].std() == pytest.approx(np.sqrt(20) * X["C"].std(), rel=0.06)
    assert not hasattr(several, "feature_names_in_") and several.assets_ == ("x0", "x1", "x2")


def test_conditions(GANDistribution, X):
    made = GANDistribution("gbm", random_state=2).fit(X)
    fixed = made.sample(2000, conditioning={"A": -0.05})
    assert (fixed[:, 0] == -0.05).all() and fixed[:, 1].mean() == pytest.approx(-0.04, abs=0.001)
    assert abs(fixed[:, 2].mean()) < 0.001
    # given A, only the part of B that is its own is left
    assert fixed[:, 1].std() == pytest.approx(0.006, rel=0.1)
    bounded = made.sample(1000, conditioning={0: (-np.inf, -0.02), "C": (0.0, 0.01)})
    assert bounded[:, 0].max() <= -0.02 and bounded[:, 2].min() >= 0 and bounded[:, 2].max() <= 0.01
    each = np.linspace(-0.03, 0.03, 300)[::-1]
    varied = made.sample(300, conditioning={"A": each})
    assert (varied[:, 0] == each).all() and np.polyfit(each, varied[:, 1], 1)[0] == pytest.approx(0.8, abs=0.08)
    for wrong, message in (
        ({"Z": 0.1}, "no asset 'Z'"),
        ({7: 0.1}, "no asset 7"),
        ({"A": (0.1, 0.0)}, "low below high"),
        ({"A": np.zeros(4)}, "one for each of 5"),
        ({"A": np.nan}, "finite"),
    ):
        with pytest.raises(ConfigError, match=message):
            made.sample(5, conditioning=wrong)


def test_what_no_path_of_the_model_does_is_refused(GANDistribution, X):
    boot = GANDistribution("iid-bootstrap", random_state=0).fit(X)
    with pytest.raises(ScenarioError):
        boot.sample(50, conditioning={"A": -0.9})


def test_a_fitted_model_is_carried_forward_and_not_trained_again(GANDistribution, X, tmp_path):
    X = X.mul(np.exp(0.8 * np.sin(np.arange(800) / 15)), axis=0)  # volatility that has a state
    first = GANDistribution("gjr-garch", random_state=0).fit(X.iloc[:600])
    first.model_.save(tmp_path / "model")
    wild = X.copy()
    wild.iloc[-5:] *= 8
    calm, storm = (GANDistribution(tmp_path / "model", random_state=0).fit(part) for part in (X, wild))
    assert calm.model_.model_hash == storm.model_.model_hash == first.model_.model_hash
    assert storm.sample(4000).std(0)[0] > 1.3 * calm.sample(4000).std(0)[0]
    frozen = GANDistribution.of(tmp_path / "model", random_state=0)
    assert frozen.sample(100).shape == (100, 3) and frozen.history_ is None
    # columns follow X, whatever the model's order
    turned = GANDistribution(first.model_, random_state=0).fit(X[["C", "A", "B"]])
    assert (turned.sample(50) == calm.sample(50)[:, [2, 0, 1]]).all()
    with pytest.raises(ModelError, match="no B"):
        GANDistribution(first.model_).fit(X[["A", "C"]])


@pytest.mark.parametrize(("spoil", "message"), [(np.nan, "nan"), (-1.5, "no linear return"), (np.inf, "inf")])
def test_returns_that_are_none(GANDistribution, X, spoil, message):
    bad = X.copy()
    bad.iloc[5, 1] = spoil
    with pytest.raises(DataError, match=message):
        GANDistribution("gbm").fit(bad)


def test_skfolio_itself(X, tiny):
    pytest.importorskip("skfolio")
    from skfolio import RiskMeasure
    from skfolio.model_selection import WalkForward, cross_val_predict
    from skfolio.optimization import MeanRisk
    from skfolio.prior import SyntheticData
    from sklearn.base import clone
    from sklearn.frozen import FrozenEstimator

    from tsgan.integrations.skfolio import GANDistribution

    def mean_risk(distribution, **sample_args):
        prior = SyntheticData(distribution_estimator=distribution, n_samples=800, sample_args=sample_args or None)
        return MeanRisk(risk_measure=RiskMeasure.CVAR, prior_estimator=prior)

    gan = GANDistribution(tiny, random_state=0)
    copied: Any = clone(gan)
    assert copied.get_params() == gan.get_params()
    trained: Any = mean_risk(gan).fit(X)
    weights, model = trained.weights_, trained.prior_estimator_.distribution_estimator_.model_
    assert weights.sum() == pytest.approx(1) and weights[2] == weights.max()  # the calm one
    stressed = mean_risk(GANDistribution("gbm", random_state=0), conditioning={"C": -0.03}).fit(X)
    assert stressed.weights_[2] < 0.5
    walk = cross_val_predict(
        mean_risk(GANDistribution("gjr-garch", random_state=0)), X, cv=WalkForward(train_size=500, test_size=150)
    )
    assert len(walk) == 2
    frozen = mean_risk(FrozenEstimator(GANDistribution.of(model, random_state=0))).fit(X)
    assert frozen.weights_ == pytest.approx(weights)
    carried = mean_risk(GANDistribution(model, random_state=0)).fit(X)
    assert carried.weights_ == pytest.approx(weights, abs=1e-3)
