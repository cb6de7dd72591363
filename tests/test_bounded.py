"""What people hand in is read within bounds: devices, pipes, packed files, deep documents, strict tables."""

from __future__ import annotations

import functools
import gzip
import os
import threading
import time
import zipfile

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan import bounded
from tsgan.applications.lending import read_book
from tsgan.applications.stress import read_portfolio
from tsgan.bounded import Unreadable
from tsgan.errors import ConfigError, DataError, ScenarioError


def wide_prices(assets: int = 2, days: int = 300) -> pd.DataFrame:
    moves = 0.01 * np.random.default_rng(4).standard_normal((days, assets))
    index = pd.bdate_range("2019-01-01", periods=days, name="date")
    return pd.DataFrame(100 * np.exp(np.cumsum(moves, axis=0)), index, [f"T{i}" for i in range(assets)])


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no such device")
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/urandom"])
def test_devices_are_no_files(device, tmp_path):
    for read, error in (
        (tsgan.GANConfig.from_toml, ConfigError),
        (read_portfolio, ConfigError),
        (read_book, ConfigError),
    ):
        with pytest.raises(error, match=f"{device}.* it is a device, not a file"):
            read(device)
    link = tmp_path / "p.csv"
    link.symlink_to(device)
    with pytest.raises(DataError, match=r"p\.csv.*(it is a device|is empty)"):
        tsgan.load_prices(link)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_pipes_are_read_and_never_waited_for_in_vain(tmp_path, monkeypatch):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    monkeypatch.setattr(bounded, "PATIENCE", 0.1)
    with pytest.raises(ConfigError, match=r"nothing came through this pipe for 0\.1 s"):
        tsgan.GANConfig.from_toml(pipe)
    read_end, write_end = os.pipe()
    os.close(write_end)
    with pytest.raises(ConfigError, match="an empty pipe: nobody writes to it"):
        tsgan.GANConfig.from_toml(f"/dev/fd/{read_end}")
    os.close(read_end)
    read_end, write_end = os.pipe()

    def later():
        os.write(write_end, b"ticker,weight\n")
        time.sleep(0.02)
        os.write(write_end, b"AAA,0.5\n")
        os.close(write_end)

    monkeypatch.setattr(bounded, "PATIENCE", 5.0)
    thread = threading.Thread(target=later)
    thread.start()
    assert read_portfolio(f"/dev/fd/{read_end}").assets == ("AAA",)  # as the shell's <(command) hands it over
    thread.join()
    os.close(read_end)


def test_what_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    packed = gzip.compress(b"0" * 5_000_000)
    with pytest.raises(Unreadable, match=r"MB unpack to more than 1 MB; .* unpack it with gunzip"):
        bounded.unpacked(packed, 1_000_000)
    assert len(bounded.unpacked(packed)) == 5_000_000
    (tmp_path / "p.csv.gz").write_bytes(packed)
    monkeypatch.setattr("tsgan.data.grids.unpacked", functools.partial(bounded.unpacked, most=1_000_000))
    with pytest.raises(DataError, match=r"p\.csv\.gz: its .* unpack to more than"):
        tsgan.load_prices(tmp_path / "p.csv.gz")


def test_a_damaged_packed_file(tmp_path):
    wide_prices().to_csv(tmp_path / "p.csv.gz")
    whole = (tmp_path / "p.csv.gz").read_bytes()
    assert len(tsgan.load_prices(tmp_path / "p.csv.gz")) == 300
    for content in (whole[:-20], whole[:100], whole[:50] + b"xx" + whole[52:], b"\x1f\x8b", b"no gzip"):
        (tmp_path / "p.csv.gz").write_bytes(content)
        with pytest.raises(DataError, match=r"p\.csv\.gz: it is no complete gzip file"):
            tsgan.load_prices(tmp_path / "p.csv.gz")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 200_000, "nests too deeply"),
        ('{"a":' * 5000, "nests too deeply|no valid JSON"),
        ('{"fast": [5], "fast": [6]}', "'fast' twice"),
        ('{"fast": [NaN]}', "NaN, which is no number"),
        ('{"a": [1], "b": ', "no valid JSON"),
    ],
)
def test_documents_that_are_none(tmp_path, text, words):
    (tmp_path / "grid.json").write_text(text)
    paths = tsgan.fit(wide_prices(), "gbm").sample(3, 5)
    with pytest.raises(ConfigError, match=rf"grid\.json cannot be read as JSON: it .*({words})"):
        tsgan.robustness("momentum", paths, wide_prices(), variants=tmp_path / "grid.json")


@pytest.mark.parametrize("text", ["a = " + "[" * 50_000, "a" + ".a" * 20_000 + " = 1", "[" + "a." * 20_000 + "a]"])
def test_deep_configurations(tmp_path, text):
    (tmp_path / "c.toml").write_text(text)
    began = time.perf_counter()
    with pytest.raises(ConfigError, match=r"c\.toml: it nests too deeply"):
        tsgan.GANConfig.from_toml(tmp_path / "c.toml")
    assert time.perf_counter() - began < 5


def test_too_many_combinations(tmp_path):
    (tmp_path / "grid.json").write_text(str({name: list(range(100)) for name in "abcd"}).replace("'", '"'))
    paths = tsgan.fit(wide_prices(), "gbm").sample(3, 5)
    with pytest.raises(ConfigError, match="100,000,000 combinations; at most 100,000"):
        tsgan.robustness("momentum", paths, wide_prices(), variants=tmp_path / "grid.json")


