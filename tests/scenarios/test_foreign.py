"""Paths of other generators: every usual layout gives the same scenarios, and what is not said is asked for."""

import numpy as np
import pandas as pd
import pytest

from tsgan.errors import ScenarioError
from tsgan.scenarios.tables import read_scenarios

PATHS, DAYS, START = 3, 6, "2015-12-31"
CLOSES = 100 * np.exp(np.random.default_rng(0).normal(0, 0.02, (PATHS, DAYS, 2)).cumsum(axis=1))
CLOSES = np.concatenate([np.full((PATHS, 1, 2), 100.0), CLOSES], axis=1)  # (path, day, asset)
RETURNS = np.diff(np.log(CLOSES), axis=1)
DATES = pd.bdate_range(START, periods=DAYS + 1)
TICKERS = ("SPX", "IXIC")


def tidy(values: np.ndarray, days, path: str, day: str, ticker: str, value: str) -> pd.DataFrame:
    rows = [(i, days[j], TICKERS[k], values[i, j, k]) for i, j, k in np.ndindex(*values.shape)]
    return pd.DataFrame(rows, columns=[path, day, ticker, value])


def a_column_a_path(values: np.ndarray, days, name: str) -> pd.DataFrame:
    columns = {name.format(TICKERS[k], i): values[i, :, k] for i, k in np.ndindex(PATHS, 2)}
    return pd.DataFrame({"date": days} | columns)


def wide(values: np.ndarray, days) -> pd.DataFrame:
    frame = tidy(values, days, "path", "date", "asset", "value")
    return frame.pivot(index=["path", "date"], columns="asset", values="value")[list(TICKERS)].reset_index()


