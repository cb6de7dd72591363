"""No table that tsgan writes holds a text that a spreadsheet computes, and what it reads back is what was meant."""

from __future__ import annotations

import ast
import csv
import gzip
import itertools
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.feeds import ENGINES
from tsgan.formulas import STARTS, guarded, unguarded, write_csv

PACKAGE = Path(__file__).parents[1] / "tsgan"
SCRIPTS = PACKAGE.parent / "scripts"
TICKERS = ("=1+1", "+A", "-B", "@C", "\uff1dD", "'=E")
"""Every kind that can stand in a name; a tab and a carriage return can not."""


@pytest.mark.parametrize("start", STARTS)
def test_each_beginning_is_guarded_and_comes_back(start):
    for text in (f"{start}cmd|' /C calc'!A0", f"'{start}X", f"''{start}"):
        assert guarded(text) == f"'{text}" and unguarded(guarded(text)) == text


def test_any_text_comes_back():
    for letters in itertools.product("'=-1.a ", repeat=4):
        text = "".join(letters)
        assert unguarded(guarded(text)) == text


@pytest.mark.parametrize(
    "text", ["-0.5", "+3", "-1e-5", "-.5", "-", "--", "-12.5 %", "-inf", "A=1", "^GSPC", "", "1-2"]
)
def test_numbers_and_other_texts_stay(text):
    assert guarded(text) == text == unguarded(text)


def test_a_table_is_guarded_in_cells_heads_and_index():
    table = pd.DataFrame({"=h": ["=a", "b", None], "n": [-1.0, 2.0, 3.0]}, index=pd.Index(["@i", "j", "k"], name="+x"))
    before = table.copy()
    rows = list(csv.reader(write_csv(table, index=True).splitlines()))
    assert rows == [["'+x", "'=h", "n"], ["'@i", "'=a", "-1.0"], ["j", "b", "2.0"], ["k", "", "3.0"]]
    pd.testing.assert_frame_equal(table, before)
    kinds = table.assign(c=pd.Categorical(["=a", "=a", "b"]), s=pd.array(["-z", "y", None], dtype="string"))
    assert "'=a" in write_csv(kinds) and "'-z" in write_csv(kinds)


def writers_of_csv(folder: Path, left_out: str = "") -> list[str]:
    """Calls that write CSV by themselves, below a folder."""
    found = []
    for module in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            called = isinstance(node, ast.Call) and ast.unparse(node.func)
            if called and re.search(r"\.to_csv$|\.to_excel$|csv\.writer$|DictWriter$|CSVWriter$|savetxt$", called):
                found.append(f"{module.relative_to(folder).as_posix()}: {called}")
    return sorted(one for one in found if not left_out or not one.startswith(left_out))


def test_scripts_go_through_it_too():
    """But for those that make inputs to be spoiled, with tickers of their own."""
    assert writers_of_csv(SCRIPTS, "faults/") == ["export_csv.py: paths.to_csv"]  # of scenarios, guarded by itself


def test_there_is_one_door():
    """Nothing else in the package writes CSV; scenarios, which are written by Arrow, go through the same guard."""
    assert writers_of_csv(PACKAGE) == [
        "cli/common.py: result.to_excel",  # guarded by itself
        "data/sheets.py: csv.writer",  # text in memory
        "formulas.py: safe.to_csv",
        "scenarios/tables.py: CSVWriter",
    ]


@pytest.fixture(scope="module")
def prices() -> pd.DataFrame:
    moves = 0.01 * np.random.default_rng(5).standard_t(5, (400, len(TICKERS)))
    days = pd.bdate_range("2018-01-01", periods=400, name="date")
    return pd.DataFrame(100 * np.exp(np.cumsum(moves, axis=0)), days, list(TICKERS))


def computed(folder: Path) -> list[str]:
    """Cells of every table below a folder that a spreadsheet would compute."""
    found = []
    for file in folder.rglob("*"):
        if file.suffix not in (".csv", ".gz"):
            continue
        text = gzip.open(file, "rt").read() if file.suffix == ".gz" else file.read_text()
        for row in csv.reader(text.splitlines()):
            found += [f"{file.name}: {cell}" for cell in row if guarded(cell) != cell and not cell.startswith("'")]
    return found


def test_every_table_that_is_written(prices, tmp_path):
    panel = tsgan.load_prices(prices, calendar="XNYS")
    model = tsgan.fit(panel, "gbm")
    model.save(tmp_path / "model")
    paths = model.sample(30, 20, seed=1)
    for layout in ("long", "wide", "shocks"):
        paths.to_csv(tmp_path / f"{layout}.csv", layout)
        assert tsgan.read_scenarios(tmp_path / f"{layout}.csv").assets == TICKERS
    assert computed(tmp_path) == [] and "'=1+1" in (tmp_path / "long.csv").read_text()
    for engine in ENGINES.own:
        tsgan.feed(paths[:2], engine, tmp_path / f"feed {engine}")
    book = pd.DataFrame({"loan": ["=1+1", "-x"], "amount": 5.0, "collateral": "=1+1:2"})
    tsgan.lend(paths, book).save(tmp_path / "lend")
    assert len({file.parent for file in tmp_path.rglob("*.csv")}) >= 6
    assert computed(tmp_path) == []


def test_prices_come_back_from_a_guarded_table(prices, tmp_path):
    write_csv(prices, tmp_path / "wide.csv", index=True)
    long = prices.melt(var_name="ticker", value_name="close", ignore_index=False).reset_index()
    write_csv(long, tmp_path / "long.csv")
    for name in ("wide.csv", "long.csv"):
        panel = tsgan.load_prices(tmp_path / name)
        assert panel.assets == TICKERS
        np.testing.assert_array_equal(panel.prices, prices.to_numpy())
