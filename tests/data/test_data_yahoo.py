"""The Yahoo source with its network replaced: retries, errors, cache, offline."""

import json
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from tsgan.data import yahoo
from tsgan.data.cache import cache_folder, read_entry
from tsgan.data.load import load_prices
from tsgan.errors import DataError, OutputError, SourceError
from tsgan.inspection import inspect

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
CURRENCIES = {"VOD.L": ("GBp", "LSE"), "SPY": ("USD", "PCX"), "QQQ": ("USD", "NMS")}


class YFRateLimitError(Exception):
    """Named as yfinance names it."""


class YFPricesMissingError(Exception):
    """Named as yfinance names it."""


class FakeYahoo:
    """Answers like yfinance, after raising the errors given."""

    def __init__(self, *errors):
        self.errors, self.calls, self.waits = list(errors), [], []

    def __call__(self, ticker, start, end):
        self.calls.append((ticker, start, end))
        if self.errors:
            raise self.errors.pop(0)
        if ticker == "NOSUCH":
            raise YFPricesMissingError("$NOSUCH: possibly delisted; no price data found")
        days = pd.bdate_range(
            "1950-01-02", pd.Timestamp(end) - pd.Timedelta(days=1), tz="America/New_York", name="Date"
        )
        seed = sum(map(ord, ticker))
        close = 100 * np.exp(np.cumsum(0.01 * np.random.default_rng(seed).standard_normal(len(days))))
        asked = days >= pd.Timestamp(start, tz="America/New_York")
        days, close = days[asked], close[asked]
        frame = pd.DataFrame({"Open": close, "High": close * 1.01, "Low": close * 0.99, "Close": close}, index=days)
        frame = frame.assign(Volume=1000, Dividends=0.0, **{"Stock Splits": 0.0})
        currency, exchange = CURRENCIES.get(ticker, ("USD", "XXX"))
        return frame, {"currency": currency, "exchangeName": exchange}


