"""How outputs come to their places: as one, through links, with their modes, and without what crashes have left."""

from __future__ import annotations

import importlib
import json
import os
import stat
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.errors import CheckpointWarning, OutputError
from tsgan.evaluation.kept import Kept
from tsgan.files import atomic_path, system_error
from tsgan.models.contract import MarketModel
from tsgan.outputs import staging
from tsgan.outputs.temporary import abandoned, temporary_file, temporary_folder
from tsgan.outputs.unfinished import sentences, unfinished
from tsgan.owned import Listing, owned_folder
from tsgan.reports.folder import ReportFolder
from tsgan.sampling import SampledChunks
from tsgan.scenarios.blocks import write_blocks
from tsgan.scenarios.scenarios import Scenarios

PATHS = Scenarios(
    returns=np.random.default_rng(0).normal(0, 0.01, (5, 3, 1)).astype(np.float32),
    assets=("AAA",),
    kinds=("price",),
    dates=np.arange("2020-01-06", "2020-01-10", dtype="datetime64[D]"),
    start_prices=np.array([100.0]),
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and modes")


@pytest.fixture(scope="module")
def gbm() -> MarketModel:
    days = np.busday_offset("2019-01-01", np.arange(400), roll="forward")
    closes = 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, 400)))
    return tsgan.fit(pd.DataFrame({"date": days, "AAA": closes}), "gbm")


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def left_by_a_crash(folder: Path, name: str, process: int = 2**22 + 1) -> Path:
    """A temporary file as a process that is gone has left it."""
    held = temporary_file(folder / name)
    path = held.path.with_name(held.path.name.replace(f"-{os.getpid()}-", f"-{process}-"))
    held.path.rename(path)
    held.release()
    return path


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path):
    (tmp_path / "big").mkdir()
    for name in ("p.csv", "deep"):
        (tmp_path / name).symlink_to(tmp_path / "big" / name)
    for seed in (0, 1):
        PATHS.to_csv(tmp_path / "p.csv", overwrite=True)
        write_blocks([PATHS], tmp_path / "deep", overwrite=bool(seed))
    assert (tmp_path / "p.csv").is_symlink() and (tmp_path / "big" / "p.csv").is_file()
    assert (tmp_path / "deep").is_symlink() and (tmp_path / "big" / "deep").is_dir()
    for name in ("p.csv", "deep"):
        assert np.array_equal(tsgan.read_scenarios(tmp_path / name).returns, PATHS.returns)
    assert not hidden(tmp_path) and not hidden(tmp_path / "big")


def test_modes_and_other_names_stay(gbm, tmp_path):
    PATHS.to_csv(tmp_path / "p.csv")
    gbm.save(tmp_path / "m")
    (tmp_path / "p.csv").chmod(0o640)
    (tmp_path / "m").chmod(0o750)
    (tmp_path / "m" / "model.safetensors").chmod(0o600)
    os.link(tmp_path / "p.csv", tmp_path / "same.csv")
    PATHS[:2].to_csv(tmp_path / "p.csv", overwrite=True)
    gbm.save(tmp_path / "m", overwrite=True)
    mode = lambda name: stat.S_IMODE((tmp_path / name).stat().st_mode)  # noqa: E731
    assert (mode("p.csv"), mode("m"), mode("m/model.safetensors")) == (0o640, 0o750, 0o600)
    assert (tmp_path / "p.csv").samefile(tmp_path / "same.csv")
    assert tsgan.read_scenarios(tmp_path / "p.csv").n_paths == 2


@pytest.mark.parametrize("address", ["s3://bucket/p.csv", "https://example.org/p.csv", "gs://bucket/folder"])
def test_an_address_is_no_folder(gbm, tmp_path, monkeypatch, address):
    monkeypatch.chdir(tmp_path)
    for write in (
        lambda: tsgan.write_scenarios(PATHS, address),
        lambda: gbm.save(address),
        lambda: ReportFolder(address).check(["a.html"]),
    ):
        with pytest.raises(OutputError, match="it is an address"):
            write()
    assert not list(tmp_path.iterdir())


