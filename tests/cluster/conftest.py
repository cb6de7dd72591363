"""Clusters of dask.distributed on this machine: processes that can be killed, and threads for what needs none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from one_set import BLOCK, DAYS, PATHS, contents

import tsgan
from tsgan.models.contract import MarketModel
from tsgan.outputs.unfinished import forget
from tsgan.scenarios.blocks import write_blocks


@pytest.fixture(scope="session")
def gbm(fitted) -> MarketModel:
    return fitted("gbm")


@pytest.fixture(scope="session")
def one_machine(gbm, tmp_path_factory) -> dict[Path, bytes]:
    """The set that one machine writes: name -> content."""
    folder = tmp_path_factory.mktemp("one")
    write_blocks(tsgan.sample_chunks(gbm, PATHS, DAYS, seed=3), folder / "p", BLOCK)
    return contents(folder)


@pytest.fixture(autouse=True)
def told() -> Iterator[None]:
    """What a test leaves to be carried on is none of the next one's business."""
    yield
    forget()


@pytest.fixture(scope="session")
def distributed() -> Any:
    return pytest.importorskip("distributed", reason="dask.distributed, of the cluster extra, is not installed")


@pytest.fixture(scope="session")
def processes(distributed) -> Iterator[Any]:
    """A client of a cluster of two processes."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def threads(distributed) -> Iterator[Any]:
    """A client of a cluster within this process."""
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address="127.0.0.1:0", silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client
