"""A set of paths drawn by a cluster is the set of one machine, whatever happens to its workers on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from one_set import BLOCK, DAYS, PARTS, PATHS, contents, plain

import tsgan
from tsgan.cluster import connection
from tsgan.cluster.drawing import packed, unpacked
from tsgan.errors import ClusterError, ConfigError, OutputError
from tsgan.outputs.unfinished import sentences


def draw(model: Any, out: Any, cluster: Any, **options: Any) -> None:
    tsgan.sample_on_cluster(model, PATHS, DAYS, out, cluster=cluster, **{"seed": 3, "block": BLOCK, **options})


class Told(list):
    """Steps as they are told; calls ``then`` once, after the first."""

    def __init__(self, then=None) -> None:
        self.then = then

    def __call__(self, progress) -> None:
        self.append(progress.step)
        if self.then is not None and len(self) == 1:
            self.then()


def test_the_set_is_that_of_one_machine(gbm, one_machine, processes, tmp_path):
    told = Told()
    draw(gbm, tmp_path / "p", processes, progress=told)
    assert contents(tmp_path) == one_machine
    assert len(told) == PARTS and told[-1] == PATHS
    with pytest.raises(OutputError, match="p exists; give --overwrite"):
        draw(gbm, tmp_path / "p", processes)
    draw(gbm, tmp_path / "p", processes, overwrite=True)
    assert contents(tmp_path) == one_machine


def test_a_worker_is_killed_half_way(gbm, one_machine, processes, tmp_path):
    killed: list[int] = []

    def kill() -> None:
        process = next(iter(processes.run(os.getpid).values()))
        killed.append(process)
        os.kill(process, signal.SIGKILL)

    draw(gbm, tmp_path / "p", processes, progress=Told(kill))
    assert contents(tmp_path) == one_machine
    assert killed and killed[0] not in processes.run(os.getpid).values()


@pytest.fixture
def scheduler(distributed, tmp_path) -> Iterator[tuple[subprocess.Popen, str]]:
    """A scheduler in a process of its own, with a worker in another: its process and address."""
    file = tmp_path / "scheduler.json"
    words = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    processes = [started(*words)]
    try:
        address = None
        while address is None:
            assert processes[0].poll() is None
            with suppress(FileNotFoundError, ValueError):  # not there yet, or the half of it
                address = json.loads(file.read_text())["address"]
        processes.append(started("worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny"))
        yield processes[0], address
    finally:
        for process in processes:
            process.kill()
            process.wait()


def started(*words: str) -> subprocess.Popen:
    """A command of dask's."""
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-m", "dask", *words], **quiet)


def test_a_scheduler_goes_away(gbm, one_machine, scheduler, processes, tmp_path, capfd):
    process, address = scheduler
    out = tmp_path / "out" / "p"
    with pytest.raises(ClusterError, match=rf"the scheduler has gone away; [1-9]\d* of {PARTS} parts of .*out/p are"):
        draw(gbm, out, address, progress=Told(process.kill))
    assert not out.exists() and not out.with_name("p.manifest.json").exists()
    assert f"what is finished of {out} is kept: the same command carries it on" in sentences()
    (job,) = out.parent.glob(".*.tsgan")
    times = {file.parent.name: file.stat().st_mtime_ns for file in job.glob("new/block=*/paths.parquet")}
    noted = {file.stem for file in (job / "kept").glob("*.json")}
    damaged = sorted(noted)[0]
    (job / "new" / damaged / "paths.parquet").write_bytes(b"damaged")
    draw(gbm, out, processes)
    assert contents(out.parent) == one_machine
    for name in noted - {damaged}:
        assert (out / name / "paths.parquet").stat().st_mtime_ns == times[name]  # kept, and not drawn again


def test_no_scheduler_and_no_workers(gbm, distributed, tmp_path, monkeypatch):
    monkeypatch.setattr(connection, "PATIENCE", 1.0)
    with pytest.raises(ClusterError, match=r"no scheduler answers at tcp://127.0.0.1:9 .*dask scheduler"):
        draw(gbm, tmp_path / "p", "tcp://127.0.0.1:9")
    with pytest.raises(ConfigError, match="give local, or the address of a scheduler"):
        draw(gbm, tmp_path / "p", "here")
    with (
        distributed.LocalCluster(
            n_workers=0, processes=False, dashboard_address="127.0.0.1:0", silence_logs=50
        ) as empty,
        pytest.raises(ClusterError, match=r"has no workers; start some with 'dask worker"),
    ):
        draw(gbm, tmp_path / "p", empty.scheduler_address)
    assert not list(tmp_path.iterdir())


