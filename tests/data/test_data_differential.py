"""Figures of random panels, computed by plain pandas from the raw file, agree with what tsgan says of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.data.calendars import sessions_between

FIRST, LAST = "2015-01-05", "2019-12-30"
QUICK, ALL = 40, 300
PATHS = 1500


@dataclass(frozen=True)
class Raw:
    """A file's table, blank where an asset has no price, and what its reader has to be told."""

    frame: Any
    kinds: dict[str, str]


def days_of(calendar: str) -> Any:
    if calendar == "XNYS":
        return pd.DatetimeIndex(sessions_between("XNYS", FIRST, LAST))
    every: Any = pd.date_range(FIRST, LAST)
    rests = {"24/7": [], "weekdays": [5, 6], "sunday-friday": [5], "sunday-thursday": [4, 5], "monday-saturday": [6]}
    return every[~every.day_of_week.isin(rests[calendar])]


def random_panel(seed: int) -> Raw:
    """One to four assets with calendars, gaps, listings, halts and kinds of their own; or weekly or monthly ones."""
    rng = np.random.default_rng([seed, 77])
    frequency = rng.choice(["daily", "daily", "daily", "weekly", "monthly"])
    columns, kinds = {}, {}
    for i in range(rng.integers(1, 5)):
        name = f"A{i}"
        if frequency == "daily":
            days = days_of(str(rng.choice(["XNYS", "XNYS", "weekdays", "24/7", "sunday-friday", "sunday-thursday"])))
        else:
            days = pd.date_range(FIRST, LAST, freq="W-FRI") if frequency == "weekly" else pd.date_range(
                "2005-01-01", LAST, freq="BME")  # fmt: skip
        size = rng.uniform(0.004, 0.03)
        moves = size * rng.standard_t(6, len(days)) / np.sqrt(1.5) + rng.normal(0, 0.0003)
        if rng.random() < 0.2:
            kinds[name] = "rate"
            values = pd.Series(np.round(1.5 + np.cumsum(np.clip(moves, -0.2, 0.2)), 4), days)
        else:
            values = pd.Series(np.round(50 * np.exp(np.cumsum(moves)), 6), days)
        keep = np.ones(len(days), bool)
        if frequency == "daily":
            if rng.random() < 0.3:
                keep[: rng.integers(1, len(days) // 2)] = False  # listed late
            if rng.random() < 0.3:
                first = rng.integers(len(days) // 2, len(days) - 100)
                keep[first : first + rng.integers(3, 70)] = False  # halted
            if rng.random() < 0.3:
                keep[rng.choice(len(days) - 2, 5, replace=False) + 1] = False
        columns[name] = values[keep]
    return Raw(pd.DataFrame(columns).sort_index(), kinds)


def moves_of(raw: Raw, asset: str) -> Any:
    """Returns of an asset from one of its own prices to the next, by plain pandas."""
    prices: Any = raw.frame[asset].dropna()
    logs: Any = prices if asset in raw.kinds else np.log(prices)
    return logs.diff().iloc[1:]


def a_year(raw: Raw, asset: str) -> float:
    """Steps a year of an asset while it trades, by plain pandas."""
    index = raw.frame[asset].dropna().index
    gaps = pd.Series(index[1:] - index[:-1]).dt.days
    gaps = gaps[gaps <= max(10, 3 * gaps.median())]
    return float(365.25 * len(gaps) / gaps.sum())


def drawdown(prices: Any) -> float:
    return float((prices / prices.cummax() - 1).min())


def check(seed: int, folder) -> None:
    raw = random_panel(seed)
    raw.frame.rename_axis("date").to_csv(folder / "raw.csv")
    told = {"kinds": raw.kinds, "join": "outer"}
    panel = tsgan.load_prices(folder / "raw.csv", **told)
    found = {facts.asset: facts for facts in tsgan.inspect(folder / "raw.csv", **told).assets}
    returns = pd.DataFrame(panel.returns, index=panel.return_dates, columns=list(panel.assets))
    for asset in raw.frame:
        moves, year = moves_of(raw, asset), a_year(raw, asset)
        own = returns[asset].dropna()
        np.testing.assert_allclose(own.to_numpy(), moves.to_numpy(), atol=1e-12)
        assert found[asset].mean == pytest.approx(moves.mean() * year, rel=0.025)
        assert found[asset].volatility == pytest.approx(moves.std() * year**0.5, rel=0.0125)
        assert found[asset].lowest == pytest.approx(moves.min()) and found[asset].rows == raw.frame[asset].count()
        assert np.quantile(own, 0.01) == pytest.approx(moves.quantile(0.01))
        prices = raw.frame[asset].dropna()
        ours = panel.to_frame()[asset].dropna()
        assert drawdown(ours) == pytest.approx(drawdown(prices))
    together = pd.DataFrame({asset: moves_of(raw, asset) for asset in raw.frame}).corr()
    np.testing.assert_allclose(returns.corr(), together, atol=1e-9)
    check_year(raw, panel)


def check_year(raw: Raw, panel) -> None:
    """A year of the bootstrap, in calendar time: mean and volatility of each asset, and days on which it rests."""
    rests = panel.calendars != ()
    paths = tsgan.fit(panel, "iid-bootstrap", seed=0).sample(PATHS, panel.periods_per_year, seed=1)
    years = float((paths.dates[-1] - paths.dates[0]).astype(int)) / 365.25
    assert years == pytest.approx(1, abs=0.05)
    for i, asset in enumerate(panel.assets):
        moves, year = moves_of(raw, asset), a_year(raw, asset) * years
        total = paths.returns[:, :, i].sum(axis=1, dtype=np.float64)
        spread = moves.std() * year**0.5
        assert total.std() == pytest.approx(spread, rel=0.15 if rests or raw.frame[asset].isna().any() else 0.09)
        assert abs(total.mean() - moves.mean() * year) < 5 * spread / PATHS**0.5 + 0.03 * abs(moves.mean() * year)
        if rests:
            own = raw.frame[asset].dropna().index.day_of_week.unique()
            closed = ~pd.DatetimeIndex(paths.dates[1:]).day_of_week.isin(own)
            assert not paths.returns[:, closed, i].any()


@pytest.mark.parametrize("seed", range(QUICK))
def test_plain_pandas_agrees(seed, tmp_path):
    check(seed, tmp_path)


@pytest.mark.slow
def test_plain_pandas_agrees_on_all(tmp_path):
    for seed in range(QUICK, ALL):
        check(seed, tmp_path)
