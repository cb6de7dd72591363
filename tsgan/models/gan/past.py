"""What generators read of the past: columns of days, and the volatility memory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from tsgan.models.gan import memory as vol
from tsgan.models.gan.generator import Generator
from tsgan.models.gan.memory import Memory

KEPT = 400_000
"""Asset-days of the histories read last, of all members of a model together, that are kept: some 70 MB."""


def histories(
    generator: Generator, x: Float[np.ndarray, "day asset"], ends: Int[np.ndarray, " history"], days: int
) -> tuple[Float[np.ndarray, "history reach asset width"], Memory]:
    """What ``begin`` reads of many histories: the last ``days`` of ``x[:end]`` for each of ``ends``.

    The columns of their last ``reach`` days (history, reach, asset, width), zeros where a history is shorter, and the
    memory after them (history, asset, scale); the trajectory is computed once.
    """
    return Past(generator, x).histories(ends, days)


@dataclass(frozen=True, eq=False)
class Past:
    """A history x (day, asset) as a generator reads it; what is worked out of all of it is kept, for histories that end
    on other days of it."""

    generator: Generator
    x: Float[np.ndarray, "day asset"]

    @cached_property
    def memory(self) -> Memory:
        """The trajectory of all days."""
        return vol.trajectory(self.x, self.generator.law.memory)

    @cached_property
    def columns(self) -> Float[np.ndarray, "day asset width"]:
        """Of all days, where a generator has its own way to them."""
        return self.generator.columns(self.x, self.memory, np.maximum.accumulate(np.isfinite(self.x), axis=0))

    def histories(
        self, ends: Int[np.ndarray, " history"], days: int
    ) -> tuple[Float[np.ndarray, "history reach asset width"], Memory]:
        """See :func:`histories`."""
        generator, law, x = self.generator, self.generator.law, self.x
        reach = generator.reach(law)
        begins = np.maximum(ends - days, 0)
        first = int(begins.min())
        read = x[first : int(ends.max())]
        memory = self.memory if first == 0 else vol.trajectory(read, law.memory)
        seen = vol.observed(read)
        last = vol.at(memory, begins - first, ends - first, seen, law.memory)
        day = ends[:, None] + np.arange(-reach, 0)
        inside = day >= begins[:, None]
        day = np.where(inside, day, begins[:, None])
        if type(generator).columns is not Generator.columns:
            column = self._of_whole_histories(memory, first, begins, day, days)
            return np.where(inside[..., None, None], column, np.float32(0)), last
        after = vol.at(memory, begins[:, None] - first, day + 1 - first, seen, law.memory)
        count = seen[day + 1 - first] - seen[begins - first][:, None]
        column = np.asarray(generator.column(jnp.asarray(np.nan_to_num(x[day])), after, jnp.asarray(count), law))
        return np.where(inside[..., None, None], column, np.float32(0)), last

    def _of_whole_histories(
        self, memory: Memory, first: int, begins: np.ndarray, day: np.ndarray, days: int
    ) -> Float[np.ndarray, "history reach asset width"]:
        """Columns of the days (history, reach) of histories with these beginnings (history,), read as a whole;
        ``memory`` is the trajectory from the day ``first`` to the last of their ends, or beyond.

        Where histories are as long as their context they are all read from the first beginning on: what lies before the
        context is felt no more, and a pass a beginning would take hours.
        """
        generator, law = self.generator, self.generator.law
        starts = np.full_like(begins, first) if days >= generator.context(law) else begins
        every = {}
        for start in np.unique(starts):
            if start == 0:
                every[start] = self.columns
                continue
            read = self.x[start : day[starts == start].max() + 1]
            own = memory if start == first else vol.trajectory(read, law.memory)
            own = Memory(*(part[: len(read) + 1] for part in own))
            listed = np.maximum.accumulate(np.isfinite(read), axis=0)
            every[start] = generator.columns(read, own, listed)
        return np.stack([every[start][each - start] for start, each in zip(starts, day, strict=True)])


class Lately:
    """Histories read last, one a member: forecasts ask for a few days of one history at a time."""

    def __init__(self) -> None:
        self._kept: dict[int, Past] = {}

    def past(self, member: int, generator: Generator, x: Float[np.ndarray, "day asset"], room: int) -> Past:
        """The history as a member's generator reads it: the one read last, if it is the same.  It is kept where it has
        at most ``room`` asset-days."""
        known = self._kept.get(member)
        if known is not None and np.array_equal(known.x, x, equal_nan=True):
            return known
        past = Past(generator, x)
        if x.size <= room:
            self._kept[member] = past
        return past
