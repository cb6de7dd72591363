"""Random panels of a corpus, and how well a base forecasts their days."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tsgan.config import LawConfig, PretrainingConfig
from tsgan.models.gan.base import Base, factor_loadings
from tsgan.models.gan.density import invert
from tsgan.training.answers import WANTED
from tsgan.training.corpus import Corpus, Window, window

YEAR = 252
"""Days that count as one."""

ALIVE = 64
"""A panel begins where its assets have WANTED returns of so many days before them."""


class Choice(NamedTuple):
    """Where panels may begin.

    Attributes:
        eligible: (day, asset) assets that a panel which begins on that day may have.
        cumulated: (day,) probability of beginning on that day or earlier.
    """

    eligible: jax.Array
    cumulated: jax.Array


def choice(data: Corpus, settings: PretrainingConfig, least: int = 1, known: int | None = None) -> Choice:
    """Days are likelier the more assets there are and the later they are; there must be at least ``least`` assets, each
    with so many ``known`` returns before."""
    count = np.asarray(data.count)
    days = len(count) - 1
    ahead = count[np.minimum(np.arange(days) + ALIVE, days)] - count[:-1]
    eligible = (count[:-1] >= (known or settings.shortest)) & (ahead >= WANTED)
    number = eligible.sum(axis=1)
    years = np.arange(days, 0, -1) / YEAR
    weight = np.where(number >= least, number, 0) ** 0.75 * 0.5 ** (years / settings.half_life)
    return Choice(jnp.asarray(eligible), jnp.asarray(np.cumsum(weight) / weight.sum(), jnp.float32))


def days_nll(base: Base, data: Corpus, chosen: Choice, settings: PretrainingConfig, key: jax.Array) -> jax.Array:
    """() mean negative log likelihood of the days of random panels."""
    panels, part = drawn(data, chosen, settings, base.law, key)
    listed = jnp.broadcast_to(part[:, None], panels.present.shape)
    density = base.law_after(panels.memory, panels.age, panels.log_unit, listed)
    scored = panels.present & listed
    # A large panel counts more than a small one, but not by its size: its assets share their market.
    weight = scored / jnp.sqrt(jnp.maximum(part.sum(axis=1), 1.0))[:, None, None]
    score = jnp.where(scored, invert(density, panels.x)[1], 0.0)
    return -jnp.sum(weight * score) / jnp.maximum(weight.sum(), 1.0)


def drawn(
    data: Corpus, chosen: Choice, settings: PretrainingConfig, law: LawConfig, key: jax.Array
) -> tuple[Window, jax.Array]:
    """Random panels, and (panel, asset) which of their assets take part."""
    panels, largest = settings.panels, min(max(settings.sizes), data.x.shape[1])
    names = ("day", "assets", "length", "size")
    keys = {name: jax.random.fold_in(key, i) for i, name in enumerate(names)}
    first = jnp.searchsorted(chosen.cumulated, jax.random.uniform(keys["day"], (panels,))).astype(jnp.int32)
    eligible = chosen.eligible[first]
    order = jnp.where(eligible, jax.random.uniform(keys["assets"], eligible.shape), -1.0)
    assets = jax.lax.top_k(order, largest)[1]
    low, high = np.log(settings.shortest), np.log(settings.longest)
    length = jnp.exp(jax.random.uniform(keys["length"], (panels,), minval=low, maxval=high)).astype(jnp.int32)
    read = window(data, law, first, jnp.maximum(first - length - 5, 0), assets, settings.days)
    size = jax.random.choice(keys["size"], jnp.array(settings.sizes), (panels,))
    part = jnp.arange(largest) < size[:, None]
    part &= jnp.take_along_axis(eligible, assets, axis=1) & (read.known >= settings.shortest)
    return read, part


def past_loadings(
    scores: np.ndarray, first: np.ndarray, assets: np.ndarray, settings: PretrainingConfig, law: LawConfig
) -> np.ndarray:
    """(panel, asset, factor) loadings of panels of ``assets`` (panel, asset) that begin on the days ``first`` (panel,),
    as those of users are: from the correlation of their past normal scores, of ``scores`` (day, asset)."""
    return np.stack(
        [
            factor_loadings(scores[max(day - settings.joint_history, 0) : day, some], settings.loadings, law)
            for day, some in zip(first, assets, strict=True)
        ]
    )
