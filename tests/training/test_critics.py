"""Both critics keep the contract, and the kit refuses those that break it."""

from __future__ import annotations

from typing import get_args

import jax
import jax.numpy as jnp
import pytest
from flax import nnx

from tsgan.config import CRITICS, CriticName, GANConfig
from tsgan.errors import PluginError
from tsgan.testing import check_critic
from tsgan.testing.critics import CRITIC_CHECKS, CriticCase, critic_case
from tsgan.training.critics import Critic, new_critic


@pytest.fixture(scope="module", params=list(CRITICS))
def case(request) -> CriticCase:
    return critic_case(CRITICS[request.param])


@pytest.mark.parametrize("check", CRITIC_CHECKS, ids=lambda check: check.__name__)
def test_the_contract(case, check):
    check(case)


def test_the_registry_has_what_the_literal_promises():
    assert tuple(CRITICS.own) == get_args(CriticName)


def test_what_is_no_critic_is_refused(monkeypatch):
    monkeypatch.setitem(CRITICS.own, "wrong", "tsgan.config:GANConfig")
    with pytest.raises(PluginError, match=r"'wrong'.*subclass of tsgan\.training\.Critic"):
        new_critic(GANConfig(critic="wrong"), 2, jax.random.key(0))
    with pytest.raises(AssertionError, match="must be a subclass"):
        check_critic(GANConfig)  # type: ignore[arg-type]


class Scale(Critic):
    """The smallest critic that there is: one weight on how large moves are."""

    def __init__(self, n_assets: int, config: GANConfig, *, rngs: nnx.Rngs):
        self.slope = nnx.Param(jax.random.normal(rngs.params(), (2,)))

    def __call__(self, p, weights):
        return self.slope[...] @ jnp.stack([jnp.mean(p * p), jnp.mean(p)])


class Vectorial(Scale):
    def __call__(self, p, weights):
        return p * self.slope[0]


class Unbending(Scale):
    """The standard deviation has no slope where nothing moves."""

    def __call__(self, p, weights):
        return self.slope[...] @ jnp.stack([jnp.std(p), jnp.mean(p)])


class Blind(Scale):
    def __call__(self, p, weights):
        return self.slope[...].sum()


class Idle(Scale):
    """Has a parameter that does nothing."""

    def __init__(self, n_assets: int, config: GANConfig, *, rngs: nnx.Rngs):
        super().__init__(n_assets, config, rngs=rngs)
        self.unused = nnx.Param(jnp.zeros(3))


class Fixed(Scale):
    def __init__(self, n_assets: int, config: GANConfig, *, rngs: nnx.Rngs):
        self.slope = nnx.Param(jnp.ones(2))


class Parameterless(Scale):
    def __init__(self, n_assets: int, config: GANConfig, *, rngs: nnx.Rngs):
        pass


class Counting(Scale):
    def __init__(self, n_assets: int, config: GANConfig, *, rngs: nnx.Rngs):
        super().__init__(n_assets, config, rngs=rngs)
        self.count = nnx.Param(jnp.int32(3))


def test_the_smallest_critic_keeps_the_contract():
    check_critic(Scale)


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        (Vectorial, r"must get one score, \(\)"),
        (Unbending, "windows without a move are not finite in slope"),
        (Blind, "scores do not depend on the returns"),
        (Idle, "scores do not depend on unused"),
        (Fixed, "draw the first weights from rngs"),
        (Parameterless, "without parameters"),
        (Counting, "must be a floating-point array, for training moves it"),
    ],
)
def test_the_kit_can_fail(kind, complaint):
    with pytest.raises(AssertionError, match=complaint):
        check_critic(kind)
