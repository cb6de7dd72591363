"""The stranger's generator keeps the contract, and a GAN is trained with it by its name."""

from __future__ import annotations

from importlib import metadata

import numpy as np
import pytest
from generator import Aftershock
from typer.testing import CliRunner

import tsgan
from tsgan.cli.main import app
from tsgan.errors import ConfigError
from tsgan.testing import check_generator


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    point = metadata.EntryPoint("aftershock", "generator:Aftershock", "tsgan.generators")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [point] if group == point.group else [])


def test_it_keeps_the_contract():
    check_generator(Aftershock)


def test_it_works_by_its_name(installed, tiny, tmp_path):
    (tmp_path / "small.toml").write_text(
        "width = 4\nchannels = 4\nwindow = 32\ncontext = 16\nbatch = 8\nsteps = 2\nwarm_steps = 20\n"
    )
    prices = tsgan.load_prices("sample:sp500").before("2004-01-01")
    prices.to_frame().to_csv(tmp_path / "prices.csv")
    words = [
        "train",
        str(tmp_path / "prices.csv"),
        "--generator",
        "aftershock",
        "--config",
        str(tmp_path / "small.toml"),
    ]
    done = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "m"), "--quiet"])
    assert done.exit_code == 0, done.output
    model = tsgan.load_model(tmp_path / "m")
    assert model.info.config["generator"] == "aftershock"
    assert np.isfinite(model.sample(20, 30, seed=1).returns).all()


def test_an_unknown_generator_is_refused(installed):
    with pytest.raises(ConfigError, match="recurrent, tcn, base, aftershock"):
        tsgan.GANConfig(generator="elsewhere")
    with pytest.raises(ConfigError):
        tsgan.GANConfig(critic="aftershock")
