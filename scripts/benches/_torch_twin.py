"""The recurrent generator, the convolutional critic, their losses and one adversarial update, written in PyTorch.

What is written in ``tsgan/models/gan`` and ``tsgan/training/step.py``, term by term, for one panel of prices in
single precision, as somebody who knows PyTorch would write it: batched by hand, nothing computed twice, both
optimizers fused, and one-day functions of their own, which ``torch.compile`` can take.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import leaky_relu, pad, softplus

_NODES, _MASSES = np.polynomial.hermite_e.hermegauss(5)
_MASSES = _MASSES / _MASSES.sum()
_LOG_2PI = 1.8378770664093453


class Constants(NamedTuple):
    """What the law of the generator holds fixed; one-dimensional tensors, and numbers."""

    decay: Tensor
    curvature: Tensor
    trend_unit: Tensor
    pace: Tensor
    law: Any  # tsgan.config.LawConfig

    @classmethod
    def of(cls, law: Any) -> Constants:
        scales = np.array(law.memory.scales)
        arrays = (
            np.exp(-1.0 / scales),
            np.array(law.memory.curvature),
            np.sqrt(2.0 * scales) * 0.5,
            np.array(law.head.pace),
        )
        decay, curvature, unit, pace = (torch.tensor(array, dtype=torch.float32) for array in arrays)
        return cls(decay, curvature, unit, pace, law)


class Batch(NamedTuple):
    """All that is drawn for an update: real windows, memory where generation begins, portfolios, and noise."""

    x: Tensor  # (path, window, asset)
    trend: Tensor  # (half, asset, scale)
    square: Tensor
    weights: Tensor  # (path, asset)
    own: Tensor  # (day, path, asset)
    common: Tensor  # (day, path, common)


class History(NamedTuple):
    """What the likelihood reads: returns (day, asset), and memory (day, asset, scale) before each."""

    x: Tensor
    trend: Tensor
    square: Tensor


class Chains(NamedTuple):
    trend: Tensor  # (half, asset, scale)
    square: Tensor
    recent: Tensor  # (half, context, asset)


def features(trend: Tensor, square: Tensor, c: Constants) -> Tensor:
    memory = c.law.memory
    power = square + memory.floor
    log = 0.5 * torch.log(power)
    curved = torch.where(c.curvature > 0, torch.expm1(c.curvature * log) / c.curvature.clamp_min(1e-6), log)
    level = memory.level_limit * torch.tanh(curved / memory.level_limit)
    return torch.cat([level, trend * torch.rsqrt(power) * c.trend_unit], dim=-1)


def within(bound: float, raw: Tensor) -> Tensor:
    return bound * torch.tanh(raw / bound)


def head(p: Mapping[str, Tensor], read: Tensor, trend: Tensor, c: Constants) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Location, log scale, skew and tail (..., asset) from features (..., asset, feature)."""
    law, settings = c.law.density, c.law.head
    market = read.mean(dim=-2, keepdim=True)
    inputs = torch.cat([read, market - read], dim=-1)
    raw = torch.tanh(inputs @ p["hidden"] + p["hidden_bias"]) @ p["out"] + inputs @ p["skip"] + c.pace * p["offsets"]
    past = read[..., : len(c.decay)].mean(dim=-1)
    slope = torch.where(p["reversion"] > 0, settings.slope_pace * p["own_slope"], torch.zeros_like(p["own_slope"]))
    pull = (settings.pull * torch.relu(p["reversion"])).clamp_max(settings.most_pull)
    gap = trend[..., -1] * (c.decay[-1] / (1.0 - c.decay[-1]))
    location = within(law.location_range, raw[..., 0]) - pull * gap
    log_scale = within(law.log_scale_range, raw[..., 1] + slope * past)
    skew = within(law.skew_range, raw[..., 2])
    tail = law.tail_least + torch.exp(law.tail_middle + within(law.tail_range, raw[..., 3]))
    return location, log_scale, skew, tail


