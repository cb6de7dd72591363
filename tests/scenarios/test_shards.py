"""Shards: every machine draws its range, and together they are the set that one machine draws."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import tsgan
from tsgan.errors import ConfigError, OutputError, ScenarioError
from tsgan.models.contract import MarketModel
from tsgan.outputs.unfinished import forget
from tsgan.owned import sealed
from tsgan.scenarios import blocks, merging
from tsgan.scenarios.blocks import write_blocks
from tsgan.scenarios.shards import Shard

PATHS, DAYS, OF = 1100, 4, 3


@pytest.fixture(scope="module")
def gbm(fitted) -> MarketModel:
    return fitted("gbm")


def draw(model: MarketModel, out: Path, shard: str | None = None, **options) -> None:
    tsgan.write_scenarios(tsgan.sample_chunks(model, PATHS, DAYS, seed=3, shard=shard, **options), out)


def contents(folder: Path) -> dict[Path, bytes]:
    return {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture(scope="module", params=["", ".parquet", ".csv"], ids=["folders", "parquet", "csv"])
def shards(request, gbm, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("shards")
    for number in range(1, OF + 1):
        draw(gbm, folder / f"{number}{request.param}", f"{number}/{OF}")
    (folder / "slurm-17.out").write_text("what else lies there")
    return folder


@pytest.mark.parametrize("name", ["set", "set.parquet", "set.csv"])
def test_merged_shards_are_the_set_of_one_machine(gbm, shards, tmp_path, name):
    for place in (tmp_path / "one", tmp_path / "merged"):
        place.mkdir()
    draw(gbm, tmp_path / "one" / name)
    assert tsgan.merge_scenarios(shards, tmp_path / "merged" / name) == PATHS
    one, merged = (
        {
            file.relative_to(tmp_path / place): file.read_bytes()
            for file in (tmp_path / place).rglob("*")
            if file.is_file()
        }
        for place in ("one", "merged")
    )
    assert one == merged  # tables, blocks and manifests, byte for byte


def test_a_shard_is_a_set_by_itself(gbm, tmp_path):
    whole = gbm.sample(PATHS, DAYS, seed=3)
    begin = 0
    for number in range(1, OF + 1):
        chunks = tsgan.sample_chunks(gbm, PATHS, DAYS, seed=3, shard=f"{number}/{OF}")
        assert chunks.first_path == begin
        returns = np.concatenate([chunk.returns for chunk in chunks])
        assert np.array_equal(returns, whole.returns[begin : begin + chunks.n_paths])
        begin += chunks.n_paths
    assert begin == PATHS


def test_files_that_are_whole_blocks_are_copied(gbm, tmp_path, monkeypatch):
    for module in (blocks, merging):
        monkeypatch.setattr(module, "BLOCK_PATHS", 100)
    for number in (1, 2):
        chunks = tsgan.sample_chunks(gbm, 1000, DAYS, shard=(number, 2))
        write_blocks(chunks, tmp_path / "shards" / str(number), 100)
    read: list[Path] = []
    monkeypatch.setattr(merging, "read_blocks", lambda place: read.append(place) or blocks.read_blocks(place))

    class Cut(merging.Merged):
        def put_block(self, number, block, file):
            if number == 6:
                raise KeyboardInterrupt
            return super().put_block(number, block, file)

    parts = merging.shards_of([tmp_path / "shards"])
    with pytest.raises(KeyboardInterrupt):
        write_blocks(Cut(parts), tmp_path / "merged" / "p", 100)
    forget()
    copied: list[tuple[int, int]] = []
    write_blocks(merging.Merged(parts, lambda *done: copied.append(done)), tmp_path / "merged" / "p", 100)
    assert len(read) == 2  # of ten blocks one is cut by the shards, and read from both
    assert len(copied) == 4 + 3  # 6 to 9 are copied; number 5 comes in two pieces, and one is read ahead
    write_blocks(tsgan.sample_chunks(gbm, 1000, DAYS), tmp_path / "one" / "p", 100)
    assert contents(tmp_path / "merged") == contents(tmp_path / "one")


@pytest.mark.parametrize("paths, of, units, sizes", [
    (30_000, 3, (10_000, 256), [10_000] * 3),
    (35_000, 3, (10_000, 256), [10_000, 10_000, 15_000]),
    (1000, 3, (10_000, 256), [256, 256, 488]),
    (7, 3, (10_000, 256), [2, 2, 3]),
    (3, 3, (10_000, 256), [1, 1, 1]),
])  # fmt: skip
def test_shards_cover_the_set_and_end_where_files_do(paths, of, units, sizes):
    spans = [Shard(number, of).span(paths, units) for number in range(1, of + 1)]
    assert [stop - first for first, stop in spans] == sizes
    assert spans[0][0] == 0 and spans[-1][1] == paths
    assert all(one[1] == other[0] for one, other in pairwise(spans))


def test_what_is_no_shard_is_said(gbm):
    for shard, words in (
        ("0/3", "no shard 0 of 3"),
        ("4/3", "from 1 to 3"),
        ("third", "write it as 3/64"),
        ((1,), "3/64"),
    ):
        with pytest.raises(ConfigError, match=words):
            tsgan.sample_chunks(gbm, PATHS, DAYS, shard=shard)
    with pytest.raises(ConfigError, match="2 paths are too few for 3 shards"):
        tsgan.sample_chunks(gbm, 2, DAYS, shard="1/3")


@pytest.fixture
def two(gbm, tmp_path) -> Path:
    folder = tmp_path / "two"
    for number in (1, 2):
        draw(gbm, folder / str(number), f"{number}/2")
    return folder


def refused(words: str, *places: Path, out: Path | None = None, **options) -> None:
    out = out or places[0].parent / "merged"
    with pytest.raises(ScenarioError, match=words):
        tsgan.merge_scenarios(places, out, **options)
    assert not out.exists() and not out.with_name(f"{out.name}.manifest.json").exists()


def test_missing_doubled_and_strange_shards(gbm, fitted, two, tmp_path):
    draw(gbm, tmp_path / "again", "1/2")
    refused("1 of 2 shards missing: 2; draw it with the same command and --shard 2/2", two / "1")
    refused(r"shard 1/2 is there twice: .*two/1 and .*again", two, tmp_path / "again")
    draw(gbm, tmp_path / "whole")
    refused("whole is no shard but a set of its own", two, tmp_path / "whole")
    refused("there is no shard .*nowhere; draw it with", tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    refused("empty holds no shards", tmp_path / "empty")
    draw(gbm, tmp_path / "third", "3/3")
    refused("third is not of the set that .*two/1 is of: it has shards 3, not 2", two, tmp_path / "third")
    others = {
        "seed 4, not 3": tsgan.sample_chunks(gbm, PATHS, DAYS, seed=4, shard="2/2"),
        "horizon 5, not 4": tsgan.sample_chunks(gbm, PATHS, 5, seed=3, shard="2/2"),
        "paths in all 1200, not 1100": tsgan.sample_chunks(gbm, 1200, DAYS, seed=3, shard="2/2"),
        "another model": tsgan.sample_chunks(fitted("gjr-garch"), PATHS, DAYS, seed=3, shard="2/2"),
        "start date '2020-01-02', not": tsgan.sample_chunks(
            gbm, PATHS, DAYS, seed=3, start_date="2020-01-02", shard="2/2"
        ),
        "start_prices": tsgan.sample_chunks(gbm, PATHS, DAYS, seed=3, start_prices=[1.0, 2.0], shard="2/2"),
    }
    for number, (words, chunks) in enumerate(others.items()):
        tsgan.write_scenarios(chunks, tmp_path / f"other{number}")
        with pytest.raises(ScenarioError, match=f"it has .*{words}"):
            tsgan.merge_scenarios([tmp_path / f"other{number}", two / "1", two / "2"], tmp_path / "merged")
    with pytest.raises(OutputError, match="exists; give --overwrite"):
        tsgan.merge_scenarios(two, two / "1")
    refused("lies in, the shard", two, out=two / "1" / "set.parquet")


def test_other_histories_with_the_same_end_are_another_set(gbm, indices, tmp_path):
    later = indices.before("2016-06-01")
    for number, history in ((1, later), (2, later.to_frame().iloc[100:])):
        draw(gbm, tmp_path / "s" / str(number), f"{number}/2", history=history)
    refused("other histories or start prices", tmp_path / "s")


def test_damage_is_found(two, tmp_path):
    file = two / "2" / "block=00000" / "paths.parquet"
    written = file.read_bytes()
    file.write_bytes(written[:-40] + b"x" + written[-39:])
    refused("block=00000/paths.parquet is not the file that .*2.manifest.json was written for", two)
    file.unlink()
    refused("2 holds none of the files", two)
    file.write_bytes(written)
    manifest = two / "2.manifest.json"
    text = manifest.read_text()
    manifest.write_text(text.replace('"seed": 3', '"seed": 4'))
    refused("2.manifest.json is not as it was written", two)
    manifest.unlink()
    refused("2 has no manifest .* so it is no finished shard", two)
    manifest.write_text(text)
    assert tsgan.merge_scenarios(two, tmp_path / "merged") == PATHS


def test_other_machines_are_taken_when_asked_for(two, tmp_path):
    manifest = two / "2.manifest.json"
    document = json.loads(manifest.read_text())
    document["platform"]["instructions"] = "abacus"
    manifest.write_text(json.dumps(sealed(document)))
    refused("drawn by another machine than .*two/1, with instructions 'abacus', not .*; --mixed", two)
    tsgan.merge_scenarios(two, tmp_path / "merged", mixed=True)
    origins = tsgan.read_scenarios(tmp_path / "merged").provenance["origins"]
    assert [origin["platform"]["instructions"] == "abacus" for origin in origins] == [False, True]