def test_a_later_writing_clears_what_a_crash_left_and_nothing_else(tmp_path):
    gone = left_by_a_crash(tmp_path, "p.csv")
    others = left_by_a_crash(tmp_path, "q.csv"), tmp_path / ".p.csv.notes", tmp_path / ".p.csv.abc12345.csv"
    for other in others[1:]:
        other.write_text("precious")
    elsewhere = left_by_a_crash(tmp_path, "p.csv", process=os.getppid())  # which is at work
    with atomic_path(tmp_path / "p.csv") as ours:
        with atomic_path(tmp_path / "p.csv") as again:
            again.write_text("second")
        assert ours.exists() and not gone.exists()
        ours.write_text("first")
    assert all(other.exists() for other in (*others, elsewhere))


def test_a_lock_tells_who_is_at_work_where_processes_have_other_numbers(tmp_path):
    held = temporary_folder(tmp_path / "m")
    other = held.path.with_name(held.path.name.replace(f"-{os.getpid()}-", f"-{2**22 + 1}-"))
    held.path.rename(other)
    assert [one.path for one in abandoned(tmp_path / "m", folders=True)] == []
    held.release()
    assert [one.path for one in abandoned(tmp_path / "m", folders=True)] == [other]


@pytest.mark.parametrize("exchange", [True, False])
def test_a_folder_that_was_on_its_way_comes_back(gbm, tmp_path, monkeypatch, exchange):
    """Whatever a kill between the two renames of a system without an exchange has left."""
    if not exchange:
        monkeypatch.setattr(staging, "exchanged", lambda one, other: False)
    gbm.save(tmp_path / "m")
    before = tsgan.load_model(tmp_path / "m").model_hash

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    for name in ("flush", "remove"):
        with monkeypatch.context() as patch:
            patch.setattr(staging, name, killed)
            patch.setattr(staging, "discard", lambda stage, *_: stage.held.release())
            with pytest.raises(Killed):
                gbm.save(tmp_path / "m", overwrite=True)
        assert hidden(tmp_path)
        with pytest.raises(OutputError, match="--overwrite"):
            gbm.save(tmp_path / "m")
        assert not hidden(tmp_path)
        assert tsgan.load_model(tmp_path / "m").model_hash == before


def test_reports_take_their_places_together_and_leave_no_stale_ones(tmp_path):
    target = tmp_path / "out"
    first = ReportFolder(target)
    with first.together(["page.html", "a.csv", "b.csv"]) as place:
        for name in ("page.html", "a.csv", "b.csv"):
            (place / name).write_text("one")
    ReportFolder(target).write("other.html", "other")
    with pytest.raises(RuntimeError), ReportFolder(target, overwrite=True).together(["page.html"]) as place:
        (place / "page.html").write_text("two")
        raise RuntimeError
    assert (target / "page.html").read_text() == "one" and not hidden(tmp_path)
    with ReportFolder(target, overwrite=True).together(["page.html", "a.csv"]) as place:
        for name in ("page.html", "a.csv"):
            (place / name).write_text("two")
    left = {path.name: path.read_text() for path in target.iterdir() if path.name != "files.json"}
    assert left == {"page.html": "two", "a.csv": "two", "other.html": "other"}
    (target / "a.csv").write_text("mine")
    with (
        pytest.raises(OutputError, match=r"a\.csv, which"),
        ReportFolder(target, overwrite=True).together(["page.html"]),
    ):
        pass


def test_reports_that_cannot_be_exchanged_are_finished_by_the_next_command(tmp_path, monkeypatch):
    (tmp_path / "notes.txt").write_text("precious")
    names = ["page.html", "a.csv"]
    for text in ("one", "two"):
        folder, done = ReportFolder(tmp_path, overwrite=True), []
        with monkeypatch.context() as patch:
            if text == "two":
                from tsgan.reports import folder as module

                real = module.put

                def put(file, target, done=done, real=real):
                    if done:
                        raise KeyboardInterrupt
                    done.append(target)
                    real(file, target)

                patch.setattr(module, "put", put)
            try:
                with folder.together(names) as place:
                    for name in names:
                        (place / name).write_text(text)
            except KeyboardInterrupt:
                assert {(tmp_path / name).read_text() for name in names} == {"one", "two"}
    with pytest.raises(OutputError, match="--overwrite"):
        ReportFolder(tmp_path).check(names)
    assert {(tmp_path / name).read_text() for name in names} == {"two"}
    assert (tmp_path / "notes.txt").read_text() == "precious" and not hidden(tmp_path)