def wallace(tail: Tensor) -> Tensor:
    return ((8.0 * tail + 3.0) / (8.0 * tail + 1.0)) ** 2


def stretched_mean(tail: Tensor) -> Tensor:
    u = 1.0 / tail
    return 0.35391 + u * (0.50959 + u * (0.24662 + u * 2.07895))


def one_day(
    p: Mapping[str, Tensor], trend: Tensor, square: Tensor, own: Tensor, common: Tensor, c: Constants
) -> tuple[Tensor, Tensor, Tensor]:
    """Memory (path, asset, scale) after a day, and its returns (path, asset)."""
    density = c.law.density
    read = features(trend, square, c)
    location, log_scale, skew, tail = head(p, read, trend, c)
    raw = p["raw_loadings"]
    log_strength = read.mean(dim=-2) @ p["strength"] + torch.exp(p["log_spread"]) * common[..., -1]
    a = torch.exp(within(density.strength_range, log_strength))[..., None]
    rest = torch.rsqrt(1.0 + a * a * (raw**2).sum(dim=-1))
    z = rest * (a * (common[..., :-1] @ raw.T) + own)
    exponent = wallace(tail) * z * z / tail
    q = exponent.clamp(1e-3, 60.0)
    stretch = torch.where(exponent < 1e-3, 1.0 + exponent / 2.0, torch.expm1(q) / q)
    h = z.clamp(-1e4, 1e4) * torch.sqrt(wallace(tail) * stretch)
    y = h + skew * (torch.sqrt(1.0 + h * h) - 1.0 - stretched_mean(tail))
    x = location + torch.exp(log_scale) * y.clamp(-density.cap, density.cap)
    limit = c.law.memory.return_limit
    limited = limit * torch.tanh(x / limit)[..., None]
    left = 1 - c.decay
    return c.decay * trend + left * limited, c.decay * square + left * limited * limited, x


def generated(
    p: Mapping[str, Tensor], batch: Batch, chains: Chains, context: int, c: Constants, day: Callable[..., Any]
) -> tuple[Tensor, Chains]:
    """Windows (path, window, asset), continuations first, and where they and the chains end."""
    trend = torch.cat([batch.trend, chains.trend.detach()])
    square = torch.cat([batch.square, chains.square.detach()])
    drawn = []
    for own, common in zip(batch.own, batch.common, strict=True):
        trend, square, x = day(p, trend, square, own, common, c)
        drawn.append(x)
    half = len(batch.trend)
    full = torch.cat([torch.cat([batch.x[:half, :context], chains.recent]), torch.stack(drawn, dim=1)], dim=1)
    return full, Chains(trend, square, full[:, -context:])


def negative_log_likelihood(p: Mapping[str, Tensor], history: History, c: Constants) -> Tensor:
    """Mean negative log likelihood per asset-day of a history without gaps, joint over assets."""
    read = features(history.trend, history.square, c)
    location, log_scale, skew, tail = head(p, read, history.trend, c)
    y = (history.x - location) * torch.exp(-log_scale)
    a, rest = y + skew * (1.0 + stretched_mean(tail)), 1.0 - skew * skew
    h = (a - skew * torch.sqrt(a * a + rest)) / rest
    w = h * h / tail
    safe = w.clamp_min(1e-3)
    log_stretch = torch.where(w < 1e-3, w / 2.0, torch.log(safe / torch.log1p(safe)))
    log_c = torch.log(wallace(tail))
    z = h * torch.exp(-0.5 * (log_stretch + log_c))
    log_slope = 0.5 * (log_stretch - log_c) - torch.log1p(w) - torch.log1p(skew * h * torch.rsqrt(1.0 + h * h))
    total = (-0.5 * (z * z + _LOG_2PI) + log_slope - log_scale).sum()
    if history.x.shape[1] > 1:
        total = total + copula(p, read.mean(dim=-2), z.detach(), c).sum()
    return -total / history.x.numel()


