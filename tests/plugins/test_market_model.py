"""The stranger's model keeps the contract, and is found by its name."""

from __future__ import annotations

from importlib import metadata

import numpy as np
import pytest
from market_model import RiskMetrics
from typer.testing import CliRunner

import tsgan
from tsgan.cli.main import app
from tsgan.errors import ConfigError, ModelError, PluginError
from tsgan.fitting import MODELS
from tsgan.testing import check_model
from tsgan.testing.examples import example_panel


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        metadata.EntryPoint("riskmetrics", "market_model:RiskMetrics", "tsgan.models"),
        metadata.EntryPoint("broken", "market_model:Nothing", "tsgan.models"),
    ]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points)


def test_it_keeps_the_contract(installed):
    check_model(RiskMetrics)


def test_it_works_by_its_name(installed, tmp_path):
    assert MODELS.plugins() == ("broken", "riskmetrics")
    panel = example_panel()
    model = tsgan.fit(panel, "riskmetrics", decay=0.97)
    assert isinstance(model, RiskMetrics) and model.decay == 0.97
    panel.to_frame().to_csv(tmp_path / "prices.csv")
    words = ["train", str(tmp_path / "prices.csv"), "--model", "riskmetrics", "--out", str(tmp_path / "m")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0 and "riskmetrics fitted to AAA, BBB" in done.stdout, done.output
    out = str(tmp_path / "paths.parquet")
    done = CliRunner().invoke(app, ["sample", str(tmp_path / "m"), "--paths", "9", "--horizon", "5", "--out", out])
    assert done.exit_code == 0, done.output
    expected = tsgan.sample(tmp_path / "m", 9, 5)
    np.testing.assert_array_equal(tsgan.read_scenarios(out).returns, expected.returns)


def test_what_is_not_there_is_said(installed, tmp_path, monkeypatch):
    panel = example_panel()
    with pytest.raises(PluginError, match="market_model:Nothing"):
        tsgan.fit(panel, "broken")
    with pytest.raises(ConfigError, match="riskmetrics"):
        tsgan.fit(panel, "mine")
    with pytest.raises(ConfigError, match="does not take block_length; it takes decay"):
        tsgan.fit(panel, "riskmetrics", block_length=3)
    tsgan.fit(panel, "riskmetrics").save(tmp_path / "m")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [])
    with pytest.raises(ModelError, match="install the plug-in"):
        tsgan.load_model(tmp_path / "m")
