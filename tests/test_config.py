"""The configuration refuses what makes no sense, and names it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from importlib import metadata
from typing import get_args

import pytest

from tsgan.config import (
    CRITICS,
    AdversarialConfig,
    BootstrapConfig,
    CriticConfig,
    CriticName,
    DensityConfig,
    DriftConfig,
    GANConfig,
    HeadConfig,
    LawConfig,
    LikelihoodConfig,
    MemoryConfig,
    OptimizerConfig,
    SelectionConfig,
    TargetingConfig,
    TCNConfig,
    TrainingConfig,
    UnitsConfig,
)
from tsgan.config.settings import Settings
from tsgan.errors import ConfigError


def test_defaults_are_valid_and_survive_a_round_trip():
    config = GANConfig()
    assert GANConfig.from_dict(config.to_dict()) == config
    assert set(config.to_dict()) == {field.name for field in dataclasses.fields(GANConfig)}
    hash(config)  # static under jax.jit
    assert json.loads(json.dumps(config.to_dict())) == config.to_dict()
    assert GANConfig.from_saved({**config.to_dict(), "best_member": 0}) == config


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
    with pytest.raises(ConfigError, match=r"'lstm'.*recurrent, tcn, base"):
        GANConfig(generator="lstm")


def test_names_of_plugins_are_choices_of_their_own_kind_only(monkeypatch):
    mine = metadata.EntryPoint("mine", "nowhere:Mine", "tsgan.generators")
    monkeypatch.setattr(metadata, "entry_points", lambda group: [mine] if group == mine.group else [])
    assert GANConfig(generator="mine").generator == "mine"
    with pytest.raises(ConfigError, match=r"critic is 'mine'; choose one of recurrent, tcn$"):
        GANConfig(critic="mine")
    with pytest.raises(ConfigError, match=r"generator is 'other'; choose one of recurrent, tcn, base, mine"):
        GANConfig(generator="other")


def test_critics_and_their_literal_agree():
    assert tuple(CRITICS.own) == get_args(CriticName)


def every_settings(of: Settings) -> Iterator[Settings]:
    yield of
    for field in dataclasses.fields(of):
        if isinstance(value := getattr(of, field.name), Settings):
            yield from every_settings(value)


def test_every_table_is_called_what_it_is():
    """Messages name fields as they are written in TOML, so each table must know where it stands."""
    config = GANConfig()
    for settings in every_settings(config):
        found = config
        for part in settings.table.split(".") if settings.table else ():
            found = getattr(found, part)
        assert found is settings


@pytest.mark.parametrize(
    ("settings", "field", "value"),
    [
        (MemoryConfig, "scales", (8.0, 3.0)),
        (MemoryConfig, "scales", ()),
        (MemoryConfig, "scales", [1.0, 2.0]),
        (MemoryConfig, "curvature", (0.5,)),
        (MemoryConfig, "floor", 0.0),
        (DensityConfig, "skew_range", 1.0),
        (DensityConfig, "tail_least", 2.0),
        (DensityConfig, "cap", float("nan")),
        (HeadConfig, "pace", (1.0, 1.0)),
        (HeadConfig, "wandering", 0.1),
        (TCNConfig, "layers", 0),
        (TCNConfig, "layers", 2.5),
        (LikelihoodConfig, "firmness", (1.0, 1.0, 1.0)),
        (LikelihoodConfig, "ridge", -1.0),
        (TargetingConfig, "days", 250),
        (AdversarialConfig, "least_windows", 7),
        (AdversarialConfig, "long_only", 0.2),
        (CriticConfig, "strides", (2, 0)),
        (SelectionConfig, "share", 1.0),
        (SelectionConfig, "horizons", (5, 1)),
        (SelectionConfig, "patience", 0),
        (DriftConfig, "burn_in", 2000),
        (BootstrapConfig, "years", 0.0),
        (OptimizerConfig, "second_moment", 1.0),
        (UnitsConfig, "against", 0.0),
    ],
    ids=str,
)
def test_bad_values_of_tables_name_their_table(settings, field, value):
    with pytest.raises(ConfigError, match=f"{settings.table}\\."):
        settings(**{field: value})


def test_a_column_has_no_more_levels_than_the_memory_has_scales():
    memory = MemoryConfig(scales=(5.0, 50.0), curvature=(0.0, 0.0))
    with pytest.raises(ConfigError, match=r"law\.tcn\.levels must be at most 2"):
        LawConfig(memory=memory)
    assert LawConfig(memory=memory, tcn=TCNConfig(levels=2)).memory.features == 4


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
    file.write_text(
        "steps = 40\n[training.targeting]\nrounds = 2\n[law.memory]\nfloor = 0.1\nscales = [1, 2, 4, 8, 16, 32, 64]\n"
    )
    read = GANConfig.from_toml(file)
    assert read.training == TrainingConfig(targeting=TargetingConfig(rounds=2))
    assert read.law == LawConfig(memory=MemoryConfig(floor=0.1, scales=(1, 2, 4, 8, 16, 32, 64)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stepz = 40\n", "unknown option stepz.*steps"),
        ("[gan]\nsteps = 40\n", "unknown option gan"),
        ("steps = = 40\n", "not valid TOML"),
        ("steps = 40\nsteps = 50\n", "not valid TOML"),
        ('steps = "40"\n', "steps must be a whole number"),
        ("batch = 7\n", "batch must be even"),
        ("[law.memory]\nflor = 1\n", r"unknown option law\.memory\.flor; known are scales, floor"),
        ("[law.memery]\nfloor = 1\n", r"unknown option law\.memery; known are memory, density"),
        ("training = 3\n", "training must be a table, not 3"),
        ("[law.memory]\nscales = 3\n", r"law\.memory\.scales must be a list of numbers, not 3"),
        ("[training.critics]\nstrides = [2, 1.5]\n", r"training\.critics\.strides must be a list of whole numbers"),
    ],
    ids=[
        "unknown",
        "table",
        "syntax",
        "twice",
        "type",
        "value",
        "unknown within",
        "unknown table within",
        "no table",
        "no list",
        "list of others",
    ],
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
    with pytest.raises(ConfigError, match=r"binary\.toml: it is no UTF-8 text"):
        GANConfig.from_toml(tmp_path / "binary.toml")
