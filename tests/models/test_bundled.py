"""Models without prices, and the one that comes inside the package."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

import tsgan
from tsgan.applications.lending.books import SecuredLoan
from tsgan.applications.lending.secured import lend_against
from tsgan.applications.portfolio import QUANTITY, Portfolio
from tsgan.errors import ModelError, ScenarioError
from tsgan.models.bundled import bundled_names, model_folder
from tsgan.models.contract import MarketModel
from tsgan.models.dynamics import Dynamics
from tsgan.models.gan.model import GAN

NAME = "bundled:us-indices"
PRICES_ARE_ABOVE = 500
"""Smaller numbers are no prices of the sample's."""


def numbers(folder: Path) -> np.ndarray:
    """Every number in the files of a model."""
    words = " ".join(file.read_text() for file in folder.iterdir() if file.suffix != ".safetensors")
    texts = re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", words)
    arrays = [array.ravel().astype(float) for array in load_file(folder / "model.safetensors").values()]
    return np.concatenate([np.array(texts, float), *arrays])


def found(series: np.ndarray, among: np.ndarray) -> int:
    """How many values of ``series`` are ``among`` some numbers, to the precision of float32."""
    known = np.sort(among)
    place = np.clip(np.searchsorted(known, series), 1, len(known) - 1)
    nearest = np.minimum(np.abs(known[place] - series), np.abs(known[place - 1] - series))
    return int((nearest <= 2e-7 * np.abs(series)).sum())


@pytest.fixture(scope="module")
def panel() -> tsgan.Panel:
    return tsgan.load_prices("sample:us-indices")


@pytest.fixture(scope="module")
def bundled() -> MarketModel:
    return tsgan.load_model(NAME)


@pytest.fixture(params=["recurrent", "tcn"])
def whole(request, untrained) -> GAN:
    return untrained(request.param)


def test_without_prices_the_paths_are_the_same(whole, indices, tmp_path):
    bare = whole.without_prices([100.0, 200.0])
    bare.save(tmp_path / "bare")
    history = indices.before("2010-01-01")
    for model in (bare, tsgan.load_model(tmp_path / "bare")):
        assert len(model.recent) == 0 and model.model_hash == bare.model_hash
        one, other = whole.sample(20, 70, seed=4), model.sample(20, 70, seed=4)
        assert np.array_equal(one.returns, other.returns) and np.array_equal(one.dates, other.dates)
        assert not one.rebased and other.rebased and other.start_prices.tolist() == [100.0, 200.0]
        np.testing.assert_allclose(
            other.prices / one.prices, np.broadcast_to([100, 200] / one.prices[0, 0], one.prices.shape)
        )
        one, other = whole.sample(20, 20, history=history), model.sample(20, 20, history=history)
        assert np.array_equal(one.prices, other.prices) and not other.rebased


def test_a_rare_event_starts_from_the_kept_state(whole):
    bare = whole.without_prices(whole.info.start_prices)
    noise = Dynamics.after(whole).noise(8, 5, seed=0)
    assert np.array_equal(Dynamics.after(whole).returns(noise), Dynamics.after(bare).returns(noise))


def test_start_prices_of_every_asset_are_prices(untrained):
    bare = untrained("recurrent").without_prices([100.0, 100.0])
    assert bare.sample(1, 1, start_prices={"SPX": 5000.0}).rebased
    assert not bare.sample(1, 1, start_prices={"SPX": 5000.0, "IXIC": 16000.0}).rebased
    assert not bare.sample(1, 1, start_prices=[5000.0, 16000.0]).rebased


def test_a_damaged_state_is_refused(untrained):
    bare = untrained("recurrent").without_prices([100.0, 100.0])
    arrays = {name: array for name, array in bare.arrays().items() if not name.startswith("state/")}
    with pytest.raises(ModelError, match="state/memory"):
        GAN.restore(bare.info, arrays)


def test_what_needs_prices_says_so(untrained, tmp_path):
    paths = untrained("recurrent").without_prices([100.0, 100.0]).sample(20, 5)
    paths.to_csv(tmp_path / "paths.csv")
    for held in (paths, tsgan.read_scenarios(tmp_path / "paths.csv")):
        assert Portfolio(("SPX",), np.ones(1)).on(held).capital == 1
        with pytest.raises(ScenarioError, match=r"quantities.*base values \(SPX 100, IXIC 100\).*--history"):
            Portfolio(("SPX",), np.ones(1), QUANTITY).on(held)
        with pytest.raises(ScenarioError, match="units of collateral"):
            lend_against([SecuredLoan("A", 100.0, (("SPX", 10.0),))], held)


def test_bundled_paths_are_finite_and_plausible(bundled, panel):
    paths = bundled.sample(300, 252, seed=1)
    assert paths.assets == panel.assets and paths.rebased and paths.start_prices.tolist() == [100.0, 100.0]
    assert np.isfinite(paths.prices).all() and (paths.prices > 0).all()
    assert str(paths.dates[0]) == bundled.info.train_end == str(panel.dates[-1])
    ratio = paths.returns.std(axis=(0, 1)) / panel.returns.std(axis=0)
    assert ((ratio > 0.5) & (ratio < 2)).all(), ratio


def test_bundled_carries_on_given_prices(bundled, panel):
    paths = bundled.sample(20, 5, history=panel.before("2009-01-01"))
    assert paths.start_prices.tolist() == panel.before("2009-01-01").last_prices.tolist() and not paths.rebased


def test_bundled_holds_no_price_and_no_return(bundled, panel, untrained, tmp_path):
    among = numbers(model_folder(NAME))
    standard = (panel.returns - bundled.shift[0]) / bundled.scale  # type: ignore[attr-defined]
    assert panel.prices.min() > PRICES_ARE_ABOVE
    assert found(panel.prices.ravel(), among[among > PRICES_ARE_ABOVE]) == 0
    # Among thousands of parameters and ten thousand returns a few agree by chance to float32's precision.
    assert found(panel.returns.ravel(), among) < 5 and found(standard.ravel(), among) < 5
    assert len(bundled.recent) == 0
    # The same questions find what an ordinary model keeps.
    untrained("recurrent").save(tmp_path / "whole")
    whole = numbers(tmp_path / "whole")
    assert found(panel.returns.ravel(), whole) > 2_000 and found(panel.prices.ravel(), whole) > 0


def test_bundled_is_small_and_has_its_card():
    files = {file.name: file.stat().st_size for file in model_folder(NAME).iterdir()}
    assert sum(files.values()) < 2_000_000
    card = (model_folder(NAME) / "MODEL_CARD.md").read_text()
    assert "none of the prices" in card and "twin" in card and "Not judged yet" not in card


def test_unknown_bundled_models_are_listed(tmp_path):
    assert NAME in bundled_names() and model_folder(tmp_path) == tmp_path
    for name in ("bundled:us-stocks", "bundled:", "bundled:../us-indices", "bundled:us-indices/"):
        with pytest.raises(ModelError, match="those that come with tsgan are bundled:us-indices"):
            tsgan.load_model(name)
