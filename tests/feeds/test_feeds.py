"""Each engine's format, read back by the format's own rules, without the engine."""

from __future__ import annotations

import ast
import io
import runpy
import subprocess
import sys
import textwrap
import types
import zipfile
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.errors import ConfigError, OutputError, ScenarioError
from tsgan.feeds import ENGINES, Limits, engine_of, feed, series_of
from tsgan.testing import check_engine
from tsgan.testing.engines import DAYS
from tsgan.testing.engines import example_paths as paths_of


def read(engine: str, folder, symbol: str) -> pd.DataFrame:
    """What ``engine`` would see of one symbol: open, high, low, close, volume by day."""
    if engine in ("vectorbt", "bt"):
        fields = {"close": "prices.csv"} if engine == "bt" else {name: f"{name}.csv" for name in ("open", "close")}
        return pd.DataFrame(
            {
                name: pd.read_csv(folder / file, index_col="date", parse_dates=True)[symbol]
                for name, file in fields.items()
            }
        )
    if engine == "lean":
        with zipfile.ZipFile(folder / "equity" / "usa" / "daily" / f"{symbol.lower()}.zip") as archive:
            text = archive.read(f"{symbol.lower()}.csv")
        names = ["date", "open", "high", "low", "close", "volume"]
        frame = pd.read_csv(io.BytesIO(text), names=names)
        assert all(kind.kind == "i" for kind in frame.dtypes[1:])
        frame.index = pd.to_datetime(frame.pop("date"), format="%Y%m%d %H:%M")
        return frame / [10_000, 10_000, 10_000, 10_000, 1]
    if engine == "qlib":
        days = pd.to_datetime((folder / "calendars" / "day.txt").read_text().split())
        place = folder / "features" / symbol.lower()
        values = {f.name.split(".")[0]: np.fromfile(f, "<f4") for f in place.glob("*.day.bin")}
        assert set(values) == {"open", "high", "low", "close", "volume", "factor", "change"}
        assert all(v[0] == 0 and len(v) == len(days) + 1 for v in values.values()) and (values["factor"][1:] == 1).all()
        return pd.DataFrame({name: v[1:] for name, v in values.items()}, index=days)
    place, column = (
        (folder / "daily", "date") if engine == "zipline" else (folder, {"backtesting": "Date"}.get(engine, "date"))
    )
    frame = pd.read_csv(
        place / f"{symbol}.csv", index_col="timestamp" if engine == "nautilus" else column, parse_dates=True
    )
    if engine == "backtesting":
        assert list(frame) == ["Open", "High", "Low", "Close", "Volume"]
    if engine == "zipline":
        assert list(frame) == ["open", "high", "low", "close", "volume", "dividend", "split"]
        assert np.all(frame["dividend"] == 0) and np.all(frame["split"] == 1)
    return frame.rename(columns=str.lower)


@pytest.mark.parametrize("engine", ENGINES)
def test_contract(engine):
    check_engine(engine_of(engine), partial(read, engine), rtol=1e-7 if engine == "qlib" else 0)


@pytest.mark.parametrize("engine", ENGINES)
def test_objects_in_memory(engine):
    paths = paths_of(("SPX", "IXIC"))
    made = engine_of(engine).feed(paths)
    if engine in ("vectorbt", "bt"):
        assert made.shape == (DAYS + 1, 6)
        column = (2, "IXIC") if engine == "vectorbt" else "SYN0002IXIC"
        np.testing.assert_array_equal(made[column].to_numpy()[1:], paths.ohlcv(0.01)["close"][2, :, 1])
        return
    listed = dict(made)
    assert len(listed) == 6
    last = listed["SYN0002IXIC"]
    if engine == "lean":
        assert last.splitlines()[0].startswith("20180629 00:00,1500000,1500000,1500000,1500000,")
    else:
        name = "Close" if engine == "backtesting" else "close"
        np.testing.assert_array_equal(last[name].to_numpy()[1:], paths.ohlcv(0.01)["close"][2, :, 1])


def test_nautilus_is_stamped_with_the_close_of_the_session():
    (_, bars), *_ = engine_of("nautilus").feed(paths_of())
    assert [str(stamp) for stamp in bars.index[1:4]] == [
        "2018-07-02 20:00:00+00:00",
        "2018-07-03 17:00:00+00:00",  # closed at 13:00 in New York
        "2018-07-05 20:00:00+00:00",
    ]


def test_zipline_extension_registers_the_folder(tmp_path, monkeypatch):
    feed(paths_of(), "zipline", tmp_path / "feed")
    calls = []
    fake = types.ModuleType("zipline.data.bundles")
    vars(fake)["register"] = lambda *args, **named: calls.append((args, named))
    csvdir = types.ModuleType("zipline.data.bundles.csvdir")
    vars(csvdir)["csvdir_equities"] = lambda frequencies, folder: (frequencies, folder)
    for name in ("zipline", "zipline.data"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "zipline.data.bundles", fake)
    monkeypatch.setitem(sys.modules, "zipline.data.bundles.csvdir", csvdir)
    runpy.run_path(str(tmp_path / "feed" / "extension.py"))
    (((name, source), options),) = calls
    assert (name, source) == ("tsgan", (["daily"], str(tmp_path / "feed")))
    assert options["calendar_name"] == "XNYS" and options["start_session"] == pd.Timestamp("2018-06-29")


