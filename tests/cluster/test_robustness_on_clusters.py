"""Workers follow strategies along paths as one process does."""

from __future__ import annotations

import numpy as np
import pytest
from one_set import BLOCK

import tsgan
from tsgan.errors import ConfigError, StrategyError
from tsgan.scenarios.blocks import write_blocks

STRATEGY = """
import numpy as np

PART = 0.5


def follow(prices, days=5):
    return np.where(prices[-1] > prices[-days], PART, 0.0)


def fails(prices):
    raise RuntimeError("a fuse has blown")
"""


@pytest.fixture
def folder(gbm, tmp_path):
    write_blocks(tsgan.sample_chunks(gbm, 250, 60, seed=5), tmp_path / "p", BLOCK)
    (tmp_path / "mine.py").write_text(STRATEGY)
    return tmp_path


def test_figures_are_those_of_one_process(folder, indices, processes):
    asked = {"variants": {"days": [3, 9]}, "lookback": 20}
    strategy, prices = f"{folder}/mine.py:follow", indices.before("2016-01-01")
    here = tsgan.robustness(strategy, folder / "p", prices, **asked)
    for source in (folder / "p", f"file://{folder}/p"):
        found = tsgan.robustness(strategy, source, prices, cluster=processes, **asked)
        for one, other in ((found.paths, here.paths), (found.holding, here.holding)):
            for name, values in other._asdict().items():
                assert np.array_equal(getattr(one, name), values), name
        assert found.to_json() == here.to_json()
    without = tsgan.robustness(strategy, f"file://{folder}/p", prices, **asked)
    assert np.array_equal(without.paths.sharpe, here.paths.sharpe)


def test_what_workers_cannot_read_is_said(gbm, folder, indices, threads):
    prices = indices.before("2016-01-01")
    with pytest.raises(ConfigError, match="give a folder, an address or a table"):
        tsgan.robustness("momentum", tsgan.sample_chunks(gbm, 20, 60), prices, cluster=threads)
    with pytest.raises(StrategyError, match="a fuse has blown"):
        tsgan.robustness(f"{folder}/mine.py:fails", folder / "p", prices, cluster=threads, lookback=20)
