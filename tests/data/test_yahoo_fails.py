"""Yahoo fails in many ways, and the cache loses nothing by any of them: ``scripts/faults/yahoo.py``."""

from __future__ import annotations

import errno
import importlib
import os
import re
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.data.cache import locked, read_entry, read_sidecar
from tsgan.errors import DataError, OutputError, SourceError

SCRIPTS = str(Path(__file__).parents[2] / "scripts")
sys.path.insert(0, SCRIPTS)
try:
    faults = importlib.import_module("faults.yahoo")
finally:
    sys.path.remove(SCRIPTS)


@pytest.mark.parametrize("name", faults.FAILURES)
def test_nothing_is_lost_and_nothing_silently_different(name, tmp_path):
    failure = faults.FAILURES[name]
    outcome, told = faults.became(failure, tmp_path)
    assert outcome == failure.outcome, told
    if outcome == "refused":
        assert faults.TICKER in told and len(told) < 600


def test_there_are_fifty_and_the_report_counts_them():
    assert len(faults.FAILURES) >= 50
    row = faults.report(quick=True)
    assert row.tried == row.survived > 5 and row.lost == row.different == 0 and not row.note


def test_a_loss_is_noticed(tmp_path, monkeypatch):
    """The judge itself: a cache that believes what it is told loses, and differs silently."""
    from tsgan.data import yahoo
    from tsgan.data.revisions import Merged

    monkeypatch.setattr(yahoo, "merged", lambda known, answer, *_, **__: Merged(answer.frame))
    assert faults.became(faults.FAILURES["from 2023 on"], tmp_path / "a")[0].startswith("lost")
    assert faults.became(faults.FAILURES["halved"], tmp_path / "b")[0] == "different"


def ask(folder, start=faults.START, end=None, now=faults.NOW, history=None, **options):
    def right(ticker, first, last):
        frame = faults.market()
        days = frame.index.tz_localize(None)
        return frame[(days >= first) & (days < last)], dict(faults.METADATA)

    options = {"folder": folder, "sleep": lambda _: None, "history": history or right, "now": now} | options
    return tsgan.fetch("ACME", None, start, end, **options)


def test_fetching_a_part_keeps_the_whole(tmp_path):
    asked = []

    def history(ticker, first, last):
        asked.append((first, last))
        frame = faults.market()
        days = frame.index.tz_localize(None)
        return frame[(days >= first) & (days < last)], dict(faults.METADATA)

    whole = ask(tmp_path)
    part = ask(tmp_path, "2022-06-01", now=faults.NOW + timedelta(days=1), history=history)
    assert str(part.dates[0]) == "2022-06-01" and asked == [(faults.START, "2024-03-02")]
    again = ask(tmp_path, offline=True, now=faults.NOW + timedelta(days=2), end="2024-03-01")
    np.testing.assert_array_equal(again.prices, whole.prices)


def test_what_was_known_before_stays_as_a_revision(tmp_path):
    ask(tmp_path)
    first, before = read_entry(tmp_path, "ACME", "adjusted") or pytest.fail("nothing is kept")
    revised = faults.market().copy()
    revised.iloc[700, revised.columns.get_loc("Close")] *= 1.02
    panel = ask(tmp_path, now=faults.NOW + timedelta(days=1), history=lambda *_: (revised, dict(faults.METADATA)))
    assert any("1 closes were revised" in warning for warning in panel.warnings)
    entry = read_sidecar(tmp_path, "ACME", "adjusted")
    (kept,) = entry.revisions
    assert kept["sha256"] == before.sha256 and "revised" in kept["changes"][0]
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / kept["file"]), first)
    # What changed is said for as long as these prices are used, from the cache too.
    assert ask(tmp_path, now=faults.NOW + timedelta(days=1), history=lambda *_: pytest.fail("asked")).warnings


def test_an_unchanged_answer_leaves_no_revision(tmp_path):
    for day in range(3):
        ask(tmp_path, now=faults.NOW + timedelta(days=day))
    assert len(list(tmp_path.glob("*.parquet"))) == 1 and not read_sidecar(tmp_path, "ACME", "adjusted").revisions


def test_a_damaged_cache_is_not_replaced_by_less(tmp_path):
    ask(tmp_path)
    table = tmp_path / read_sidecar(tmp_path, "ACME", "adjusted").file
    table.write_bytes(table.read_bytes()[:-100])
    with pytest.raises(SourceError, match=r"2,457 days .* is damaged, and Yahoo's answer has 300 days"):
        ask(tmp_path, history=lambda *_: (faults.market().iloc[-300:], dict(faults.METADATA)))
    panel = ask(tmp_path)
    assert len(panel) == 2457 and any("damaged and has been fetched again" in warning for warning in panel.warnings)