def test_a_table_whose_manifest_was_still_to_come_reads_as_the_new_pair(tmp_path, monkeypatch):
    PATHS.to_csv(tmp_path / "p.csv")
    left = tmp_path / f".p.csv.manifest.json.abcdef-{2**22 + 1}-01234567.tsgan.json"
    for last in (False, True):
        wanted = PATHS[: 3 + last]
        with monkeypatch.context() as patch:
            from tsgan import files

            real = files.put

            def put(file, target, real=real):
                if target.name.endswith(".manifest.json"):
                    if not left.exists():  # as a kill would leave it
                        os.link(file, left)
                    raise KeyboardInterrupt
                real(file, target)

            patch.setattr(files, "put", put)
            with pytest.raises(KeyboardInterrupt):
                wanted.to_csv(tmp_path / "p.csv", overwrite=True)
        assert np.array_equal(tsgan.read_scenarios(tmp_path / "p.csv").returns, wanted.returns)
        os.utime(left, (0, 0))  # of another host, and long ago
        if last:
            PATHS.to_csv(tmp_path / "p.csv", overwrite=True)
            assert tsgan.read_scenarios(tmp_path / "p.csv").n_paths == 5
        else:
            with pytest.raises(OutputError, match="--overwrite"):
                PATHS.to_csv(tmp_path / "p.csv")
            assert np.array_equal(tsgan.read_scenarios(tmp_path / "p.csv").returns, wanted.returns)
        assert not hidden(tmp_path)


def test_blocks_are_carried_on_and_checked(gbm, tmp_path):
    def chunks(seed: int = 0) -> SampledChunks:
        return tsgan.sample_chunks(gbm, 900, 3, seed=seed)

    drawn: list[int] = []

    class Cut(type(chunks())):
        def since(self, path):
            drawn.append(path)
            for chunk in super().since(path):
                yield chunk[:600]
                raise KeyboardInterrupt

    write_blocks(chunks(), tmp_path / "right", 100)
    one = chunks()
    one.__class__ = Cut
    with pytest.raises(KeyboardInterrupt):
        write_blocks(one, tmp_path / "p", 100)
    assert not (tmp_path / "p").exists() and sentences() == [
        f"what is finished of {tmp_path / 'p'} is kept: the same command carries it on"
    ]
    (job,) = hidden(tmp_path)
    made = sorted((tmp_path / job / "new").glob("block=*/paths.parquet"))
    times = {file.parent.name: file.stat().st_mtime_ns for file in made}
    made[1].write_bytes(b"damaged")
    write_blocks(chunks(), tmp_path / "p", 100)
    assert not hidden(tmp_path)
    for file in (tmp_path / "right").rglob("*.parquet"):
        name = file.relative_to(tmp_path / "right")
        assert (tmp_path / "p" / name).read_bytes() == file.read_bytes()
    assert (tmp_path / "p.manifest.json").read_text() == (tmp_path / "right.manifest.json").read_text()
    assert (tmp_path / "p" / "block=00000" / "paths.parquet").stat().st_mtime_ns == times["block=00000"]


def test_other_settings_begin_anew(gbm, tmp_path):
    with pytest.raises(RuntimeError), unfinished(tmp_path / "p", "sample", {"seed": 1}) as job:
        (job.kept / "part").write_text("part")
        job.finish("step", [job.kept / "part"], {"a": 1})
        raise RuntimeError
    with pytest.raises(RuntimeError), unfinished(tmp_path / "p", "sample", {"seed": 1}) as job:
        assert job.facts("step") == {"a": 1}
        (job.kept / "part").write_text("parts")
        assert job.facts("step") is None
        raise RuntimeError
    with unfinished(tmp_path / "p", "sample", {"seed": 2}) as job:
        assert job.facts("step") is None and len(hidden(tmp_path)) == 1
    assert not hidden(tmp_path)


