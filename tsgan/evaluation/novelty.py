"""Are the paths new, or pieces of the training history?"""

from __future__ import annotations

import numpy as np

from tsgan.stats.paths import nearest, windows

MOST_WINDOWS = 1000
MOST_TRAINING = 4000
EXPECTED = 0.01
"""Share of real later windows that count as close to a training window, by definition."""
COPYING = 0.1
"""Share of generated windows as close as that, from which a model is said to copy."""

LABELS = {
    "nearest": "Distance to the nearest training window, median",
    "close": "Share of windows closer than 99 % of real ones are",
    "copies": "Share of windows that are copies",
}
"""Score -> name for people."""


class Novelty:
    """Nearest-neighbour distances of 20-day windows to the training windows, beside those of real windows.

    Windows hold all assets, each divided by its training volatility, and are scaled to length 1
    (:func:`tsgan.stats.paths.nearest`).  The reference are real windows that training did not see: the judged ones, or,
    in sample, the second half of the history beside the first.
    """

    def __init__(self, train: np.ndarray, split: np.ndarray, real: np.ndarray, in_sample: bool, seed: int) -> None:
        self.seed, self.scale = seed, train.std(axis=0)
        self.scale = np.where(self.scale > 0, self.scale, 1.0)
        self.training = windows(train[None] / self.scale, MOST_TRAINING, seed)
        earlier = windows(split[None] / self.scale, MOST_TRAINING, seed) if in_sample else self.training
        self.real = nearest(windows(real[None] / self.scale, MOST_WINDOWS, seed + 1), earlier)
        self.threshold = float(np.quantile(self.real, EXPECTED))

    def scores(self, generated: np.ndarray | None) -> dict[str, float]:
        """Of (path, day, asset) paths, or of the real reference where None is given."""
        found = self.real
        if generated is not None:
            found = nearest(windows(generated / self.scale, MOST_WINDOWS, self.seed), self.training)
        close, copies = np.mean(found <= self.threshold), np.mean(found <= 0.25 * self.threshold)
        return {"nearest": float(np.median(found)), "close": float(close), "copies": float(copies)}
