"""The fitted GAN: a population of generators behind the contract of every model."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from tsgan.config import GANConfig, NoiseStream
from tsgan.data.panel import Panel
from tsgan.errors import ConfigError, ModelError
from tsgan.models.contract import MarketModel, ModelInfo, Moments
from tsgan.models.explainable import Filtered
from tsgan.models.gan import memory as vol
from tsgan.models.gan.counters import keys_of, normals
from tsgan.models.gan.density import invert
from tsgan.models.gan.generator import Generator, State
from tsgan.models.gan.members import Members, member_of, new_generator
from tsgan.models.gan.memory import Memory
from tsgan.models.gan.past import KEPT, Lately
from tsgan.models.gan.rollout import asset_ids, path_noise, rollout
from tsgan.models.gan.sampler import ROOM, carry_on, enter, gathered, lanes_of
from tsgan.models.gan.trees import flatten, unflatten
from tsgan.models.random import BLOCK
from tsgan.runtime import with_own_settings

DAYS = 63
"""Days a dispatch of ``sample``: paths are simulated in fixed blocks of BLOCK paths x DAYS days, so one compilation
serves every horizon, and the first days of a path do not depend on how many follow."""

STATE = "state/"
"""Prefix of the arrays that a model without prices keeps in place of its last returns."""

APART = "apart"
"""In a configuration as saved: tickers that are modelled apart, see :mod:`tsgan.models.gan.ties`."""


class GAN(MarketModel):
    """One or more generators, all trained; path i is drawn from member i modulo their number.

    A return is ``shift + scale * x``: x is what the networks see, ``scale`` the training standard deviation (negative
    for an asset that moves against the market, which is seen upside down), and ``shift`` (a hundredth or two of it)
    makes the long-run mean of every member the historical one.

    Attributes:
        members: generators stacked along a leading axis.
        scale: (asset,); shift: (member, asset), both in units of returns.
        best_member: the member with the best validation score.
    """

    def __init__(
        self,
        info: ModelInfo,
        recent: np.ndarray,
        members: Members,
        scale: np.ndarray,
        shift: np.ndarray,
        history: pd.DataFrame | None = None,
        state: State | None = None,
    ) -> None:
        self.info, self.recent = info, recent
        self.members, self.scale, self.shift = members, scale, shift
        self.training_history = history
        self._kept = state
        self.context_days = members.context(members.law)

    @classmethod
    def fit(
        cls,
        panel: Panel,
        *,
        seed: int = 0,
        config: GANConfig | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: bool = False,
        progress: Callable[[Any], None] | None = None,
        like: MarketModel | None = None,
        devices: int = 1,
    ) -> GAN:
        """Train: :func:`tsgan.training.fit.fit_gan`, with the arguments of :func:`tsgan.fit`, over some ``devices``."""
        # Training is built of models, so it lies above them and is looked up by name, as registries do.
        train = importlib.import_module("tsgan.training.fit").fit_gan
        options = {"checkpoint": checkpoint, "resume": resume, "progress": progress, "like": like}
        return train(panel, config or GANConfig(), seed=seed, devices=devices, **options)

    @property
    def population(self) -> int:
        return self.shift.shape[0]

    @property
    def best_member(self) -> int:
        return self.info.config["best_member"]

    @property
    def state(self) -> State:
        return self.encode(self.recent) if self._kept is None else self._kept

    @with_own_settings
    def without_prices(self, start_prices: Sequence[float]) -> GAN:
        """The same model parted from its data: in place of its last returns it keeps the state that they left behind.

        Paths make the same moves, bit for bit, and start at ``start_prices`` (one an asset) in place of the last
        training prices unless they are given a history.
        """
        info = replace(self.info, start_prices=tuple(map(float, start_prices)), rebased=True)
        bare = GAN(info, self.recent[:0], self.members, self.scale, self.shift, self.training_history, self.state)
        return bare.with_bars(self.bars)

    def with_noise(self, stream: NoiseStream) -> GAN:
        """The same model, whose paths draw their noise by ``counters``, as those that are fitted today, or by ``keys``,
        as before format 7: other paths of the same law."""
        members = jax.tree.map(lambda leaf: leaf, self.members)
        members.law = replace(members.law, noise=stream)
        info = replace(self.info, config={**self.info.config, "law": members.law.to_dict()})
        model = GAN(info, self.recent, members, self.scale, self.shift, self.training_history, self._kept)
        return model.with_bars(self.bars)

    def carried_on(self, recent: np.ndarray, info: ModelInfo) -> GAN:
        model = super().carried_on(recent, replace(info, rebased=False))
        model._kept = None
        return model

    def encode(self, returns: np.ndarray) -> State:
        """The state of every member after a history (day, asset): leaves (member, ...)."""
        return jax.tree.map(lambda a: a[0], self.encode_each(returns, np.array([len(returns)])))

    @with_own_settings
    def encode_each(self, returns: np.ndarray, ends: np.ndarray) -> State:
        """Leaves (history, member, ...), numpy arrays."""
        states = [_begin(one, *self._read(member, returns, ends)) for member, one in enumerate(self._generators)]
        return jax.tree.map(lambda *leaves: np.stack(leaves, axis=1), *states)

    @cached_property
    def _counted(self) -> bool:
        """Whether noise is drawn by counters, rather than as before format 7."""
        return self.members.law.noise == "counters"

    @property
    def round(self) -> int:
        return self.population * (lanes_of(len(self.info.assets), self.population) if self._counted else BLOCK)

    def _read(self, member: int, returns: np.ndarray, ends: np.ndarray) -> tuple[Any, Memory]:
        """What a member reads of histories that end there."""
        x, room = self._standardized(member, returns), KEPT // self.population
        return self._lately.past(member, self._generators[member], x, room).histories(ends, self.context_days)

    @cached_property
    def _lately(self) -> Lately:
        return Lately()

    def blocks(self, first_path: int, n_paths: int) -> Iterator[np.ndarray]:
        """Blocks of one member each: the paths of member m are m, m + K, m + 2 K, ..."""
        count, stop, width = self.population, first_path + n_paths, self.round
        for start in range(first_path - first_path % width, stop, width):
            for member in range(count):
                yield start + member + count * np.arange(width // count)

    @with_own_settings
    def noise(self, paths: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        """(day, path, asset + common): each asset's own noise, then the common factors' and that of their strength."""
        commons = self.members.commons
        if self._counted:
            keys, indices = self._counters(paths, seed)
            drawn = [_normals(keys, indices, np.uint32(day), ROOM) for day in range(0, horizon, ROOM)]
            return np.concatenate(drawn)[:horizon]
        key, indices, ids = self._randomness(paths, seed)
        drawn = [_noise(key, indices, np.uint32(day), ids, DAYS, commons) for day in range(0, horizon, DAYS)]
        return np.concatenate(drawn)[:horizon]

    def _counters(self, paths: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """The keys of a day's numbers, and what is counted: the paths' indices."""
        return keys_of(seed, asset_ids(self.info.assets), self.members.commons), paths.astype(np.uint32)

    def _randomness(self, paths: np.ndarray, seed: int) -> tuple[jax.Array, np.ndarray, np.ndarray]:
        """What the noise of these paths is a function of before format 7: a key, their indices, and the assets' ids."""
        return jax.random.key(seed), paths.astype(np.uint32), asset_ids(self.info.assets)

    @with_own_settings
    def respond(self, states: State, starts: np.ndarray, noise: np.ndarray, member: int = 0) -> np.ndarray:
        """Compiled once a number of days and paths."""
        batch = self._batch(states, starts, member, len(noise))
        return self._returns(member, np.asarray(_respond(self._generators[member], batch, noise.astype(np.float32))))

    @with_own_settings
    def sensitivity(
        self, states: State, starts: np.ndarray, noise: np.ndarray, slope: np.ndarray, member: int = 0
    ) -> np.ndarray:
        batch = self._batch(states, starts, member, len(noise))
        cotangent = (self.scale * slope).transpose(1, 0, 2).astype(np.float32)
        product = _vector_jacobian(self._generators[member], batch, noise.astype(np.float32), cotangent)
        return np.asarray(product, np.float64)

    @with_own_settings
    def _batch(self, states: State, starts: np.ndarray, member: int, days: int | None = None) -> State:
        """States of a batch of paths, which go on for so many days, or for as long as one likes."""
        kept = states if days is None else self.members.truncate(states, days)
        return jax.tree.map(lambda leaf: leaf[starts, member], kept)

    @with_own_settings
    def simulate(self, states: State, starts: np.ndarray, paths: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        if self._counted:
            return gathered(self.on_device(states, starts, paths, horizon, seed), horizon)
        member = int(paths[0]) % self.population
        batch = jax.tree.map(lambda a: a[starts, member], states)
        key, indices, ids = self._randomness(paths, seed)
        returns = np.empty((len(paths), horizon, len(self.info.assets)), np.float32)
        for day in range(0, horizon, DAYS):
            batch, x = _advance(self._generators[member], batch, key, indices, np.uint32(day), ids, DAYS)
            returns[:, day : day + DAYS] = self._returns(member, np.asarray(x)[: horizon - day])
        return returns

    def on_device(
        self, states: State, starts: np.ndarray, paths: np.ndarray, horizon: int, seed: int, room: int = ROOM
    ) -> Iterator[jax.Array]:
        """Returns (path, day, asset) of a block of paths, ``room`` days at a time, where they were computed.

        As :meth:`simulate`, for models whose noise is drawn by counters; the last piece has room for more days than are
        left, which are 0.
        """
        member = int(paths[0]) % self.population
        keys, indices = self._counters(paths, seed)
        shared = starts[:1] if (starts == starts[0]).all() else starts  # most often paths carry one history on
        batch = self._batch(states, shared, member, horizon if room < ROOM else None)
        batch = enter(self._generators[member], batch, len(paths))
        unit = self.shift[member].astype(np.float32), self.scale.astype(np.float32)
        for day in range(0, horizon, room):
            now = np.int32(day), np.int32(min(room, horizon - day))
            batch, returns = carry_on(self._generators[member], batch, keys, indices, *now, *unit, room)
            yield returns

    @with_own_settings
    def simulate_fixed(
        self, states: State, starts: np.ndarray, paths: np.ndarray, horizon: int, seed: int
    ) -> np.ndarray:
        """One compilation a horizon where it is short, so that no day is simulated for nothing."""
        if horizon > DAYS:
            return self.simulate(states, starts, paths, horizon, seed)
        if self._counted:
            pieces = self.on_device(states, starts, paths, horizon, seed, horizon)
            return gathered(pieces, horizon)
        member = int(paths[0]) % self.population
        batch = self._batch(states, starts, member, horizon)
        key, indices, ids = self._randomness(paths, seed)
        x = _first_days(self._generators[member], batch, key, indices, ids, horizon)
        return self._returns(member, np.asarray(x))

    @with_own_settings
    def log_density(self, returns: np.ndarray, context: np.ndarray) -> np.ndarray:
        """Exact one-day log densities (day, asset); of an ensemble, of the equal mixture of its members."""
        every = np.concatenate([context[-self.context_days :], returns])
        scores = np.stack([self._log_density_one(m, every)[-len(returns) :] for m in range(self.population)])
        with np.errstate(invalid="ignore"):  # days without a return are NaN
            return np.logaddexp.reduce(scores, axis=0) - np.log(self.population)

    @with_own_settings
    def predictive_moments(self, returns: np.ndarray, ends: np.ndarray) -> Moments:
        from tsgan.models.gan.moments import moments

        return Moments(*moments(self, self.encode_each(returns, np.asarray(ends))))

    @with_own_settings
    def integrated_gradients(
        self, returns: np.ndarray, baseline: np.ndarray, asset: int
    ) -> tuple[np.ndarray, float, float]:
        """:meth:`tsgan.models.explainable.Explainable.integrated_gradients`."""
        from tsgan.models.gan.attribution import integrated_gradients

        return integrated_gradients(self, returns, baseline, asset)

    @with_own_settings
    def filtered(self, history: np.ndarray, returns: np.ndarray, member: int) -> Filtered:
        """:meth:`tsgan.models.explainable.Explainable.filtered`."""
        from tsgan.models.gan.attribution import filtered

        return filtered(self, history, returns, member)

    def arrays(self) -> dict[str, np.ndarray]:
        start = {"recent": self.recent} if self._kept is None else flatten(self._kept, STATE)
        return start | {"scale": self.scale, "shift": self.shift} | flatten(self.members, "members/")

    @classmethod
    @with_own_settings
    def restore(cls, info: ModelInfo, arrays: Mapping[str, np.ndarray]) -> GAN:
        try:
            config = GANConfig.from_saved(info.config)
        except ConfigError as error:
            raise ModelError(
                f"the model's configuration cannot be read: {error}; "
                "install what wrote it (a newer tsgan, a plug-in), or fit the model again"
            ) from None
        places = tuple(info.assets.index(asset) for asset in info.config.get(APART, ()))

        def fresh() -> Members:
            keys = jax.random.split(jax.random.key(0), config.population)
            members = jax.vmap(lambda key: new_generator(config, len(info.assets) - len(places), key))(keys)
            return members.beside(places) if places else members

        template = jax.eval_shape(fresh)
        needed = ("scale", "shift") if info.rebased else ("recent", "scale", "shift")
        missing = [name for name in needed if name not in arrays]
        if missing:
            raise ModelError(f"the model's file has no {', '.join(missing)}; it is damaged, fit the model again")
        members = unflatten(template, arrays, "members/")
        if not info.rebased:
            return cls(info, arrays["recent"], members, arrays["scale"], arrays["shift"])
        nothing = np.zeros((1, len(info.assets)))
        model = cls(info, nothing[:0], members, arrays["scale"], arrays["shift"])
        one = jax.eval_shape(_begin, model._generators[0], *model._read(0, nothing, np.ones(1, int)))
        every = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct((model.population, *leaf.shape[1:]), leaf.dtype), one)
        model._kept = jax.tree.map(np.asarray, unflatten(every, arrays, STATE))
        return model

    def _standardized(self, member: int, returns: np.ndarray) -> np.ndarray:
        return ((returns - self.shift[member]) / self.scale).astype(np.float32)

    @cached_property
    def _generators(self) -> list[Generator]:
        whole = jax.tree.map(np.asarray, self.members)  # numpy cuts without compiling anything
        return [jax.tree.map(jnp.asarray, member_of(whole, member)) for member in range(self.population)]

    def _returns(self, member: int, x: np.ndarray) -> np.ndarray:
        """Returns (path, day, asset) from standardized ones (day, path, asset)."""
        return (self.shift[member] + self.scale * x.transpose(1, 0, 2)).astype(np.float32)

    @with_own_settings
    def _log_density_one(self, member: int, returns: np.ndarray) -> np.ndarray:
        x, generator = self._standardized(member, returns), self._generators[member]
        memory = vol.trajectory(x, generator.law.memory)
        before = jax.tree.map(jnp.asarray, vol.before(memory))
        listed = np.maximum.accumulate(np.isfinite(x), axis=0)
        marginal = _marginals(generator, x, generator.columns(x, memory, listed), before, listed)
        return np.asarray(marginal, np.float64) - np.log(np.abs(self.scale))