def test_a_full_disk_is_said_as_such():
    from safetensors import SafetensorError

    assert system_error(SafetensorError("Error while serializing: I/O error: no space (os error 28)")) == 28
    assert system_error(ValueError("os error 28")) is None


def test_a_training_goes_on_without_its_checkpoint(tmp_path, monkeypatch, caplog):
    from tsgan.training import checkpoint

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.warns(CheckpointWarning, match=r"No space left on device.*training goes on"):
        checkpoint.save_or_warn(tmp_path / "state.safetensors", {"a": np.ones(2)}, {})
    assert "training goes on" in caplog.text and not list(tmp_path.iterdir())


def test_a_checkpoint_of_others_is_not_replaced(tmp_path):
    from tsgan.training.checkpoint import save_arrays

    (tmp_path / "notes").write_text("precious")
    config = tsgan.GANConfig(steps=0, warm_steps=10)
    for overwrite in (False, True):
        with pytest.raises(OutputError, match="notes, which tsgan did not write"):
            tsgan.fit("sample:nasdaq", config, checkpoint=tmp_path / "notes", overwrite=overwrite)
    save_arrays(tmp_path / "state", {"a": np.ones(2)}, {})
    with pytest.raises(OutputError, match="resume=True in Python"):
        tsgan.fit("sample:nasdaq", config, checkpoint=tmp_path / "state")


def test_devices_are_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "link.csv").symlink_to("/dev/null")
    for name in ("pipe.csv", "link.csv"):
        with pytest.raises(OutputError, match="no regular file"):
            PATHS.to_csv(tmp_path / name, overwrite=True)
    assert stat.S_ISFIFO((tmp_path / "pipe.csv").stat().st_mode) and not Path(os.devnull).is_file()


def test_the_working_folder_is_a_folder_too(gbm, tmp_path, monkeypatch):
    (tmp_path / "m").mkdir()
    monkeypatch.chdir(tmp_path / "m")
    for text in ("one", "two"):
        with ReportFolder(".", overwrite=True).together(["page.html"]) as place:
            (place / "page.html").write_text(text)
    assert Path("page.html").read_text() == "two" and not hidden(tmp_path)
    with pytest.raises(OutputError, match=r"page\.html, which"):
        gbm.save(".", overwrite=True)


def test_long_names_have_temporary_files_too(tmp_path):
    with atomic_path(tmp_path / ("x" * 240 + ".csv")) as temporary:
        temporary.write_text("a")
    assert [len(path.name) for path in tmp_path.iterdir()] == [244]


def test_where_a_file_system_begins_only_its_content_is_replaced(tmp_path, monkeypatch):
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path).name == "out")
    (tmp_path / "out").mkdir()
    inode = (tmp_path / "out").stat().st_ino
    for text in ("one", "two"):
        with ReportFolder(tmp_path / "out", overwrite=True).together(["page.html"]) as place:
            assert place.is_relative_to(tmp_path / "out")
            (place / "page.html").write_text(text)
    assert (tmp_path / "out").stat().st_ino == inode and (tmp_path / "out" / "page.html").read_text() == "two"
    assert not hidden(tmp_path / "out")
    with (
        pytest.raises(OutputError, match="where a file system begins"),
        owned_folder(tmp_path / "out", lambda _: Listing(), True),
    ):
        pass


