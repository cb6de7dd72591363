"""How good a generator is on the validation slice: what chooses the checkpoint.

Two kinds of proper scores of forecasts made ON that slice, so that neither tomorrow's density nor the paths that follow
from it can be bought at the other's expense: the one-day log score, and the CRPS of what simulated paths do over days,
weeks and a quarter, in returns and in realized volatility.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from tsgan.config import SelectionConfig
from tsgan.models.gan.generator import Generator
from tsgan.models.gan.rollout import rollout
from tsgan.training.data import TrainingData
from tsgan.training.likelihood import negative_log_likelihood


class Validation(NamedTuple):
    """Scores of one generator on the slice; lower is better."""

    negative_log_likelihood: Float[Array, ""]  # per asset-day, joint
    crps: Float[Array, " target"]  # one a horizon and quantity

    def relative_to(self, reference: Validation) -> Float[Array, ""]:
        """One number: log score lost in nats per asset-day, plus the mean relative change in CRPS."""
        lost = self.negative_log_likelihood - reference.negative_log_likelihood
        return lost + jnp.mean(self.crps / reference.crps) - 1.0


def crps(
    draws: Float[Array, " draw *batch"],
    actual: Float[Array, "*batch"],
    counted: Bool[Array, "*batch"] | bool = True,
) -> Float[Array, ""]:
    """Mean continuous ranked probability score of draws (draw, ...) for what happened (...), where it is ``counted``.

    The fair version, unbiased for few draws (Ferro 2014): E|X - y| - E|X - X'| / 2 over distinct pairs.
    """
    count = draws.shape[0]
    ranked = jnp.sort(draws, axis=0)
    weight = 2.0 * jnp.arange(1, count + 1) - count - 1.0
    spread = jnp.tensordot(weight, ranked, axes=1) / (count * (count - 1))
    score = jnp.mean(jnp.abs(draws - actual), axis=0) - spread
    return jnp.sum(jnp.where(counted, score, 0.0)) / jnp.maximum(jnp.sum(jnp.broadcast_to(counted, score.shape)), 1)


def targets(x: Float[Array, "*batch day asset"], horizons: tuple[int, ...]) -> list[Float[Array, "*batch asset"]]:
    """Sums over each horizon and, beyond a day, log realized volatilities of returns x (..., day, asset)."""
    sums = [x[..., :h, :].sum(axis=-2) for h in horizons]
    volatility = [0.5 * jnp.log(jnp.mean(x[..., :h, :] ** 2, axis=-2) + 1e-4) for h in horizons if h > 1]
    return sums + volatility


@partial(jax.jit, static_argnames=("first", "config"))
def validate(
    generator: Generator, data: TrainingData, first: int, key: jax.Array, config: SelectionConfig
) -> Validation:
    """Scores on the days from ``first`` (the value of ``data.length``) on, which were not trained on.

    The same key draws the same noise for every checkpoint, so that they can be compared closely.
    """
    length = data.x.shape[0]
    horizons = tuple(h for h in config.horizons if 3 * h <= length - first) or (1,)
    days = horizons[-1]
    starts = np.unique(np.linspace(first, length - days, min(config.starts, length - days - first + 1)).astype(int))
    begun = jax.vmap(generator.begin)(*data.past(starts))
    state = jax.tree.map(lambda a: jnp.repeat(a, config.draws, axis=0), begun)
    own_key, common_key = jax.random.split(key)
    assets = data.x.shape[1]
    count = len(starts) * config.draws
    own = jax.random.normal(own_key, (days, count, assets))
    common = jax.random.normal(common_key, (days, count, generator.commons))
    _, x = rollout(generator, state, own, common)
    simulated = x.reshape(days, len(starts), config.draws, assets).transpose(2, 1, 0, 3)
    window = starts[:, None] + np.arange(days)
    actual, here = data.x[window], data.present[window].mean(axis=1) > 0.9
    scores = [crps(s, a, here) for s, a in zip(targets(simulated, horizons), targets(actual, horizons), strict=True)]
    return Validation(negative_log_likelihood(generator, data, later=True), jnp.stack(scores))
