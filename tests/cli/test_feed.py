"""``tsgan feed``: from a file or a folder of scenarios, and what it says where it cannot."""

import json

import pytest


@pytest.fixture(scope="module")
def scenarios(cli, model, tmp_path_factory):
    place = tmp_path_factory.mktemp("scenarios")
    for name in ("paths.parquet", "folder"):
        sample = cli("sample", model, "--paths", 4, "--horizon", 15, "--out", place / name)
        assert sample.exit_code == 0, sample.stderr
    return place


def test_file_and_folder_give_the_same_feed(cli, scenarios, tmp_path):
    for source in ("paths.parquet", "folder"):
        done = cli("feed", scenarios / source, "--engine", "backtesting", "--out", tmp_path / source, "--json")
        assert json.loads(done.stdout)["symbols"] == 8, done.stderr
    for file in (tmp_path / "folder").iterdir():
        assert file.read_bytes() == (tmp_path / "paths.parquet" / file.name).read_bytes()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"--engine": "metatrader"}, ["metatrader", "backtesting"]),
        ({"--tick": "-1"}, ["tick", "positive"]),
        ({"--symbol-prefix": "a b"}, ["prefix", "letters"]),
    ],
)
def test_bad_options(cli, scenarios, tmp_path, change, words):
    options = {"--engine": "bt", "--out": tmp_path / "feed"} | change
    done = cli("feed", scenarios / "paths.parquet", *(word for pair in options.items() for word in pair))
    assert done.exit_code == 1 and all(word in done.stderr for word in words), done.stderr
    assert not list(tmp_path.iterdir())


def test_sources_that_are_no_scenarios(cli, prices, tmp_path):
    for source, words in ((prices, "not a table of scenarios"), (tmp_path / "none.csv", "no file")):
        done = cli("feed", source, "--engine", "bt", "--out", tmp_path / "feed")
        assert done.exit_code == 1 and words in done.stderr, done.stderr
    done = cli("feed", tmp_path, "--engine", "bt", "--out", tmp_path / "feed")
    assert done.exit_code == 1 and "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_an_existing_folder_stays(cli, scenarios, tmp_path):
    (tmp_path / "notes.txt").write_text("precious")
    for options in ([], ["--overwrite"]):
        done = cli("feed", scenarios / "paths.parquet", "--engine", "bt", "--out", tmp_path, *options)
        assert done.exit_code == 1 and "notes.txt, which tsgan did not write" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
