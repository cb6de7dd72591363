"""Bad prices are refused with a message that helps; suspicious ones are noted."""

import numpy as np
import pandas as pd
import pytest

from tsgan.data.load import load_prices, load_with_findings
from tsgan.errors import DataError
from tsgan.inspection import inspect

DAYS = pd.bdate_range("2020-01-01", periods=300, name="date")


@pytest.fixture
def closes():
    moves = 0.01 * np.random.default_rng(3).standard_normal((300, 2))
    return pd.DataFrame(100 * np.exp(np.cumsum(moves, axis=0)), index=DAYS, columns=["AAA", "BBB"])


def refuse(source, *words, **options):
    with pytest.raises(DataError) as caught:
        load_prices(source, **options)
    for word in words:
        assert word in str(caught.value)


def found(source, **options):
    return [f"{f.severity} {f}" for f in load_with_findings(source, **options)[1]]


def has(findings, *words):
    return any(all(word in finding for word in words) for finding in findings)


def test_missing_file(tmp_path):
    refuse(tmp_path / "none.csv", "none.csv", "sample:us-indices")
    refuse(tmp_path, "folder")


@pytest.mark.parametrize("text", ["", "\n\n", "date,AAA\n"])
def test_empty_csv(tmp_path, text):
    path = tmp_path / "empty.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=r"empty\.csv.*one row a day"):
        load_prices(path)


def test_not_a_table(tmp_path):
    (tmp_path / "a.xlsx").write_text("x")
    refuse(tmp_path / "a.xlsx", "save it as CSV")
    (tmp_path / "a.parquet").write_text("this is no parquet file")
    refuse(tmp_path / "a.parquet", "a.parquet", "cannot read")
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00date")
    refuse(tmp_path / "a.csv", "UTF-8")
    (tmp_path / "b.csv").write_text("date,A\n2020-01-01,1\n2020-01-02,1,2,3\n")
    refuse(tmp_path / "b.csv", "cannot read", "line 3")


def test_text_in_a_price_column(tmp_path, closes):
    path = tmp_path / "prices.csv"
    lines = closes.to_csv().splitlines()
    lines[7] = lines[7].rsplit(",", 1)[0] + ",n.a.x"
    path.write_text("\n".join(lines))
    refuse(path, "prices.csv", "column BBB", "line 8", "'n.a.x'")
    refuse(closes.astype(object).mask(closes > 1e9).assign(AAA="oops"), "column AAA", "row 0", "'oops'")


def test_text_in_the_date_column(tmp_path, closes):
    path = tmp_path / "prices.csv"
    lines = closes.to_csv().splitlines()
    lines[7] = "yesterday," + lines[7].split(",", 1)[1]
    path.write_text("\n".join(lines))
    refuse(path, "date column", "line 8", "'yesterday'")


@pytest.mark.parametrize("value", [0.0, -3.5])
def test_negative_prices(closes, value):
    closes.iloc[10, 1] = value
    refuse(closes, "BBB", "2020-01-15", f"{value:g}", "kinds")
    assert load_prices(closes, kinds={"BBB": "rate"}).kinds == ("price", "rate")


def test_returns_instead_of_prices(closes):
    refuse(np.log(closes).diff().iloc[1:], "look like returns")


def test_infinite(closes):
    closes.iloc[10, 0] = np.inf
    refuse(closes, "AAA", "infinite", "2020-01-15")


def test_constant(closes):
    refuse(closes.assign(BBB=5.0), "BBB", "constant", "5")


def test_duplicate_dates(closes):
    refuse(pd.concat([closes, closes.iloc[[4, 9]]]), "duplicate dates", "2020-01-07", "2020-01-14")


def test_intraday(tmp_path):
    stamps = pd.date_range("2020-01-01 09:30", periods=600, freq="h", name="date")
    frame = pd.DataFrame({"AAA": np.linspace(1, 2, 600)}, index=stamps)
    refuse(frame, "intraday", "resample")
    frame.to_csv(tmp_path / "hours.csv")
    refuse(tmp_path / "hours.csv", "hours.csv", "intraday", "resample")


def test_short_history(closes):
    refuse(closes.head(30), "30 days", "250")
    assert len(load_prices(closes.head(30), min_days=30)) == 30
    assert any("models need 250" in f.message for f in inspect(closes.head(30)).warnings)


def test_no_prices_and_no_common_dates(closes):
    refuse(closes.assign(BBB=np.nan), "BBB", "no prices at all")
    closes.iloc[:150, 0] = np.nan
    closes.iloc[150:, 1] = np.nan
    refuse(closes, "no date in common")


