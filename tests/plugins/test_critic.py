"""The stranger's critic keeps the contract, and a GAN is trained against it by its name."""

from __future__ import annotations

from importlib import metadata

import numpy as np
import pytest
from critic import Spectrum
from typer.testing import CliRunner

import tsgan
from tsgan.cli.main import app
from tsgan.testing import check_critic


def test_it_keeps_the_contract():
    check_critic(Spectrum)


def test_it_works_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path):
    point = metadata.EntryPoint("spectrum", "critic:Spectrum", "tsgan.critics")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [point] if group == point.group else [])
    (tmp_path / "small.toml").write_text(
        "width = 4\nwindow = 32\ncontext = 16\nbatch = 8\nsteps = 2\nwarm_steps = 20\n"
        "[training.targeting]\nrounds = 2\n"
    )
    tsgan.load_prices("sample:sp500").before("2004-01-01").to_frame().to_csv(tmp_path / "prices.csv")
    words = ["train", str(tmp_path / "prices.csv"), "--critic", "spectrum", "--config", str(tmp_path / "small.toml")]
    done = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "m"), "--quiet"])
    assert done.exit_code == 0, done.output
    model = tsgan.load_model(tmp_path / "m")
    assert model.info.config["critic"] == "spectrum"
    assert np.isfinite(model.sample(20, 30, seed=1).returns).all()
