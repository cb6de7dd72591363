"""Pytrees as flat dictionaries of named arrays, the form in which models and checkpoints are saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tsgan.errors import ModelError


def flatten(tree: Any, prefix: str = "") -> dict[str, np.ndarray]:
    """The arrays of a pytree under readable names: the path to each leaf."""
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {prefix + jax.tree_util.keystr(path, simple=True, separator="/"): np.asarray(leaf) for path, leaf in leaves}


def unflatten(template: Any, arrays: Mapping[str, np.ndarray], prefix: str = "") -> Any:
    """A pytree like ``template`` with the arrays that :func:`flatten` named.

    Raises ModelError naming the leaf that is missing or has another shape.
    """
    paths, structure = jax.tree_util.tree_flatten_with_path(template)
    leaves = []
    for path, leaf in paths:
        name = prefix + jax.tree_util.keystr(path, simple=True, separator="/")
        if name not in arrays or arrays[name].shape != np.shape(leaf):
            found = arrays[name].shape if name in arrays else "nothing"
            raise ModelError(f"the file has {found} for {name}, but the configuration asks for shape {np.shape(leaf)}")
        leaves.append(jnp.asarray(arrays[name]))
    return jax.tree.unflatten(structure, leaves)
