"""Updates from Python: what is done, what is due, and refits only where they are asked for."""

from __future__ import annotations

import numpy as np
import pytest

import tsgan
from tests.models.test_dependent import market
from tsgan.errors import ConfigError, StaleModelWarning, UpdateError
from tsgan.fitting import refit
from tsgan.models.classical.gjr_garch import GJRGarch

CUT = 900


@pytest.fixture(scope="module")
def frame():
    return market(1250)


@pytest.fixture(scope="module")
def old(frame):
    return tsgan.fit(frame.iloc[:CUT], "gjr-garch", seed=3)


def test_new_days_move_the_state_and_nothing_else(old, frame):
    found = tsgan.update(old, frame.iloc[: CUT + 5])
    assert len(found.days) == 5 and not found.refitted and found.monitoring is not None
    assert isinstance(found.model, GJRGarch) and found.model.margins is old.margins
    assert found.model.info.train_end == old.info.train_end
    assert found.model.info.last_date == str(frame.index[CUT + 4].date()) and found.due == ()
    assert "No refit is due." in found.summary() and "knows 5 days more" in found.summary()
    assert "state of" in repr(found.model) and found.to_dict()["alarm"] is False


def test_days_alone_tell_the_age_only(old, frame):
    found = tsgan.update(old, frame.iloc[CUT : CUT + 3])
    assert found.monitoring is None and "only its age" in found.notes[-1]
    assert "as far as its age tells" in found.summary()
    assert tsgan.update(old, frame.iloc[:CUT]).words.startswith("nothing new")


def test_an_old_model_is_due_and_fitted_again_only_when_asked(old, frame):
    kept = tsgan.update(old, frame, draws=200)
    assert kept.due and not kept.refitted and "A refit is due" in kept.summary()
    again = tsgan.update(old, frame, refit_when="due", judge=False)
    assert again.refitted and again.model == tsgan.fit(frame, "gjr-garch", seed=3)
    assert not tsgan.update(old, frame.iloc[: CUT + 5], refit_when="due", judge=False).refitted
    assert tsgan.update(old, frame.iloc[: CUT + 5], refit_when="now", judge=False).refitted
    with pytest.raises(UpdateError, match="needs 250 days"):
        tsgan.update(old, frame.iloc[CUT : CUT + 3], refit_when="now", judge=False)
    with pytest.raises(ConfigError, match="'due', 'now'"):
        tsgan.update(old, frame, refit_when="later")


def test_refits_keep_the_configuration(frame, tiny, fitted, indices):
    chosen = tsgan.fit(frame.iloc[:CUT], "stationary-bootstrap", block_length=7)
    assert refit(chosen, frame).info.config["block_length"] == 7
    base = tsgan.fit(frame.iloc[:CUT], "base", vintage="2009")
    assert refit(base, frame).info.config["vintage"] == base.info.config["vintage"]


def test_updated_models_are_judged_on_the_days_since_training(old, frame):
    moved = tsgan.update(old, frame.iloc[: CUT + 200], judge=False).model
    one, other = (tsgan.monitor(model, frame, draws=500) for model in (moved, old))
    assert np.array_equal(one.watched.tested, other.watched.tested)
    with pytest.warns(StaleModelWarning, match="fit it again on recent prices"):
        tsgan.update(old, frame, judge=False).model.sample(2, 2)
