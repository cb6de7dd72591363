"""Proposals for importance sampling: normal laws around what the event looks like, with the model's own law among them.

A component has the model's noise shifted to a design point, or to the mean of draws of the event.  Along the few
directions that decide about the event its spread is its own, in all others the noise is free but for one scale: paths
that get there by high volatility have larger noise every day.  Shares of the components, their scale, and their place
and spread along the directions are fitted to draws of the event by expectation maximisation (population Monte Carlo:
Cappe et al. 2008).

What is fitted to draws is narrower than the event, and where proposals hardly ever come a single path carries a large
weight that most samples miss: estimates then are low, and their errors too small.  So a wide component half-way stays
where it is, and the model's own law keeps a share, which bounds all weights (defensive mixture: Hesterberg 1995).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

DEFENSIVE = 0.15
"""Share of proposals that the model's own law keeps at least, and the component half-way as well."""
SPREAD = (0.02, 1.5)
"""Bounds of a component's spread; the model's own is 1."""
SCALE = (1.0, 1.3)
"""Bounds of its scale in all other directions."""
WIDER = 1.15
"""Spreads are wider by this than the draws that they are fitted to, so that weights stay bounded."""


class Mixture(NamedTuple):
    """Component 0 is the model's own law; of the others, the last stays where it is.

    Attributes:
        shares: (component + 1,) sums to 1.
        centres: (component, number) where the noise is shifted to, flattened over days.
        directions: (component, direction, number) orthonormal.
        spreads: (component, direction) along these directions.
        scales: (component,) in all others.
    """

    shares: np.ndarray
    centres: np.ndarray
    directions: np.ndarray
    spreads: np.ndarray
    scales: np.ndarray

    @classmethod
    def around(cls, points: np.ndarray, directions: np.ndarray, draws: np.ndarray) -> Mixture:
        """Around design points (point, number) with their directions, and around draws of the event (path, number)."""
        middle = draws.mean(axis=0)
        # The mean of the draws takes the place of the first direction.
        along = np.linalg.qr(np.concatenate([middle[None], directions[0][1:]]).T)[0].T[None]
        count, targets = len(points) + 2, directions.shape[1]
        spreads = np.full((count, targets), 0.5)
        spreads[-1] = 1.0
        return cls(
            np.full(count + 1, 1 / (count + 1)),
            np.concatenate([points, middle[None], middle[None] / 2]),
            np.concatenate([directions, along, along]),
            spreads,
            np.full(count, SCALE[0]),
        ).refitted(draws, np.full(len(draws), 1 / len(draws)))

    def draw(self, noise: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Proposals (path, number) made of the model's own noise (path, number); shares are kept exactly."""
        count = len(noise)
        edges = np.cumsum(self.shares)
        places = rng.permutation((np.arange(count) + rng.random()) / count)
        component = np.minimum(np.searchsorted(edges, places), len(edges) - 1) - 1
        out = noise.copy()
        for k, scale in enumerate(self.scales):
            mine = component == k
            q = self.directions[k]
            along = noise[mine] @ q.T
            out[mine] = self.centres[k] + scale * noise[mine] + (along * (self.spreads[k] - scale)) @ q
        return out

    def log_ratios(self, z: np.ndarray) -> np.ndarray:
        """(path, component + 1) log of each component's share times its density relative to the model's own."""
        along, rest = self._apart(z)
        free = z.shape[1] - self.spreads.shape[1]
        own = 0.5 * (z**2).sum(axis=1)[:, None]
        decided = -0.5 * (along**2 / self.spreads**2).sum(axis=2) - np.log(self.spreads).sum(axis=1)
        others = -0.5 * rest / self.scales**2 - free * np.log(self.scales)
        with np.errstate(divide="ignore"):
            return np.log(self.shares) + np.concatenate([np.zeros((len(z), 1)), own + decided + others], axis=1)

    def log_weights(self, z: np.ndarray) -> np.ndarray:
        """(path,) log of the model's density over that of the mixture."""
        return -np.logaddexp.reduce(self.log_ratios(z), axis=1)

    def refitted(self, z: np.ndarray, weights: np.ndarray) -> Mixture:
        """One step of expectation maximisation towards the draws z (path, number) with weights (path,) summing to 1."""
        ratios = self.log_ratios(z)
        owned = np.exp(ratios - np.logaddexp.reduce(ratios, axis=1)[:, None]) * weights[:, None]
        rest = self._apart(z)[1]
        centres, spreads, scales = self.centres.copy(), self.spreads.copy(), self.scales.copy()
        for k in range(len(centres)):
            mine = owned[:, k + 1]
            # What few draws say about a component is noise.
            if mine.sum() ** 2 < 20 * (mine**2).sum():
                continue
            q, share = self.directions[k], mine / mine.sum()
            scales[k] = np.clip(np.sqrt(share @ rest[:, k] / (z.shape[1] - len(q))), *SCALE)
            if k == len(centres) - 1:
                continue
            along = z @ q.T
            middle = share @ along
            spread = np.sqrt(share @ (along - middle) ** 2)
            centres[k] += (middle - q @ centres[k]) @ q
            spreads[k] = np.clip(WIDER * spread, *SPREAD)
        shares = owned.sum(axis=0)
        shares[1:] += 1e-4 / len(centres)
        for kept in (0, -1):
            shares[kept] = max(shares[kept], DEFENSIVE)
        return Mixture(shares / shares.sum(), centres, self.directions, spreads, scales)

    def _apart(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far z (path, number) lies from every centre: along the directions (path, component, direction), and
        squared in all others (path, component)."""
        flat = self.directions.reshape(-1, z.shape[1])
        along = (z @ flat.T).reshape(len(z), *self.spreads.shape)
        along -= np.einsum("kdn,kn->kd", self.directions, self.centres)
        far = (z**2).sum(axis=1)[:, None] - 2 * z @ self.centres.T + (self.centres**2).sum(axis=1)
        return along, np.maximum(far - (along**2).sum(axis=2), 0.0)
