"""A training that is cut and resumed ends as if nothing had happened, or says why it cannot."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import jax
import numpy as np
import pandas as pd
import pytest

from tsgan.config import GANConfig
from tsgan.errors import ModelError
from tsgan.training import fit
from tsgan.training.data import training_data
from tsgan.training.ledger import CHOOSING, EVERYTHING, Ledger
from tsgan.training.loop import new_members
from tsgan.training.selection import Selection


@pytest.fixture(scope="module")
def panel(indices):
    return indices.before("2016-01-01")


fit_gan = partial(fit.fit_gan, save_every=10)


def cut_at(phase: str, step: int):
    """A progress callback that pulls the plug."""

    def progress(report):
        if report.phase == phase and report.step == step:
            raise KeyboardInterrupt

    return progress


@pytest.fixture
def checkpoint(panel, tiny, tmp_path):
    """Saved after ten adversarial steps; the training was cut before it saved again."""
    file = tmp_path / "state.safetensors"
    with pytest.raises(KeyboardInterrupt):
        fit_gan(panel, tiny, seed=0, checkpoint=file, progress=cut_at(f"adversarial: {CHOOSING}", 20))
    assert file.exists()
    return file


def same_model(one, other) -> None:
    assert one.info == other.info
    mine, theirs = one.arrays(), other.arrays()
    assert mine.keys() == theirs.keys()
    for name in mine:
        assert np.array_equal(mine[name], theirs[name]), name
    pd.testing.assert_frame_equal(one.training_history, other.training_history, check_exact=True)


def test_cut_while_choosing(panel, tiny, checkpoint, fitted):
    seen = []
    resumed = fit_gan(panel, tiny, seed=0, checkpoint=checkpoint, resume=True, progress=seen.append)
    same_model(resumed, fitted("gan"))
    assert (seen[0].phase, seen[0].step) == (f"adversarial: {CHOOSING}", 20)  # nothing was done twice


def test_cut_on_everything_and_after_the_end(panel, tiny, tmp_path, fitted):
    file = tmp_path / "state.safetensors"
    with pytest.raises(KeyboardInterrupt):
        fit_gan(panel, tiny, seed=0, checkpoint=file, progress=cut_at(f"likelihood: {EVERYTHING}", 20))
    seen = []
    same_model(fit_gan(panel, tiny, seed=0, checkpoint=file, resume=True, progress=seen.append), fitted("gan"))
    assert {report.phase for report in seen} == {f"likelihood: {EVERYTHING}", f"adversarial: {EVERYTHING}"}
    same_model(fit_gan(panel, tiny, seed=0, checkpoint=file, resume=True), fitted("gan"))


def test_without_resume_a_checkpoint_is_ignored(panel, tiny, checkpoint, fitted):
    seen = []
    same_model(fit_gan(panel, tiny, seed=0, checkpoint=checkpoint, progress=seen.append), fitted("gan"))
    assert seen[0].phase == f"likelihood: {CHOOSING}"


def test_resume_without_a_checkpoint_starts_afresh(panel, tiny, tmp_path, fitted):
    same_model(fit_gan(panel, tiny, seed=0, checkpoint=tmp_path / "none.safetensors", resume=True), fitted("gan"))


def test_another_training_is_refused(panel, tiny, checkpoint):
    with pytest.raises(ModelError, match="another seed"):
        fit_gan(panel, tiny, seed=1, checkpoint=checkpoint, resume=True)
    with pytest.raises(ModelError, match="another config"):
        fit_gan(panel, replace(tiny, critic_rate=1e-5), seed=0, checkpoint=checkpoint, resume=True)
    with pytest.raises(ModelError, match="another data hash"):
        fit_gan(panel.before("2015-12-31"), tiny, seed=0, checkpoint=checkpoint, resume=True)


def test_a_damaged_checkpoint_is_refused_and_left_alone(panel, tiny, checkpoint, tmp_path):
    whole = checkpoint.read_bytes()
    for damaged in (b"", b"not a checkpoint", whole[: len(whole) // 2]):
        checkpoint.write_bytes(damaged)
        with pytest.raises(ModelError, match="cannot be read as a checkpoint"):
            fit_gan(panel, tiny, seed=0, checkpoint=checkpoint, resume=True)
        assert checkpoint.read_bytes() == damaged
    assert [file.name for file in tmp_path.iterdir()] == [checkpoint.name]  # no temporary files left behind


def test_choosing_ends_where_nothing_better_comes():
    ledger = Ledger({}, 0, "")
    config = GANConfig(steps=120)
    returns = np.random.default_rng(0).normal(size=(100, 1))
    data = training_data(returns, np.ones(1), config, 80)
    key = jax.random.key(0)
    selection = Selection(new_members(config, data, key), data, 80, config, ledger, key)
    decided = []
    for i, score in enumerate((0.1, 0.2, 0.5, 0.4, 0.6, 0.3, 0.35, 0.31, 0.3, 0.1, 0.1, 0.1)):
        ledger.scores.append([10 * (i + 1), [score - 0.1, score + 0.1]])  # two members
        decided.append(selection.decided)
    # Steps 10 and 20 are too few to be chosen; 60 is the best for three candidates, and an equal one changes nothing.
    assert decided.index(True) == 8 and decided[8] and not decided[9]
    assert min(selection.allowed[:7])[1] == 60


def test_like_another_model_takes_its_step_counts_over(panel, tiny, fitted):
    seen = []
    again = fit_gan(panel, tiny, seed=0, like=fitted("gan"), progress=seen.append)
    assert {report.phase for report in seen} == {f"likelihood: {EVERYTHING}", f"adversarial: {EVERYTHING}"}
    mine, theirs = again.arrays(), fitted("gan").arrays()
    assert all(np.array_equal(mine[name], theirs[name]) for name in theirs)
    for name in ("chosen_warm_steps", "chosen_steps", "best_member"):
        assert again.info.config[name] == fitted("gan").info.config[name]


def test_like_is_refused_where_the_configuration_differs(panel, tiny, fitted):
    with pytest.raises(ModelError, match="differs in critic_rate"):
        fit_gan(panel, replace(tiny, critic_rate=1e-5), seed=0, like=fitted("gan"))
    with pytest.raises(ModelError, match="this gbm differs"):
        fit_gan(panel, tiny, seed=0, like=fitted("gbm"))
    likelihood = replace(tiny.training.likelihood, ridge=10.0)
    other = replace(tiny, training=replace(tiny.training, likelihood=likelihood))
    with pytest.raises(ModelError, match=r"differs in training\.likelihood\.ridge"):
        fit_gan(panel, other, seed=0, like=fitted("gan"))
