"""Proposals for importance sampling: normal laws around what the event looks like, with the model's own law among them.

A component has the model's noise shifted to a design point, or to the mean of draws of the event.  Every number of the
noise has a scale of its own: paths that get to a loss by high volatility have larger noise on the days that raise it,
of either sign.  Along the few directions that decide about the event the spread is the component's own.  Shares,
scales, places and spreads are fitted to draws of the event by expectation maximisation (population Monte Carlo: Cappe
et al. 2008).

What is fitted to draws is narrower than the event, and where proposals hardly ever come a single path carries a large
weight that most samples miss: estimates then are low, and their errors too small.  So two components are as wide along
the directions as the model's own law, one at the mean of the draws and one half-way there, and these and the model's
own law, which bounds all weights, keep a share (defensive mixture: Hesterberg 1995).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

DEFENSIVE = 0.15
"""Share of proposals that the model's own law keeps at least, and each of the two wide components as well."""
WIDE = 2
"""Components, the last ones, that are wide."""
SPREAD = (0.02, 1.5)
"""Bounds of a component's spread; the model's own is 1."""
SCALE = (1.0, 1.5)
"""Bounds of the numbers' scales."""
WIDER = 1.15
"""Spreads are wider by this than the draws that they are fitted to, so that weights stay bounded."""


class Mixture(NamedTuple):
    """Component 0 is the model's own law; the last three lie at the mean of the draws, there and wide, and half-way.

    Attributes:
        shares: (component + 1,) sums to 1.
        centres: (component, number) where the noise is shifted to, flattened over days.
        directions: (component, direction, number) orthonormal where every number has been divided by its scale.
        spreads: (component, direction) along these directions.
        scales: (number,) of all components.
    """

    shares: np.ndarray
    centres: np.ndarray
    directions: np.ndarray
    spreads: np.ndarray
    scales: np.ndarray

    @classmethod
    def around(cls, points: np.ndarray, directions: np.ndarray, draws: np.ndarray) -> Mixture:
        """Around design points (point, number) with their orthonormal directions (point, direction, number), and around
        draws of the event (path, number)."""
        middle = draws.mean(axis=0)
        scales = np.clip(draws.std(axis=0), *SCALE)
        # The mean of the draws takes the place of the first direction: towards it as steeply as in units of noise.
        along = np.concatenate([middle[None] / scales**2, directions[0][1:]])[None]
        slopes = np.concatenate([directions, along, along, along]) * scales
        count = len(slopes)
        spreads = np.full((count, directions.shape[1]), 0.5)
        spreads[-WIDE:] = 1.0
        return cls(
            np.full(count + 1, 1 / (count + 1)),
            np.concatenate([points, middle[None], middle[None], middle[None] / 2]),
            np.linalg.qr(slopes.transpose(0, 2, 1))[0].transpose(0, 2, 1),
            spreads,
            scales,
        )

    def draw(self, noise: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Proposals (path, number) made of the model's own noise (path, number), and the component (path,) that each is
        of; shares are kept exactly."""
        count = len(noise)
        edges = np.cumsum(self.shares)
        places = rng.permutation((np.arange(count) + rng.random()) / count)
        component = np.minimum(np.searchsorted(edges, places), len(edges) - 1)
        out = noise.copy()
        for k, q in enumerate(self.directions):
            mine = component == k + 1
            along = noise[mine] @ q.T
            out[mine] = self.centres[k] + self.scales * (noise[mine] + (along * (self.spreads[k] - 1)) @ q)
        return out, component

    def log_ratios(self, z: np.ndarray) -> np.ndarray:
        """(path, component + 1) log of each component's share times its density relative to the model's own."""
        along, away = self._apart(z)
        own = 0.5 * (z**2).sum(axis=1)[:, None]
        square = away + (along**2 * (1 / self.spreads**2 - 1)).sum(axis=2)
        volume = np.log(self.spreads).sum(axis=1) + np.log(self.scales).sum()
        with np.errstate(divide="ignore"):
            return np.log(self.shares) + np.concatenate([np.zeros((len(z), 1)), own - 0.5 * square - volume], axis=1)

    def log_weights(self, z: np.ndarray) -> np.ndarray:
        """(path,) log of the model's density over that of the mixture."""
        return -np.logaddexp.reduce(self.log_ratios(z), axis=1)

    def refitted(self, z: np.ndarray, weights: np.ndarray) -> Mixture:
        """One step of expectation maximisation towards the draws z (path, number) with weights (path,) summing to 1."""
        ratios = self.log_ratios(z)
        owned = np.exp(ratios - np.logaddexp.reduce(ratios, axis=1)[:, None]) * weights[:, None]
        along = self._apart(z)[0]
        centres, spreads = self.centres.copy(), self.spreads.copy()
        for k in range(len(centres) - WIDE):
            mine = owned[:, k + 1]
            # What few draws say about a component is noise.
            if mine.sum() ** 2 < 20 * (mine**2).sum():
                continue
            share = mine / mine.sum()
            middle = share @ along[:, k]
            centres[k] += self.scales * (middle @ self.directions[k])
            spreads[k] = np.clip(WIDER * np.sqrt(share @ (along[:, k] - middle) ** 2), *SPREAD)
        shares = owned.sum(axis=0)
        shares[1:] += 1e-4 / len(centres)
        for kept in (0, *range(-WIDE, 0)):
            shares[kept] = max(shares[kept], DEFENSIVE)
        return self._replace(shares=shares / shares.sum(), centres=centres, spreads=spreads)

    def _apart(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far z (path, number) lies from every centre, in scales: along directions (path, component, direction),
        and squared (path, component)."""
        z, centres = z / self.scales, self.centres / self.scales
        along = (z @ self.directions.reshape(-1, z.shape[1]).T).reshape(len(z), *self.spreads.shape)
        along -= np.einsum("kdn,kn->kd", self.directions, centres)
        away = (z**2).sum(axis=1)[:, None] - 2 * z @ centres.T + (centres**2).sum(axis=1)
        return along, np.maximum(away, 0.0)