PORTFOLIOS = {
    "a line with #": ("ticker,weight\nAAA,0.5\n#BBB,0.5\n", r"line 3: '#BBB' begins with #.* above the header only"),
    "a head twice": ("ticker,weight,weight\nAAA,0.5,0.7\n", "the column weight more than once"),
    "too many cells": ("ticker,weight\nAAA,1,000.5\n", "line 2: 3 cells where the header has 2"),
    "an open quote": ('ticker,weight\n"AAA,0.5\nBBB,0.5\n', "line"),
    "what cannot be seen": ("ticker,weight\nA\x07A,0.5\n", "line 2: ticker is .*cannot be seen"),
    "1e308": ("ticker,quantity\nAAA,1e308\n", r"quantity of AAA is 1e\+308; give 0, or 1e-12 to 1e\+18"),
    "1e-308": ("ticker,quantity\nAAA,1e-308\n", "quantity of AAA is 1e-308"),
    "no text": (b"\xff\xfe\x00ticker", "no UTF-8 text"),
    "empty": ("", "it is empty"),
}


@pytest.mark.parametrize("case", PORTFOLIOS)
def test_portfolios_are_read_strictly(case, tmp_path):
    content, words = PORTFOLIOS[case]
    file = tmp_path / "p.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError, match=words) as caught:
        read_portfolio(file)
    assert "p.csv" in str(caught.value)


def test_comments_above_the_header_and_odd_names_stay(tmp_path):
    (tmp_path / "p.csv").write_text("# mine\n#\n ticker , weight \nNA,0.25\nA#B,0.5\n\n,\n'=X,0.25\n")
    assert read_portfolio(tmp_path / "p.csv").assets == ("NA", "A#B", "=X")
    (tmp_path / "p.csv.gz").write_bytes(gzip.compress((tmp_path / "p.csv").read_bytes()))
    assert read_portfolio(tmp_path / "p.csv.gz").assets == ("NA", "A#B", "=X")


BOOKS = {
    "1e20 days": (
        "loan,amount,collateral,grace\none,5,AAA:1,1e20\n",
        "grace is 1e.20; it must be a whole number of days",
    ),
    "1e308": ("loan,amount,collateral\none,1e308,AAA:1\n", r"amount is 1e\+308"),
    "1e308 units": ("loan,amount,collateral\none,5,AAA:1e308\n", "units above 0, up to"),
    "a line with #": ("loan,amount,collateral\n#one,5,AAA:1\n", "line 2: '#one' begins with #"),
    "no probability": ("pool,exposure,lgd,series,pd,correlation\na,5,0.5,AAA,1e-300,0.1\n", "pd is 1e-300"),
}


@pytest.mark.parametrize("case", BOOKS)
def test_books_have_bounds(case, tmp_path):
    text, words = BOOKS[case]
    (tmp_path / "book.csv").write_text(text)
    with pytest.raises(ConfigError, match=words) as caught:
        read_book(tmp_path / "book.csv")
    assert "book.csv" in str(caught.value)


@pytest.mark.parametrize("kind", ["lists", "structures", "twice", "bytes"])
def test_scenario_tables_hold_one_value_a_cell(kind, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    cells = {"lists": [[1.0]] * 2, "structures": [{"a": 1.0}] * 2, "bytes": [b"1"] * 2, "twice": [1.0, 1.0]}[kind]
    arrays = [pa.array([0, 0]), pa.array(["2020-01-01", "2020-01-02"]), pa.array(["A", "A"]), pa.array(cells)]
    names = ["scenario", "date", "ticker", "close"]
    if kind == "twice":
        arrays, names = [*arrays, arrays[3]], [*names, "close"]
    pq.write_table(pa.table(arrays, names=names), tmp_path / "s.parquet")
    with pytest.raises(ScenarioError, match=r"s\.parquet.* column close"):
        tsgan.read_scenarios(tmp_path / "s.parquet")


def test_a_workbook_that_would_fill_the_memory(tmp_path):
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    related = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    sheet = '<worksheet {}><sheetData><row r="{}"><c r="{}"><v>1</v></c></row></sheetData></worksheet>'
    for cell, row in (("A1", 4_000_000_000), ("ZZZZZ1", 1), ("A1", 0), ("1", 1), ("A1", -5)):
        with zipfile.ZipFile(tmp_path / "p.xlsx", "w") as book:
            book.writestr(
                "xl/workbook.xml",
                f'<workbook {space} {related}><sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>',
            )
            book.writestr(
                "xl/_rels/workbook.xml.rels",
                '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>',
            )
            book.writestr("xl/worksheets/sheet1.xml", sheet.format(space, row, cell))
        with pytest.raises(DataError, match=r"p\.xlsx: it is no Excel workbook"):
            tsgan.load_prices(tmp_path / "p.xlsx")


def test_the_first_day_is_no_header(tmp_path):
    """A second row with a cell that is none does not make the first one a header."""
    lines = wide_prices(days=30).to_csv().splitlines()
    for spoiled in ("#" + lines[2], lines[2].replace("2019", "2O19"), lines[2].replace(".", ".x", 1)):
        (tmp_path / "p.csv").write_text("\n".join([lines[0], lines[1], spoiled, *lines[3:]]))
        with pytest.raises(DataError, match="line 3"):
            tsgan.load_prices(tmp_path / "p.csv", min_days=2)


def test_bars_whose_close_has_another_name(tmp_path):
    table = wide_prices(1, 30).rename(columns={"T0": "Open"})
    table = table.assign(High=table["Open"] * 1.01, Low=table["Open"] * 0.99, Clsoe=table["Open"])
    with pytest.raises(DataError, match="columns open, high and low, but none is called close"):
        tsgan.load_prices(table, min_days=2)
    table.rename(columns={"Clsoe": "Close"}).assign(close=1.0).to_csv(tmp_path / "p.csv")
    with pytest.raises(DataError, match="two columns are called"):
        tsgan.load_prices(pd.concat([table.rename(columns={"Clsoe": "Close"})] * 2, axis=1), min_days=2)
