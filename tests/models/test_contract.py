"""What every fitted model promises, GAN or baseline: the kit for plug-ins, over our own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from tsgan.fitting import MODELS
from tsgan.models.classical.gbm import GBM
from tsgan.models.contract import Moments
from tsgan.testing.models import MODEL_CHECKS, ModelCase, check_model

ELSEWHERE = {("gan", "drift")}
"""A GAN's drift is that of long free runs, see test_free_runs_have_the_historical_mean."""


@pytest.mark.parametrize("check", MODEL_CHECKS)
def test_promises(model, indices, check):
    if (model.info.model, check) in ELSEWHERE:
        pytest.skip("tested elsewhere")
    MODEL_CHECKS[check](ModelCase(model, indices))


def test_which_models_have_what(model, indices):
    """What the kit lets a model do without."""
    returns, uniform = indices.before("2016-01-01").returns, model.law == "uniform"
    assert (model.log_density(returns[-1:], returns[:-1]) is None) == uniform
    noise = np.asarray(model.noise(np.arange(256), 2, 1), np.float64)[:, :4]
    states, slope = ModelCase(model, indices).states, np.ones((4, 2, 2))
    assert (model.sensitivity(states, np.zeros(4, int), noise, slope) is None) == uniform
    assert model.predictive_moments(returns, np.array([300])) is not None


def test_the_kit_takes_names_and_classes():
    for one in ("gbm", MODELS["iid-bootstrap"]):
        check_model(one)


@dataclass(frozen=True, eq=False, repr=False)
class Broken(GBM):
    """A GBM that breaks one promise at a time."""

    flaw: str = ""

    def noise(self, paths, horizon, seed):
        drawn = super().noise(paths, horizon, 0 if self.flaw == "seeds" else seed)
        return drawn[::-1] if self.flaw in ("horizon", "noise") else drawn

    def respond(self, states, starts, noise, member=0):
        returns = super().respond(states, starts, noise, member)
        return np.abs(returns) if self.flaw == "drift" else returns

    def log_density(self, returns, context):
        density = super().log_density(returns, context)
        return density + 0.1 if self.flaw == "density" else density

    def predictive_moments(self, returns, ends):
        mean, volatility = super().predictive_moments(returns, ends)
        return Moments(mean, volatility * (1.1 if self.flaw == "moments" else 1.0))

    def sensitivity(self, states, starts, noise, slope, member=0):
        return -super().sensitivity(states, starts, noise, slope, member)

    def arrays(self):
        return super().arrays() | ({"mean": self.mean * 2} if self.flaw == "saving" else {})


@pytest.mark.parametrize("flaw", ["seeds", "horizon", "noise", "drift", "density", "moments", "gradient", "saving"])
def test_the_kit_can_fail(fitted, indices, flaw):
    sound = fitted("gbm")
    broken = Broken(sound.info, sound.recent, sound.mean, sound.covariance, flaw)
    with pytest.raises(AssertionError):
        MODEL_CHECKS[flaw](ModelCase(broken, indices))


def test_an_unregistered_model_is_told_where_to_register(fitted, indices):
    sound = fitted("gbm")
    with pytest.raises(AssertionError, match=r"tsgan\.models"):
        MODEL_CHECKS["saving"](ModelCase(replace(sound, info=replace(sound.info, model="mine")), indices))
