"""Qlib: a provider folder, ``features/syn0000/close.day.bin``, ``calendars/day.txt``, ``instruments/all.txt``.

A ``.bin`` file is float32, little-endian: the index of the first day, then one value a day.  Prices that float32 cannot
tell apart to a cent are refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from tsgan.feeds.engine import Engine
from tsgan.feeds.series import Limits, Series


class Qlib(Engine):
    """The provider folder."""

    name = "qlib"
    limits = Limits("Qlib (float32, to a cent)", most=float(2**16))
    howto = """
    import qlib
    from qlib.data import D

    qlib.init(provider_uri="THIS FOLDER", region="us")
    print(D.features(D.instruments("all"), ["$open", "$close", "Mean($close, 20)"]))
"""

    def write(self, series: Iterable[Series], folder: Path) -> None:
        lines, dates = [], None
        for one in series:
            dates = one.dates
            place = folder / "features" / one.symbol.lower()
            place.mkdir(parents=True)
            for name, values in self.table(one).items():
                np.concatenate([[0.0], values.to_numpy()]).astype("<f4").tofile(place / f"{name}.day.bin")
            lines.append(f"{one.symbol}\t{dates[0]}\t{dates[-1]}\n")
        for name, text in (
            ("instruments/all.txt", "".join(lines)),
            ("calendars/day.txt", "".join(f"{day}\n" for day in ([] if dates is None else dates))),
        ):
            (folder / name).parent.mkdir()
            (folder / name).write_text(text)

    def table(self, one: Series) -> pd.DataFrame:
        """Features: ``open high low close volume factor change``."""
        frame = one.frame()
        return frame.assign(factor=1.0, change=frame["close"].pct_change().fillna(0.0))
