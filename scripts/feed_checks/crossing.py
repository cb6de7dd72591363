"""The strategy that every engine runs, and the form in which each reports; standard library only.

Hold SHARES while the mean of the last FAST closes is above that of the last SLOW, else nothing; decided at each close.
"""

import csv
import json
import sys
from pathlib import Path

SHARES, FAST, SLOW, CASH = 10, 5, 20, 10_000_000.0


def wants(closes):
    """Whether the strategy is invested after these closes (a list, the latest last)."""
    if len(closes) < SLOW:
        return False
    return sum(closes[-FAST:]) * (SLOW // FAST) > sum(closes[-SLOW:])


def folder():
    """The feed to read: the first argument."""
    return Path(sys.argv[1])


def symbols():
    with (folder() / "symbols.csv").open() as file:
        return [row["symbol"] for row in csv.DictReader(file)]


def report(version, results):
    """Print what the engine did: ``{symbol: {"fills": [[date, shares, price], ...], "pnl": number}}``."""
    print("RESULT " + json.dumps({"version": version, "results": results}))
