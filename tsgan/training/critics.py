"""Critics: one number for a window of a portfolio's standardized returns, higher for more real.

A critic reads ONE series of daily returns, (day,): a single asset's or a random portfolio's, scaled to unit training
variance.  That serves any number of assets and teaches what risk managers measure (random-portfolio critic).  It also
knows WHICH portfolio it reads: without the weights it would compare only mixtures over portfolios, and accept an asset
that is too calm beside another that is too wild.

What a critic minimizes is :func:`tsgan.training.step.critic_loss`: an objective (:mod:`tsgan.training.objectives`) and
a gradient penalty (:mod:`tsgan.training.penalties`).
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from tsgan.config import CRITICS, CriticConfig, GANConfig
from tsgan.errors import PluginError

CHANNELS_IN = 4


class Critic(nnx.Module):
    """What plays against a generator: made with ``(n_assets, config, rngs=...)``, a score of ONE window.

    Training batches it by ``vmap``, and a gradient penalty differentiates it twice; so it is a function of arrays that
    is smooth enough, without state or randomness of its own.  An entry point in the group ``tsgan.critics`` makes a
    subclass available as ``GANConfig(critic="mine")``; :func:`tsgan.testing.check_critic` is its kit.
    """

    @abstractmethod
    def __call__(self, p: Float[Array, " day"], weights: Float[Array, " asset"]) -> Float[Array, ""]:
        """The score, (), higher for more real, of one window.

        Args:
            p: (day,) returns of a portfolio over ``config.window`` days, at unit variance over the training dates.
            weights: (asset,) which portfolio it is.
        """


def new_critic(config: GANConfig, n_assets: int, key: jax.Array) -> Critic:
    """A fresh critic of the configured kind; PluginError where a plug-in's is none."""
    kind = CRITICS[config.critic]
    if not (isinstance(kind, type) and issubclass(kind, Critic)):
        raise PluginError(f"the critic {config.critic!r} is {kind!r}; it must be a subclass of tsgan.training.Critic")
    build: Any = kind
    return build(n_assets, config, rngs=nnx.Rngs(key))


def channels(p: Float[Array, " day"]) -> Float[Array, "day 4"]:
    """What a critic reads of a series p (day,): the return, its size, its clipped value, the path so far, (day, 4)."""
    path = jnp.cumsum(p) / jnp.sqrt(p.shape[0])
    return jnp.stack([p, jnp.abs(p), jnp.tanh(p), path], axis=-1)


def patches(h: Float[Array, "day channel"], stride: int) -> Float[Array, "patch 2*{stride}*channel"]:
    """Windows of 2 * stride days every stride days, (ceil(day / stride), 2 * stride * channel).

    A strided convolution is a matmul on these, which is faster than a native one on CPU, batches under ``vmap`` over
    weights, and differentiates twice cheaply.
    """
    days, width = h.shape
    count = -(-days // stride)
    h = jnp.pad(h, ((0, (count + 1) * stride - days), (0, 0))).reshape(count + 1, stride * width)
    return jnp.concatenate([h[:-1], h[1:]], axis=-1)


class Verdict(nnx.Module):
    """From pooled features to a score, by a rule that depends on the portfolio (projection, Miyato and Koyama 2018)."""

    def __init__(self, features: int, n_assets: int, config: CriticConfig, *, rngs: nnx.Rngs):
        width = config.verdict
        self.hidden = nnx.Param(nnx.initializers.he_normal()(rngs.params(), (features, width)))
        self.bias = nnx.Param(jnp.zeros(width))
        self.out = nnx.Param(nnx.initializers.lecun_normal()(rngs.params(), (width, 1)))
        self.identity = nnx.Param(jnp.zeros((n_assets, width)))

    def __call__(self, features: Float[Array, " feature"], weights: Float[Array, " asset"]) -> Float[Array, ""]:
        """The score, (), of features (feature,) of a window of the portfolio with these weights (asset,)."""
        hidden = jax.nn.leaky_relu(features @ self.hidden[...] + self.bias[...], 0.2)
        return hidden @ (self.out[...][:, 0] + weights @ self.identity[...])


class TCNCritic(Critic):
    """Strided causal convolutions, every level pooled over time: short patterns and long ones are both judged."""

    def __init__(self, n_assets: int, config: GANConfig, *, rngs: nnx.Rngs):
        self.strides = config.training.critics.strides
        init = nnx.initializers.he_normal()
        width, before = config.channels, CHANNELS_IN
        kernels = []
        for stride in self.strides:
            kernels.append(nnx.Param(init(rngs.params(), (2 * stride * before, width))))
            before, width = width, min(2 * width, 2 * config.channels)
        self.kernels = nnx.List(kernels)
        self.biases = nnx.List([nnx.Param(jnp.zeros(k.shape[-1])) for k in kernels])
        pooled = 2 * sum(k.shape[-1] for k in kernels)
        self.verdict = Verdict(pooled, n_assets, config.training.critics, rngs=rngs)

    def __call__(self, p: Float[Array, " day"], weights: Float[Array, " asset"]) -> Float[Array, ""]:
        h, pooled = channels(p), []
        for stride, kernel, bias in zip(self.strides, self.kernels, self.biases, strict=True):
            h = jax.nn.leaky_relu(patches(h, stride) @ kernel[...] + bias[...], 0.2)
            pooled += [h.mean(axis=0), jnp.sqrt(h.var(axis=0) + 1e-3)]
        return self.verdict(jnp.concatenate(pooled), weights)


class RecurrentCritic(Critic):
    """A GRU (Cho et al. 2014) over overlapping patches of days, pooled over time."""

    def __init__(self, n_assets: int, config: GANConfig, *, rngs: nnx.Rngs):
        init = nnx.initializers.lecun_normal()
        width, self.patch = config.channels, config.training.critics.patch
        self.embed = nnx.Param(init(rngs.params(), (2 * self.patch * CHANNELS_IN, width)))
        self.embed_bias = nnx.Param(jnp.zeros(width))
        self.inputs = nnx.Param(init(rngs.params(), (width, 3 * width)))
        self.recurrence = nnx.Param(init(rngs.params(), (width, 3 * width)))
        self.bias = nnx.Param(jnp.zeros(3 * width))
        self.verdict = Verdict(4 * width, n_assets, config.training.critics, rngs=rngs)

    def __call__(self, p: Float[Array, " day"], weights: Float[Array, " asset"]) -> Float[Array, ""]:
        embedded = jax.nn.leaky_relu(patches(channels(p), self.patch) @ self.embed[...] + self.embed_bias[...], 0.2)
        driven = embedded @ self.inputs[...] + self.bias[...]
        recurrence = self.recurrence[...]

        def step(h: jax.Array, u: jax.Array) -> tuple[jax.Array, jax.Array]:
            reset_u, update_u, new_u = jnp.split(u, 3)
            reset_h, update_h, new_h = jnp.split(h @ recurrence, 3)
            update = jax.nn.sigmoid(update_u + update_h)
            new = jnp.tanh(new_u + jax.nn.sigmoid(reset_u + reset_h) * new_h)
            h = update * h + (1 - update) * new
            return h, h

        _, h = jax.lax.scan(step, jnp.zeros(embedded.shape[-1]), driven)
        pooled = [x for level in (embedded, h) for x in (level.mean(axis=0), jnp.sqrt(level.var(axis=0) + 1e-3))]
        return self.verdict(jnp.concatenate(pooled), weights)
