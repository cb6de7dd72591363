"""Run one real strategy in each real backtesting engine, and compare every fill and the P&L with numpy, to a cent.

    .venv/bin/python scripts/check_feeds.py [--engine NAME ...] [--cache DIR] [--paths 5] [--days 252] [--again]

For each engine this makes a virtual environment under --cache, installs the engine there with pip, writes a feed of
bootstrapped paths with bars, runs the moving-average cross of ``feed_checks/crossing.py`` in the engine (whole shares,
no costs, prices on a grid of 0.01), and replays it in numpy under the engine's own rule of when orders fill.  A fill on
another day or at another price would show look-ahead or a wrong file.  Lean has no package: its files are parsed back
by the format's rules.  Engines that --cache has seen pass with the same code are not run again, unless --again.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

import tsgan
from tsgan.feeds import FIELDS, Series, series_of

HERE = Path(__file__).parent / "feed_checks"
sys.path.insert(0, str(HERE))
import crossing  # noqa: E402

CENT = 0.01


class Rule(NamedTuple):
    """How an engine fills: ``delay`` days after the signal, at ``field``; ``unused`` last days are never traded."""

    package: str
    delay: int
    field: str
    unused: int = 0


RULES = {
    "backtesting": Rule("backtesting==0.6.6", 1, "open"),
    "backtrader": Rule("backtrader==1.9.78.123", 1, "open"),
    "vectorbt": Rule("vectorbt==1.2.0", 1, "open"),
    "bt": Rule("bt==1.4.1", 0, "close"),
    "zipline": Rule("zipline-reloaded==3.2.1", 1, "close"),
    "nautilus": Rule("nautilus_trader==1.221.0", 0, "close"),
    "qlib": Rule("pyqlib==0.9.7", 1, "open", unused=1),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", action="append", choices=[*RULES, "lean"], help="all of them by default")
    parser.add_argument("--cache", type=Path, help="where environments and results are kept; a temporary folder")
    parser.add_argument("--paths", type=int, default=5)
    parser.add_argument("--days", type=int, default=252)
    parser.add_argument("--again", action="store_true", help="run engines that were checked before")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        cache = (options.cache or Path(temporary)).resolve()
        scenarios = scenarios_with_bars(options.paths, options.days)
        print(f"{'engine':<12} {'version':<11} {'paths':>5} {'days':>5} {'fills':>5}  largest P&L difference")
        failed = [name for name in options.engine or [*RULES, "lean"] if not checked(name, scenarios, cache, options)]
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


def scenarios_with_bars(paths: int, days: int) -> tsgan.Scenarios:
    """Bootstrapped Nasdaq closes inside seeded bars, whose opens differ from the closes of the day before."""
    model = tsgan.fit(tsgan.load_prices("sample:nasdaq").before("2015-01-01"), "stationary-bootstrap", seed=0)
    scenarios = model.sample(paths, days, seed=1)
    rng, closes = np.random.default_rng(0), scenarios.prices
    noise = 0.004 * rng.standard_normal((3, *scenarios.returns.shape))
    opens = closes[:, :-1] * np.exp(noise[0])
    high, low = np.maximum(opens, closes[:, 1:]), np.minimum(opens, closes[:, 1:])
    bars = {"open": opens, "high": high * np.exp(np.abs(noise[1])), "low": low * np.exp(-np.abs(noise[2]))}
    return replace(scenarios, bars=bars | {"volume": np.full(opens.shape, 1e7)})


def checked(name: str, scenarios: tsgan.Scenarios, cache: Path, options: argparse.Namespace) -> bool:
    """Check one engine, print its line, and say whether it passed."""
    done = cache / "results" / f"{name}.json"
    sources = [*HERE.glob("*.py"), *Path(tsgan.__file__).parent.glob("feeds/*.py"), Path(__file__)]
    code = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(sources))).hexdigest()
    key = f"{code} {options.paths} {options.days}"
    if not options.again and done.exists() and (known := json.loads(done.read_text()))["key"] == key:
        print(known["line"], "(from the cache)")
        return True
    with tempfile.TemporaryDirectory() as folder:
        feed = Path(folder) / "feed"
        tsgan.feed(scenarios, name, feed)
        wanted = {one.symbol: one for one in series_of(scenarios)}
        try:
            line = lean(feed, wanted) if name == "lean" else compared(name, feed, wanted, cache)
        except AssertionError as error:
            print(f"{name:<12} FAILED: {error}", flush=True)
            return False
    print(line, flush=True)
    done.parent.mkdir(parents=True, exist_ok=True)
    done.write_text(json.dumps({"key": key, "line": line}))
    return True


def compared(name: str, feed: Path, wanted: dict[str, Series], cache: Path) -> str:
    """Run an engine and compare; AssertionError says what differs."""
    ran = run([environment(name, cache), str(HERE / f"run_{name}.py"), str(feed)], name)
    lines = [line for line in ran.splitlines() if line.startswith("RESULT ")]
    assert lines, f"the engine reported nothing: {ran[-500:]}"
    report = json.loads(lines[-1].removeprefix("RESULT "))
    results, worst, count = report["results"], 0.0, 0
    assert list(results) == list(wanted), f"symbols {list(results)} instead of {list(wanted)}"
    for symbol, one in wanted.items():
        fills, pnl = expected(one, RULES[name])
        found = results[symbol]["fills"]
        days = [(day, int(shares)) for day, shares, _ in found]
        assert days == [(day, shares) for day, shares, _ in fills], f"{symbol}: fills {days}, expected {fills}"
        for (day, shares, price), (*_, fair) in zip(found, fills, strict=True):
            assert abs(shares * (price - fair)) < CENT, f"{symbol} on {day}: filled at {price}, expected {fair}"
        difference = abs(results[symbol]["pnl"] - pnl)
        assert difference < CENT * max(len(fills), 1), f"{symbol}: P&L {results[symbol]['pnl']}, expected {pnl}"
        worst, count = max(worst, difference), count + len(fills)
    assert count > 0, "the strategy never traded"
    days = len(next(iter(wanted.values())).dates)
    return f"{name:<12} {report['version']:<11} {len(wanted):>5} {days:>5} {count:>5}  {worst:.4f}"


def expected(one: Series, rule: Rule) -> tuple[list[tuple[str, int, float]], float]:
    """Fills (day, shares, price) and the P&L of the strategy under a rule, marked at the last close."""
    closes, last = one.bars["close"], len(one.dates) - rule.unused
    target = np.array([crossing.wants(list(closes[: i + 1])) for i in range(last)]) * crossing.SHARES
    held = np.concatenate([np.zeros(rule.delay, int), target])[:last]
    change = np.diff(held, prepend=0)
    days = np.flatnonzero(change)
    fills = [(str(one.dates[i]), int(change[i]), float(one.bars[rule.field][i])) for i in days]
    return fills, float(held[-1] * closes[last - 1] - sum(shares * price for _, shares, price in fills))


def lean(feed: Path, wanted: dict[str, Series]) -> str:
    """Parse Lean's files back: YYYYMMDD HH:MM and prices x 10,000."""
    for symbol, one in wanted.items():
        with zipfile.ZipFile(feed / "equity" / "usa" / "daily" / f"{symbol.lower()}.zip") as archive:
            assert archive.namelist() == [f"{symbol.lower()}.csv"], archive.namelist()
            rows = np.genfromtxt(io.BytesIO(archive.read(f"{symbol.lower()}.csv")), delimiter=",", dtype=str)
        assert [row[0] for row in rows] == [str(day).replace("-", "") + " 00:00" for day in one.dates], "other dates"
        for column, field in enumerate(FIELDS, 1):
            scale = 1 if field == "volume" else 10_000
            assert np.array_equal(rows[:, column].astype(np.int64) / scale, one.bars[field]), f"{symbol}: other {field}"
    return (
        f"{'lean':<12} {'(format)':<11} {len(wanted):>5} {len(next(iter(wanted.values())).dates):>5}     -  parsed back"
    )


def environment(name: str, cache: Path) -> str:
    """The interpreter of the engine's environment, made and filled where it is not there yet."""
    python = cache / "environments" / name / "bin" / "python"
    if not python.exists():
        run([sys.executable, "-m", "venv", str(python.parents[1])], name)
    installed = python.parents[1] / "installed.txt"
    if not installed.exists() or installed.read_text() != RULES[name].package:
        run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", RULES[name].package], name)
        installed.write_text(RULES[name].package)
    return str(python)


def run(command: list[str], name: str) -> str:
    """The standard output of a command; AssertionError with the end of its errors where it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command[1:4])}: {done.stderr[-800:]}"
    return done.stdout


if __name__ == "__main__":
    main()
