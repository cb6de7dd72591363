"""Prices through stdin and paths through stdout."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import tsgan
from tsgan.cli.main import app


@pytest.fixture
def piped(tmp_path):
    runner = CliRunner(env={"TSGAN_OFFLINE": "1", "TSGAN_CACHE": str(tmp_path), "TERM": "dumb"})
    return lambda given, *words: runner.invoke(app, [str(word) for word in words], input=given, prog_name="tsgan")


def test_prices_come_through_stdin(piped, prices, closes):
    done = piped(prices.read_bytes(), "inspect", "-", "--json")
    assert done.exit_code == 0, done.stderr
    assert [asset["asset"] for asset in json.loads(done.stdout)["assets"]] == list(closes)
    parquet = io.BytesIO()
    closes.to_parquet(parquet)
    again = piped(parquet.getvalue(), "inspect", "-", "--json")
    assert json.loads(again.stdout)["assets"] == json.loads(done.stdout)["assets"]
    assert "through stdin" in piped(b"", "inspect", "-").stderr


def test_paths_go_to_stdout(piped, model):
    done = piped(None, "sample", model, "--paths", 3, "--horizon", 4, "--seed", 2, "--layout", "wide", "--out", "-")
    assert done.exit_code == 0, done.stderr
    table = pd.read_csv(io.StringIO(done.stdout), index_col=0)
    expected = tsgan.load_model(model).sample(3, 4, seed=2).prices
    np.testing.assert_allclose(table.to_numpy()[:, 0], expected[0, :, 0], rtol=1e-6)
    assert table.shape == (5, 6)
    refused = piped(None, "sample", model, "--paths", 3, "--horizon", 4, "--out", "-", "--json")
    assert refused.exit_code == 1 and "choose one" in refused.stderr