def copula(p: Mapping[str, Tensor], market: Tensor, z: Tensor, c: Constants) -> Tensor:
    """(day,) log density of the copula at normal scores z (day, asset)."""
    raw = p["raw_loadings"]
    shock = torch.tensor(_NODES, dtype=torch.float32)[:, None]
    log_strength = market @ p["strength"] + torch.exp(p["log_spread"]) * shock
    a = torch.exp(within(c.law.density.strength_range, log_strength))  # (node, day)
    stretch = 1.0 + (a * a)[..., None] * (raw * raw).sum(dim=-1)
    projected = a[..., None] * ((z * torch.sqrt(stretch)) @ raw)
    gram = raw.T @ raw
    inner = torch.eye(raw.shape[1]) + (a * a)[..., None, None] * gram
    if raw.shape[1] == 1:
        log_determinant, quadratic = torch.log(inner[..., 0, 0]), projected[..., 0] ** 2 / inner[..., 0, 0]
    else:
        lower = torch.linalg.cholesky(inner)
        log_determinant = 2.0 * torch.log(torch.diagonal(lower, dim1=-2, dim2=-1)).sum(dim=-1)
        solved = torch.linalg.solve_triangular(lower, projected[..., None], upper=False)[..., 0]
        quadratic = (solved**2).sum(dim=-1)
    own = (z * z * (stretch - 1.0) - torch.log(stretch)).sum(dim=-1)
    each = 0.5 * (quadratic - log_determinant - own)
    return torch.logsumexp(each + torch.log(torch.tensor(_MASSES, dtype=torch.float32))[:, None], dim=0)