def test_the_lines_that_load_a_feed_are_lines_of_the_engines_language(tmp_path):
    for engine in ENGINES:
        howto = feed(paths_of(), engine, tmp_path / engine).howto
        if engine != "zipline":
            ast.parse(textwrap.dedent(howto))
        assert "FIRST_DAY" not in howto and "LAST_DAY" not in howto
    assert "SYN0000.XNYS-1-DAY-LAST-EXTERNAL" in (tmp_path / "nautilus" / "HOWTO.md").read_text()
    assert 'SetStartDate(datetime.fromisoformat("2018-06-29"))' in (tmp_path / "lean" / "HOWTO.md").read_text()
    assert "-s 2018-06-29 -e 2018-08-13" in (tmp_path / "zipline" / "HOWTO.md").read_text()


def test_zipline_wants_every_session():
    paths = paths_of(bars=False)
    check = engine_of("zipline").check
    holed = replace(paths, returns=paths.returns[:, 1:], dates=np.delete(paths.dates, 3))
    with pytest.raises(ScenarioError, match=r"no bar on sessions .*2018-07-05"):
        check(holed)
    extra = paths.dates.copy()
    extra[-1] = extra[-2] + np.timedelta64(2, "D")
    with pytest.raises(ScenarioError, match="days that are no sessions"):
        check(replace(paths, dates=extra))
    with pytest.raises(ScenarioError, match="'weekdays'"):
        check(replace(paths, provenance={"calendar": "weekdays"}))


def test_prices_beyond_the_limit(tmp_path):
    for engine, start in (("zipline", 5e6), ("qlib", 70_000.0), ("nautilus", 1e10), ("lean", 1e12)):
        with pytest.raises(ScenarioError, match=r"scenario 0, SPX on 2018-06-29 is .*holds prices up to"):
            feed(paths_of(start_prices=np.array([start])), engine, tmp_path / engine)
    feed(paths_of(start_prices=np.array([5e6])), "backtrader", tmp_path / "fine")
    assert [path.name for path in tmp_path.iterdir()] == ["fine"]


def test_prices_that_no_engine_trades(tmp_path):
    rate = paths_of(kinds=("rate",), start_prices=np.array([0.01]), bars=False)
    with pytest.raises(ScenarioError, match="positive prices"):
        feed(rate, "backtesting", tmp_path / "feed")
    wild = paths_of(bars=False)
    wild.returns[1] = 100.0
    with pytest.raises(ScenarioError, match=r"scenario 1, SPX .*is inf"):
        feed(wild, "backtesting", tmp_path / "feed")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"engine": "metatrader"}, "backtesting, backtrader, vectorbt"),
        ({"prefix": "A.B"}, "letters and digits"),
        ({"tick": 0.0}, "must be positive"),
        ({"engine": "lean", "tick": 0.00015}, "steps of 0.0001"),
    ],
)
def test_options_that_make_no_sense(options, message, tmp_path):
    options = {"engine": "zipline"} | options
    with pytest.raises(ConfigError, match=message):
        feed(paths_of(), options.pop("engine"), tmp_path / "feed", **options)
    assert not list(tmp_path.iterdir())


def test_nothing_is_replaced_unasked(tmp_path):
    feed(paths_of(), "bt", tmp_path / "feed")
    with pytest.raises(OutputError, match="--overwrite"):
        feed(paths_of(), "bt", tmp_path / "feed")
    feed(paths_of(), "backtrader", tmp_path / "feed", overwrite=True)
    assert (tmp_path / "feed" / "SYN0000.csv").exists() and not (tmp_path / "feed" / "prices.csv").exists()
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_text("precious")
    with pytest.raises(OutputError, match=r"thesis\.tex, which tsgan did not write"):
        feed(paths_of(), "bt", tmp_path / "thesis", overwrite=True)
    with pytest.raises(OutputError, match="a file of that name"):
        feed(paths_of(), "bt", tmp_path / "thesis" / "thesis.tex", overwrite=True)
    assert (tmp_path / "thesis" / "thesis.tex").read_text() == "precious"


def test_symbols_stay_apart_and_weights_go_along(tmp_path):
    tricky = paths_of(("A.B", "AB", "1X"), bars=False, weights=np.array([0.5, 0.3, 0.2]))
    symbols = [one.symbol for one in series_of(tricky)]
    assert len(set(symbols)) == 9 and all(symbol.isalnum() for symbol in symbols)
    feed(tricky, "bt", tmp_path / "feed", prefix="Q")
    table = pd.read_csv(tmp_path / "feed" / "symbols.csv")
    assert table["weight"].tolist() == [w for w in (0.5, 0.3, 0.2) for _ in range(3)]
    assert table["symbol"].str.startswith("Q0").all()


def test_chunks_are_one_feed(tmp_path):
    paths = paths_of()
    feed(iter([paths[:1], paths[1:]]), "backtrader", tmp_path / "a")
    feed(paths, "backtrader", tmp_path / "b")
    for file in ("SYN0002.csv", "symbols.csv", "manifest.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    with pytest.raises(ScenarioError, match="no paths"):
        feed(iter([]), "bt", tmp_path / "c")
    assert Limits("x").most == np.inf and not (tmp_path / "c").exists()


def test_no_engine_is_imported():
    modules = ", ".join(f"tsgan.feeds.{name}" for name in (*ENGINES, "write"))
    engines = [*ENGINES, "nautilus_trader", "skfolio"]
    code = f"import sys, {modules}; print([m for m in {engines} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_table_is_read(tmp_path):
    paths = paths_of()
    paths.to_parquet(tmp_path / "p.parquet")
    tsgan.feed(tmp_path / "p.parquet", "bt", tmp_path / "again")
    feed(paths, "bt", tmp_path / "first")
    assert (tmp_path / "again" / "prices.csv").read_bytes() == (tmp_path / "first" / "prices.csv").read_bytes()
