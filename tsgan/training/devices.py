"""One training over several devices, of this process or of many: members and batches are shared out, results are not.

States, data and losses are on every device; within an update, members of a population and windows of a batch are split
over a mesh with one axis for each.  The random numbers are those of one device, and so are the updates but for the
order in which sums over a batch are taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import jax
import numpy as np
from jax.sharding import AxisType, NamedSharding, PartitionSpec

from tsgan.errors import ConfigError

Tree = TypeVar("Tree")

MEMBER, BATCH = "member", "batch"
"""Axes of the mesh."""


@contextmanager
def over_devices(count: int, population: int) -> Iterator[None]:
    """What is trained inside is split over ``count`` devices; 1 leaves everything as it is.

    As many devices as divide both are given to different members, and the others to the windows of their batches.

    Raises ConfigError where there are not so many devices, or where several processes would leave some of theirs out.
    """
    if count == 1 and jax.process_count() == 1:
        yield
        return
    there = jax.devices()
    if not 1 <= count <= len(there) or (jax.process_count() > 1 and count != len(there)):
        kind = there[0].platform
        raise ConfigError(
            f"{count} devices are asked for, and JAX has {len(there)} ({kind}) in {jax.process_count()} process"
            f"{'es' if jax.process_count() > 1 else ''}; ask for {len(there)}"
            + (", or set XLA_FLAGS=--xla_force_host_platform_device_count=N" if kind == "cpu" else "")
        )
    members = int(np.gcd(count, population))
    grid = np.array(there[:count]).reshape(members, count // members)
    mesh = jax.sharding.Mesh(grid, (MEMBER, BATCH), axis_types=(AxisType.Auto, AxisType.Auto))
    with jax.set_mesh(mesh):
        yield


def mesh() -> Any:
    """The mesh that is trained on; None for one device."""
    found = jax.sharding.get_mesh()
    return None if found.empty else found


def everywhere(tree: Tree) -> Tree:
    """The same values on every device of the mesh; as they are without one."""
    found = mesh()
    return tree if found is None else jax.device_put(tree, NamedSharding(found, PartitionSpec()))


def here(tree: Tree) -> Tree:
    """The same values on the usual device of this process; as they are without a mesh."""
    return tree if mesh() is None else jax.tree.map(lambda leaf: jax.numpy.asarray(np.asarray(leaf)), tree)


def split(tree: Tree, axis: int = 0, name: str = BATCH) -> Tree:
    """Within a compiled function: the same tree, its leaves split along ``axis`` over the devices of a mesh's axis;
    as it is without a mesh, and where the axis is too short."""
    size = dict(jax.sharding.get_abstract_mesh().shape).get(name, 1)
    if size == 1:
        return tree
    spec = PartitionSpec(*[PartitionSpec.UNCONSTRAINED] * axis, name)

    def one(leaf: jax.Array) -> jax.Array:
        if jax.numpy.ndim(leaf) <= axis or leaf.shape[axis] % size:
            return leaf
        return jax.lax.with_sharding_constraint(leaf, spec)

    return jax.tree.map(one, tree)


def joined(tree: Tree) -> Tree:
    """Within a compiled function: the same tree on every device again."""
    if jax.sharding.get_abstract_mesh().empty:
        return tree
    return jax.tree.map(lambda leaf: jax.lax.with_sharding_constraint(leaf, PartitionSpec()), tree)


def each_member(function: Callable[..., Any]) -> Callable[..., Any]:
    """``jax.vmap`` over members, whose arguments are split over the devices and whose results are joined."""

    def run(*arguments: Any) -> Any:
        axes = dict(jax.sharding.get_abstract_mesh().shape)
        over = jax.vmap(function, spmd_axis_name=MEMBER if axes.get(MEMBER, 1) > 1 else None)
        return joined(over(*split(arguments, name=MEMBER)))

    return run
