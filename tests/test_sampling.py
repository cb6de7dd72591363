"""The verbs that draw: from folders, from histories of every form, piece by piece, to disk."""

from __future__ import annotations

import numpy as np
import pytest

import tsgan
from tsgan import sampling
from tsgan.errors import ConfigError, DataError, ModelError, OutputError, ScenarioError


@pytest.fixture(scope="module")
def garch(fitted):
    return fitted("gjr-garch")


@pytest.fixture(scope="module")
def later(indices):
    return indices.before("2016-06-01")


def test_a_folder_is_as_good_as_a_model(garch, tmp_path):
    garch.save(tmp_path / "m")
    assert np.array_equal(tsgan.sample(tmp_path / "m", 5, 4, seed=2).returns, garch.sample(5, 4, seed=2).returns)
    with pytest.raises(ModelError, match="not a model folder"):
        tsgan.sample(tmp_path / "nothing", 5, 4)


def test_histories_of_every_form(garch, later, tmp_path):
    expected = garch.sample(6, 4, seed=2, history=later)
    frame = later.to_frame()
    frame.to_csv(tmp_path / "prices.csv")
    for history in (frame, tmp_path / "prices.csv", str(tmp_path / "prices.csv"), [frame], [later]):
        paths = tsgan.sample(garch, 6, 4, seed=2, history=history)
        assert np.array_equal(paths.returns, expected.returns) and np.array_equal(paths.dates, expected.dates)
    with pytest.raises(DataError, match="no file"):
        garch.sample(2, 2, history=tmp_path / "nothing.csv")
    with pytest.raises(ModelError, match="empty list"):
        garch.sample(2, 2, history=[])


def test_several_histories_take_turns(garch, indices, later):
    earlier = indices.before("2015-09-01")
    both = garch.sample(6, 4, seed=2, history=[earlier, later.to_frame()])
    alone = [garch.sample(6, 4, seed=2, history=one) for one in (earlier, later)]
    for turn in (0, 1):
        assert np.array_equal(both.returns[turn::2], alone[turn].returns[turn::2])
    assert both.dates[0] == later.dates[-1]


def test_a_history_is_read_in_the_model_s_kinds_and_bounds(tmp_path):
    dates = np.datetime64("2010-01-01") + np.arange(900)
    levels = 20 * np.exp(np.cumsum(0.05 * np.random.default_rng(1).standard_normal(900)) * 0.3)
    panel = tsgan.Panel(dates, ("FEAR",), levels[:, None], ("level",), calendar="weekdays", bounds=((5.0, None),))
    model = tsgan.fit(panel, "gbm")
    paths = model.sample(50, 30, history=panel.to_frame())  # by itself the frame would be read as a price
    assert paths.kinds == ("level",) and (paths.prices > 5.0).all()
    assert np.array_equal(paths.returns, model.sample(50, 30).returns)


def test_chunks_are_the_job(garch, later, monkeypatch):
    whole = garch.sample(700, 3, seed=4, history=later)
    monkeypatch.setattr(sampling, "CHUNK_VALUES", 1)
    seen = []
    chunks = list(tsgan.sample_chunks(garch, 700, 3, seed=4, history=later.to_frame(), progress=seen.append))
    assert [chunk.n_paths for chunk in chunks] == [256, 256, 188]
    assert [chunk.first_path for chunk in chunks] == [0, 256, 512]
    assert np.array_equal(np.concatenate([chunk.returns for chunk in chunks]), whole.returns)
    assert [(report.step, report.total) for report in seen] == [(256, 700), (512, 700), (700, 700)]


@pytest.mark.parametrize("name", ["paths.csv", "paths.parquet", "folder"])
def test_written_scenarios_read_back(garch, tmp_path, name):
    whole = garch.sample(300, 3, seed=4)
    tsgan.write_scenarios(whole, tmp_path / name)
    assert np.array_equal(tsgan.read_scenarios(tmp_path / name).returns, whole.returns)
    tsgan.write_scenarios(tsgan.sample_chunks(garch, 300, 3, seed=5), tmp_path / name, overwrite=True)
    assert np.array_equal(tsgan.read_scenarios(tmp_path / name).returns, garch.sample(300, 3, seed=5).returns)


def test_what_cannot_be_written_is_said_before_the_work(garch, tmp_path):
    def work():
        raise AssertionError("began")
        yield

    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note.txt").write_text("mine")
    for out, layout, error, words in (
        ("paths.xlsx", "long", ScenarioError, "must end in"),
        ("paths.csv", "tall", ScenarioError, "unknown layout"),
        ("folder", "wide", ScenarioError, "long layout"),
        ("full", "long", OutputError, "did not write"),
    ):
        with pytest.raises(error, match=words):
            tsgan.write_scenarios(work(), tmp_path / out, layout=layout)
    assert (tmp_path / "full" / "note.txt").read_text() == "mine"


def test_models_are_what_their_hash_says(garch, fitted, tmp_path):
    garch.save(tmp_path / "m")
    again = tsgan.load_model(tmp_path / "m")
    assert again == garch and len({again, garch, fitted("gbm")}) == 2 and garch != "gjr-garch"
    for words in ("GJRGarch", "gjr-garch", "SPX, IXIC", "1999-01-04 to 2015-12-31", garch.model_hash):
        assert words in repr(garch)


def test_options_reach_the_model(indices):
    panel = indices.before("2004-01-01")
    assert tsgan.fit(panel, "stationary-bootstrap", block_length=20).info.config["block_length"] == 20
    by_name = tsgan.fit(panel, "gbm", progress=print, checkpoint="nowhere")  # meant for models that are trained
    assert tsgan.fit(panel, type(by_name)) == by_name
    with pytest.raises(ConfigError, match="gbm does not take block_length; it takes no options"):
        tsgan.fit(panel, "gbm", block_length=20)
