"""Folders of Parquet files: one table for every reader, blocks of constant size for ours."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.errors import OutputError, ScenarioError
from tsgan.scenarios.blocks import read_blocks, write_blocks
from tsgan.scenarios.scenarios import Scenarios


@pytest.fixture
def paths() -> Scenarios:
    returns = (np.random.default_rng(3).standard_normal((10, 4, 2)) * 0.02).astype(np.float32)
    dates = np.array("2018-12-31", "M8[D]") + np.arange(5)
    weights = np.random.default_rng(4).dirichlet(np.ones(10))
    base = Scenarios(returns, ("SPX", "IXIC"), ("price", "price"), dates, np.array([2506.85, 6635.28]), weights, 5)
    closes = base.prices[:, 1:]
    return replace(
        base, provenance={"model": "gbm"}, bars={"high": closes * 1.01, "volume": np.full(closes.shape, 1e6)}
    )


def pieces(paths: Scenarios, *cuts: int) -> list[Scenarios]:
    """Cut at these paths; the weights stay those of the whole job."""
    edges = (0, *cuts, paths.n_paths)
    return [replace(paths[a:b], weights=paths.weights[a:b]) for a, b in pairwise(edges)]


def test_there_and_back(paths, tmp_path):
    write_blocks(pieces(paths, 1, 8), tmp_path / "p", block=4)
    assert sorted(f.parent.name for f in tmp_path.rglob("*.parquet")) == [f"block=0000{i}" for i in range(1, 4)]
    back = tsgan.read_scenarios(tmp_path / "p")
    assert np.array_equal(back.returns, paths.returns) and back.first_path == 5
    np.testing.assert_allclose(back.weights, paths.weights)
    np.testing.assert_allclose(back.bars["high"], paths.bars["high"], rtol=1e-6)
    assert (back.bars["high"] >= back.prices[:, 1:]).all()
    assert dict(back.provenance) == {"model": "gbm"}
    assert json.loads((tmp_path / "p.manifest.json").read_text())["paths"] == 10


def test_block_by_block(paths, tmp_path):
    write_blocks(iter([paths]), tmp_path / "p", block=4)
    blocks = list(read_blocks(tmp_path / "p"))
    assert [(b.first_path, b.n_paths) for b in blocks] == [(5, 3), (8, 4), (12, 3)]
    assert np.array_equal(np.concatenate([b.returns for b in blocks]), paths.returns)
    np.testing.assert_allclose(np.concatenate([b.weights for b in blocks]), paths.weights)


def test_others_read_it_as_one_table(paths, tmp_path):
    write_blocks([paths], tmp_path / "p", block=3)
    frame = pd.read_parquet(tmp_path / "p")
    assert sorted(frame["scenario"].unique()) == list(range(5, 15)) and len(frame) == 10 * 5 * 2
    assert frame["close"].dtype == np.float32


def test_damage_is_noticed(paths, tmp_path):
    write_blocks([paths], tmp_path / "p", block=4)
    shutil.rmtree(tmp_path / "p" / "block=00002")
    with pytest.raises(ScenarioError, match=r"block=00002/paths.parquet is missing"):
        tsgan.read_scenarios(tmp_path / "p")
    (tmp_path / "p.manifest.json").unlink()
    with pytest.raises(ScenarioError, match="no manifest"):
        next(read_blocks(tmp_path / "p"))
    with pytest.raises(ScenarioError, match="there is no file"):
        next(read_blocks(tmp_path / "elsewhere"))


def test_nothing_else_is_replaced(paths, tmp_path):
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "thesis.tex").write_text("precious")
    with pytest.raises(OutputError, match=r"thesis\.tex, which tsgan did not write"):
        write_blocks([paths], tmp_path / "p")
    with pytest.raises(ScenarioError, match="no paths"):
        write_blocks([], tmp_path / "q")
    with pytest.raises(ScenarioError, match="at least one path"):
        write_blocks([paths], tmp_path / "q", block=0)
    assert [f.name for f in tmp_path.rglob("*") if f.is_file()] == ["thesis.tex"]
    for overwrite in (False, True):
        write_blocks([paths], tmp_path / "r", overwrite=overwrite)
    with pytest.raises(OutputError, match="r exists; give --overwrite"):
        write_blocks([paths], tmp_path / "r")
    assert tsgan.read_scenarios(tmp_path / "r").n_paths == 10