def test_without_the_extra_it_is_named(gbm, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match=r"pip install 'tsgan\[cluster\]'"):
        draw(gbm, tmp_path / "p", "local")
    for name in [name for name in sys.modules if name.split(".")[0] == "fsspec"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(ConfigError, match=r"s3://bucket/p needs fsspec; .*tsgan\[cluster\]"):
        draw(gbm, "s3://bucket/p", "local")


def test_nothing_of_it_is_imported_unasked():
    code = "import sys, tsgan.cli.main, tsgan.sampling; assert not {'distributed', 'dask', 'fsspec'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_addresses(gbm, one_machine, processes, tmp_path):
    url = f"file://{tmp_path}/p"

    class Stop(Exception):
        pass

    def stop() -> None:
        raise Stop

    with pytest.raises(Stop):
        draw(gbm, url, processes, progress=Told(stop))
    assert not (tmp_path / "p.manifest.json").exists()  # without which it is not finished
    first = {file: file.stat().st_mtime_ns for file in tmp_path.glob("p/block=*/paths.parquet")}
    assert first
    with pytest.raises(OutputError, match="unfinished set of other options, versions or machines; give --overwrite"):
        draw(gbm, url, processes, seed=4)
    draw(gbm, url, processes)
    assert contents(tmp_path) == one_machine
    noted = [file for file, time in first.items() if file.stat().st_mtime_ns == time]
    assert noted  # kept
    with pytest.raises(OutputError, match=f"^{url} exists; give --overwrite"):
        draw(gbm, url, processes)
    draw(gbm, url, processes, overwrite=True, block=1000, seed=4)
    assert len(list(tmp_path.rglob("*.parquet"))) == 3
    drawn = tsgan.read_scenarios(tmp_path / "p")
    assert (drawn.returns == gbm.sample(PATHS, DAYS, seed=4).returns).all()
    (tmp_path / "p" / "thesis.tex").write_text("precious")
    with pytest.raises(OutputError, match=r"thesis\.tex, which tsgan did not write"):
        draw(gbm, url, processes, overwrite=True)
    with pytest.raises(ConfigError, match="nowhere://x cannot be reached"):
        draw(gbm, "nowhere://x", processes)


def test_a_store_of_objects(gbm, one_machine, threads):
    import fsspec

    store = fsspec.filesystem("memory")
    draw(gbm, "memory://bucket/p", threads)
    found = {Path(name).relative_to("/bucket"): plain(store.cat_file(name)) for name in store.find("/bucket")}
    assert found == one_machine
    store.rm("/bucket", recursive=True)


def test_machines_that_differ_are_named(gbm, threads, tmp_path, monkeypatch):
    from tsgan.cluster import drawing

    true = drawing.origin()
    monkeypatch.setattr(drawing, "origin", lambda: {**true, "versions": {**true["versions"], "jax": "0.0.1"}})
    with pytest.raises(ClusterError, match=r"machines of the cluster differ: .* has jax '0.0.1', not"):
        draw(gbm, tmp_path / "p", threads)


def test_errors_of_workers_are_errors_here(gbm, threads, tmp_path, monkeypatch):
    from tsgan.cluster import drawing

    def broken(*_: object) -> None:
        raise RuntimeError("a fuse has blown")

    monkeypatch.setattr(drawing, "write_block", broken)
    with pytest.raises(ClusterError, match=r"part \d+ failed on its worker \(RuntimeError: a fuse has blown\)"):
        draw(gbm, tmp_path / "p", threads)


def test_a_folder_that_workers_do_not_see(tmp_path):
    from tsgan.scenarios import places

    folder = places.SharedFolder(tmp_path / "elsewhere", tmp_path)
    with pytest.raises(ClusterError, match=r"does not see .*elsewhere; choose an --out on a file system"):
        folder.put("x", lambda file: None)


@pytest.mark.parametrize("name", ["gjr-garch", "stationary-bootstrap"])
def test_models_travel(fitted, name):
    assert unpacked(packed(fitted(name)), fitted(name).model_hash) == fitted(name)
    with pytest.raises(ClusterError, match=r"reads the model .* as "):
        unpacked(packed(fitted(name)), "0123")
