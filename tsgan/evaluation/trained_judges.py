"""Judges that are trained: can a classifier tell the paths from the market, and do forecasts learnt on them work?

The scores of TimeGAN (Yoon, Jarrett and van der Schaar 2019), with three changes that keep them honest: judges are
trained to convergence (as the test of Lopez-Paz and Oquab 2017 needs), train and test are split by TIME, and
every score is the mean of several seeds beside a real-vs-real one.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from tsgan.stats.paths import windows

LENGTH = 24
"""Days a window, as in TimeGAN's benchmark."""
SEEDS = 5
MOST_WINDOWS = 1500
"""Windows of each side that a judge learns from."""
KERNELS = 150

LABELS = {
    "c2st": "Classifier two-sample test, accuracy",
    "discriminative": "Discriminative score |accuracy - 0.5|",
    "predictive": "Forecast of |r|, error when learnt on paths",
    "predictive_ratio": "... over the error when learnt on the real past",
}
"""Score -> name for people."""


def judge_scores(real: np.ndarray, train: np.ndarray, generated: np.ndarray, seed: int) -> dict[str, float]:
    """Of (path, day, asset) paths against real returns (day, asset), with the training returns for comparison.

    - ``c2st``: balanced accuracy on later real windows and on other paths; 0.5 cannot tell, 1 always can.
    - ``discriminative``: its distance from 0.5; lower is better.
    - ``predictive``: mean absolute error, on real windows, of tomorrow's mean absolute return (in units of training
      volatility) forecast by a judge that learnt on generated windows; lower is better.
    - ``predictive_ratio``: that over the error of the same judge learnt on the real training windows.
    """
    scale = train.std(axis=0)
    real, train, generated = real / scale, train / scale, generated / scale
    accuracies, errors, ratios = [], [], []
    for s in range(seed, seed + SEEDS):
        accuracies.append(_accuracy(real, generated, s))
        ours = _forecast_error(windows(generated, MOST_WINDOWS, s, LENGTH + 1), real, s)
        theirs = _forecast_error(windows(train[None], MOST_WINDOWS, s, LENGTH + 1), real, s)
        errors.append(ours)
        ratios.append(ours / theirs)
    accuracy = float(np.mean(accuracies))
    return {
        "c2st": accuracy,
        "discriminative": float(np.mean(np.abs(np.array(accuracies) - 0.5))),
        "predictive": float(np.mean(errors)),
        "predictive_ratio": float(np.mean(ratios)),
    }


def _accuracy(real: np.ndarray, generated: np.ndarray, seed: int) -> float:
    """Balanced accuracy of the classifier: learnt on the first 60 % of the days, tested on the last 30 %."""
    assets, days = real.shape[-1], min(len(real), generated.shape[1])
    first, last = slice(0, int(0.6 * days)), slice(int(0.7 * days), days)
    half = max(len(generated) // 2, 1)
    other = generated[half:] if len(generated) > half else generated
    learn = [windows(x, MOST_WINDOWS, seed, LENGTH) for x in (real[None, first], generated[:half, first])]
    test = [windows(x, MOST_WINDOWS, seed + 1, LENGTH) for x in (real[None, last], other[:, last])]
    features = Features(assets, seed)
    x = np.concatenate([features(rows) for rows in learn])
    y = np.repeat([1.0, 0.0], [len(rows) for rows in learn])
    weight = np.repeat([0.5 / len(rows) for rows in learn], [len(rows) for rows in learn])
    # Held-out days for the choice of the ridge: the last fifth of each side's windows, which lie in order of time.
    late = np.concatenate([np.arange(len(rows)) >= 0.8 * len(rows) for rows in learn])
    centre, spread = x.mean(0), x.std(0)
    x = (x - centre) / np.where(spread > 0, spread, 1.0)
    best = min(
        (1e-3, 1e-2, 1e-1, 1.0),
        key=lambda ridge: _log_loss(x[late] @ _logistic(x[~late], y[~late], weight[~late], ridge), y[late]),
    )
    w = _logistic(x, y, weight, best)
    right = []
    for rows, label in zip(test, (True, False), strict=True):
        z = (features(rows) - centre) / np.where(spread > 0, spread, 1.0)
        right.append(float(np.mean((z @ w > 0) == label)))
    return float(np.mean(right))


class Features:
    """Random convolutions of returns and their sizes (after Dempster, Petitjean and Webb 2020), with plain moments.

    Each kernel has 5 weights with mean 0, a dilation of 1 to 4 and looks at one random mixture of the assets; what it
    leaves is its maximum and its share of positive values.
    """

    def __init__(self, assets: int, seed: int) -> None:
        rng = np.random.default_rng([seed, 0xFEA7])
        self.assets = assets
        self.kernels = rng.normal(size=(KERNELS, 5))
        self.kernels -= self.kernels.mean(1, keepdims=True)
        self.dilations = rng.integers(1, 5, KERNELS)
        self.mixtures = rng.normal(size=(KERNELS, assets)) if assets > 1 else np.ones((KERNELS, 1))
        self.mixtures /= np.linalg.norm(self.mixtures, axis=1, keepdims=True)
        self.biases = rng.normal(size=KERNELS)
        self.sizes = rng.random(KERNELS) < 0.5

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        x = rows.reshape(len(rows), -1, self.assets)
        columns = [x.std(1), np.abs(x).mean(1), np.abs(x).max(1), x.mean(1), np.log(x.std(1) + 1e-3)]
        for kernel, dilation, mixture, bias, size in zip(
            self.kernels, self.dilations, self.mixtures, self.biases, self.sizes, strict=True
        ):
            signal = x @ mixture
            signal = np.abs(signal) if size else signal
            n = signal.shape[1] - 4 * dilation
            out = sum(k * signal[:, i * dilation : i * dilation + n] for i, k in enumerate(kernel)) + bias
            columns.append(np.stack([np.max(out, axis=1), np.mean(out > 0, axis=1)], 1))
        return np.concatenate(columns, axis=1)


def _logistic(x: np.ndarray, y: np.ndarray, weight: np.ndarray, ridge: float) -> np.ndarray:
    weight = weight / weight.sum()

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ w
        value = float(weight @ (np.logaddexp(0.0, z) - y * z)) + 0.5 * ridge * float(w @ w)
        return value, x.T @ (weight * (expit(z) - y)) + ridge * w

    return minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 150}).x


def _log_loss(z: np.ndarray, y: np.ndarray) -> float:
    value = np.logaddexp(0.0, z) - y * z
    return float(np.mean([value[y == label].mean() for label in (0.0, 1.0)]))


def _forecast_error(learn: np.ndarray, real: np.ndarray, seed: int) -> float:
    """Error on real windows of a ridge regression learnt on windows whose last day is the target."""
    assets = real.shape[-1]
    test = windows(real[None], MOST_WINDOWS, seed + 1, LENGTH + 1)
    features = Features(assets, seed + 77)

    def split(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return features(rows[:, : LENGTH * assets]), np.abs(rows[:, LENGTH * assets :]).mean(1)

    (x, y), (z, truth) = split(learn), split(test)
    centre, spread = x.mean(0), x.std(0)
    spread = np.where(spread > 0, spread, 1.0)
    x, z, level = (x - centre) / spread, np.clip((z - centre) / spread, -10, 10), y.mean()
    w = np.linalg.solve(x.T @ x + 0.3 * len(x) * np.eye(x.shape[1]), x.T @ (y - level))
    return float(np.abs(z @ w + level - truth).mean())
