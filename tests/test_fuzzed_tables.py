"""Spoiled tables end in what their other lines say, or in an error that names the file."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

SCRIPTS = str(Path(__file__).parents[1] / "scripts")
sys.path.insert(0, SCRIPTS)
try:
    tables = importlib.import_module("faults.tables")
    readers = importlib.import_module("faults.readers")
    spoiling = importlib.import_module("faults.spoiling")
finally:
    sys.path.remove(SCRIPTS)


def bad(kind: str, count: int, seed: int = 0) -> list[str]:
    return [
        f"{one.outcome}: {one.how}: {one.told}"
        for one in tables.fates(kind, count, seed)
        if one.outcome in ("lost", "different")
    ]


def test_there_are_ten_thousand():
    assert sum(tables.COUNTS.values()) == 10_000 and tables.COUNTS["prices"] == 6000
    assert set(tables.COUNTS) == set(readers.KINDS)


@pytest.mark.parametrize("kind", readers.KINDS)
def test_nothing_is_lost_and_nothing_silently_different(kind):
    assert bad(kind, max(tables.COUNTS[kind] // 30, 20)) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", readers.KINDS)
def test_all_of_them(kind):
    assert bad(kind, tables.COUNTS[kind]) == []


@pytest.mark.parametrize("kind", ["prices", "portfolios", "books", "scenario files"])
def test_the_judge_sees_what_is_different(kind, tmp_path):
    """Whatever is read as before is right; shifted, dropped and other values are not, and neither is what hangs."""
    reader = readers.KINDS[kind]()[0]
    nothing = {way.__name__ for way in spoiling.SAME}
    assert {"other_ends", "quoted", "packed"} <= nothing
    right = reader.spoil(__import__("random").Random(0))
    file = tmp_path / f"{reader.stem}{reader.ending}"
    lines = plain(reader)
    file.write_text(spoiling.joined(lines))
    found, _ = reader.read(file)
    assert reader.apart(found, frozenset()) == "" and right.content
    file.write_text(spoiling.joined([*lines[:2], *lines[3:]]))
    try:
        found, _ = reader.read(file)
    except ValueError:
        return  # a row that is gone is refused here
    assert reader.apart(found, frozenset()) != "" and reader.apart(found, frozenset({2})) == ""


def plain(reader) -> list[str]:
    """The lines of a reader before they are spoiled."""
    seen: list[list[str]] = []

    class Draw:
        def choice(self, ways):
            def way(lines, _):
                seen.append(lines)
                return spoiling.whole("", spoiling.joined(lines))

            return way

    reader.spoil(Draw())
    return seen[0]


def test_a_traceback_and_a_hang_are_lost(tmp_path, monkeypatch):
    reader = readers.KINDS["portfolios"]()[0]
    spoiled = spoiling.whole("nothing", spoiling.joined(plain(reader)))
    assert tables.fate(reader, spoiled, tmp_path).outcome == "right"

    def broken(file):
        raise IndexError("oops")

    assert tables.fate(reader._replace(read=broken), spoiled, tmp_path).outcome == "lost"

    def endless(file):
        while True:
            pass

    monkeypatch.setattr(tables, "SECONDS", 0.2)
    assert "not done after" in tables.fate(reader._replace(read=endless), spoiled, tmp_path).told
