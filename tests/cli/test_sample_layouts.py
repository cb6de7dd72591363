"""``tsgan sample`` into folders and as shock vectors."""

import json

import numpy as np

import tsgan


def test_folders_and_shocks(cli, model, tmp_path):
    sample = ("sample", model, "--paths", 30, "--horizon", 5, "--seed", 2)
    assert cli(*sample, "--out", tmp_path / "p").exit_code == 0
    assert cli(*sample, "--out", tmp_path / "p.parquet").exit_code == 0
    folder, file = tsgan.read_scenarios(tmp_path / "p"), tsgan.read_scenarios(tmp_path / "p.parquet")
    assert np.array_equal(folder.returns, file.returns) and folder.provenance == file.provenance
    done = cli(*sample, "--layout", "shocks", "--out", tmp_path / "s.csv", "--json")
    assert json.loads(done.stdout)["layout"] == "shocks"
    assert tsgan.read_scenarios(tmp_path / "s.csv").horizon == 1
    done = cli(*sample, "--layout", "wide", "--out", tmp_path / "w")
    assert done.exit_code == 1 and "long layout" in done.stderr and not (tmp_path / "w").exists()
    done = cli(*sample, "--out", tmp_path)
    assert done.exit_code == 1 and "p.manifest.json, p.parquet, " in done.stderr


def test_shards_and_their_merging(cli, model, tmp_path):
    sample = ("sample", model, "--paths", 30, "--horizon", 5, "--seed", 2)
    for number in (1, 2):
        done = cli(*sample, "--shard", f"{number}/2", "--out", tmp_path / "shards" / str(number), "--json")
        assert json.loads(done.stdout)["first_path"] == 15 * (number - 1), done.stderr
    assert cli("merge", tmp_path / "shards", "--out", tmp_path / "p", "--json").exit_code == 0
    assert cli(*sample, "--out", tmp_path / "q").exit_code == 0
    merged, one = tsgan.read_scenarios(tmp_path / "p"), tsgan.read_scenarios(tmp_path / "q")
    assert np.array_equal(merged.returns, one.returns) and merged.provenance == one.provenance
    done = cli("merge", tmp_path / "shards", "--layout", "wide", "--out", tmp_path / "w.csv")
    assert done.exit_code == 0 and tsgan.read_scenarios(tmp_path / "w.csv").n_paths == 30
    done = cli("merge", tmp_path / "shards" / "1", "--out", tmp_path / "r")
    assert done.exit_code == 1 and "1 of 2 shards missing: 2" in done.stderr and not (tmp_path / "r").exists()
    for words, said in (
        (("--shard", "3/2", "--out", tmp_path / "r"), "no shard 3 of 2"),
        (("--shard", "1/2", "--out", "-"), "give an --out"),
        (("--shard", "1/2", "--layout", "wide", "--out", tmp_path / "r.csv"), "'tsgan merge'"),
    ):
        done = cli(*sample, *words)
        assert done.exit_code == 1 and said in done.stderr


def test_on_a_cluster(cli, model, tmp_path):
    sample = ("sample", model, "--paths", 30, "--horizon", 5, "--seed", 2)
    for words, said in (
        (("--out", tmp_path / "p.csv"), "a folder of Parquet files"),
        (("--out", tmp_path / "p", "--shard", "1/2"), "choose one"),
        (("--out", "nowhere://x"), "cannot be reached"),
    ):
        done = cli(*sample, "--cluster", "local", *words)
        assert done.exit_code == 1 and said in done.stderr, done.stderr
    assert "it is an address" in cli(*sample, "--out", "s3://bucket/p").stderr