def test_a_damaged_sidecar_is_not_replaced_and_not_believed(tmp_path):
    ask(tmp_path)
    sidecar, kept = tmp_path / "ACME.adjusted.json", sorted(file.name for file in tmp_path.iterdir())
    for damage in ((b'"USD"', b'"EUR"'), (b"2014", b"2004"), (b'"entry"', b'"entrx"'), (b"{", b"[")):
        whole = sidecar.read_bytes()
        assert damage[0] in whole
        sidecar.write_bytes(whole.replace(*damage))
        for offline in (True, False):
            with pytest.raises(SourceError, match=rf"{re.escape(str(sidecar))}, .*not as it was written; restore it"):
                ask(tmp_path, offline=offline, history=lambda *_: (faults.market().iloc[-5:], dict(faults.METADATA)))
        sidecar.write_bytes(whole)
    assert sorted(file.name for file in tmp_path.iterdir()) == kept
    sidecar.rename(tmp_path / "OTHER.adjusted.json")
    with pytest.raises(SourceError, match=r"OTHER\.adjusted\.json, .*not as it was written"):
        read_entry(tmp_path, "OTHER", "adjusted")


def test_a_cache_of_an_earlier_version_is_read_and_carried_on(tmp_path):
    ask(tmp_path)
    sidecar = tmp_path / "ACME.adjusted.json"
    entry = read_sidecar(tmp_path, "ACME", "adjusted")
    import json

    document = json.loads(sidecar.read_text())["entry"]
    for name in ("file", "warnings", "notes", "revisions"):
        del document[name]
    (tmp_path / entry.file).rename(tmp_path / "ACME.adjusted.parquet")
    sidecar.write_text(json.dumps(document))
    assert len(ask(tmp_path, offline=True, end="2024-03-01")) == 2457
    assert len(ask(tmp_path, now=faults.NOW + timedelta(days=1))) == 2457


def test_several_splits_and_dividends_since(tmp_path):
    known = faults.market().iloc[:1500]
    ask(tmp_path, end="2020-07-01", history=lambda *_: (known, dict(faults.METADATA)))
    later = faults.market().copy()
    for day, split in ((1600, 4.0), (2000, 0.5)):
        later.iloc[day, later.columns.get_loc("Stock Splits")] = split
        later[faults.PRICES] /= split
    for day in range(1520, 2450, 60):
        # What is paid is told as it was, adjusted for splits but not for the dividends that came after it.
        later.iloc[day, later.columns.get_loc("Dividends")] = 0.004 * later["Close"].iloc[day - 1]
    later[faults.PRICES] *= 0.996 ** len(range(1520, 2450, 60))
    panel = ask(tmp_path, now=faults.NOW + timedelta(days=1), history=lambda *_: (later, dict(faults.METADATA)))
    assert not any("ACME" in warning for warning in panel.warnings)
    assert sum("a split of" in note for note in panel.notes) == 2
    np.testing.assert_allclose(panel.prices[:, 0], later["Close"].to_numpy())


TICKERS = {
    "sixty": (",".join(f"T{i:02d}" for i in range(60)), "T00 is not in the price cache"),
    "a null byte": ("SPY\0", "no ticker of Yahoo's"),
    "a lone surrogate": ("SP\udce9Y", "no ticker of Yahoo's"),
    "a line break": ("SP\nY", "no ticker of Yahoo's"),
    "a path": ("../../etc/passwd", "no ticker of Yahoo's"),
    "a thousand letters": ("A" * 1000, "no ticker of Yahoo's"),
    "nothing": (",,", "no ticker given"),
}


@pytest.mark.parametrize("case", TICKERS)
def test_odd_tickers_have_their_errors(case, monkeypatch, tmp_path):
    monkeypatch.setenv("TSGAN_CACHE", str(tmp_path))
    monkeypatch.setenv("TSGAN_OFFLINE", "1")
    tickers, words = TICKERS[case]
    with pytest.raises((DataError, SourceError), match=words):
        tsgan.load_prices(f"yahoo:{tickers}")


@pytest.mark.parametrize("name", ["x" * 5000, "x\0y.csv", "\udce9.csv", "a+" * 2000])
def test_what_can_be_no_files_name_is_refused(name):
    with pytest.raises(DataError, match=r"no file|only .* are known"):
        tsgan.load_prices(name)


@pytest.mark.parametrize(
    ("code", "said"), [(errno.ENOSPC, "No space left on device; free"), (errno.EROFS, "Read-only")]
)
def test_a_cache_that_cannot_be_written_says_why(code, said, tmp_path, monkeypatch):
    def fails(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    ask(tmp_path, end="2020-01-01")
    monkeypatch.setattr("tsgan.files.put", fails)
    with pytest.raises(OutputError, match=rf"cannot write the price cache {re.escape(str(tmp_path))}: {said}"):
        ask(tmp_path)


def test_what_fails_while_the_cache_is_locked_is_not_the_cache(tmp_path):
    with pytest.raises(ConnectionError), locked(tmp_path):
        raise ConnectionError("reset by peer")
    (tmp_path / "file").touch()
    with (
        pytest.raises(OutputError, match=r"price cache .*: .*set TSGAN_CACHE"),
        locked(tmp_path / "file"),
    ):
        pass
