"""Design points: the most likely noise that makes an event happen.

Of all noise z with the event, the one of the smallest norm, by sequential linearisation: with the gradients J of the
targeted quantities q, the next point is the smallest z' that reaches the bands of q + J (z' - z).  For one target that
is the iteration of Hasofer, Lind, Rackwitz and Fiessler (Der Kiureghian 2005, "First- and second-order reliability
methods").  Heavy tails make several of them: a crash can come on any day.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tsgan.models.conditioning.events import Event
from tsgan.models.conditioning.noise_map import NoiseMap

STEPS = 30
SWEEPS = 40
INSIDE = 0.25
"""Design points lie inside two-sided bands by this share of their width, so that paths around them stay inside."""
REACHED = 1e-3
"""A target is reached when it is missed by no more than this share of what one standard deviation of noise moves."""


class DesignPoints(NamedTuple):
    """Where searches from several starts ended, those that reached the event.

    Attributes:
        noise: (point, day, number).
        directions: (point, target, day * number) orthonormal: along these the noise decides whether it happens.
        simulated: how many paths, and gradients of paths, were computed.
    """

    noise: np.ndarray
    directions: np.ndarray
    simulated: int

    @property
    def norms(self) -> np.ndarray:
        """(point,) distances from the origin, the reliability index: exp(-norm^2 / 2) is the relative likelihood."""
        return np.linalg.norm(self.noise.reshape(len(self.noise), -1), axis=1)

    @property
    def likeliest(self) -> int:
        return int(self.norms.argmin())


def design_points(dynamics: NoiseMap, event: Event, starts: np.ndarray) -> DesignPoints:
    """Search from the noise ``starts`` (day, path, number)."""
    shape, count = starts.shape, starts.shape[1]
    z = starts.transpose(1, 0, 2).reshape(count, -1)
    low, high = (np.array([getattr(target, side) for target in event.targets]) for side in ("low", "high"))
    margin = np.where(np.isfinite(high - low), INSIDE * (high - low), 0.0)
    low, high = low + margin, high - margin
    best, best_norm, simulated = z.copy(), np.full(count, np.inf), 0
    directions = np.zeros((count, len(low), z.shape[1]))
    for step in range(STEPS):
        values, slopes = _linearised(dynamics, event, z.reshape(count, shape[0], shape[2]).transpose(1, 0, 2))
        simulated += (1 + len(low)) * count
        reach = np.maximum(np.linalg.norm(slopes, axis=2), 1e-300)
        gap = np.maximum(np.maximum(low - values, values - high), 0.0) / reach
        norm = np.linalg.norm(z, axis=1)
        better = (gap.max(axis=1) <= REACHED) & (norm < best_norm)
        best, best_norm = np.where(better[:, None], z, best), np.where(better, norm, best_norm)
        directions[better] = slopes[better]
        target = _smallest(slopes, values - np.einsum("ktd,kd->kt", slopes, z), low, high)
        # Full steps first, then half ones: around curved bands full ones circle.
        z = z + (1.0 if step < STEPS // 3 else 0.5) * (target - z)
    found = np.isfinite(best_norm)
    points = best[found].reshape(-1, shape[0], shape[2])
    return DesignPoints(points, _orthonormal(directions[found]), simulated)


def _linearised(dynamics: NoiseMap, event: Event, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values (path, target) of each quantity on its decisive day, and their gradients (path, target, day * number)."""
    returns = dynamics.returns(noise)
    prices = dynamics.prices(returns)
    days, _ = event.nearest(prices)
    lanes = np.arange(len(prices))
    values, gradients = [], []
    for i, target in enumerate(event.targets):
        day = days[:, i]
        at = prices[lanes, day]
        slope = np.zeros(prices.shape)
        slope[lanes, day] = event.slopes(target, at)
        values.append(event.values(target, at))
        gradients.append(dynamics.sensitivity(noise, returns, slope).transpose(1, 0, 2).reshape(len(lanes), -1))
    return np.stack(values, axis=1), np.stack(gradients, axis=1)


def _smallest(slopes: np.ndarray, offsets: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The smallest z (point, number) with low <= offsets + slopes @ z <= high, by Hildreth's (1957) method."""
    gram = slopes @ slopes.transpose(0, 2, 1)
    multipliers = np.zeros(offsets.shape)
    for _ in range(SWEEPS if offsets.shape[1] > 1 else 1):
        for i in range(offsets.shape[1]):
            own = np.maximum(gram[:, i, i], 1e-300)
            others = offsets[:, i] + (gram[:, i] * multipliers).sum(axis=1) - own * multipliers[:, i]
            multipliers[:, i] = (np.clip(others, low[i], high[i]) - others) / own
    return np.einsum("kt,ktd->kd", multipliers, slopes)


def _orthonormal(slopes: np.ndarray) -> np.ndarray:
    """Rows (point, target, number) that span the same directions and are orthonormal."""
    return np.linalg.qr(slopes.transpose(0, 2, 1))[0].transpose(0, 2, 1)
