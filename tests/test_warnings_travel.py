"""What loading and fitting warned of stands in the saved model and on every page that is made from it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.errors import TsganWarning

SAID = "change of unit"


def prices(days: int = 900) -> pd.DataFrame:
    """Two stocks, the first of which is quoted in hundredths from the 500th day on."""
    rng = np.random.default_rng(11)
    index = pd.bdate_range("2015-01-01", periods=days)
    frame = pd.DataFrame(np.exp(np.cumsum(0.01 * rng.standard_normal((days, 2)), axis=0)), index, ["UKX1", "BBB"])
    frame["UKX1"] *= np.where(np.arange(days) < 500, 640.0, 6.4)
    frame["BBB"] *= 40
    return frame


@pytest.fixture(scope="module")
def panel():
    return tsgan.load_prices(prices())


@pytest.fixture(scope="module")
def model(panel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model") / "m"
    tsgan.fit(panel.before("2017-06-19"), "gbm").save(folder)
    return folder


def test_the_panel_says_what_is_doubtful(panel):
    assert any(SAID in warning for warning in panel.warnings)
    assert set(panel.warnings) <= set(panel.notes)
    assert not any(SAID in warning for warning in panel.select(["BBB"]).warnings)


def test_the_saved_model_says_it(model: Path):
    for file in ("MODEL_CARD.md", "model.json"):
        assert SAID in (model / file).read_text(), file
    assert any(SAID in warning for warning in tsgan.load_model(model).info.warnings)


def test_clean_prices_leave_no_trace(tmp_path: Path):
    clean = tsgan.load_prices(prices().iloc[:500])
    tsgan.fit(clean, "gbm").save(tmp_path / "m")
    assert clean.warnings == () and "warnings" not in (tmp_path / "m" / "model.json").read_text()
    assert "Look at the data" not in tsgan.stress(tmp_path / "m", n_paths=50, horizon=20).render()


def test_every_page_says_it(model: Path, panel, tmp_path: Path):
    paths = tsgan.load_model(model).sample(20, 60)
    paths.to_parquet(tmp_path / "paths.parquet")
    read = tsgan.read_scenarios(tmp_path / "paths.parquet")
    loans = pd.DataFrame({"loan": ["L"], "amount": [10.0], "collateral": ["UKX1:10"]})
    results = [
        tsgan.stress(model, n_paths=50, horizon=20),
        tsgan.stress(read),
        tsgan.forecast(model, panel, n_paths=50, draws=0),
        tsgan.lend(read, loans),
        tsgan.lend(model, loans, n_paths=20, horizon=20),
        tsgan.robustness("buy_and_hold", read, panel, lookback=20),
        tsgan.feed(read, "bt", tmp_path / "feed"),
        tsgan.evaluate(model, panel, baselines=(), draws=200),
    ]
    for result in results:
        assert SAID in result.render(), type(result).__name__
        assert SAID in result.summary() or type(result).__name__ in ("Feed", "Scorecard"), type(result).__name__
        assert SAID in (result.to_json() if type(result).__name__ != "Feed" else str(result.warnings))
    other = tsgan.fit(panel.before("2017-06-19"), "iid-bootstrap")
    assert SAID in tsgan.compare([model, other], panel).render()
    assert SAID in json.dumps(results[0].to_dict()["warnings"]) and SAID in results[0].summary()


def test_prices_given_later_are_looked_at_too():
    panel = tsgan.load_prices(prices(700))
    quiet = tsgan.fit(tsgan.load_prices(prices().iloc[:490]), "gbm")
    assert quiet.info.warnings == ()
    assert SAID in tsgan.forecast(quiet, panel, n_paths=50, draws=0).render()
    assert SAID in tsgan.stress(quiet, history=panel, n_paths=50, horizon=10).render()


def test_a_fit_that_fails_is_said(monkeypatch, panel):
    import warnings

    from tsgan.models.classical.gbm import GBM

    plain = GBM.fit

    def failing(panel, *, seed: int = 0):
        warnings.warn("the fit of BBB did not converge", TsganWarning, stacklevel=2)
        return plain(panel, seed=seed)

    monkeypatch.setattr(GBM, "fit", failing)
    with pytest.warns(TsganWarning, match="did not converge"):
        fitted = tsgan.fit(panel, "gbm")
    assert "the fit of BBB did not converge" in fitted.info.warnings
    assert fitted.sample(2, 5).provenance["warnings"] == list(fitted.info.warnings)