@jax.jit
def _begin(generator: Generator, column: jax.Array, memory: Memory) -> State:
    """States after many histories, a few at a time, which bounds the memory of the convolutions."""
    return jax.lax.map(lambda history: generator.begin(*history), (column, memory), batch_size=32)


@jax.jit
def _marginals(generator: Generator, x: jax.Array, column: jax.Array, before: Memory, listed: jax.Array) -> jax.Array:
    return invert(generator.densities(column, before, listed), x)[1]


@partial(jax.jit, static_argnames="days")
def _advance(
    generator: Generator,
    state: State,
    key: jax.Array,
    paths: jax.Array,
    day: jax.Array,
    ids: jax.Array,
    days: int,
) -> tuple[State, jax.Array]:
    return rollout(generator, state, *path_noise(key, paths, day, days, ids, generator.commons))


@partial(jax.jit, static_argnames="days")
def _first_days(
    generator: Generator, state: State, key: jax.Array, paths: jax.Array, ids: jax.Array, days: int
) -> jax.Array:
    """The first ``days`` days only, without the states after them."""
    return _advance(generator, state, key, paths, jnp.uint32(0), ids, days)[1]


@partial(jax.jit, static_argnames=("days", "commons"))
def _noise(key: jax.Array, paths: jax.Array, day: jax.Array, ids: jax.Array, days: int, commons: int) -> jax.Array:
    return jnp.concatenate(path_noise(key, paths, day, days, ids, commons), axis=-1)


@partial(jax.jit, static_argnames="days")
def _normals(keys: jax.Array, paths: jax.Array, day: jax.Array, days: int) -> jax.Array:
    return normals(keys, paths, day + jnp.arange(days, dtype=jnp.uint32)).swapaxes(1, 2)


@jax.jit
def _respond(generator: Generator, state: State, noise: jax.Array) -> jax.Array:
    """Standardized returns (day, path, asset) from noise (day, path, asset + common)."""
    own, common = jnp.split(noise, [noise.shape[-1] - generator.commons], axis=-1)
    return rollout(generator, state, own, common)[1]


@jax.jit
def _vector_jacobian(generator: Generator, state: State, noise: jax.Array, cotangent: jax.Array) -> jax.Array:
    """The vector-Jacobian product: the gradient of ``(cotangent * _respond(...)).sum()`` in the noise."""
    return jax.grad(lambda noise: jnp.vdot(cotangent, _respond(generator, state, noise)))(noise)
