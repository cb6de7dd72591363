"""Forecast calibration: the true model passes, and every planted error is found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from tsgan.data.panel import Panel
from tsgan.errors import ConfigError, DataError, ModelError
from tsgan.evaluation.calibration import TABLES, Calibration, calibrate
from tsgan.fitting import fit
from tsgan.models.classical.gjr import GJR
from tsgan.models.classical.gjr_garch import GJRGarch
from tsgan.models.contract import MarketModel, ModelInfo

PAST, LATER, DRAWS = 1300, 1000, 400
ALL = "all assets"


class Wrong(MarketModel):
    """A model's forecasts, ``scale`` times as wide and ``lag`` days late."""

    def __init__(self, model: MarketModel, scale: float = 1.0, lag: int = 0) -> None:
        self.info, self.recent, self.model, self.scale, self.lag = model.info, model.recent, model, scale, lag

    @classmethod
    def fit(cls, panel: Panel, *, seed: int = 0) -> Wrong:
        raise AssertionError("made from a fitted model")

    def encode(self, returns: np.ndarray) -> Any:
        return self.model.encode(returns[: len(returns) - self.lag])

    def encode_each(self, returns: np.ndarray, ends: np.ndarray) -> Any:
        return self.model.encode_each(returns, ends - self.lag)

    def noise(self, paths: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        return self.model.noise(paths, horizon, seed)

    def respond(self, states: Any, starts: np.ndarray, noise: np.ndarray, member: int = 0) -> np.ndarray:
        return np.float32(self.scale) * self.model.respond(states, starts, noise, member)

    def arrays(self) -> dict[str, np.ndarray]:
        return {}

    @classmethod
    def restore(cls, info: ModelInfo, arrays: Mapping[str, np.ndarray]) -> Wrong:
        raise AssertionError("never saved")


@pytest.fixture(scope="module")
def truth() -> GJRGarch:
    """A GJR-GARCH with skew-t innovations of parameters that we know, in a market of two assets."""
    level = np.array([1e-4, 2.25e-4])
    alpha, gamma, beta = np.full(2, 0.03), np.full(2, 0.14), np.full(2, 0.88)
    margins = GJR(np.full(2, 2e-4), level * (1 - alpha - gamma / 2 - beta), alpha, gamma, beta, level)
    calm = Panel(np.datetime64("2000-01-03") + np.arange(3), ("A", "B"), np.full((3, 2), 100.0), ("price", "price"))
    info = ModelInfo.of("gjr-garch", calm, seed=0, config={}, drift=margins.mean)
    correlation = np.array([[1.0, 0.6], [0.6, 1.0]])
    return GJRGarch(info, np.zeros((1, 2)), margins, np.array([[6.0, -0.1], [8.0, -0.05]]), correlation)


@pytest.fixture(scope="module")
def market(truth: GJRGarch) -> Panel:
    returns = truth.sample(1, PAST + LATER, seed=21).returns[0]
    prices = 100 * np.exp(np.cumsum(np.vstack([np.zeros(2), returns]), axis=0))
    return Panel(np.datetime64("2001-01-01") + np.arange(len(prices)), ("A", "B"), prices, ("price", "price"))


@pytest.fixture(scope="module")
def result(truth: GJRGarch, market: Panel) -> Calibration:
    models = {
        "truth": truth,
        "half": Wrong(truth, scale=0.5),
        "double": Wrong(truth, scale=2.0),
        "lagged": Wrong(truth, lag=20),
        "iid-bootstrap": fit(market.through(market.dates[PAST]), "iid-bootstrap"),
    }
    return calibrate(models, market, market.dates[PAST], draws=DRAWS, seed=3)


def rows(result: Calibration, table: str, source: str, **wanted: Any) -> list[dict[str, Any]]:
    key = "baseline" if table == "comparisons" else "source"
    found = [r for r in result.tables[table] if r[key] == source and all(r[k] == v for k, v in wanted.items())]
    assert found
    return found


def test_tables_are_complete_and_ready_for_json(result, market):
    assert result.sources[0] == "truth" and result.assets == ("A", "B")
    assert len(result.tables["calibration"]) == 5 * 2 * 3 and len(result.tables["backtests"]) == 5 * 2 * 3
    # CRPS at two horizons and FZ0 at two levels; only the first of these sources has an exact density.
    assert len(result.tables["comparisons"]) == 4 * 4 * 3
    again = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert {len(again[table]) for table in TABLES} == {30, 48} and again["days"] == LATER
    for table in TABLES:
        assert len({tuple(row) for row in result.tables[table]}) <= 2  # the pooled rows order their keys differently
        assert len(result.to_frame(table)) == len(result.tables[table])
    assert np.array_equal(result.dates, market.return_dates[PAST:])
    assert np.array_equal(result.realised, market.returns[PAST:])
    assert result.pit["truth"].shape == result.var99["truth"].shape == (LATER, 2)
    hits = rows(result, "backtests", "truth", level=0.99, asset="B")[0]["hits"]
    assert hits == (result.realised[:, 1] < -result.var99["truth"][:, 1]).sum()


def test_the_truth_passes(result):
    for row in rows(result, "calibration", "truth"):
        p_values = {k: v for k, v in row.items() if k.endswith("_p") and v is not None}
        assert len(p_values) == (7 if row["horizon"] == 1 else 5) and min(p_values.values()) > 0.003, row
    for row in rows(result, "backtests", "truth"):
        assert min(row[k] for k in row if k.endswith("_p")) > 0.003, row
        assert row["traffic_light"] in ("green", "yellow")


def test_half_the_volatility_fails(result):
    for row in rows(result, "calibration", "half", horizon=1):
        assert max(row[k] for k in ("pit_ks_p", "berkowitz_p", "coverage_50_p", "coverage_99_p")) < 1e-3
        assert row["coverage_95"] < 0.8
    for row in rows(result, "calibration", "half", horizon=10, asset="A"):
        assert row["coverage_90_p"] < 1e-3
    for row in rows(result, "backtests", "half"):
        assert max(row[k] for k in ("kupiec_p", "conditional_coverage_p", "z2_p")) < 0.01
        assert row["hits"] > 2 * row["expected"] and row["traffic_light"] == "red"
        assert row["z2"] is None or row["z2"] < -1


def test_double_the_volatility_fails_without_being_called_dangerous(result):
    assert rows(result, "calibration", "double", horizon=1, asset=ALL)[0]["berkowitz_p"] < 1e-6
    for row in rows(result, "backtests", "double", level=0.975):
        assert row["kupiec_p"] < 0.01 and row["z2_p"] > 0.5 and row["traffic_light"] == "green"


def test_a_lagged_forecaster_fails(result):
    assert rows(result, "calibration", "lagged", horizon=1, asset=ALL)[0]["pit_clustering_p"] < 1e-3
    crps = rows(result, "comparisons", "lagged", loss="crps", horizon=1, asset=ALL)[0]
    assert crps["difference"] < 0 and crps["p_value"] < 1e-3
    assert rows(result, "comparisons", "lagged", loss="fz0", level=0.975, asset=ALL)[0]["p_value"] < 0.05


def test_historical_simulation_does_not_follow_volatility(result):
    assert rows(result, "calibration", "iid-bootstrap", horizon=1, asset=ALL)[0]["pit_clustering_p"] < 1e-6


@pytest.mark.parametrize("baseline", ["half", "double", "lagged", "iid-bootstrap"])
def test_the_truth_beats_every_other(result, baseline):
    for row in rows(result, "comparisons", baseline, asset=ALL):
        assert row["difference"] < 0, row
        if row["horizon"] == 1 and row["loss"] == "crps":
            assert row["p_value"] < 0.01


def test_pooled_rows(result):
    one, other, pooled = rows(result, "backtests", "lagged", level=0.975)
    assert pooled["asset"] == ALL and pooled["hits"] == one["hits"] + other["hits"] and pooled["kupiec"] is None
    assert pooled["dq_p"] == min(1, 2 * min(one["dq_p"], other["dq_p"]))
    assert pooled["expected"] == pytest.approx(2 * LATER * 0.025)


def test_same_seed_same_numbers_and_later_prices_change_no_forecast(truth, market):
    end = market.dates[PAST]
    short = calibrate({"truth": truth}, market.through(market.dates[PAST + 300]), end, draws=200, seed=1)
    longer = calibrate({"truth": truth}, market.through(market.dates[PAST + 400]), end, draws=200, seed=1)
    assert np.array_equal(longer.var99["truth"][:300], short.var99["truth"])
    assert np.array_equal(longer.pit["truth"][:300], short.pit["truth"])
    assert short.tables["comparisons"] == []


def test_what_cannot_be_calibrated(truth, market):
    models, end = {"truth": truth}, market.dates[PAST]
    with pytest.raises(ConfigError, match="200 draws"):
        calibrate(models, market, end, draws=50)
    with pytest.raises(ConfigError, match="at least one model"):
        calibrate({}, market, end)
    with pytest.raises(DataError, match="249"):
        calibrate(models, market, market.dates[-250])
    with pytest.raises(DataError, match="0 and"):
        calibrate(models, market, "1990-01-01")
    with pytest.raises(ModelError, match="no B"):
        calibrate(models, market.select(["A"]), end)
