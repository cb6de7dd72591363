"""Panels as they should not be: what cannot be modelled is refused by name, what is doubtful is said."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.errors import DataError

STRANGE = ["../../etc/x", "<b>", "a$b$c_{", "[red]x[/b]", 'a,b"c', "=1+1"]
"""Tickers that mean something to a file system, a page, a picture, a terminal, a table or a spreadsheet."""


def spoiled(closes: pd.DataFrame, case: str) -> pd.DataFrame:
    frame = closes.copy()
    if case == "40 days":
        frame.iloc[:-40, 1] = np.nan
    elif case == "never together":
        frame.iloc[:700, 0] = frame.iloc[700:, 1] = np.nan
    elif case == "constant":
        frame.iloc[:, 1] = 50.0
        frame.iloc[:300, 1] = np.nan
    elif case == "two names":
        frame.columns = ["AAA", "AAA"]
    elif case == "line break":
        frame.columns = ["AAA", "B\nB"]
    elif case == "no name":
        frame.columns = ["AAA", " "]
    return frame


CASES = {
    "40 days": ["BBB has 40 days of prices, but 250 are needed", "leave BBB out"],
    "never together": ["AAA and BBB have no date in common", "load them apart"],
    "constant": ["BBB is constant: 50", "drop it"],
    "two names": ["two columns are called AAA"],
    "line break": [r"'B\nB' is no ticker", "rename it"],
    "no name": ["a column has no name"],
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("command", ["train", "run"])
def test_what_cannot_be_modelled_is_refused_by_name(cli, closes, tmp_path, case, command):
    path = tmp_path / "bad.csv"
    spoiled(closes, case).to_csv(path)
    before = path.read_bytes()
    done = cli(command, path, "--model", "gbm", "--out", tmp_path / "out")
    message = " ".join(done.stderr.split())
    assert done.exit_code == 1 and "Traceback" not in message and "bad.csv" in message
    for words in CASES[case]:
        assert words in message, message
    assert [p.name for p in tmp_path.iterdir()] == ["bad.csv"] and path.read_bytes() == before


def test_inspect_shows_a_young_asset_that_models_refuse(cli, closes, tmp_path):
    spoiled(closes, "40 days").to_csv(tmp_path / "young.csv")
    done = cli("inspect", tmp_path / "young.csv", "--strict")
    told = " ".join((done.stdout + done.stderr).split())
    assert done.exit_code == 1 and "BBB: 40 days of prices; models need 250" in told
    assert "only 40 dates are common to AAA and BBB" in told


def test_duplicate_tickers_in_a_long_table(closes):
    long = closes.melt(var_name="ticker", value_name="close", ignore_index=False).reset_index()
    long["ticker"] = "AAA"
    with pytest.raises(DataError, match=r"AAA has duplicate dates .*; keep one row a date"):
        tsgan.load_prices(long)


@pytest.mark.parametrize("command", ["inspect", "train"])
def test_a_rate_taken_for_a_price_is_said(cli, closes, tmp_path, command):
    steps = np.random.default_rng(1).choice([-0.02, -0.01, 0.0, 0.01, 0.02], len(closes))
    closes.assign(LOAN=np.round(4 + np.cumsum(steps), 2)).to_csv(tmp_path / "rate.csv")
    rest = [] if command == "inspect" else ["--model", "gbm", "--out", tmp_path / "model"]
    done = cli(command, tmp_path / "rate.csv", *rest)
    told = " ".join((done.stdout + done.stderr).split())
    assert done.exit_code == 0 and "--kind LOAN=rate makes it a rate" in told


def test_mixed_currencies_are_said(closes, tmp_path):
    long = closes.melt(var_name="ticker", value_name="close", ignore_index=False).reset_index()
    long["currency"] = long["ticker"].map({"AAA": "USD", "BBB": "GBp"})
    long.to_csv(tmp_path / "mixed.csv", index=False)
    panel = tsgan.load_prices(tmp_path / "mixed.csv")
    assert panel.currency == "" and any("currencies differ: GBp, USD" in note for note in panel.notes)
    long["currency"] = "EUR"
    panel = tsgan.load_prices(long)
    assert panel.currency == "EUR" and not any("currenc" in note for note in panel.notes)
    # Two files that each know theirs.
    for name, currency in (("AAA", "USD"), ("BBB", "EUR")):
        frame = closes[[name]].reset_index()
        frame.attrs = {"currency": currency}
        frame.to_parquet(tmp_path / f"{name}.parquet")
    panel = tsgan.load_prices([str(tmp_path / "AAA.parquet"), str(tmp_path / "BBB.parquet")])
    assert panel.currency == "" and any("currencies differ: EUR, USD" in note for note in panel.notes)


def test_strange_tickers_go_through_everything(cli, tmp_path):
    rng = np.random.default_rng(5)
    moves = 0.01 * rng.standard_t(5, (600, len(STRANGE)))
    days = pd.bdate_range("2012-01-02", periods=600, name="date")
    root = tmp_path / "outer" / "root"
    root.mkdir(parents=True)
    pd.DataFrame(100 * np.exp(np.cumsum(moves, axis=0)), days, STRANGE).to_csv(root / "p.csv")

    def run(*words):
        done = cli(*words)
        assert done.exit_code == 0, (words, done.stderr)

    run("inspect", root / "p.csv")
    run("train", root / "p.csv", "--model", "gbm", "--until", "2013-08-30", "--out", root / "m")
    for name in ("s.parquet", "s.csv", "folder"):
        run("sample", root / "m", "--paths", 20, "--horizon", 5, "--out", root / name)
        assert tsgan.read_scenarios(root / name).assets == tuple(STRANGE)
    for layout in ("wide", "shocks"):
        run("sample", root / "m", "--paths", 20, "--horizon", 5, "--layout", layout, "--out", root / f"{layout}.csv")
    for engine in ("backtesting", "backtrader", "bt", "nautilus", "lean", "qlib", "vectorbt"):
        run("feed", root / "s.parquet", "--engine", engine, "--out", root / engine)
    run("stress", root / "m", "--paths", 200, "--horizon", 10, "--out", root / "report")
    pages = [path.read_text() for path in root.rglob("*.html")]
    assert pages and all("<b>" not in page and "&lt;b&gt;" in page for page in pages)
    cards = [path.read_text() for path in root.rglob("MODEL_CARD.md")]
    assert cards and all(r"\<b\>" in card and "<b>" not in card.replace(r"\<", "") for card in cards)
    # Nothing was written beside the folder, and no name of a file holds what a ticker asked for.
    assert [path.name for path in tmp_path.iterdir()] == ["outer"]
    assert [path.name for path in (tmp_path / "outer").iterdir()] == ["root"]
    assert not any(c in path.name for path in root.rglob("*") for c in '<>$[]{},"')


def test_pictures_take_strange_tickers():
    dates = np.arange("2020-01-01", "2020-12-31", dtype="datetime64[D]")
    prices = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, (len(dates), len(STRANGE))), axis=0))
    panel = tsgan.Panel(dates, tuple(STRANGE), prices, ("price",) * len(STRANGE), calendar="weekdays")
    paths = tsgan.fit(panel, "iid-bootstrap").sample(30, 5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for ticker in STRANGE:
            paths.plot.fan(ticker).figure.canvas.draw()