def critic(p: Mapping[str, Tensor], windows: Tensor, weights: Tensor, strides: tuple[int, ...]) -> Tensor:
    """(path,) scores of windows (path, day) of portfolios (path, asset)."""
    path = torch.cumsum(windows, dim=1) / windows.shape[1] ** 0.5
    h = torch.stack([windows, windows.abs(), torch.tanh(windows), path], dim=-1)
    pooled = []
    for layer, stride in enumerate(strides):
        count = -(-h.shape[1] // stride)
        h = pad(h, (0, 0, 0, (count + 1) * stride - h.shape[1])).reshape(len(h), count + 1, -1)
        h = torch.cat([h[:, :-1], h[:, 1:]], dim=-1) @ p[f"kernels/{layer}"] + p[f"biases/{layer}"]
        h = leaky_relu(h, 0.2)
        pooled += [h.mean(dim=1), torch.sqrt(h.var(dim=1, correction=0) + 1e-3)]
    hidden = leaky_relu(torch.cat(pooled, dim=-1) @ p["verdict/hidden"] + p["verdict/bias"], 0.2)
    return (hidden * (p["verdict/out"][:, 0] + weights @ p["verdict/identity"])).sum(dim=-1)


class Losses(NamedTuple):
    """Of one update, as ``tsgan.training.step.Info`` has them."""

    generator_loss: Tensor
    likelihood: Tensor
    critic_loss: Tensor
    penalty: Tensor


class Twin:
    """Both players and their optimizers.

    Args:
        generator, critic: parameters by name.
        history: of the likelihood.
        chains: where the free-running paths stand.
        config: tsgan's, whose objective is relativistic and whose penalty r1+r2.
        compiled: give what PyTorch can compile to ``torch.compile``: a day of the rollout, and the likelihood; a
            penalty on a gradient is differentiated twice, which it does not support.
    """

    def __init__(
        self,
        generator: Mapping[str, np.ndarray],
        critic: Mapping[str, np.ndarray],
        history: History,
        chains: Chains,
        config: Any,
        *,
        compiled: bool = False,
    ) -> None:
        self.generator, self.critic = (
            {name: torch.tensor(value).requires_grad_() for name, value in values.items()}
            for values in (generator, critic)
        )
        self.average = [value.detach().clone() for value in self.generator.values()]
        self.history, self.chains, self.config, self.steps = history, chains, config, 0
        self.constants = Constants.of(config.law)
        self.day, self.likelihood = one_day, negative_log_likelihood
        if compiled:
            self.day = torch.compile(one_day, dynamic=False)
            self.likelihood = torch.compile(negative_log_likelihood, dynamic=False)
        second = config.training.optimizers.second_moment
        self.adam = [
            torch.optim.Adam(players.values(), lr=rate, betas=(0.0, second), fused=True)
            for players, rate in ((self.generator, config.generator_rate), (self.critic, config.critic_rate))
        ]

    def update(self, batch: Batch) -> Losses:
        """One simultaneous update of critic and generator."""
        config, c = self.config, self.constants
        strides = config.training.critics.strides
        real = torch.einsum("bta,ba->bt", batch.x, batch.weights)
        full, ends = generated(self.generator, batch, self.chains, config.context, c, self.day)
        fake = torch.einsum("bta,ba->bt", full, batch.weights)
        with torch.no_grad():
            judged = critic(self.critic, real, batch.weights, strides)
        frozen = {name: value.detach() for name, value in self.critic.items()}
        adversarial = softplus(judged - critic(frozen, fake, batch.weights, strides)).mean()
        likelihood = self.likelihood(self.generator, self.history, c)
        slopes = torch.autograd.grad(
            adversarial + config.likelihood_weight * likelihood, list(self.generator.values()), allow_unused=True
        )

        real, fake = real.requires_grad_(), fake.detach().requires_grad_()
        on_real = critic(self.critic, real, batch.weights, strides)
        on_fake = critic(self.critic, fake, batch.weights, strides)
        loss = softplus(on_fake - on_real).mean()
        at_real, at_fake = torch.autograd.grad(on_real.sum() + on_fake.sum(), (real, fake), create_graph=True)
        size = (at_real**2).sum(dim=1).mean() + (at_fake**2).sum(dim=1).mean()
        penalty = config.penalty_weight * 0.5 * size
        critic_slopes = torch.autograd.grad(loss + penalty, list(self.critic.values()), allow_unused=True)
        self._move(slopes, critic_slopes, ends)
        return Losses(adversarial.detach(), likelihood.detach(), loss.detach(), penalty.detach())

    def _move(self, slopes: tuple[Any, ...], critic_slopes: tuple[Any, ...], ends: Chains) -> None:
        """Both players against their slopes, unless something is not finite; the average; the chains."""
        there = [[g for g in each if g is not None] for each in (slopes, critic_slopes)]
        norms = [torch.linalg.vector_norm(torch.stack(torch._foreach_norm(each))) for each in there]
        if not bool(torch.isfinite(torch.stack(norms)).all()):
            return
        share = self.config.training.optimizers.final_share
        left = share + (1 - share) * 0.5 * (1 + np.cos(np.pi * self.steps / max(self.config.steps, 1)))
        rates = (self.config.generator_rate, self.config.critic_rate)
        for adam, rate, players, each in zip(
            self.adam, rates, (self.generator, self.critic), (slopes, critic_slopes), strict=True
        ):
            for value, slope in zip(players.values(), each, strict=True):
                value.grad = slope
            adam.param_groups[0]["lr"] = rate * left
            adam.step()
        forgotten = min(self.config.average, (1.0 + self.steps) / (10.0 + self.steps))
        with torch.no_grad():
            torch._foreach_lerp_(self.average, list(self.generator.values()), 1 - forgotten)
        half = len(self.chains.recent)
        fresh = max(half // self.config.training.adversarial.restart, 1)
        self.chains = Chains(*(torch.cat([a[half + fresh :], a[:fresh]]).detach() for a in ends))
        self.steps += 1
