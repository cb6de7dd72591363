"""The configuration refuses what makes no sense, and names it."""

from __future__ import annotations

import dataclasses

import pytest

from tsgan.config import GANConfig
from tsgan.errors import ConfigError


def test_defaults_are_valid_and_survive_a_round_trip():
    config = GANConfig()
    assert GANConfig.from_dict(config.to_dict()) == config
    assert set(config.to_dict()) == {field.name for field in dataclasses.fields(GANConfig)}
    hash(config)  # static under jax.jit


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("generator", "lstm"),
        ("critic", "mlp"),
        ("objective", "wgan"),
        ("penalty", "r3"),
        ("optimizer", "sgd"),
        ("beta", "liu-storey"),
        ("generator", 3),
        ("steps", 1.5),
        ("steps", "800"),
        ("steps", True),
        ("steps", -1),
        ("warm_steps", -1),
        ("batch", 0),
        ("batch", 7),
        ("population", 0),
        ("width", 0),
        ("channels", -3),
        ("loadings", 0),
        ("context", 0),
        ("context", GANConfig().window - 7),
        ("window", GANConfig().context + 7),
        ("chains", 1),
        ("portfolios", "no"),
        ("average", 1.0),
        ("average", -0.1),
        ("average", float("nan")),
        ("penalty_weight", -1.0),
        ("penalty_weight", float("nan")),
        ("likelihood_weight", "much"),
        ("generator_rate", -1e-4),
        ("critic_rate", None),
    ],
    ids=str,
)
def test_bad_values_name_their_field(field, value):
    with pytest.raises(ConfigError, match=field):
        GANConfig(**{field: value})


def test_a_choice_lists_what_there_is():
    with pytest.raises(ConfigError, match=r"'lstm'.*recurrent, tcn"):
        GANConfig(generator="lstm")


@pytest.mark.parametrize("missing", [{"penalty": "none"}, {"penalty_weight": 0.0}])
def test_wasserstein_needs_a_penalty(missing):
    with pytest.raises(ConfigError, match=r"wasserstein.*choose a penalty"):
        GANConfig(objective="wasserstein", **missing)


def test_whole_numbers_serve_as_numbers():
    assert GANConfig(penalty_weight=1).penalty_weight == 1


def test_toml(tmp_path):
    file = tmp_path / "gan.toml"
    file.write_text('generator = "tcn"\nsteps = 40\naverage = 0.9\n')
    assert GANConfig.from_toml(file) == GANConfig(generator="tcn", steps=40, average=0.9)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stepz = 40\n", "unknown option stepz.*steps"),
        ("[gan]\nsteps = 40\n", "unknown option gan"),
        ("steps = = 40\n", "not valid TOML"),
        ("steps = 40\nsteps = 50\n", "not valid TOML"),
        ('steps = "40"\n', "steps must be a whole number"),
        ("batch = 7\n", "batch must be even"),
    ],
    ids=["unknown", "table", "syntax", "twice", "type", "value"],
)
def test_bad_toml(tmp_path, text, message):
    file = tmp_path / "gan.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=message):
        GANConfig.from_toml(file)


def test_unreadable_toml(tmp_path):
    with pytest.raises(ConfigError, match=r"absent\.toml"):
        GANConfig.from_toml(tmp_path / "absent.toml")
    with pytest.raises(ConfigError, match="cannot read"):
        GANConfig.from_toml(tmp_path)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not valid TOML"):
        GANConfig.from_toml(tmp_path / "binary.toml")
