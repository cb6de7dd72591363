"""Conjugate directions against what theory says of them: quadratics, Rosenbrock's valley, restarts, noise."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from tsgan.training.conjugate import BETAS, scale_by_conjugate, unit_size

N = 6
ROTATION = np.linalg.qr(np.random.default_rng(0).normal(size=(N, N)))[0]
HESSIAN = ROTATION @ np.diag(np.geomspace(1.0, 50.0, N)) @ ROTATION.T
START = {"a": np.arange(1.0, 3.0), "b": np.ones((2, 2))}
"""Two leaves, to see that inner products run over all of them."""


@pytest.fixture
def double_precision():
    """What n steps reach is a statement about exact arithmetic."""
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", False)


def flat(tree) -> jax.Array:
    return jnp.concatenate([tree["a"], tree["b"].ravel()])


def quadratic(tree) -> jax.Array:
    x = flat(tree)
    return 0.5 * x @ HESSIAN @ x


def exact_search(transformation, steps: int) -> tuple[list[float], list[jax.Array]]:
    """Gradient norms after each of ``steps`` exact line searches on the quadratic, and the directions taken."""
    x, norms, directions = jax.tree.map(jnp.asarray, START), [], []
    state = transformation.init(x)
    update = jax.jit(transformation.update)
    for _ in range(steps):
        gradient = jax.grad(quadratic)(x)
        direction, state = update(gradient, state, x)
        d = flat(direction)
        length = flat(gradient) @ d / (d @ HESSIAN @ d)
        x = jax.tree.map(lambda a, b, length=length: a - length * b, x, direction)
        norms.append(float(jnp.linalg.norm(HESSIAN @ flat(x))))
        directions.append(d)
    return norms, directions


@pytest.mark.parametrize("beta", list(BETAS))
def test_a_quadratic_is_finished_in_n_steps(beta, double_precision):
    norms, directions = exact_search(scale_by_conjugate(beta), N)
    assert norms[-1] < 1e-8 < 1e-3 < norms[-2]  # the last step was needed, and it was the last
    products = np.array([[a @ HESSIAN @ b for a in directions] for b in directions])
    size = np.sqrt(np.diag(products))
    assert np.abs(products / np.outer(size, size) - np.eye(N)).max() < 1e-6


def test_steepest_descent_does_not_finish_it(double_precision):
    assert exact_search(optax.identity(), N)[0][-1] > 1


def rosenbrock(x: jax.Array) -> jax.Array:
    return jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def searched(transformation, steps: int) -> float:
    """Rosenbrock's function after ``steps`` directions with optax's line search."""
    search = optax.scale_by_zoom_linesearch(30, curv_rtol=0.1)
    optimizer = optax.chain(transformation, optax.scale(-1.0), search)
    x = jnp.array([-1.2, 1.0, -1.2, 1.0])
    value_and_grad = optax.value_and_grad_from_state(rosenbrock)

    def step(carry, _):
        x, state = carry
        value, gradient = value_and_grad(x, state=state)
        updates, state = optimizer.update(gradient, state, x, value=value, grad=gradient, value_fn=rosenbrock)
        return (optax.apply_updates(x, updates), state), value

    (x, _), _ = jax.jit(lambda c: jax.lax.scan(step, c, length=steps))((x, optimizer.init(x)))
    return float(rosenbrock(x))


@pytest.mark.parametrize("beta", list(BETAS))
def test_rosenbrock_is_solved(beta, double_precision):
    assert searched(scale_by_conjugate(beta), 80) < 1e-12


def test_steepest_descent_does_not_solve_it(double_precision):
    assert searched(optax.identity(), 80) > 1e-2


def restarts(transformation, gradients: list[list[float]]) -> list[bool]:
    """Whether the direction against each gradient is the gradient alone."""
    state, alone = transformation.init(jnp.zeros(2)), []
    for g in gradients:
        gradient = jnp.array(g)
        update, state = transformation.update(gradient, state)
        alone.append(bool(jnp.array_equal(update, gradient)))
    return alone


TURNING = [[float(np.cos(t)), float(np.sin(t))] for t in np.pi / 2 * np.arange(8)]
"""Every gradient orthogonal to the one before: Powell's test never asks for a restart."""


def test_restarts_come_periodically():
    assert restarts(scale_by_conjugate("fletcher-reeves", period=3), TURNING[:7]) == [i % 3 == 0 for i in range(7)]
    # By default after as many updates as there are parameters.
    assert restarts(scale_by_conjugate("fletcher-reeves"), TURNING[:4]) == [True, False, True, False]


def test_powell_restarts_where_gradients_are_alike():
    gradients = [[1.0, 0.0], [0.1, 1.0], [0.5, 1.0]]
    assert restarts(scale_by_conjugate("fletcher-reeves", period=9), gradients) == [True, False, True]
    never = scale_by_conjugate("fletcher-reeves", period=9, powell=np.inf)
    assert restarts(never, gradients) == [True, False, False]


@pytest.mark.parametrize("beta", list(BETAS))
def test_directions_always_lead_downhill(beta):
    transformation = scale_by_conjugate(beta, period=50, powell=np.inf)
    gradients = np.random.default_rng(0).normal(size=(200, 5)).astype(np.float32)
    gradients[50] = 0  # nowhere to go, and nothing to divide by

    def step(state, gradient):
        update, state = transformation.update(gradient, state)
        return state, (update, update @ gradient)

    _, (updates, slopes) = jax.lax.scan(step, transformation.init(jnp.zeros(5)), gradients)
    assert np.isfinite(updates).all()
    assert (np.delete(slopes, 50) > 0).all() and slopes[50] == 0
    assert not np.allclose(updates, gradients)


def test_an_explosion_is_forgotten():
    transformation = scale_by_conjugate("fletcher-reeves", period=9)
    state = transformation.init(jnp.zeros(2))
    for g in ([1e-30, 0.0], [0.0, 1e30]):  # beta overflows
        update, state = transformation.update(jnp.array(g), state)
    assert np.isfinite(update).all()


def test_steps_have_unit_size():
    update, _ = unit_size().update({"a": jnp.array([3.0, 4.0]), "b": jnp.zeros((2,))}, optax.EmptyState())
    np.testing.assert_allclose(update["a"], [1.2, 1.6], rtol=1e-6)
    still, _ = unit_size().update(jnp.zeros(3), optax.EmptyState())
    assert not np.any(still)