def test_a_run_is_carried_on(judged, tmp_path, monkeypatch):
    """Stages that were finished are loaded, not made again; what was damaged is."""
    pipeline = importlib.import_module("tsgan.applications.pipeline.run")
    prices = tmp_path / "prices.csv"
    draw = np.random.default_rng(4)
    days = np.busday_offset("2017-01-02", np.arange(400), roll="forward")
    pd.DataFrame({"date": days, "AAA": 100 * np.exp(np.cumsum(draw.normal(0, 0.01, 400)))}).to_csv(prices, index=False)
    fits: list[str] = []
    real = pipeline.fit

    def fit(panel, *words, **options):
        fits.append(str(panel.dates[-1]))
        return real(panel, *words, **options)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "fit", fit)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "evaluate", interrupted)
        with pytest.raises(KeyboardInterrupt):
            tsgan.run(str(prices), tmp_path / "out", model="gbm", n_paths=20, horizon=3)
    assert not (tmp_path / "out").exists() and len(fits) == 1
    monkeypatch.setattr(pipeline, "evaluate", lambda *_, **__: judged[0])
    said: list[str] = []
    found = tsgan.run(str(prices), tmp_path / "out", model="gbm", n_paths=20, horizon=3, progress=said.append)
    assert len(fits) == 2 and any("done before" in one for one in said)
    assert found.judged == tsgan.load_model(tmp_path / "out" / "model_evaluated")
    assert json.loads((tmp_path / "out" / "run.json").read_text())["finished"] and not hidden(tmp_path)
    assert len(found.facts["stages"]) == 5


def gbm_prices() -> pd.DataFrame:
    days = np.busday_offset("2019-01-01", np.arange(800), roll="forward")
    closes = 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, 800)))
    return pd.DataFrame({"date": days, "AAA": closes})


@pytest.fixture(scope="module")
def judged(gbm, tmp_path_factory) -> tuple[tsgan.Scorecard, Path]:
    """An evaluation, and where its parts are kept."""
    kept = tmp_path_factory.mktemp("kept")
    return tsgan.evaluate(gbm, gbm_prices(), baselines=("iid-bootstrap",), paths=20, draws=200, checkpoint=kept), kept


def test_an_evaluation_finds_its_finished_parts_again(gbm, judged, monkeypatch):
    from tsgan.evaluation import scorecard

    first, kept = judged

    def again(*_: object, **__: object) -> None:
        raise AssertionError("made again")

    for name in ("measure", "measure_real", "calibrate", "log_scores", "fit"):
        monkeypatch.setattr(scorecard, name, again)
    second = tsgan.evaluate(gbm, gbm_prices(), baselines=("iid-bootstrap",), paths=20, draws=200, checkpoint=kept)
    assert second.to_json() == first.to_json()
    one, other = second.evidence, first.evidence
    assert np.array_equal(one.generated, other.generated) and one.calibration.tables == other.calibration.tables
    for name, curves in other.curves.items():
        assert all(np.array_equal(getattr(one.curves[name], field), array) for field, array in vars(curves).items())
    with pytest.raises(AssertionError, match="made again"):
        tsgan.evaluate(gbm, gbm_prices(), baselines=("iid-bootstrap",), paths=21, draws=200, checkpoint=kept)


def test_parts_of_other_evaluations_go_and_files_of_others_stay(gbm, tmp_path):
    """A folder for parts may be any folder of the user's, whatever the folders in it are called."""
    (tmp_path / "experiments_2024").mkdir()  # of 16 letters
    (tmp_path / "experiments_2024" / "notes.txt").write_text("precious")
    for seed in (1, 2):
        parts = Kept(tmp_path, {"seed": seed})
        assert parts.part("judged", lambda seed=seed: (seed, np.arange(3.0)))[0] == seed
        parts.model("gbm", lambda: gbm)
        assert len(list(tmp_path.glob("evaluation-*/models/gbm/model.json"))) == 1
    assert sorted(path.name[:11] for path in tmp_path.iterdir()) == ["evaluation-", "experiments"]
    (parts_of,) = tmp_path.glob("evaluation-*")
    (parts_of / "mine.safetensors").write_bytes(b"precious")
    (parts_of / "models" / "gbm" / "notes.txt").write_text("precious")
    Kept(tmp_path, {"seed": 3})
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"notes.txt", "mine.safetensors"}
    assert all(path.read_text() == "precious" for path in tmp_path.rglob("*") if path.is_file())
