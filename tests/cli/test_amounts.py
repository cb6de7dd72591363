"""Long jobs are told before they begin, and those that nobody can have meant are refused."""

from __future__ import annotations

import shutil
from collections import namedtuple

import pytest

import tsgan
from tsgan.cli import amounts
from tsgan.errors import ConfigError, DataError, ModelError

Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize("out", ["p.csv", "p.parquet", "p"])
def test_what_the_disk_cannot_hold_is_refused_first(cli, model, tmp_path, out):
    done = cli("sample", model, "--paths", 99_999_999_999, "--horizon", 252, "--out", tmp_path / out)
    told = " ".join(done.stderr.split())
    assert done.exit_code == 1 and "hours and" in told and "GB that are free" in told and "fewer --paths" in told
    assert list(tmp_path.iterdir()) == []


def test_a_long_job_wants_a_word(cli, model, tmp_path, monkeypatch):
    monkeypatch.setattr(amounts, "LARGE", 1000)
    monkeypatch.setattr(amounts, "HOURS", 0.0)
    job = ("sample", model, "--paths", 300, "--horizon", 5, "--out", tmp_path / "p.csv")
    done = cli(*job)
    assert done.exit_code == 1 and "--yes says that it is meant" in " ".join(done.stderr.split())
    assert not (tmp_path / "p.csv").exists()
    done = cli(*job, "--yes")
    assert done.exit_code == 0 and tsgan.read_scenarios(tmp_path / "p.csv").n_paths == 300


def test_the_estimate_is_of_the_right_size(cli, model, tmp_path, monkeypatch):
    fitted = tsgan.load_model(model)
    found = amounts.estimated(fitted, None, 3000, 20, tmp_path / "p.parquet", "long")
    fitted.sample(3000, 20).to_parquet(tmp_path / "p.parquet")
    assert 0.5 < found.size / (tmp_path / "p.parquet").stat().st_size < 2 and found.hours < 0.1
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10, 9, 1))
    monkeypatch.setattr(amounts, "LARGE", 1000)
    done = cli("sample", model, "--paths", 3000, "--horizon", 20, "--out", tmp_path / "q.parquet", "--yes")
    assert done.exit_code == 1 and "a larger disk" in done.stderr


@pytest.mark.parametrize("paths", [2**32 + 1, 10**30, 0, -1, 1.5, float("nan"), float("inf"), "3"])
def test_numbers_of_paths_that_none_can_be(model, paths):
    with pytest.raises(ModelError, match="paths must be"):
        tsgan.load_model(model).sample(paths, 5)


def test_more_than_the_memory_holds(model):
    fitted = tsgan.load_model(model)
    with pytest.raises(ConfigError, match=r"GB of memory, and this machine has .*sample_chunks"):
        fitted.sample(2**32, 252)
    with pytest.raises(ModelError, match=r"paths are numbered from 0 to 4,294,967,295"):
        fitted.sample(10, 5, first_path=2**32 - 5)
    assert fitted.sample(10, 5, first_path=2**32 - 10).n_paths == 10


def test_more_days_than_calendars_have(model):
    fitted = tsgan.load_model(model)
    with pytest.raises(ModelError, match="horizon must be at most 100,000"):
        fitted.sample(1, 10**11)
    with pytest.raises(DataError, match="end beyond the year 2199"):
        fitted.sample(1, 100_000)
