"""Nothing is deleted that tsgan did not write, and nothing is replaced unasked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.errors import OutputError
from tsgan.evaluation.card import replace_card
from tsgan.models.contract import MarketModel
from tsgan.owned import Listing, is_whole, owned_folder, sealed
from tsgan.reports.folder import ReportFolder
from tsgan.scenarios.blocks import write_blocks
from tsgan.scenarios.scenarios import Scenarios

PATHS = Scenarios(
    returns=np.random.default_rng(0).normal(0, 0.01, (5, 3, 1)).astype(np.float32),
    assets=("AAA",),
    kinds=("price",),
    dates=np.arange("2020-01-06", "2020-01-10", dtype="datetime64[D]"),
    start_prices=np.array([100.0]),
)


@pytest.fixture(scope="module")
def gbm() -> MarketModel:
    days = np.busday_offset("2019-01-01", np.arange(400), roll="forward")
    closes = 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, 400)))
    frame = pd.DataFrame({"date": days, "AAA": closes})
    return tsgan.fit(frame, "gbm")


@pytest.fixture(params=["model", "blocks", "feed"])
def write(request, gbm) -> Callable[..., None]:
    """Write a folder of each kind."""

    def feed(folder: Path, overwrite: bool = False) -> None:
        tsgan.feed(PATHS, "backtesting", folder, overwrite=overwrite)

    def blocks(folder: Path, overwrite: bool = False) -> None:
        write_blocks([PATHS], folder, block=2, overwrite=overwrite)

    def model(folder: Path, overwrite: bool = False) -> None:
        gbm.save(folder, overwrite=overwrite)

    return {"feed": feed, "blocks": blocks, "model": model}[request.param]


def content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_folder_is_replaced_when_asked(write, tmp_path):
    write(tmp_path / "a")
    before = content(tmp_path)
    with pytest.raises(OutputError, match="a exists; give --overwrite"):
        write(tmp_path / "a")
    assert content(tmp_path) == before
    write(tmp_path / "a", overwrite=True)
    assert content(tmp_path) == before


@pytest.mark.parametrize("name", ["notes.txt", ".hidden", "deep/er/notes.txt", "empty/"])
def test_what_others_put_there_stops_it_by_name(write, tmp_path, name):
    write(tmp_path / "a")
    place = tmp_path / "a" / name
    if name.endswith("/"):
        place.mkdir()
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("precious")
    before = content(tmp_path)
    for overwrite in (False, True):
        with pytest.raises(OutputError, match=name.rstrip("/").replace(".", r"\.") + ", which tsgan did not write"):
            write(tmp_path / "a", overwrite=overwrite)
    assert content(tmp_path) == before and place.exists()


def test_a_link_is_not_a_file_of_ours(write, tmp_path):
    write(tmp_path / "a")
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "notes.txt").write_text("precious")
    (tmp_path / "a" / "link").symlink_to(tmp_path / "precious", target_is_directory=True)
    with pytest.raises(OutputError, match="link, which tsgan did not write"):
        write(tmp_path / "a", overwrite=True)
    assert (tmp_path / "precious" / "notes.txt").read_text() == "precious"


def test_every_file_that_was_changed_stops_it_by_name(write, tmp_path):
    write(tmp_path / "a")
    for file in sorted(path for path in (tmp_path / "a").rglob("*") if path.is_file()):
        kept = file.read_bytes()
        file.write_bytes(kept.replace(b"A", b"B") if file.suffix == ".json" else kept + b"my notes")
        with pytest.raises(OutputError, match="which tsgan did not write or which changed since"):
            write(tmp_path / "a", overwrite=True)
        assert file.exists()
        file.write_bytes(kept)
    write(tmp_path / "a", overwrite=True)


def test_a_folder_of_the_same_file_name_is_not_a_model(gbm, tmp_path):
    theirs = tmp_path / "tfjs"
    theirs.mkdir()
    for name, text in (("model.json", '{"format": "layers-model"}'), ("weights.bin", "w"), ("notes.md", "n")):
        (theirs / name).write_text(text)
    before = content(theirs)
    with pytest.raises(OutputError, match=r"model\.json, notes\.md, weights\.bin, which tsgan did not write"):
        gbm.save(theirs, overwrite=True)
    assert content(theirs) == before


def test_a_file_that_comes_while_we_write_is_put_back(tmp_path):
    for overwrite in (False, True):
        target = tmp_path / f"late{overwrite}"
        with (
            pytest.raises(OutputError, match=r"late\.txt, which"),
            owned_folder(target, lambda _: Listing(), overwrite) as temporary,
        ):
            (temporary / "new").write_text("new")
            target.mkdir()
            (target / "late.txt").write_text("precious")
        assert content(target) == {"late.txt": b"precious"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lateFalse", "lateTrue"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_tables_are_replaced_when_asked_and_the_manifest_of_others_never(tmp_path, suffix):
    def to(overwrite: bool) -> None:
        tsgan.write_scenarios(PATHS, tmp_path / f"p.{suffix}", overwrite=overwrite)

    to(False)
    with pytest.raises(OutputError, match="--overwrite"):
        to(False)
    to(True)
    manifest = tmp_path / f"p.{suffix}.manifest.json"
    for theirs in ('{"name": "web app"}', manifest.read_text().replace("AAA", "BBB"), "[]", ""):
        manifest.write_text(theirs)
        with pytest.raises(OutputError, match=r"manifest\.json, which tsgan did not write"):
            to(True)
        assert manifest.read_text() == theirs


def test_reports_share_a_folder_with_files_of_others(tmp_path):
    folder = ReportFolder(tmp_path)
    (tmp_path / "notes.txt").write_text("precious")
    folder.write("a.html", "one")
    with pytest.raises(OutputError, match=r"a\.html exists; give --overwrite"):
        folder.write("a.html", "two")
    again = ReportFolder(tmp_path, overwrite=True)
    again.write("a.html", "two")
    again.write("b.html", "one")
    (tmp_path / "a.html").write_text("one")  # what a crash before the last step leaves is still ours
    again.write("a.html", "three")
    for name in ("notes.txt", "b.html"):
        (tmp_path / name).write_text("mine")
        with pytest.raises(OutputError, match=f"{name}, which tsgan did not write"):
            again.write(name, "theirs")
        assert (tmp_path / name).read_text() == "mine"
    (tmp_path / "files.json").write_text("{}")
    with pytest.raises(OutputError, match=r"files\.json, which"):
        again.write("a.html", "four")


def test_results_are_not_written_over_unasked(gbm, tmp_path):
    test = tsgan.stress(gbm, n_paths=50, horizon=5)
    test.save(tmp_path / "out", paths=True)
    with pytest.raises(OutputError, match="--overwrite"):
        test.save(tmp_path / "out", paths=True)
    test.save(tmp_path / "out", paths=True, overwrite=True)
    assert (tmp_path / "out" / "paths.parquet.manifest.json").exists()
    (tmp_path / "out" / "notes.txt").write_text("precious")
    test.save(tmp_path / "out", overwrite=True)  # nothing of the test before stays, and what is not of it does
    assert not list((tmp_path / "out").glob("paths*")) and (tmp_path / "out" / "notes.txt").exists()
    for write in (test.to_json, test.to_html):
        write(tmp_path / "file")
        with pytest.raises(OutputError, match="overwrite=True"):
            write(tmp_path / "file")
        write(tmp_path / "file", overwrite=True)
        (tmp_path / "file").unlink()


def test_a_card_with_notes_of_somebody_stays(gbm, tmp_path):
    gbm.save(tmp_path / "m")
    replace_card("judged", tmp_path / "m")
    gbm.save(tmp_path / "m", overwrite=True)
    (tmp_path / "m" / "MODEL_CARD.md").write_text("my notes")
    with pytest.raises(OutputError, match=r"MODEL_CARD\.md, which"):
        replace_card("judged again", tmp_path / "m")
    assert (tmp_path / "m" / "MODEL_CARD.md").read_text() == "my notes"


def test_models_of_earlier_formats_are_replaced_without_hashes(gbm, tmp_path):
    gbm.save(tmp_path / "m")
    file = tmp_path / "m" / "model.json"
    document = json.loads(file.read_text())
    for name in ("files", "sha256"):
        del document[name]
    file.write_text(json.dumps(document | {"format_version": 4}))
    assert tsgan.load_model(tmp_path / "m").info == gbm.info
    (tmp_path / "m" / "notes.txt").write_text("precious")
    with pytest.raises(OutputError, match=r"notes\.txt, which"):
        gbm.save(tmp_path / "m", overwrite=True)
    (tmp_path / "m" / "notes.txt").unlink()
    gbm.save(tmp_path / "m", overwrite=True)


def test_a_sealed_document_tells_every_change():
    document = sealed({"a": 1, "b": [1, {"c": None}], "d": "text"})
    assert is_whole(json.loads(json.dumps(document)))
    for changed in ({"a": 2}, {"a": True}, {"b": [1, {"c": 0}]}, {"d": "texts"}, {"e": 1}, {"sha256": "0"}):
        assert not is_whole(document | changed)
