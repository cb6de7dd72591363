"""Assets that follow others exactly are restored exactly, whatever the model; healthy neighbours do not notice them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.data.relations import relations_of
from tsgan.models.dependent.model import WithDependents
from tsgan.testing import check_model

CLASSICAL = tuple(name for name in tsgan.FITTERS if name != "gan")


def market(days: int = 900, seed: int = 2) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    scale = 0.009 * np.exp(0.3 * np.sin(np.arange(days) / 40))[:, None]
    returns = scale * rng.standard_t(5, (days, 2)) @ np.array([[1, 0.7], [0, 0.7]]) * 0.8
    index = pd.bdate_range("2012-01-02", periods=days)
    return pd.DataFrame(np.exp(np.cumsum(returns, axis=0)) * (70, 130), index, ["ONE", "TWO"])


def follower(kind: str, one: pd.Series) -> pd.Series:
    simple = one.pct_change().fillna(0)
    log = np.log1p(simple)
    return {
        "clone": one * 3,
        "stretched": 20 * np.exp(1.7 * log.cumsum()),
        "inverse": 50 * (1 - simple).cumprod(),
        "double": 25 * (1 + 2 * simple).cumprod(),
        "fee": 40 * (1 + simple - 0.00004).cumprod(),
        "rounded": (one * 0.83).round(2),
    }[kind]


KINDS = {"clone": 1, "stretched": 1.7, "inverse": -1, "double": 2, "fee": 1, "rounded": 1}


def panel_with(kind: str) -> tsgan.Panel:
    frame = market()
    frame.insert(1, "ODD", follower(kind, frame["ONE"]))
    return tsgan.load_prices(frame)


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_found(kind: str):
    (found,) = relations_of(panel_with(kind))
    assert (found.asset, found.of) == (1, (0,)) and found.ratios[0] == pytest.approx(KINDS[kind], abs=2e-3)


@pytest.mark.parametrize("noise", [3e-5, 1e-3])
def test_what_only_moves_alike_follows_none(noise: float):
    frame = market()
    frame["ODD"] = frame["ONE"] * np.exp(noise * np.random.default_rng(0).standard_normal(len(frame)).cumsum())
    assert relations_of(tsgan.load_prices(frame)) == ()


def test_ordinary_panels_have_none(indices):
    assert relations_of(indices) == ()
    assert not isinstance(tsgan.fit(tsgan.load_prices(market()), "gbm"), WithDependents)


@pytest.mark.parametrize("model", CLASSICAL)
@pytest.mark.parametrize("kind", ["stretched", "inverse"])
def test_neighbours_do_not_notice(model: str, kind: str):
    """The paths of the others are, bit for bit, those of the same panel without the odd one."""
    fitted, plain = tsgan.fit(panel_with(kind), model), tsgan.fit(tsgan.load_prices(market()), model)
    drawn, alone = fitted.sample(50, 30, seed=4), plain.sample(50, 30, seed=4)
    assert np.array_equal(drawn.returns[..., [0, 2]], alone.returns)
    move = drawn.returns[..., 0].astype(np.float64)
    follows = 1.7 * move if kind == "stretched" else np.log(1 - np.expm1(move))
    np.testing.assert_allclose(drawn.returns[..., 1], follows, atol=2e-5)


def test_a_hedge_is_one():
    panel = panel_with("clone")
    for model in ("gjr-garch", "fhs"):
        found = tsgan.stress(tsgan.fit(panel, model), {"ONE": 0.5, "ODD": -0.5}, n_paths=300, horizon=20)
        assert max(abs(row["var"]) for row in found.tables["risk"]) < 1e-4


@pytest.mark.parametrize("kind", ["stretched", "double"])
def test_the_contract_holds(kind: str):
    panel = panel_with(kind)
    fitted = tsgan.fit(panel.before(panel.cut_date(0.4)), "gjr-garch")
    assert isinstance(fitted, WithDependents)
    check_model(fitted, panel, skip=("moments",) if kind == "double" else ())


def test_it_is_said_and_saved(tmp_path):
    fitted = tsgan.fit(panel_with("stretched"), "gbm")
    assert "ODD moves exactly as 1.7 times ONE" in str(fitted.info.warnings)
    fitted.save(tmp_path / "m")
    again = tsgan.load_model(tmp_path / "m")
    assert again == fitted and "1.7 times ONE" in (tmp_path / "m" / "MODEL_CARD.md").read_text().replace("\\", "")
    assert again.info.assets == ("ONE", "ODD", "TWO")


def test_events_may_speak_of_them():
    fitted = tsgan.fit(panel_with("double"), "gjr-garch")
    found = fitted.sample(600, 10, condition={"ODD": (None, -0.12)}, at=10)
    assert (found.prices[:, 10, 1] / found.start_prices[1] <= 0.88 + 1e-9).all()


def test_the_one_with_the_longer_history_is_followed():
    frame = market()
    frame.insert(0, "YOUNG", frame["ONE"] * 2)
    frame.iloc[:300, 0] = np.nan
    (found,) = relations_of(tsgan.load_prices(frame, join="outer"))
    assert (found.asset, found.of) == (0, (1,))
