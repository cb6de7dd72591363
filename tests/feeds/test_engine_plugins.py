"""Engines of other people: found by their entry points, and what ``check_engine`` tells their authors to mend."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import metadata
from itertools import count

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.errors import ConfigError, PluginError
from tsgan.feeds import ENGINES, Engine, Limits, engine_of
from tsgan.testing import check_engine
from tsgan.testing.engines import example_paths


class Mine(Engine):
    """One JSON file a symbol."""

    name = "mine"
    howto = '\n    bars = pandas.read_json("SYN0000.json")\n'
    limits = Limits("mine", most=1e6, step=0.001)

    def write(self, series, folder):
        for one in series:
            to_json(self.table(one), folder / f"{one.symbol}.json")


def to_json(table, file):
    table.to_json(file, double_precision=15, date_format="iso")


def read(folder, symbol):
    return pd.read_json(folder / f"{symbol}.json", precise_float=True, convert_axes=True)


class NoEngine:
    pass


@pytest.fixture
def installed(monkeypatch):
    """``installed(mine=Mine)``: entry points of these names, as if packages had announced them."""

    def announce(**engines):
        points = [metadata.EntryPoint(n, f"{__name__}:{cls.__name__}", "tsgan.engines") for n, cls in engines.items()]
        monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points)

    return announce


def test_a_plug_in_keeps_the_contract():
    check_engine(Mine(), read)
    check_engine(Mine())


def test_a_plug_in_is_found_by_its_name(installed, tmp_path):
    installed(mine=Mine)
    assert ENGINES.plugins() == ("mine",)
    example_paths().to_parquet(tmp_path / "paths.parquet")
    made = tsgan.feed(tmp_path / "paths.parquet", "mine", tmp_path / "feed")
    assert "3 symbols for mine" in made.summary() and (tmp_path / "feed" / "SYN0002.json").exists()
    tsgan.feed(example_paths(), "bt", tmp_path / "feed", overwrite=True)
    with pytest.raises(ConfigError, match="zipline, nautilus, lean, qlib, mine"):
        engine_of("yours")


def test_a_plug_in_that_is_no_engine_is_refused(installed):
    installed(none=NoEngine, abstract=Engine)
    for name, message in (("none", r"no tsgan\.feeds\.Engine"), ("abstract", "cannot be made")):
        with pytest.raises(PluginError, match=message):
            engine_of(name)


CLOCK = count()


def _first_only(self, series, folder):
    one = next(iter(series))
    to_json(one.frame(), folder / f"{one.symbol}.json")


def _clock(self, series, folder):
    Mine.write(self, series, folder)
    (folder / "made").write_text(str(next(CLOCK)))


def _late(self, series, folder):
    Mine.write(self, (replace(s, dates=s.dates + np.timedelta64(1, "D")) for s in series), folder)


def _rounded(self, series, folder):
    for one in series:
        to_json(one.frame().round(1), folder / f"{one.symbol}.json")


def _nothing(self, series, folder):
    list(series)


BROKEN = {
    "an object is needed": (Mine, "give an object"),
    "no name": (type("M", (Mine,), {"name": ""})(), "name is ''"),
    "no howto": (type("M", (Mine,), {"howto": " "})(), "howto is empty"),
    "wrong limits": (type("M", (Mine,), {"limits": 7})(), "give tsgan.feeds.Limits"),
    "a step beside the cent": (type("M", (Mine,), {"limits": Limits("m", step=0.003)})(), "no multiple"),
    "no files": (type("M", (Mine,), {"write": _nothing})(), "write left no file"),
    "other days": (type("M", (Mine,), {"write": _late})(), "has the days"),
    "other prices": (type("M", (Mine,), {"write": _rounded})(), "the close of SYN0000SPX is off by up to 0.0"),
    "other bytes": (type("M", (Mine,), {"write": _clock})(), "write no clock time"),
    "a short feed": (type("M", (Mine,), {"feed": lambda self, paths: []})(), "a pair"),
    "a narrow table": (type("M", (Mine,), {"feed": lambda self, paths: pd.DataFrame()})(), "days x symbols"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_check_engine_says_what_to_mend(case):
    engine, message = BROKEN[case]
    with pytest.raises(AssertionError, match=message):
        check_engine(engine, read)


def test_an_engine_must_write_every_series(tmp_path):
    lazy = type("M", (Mine,), {"write": _first_only})()
    with pytest.raises(PluginError, match="did not write every series"):
        tsgan.feed(example_paths(), lazy, tmp_path / "feed")
    assert not (tmp_path / "feed").exists()


def test_the_result_of_a_feed(tmp_path):
    weighted = example_paths(("SPX", "<b>"), weights=np.array([0.5, 0.3, 0.2]))
    made = tsgan.feed(weighted, Mine(), tmp_path / "feed")
    assert made.symbols[:2] == ["SYN0000SPX", "SYN0000B"]
    frame = made.to_frame()
    assert list(frame) == ["symbol", "scenario", "ticker", "weight"] and len(frame) == 6
    document = json.loads(made.to_json())
    assert (
        document["symbols"] == 6 and document["first"] == made.symbols[0] and document["out"] == str(tmp_path / "feed")
    )
    page = made.to_html()
    assert "&lt;b&gt;" in page and "<b>" not in page and made.symbols[5] in page and "read_json" in page
    assert "6 symbols for mine" in made.summary() and "6 symbols for mine" in made._repr_html_()
    with pytest.raises(ConfigError, match="there is symbols"):
        made.to_frame("prices")
