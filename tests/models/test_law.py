"""What a saved model means is saved with it: neither a new default nor a new tsgan changes it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

import tsgan
from tsgan.config import GANConfig, LawConfig, MemoryConfig
from tsgan.errors import ModelError
from tsgan.models import formats
from tsgan.models.gan.model import GAN
from tsgan.owned import sealed

FORMAT_3 = Path(__file__).parent / "saved" / "format-3"
"""The model of two US indices that came with tsgan 0.1.0, as that wrote it."""

SCORES = {
    "2000-04-14": (-0.01322, -1.58469),
    "2003-08-15": (3.62953, 3.97785),
    "2008-10-15": (-0.07543, -0.61006),
    "2010-05-06": (0.68009, 0.44936),
    "2013-07-01": (3.47447, 3.78228),
    "2017-06-07": (4.31348, 4.63106),
    "2018-12-26": (0.89660, 0.84012),
}
"""Log densities of IXIC and SPX on days of all kinds, as tsgan 0.1.0, which wrote the model, gave them."""

RECORD = "644d4ddef6695b2e"
"""sha256 (16 hex digits) of what the constants of format 3 were."""


@pytest.fixture(scope="module")
def panel() -> tsgan.Panel:
    return tsgan.load_prices("sample:us-indices")


def earlier() -> GAN:
    model = tsgan.load_model(FORMAT_3)
    assert isinstance(model, GAN)
    return model


@pytest.fixture
def other_defaults(monkeypatch) -> None:
    """Other time scales, and a floor that every feature shows, for models that are fitted from now on."""
    names = [field.name for field in fields(MemoryConfig)]
    defaults = dict(zip(names, MemoryConfig.__init__.__defaults__ or (), strict=True))
    defaults |= {"scales": (2.0, 5.0, 9.0, 20.0, 50.0, 110.0, 200.0), "floor": 0.5}
    monkeypatch.setattr(MemoryConfig.__init__, "__defaults__", tuple(defaults.values()))
    assert GANConfig().law.memory.floor == 0.5


def scores(model: GAN, panel: tsgan.Panel) -> dict[str, tuple[float, ...]]:
    days = panel.return_dates.astype(str).tolist()
    found = model.log_density(panel.moves[1:], panel.moves[:1])
    return {day: tuple(map(float, found[days.index(day) - 1])) for day in SCORES}


def test_a_model_of_format_3_gives_the_densities_that_it_gave(panel):
    assert json.loads((FORMAT_3 / "model.json").read_text())["format_version"] == 3
    for day, found in scores(earlier(), panel).items():
        np.testing.assert_allclose(found, SCORES[day], atol=2e-4, err_msg=day)


def test_the_record_of_format_3_is_never_edited():
    written = json.dumps(formats._FORMAT_3, sort_keys=True)
    assert hashlib.sha256(written.encode()).hexdigest()[:16] == RECORD


def test_the_record_of_format_3_covers_every_setting():
    config = GANConfig.from_saved(earlier().info.config)
    law = LawConfig.from_saved({**formats._FORMAT_3["law"], "base": formats._BEFORE_BASE, "noise": "keys"})
    assert config.to_dict() == {name: earlier().info.config[name] for name in config.to_dict()}
    assert earlier().members.law == config.law == law


@pytest.mark.usefixtures("other_defaults")
def test_a_new_default_changes_no_model_of_format_3(panel):
    model = earlier()
    assert model.members.law.memory.floor == 0.01 and model.members.law.memory.scales[0] == 1.5
    for day, found in scores(model, panel).items():
        np.testing.assert_allclose(found, SCORES[day], atol=2e-4, err_msg=day)


@pytest.mark.parametrize("kind", ["recurrent", "tcn"])
def test_a_new_default_changes_no_model_that_is_saved(untrained, kind, tmp_path, request):
    model = untrained(kind)
    model.save(tmp_path / "model")
    assert json.loads((tmp_path / "model" / "model.json").read_text())["format_version"] == formats.CURRENT
    request.getfixturevalue("other_defaults")
    again = tsgan.load_model(tmp_path / "model")
    assert isinstance(again, GAN)
    assert again.members.law == model.members.law != GANConfig().law and again.model_hash == model.model_hash
    assert np.array_equal(again.sample(4, 10, seed=1).returns, model.sample(4, 10, seed=1).returns)


def test_another_law_is_another_model_and_stays_it(untrained, tmp_path):
    model = untrained("recurrent")
    config = GANConfig.from_saved(model.info.config)
    law = replace(config.law, memory=replace(config.law.memory, return_limit=2.0))
    info = replace(model.info, config={**model.info.config, **replace(config, law=law).to_dict()})
    other = GAN.restore(info, model.arrays())
    assert other.members.law.memory.return_limit == 2.0
    assert not np.array_equal(other.sample(4, 10, seed=1).returns, model.sample(4, 10, seed=1).returns)
    other.save(tmp_path / "other")
    again = tsgan.load_model(tmp_path / "other")
    assert np.array_equal(again.sample(4, 10, seed=1).returns, other.sample(4, 10, seed=1).returns)


def test_a_configuration_that_says_too_little_is_refused(untrained, tmp_path):
    untrained("recurrent").save(tmp_path / "model")
    file = tmp_path / "model" / "model.json"
    whole = json.loads(file.read_text())
    del whole["info"]["config"]["law"]["memory"]["floor"]
    file.write_text(json.dumps(sealed(whole)))
    with pytest.raises(ModelError, match=r"lacks law\.memory\.floor"):
        tsgan.load_model(tmp_path / "model")
    whole["info"]["config"]["generator"] = "somebody-elses"
    file.write_text(json.dumps(sealed(whole)))
    with pytest.raises(ModelError, match="a plug-in"):
        tsgan.load_model(tmp_path / "model")


def test_a_model_of_format_4_needs_no_settings_of_the_base(untrained, tmp_path):
    model = untrained("recurrent")
    model.save(tmp_path / "model")
    file = tmp_path / "model" / "model.json"
    whole = json.loads(file.read_text())
    del whole["info"]["config"]["law"]["base"], whole["sha256"], whole["files"]
    file.write_text(json.dumps({**whole, "format_version": 4}))
    again = tsgan.load_model(tmp_path / "model")
    assert isinstance(again, GAN)
    assert np.array_equal(again.sample(4, 10, seed=1).returns, model.with_noise("keys").sample(4, 10, seed=1).returns)


def test_models_keep_the_noise_that_they_were_saved_with(untrained, tmp_path):
    """Format 6 and before drew a key of its own for every number, and so do its models, whoever reads them."""
    model = untrained("recurrent")
    model.save(tmp_path / "model")
    file = tmp_path / "model" / "model.json"
    whole = json.loads(file.read_text())
    assert whole["info"]["config"]["law"].pop("noise") == "counters"
    file.write_text(json.dumps(sealed({**whole, "format_version": 6})))
    again = tsgan.load_model(tmp_path / "model")
    assert isinstance(again, GAN) and again.members.law.noise == "keys"
    paths = again.sample(4, 10, seed=1)
    assert np.array_equal(paths.returns, model.with_noise("keys").sample(4, 10, seed=1).returns)
    assert not np.array_equal(paths.returns, model.sample(4, 10, seed=1).returns)
    assert paths.provenance["config"]["law"]["noise"] == "keys"
    again.save(tmp_path / "again")
    assert tsgan.load_model(tmp_path / "again").info.config["law"]["noise"] == "keys"


PATHS = ((-0.02434688, -0.02290673), (0.03019927, 0.02115413))
"""The last of three days of paths 0 and 300 of seed 5, IXIC and SPX, as tsgan 0.1.0 drew them."""


def test_a_model_of_format_3_draws_the_paths_that_it_drew():
    drawn = earlier().sample(301, 3, seed=5).returns
    np.testing.assert_allclose(drawn[[0, 300], -1], PATHS, rtol=1e-3, atol=1e-6)


def test_the_model_that_comes_with_tsgan_is_the_one_of_format_3():
    now, before = tsgan.load_model("bundled:us-indices"), earlier()
    assert now.info.config["law"] == {**before.info.config["law"], "noise": "counters"}
    for name, array in before.arrays().items():
        assert np.array_equal(now.arrays()[name], array)


def test_a_format_to_come_is_refused(untrained, tmp_path):
    untrained("recurrent").save(tmp_path / "model")
    file = tmp_path / "model" / "model.json"
    whole = json.loads(file.read_text())
    file.write_text(json.dumps(sealed({**whole, "format_version": 8})))
    with pytest.raises(ModelError, match="format version 8, this tsgan reads 3 and 4 and 5 and 6 and 7"):
        tsgan.load_model(tmp_path / "model")
