"""Compiled code never calls back into Python: that would stop a device at every step, and lock it out of clusters."""

from __future__ import annotations

import ast
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import tsgan
from tsgan.models.gan import model as gan
from tsgan.models.gan import sampler
from tsgan.runtime import own_settings
from tsgan.training import loop
from tsgan.training.data import training_data
from tsgan.training.units import units

PACKAGE = Path(tsgan.__file__).parent
CALLS = {"pure_callback", "io_callback", "debug_callback", "host_callback", "call_tf", "breakpoint"}
"""Of JAX, by the names under which code may have them; ``jax.debug.print`` is one of them."""


def calls(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        names = [node.attr] if isinstance(node, ast.Attribute) else [node.id] if isinstance(node, ast.Name) else []
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "jax.debug":
            names.append("debug_callback")
        found += [name for name in names if name in CALLS]
    return found


def test_no_module_has_any():
    assert not {str(file): found for file in PACKAGE.rglob("*.py") if (found := calls(file.read_text()))}
    assert calls("jax.debug.print('{}', x)") and calls("jax.pure_callback(f, x, x)") and calls("io_callback(f, None)")


def back(program: str) -> bool:
    return "callback" in program


@pytest.fixture(scope="module")
def lowered(fitted, tiny, indices):
    """Programs as they go to the compiler, by name."""
    model = fitted("gan")
    returns = model.recent
    with own_settings():
        panel = indices.before("2016-01-01")
        scale = units(returns, panel.space.logs, config=tiny.training.units)
        data = training_data(returns, scale, tiny, assets=panel.assets, reverting=~panel.space.logs)
        key = jax.random.key(0)
        members = loop.new_members(tiny, data, key)
        train = jax.eval_shape(lambda: loop.start_adversarial(members, data, key, tiny))
        states = jax.tree.map(lambda leaf: leaf[None], model.state)
        batch = jax.tree.map(lambda a: a[np.zeros(256, int), 0], states)
        key, indices_, ids = model._randomness(np.arange(256), 0)
        one = jax.tree.map(lambda a: a[:1, 0], states)
        lanes = sampler.enter(model._generators[0], one, 64)
        unit = model.shift[0].astype(np.float32), model.scale.astype(np.float32)
        return {
            "a training step": loop._adversarial_update.lower(train, data, key, jnp.int32(0), tiny).as_text(),
            "a likelihood step": loop._likelihood_steps.lower(
                members,
                jax.vmap(lambda one: loop.initial_moments(loop._adam(1, tiny.training.likelihood), one))(members),
                data, members, 1, 1, tiny.training.likelihood,
            ).as_text(),
            "days of paths": gan._advance.lower(
                model._generators[0], batch, key, indices_, np.uint32(0), ids, gan.DAYS
            ).as_text(),
            "days of paths in lanes": sampler.carry_on.lower(
                model._generators[0], lanes, *model._counters(np.arange(64), 0), np.int32(0), np.int32(9), *unit, 64
            ).as_text(),
        }  # fmt: skip


def test_programs_have_none(lowered):
    assert len(lowered) == 4
    for name, program in lowered.items():
        assert len(program) > 10_000 and not back(program), name


def test_one_is_noticed():
    program = jax.jit(lambda x: jax.pure_callback(np.sin, x, x)).lower(jnp.float32(1)).as_text()
    assert back(program)
