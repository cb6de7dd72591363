"""Every layout, from a file and from memory, gives the same prices."""

import numpy as np
import pandas as pd
import pytest

from tsgan.data.load import load_prices
from tsgan.errors import DataError

DAYS = pd.bdate_range("2020-01-01", periods=300, name="Date")
RNG = np.random.default_rng(5)
CLOSE = pd.DataFrame(
    100 * np.exp(np.cumsum(0.01 * RNG.standard_normal((300, 2)), axis=0)), index=DAYS, columns=["SPY", "LOW"]
)


def bars(ticker):
    close = CLOSE[ticker].to_numpy()
    columns = {
        "Open": close * 1.001,
        "High": close * 1.01,
        "Low": close * 0.99,
        "Close": close,
        "Volume": close * 0 + 7,
    }
    return pd.DataFrame(columns, index=DAYS)


def yfinance_table(order=("Price", "Ticker")):
    table = pd.concat({t: bars(t) for t in CLOSE}, axis=1, names=["Ticker", "Price"])
    return table.reorder_levels(list(order), axis=1)


def long_table(**names):
    parts = [bars(t).reset_index().assign(ticker=t) for t in CLOSE]
    table = pd.concat(parts).sort_values(["Date", "ticker"], kind="stable")
    return table.rename(columns=lambda c: names.get(c.lower(), c.lower()))


def assert_same(panel, with_bars=True):
    assert sorted(panel.assets) == ["LOW", "SPY"]
    panel = panel.select(["SPY", "LOW"])
    np.testing.assert_array_equal(panel.prices, CLOSE.to_numpy())
    np.testing.assert_array_equal(panel.dates, DAYS.to_numpy().astype("datetime64[D]"))
    assert set(panel.bars) == ({"open", "high", "low", "volume"} if with_bars else set())
    if with_bars:
        np.testing.assert_array_equal(panel.bars["open"][:, 1], bars("LOW")["Open"])


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".csv.gz", ".tsv"])
def test_wide_file(tmp_path, suffix):
    path = tmp_path / f"prices{suffix}"
    if suffix == ".parquet":
        CLOSE.to_parquet(path)
    else:
        CLOSE.to_csv(path, sep="\t" if suffix == ".tsv" else ",")
    assert_same(load_prices(path), with_bars=False)
    assert_same(load_prices(str(path)), with_bars=False)


@pytest.mark.parametrize(
    "frame",
    [CLOSE, CLOSE.reset_index(), CLOSE.rename_axis(None), CLOSE.tz_localize("America/New_York"), CLOSE.to_period("D")],
    ids=["index", "column", "unnamed", "zoned", "period"],
)
def test_wide_frame(frame):
    assert_same(load_prices(frame), with_bars=False)


@pytest.mark.parametrize(
    "style", ["%d/%m/%Y", "%m/%d/%Y", "%Y%m%d", "%b %d, %Y", "%d.%m.%Y", "%Y-%m-%d 00:00:00-05:00"]
)
def test_date_styles(tmp_path, style):
    CLOSE.to_csv(tmp_path / "prices.csv", date_format=style)
    assert_same(load_prices(tmp_path / "prices.csv"), with_bars=False)


def test_flat_ohlcv_takes_its_ticker_from_the_file(tmp_path):
    bars("SPY").to_csv(tmp_path / "SPY.csv")
    panel = load_prices(tmp_path / "SPY.csv")
    assert panel.assets == ("SPY",)
    np.testing.assert_array_equal(panel.prices[:, 0], CLOSE["SPY"])
    np.testing.assert_array_equal(panel.bars["volume"][:, 0], 7)
    assert load_prices(tmp_path / "SPY.csv", ticker="ETF").assets == ("ETF",)
    assert load_prices(bars("SPY")).assets == ("ASSET",)


def test_saved_row_numbers_are_ignored(tmp_path):
    bars("SPY").reset_index().to_csv(tmp_path / "SPY.csv")
    assert load_prices(tmp_path / "SPY.csv").assets == ("SPY",)


def test_adjusted_close_wins_and_scales_the_bars():
    frame = bars("SPY")
    frame["Adj Close"] = frame["Close"] * 0.5
    panel = load_prices(frame)
    np.testing.assert_allclose(panel.prices[:, 0], frame["Close"] * 0.5, rtol=1e-12)
    np.testing.assert_allclose(panel.bars["high"][:, 0], frame["High"] * 0.5, rtol=1e-12)
    assert any("Adj Close" in note for note in panel.notes)


@pytest.mark.parametrize("names", [{}, {"ticker": "Symbol", "close": "PRICE", "date": "Date"}])
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_long(tmp_path, names, suffix):
    path = tmp_path / f"long{suffix}"
    table = long_table(**names)
    table.to_csv(path, index=False) if suffix == ".csv" else table.to_parquet(path)
    assert_same(load_prices(path))
    assert_same(load_prices(table))
    assert_same(load_prices(table.set_index([names.get("date", "date"), names.get("ticker", "ticker")])))


@pytest.mark.parametrize("order", [("Price", "Ticker"), ("Ticker", "Price")])
def test_yfinance_three_header_rows(tmp_path, order):
    table = yfinance_table(order)
    table.to_csv(tmp_path / "yf.csv")
    assert (tmp_path / "yf.csv").read_text().splitlines()[2].startswith("Date,")
    assert_same(load_prices(tmp_path / "yf.csv"))
    assert_same(load_prices(table))
    assert_same(load_prices(table.reset_index()))


@pytest.mark.parametrize("order", [("Price", "Ticker"), ("Ticker", "Price")])
def test_yfinance_two_header_rows(tmp_path, order):
    yfinance_table(order).reset_index().to_csv(tmp_path / "yf.csv", index=False)
    assert_same(load_prices(tmp_path / "yf.csv"))


def test_yfinance_flattened(tmp_path):
    table = bars("SPY")[["Close", "High", "Low", "Open", "Volume"]].rename_axis(columns="Price")
    table.to_csv(tmp_path / "SPY.csv")
    assert load_prices(tmp_path / "SPY.csv").assets == ("SPY",)


def test_semicolons_blank_lines_and_bom(tmp_path):
    text = CLOSE.to_csv(sep=";").replace("\n2020-01-02", "\n\n2020-01-02")
    (tmp_path / "prices.csv").write_text("\n\n" + text + "\n\n", encoding="utf-8-sig")
    assert_same(load_prices(tmp_path / "prices.csv"), with_bars=False)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["Close", "SPY"], "ambiguous"),
        (["Open", "High"], "no close column"),
        (["ticker", "Open"], "no close column"),
        (["SPY", "SPY"], "two columns are called SPY"),
    ],
)
def test_unknown_layouts_say_what_was_seen(columns, message):
    frame = CLOSE.set_axis(columns, axis=1)
    with pytest.raises(DataError, match=message):
        load_prices(frame)


def test_no_dates():
    with pytest.raises(DataError, match=r"no dates.*accepted layouts"):
        load_prices(CLOSE.reset_index(drop=True))


def test_scenarios_are_not_prices():
    with pytest.raises(DataError, match="read_scenarios"):
        load_prices(long_table().assign(scenario=0))


def test_day_and_month_that_cannot_be_told_apart():
    frame = CLOSE.iloc[:3].reset_index()
    frame["Date"] = ["01/02/2020", "02/02/2020", "03/02/2020"]
    with pytest.raises(DataError, match="day and month"):
        load_prices(frame)
