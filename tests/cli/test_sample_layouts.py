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
