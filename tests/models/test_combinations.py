"""Assets that follow several others exactly: crosses of exchange rates, spreads, baskets by weight and by shares."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.data.relations import relations_of
from tsgan.models.dependent.model import WithDependents
from tsgan.testing import check_model

DAYS = 800


def moves() -> np.ndarray:
    rng = np.random.default_rng(9)
    size = 0.008 * np.exp(0.3 * np.sin(np.arange(DAYS) / 50))[:, None]
    mixed = np.array([[1, 0.3, 0.2], [0, 0.9, 0.4], [0, 0, 0.8]])
    return size * rng.standard_t(5, (DAYS, 3)) @ mixed * 0.8


def table(kind: str) -> tuple[pd.DataFrame, dict[str, float]]:
    """Three assets and one that follows some of them, and its ratios."""
    logs = moves()
    prices = np.exp(np.cumsum(logs, axis=0)) * (1.2, 110, 40)
    frame = pd.DataFrame(prices, pd.bdate_range("2012-01-02", periods=DAYS), ["A", "B", "C"])
    if kind == "cross":
        return frame.assign(ODD=frame["A"] * frame["B"]), {"A": 1, "B": 1}
    if kind == "rounded cross":
        frame = frame.round({"A": 5, "B": 3, "C": 4})
        return frame.assign(ODD=(frame["A"] * frame["B"]).round(3)), {"A": 1, "B": 1}
    if kind == "ratio":
        return frame.assign(ODD=frame["B"] / frame["C"]), {"B": 1, "C": -1}
    if kind == "weights":
        simple = np.expm1(logs) @ (0.5, 0.3, 0.2)
        return frame.assign(ODD=70 * np.cumprod(1 + simple)), {"A": 0.5, "B": 0.3, "C": 0.2}
    shares = pd.Series({"A": 50, "B": 0.4, "C": 1.5})
    worth = frame.mul(shares).iloc[-1]
    frame = frame.assign(ODD=(frame * shares).sum(axis=1))
    return frame, dict(worth / worth.sum())


KINDS = ("cross", "rounded cross", "ratio", "weights", "shares")


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_found(kind: str):
    frame, ratios = table(kind)
    (found,) = relations_of(tsgan.load_prices(frame))
    names = [frame.columns[place] for place in found.of]
    assert frame.columns[found.asset] == "ODD" and names == list(ratios)
    assert found.ratios == pytest.approx(list(ratios.values()), abs=2e-3)
    assert found.held == (kind == "shares")


@pytest.mark.parametrize("noise", [0.003, 0.02])
def test_what_only_moves_alike_follows_none(noise: float):
    frame, _ = table("weights")
    frame["ODD"] *= np.exp(noise * 0.01 * np.random.default_rng(1).standard_normal(DAYS).cumsum() * 10)
    assert relations_of(tsgan.load_prices(frame)) == ()


def test_many_assets_of_few_days_tell_nothing():
    rng = np.random.default_rng(2)
    prices = 100 * np.exp(np.cumsum(0.01 * rng.standard_normal((260, 120)), axis=0))
    frame = pd.DataFrame(prices, pd.bdate_range("2020-01-01", periods=260)).add_prefix("S")
    assert relations_of(tsgan.load_prices(frame)) == ()


@pytest.mark.parametrize("model", ["gjr-garch", "dcc-garch", "stationary-bootstrap"])
@pytest.mark.parametrize("kind", ["cross", "weights"])
def test_paths_hold_them_and_neighbours_do_not_notice(model: str, kind: str):
    frame, ratios = table(kind)
    fitted = tsgan.fit(tsgan.load_prices(frame), model)
    plain = tsgan.fit(tsgan.load_prices(frame.drop(columns="ODD")), model)
    drawn, alone = fitted.sample(40, 30, seed=4), plain.sample(40, 30, seed=4)
    assert np.array_equal(drawn.returns[..., :3], alone.returns)
    part = drawn.returns[..., [list(frame.columns).index(name) for name in ratios]].astype(np.float64)
    weights = np.array(list(ratios.values()))
    follows = part @ weights if kind == "cross" else np.log1p(np.expm1(part) @ weights)
    np.testing.assert_allclose(drawn.returns[..., 3], follows, atol=2e-5)


def test_the_contract_holds_and_events_may_speak_of_them(tmp_path):
    frame, _ = table("weights")
    panel = tsgan.load_prices(frame)
    fitted = tsgan.fit(panel.before(panel.cut_date(0.4)), "gjr-garch")
    assert isinstance(fitted, WithDependents) and fitted.log_density(panel.moves[-5:], panel.moves[:-5]) is None
    check_model(fitted, panel)
    assert "ODD moves exactly as 0.5 times A + 0.3 times B + 0.2 times C in simple returns" in str(fitted.info.warnings)
    found = fitted.sample(400, 10, condition={"ODD": (None, -0.08)}, at=10)
    assert (found.prices[:, 10, 3] / found.start_prices[3] <= 0.92 + 1e-9).all()
    fitted.save(tmp_path / "m")
    assert tsgan.load_model(tmp_path / "m") == fitted


def test_a_basket_is_hedged_by_its_parts():
    frame, ratios = table("shares")
    fitted = tsgan.fit(tsgan.load_prices(frame), "dcc-garch")
    book = {"ODD": 0.5} | {name: -0.5 * weight for name, weight in ratios.items()}
    found = tsgan.stress(fitted, book, n_paths=500, horizon=10)
    assert max(row["var"] for row in found.tables["risk"] if row["source"] == found.name) < 1e-3
