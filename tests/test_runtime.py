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
    flag = f"{runtime.CODEGEN_FLAG}=2"
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
