"""Populations of generators: one generator whose every leaf has a leading axis, an entry a member."""

from __future__ import annotations

from typing import Any

import jax
from flax import nnx

from tsgan.config import GENERATORS, GANConfig
from tsgan.errors import PluginError
from tsgan.models.gan.generator import Generator

Members = Generator
"""A generator whose every leaf has a leading axis: one entry a member of the population."""


def kind_of(config: GANConfig) -> type[Generator]:
    """The generator that a configuration names; PluginError where a plug-in's is none."""
    kind = GENERATORS[config.generator]
    if not (isinstance(kind, type) and issubclass(kind, Generator)):
        raise PluginError(
            f"the generator {config.generator!r} is {kind!r}; it must be a subclass of "
            "tsgan.models.gan.generator.Generator"
        )
    return kind


def new_generator(config: GANConfig, n_assets: int, key: jax.Array | int) -> Generator:
    """A fresh generator of the configured kind."""
    build: Any = kind_of(config)
    return build(n_assets, config, rngs=nnx.Rngs(key))


def population(members: Members) -> int:
    """How many members there are."""
    return jax.tree.leaves(members)[0].shape[0]


def member_of(tree: Any, member: int) -> Any:
    """One member of stacked generators, or of their states."""
    return jax.tree.map(lambda leaf: leaf[member], tree)


def population_of_one(generator: Generator) -> Members:
    """A generator as stacked ones, of which there is one."""
    return jax.tree.map(lambda leaf: leaf[None], generator)
