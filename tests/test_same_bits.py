"""The same manifest means the same bits, whatever the environment and the process say about JAX."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tsgan
from tsgan.models.bundled import model_folder
from tsgan.runtime import own_settings

NAME = "bundled:us-indices"

SAMPLE = """
import hashlib, numpy as np, tsgan
model = tsgan.load_model("bundled:us-indices")
paths = tsgan.sample(model, 40, 8, seed=5)
given = tsgan.sample(model, 40, 5, seed=5, condition={"SPX": (None, -0.02)})
panel = tsgan.load_prices("sample:us-indices")
density = model.log_density(panel.moves[-20:], panel.moves[-1300:-20])
arrays = (paths.returns, given.returns, given.weights, density)
print(hashlib.sha256(b"".join(np.ascontiguousarray(one).tobytes() for one in arrays)).hexdigest())
"""


def drawn(**environment: str) -> str:
    """What a fresh process draws."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("JAX_") or "CACHE" in name}
    path = {"PYTHONPATH": str(Path(tsgan.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", SAMPLE], env=known | path | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def plain() -> str:
    return drawn()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JAX_DEFAULT_PRNG_IMPL", "rbg"),
        ("JAX_THREEFRY_PARTITIONABLE", "0"),
        ("JAX_ENABLE_X64", "1"),
        ("JAX_NUMPY_DTYPE_PROMOTION", "strict"),
        ("JAX_DEFAULT_MATMUL_PRECISION", "highest"),
    ],
)
def test_the_environment_draws_the_same_paths(plain, name, value):
    assert drawn(**{name: value}) == plain


SETTINGS = ("jax_default_prng_impl", "jax_enable_x64", "jax_threefry_partitionable")


def test_settings_of_the_process_come_back():
    import jax

    def settings() -> list:
        return [getattr(jax.config, name) for name in SETTINGS]

    before = settings()
    jax.config.update(SETTINGS[0], "rbg")
    try:
        with own_settings():
            assert settings() == ["threefry2x32", False, True]
        assert settings() == ["rbg", *before[1:]]
    finally:
        jax.config.update(SETTINGS[0], before[0])
    assert settings() == before


def test_a_set_is_drawn_again_from_its_manifest_alone(tmp_path):
    """Model, seed, numbers of paths and days, first path: all that it takes is told."""
    tsgan.sample(NAME, 30, 6, seed=11, first_path=512).to_parquet(tmp_path / "p.parquet")
    told = json.loads((tmp_path / "p.parquet.manifest.json").read_text())
    named = json.loads((model_folder(NAME) / "model.json").read_text())["info"]["model"]
    assert told["model"] == named
    model = tsgan.load_model(NAME)
    assert told["model_hash"] == model.model_hash
    again = tsgan.sample(model, told["paths"], told["horizon"], seed=told["seed"], first_path=told["first_path"])
    again.to_parquet(tmp_path / "again.parquet")
    kept = tsgan.read_scenarios(tmp_path / "p.parquet")
    assert np.array_equal(kept.returns, again.returns) and np.array_equal(kept.prices, again.prices)
    assert (tmp_path / "p.parquet").read_bytes() == (tmp_path / "again.parquet").read_bytes()
    facts = told["platform"]
    assert facts["machine"] and facts["device"] == "cpu" and set(facts) >= {"instructions", "xla_flags", "system"}
    assert {"jax", "jaxlib", "numpy", "python"} <= set(told["versions"])
