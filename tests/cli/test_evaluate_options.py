"""``tsgan evaluate``: finished paths, chosen baselines, hard requirements, and the card beside the model."""

import json

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
