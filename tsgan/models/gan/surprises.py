"""The record of surprises: how an asset's days have differed from what the law said of them, and what is made of it.

The law is the same for all assets and times, and neither are alike: an index falls harder than a stock does, one
company's tails are fatter, and a decade may be calmer than the ones that the law was learned from.  As in score-driven
models (Creal, Koopman and Lucas 2013; Harvey 2013) every asset therefore keeps exponential averages of five functions
of its normal scores z, at scales from a month to four years:

    size      z^2 - 1                    days are wilder than the law says
    leverage  (z^2 - 1) tanh(-trend)     they are after losses: of the last days, and of the last weeks
    skew      z |z|
    tails     z^4 - 6 z^2 + 3

All have mean zero where the law holds.  ``Answers`` are linear responses of tomorrow's law to them: of its scale to all
five, of its answer to trends to the averages of leverage, of its skew to that of skew, of its degrees of freedom to
that of tails.  They are learned from the surprises of dates that the law had not seen, see
:mod:`tsgan.training.answers`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from tsgan.config import BaseConfig, LawConfig
from tsgan.models.gan.density import Density

KINDS = 5
"""Functions of a day that are averaged: size, leverage to fast and to slow trends, skew, tails."""

ANSWERS = KINDS + 4
"""Rows of answers: of log scale to each kind, of its answer to fast and slow trends, of skew, of tails."""

Record = Float[Array, "*batch asset kind scale"]
"""Averages up to today, 0 before anything was seen."""


@cache
def decays(config: BaseConfig) -> Float[np.ndarray, " scale"]:
    """(scale,) what is left of an average after a day."""
    return np.exp(-1.0 / np.array(config.surprise_scales)).astype(np.float32)


def nothing(n_assets: int, law: LawConfig) -> Record:
    """(asset, kind, scale) the record before any day."""
    return jnp.zeros((n_assets, KINDS, len(law.base.surprise_scales)))


def losses(trends: Float[Array, "*batch asset trend"], law: LawConfig) -> Float[Array, "*batch asset 2"]:
    """Fast and slow losses, each between -1 and 1, of trends at the scales of the memory."""
    which = np.minimum(law.base.leverage_trends, trends.shape[-1] - 1)
    return -jnp.tanh(trends[..., which])


def surprise(
    z: Float[Array, "*batch asset"], fallen: Float[Array, "*batch asset 2"], law: LawConfig
) -> Float[Array, "*batch asset kind"]:
    """The five functions of a day's normal score z, after losses of so much (:func:`losses`)."""
    limit = law.base.surprise_limit
    z = jnp.clip(z, -limit, limit)
    size, tails = z * z - 1.0, z**4 - 6.0 * z * z + 3.0
    skew, tails = z * jnp.abs(z), jnp.clip(tails, -20.0, 60.0) / 5.0
    return jnp.stack([size, size * fallen[..., 0], size * fallen[..., 1], skew, tails], axis=-1)


def updated(record: Record, day: Float[Array, "*batch asset kind"], law: LawConfig) -> Record:
    """The record after a day."""
    decay = jnp.asarray(decays(law.base))
    return decay * record + (1 - decay) * day[..., None]


def records(
    days: Float[Array, "day asset kind"], present: Bool[Array, "day asset"], law: LawConfig, first: Record
) -> Float[Array, "days asset kind scale"]:
    """(day + 1, asset, kind, scale) the record before each day and after the last, from the ``first`` on; a day without
    a return leaves an asset's as it was."""

    def one(record: jax.Array, day: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        value, here = day
        after = jnp.where(here[:, None, None], updated(record, value, law), record)
        return after, after

    return jnp.concatenate([first[None], jax.lax.scan(one, first, (days, present))[1]])


def answered(
    density: Density,
    record: Record,
    fallen: Float[Array, "*batch asset 2"],
    answers: Float[Array, "answer scale"],
    law: LawConfig,
) -> Density:
    """The law, in the light of the record."""
    each = (record * answers[:KINDS]).sum(axis=(-2, -1))
    leverage = (record[..., 1:3, :] * answers[KINDS : KINDS + 2]).sum(axis=-1)
    skew, tails = ((record[..., k, :] * answers[k + 4]).sum(axis=-1) for k in (3, 4))
    return moved(density, each + (leverage * fallen).sum(axis=-1), skew, tails, law)


def moved(density: Density, scale: jax.Array, skew: jax.Array, tails: jax.Array, law: LawConfig) -> Density:
    """The law, moved by answers (...,) of log scale, skew and tails."""
    limit, ranges = law.base.answer_limit, law.density
    louder = limit * jnp.tanh(scale / limit)
    least = ranges.tail_least
    return replace(
        density,
        log_scale=density.log_scale + louder,
        skew=jnp.clip(density.skew + skew, -0.99 * ranges.skew_range, 0.99 * ranges.skew_range),
        tail=least + (density.tail - least) * jnp.exp(jnp.clip(tails, -1.0, 1.0)),
    )
