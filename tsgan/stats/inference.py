"""Standard errors that survive autocorrelation."""

from __future__ import annotations

import numpy as np


def hac_mean(x: np.ndarray, lags: int | None = None) -> tuple[float, float]:
    """Mean of a series (day,) and its t-statistic with Newey and West (1987) standard errors.

    ``lags`` of the Bartlett kernel defaults to floor(4 (n / 100)^(2/9)).  The t-statistic is NaN for a constant series.
    """
    n = len(x)
    lags = int(4 * (n / 100) ** (2 / 9)) if lags is None else lags
    mean = float(np.mean(x))
    centred = x - mean
    variance = float(centred @ centred)
    for lag in range(1, min(lags, n - 1) + 1):
        variance += 2.0 * (1.0 - lag / (lags + 1)) * float(centred[:-lag] @ centred[lag:])
    return mean, mean / np.sqrt(variance) * n if variance > 0 else float("nan")
