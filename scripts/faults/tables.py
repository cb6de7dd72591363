"""Ten thousand spoiled tables: prices, portfolios, loan books, scenario files, grids, configurations and shocks.

Each ends in what the lines that were not touched said before, or in an error that names the file, within ten seconds.
Tables that people write have no redundancy: a digit that became another one is a price like any other, and so is a row
that is gone.  What must not happen is that it changes, shifts or drops what other lines say, without a word.

    scripts/faults/tables.py --count 1000 --kind prices     # what became of each that was not well
"""

from __future__ import annotations

import argparse
import collections
import random
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from faults import Row
from faults.reader import Reader
from faults.readers import KINDS
from faults.spoiling import Spoiled
from tsgan.errors import TsganError

SECONDS = 10.0
"""Of computing, after which a table hangs; on a machine that has other work, the clock says nothing."""

COUNTS = {
    "prices": 6000, "portfolios": 800, "books": 800, "scenario files": 1000, "grids": 500, "configurations": 600,
    "shocks": 300,
}  # fmt: skip


class Fate(NamedTuple):
    """What became of a table.

    Attributes:
        outcome: ``refused``, ``right``, ``said`` (other, with a warning), ``different`` or ``lost``.
        how: it was spoiled.
        told: the error, or what is different.
    """

    outcome: str
    how: str
    told: str = ""


def fate(reader: Reader, spoiled: Spoiled, folder: Path) -> Fate:
    """Write a spoiled table and read it."""
    file = folder / f"{reader.stem}{reader.ending}{spoiled.ending}"
    file.write_bytes(spoiled.content)
    began = time.process_time()
    try:
        with warnings.catch_warnings(record=True) as said, limited():
            warnings.simplefilter("always")
            found, told = reader.read(file)
    except TsganError as error:
        if file.name not in str(error):
            return Fate("lost", spoiled.how, f"names no file: {error}")
        return Fate("refused", spoiled.how, str(error))
    except Exception as error:
        return Fate("lost", spoiled.how, f"{type(error).__name__}: {error}"[:300])
    finally:
        file.unlink()
    if (seconds := time.process_time() - began) > SECONDS:
        return Fate("lost", spoiled.how, f"took {seconds:.0f} s")
    apart = reader.apart(found, spoiled.touched) if spoiled.touched is not None else ""
    if not apart:
        return Fate("right", spoiled.how)
    words = [*told, *(str(one.message) for one in said)]
    return Fate("said" if words else "different", spoiled.how, f"{apart} ({'; '.join(words)})"[:400])


@contextmanager
def limited() -> Iterator[None]:
    """TimeoutError after a while, as far as Python code runs and signals may be used."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: Any) -> None:
        raise TimeoutError(f"not done after {SECONDS:g} s of computing")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def fates(kind: str, count: int, seed: int = 0) -> Iterator[Fate]:
    """What becomes of ``count`` tables of a kind, the same ones every time."""
    readers = KINDS[kind]()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            draw = random.Random(f"{kind} {seed} {number}")
            reader = readers[number % len(readers)]
            yield fate(reader, reader.spoil(draw), Path(folder))


def report(quick: bool) -> list[Row]:
    """A row a kind; the quick part is a thirtieth of it."""
    rows = []
    for kind, count in COUNTS.items():
        found = collections.Counter(one.outcome for one in fates(kind, count // 30 if quick else count))
        fine = found["refused"] + found["right"] + found["said"]
        note = f"{found['refused']:,} refused by name; hand-written tables have no redundancy"
        rows.append(Row(f"fuzzed {kind}", found.total(), fine, found["lost"], found["different"], note))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kind", choices=list(COUNTS), action="append", help="all by default")
    parser.add_argument("--count", type=int, help="tables of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--all", action="store_true", help="show those that went well too")
    options = parser.parse_args()
    for kind in options.kind or COUNTS:
        began, found = time.process_time(), collections.Counter()
        for one in fates(kind, options.count or COUNTS[kind], options.seed):
            found[one.outcome] += 1
            if options.all or one.outcome in ("lost", "different"):
                print(f"{one.outcome:10} {one.how}: {one.told}", flush=True)
        print(f"{kind}: {dict(found)}, {time.process_time() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
