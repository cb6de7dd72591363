"""Standard normal noise by counters: what a path draws on a day is one function of seed, path, day and number.

A number is an asset's own (by its id, so that the order of the columns does not matter) or a common factor's.  Each has
a key, and Threefry-2x32 with twenty rounds (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as
1, 2, 3") turns the counter (path, day) into 64 bits, of which 32 are used: compilers for processors would compute both
halves by themselves anyway.  Nothing is drawn in order, so neither chunks nor horizons, neither workers nor other paths
change a number.

Bits become normals by the inverse distribution function: one bit is the sign, the others the probability of the tail
beyond, down to 2^-33, so that the largest of 10^10 numbers is as large as it should be.  It is evaluated as Giles does
(2010, "Approximating the erfinv function"), with polynomials for all 31 bits of that probability: relative errors stay
below 6e-7.  Everything is a few operations of the same kind on every lane, which compilers turn into wide instructions.
"""

from __future__ import annotations

from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Integer, UInt32

ROUNDS = 20
"""Of Threefry; no test of randomness is known to fail beyond 12."""

OWN, COMMON = 0, 1
"""What the id of a number belongs to: an asset, or a common factor."""

_ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)
_PARITY = 0x1BD11BDA

_SPLIT = 5.0
"""Of w = -log(4 p (1 - p)): below it z / (1 - 2 p) is a polynomial in w, beyond it one in its root."""
_MIDDLE, _FAR = 2.5, 3.5
_CENTRE = (
    3.5677612e-08, 4.7808612e-07, -4.9415271e-06, -6.1408082e-06, 3.0899842e-04, -1.7732156e-03, -5.9080347e-03,
    3.4880280e-01, 2.1233137e00,
)  # fmt: skip
_TAIL = (
    -3.9781615e-05, -2.8103322e-04, 8.8837225e-04, -1.0073055e-03, 1.3538237e-03, -2.9029930e-03, 4.6790666e-03,
    1.4246337e00, 4.7170873e00,
)  # fmt: skip

Bits = TypeVar("Bits", np.ndarray, jax.Array)


def keys_of(seed: int, ids: UInt32[np.ndarray, " asset"], commons: int) -> UInt32[np.ndarray, "number 2"]:
    """(number, 2) keys of a day's numbers: each asset's own, by its id, and then the common ones."""
    words = np.concatenate([ids, np.arange(commons, dtype=np.uint32)])
    kinds = np.repeat(np.array([OWN, COMMON], np.uint32), [len(ids), commons])
    low, high = (np.full_like(words, part) for part in (seed & 0xFFFFFFFF, seed >> 32))
    return np.stack(threefry(low, high, words, kinds), axis=-1)


def threefry(key_0: Bits, key_1: Bits, x_0: Bits, x_1: Bits) -> tuple[Bits, Bits]:
    """Two words of 32 bits from two of a key and two of a counter, arrays of uint32 of one shape."""
    keys = key_0, key_1, key_0 ^ key_1 ^ np.uint32(_PARITY)
    x_0, x_1 = x_0 + keys[0], x_1 + keys[1]
    for done in range(ROUNDS):
        bits = _ROTATIONS[done % len(_ROTATIONS)]
        x_0 = x_0 + x_1
        x_1 = ((x_1 << np.uint32(bits)) | (x_1 >> np.uint32(32 - bits))) ^ x_0
        if done % 4 == 3:
            turn = done // 4 + 1
            x_0, x_1 = x_0 + keys[turn % 3], x_1 + keys[(turn + 1) % 3] + np.uint32(turn)
    return x_0, x_1


def normal_of(bits: UInt32[Array, "*batch"]) -> Float[Array, "*batch"]:
    """Standard normals (...) from uniform bits (...)."""
    tail = ((bits >> np.uint32(1)).astype(jnp.int32).astype(jnp.float32) + 0.5) * np.float32(2.0**-32)
    w = -jnp.log(4.0 * tail * (1.0 - tail))
    centre = _polynomial(_CENTRE, w - _MIDDLE)
    beyond = _polynomial(_TAIL, jnp.sqrt(jnp.maximum(w, 0.0)) - _FAR)
    size = (1.0 - 2.0 * tail) * jnp.where(w < _SPLIT, centre, beyond)
    return jnp.where((bits & np.uint32(1)) == 0, size, -size)


def normals(
    keys: UInt32[Array, "number 2"], paths: UInt32[Array, " path"], days: Integer[Array, "*day"]
) -> Float[Array, "*day number path"]:
    """Standard normals of these days, of one or of several."""
    shape = (*days.shape, keys.shape[0], paths.shape[0])
    path, day = jnp.broadcast_to(paths, shape), jnp.broadcast_to(days.astype(jnp.uint32)[..., None, None], shape)
    first, second = (jnp.broadcast_to(keys[:, word, None], shape) for word in range(2))
    return normal_of(threefry(first, second, path, day)[0])


def _polynomial(coefficients: tuple[float, ...], x: jax.Array) -> jax.Array:
    """Horner's rule, the highest power first."""
    total = jnp.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        total = total * x + coefficient
    return total
