"""A stranger's engine: one JSON document a symbol, as a home-made backtester might read it.

Announced in the ``pyproject.toml`` of the package that it lives in::

    [project.entry-points."tsgan.engines"]
    json = "engine:JSON"
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from tsgan.feeds import FIELDS, Engine, Limits, Series


class JSON(Engine):
    """``SYN0000.json``: ``{"date": [...], "open": [...], ...}``."""

    name = "json"
    howto = """
    import json

    bars = json.load(open("SYN0000.json"))
    print(bars["date"][-1], bars["close"][-1])
"""
    limits = Limits("the JSON backtester", most=1e9)

    def write(self, series: Iterable[Series], folder: Path) -> None:
        for one in series:
            bars = {name: one.bars[name].tolist() for name in FIELDS}
            document = {"date": [str(day.astype("datetime64[D]")) for day in one.dates], **bars}
            (folder / f"{one.symbol}.json").write_text(json.dumps(document))


def read(folder: Path, symbol: str) -> pd.DataFrame:
    """A symbol as the backtester sees it, for :func:`tsgan.testing.check_engine`."""
    frame = pd.DataFrame(json.loads((folder / f"{symbol}.json").read_text()))
    return frame.set_index(pd.DatetimeIndex(frame.pop("date")))
