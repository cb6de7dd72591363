"""The stranger's engine keeps the contract, and is found by its name."""

from __future__ import annotations

import json
from importlib import metadata

import numpy as np
import pytest
from engine import JSON, read
from typer.testing import CliRunner

import tsgan
from tsgan.cli.main import app
from tsgan.feeds import ENGINES
from tsgan.testing import check_engine
from tsgan.testing.engines import example_paths


def test_it_keeps_the_contract():
    check_engine(JSON(), read)


def test_it_works_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path):
    point = metadata.EntryPoint("json", "engine:JSON", "tsgan.engines")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [point])
    assert ENGINES.plugins() == ("json",)
    example_paths().to_parquet(tmp_path / "paths.parquet")
    words = ["feed", str(tmp_path / "paths.parquet"), "--engine", "json", "--out", str(tmp_path / "feed")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0 and "3 symbols for json" in done.stdout, done.output
    written = tsgan.feed(example_paths(), "json", tmp_path / "again")
    last = json.loads((tmp_path / "feed" / f"{written.symbols[-1]}.json").read_text())
    np.testing.assert_array_equal(last["close"][1:], example_paths().ohlcv(0.01)["close"][2, :, 0])
