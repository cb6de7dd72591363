"""A GAN for assets that it was not trained on: the network stays, units and drift are theirs."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from tsgan.config import HeadConfig
from tsgan.data.load import load_prices
from tsgan.fitting import load_model
from tsgan.training.transfer import transferred


@pytest.fixture(scope="module")
def panel(indices):
    return indices.before("2010-01-01")


@pytest.fixture(scope="module")
def moved(untrained, panel):
    """The model before, after, and for the same assets in another order."""
    model = untrained("recurrent")
    offsets = model.members.offsets
    offsets[...] = offsets[...].at[:, 0, 1].add(-0.4)  # of the first asset: calmer
    before = {name: array.copy() for name, array in model.arrays().items()}
    one, other = transferred(model, panel), transferred(model, panel.select(panel.assets[::-1]))
    assert all(np.array_equal(array, model.arrays()[name]) for name, array in before.items())
    return model, one, other


def test_the_network_is_kept_and_offsets_are_averaged(moved):
    model, one, _ = moved
    for name, array in model.arrays().items():
        if name.startswith("members/") and not any(part in name for part in ("offsets", "raw_loadings")):
            assert np.array_equal(array, one.arrays()[name]), name
    theirs = np.asarray(model.members.offsets[...])
    np.testing.assert_allclose(one.members.offsets[...], np.repeat(theirs.mean(1, keepdims=True), 2, 1), rtol=1e-6)


def test_units_and_drift_are_those_of_the_new_histories(moved, panel):
    _, one, _ = moved
    np.testing.assert_allclose(one.scale, panel.moves.std(axis=0))
    assert one.info.train_end == str(panel.dates[-1]) and one.info.config["transferred"]
    np.testing.assert_allclose(one.info.drift, panel.moves.mean(axis=0))
    correlation = np.corrcoef(panel.moves, rowvar=False)[0, 1]
    loadings = np.asarray(jax.vmap(lambda member: member.loadings())(one.members))
    np.testing.assert_allclose((loadings[:, 0] * loadings[:, 1]).sum(axis=-1), correlation, atol=1e-3)


def test_the_order_of_assets_does_not_matter(moved, panel):
    _, one, other = moved
    context, later = panel.moves[:-50], panel.moves[-50:]
    density = one.log_density(later, context)
    assert np.isfinite(density).all()
    np.testing.assert_allclose(other.log_density(later[:, ::-1], context[:, ::-1])[:, ::-1], density, atol=1e-3)
    assert other.sample(4, 10, seed=0).assets == panel.assets[::-1]


@pytest.mark.slow
def test_the_number_of_assets_may_be_another(untrained, panel, tmp_path):
    model = untrained("tcn")
    alone = transferred(model, panel.select(("IXIC",)))
    assert alone.members.offsets.shape == (2, 1, 4) and alone.sample(8, 10, seed=0).returns.shape == (8, 10, 1)
    alone.save(tmp_path / "alone")
    assert load_model(tmp_path / "alone").model_hash == alone.model_hash


def test_levels_come_back_and_have_no_drift_of_their_own(untrained, panel):
    model = untrained("recurrent")
    levels = transferred(model, load_prices(panel.to_frame(), kinds=dict.fromkeys(panel.assets, "level")))
    assert (np.asarray(levels.members.reversion[...]) == HeadConfig().reverting).all() and levels.info.drift == (
        0.0,
        0.0,
    )
    assert (np.asarray(model.members.reversion[...]) == HeadConfig().wandering).all()
