"""Proposals for importance sampling: normal laws around design points, with the model's own law among them.

A component has the model's noise shifted to a design point; along the few directions that decide about the event its
spread may differ, in all others the noise stays free.  Shares of the components, and their place and spread along
these directions, are fitted to draws of the event by expectation maximisation (population Monte Carlo: Cappe et al.
2008).  The component without any shift bounds the importance weights (defensive mixture: Hesterberg 1995).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

DEFENSIVE = 0.05
"""Share of proposals that the model's own law keeps at least."""
SPREAD = (0.02, 1.5)
"""Bounds of a component's spread; the model's own is 1."""
WIDER = 1.15
"""Spreads are wider by this than the draws that they are fitted to, so that weights stay bounded."""


class Mixture(NamedTuple):
    """Component 0 is the model's own law.

    Attributes:
        shares: (component + 1,) sums to 1.
        centres: (component, number) where the noise is shifted to, flattened over days.
        directions: (component, direction, number) orthonormal.
        spreads: (component, direction).
    """

    shares: np.ndarray
    centres: np.ndarray
    directions: np.ndarray
    spreads: np.ndarray

    @classmethod
    def around(cls, centres: np.ndarray, directions: np.ndarray) -> Mixture:
        """Two components a point, one as wide as the model's law and one half as wide; none preferred."""
        count = 2 * len(centres)
        shares = np.r_[DEFENSIVE, np.full(count, (1 - DEFENSIVE) / count)]
        spreads = np.repeat([1.0, 0.5], len(centres))[:, None] * np.ones((1, directions.shape[1]))
        return cls(shares, np.tile(centres, (2, 1)), np.tile(directions, (2, 1, 1)), spreads)

    def draw(self, noise: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Proposals (path, number) made of the model's own noise (path, number); shares are kept exactly."""
        count = len(noise)
        edges = np.cumsum(self.shares)
        places = rng.permutation((np.arange(count) + rng.random()) / count)
        component = np.minimum(np.searchsorted(edges, places), len(edges) - 1) - 1
        out = noise.copy()
        for k in range(len(self.centres)):
            mine = component == k
            q = self.directions[k]
            along = noise[mine] @ q.T
            out[mine] = noise[mine] + self.centres[k] + (along * (self.spreads[k] - 1)) @ q
        return out

    def log_ratios(self, z: np.ndarray) -> np.ndarray:
        """(path, component + 1) log of each component's share times its density relative to the model's own."""
        flat = self.directions.reshape(-1, z.shape[1])
        along = (z @ flat.T).reshape(len(z), *self.spreads.shape)
        centred = along - np.einsum("kdn,kn->kd", self.directions, self.centres)
        shift = z @ self.centres.T - 0.5 * (self.centres**2).sum(axis=1)
        narrower = -0.5 * ((1 / self.spreads**2 - 1) * centred**2).sum(axis=2) - np.log(self.spreads).sum(axis=1)
        with np.errstate(divide="ignore"):
            return np.log(self.shares) + np.concatenate([np.zeros((len(z), 1)), shift + narrower], axis=1)

    def log_weights(self, z: np.ndarray) -> np.ndarray:
        """(path,) log of the model's density over that of the mixture."""
        return -np.logaddexp.reduce(self.log_ratios(z), axis=1)

    def refitted(self, z: np.ndarray, weights: np.ndarray) -> Mixture:
        """One step of expectation maximisation towards the draws z (path, number) with weights (path,) summing to 1."""
        ratios = self.log_ratios(z)
        owned = np.exp(ratios - np.logaddexp.reduce(ratios, axis=1)[:, None]) * weights[:, None]
        shares = owned.sum(axis=0)
        centres, spreads = self.centres.copy(), self.spreads.copy()
        for k in range(len(centres)):
            mine = owned[:, k + 1]
            # What few draws say about a component is noise.
            if mine.sum() ** 2 < 20 * (mine**2).sum():
                continue
            q, share = self.directions[k], mine / mine.sum()
            along = z @ q.T
            middle = share @ along
            spread = np.sqrt(share @ (along - middle) ** 2)
            centres[k] += (middle - q @ centres[k]) @ q
            spreads[k] = np.clip(WIDER * spread, *SPREAD)
        shares[0] = max(shares[0], DEFENSIVE)
        shares[1:] += 1e-4 / len(centres)
        shares[1:] *= (1 - shares[0]) / shares[1:].sum()
        return Mixture(shares, centres, self.directions, spreads)