def test_unknown_names(closes):
    refuse("sample:nikkei", "nikkei", "sample:us-indices")
    refuse(closes, "unknown calendar", calendar="MOON")
    refuse(closes, "kinds names CCC", kinds={"CCC": "rate"})
    refuse(closes, "choose price", kinds={"AAA": "stock"})
    refuse(42, "cannot load prices from int")


def test_sorted_with_a_note(closes):
    panel = load_prices(closes.iloc[::-1])
    np.testing.assert_array_equal(panel.prices, closes.to_numpy())
    assert has(panel.notes, "AAA", "newest first", "sorted")
    assert has(load_prices(closes.sample(frac=1, random_state=0)).notes, "out of order")


def test_inner_join_says_what_it_cost(closes):
    closes.iloc[:20, 1] = np.nan
    closes.iloc[100, 1] = np.nan
    panel = load_prices(closes, join="inner")
    assert len(panel) == 279
    assert has(panel.notes, "AAA", "21 of 300 rows dropped", "20 outside", "1 on dates that another asset lacks")
    assert has(panel.notes, "BBB", "no close on 1 dates")


@pytest.mark.parametrize(("factor", "words"), [(0.5, "2 for 1"), (1 / 3, "3 for 1"), (10, "1 for 10"), (100, "unit")])
def test_splits(closes, factor, words):
    closes.iloc[150:, 0] *= factor
    assert has(found(closes), "warning AAA", str(DAYS[150].date()), words)


def test_implausible_jump(closes):
    closes.iloc[150:, 0] *= 0.4
    assert has(found(closes), "warning AAA", "-6", "check it")


def test_clean_prices_have_no_warnings(closes):
    assert not [f for f in found(closes) if f.startswith("warning")]


def test_runs_and_weekends(closes):
    closes.iloc[50:56, 0] = closes.iloc[50, 0]
    closes.index = closes.index.where(np.arange(300) != 2, pd.Timestamp("2020-01-04"))
    findings = found(closes)
    assert has(findings, "warning AAA", "6 days in a row")
    assert has(findings, "warning AAA", "weekends", "2020-01-04")


def test_missing_sessions():
    frame = inspect("sample:sp500").panel.to_frame()
    findings = found(frame.drop(frame.index[[100, 200]]), calendar="XNYS")
    assert has(findings, "warning", "2 of 5031 sessions of XNYS are missing", str(frame.index[100].date()))
    assert has(found(frame.drop(frame.index[[100, 200]])), "calendar XNYS chosen")


def test_bars(closes):
    frame = pd.DataFrame({c: closes["AAA"] for c in ("open", "high", "low", "close")}).assign(volume=1.0)
    frame.iloc[5, 1] *= 0.9
    frame.iloc[7, 4] = 0
    findings = found(frame)
    assert has(findings, "warning", "high below", "2020-01-08")
    assert has(findings, "note", "zero volume", "2020-01-10")
    frame.iloc[9, 0] = np.nan
    panel = load_prices(frame)
    assert set(panel.bars) == {"open", "high", "low", "volume"}
    assert np.flatnonzero(np.isnan(panel.bars["open"])).tolist() == [9]
    assert has(panel.notes, "no open on 1 day: 2020-01-14")
    assert "volume" not in load_prices(frame.assign(volume=0)).bars


def test_today_and_the_future(closes):
    last = np.datetime64(DAYS[-1].date())
    assert has(found(closes, today=last), "warning", "may not be finished")
    assert has(found(closes, today=last - np.timedelta64(5, "D")), "warning", "future")


def test_decimals_for_percent(closes):
    rates = closes.assign(BBB=closes["BBB"] / 2000)
    assert has(found(rates, kinds={"BBB": "rate"}), "warning BBB", "multiply by 100")
    assert not has(found(closes, kinds={"BBB": "rate"}), "multiply")


def test_weekly_prices_step_by_weeks(closes):
    closes.index = pd.date_range("2010-01-01", periods=300, freq="7D", name="date")
    panel = load_prices(closes)
    assert panel.periods_per_year == 52 and has(panel.notes, "weekly")


def test_every_day_markets(closes):
    closes.index = pd.date_range("2020-01-01", periods=300, name="date")
    panel = load_prices(closes)
    assert (panel.calendar, panel.periods_per_year) == ("24/7", 365)
    assert not has(panel.notes, "weekend")
