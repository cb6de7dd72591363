"""``tsgan.run``: the whole story as one verb."""

from __future__ import annotations

import json
import logging

import pytest

import tsgan
from tsgan.errors import ConfigError, OutputError
from tsgan.training.progress import Progress


class Heard(logging.Handler):
    """What was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@pytest.fixture(scope="module")
def done(indices, tmp_path_factory):
    """A run, what it said and what it logged, and its prices."""
    out, heard, logger = tmp_path_factory.mktemp("run"), Heard(), logging.getLogger("tsgan")
    said: list[str | Progress] = []
    panel = indices.through("2006-01-01")
    before = logger.level
    logger.addHandler(heard)
    logger.setLevel(logging.INFO)
    try:
        found = tsgan.run(panel, out, model="gbm", n_paths=30, horizon=10, progress=said.append)
    finally:
        logger.removeHandler(heard)
        logger.setLevel(before)
    return found, said, heard.messages, panel


def test_a_run_is_a_result(done):
    found, said, logged, panel = done
    assert (
        said[0] == "load prices"
        and "fit again on all dates" in said
        and set(said) & set(logged) >= {"load prices", "fit again on all dates"}
    )
    assert found.model.info.train_end == str(panel.dates[-1]) > found.judged.info.train_end
    document = json.loads(found.to_json())
    assert document == json.loads((found.out / "run.json").read_text()) and document["finished"]
    assert all((found.out / name).exists() for name in document["files"])
    assert list(found.to_frame("stages")["stage"]) == [stage["stage"] for stage in document["stages"]]
    assert found.to_frame().equals(found.scorecard.to_frame())
    with pytest.raises(ConfigError, match="scores or stages"):
        found.to_frame("files")
    assert found.to_html() == (found.out / "report.html").read_text()
    assert found.scorecard.verdict[0] in found.summary() and "report.html" in found.summary()
    assert tsgan.load_model(found.out / "model") == found.model
    assert tsgan.read_scenarios(found.out / "scenarios.parquet").n_paths == 30


def test_what_cannot_be_done_is_said_first(indices, tmp_path):
    with pytest.raises(ConfigError, match="no model called 'garch'"):
        tsgan.run(indices, tmp_path / "out", model="garch")
    (tmp_path / "report.html").write_text("mine")
    with pytest.raises(OutputError, match=r"report\.html, which tsgan did not write"):
        tsgan.run(indices, tmp_path, model="gbm")
    assert (tmp_path / "report.html").read_text() == "mine"
