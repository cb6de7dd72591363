"""What the claims of the base share: the test assets, log scores of rivals, and how these are compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

import tsgan
from tsgan.stats import hac_mean
from tsgan.training import is_test

DATED = (1999, 2004, 2009, 2014)
"""Vintages with dates after them."""
LEAST, AFTER = 500, 250
"""Returns that a test asset needs before the end of a vintage, and after it."""
DECAY = 0.94


def test_panel(corpus: Path, listing: Path) -> tuple[tsgan.Panel, dict[str, str]]:
    """Closes of the test assets that may be shown, to the last date of the corpus, and what each is."""
    table, told = pd.read_parquet(corpus), pd.read_csv(listing, index_col="ticker")
    usable = [a for a in table if is_test(a) and told.kind[a] == "price" and "QStudio" not in told.source[a]]
    table = table[usable].dropna(how="all")
    panel = tsgan.load_prices(table, join="outer", kinds=dict.fromkeys(usable, "price"), min_days=21)
    return panel, {a: str(told.what[a]) for a in usable}


def known(panel: tsgan.Panel, end: int) -> np.ndarray:
    """(asset,) returns among the first ``end``."""
    return np.isfinite(panel.moves[:end]).sum(axis=0)


def judged(panel: tsgan.Panel, cut: int, stop: int, before: int = LEAST, after: int = AFTER) -> list[str]:
    """The assets with so many returns among the first ``cut``, and so many from there to ``stop``."""
    some = (known(panel, cut) >= before) & (known(panel, stop) - known(panel, cut) >= after)
    return [asset for asset, one in zip(panel.assets, some, strict=True) if one]


def days_to(panel: tsgan.Panel, date: str) -> int:
    """Returns up to and including a date."""
    return len(panel.through(date).moves)


def hac_t(d: np.ndarray, lag: int = 10) -> float:
    """Newey and West's t of a mean over the days that have a number."""
    return hac_mean(d[np.isfinite(d)], lag)[1]


def against(ours: np.ndarray, theirs: np.ndarray, kinds: list[str]) -> dict[str, Any]:
    """Log densities (day, asset) compared asset by asset, and pooled: the sum over assets day by day, so that a holiday
    on which three currencies trade weighs as three returns and not as a whole day."""
    d = ours - theirs
    mean, t = np.nanmean(d, axis=0), np.array([hac_t(column) for column in d.T])
    by_class = {k: f"{(mean[np.array(kinds) == k] > 0).sum()} of {kinds.count(k)}" for k in sorted(set(kinds))}
    return {
        "assets": len(mean),
        "better": int((mean > 0).sum()),
        "worse, t < -2": int((t < -2).sum()),
        "mean a day": float(np.nanmean(d)),
        "pooled t": hac_t(np.nansum(d, axis=1)),
        "by class": ", ".join(f"{name} {figure}" for name, figure in by_class.items()),
    }


def by_gjr(past: tsgan.Panel, future: np.ndarray) -> np.ndarray:
    """Log densities of GJR-GARCH-skew-t, fitted to each asset's own days."""
    result = np.full(future.shape, np.nan)
    for i, name in enumerate(past.assets):
        model, here = tsgan.fit(past.select([name]), "gjr-garch"), np.isfinite(future[:, i])
        own = past.moves[np.isfinite(past.moves[:, i]), i][:, None]
        density = model.log_density(future[here, i][:, None], own)
        assert density is not None
        result[here, i] = density[:, 0]
    return result


def by_ewma(past: np.ndarray, future: np.ndarray) -> np.ndarray:
    """Log densities of exponentially weighted volatility with t innovations fitted to the past."""
    result = np.full(future.shape, np.nan)
    for i in range(past.shape[1]):
        h, x = past[np.isfinite(past[:, i]), i], future[np.isfinite(future[:, i]), i]
        every, variance = np.concatenate([h, x]), np.empty(len(h) + len(x))
        now = np.mean(h**2)
        for day, r in enumerate(every):
            variance[day], now = now, DECAY * now + (1 - DECAY) * r * r
        z = every / np.sqrt(variance)
        df, _, scale = student.fit(z[: len(h)], floc=0)
        density = student.logpdf(z, max(df, 2.1), 0, scale) - np.log(variance) / 2
        result[np.isfinite(future[:, i]), i] = density[len(h) :]
    return result
