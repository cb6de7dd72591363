"""Setting JAX up: by the verbs, once, as the user wants it; never on import."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import tsgan
from tsgan import runtime


def python(code: str, tmp_path, **env: str) -> list[str]:
    """The lines that ``code`` prints in a fresh process, in which nobody has set anything up."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("JAX_", "XLA_"))}
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, env={**clean, "TSGAN_CACHE": str(tmp_path), **env})
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_verb_sets_jax_up_and_an_import_does_not(tmp_path):
    code = (
        "import os, sys, tsgan; print('XLA_FLAGS' in os.environ)\n"
        "model = tsgan.fit('sample:nasdaq', 'gbm'); print('jax' in sys.modules, os.environ['XLA_FLAGS'])\n"
        "import jax; print(jax.config.jax_compilation_cache_dir)\n"
        "print(jax.config.jax_persistent_cache_min_compile_time_secs)"
    )
    flag = f"{runtime.CODEGEN_FLAG}=2" + (f" {runtime.SUMS_FLAG}=" if runtime.has_wrong_sums() else "")
    assert python(code, tmp_path) == ["False", f"False {flag}", str(tmp_path / "xla"), "0.5"]


def test_where_jax_was_first_its_settings_are_kept(tmp_path):
    code = (
        "import jax; from tsgan.runtime import prepare\n{}prepare(); prepare()\n"
        "print(jax.config.jax_compilation_cache_dir)"
    )
    assert python(code.format(""), tmp_path) == [str(tmp_path / "xla")]
    own = "jax.config.update('jax_compilation_cache_dir', '/tmp/own'); "
    assert python(code.format(own), tmp_path) == ["/tmp/own"]


def test_the_second_call_costs_nothing():
    runtime.prepare()
    before = runtime.prepare.cache_info().hits
    runtime.prepare()
    assert runtime.prepare.cache_info().hits == before + 1


def test_what_it_runs_on():
    found = runtime.info().to_dict()
    assert json.loads(json.dumps(found)) == found
    assert found["versions"]["tsgan"] == tsgan.__version__ and found["versions"]["python"] == sys.version.split()[0]
    assert found["devices"] and found["caches"]["compiled programs"]["bytes"] >= 0


def test_a_cache_that_the_user_named_is_left_as_it_is(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    code = "from tsgan.runtime import prepare; prepare(); import jax; print(jax.config.jax_compilation_cache_dir)"
    for named in (str(shared), "gs://bucket/cache"):
        assert python(code, tmp_path, JAX_COMPILATION_CACHE_DIR=named) == [named]
    assert shared.stat().st_mode & 0o777 == 0o777 and [path.name for path in tmp_path.iterdir()] == ["shared"]
    code = "from tsgan.runtime import prepare; prepare(); import jax; print(jax.config.jax_compilation_cache_dir)"
    assert python(code, tmp_path, TSGAN_CACHE="s3://bucket/cache") == ["None"]


def test_a_device_that_is_not_there_is_named(tmp_path):
    code = (
        "import tsgan\n"
        "try: tsgan.load_model('bundled:us-indices').sample(2, 2)\n"
        "except tsgan.errors.ConfigError as error: print(error)"
    )
    [said] = python(code, tmp_path, JAX_PLATFORMS="cuda")
    assert said.startswith("JAX finds no device of cuda") and "set JAX_PLATFORMS=cpu" in said


def test_sums_of_many_results_are_right(tmp_path):
    """Or it is said that they are not: some jaxlibs sum wrongly unless a flag is set before they first compute."""
    code = (
        "import warnings; warnings.simplefilter('error')\n"
        "from tsgan import runtime; runtime.prepare(); print(runtime._sums_are_right())\n"
        "try: runtime.check_devices()\n"
        "except Warning as warning: print(warning)"
    )
    assert python(code, tmp_path) == ["True"]
    right, *said = python(f"import jax; jax.devices()\n{code}", tmp_path)
    assert (right == "True" and not said) or f"XLA_FLAGS={runtime.SUMS_FLAG}=" in said[0]


def test_a_compiled_copula_of_a_long_history_is_that_of_its_days(tmp_path):
    """Compiled as users compile it, which the tests' own flags do not: with more than 32,768 results it was wrong."""
    code = """
import jax, jax.numpy as jnp, numpy as np
from tsgan import runtime
from tsgan.models.gan import density as law
{}
draw = np.random.default_rng(6)
days = 8000
strengths, z = (jnp.asarray(draw.normal(size=size), jnp.float32) for size in (days, (days, 3)))
copula = law.Copula(jnp.full((3, 2), 0.7), 0.3 * strengths, jnp.float32(0.2), 1.5)
eager, compiled = law.copula_log_density(copula, z), jax.jit(law.copula_log_density)(copula, z)
print(float(jnp.abs(eager - compiled).max()) < 1e-3)
"""
    for prepared in ("runtime.prepare()", ""):
        assert python(code.format(prepared), tmp_path) == ["True"]


def test_versions_with_wrong_sums(monkeypatch):
    for version, wrong in {"0.10.1": False, "0.10.2": True, "0.11.0.dev3": True, "0.12.0": False, "1.0": False}.items():
        monkeypatch.setattr(runtime, "version", lambda name, version=version: version)
        assert runtime.has_wrong_sums() == wrong, version


def test_why_it_does_not_run_elsewhere(monkeypatch):
    from tsgan import machine

    monkeypatch.setattr(machine, "DRIVERS", {"gpu": (__file__,), "tpu": ()})
    monkeypatch.setattr(machine.importlib.util, "find_spec", lambda name: None)
    assert machine.why_not("gpu", "gpu") == ""
    assert "seems to have one, but JAX has no plug-in" in machine.why_not("gpu", "cpu")
    assert machine.why_not("tpu", "cpu").startswith("JAX has no plug-in") and "tsgan[tpu]" in machine.why_not(
        "tpu", "cpu"
    )
    monkeypatch.setattr(machine.importlib.util, "find_spec", lambda name: name)
    assert machine.why_not("gpu", "cpu", "cpu").endswith("JAX_PLATFORMS=cpu leaves it out")
    assert machine.why_not("gpu", "cpu", "cuda,cpu", "no driver").endswith("finds none (no driver)")