@pytest.fixture(autouse=True)
def no_network(monkeypatch, tmp_path):
    monkeypatch.setattr(yahoo, "_ask_yfinance", lambda *_: pytest.fail("a test asked the network"))
    monkeypatch.setenv("TSGAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("TSGAN_OFFLINE", raising=False)


def fetch(source, *tickers, start="2022-01-03", end="2024-01-01", **options):
    waits = source.waits if source else []
    return yahoo.fetch(tickers, None, start, end, **{"history": source, "sleep": waits.append, "now": NOW} | options)


def test_success_keeps_prices_sidecar_and_provenance():
    panel = fetch(FakeYahoo(), "SPY", "QQQ")
    assert panel.assets == ("SPY", "QQQ")
    assert (panel.calendar, panel.currency, panel.source) == ("XNYS", "USD", "yahoo:SPY,QQQ")
    assert set(panel.bars) == {"open", "high", "low", "volume"}
    assert str(panel.dates[0]) == "2022-01-03" and str(panel.dates[-1]) == "2023-12-29"
    sidecar = json.loads((cache_folder() / "yahoo" / "SPY.adjusted.json").read_text())["entry"]
    assert sidecar["rows"] == len(panel) and sidecar["fetched_at"].startswith("2024-03-01")
    assert sidecar["version"].startswith("yfinance") and len(sidecar["sha256"]) == 64


def test_retry_then_success():
    source = FakeYahoo(ConnectionError("reset"), YFRateLimitError("429"))
    assert len(fetch(source, "SPY")) == 520
    assert len(source.calls) == 3 and len(source.waits) == 2
    assert 0.7 < source.waits[0] < 1.3 and source.waits[1] > 5


def test_rate_limit_in_the_end():
    source = FakeYahoo(*[YFRateLimitError("429")] * 9)
    with pytest.raises(SourceError, match=r"SPY from 2022-01-03.*rate.*wait some minutes") as caught:
        fetch(source, "SPY")
    assert len(source.calls) == yahoo.ATTEMPTS and max(source.waits) <= 1.25 * yahoo.LONGEST_WAIT
    assert isinstance(caught.value.__cause__, YFRateLimitError)
    assert not list(cache_folder().rglob("*.parquet"))


def test_no_network_points_to_the_cache():
    fetch(FakeYahoo(), "SPY")
    tomorrow = NOW.replace(day=2)
    with pytest.raises(SourceError, match=r"check the network.*TSGAN_OFFLINE=1.*2024-03-01"):
        fetch(FakeYahoo(*[ConnectionError("no route")] * 9), "SPY", now=tomorrow)
    assert read_entry(cache_folder() / "yahoo", "SPY", "adjusted") is not None


def test_missing_ticker_is_not_retried():
    source = FakeYahoo()
    with pytest.raises(SourceError, match=r"no prices of NOSUCH.*spelling"):
        fetch(source, "NOSUCH")
    assert len(source.calls) == 1


def test_cache_is_reused_the_same_day_and_within_its_range():
    source = FakeYahoo()
    whole = fetch(source, "SPY")
    again = fetch(source, "SPY", start="2022-06-01", end="2023-12-01")
    assert len(source.calls) == 1
    assert str(again.dates[0]) == "2022-06-01" and again.dates[-1] < whole.dates[-1]
    fetch(source, "SPY", start="2021-06-01")
    assert source.calls[-1] == ("SPY", "2021-06-01", "2024-01-01")  # the whole range, never appended
    fetch(source, "SPY", now=NOW.replace(day=2))
    assert len(source.calls) == 3


def test_a_damaged_cache_is_fetched_again():
    source = FakeYahoo()
    fetch(source, "SPY")
    next(cache_folder().rglob("*.parquet")).write_bytes(b"half")
    fetch(source, "SPY")
    assert len(source.calls) == 2


def test_offline(monkeypatch):
    with pytest.raises(SourceError, match=r"SPY is not in the price cache.*offline"):
        fetch(None, "SPY", offline=True)
    fetch(FakeYahoo(), "SPY")
    assert len(fetch(None, "SPY", offline=True)) == 520
    monkeypatch.setenv("TSGAN_OFFLINE", "1")
    with pytest.raises(SourceError, match=r"the cache holds 2022-01-03 to before 2024-01-01"):
        fetch(None, "SPY", start="2000-01-01")
    assert len(fetch(None, "SPY", end=None)) == 520
    with pytest.raises(SourceError, match="NOSUCH"):
        load_prices("yahoo:NOSUCH")


def test_default_range_ends_before_today():
    source = FakeYahoo()
    fetch(source, "SPY", start=None, end=None)
    assert source.calls == [("SPY", yahoo.FIRST_DAY, "2024-03-01")]


def test_bad_requests():
    for tickers in ((), ("", " ")):
        with pytest.raises(DataError, match="no ticker"):
            fetch(FakeYahoo(), *tickers)
    with pytest.raises(DataError, match="no days"):
        fetch(FakeYahoo(), "SPY", start="2024-01-01", end="2023-01-01")
    with pytest.raises(DataError, match="not a date"):
        fetch(FakeYahoo(), "SPY", start="soon")


def test_mixed_currencies_and_unknown_exchanges():
    panel = fetch(FakeYahoo(), "SPY", "VOD.L", "ODD")
    assert panel.calendar == "weekdays" and panel.currency == ""
    assert any("currencies differ: GBp, USD" in note for note in panel.notes)
    assert any("exchange XXX" in note for note in panel.notes)


@pytest.mark.parametrize("name", ["us.parquet", "us.csv"])
def test_file_reads_back_with_bars(tmp_path, name):
    options = {"history": FakeYahoo(), "sleep": None, "now": NOW}
    panel = yahoo.fetch(["SPY", "QQQ"], tmp_path / name, "2022-01-03", "2024-01-01", **options)
    back = load_prices(tmp_path / name)
    assert back.data_hash == panel.data_hash
    np.testing.assert_array_equal(back.bars["high"], panel.bars["high"])
    if name.endswith("parquet"):
        assert (back.calendar, back.currency) == ("XNYS", "USD")


def test_file_names(tmp_path):
    with pytest.raises(OutputError, match=r"csv or \.parquet"):
        yahoo.fetch(["SPY"], tmp_path / "us.xlsx", history=FakeYahoo(), now=NOW)


def test_sources_can_be_joined(monkeypatch):
    monkeypatch.setattr(yahoo, "_ask_yfinance", FakeYahoo())
    monkeypatch.setattr(yahoo, "FIRST_DAY", "2015-01-01")
    panel = load_prices(["sample:sp500", "yahoo:SPY"], join="inner")
    assert panel.assets == ("SPX", "SPY") and str(panel.dates[0]) == "2015-01-02"
    with pytest.raises(DataError, match="SPX came from two sources"):
        load_prices(["sample:sp500", "sample:us-indices"])
    assert {f.asset for f in inspect("yahoo:SPY").assets} == {"SPY"}


def test_what_curl_advises_programmers_is_left_out():
    said = "Failed to perform, curl: (6) no such host. See https://curl.se/errors.html first for more details."
    with pytest.raises(SourceError, match=r"curl: \(6\) no such host; check the network"):
        fetch(FakeYahoo(*[OSError(said)] * 9), "SPY")