steps = np.arange(DAYS + 1)
LAYOUTS = {
    "tidy prices": (tidy(CLOSES, DATES, "path", "Date", "symbol", "price"), {}),
    "tidy returns": (tidy(RETURNS, DATES[1:], "sim", "date", "asset", "log_return"), {}),
    "numbered tidy returns": (tidy(RETURNS, steps[1:], "path_id", "step", "asset", "ret"), {"start": START}),
    "dates as numbers": (tidy(CLOSES, DATES.strftime("%Y%m%d"), "trial", "day", "ticker", "close"), {}),
    "a column an asset": (wide(CLOSES, DATES), {}),
    "returns, a column an asset": (wide(RETURNS, DATES[1:]), {"values": "returns"}),
    "a column a path": (a_column_a_path(CLOSES, DATES, "{}_{}"), {}),
    "our wide layout, of returns": (a_column_a_path(RETURNS, DATES[1:], "{}|{:04d}"), {"values": "returns"}),
    "numbered steps, a column a path": (a_column_a_path(CLOSES, steps, "{}: {}"), {"start": START}),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_of_other_generators(tmp_path, layout):
    frame, told = LAYOUTS[layout]
    frame.to_csv(tmp_path / "theirs.csv", index=False)
    scenarios = read_scenarios(tmp_path / "theirs.csv", **told)
    assert sorted(scenarios.assets) == sorted(TICKERS) and scenarios.n_paths == PATHS
    np.testing.assert_array_equal(scenarios.dates, DATES.to_numpy().astype("datetime64[D]"))
    columns = [scenarios.assets.index(ticker) for ticker in TICKERS]
    np.testing.assert_allclose(scenarios.returns[:, :, columns], RETURNS, atol=1e-6)
    np.testing.assert_allclose(scenarios.start_prices, 100.0)


@pytest.mark.parametrize("names", ["{}", "path_{}", "sim {}", "S{}"])
def test_a_bare_matrix_of_paths(tmp_path, names):
    frame = pd.DataFrame({names.format(i): CLOSES[i, :, 0] for i in range(PATHS)})
    frame.to_csv(tmp_path / "m.csv", index=names == "{}")
    with pytest.raises(ScenarioError, match=r"m.csv does not name its ticker; .* \(--ticker\)"):
        read_scenarios(tmp_path / "m.csv")
    with pytest.raises(ScenarioError, match=r"m.csv numbers its days; .* \(--start\)"):
        read_scenarios(tmp_path / "m.csv", ticker="SPX")
    scenarios = read_scenarios(tmp_path / "m.csv", ticker="SPX", start=START)
    assert scenarios.assets == ("SPX",)
    np.testing.assert_allclose(scenarios.returns[:, :, 0], RETURNS[:, :, 0], atol=1e-6)


def changed(layout: str, row: int, column, value) -> pd.DataFrame:
    frame = LAYOUTS[layout][0].copy().astype({column: object})
    frame.loc[row, column] = value
    return frame


@pytest.mark.parametrize(
    ("frame", "told", "message"),
    [
        (changed("a column a path", 2, "SPX_1", None), {}, "no close for scenario 1, SPX on 2016-01-04"),
        (changed("tidy returns", 4, "log_return", None), {}, "no close for scenario 0, SPX on 2016-01-05"),
        (changed("tidy returns", 4, "log_return", 2043.9), {}, "scenario 0, SPX on 2016-01-05 is 2043.9; log returns"),
        (wide(CLOSES, DATES), {"values": "returns"}, "log returns are expected"),
        (wide(100 * RETURNS, DATES[1:]), {"values": "returns"}, "not prices or percent"),
        (a_column_a_path(RETURNS, DATES[1:], "{}_{}"), {}, r"has no log return; .* \(--returns\)"),
        (changed("tidy prices", 3, "Date", "soon"), {}, "soon is neither a date"),
        (tidy(RETURNS, DATES[1:], "path", "date", "asset", "ret"), {"start": "2016-01-01"}, "cannot start on"),
        (wide(CLOSES, steps), {"start": "then"}, "is not a date"),
        (a_column_a_path(CLOSES, DATES, "{}_{}").drop(columns="SPX_1"), {}, "no rows for scenario 1, SPX"),
    ],
)
def test_tables_that_cannot_be_understood(tmp_path, frame, told, message):
    frame.to_csv(tmp_path / "theirs.csv", index=False)
    with pytest.raises(ScenarioError, match=message) as caught:
        read_scenarios(tmp_path / "theirs.csv", **told)
    assert "theirs.csv" in str(caught.value)


def test_a_matrix_without_header_is_not_understood(tmp_path):
    np.savetxt(tmp_path / "m.csv", RETURNS[:, :, 0].T, delimiter=",")
    with pytest.raises(ScenarioError, match=r"m.csv has no header: its first line holds numbers, .*; add one"):
        read_scenarios(tmp_path / "m.csv", ticker="SPX", start=START, values="returns")


def test_our_own_tables_need_no_telling(tmp_path):
    frame = tidy(CLOSES, DATES, "scenario", "date", "ticker", "close")
    frame.to_csv(tmp_path / "t.csv", index=False)
    scenarios = read_scenarios(tmp_path / "t.csv")
    scenarios.to_csv(tmp_path / "ours.csv")
    with pytest.raises(ScenarioError, match="has a manifest"):
        read_scenarios(tmp_path / "ours.csv", ticker="SPX")


def test_a_row_a_path(tmp_path):
    told = {"ticker": "SPX", "start": START}
    bare = pd.DataFrame(CLOSES[:, :, 0])
    bare.to_csv(tmp_path / "bare.csv", index=False)
    bare.add_prefix("t").to_csv(tmp_path / "steps.csv", index=False)
    bare.rename_axis("path").to_csv(tmp_path / "paths.csv")
    bare.set_axis([str(d.date()) for d in DATES], axis=1).rename_axis("path").to_csv(tmp_path / "dates.csv")
    np.save(tmp_path / "rows.npy", CLOSES[:, :, 0])
    np.save(tmp_path / "columns.npy", CLOSES[:, :, 0].T)
    for name in ("bare.csv", "steps.csv", "paths.csv", "dates.csv", "rows.npy", "columns.npy"):
        scenarios = read_scenarios(tmp_path / name, **told)
        np.testing.assert_array_equal(scenarios.dates, DATES.to_numpy().astype("datetime64[D]"))
        np.testing.assert_allclose(scenarios.returns[:, :, 0], RETURNS[:, :, 0], atol=1e-6)


def test_arrays_of_several_assets_and_of_returns(tmp_path):
    np.save(tmp_path / "prices.npy", CLOSES)
    np.save(tmp_path / "returns.npy", RETURNS)
    prices = read_scenarios(tmp_path / "prices.npy", ticker="SPX,IXIC", start=START)
    returns = read_scenarios(tmp_path / "returns.npy", ticker="SPX, IXIC", start=START, values="returns")
    for scenarios in (prices, returns):
        columns = [scenarios.assets.index(ticker) for ticker in TICKERS]
        np.testing.assert_allclose(scenarios.returns[:, :, columns], RETURNS, atol=1e-6)
    with pytest.raises(ScenarioError, match=r"paths of 2 assets and names none; .*SPX,IXIC"):
        read_scenarios(tmp_path / "prices.npy", ticker="SPX", start=START)


def test_returns_do_not_show_where_paths_are(tmp_path):
    np.save(tmp_path / "m.npy", RETURNS[:, :, 0])
    told = {"ticker": "SPX", "start": START, "values": "returns"}
    with pytest.raises(ScenarioError, match=r"3 rows of 6 numbers, and whether a row or a column is a path cannot"):
        read_scenarios(tmp_path / "m.npy", **told)
    assert read_scenarios(tmp_path / "m.npy", paths_in="rows", **told).n_paths == PATHS
    assert read_scenarios(tmp_path / "m.npy", paths_in="columns", **told).n_paths == DAYS
    (tmp_path / "no.npy").write_bytes(b"no array")
    with pytest.raises(ScenarioError, match="cannot be read as an array"):
        read_scenarios(tmp_path / "no.npy", ticker="SPX", start=START)
