"""``tsgan evaluate``: finished paths, chosen baselines, hard requirements, and the card beside the model."""

import json

import numpy as np
import pandas as pd
import pytest

import tsgan


def test_finished_paths_are_judged_wherever_they_lie(cli, model, prices, tmp_path):
    paths = tmp_path / "paths.csv"
    fitted = tsgan.load_model(model)
    fitted.sample(30, 300, seed=1).to_csv(paths)
    done = cli("evaluate", paths, prices, "--baselines", "none", "--out", tmp_path / "judged", "--json")
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["baselines"] == [] and document["days"] == 300 and not document["in_sample"]
    assert not (tmp_path / "MODEL_CARD.md").exists()


def test_tables_of_other_generators_are_judged(cli, prices, closes, tmp_path):
    """Log returns of 320 days, a column a path, no dates, no ticker: what is missing is asked for, then told."""
    returns = pd.DataFrame(np.random.default_rng(0).standard_t(4, (320, 30)) / 100).add_prefix("path_")
    returns.to_csv(tmp_path / "theirs.csv", index_label="step")
    words = ["evaluate", tmp_path / "theirs.csv", prices, "--baselines", "none", "--out", tmp_path / "judged", "--json"]
    for option, value in (("--ticker", "AAA"), ("--start", "2016-06-01"), ("--returns", None)):
        done = cli(*words)
        assert done.exit_code == 1 and f"({option})" in done.stderr, done.stderr
        words += [option] if value is None else [option, value]
    done = cli(*words)
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["assets"] == ["AAA"] and document["model"] == "theirs.csv"
    assert document["days"] == 320 and not document["in_sample"] and document["judged_start"] == "2016-06-02"
    done = cli(*words[:1], tmp_path / "theirs.csv", *words[2:-4], "ZZZ", *words[-3:], "--overwrite")
    assert done.exit_code == 1 and "no ZZZ; give prices with the tickers of the paths" in done.stderr


def test_a_wide_table_without_manifest_is_judged(cli, model, prices, tmp_path):
    paths = tmp_path / "paths.csv"
    tsgan.load_model(model).sample(30, 300, seed=1).to_csv(paths, layout="wide")
    for file in tmp_path.iterdir():
        if file != paths:
            file.unlink()
    words = ("evaluate", paths, prices, "--baselines", "none", "--out", tmp_path / "judged")
    done = cli(*words, "--json")
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["days"] == 300 and not document["in_sample"] and document["assets"] == ["AAA", "BBB"]
    table = pd.read_csv(paths)
    table.loc[7, "BBB|0003"] = np.nan
    table.to_csv(paths, index=False)
    done = cli(*words, "--overwrite")
    assert done.exit_code == 1 and f"no close for scenario 3, BBB on {table['date'][7]}" in done.stderr
    done = cli("evaluate", model, prices, "--ticker", "AAA", "--out", tmp_path / "other")
    assert done.exit_code == 1 and "leave them out for a model" in done.stderr


def test_strict_fails_on_a_hard_requirement_and_the_card_tells(cli, model, prices, tmp_path):
    folder = tmp_path / "gbm"
    tsgan.load_model(model).save(folder)
    before = (folder / "MODEL_CARD.md").read_text()
    assert "Not judged yet" in before and "2015-12-31" in before and "Seed of the fit: 0" in before
    words = ("evaluate", folder, prices, "--paths", 60, "--baselines", "iid-bootstrap", "--out", tmp_path / "judged")
    done = cli(*words, "--strict")
    assert done.exit_code == 1 and "not met: tails" in done.stderr
    after = (folder / "MODEL_CARD.md").read_text()
    assert "Not judged yet" not in after and "tails: NOT met" in after and "| iid-bootstrap |" in after
    assert tsgan.load_model(folder).info.model == "gbm"
    assert sorted(p.name for p in folder.iterdir()) == sorted({p.name for p in model.iterdir()})


@pytest.mark.parametrize("names", ["garch", "gan"])
def test_unknown_baselines_are_refused(cli, model, prices, tmp_path, names):
    done = cli("evaluate", model, prices, "--baselines", names, "--out", tmp_path / "judged")
    assert done.exit_code == 1 and f"no baseline called {names}" in done.stderr and not (tmp_path / "judged").exists()


def test_a_folder_of_paths_is_judged_as_the_table_is(cli, model, prices, tmp_path):
    """What ``sample --out folder`` writes is paths to ``evaluate`` as well, not a model folder that lacks its file."""
    documents = []
    for out in ("paths.parquet", "paths"):
        assert cli("sample", model, "--paths", "30", "--horizon", "300", "--out", tmp_path / out).exit_code == 0
        words = ("--baselines", "none", "--out", tmp_path / f"judged_{out}", "--json")
        done = cli("evaluate", tmp_path / out, prices, *words)
        assert done.exit_code == 0, done.stderr
        documents.append(json.loads(done.stdout))
    table, folder = documents
    assert folder["days"] == 300 and folder["facts"] == table["facts"]
