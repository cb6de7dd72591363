"""Fixtures that every test may use: real prices, and every model fitted to them once."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tsgan.config import GANConfig, TargetingConfig, TrainingConfig
from tsgan.data.panel import Panel
from tsgan.fitting import BASELINES, fit
from tsgan.models.contract import MarketModel, ModelInfo
from tsgan.runtime import SUMS_FLAG, has_wrong_sums

# Compilation dominates the tests' time, and nothing they check depends on how far it optimizes.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")

TINY = GANConfig(
    base="none", width=4, channels=4, window=32, context=16, batch=8, steps=20, warm_steps=100,
    training=TrainingConfig(targeting=TargetingConfig(rounds=2)),
)  # fmt: skip
"""A GAN for promises that hold of every GAN, good or bad: its fit is little more than its compilation.  Two rounds of
variance targeting take the place of 24, which would take most of its time: its law is no market's with or without."""

FITTED: dict[str, Callable[[Panel], MarketModel]] = {
    **{name: lambda panel, name=name: fit(panel, name, seed=0) for name in BASELINES},
    "gan": lambda panel: fit(panel, TINY, seed=0),
}
"""How the tests fit each model; the contract tests run over all of them."""


FLAGS = "--xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1"
"""XLA:CPU's older emitter of loops compiles a training step in a third of the time.  XLA ends a process that names a
flag which it does not know, and newer ones do not know this one."""


def pytest_configure(config: pytest.Config) -> None:
    """One folder of compiled programs for the whole run, shared by its processes and the commands that they start."""
    if "XLA_FLAGS" not in os.environ:
        probe = [sys.executable, "-c", "import jax; jax.devices()"]
        known = subprocess.run(probe, env={**os.environ, "XLA_FLAGS": FLAGS}, capture_output=True, timeout=120)
        os.environ["XLA_FLAGS"] = FLAGS if known.returncode == 0 else FLAGS.split()[1]
    if has_wrong_sums() and SUMS_FLAG not in os.environ["XLA_FLAGS"]:  # some tests compute as they are imported
        os.environ["XLA_FLAGS"] += f" {SUMS_FLAG}="
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        folder = tempfile.TemporaryDirectory(prefix="tsgan-compiled-")
        config.add_cleanup(folder.cleanup)
        os.environ["JAX_COMPILATION_CACHE_DIR"] = folder.name
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.3")


MAPPINGS = Path("/proc/self/maps")


@pytest.fixture(scope="module", autouse=True)
def few_mappings() -> Iterator[None]:
    """Every compiled function takes memory mappings, and Linux lets a process have 65,530: drop them in good time."""
    yield
    if "jax" in sys.modules and MAPPINGS.exists() and MAPPINGS.read_bytes().count(b"\n") > 25_000:
        sys.modules["jax"].clear_caches()


@pytest.fixture(scope="session")
def indices() -> Panel:
    """S&P 500 and Nasdaq Composite, 1999 to 2018, from the arch package."""
    from arch.data import nasdaq, sp500

    frames = {"SPX": sp500.load(), "IXIC": nasdaq.load()}
    prices = np.column_stack([frame["Adj Close"].to_numpy(np.float64) for frame in frames.values()])
    dates = frames["SPX"].index.to_numpy().astype("datetime64[D]")
    return Panel(dates, tuple(frames), prices, ("price", "price"), source="arch.data")


@pytest.fixture(scope="session")
def tiny() -> GANConfig:
    """The configuration of ``fitted("gan")``; fits to the same panel with it share its compilations."""
    return TINY


@pytest.fixture(scope="session")
def fitted(indices: Panel) -> Callable[[str], MarketModel]:
    """``fitted(name)``: that model, fitted to ``indices`` up to the end of 2015, once a session."""
    models: dict[str, MarketModel] = {}

    def get(name: str) -> MarketModel:
        if name not in models:
            models[name] = FITTED[name](indices.before("2016-01-01"))
        return models[name]

    return get


@pytest.fixture(scope="session")
def untrained(indices: Panel) -> Callable[[str], MarketModel]:
    """``untrained(generator)``: two members of that kind with random weights, for what holds of every network."""
    import jax

    from tsgan.models.gan.members import new_generator
    from tsgan.models.gan.model import GAN

    panel = indices.before("2016-01-01")
    recent, scale = panel.returns[-GAN.context_days :].copy(), panel.returns.std(axis=0)

    def get(generator: str) -> MarketModel:
        config = GANConfig(generator=generator, population=2, width=4, channels=4)
        keys = jax.random.split(jax.random.key(0), config.population)
        members = jax.vmap(lambda key: new_generator(config, len(panel.assets), key))(keys)
        # The head's hidden layer starts silent; here it speaks.
        members.out[...] = 0.3 * jax.random.normal(jax.random.key(1), members.out[...].shape)
        info = ModelInfo.of("gan", panel, seed=0, config={**config.to_dict(), "best_member": 0})
        return GAN(info, recent, members, scale, np.array([[0.0, 0.0], [1e-4, 0.0]]))

    return get


@pytest.fixture(params=list(FITTED))
def model(request: pytest.FixtureRequest, fitted: Callable[[str], MarketModel]) -> MarketModel:
    """Every fitted model in turn."""
    return fitted(request.param)
