"""The command line, used as it should be."""

import json
import os
import platform
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan import runtime

SEEDED = ("run", "train", "sample", "evaluate", "compare", "forecast", "explain", "stress", "lend")
COMMANDS = (*SEEDED, "fetch", "inspect", "runs", "feed", "robustness", "info")


def run_python(*words, **options):
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=60, **options)


def test_help_is_quick():
    def seconds():
        began = time.perf_counter()
        assert run_python("-m", "tsgan", "--help").returncode == 0
        return time.perf_counter() - began

    assert min(seconds() for _ in range(3)) < 0.7


def test_help_names_every_command_and_imports_nothing_heavy():
    code = (
        "import sys\nsys.argv = ['tsgan', '--help']\nfrom tsgan.cli.main import run\n"
        "try: run()\nfinally: print([m for m in ('jax', 'pandas', 'numpy') if m in sys.modules])"
    )
    done = run_python("-c", code)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "[]"
    for command in COMMANDS:
        assert f" {command} " in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_the_common_options(cli, command):
    done = cli(command, "--help")
    assert done.exit_code == 0
    for option in ("--quiet", "--json"):
        assert option in done.stdout
    assert ("--seed" in done.stdout) == (command in SEEDED)  # only where it does something


def test_version(cli):
    assert cli("--version").stdout.startswith("tsgan ")


def test_train_stops_at_the_date_given(model):
    assert tsgan.load_model(model).info.train_end == "2015-12-31"
    assert not list(model.parent.glob("*checkpoint*"))


def test_train_again_replaces_the_model(cli, prices, tmp_path):
    words = ("train", prices, "--model", "gbm", "--out", tmp_path / "m")
    assert cli(*words, "--seed", 1).exit_code == 0
    done = cli(*words, "--seed", 2)
    assert done.exit_code == 1 and "--overwrite" in done.stderr and tsgan.load_model(tmp_path / "m").info.seed == 1
    assert cli(*words, "--seed", 2, "--overwrite").exit_code == 0
    assert tsgan.load_model(tmp_path / "m").info.seed == 2


def test_an_interrupted_training_is_resumed(cli, prices, model, tmp_path, monkeypatch):
    out, checkpoint, calls = tmp_path / "gan", tmp_path / "gan.checkpoint.safetensors", []

    def fit(panel, config, *, checkpoint, resume, **_):
        calls.append((config.steps, checkpoint, resume))
        if not resume:
            checkpoint.write_bytes(b"half way")
            raise KeyboardInterrupt
        return tsgan.load_model(model)

    monkeypatch.setattr("tsgan.fitting.fit", fit)
    done = cli("train", prices, "--steps", 7, "--out", out)
    assert done.exit_code == 130 and "--resume" in done.stderr and not out.exists()
    assert cli("train", prices, "--steps", 7, "--out", out, "--resume").exit_code == 0
    assert calls == [(7, checkpoint, False), (7, checkpoint, True)]
    assert out.exists() and not checkpoint.exists()


def test_options_win_over_the_file(cli, prices, model, tmp_path, monkeypatch):
    (tmp_path / "gan.toml").write_text("generator = 'tcn'\nsteps = 11\nbatch = 32\n")
    chosen = []
    monkeypatch.setattr("tsgan.fitting.fit", lambda _, config, **__: chosen.append(config) or tsgan.load_model(model))
    done = cli("train", prices, "--config", tmp_path / "gan.toml", "--steps", 5, "--out", tmp_path / "gan")
    assert done.exit_code == 0, done.stderr
    assert chosen == [tsgan.GANConfig(generator="tcn", steps=5, batch=32)]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_sample_writes_what_python_would(cli, model, tmp_path, suffix):
    out = tmp_path / f"paths.{suffix}"
    done = cli("sample", model, "--paths", 300, "--horizon", 5, "--seed", 3, "--out", out, "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["paths"] == 300
    expected = tsgan.load_model(model).sample(300, 5, seed=3)
    np.testing.assert_array_equal(tsgan.read_scenarios(out).returns, expected.returns)


def test_sample_in_chunks_is_the_same_job(cli, model, tmp_path, monkeypatch):
    for name, values in (("whole", 4_000_000), ("pieces", 1)):
        monkeypatch.setattr("tsgan.sampling.CHUNK_VALUES", values)
        assert cli("sample", model, "--paths", 600, "--horizon", 3, "--out", tmp_path / f"{name}.csv").exit_code == 0
    assert (tmp_path / "whole.csv").read_bytes() == (tmp_path / "pieces.csv").read_bytes()


def test_sample_wide_from_a_history(cli, model, prices, closes, tmp_path):
    out = tmp_path / "wide.csv"
    done = cli("sample", model, "--paths", 2, "--horizon", 3, "--layout", "wide", "--history", prices, "--out", out)
    assert done.exit_code == 0, done.stderr
    assert "fit it again on recent prices" in done.stderr  # more than a year after the model's last date
    table = pd.read_csv(out, index_col=0)
    assert table.shape == (4, 4)
    np.testing.assert_allclose(table.iloc[0, 0], closes["AAA"].iloc[-1])


def test_quiet_says_nothing(cli, model, tmp_path):
    done = cli("sample", model, "--paths", 1, "--horizon", 1, "--out", tmp_path / "a.csv", "--quiet")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")


def test_evaluate(cli, model, prices, tmp_path):
    done = cli("evaluate", model, prices, "--paths", 20, "--out", tmp_path / "judged", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout) == json.loads((tmp_path / "judged" / "scorecard.json").read_text())
    assert "<html" in (tmp_path / "judged" / "report.html").read_text().lower()


def test_compare_judges_after_the_latest_training(cli, model, prices, tmp_path):
    assert (
        cli("train", prices, "--model", "iid-bootstrap", "--until", "2016-02-29", "--out", tmp_path / "iid").exit_code
        == 0
    )
    done = cli("compare", model, tmp_path / "iid", prices, "--paths", 20, "--json")
    assert done.exit_code == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["judged_start"] == "2016-03-01"
    assert not result["in_sample"]
    assert list(result["scorecards"]) == ["gbm", "iid"]
    done = cli("compare", model, tmp_path / "iid", prices, "--paths", 20, "--details", "--out", tmp_path / "side")
    table = done.stdout
    assert "gbm" in table and "iid" in table and "kurtosis" in table and "emd_1" in table and "Log score" in table
    assert "comes closest" in table.splitlines()[-3] or "comes closest" in table.splitlines()[-2]
    assert json.loads((tmp_path / "side" / "compare.json").read_text())["log_scores"]
    assert "Which of 2 models" in (tmp_path / "side" / "compare.html").read_text()
    listed = json.loads(cli("runs", tmp_path, "--json").stdout)["entries"]
    assert {entry["what"] for entry in listed} == {"model", "comparison"}
    assert "No such" not in cli("runs", tmp_path).stdout and cli("runs", tmp_path / "none").exit_code == 1


def test_run_leaves_everything(cli, prices, tmp_path):
    out = tmp_path / "run"
    done = cli("run", prices, "--model", "gbm", "--paths", 30, "--horizon", 10, "--out", out)
    assert done.exit_code == 0, done.stderr
    written = {"model", "model_evaluated", "scenarios.parquet", "scenarios_sample.csv", "scorecard.json", "report.html"}
    assert written <= {path.name for path in out.iterdir()}
    assert all(name in done.stdout for name in written)
    panel = tsgan.load_prices(prices)
    assert tsgan.load_model(out / "model").info.train_end == str(panel.dates[-1])
    assert tsgan.load_model(out / "model_evaluated").info.train_end < str(panel.cut_date(0.7))
    assert tsgan.read_scenarios(out / "scenarios.parquet").returns.shape == (30, 10, 2)
    assert tsgan.read_scenarios(out / "scenarios_sample.csv").returns.shape == (20, 10, 2)
    log = json.loads((out / "run.json").read_text())
    assert log["finished"] and log["seed"] == 0 and len(log["stages"]) == 5
    words = ("run", prices, "--model", "gbm", "--paths", 20, "--horizon", 5, "--out", out, "--quiet")
    assert cli(*words).exit_code == 1
    assert cli(*words, "--overwrite").exit_code == 0
    assert tsgan.read_scenarios(out / "scenarios.parquet").returns.shape == (20, 5, 2)


def test_info(cli):
    found = json.loads(cli("info", "--json").stdout)
    assert found["versions"]["tsgan"] and found["devices"] and found["caches"]


def test_jax_is_set_up_as_the_user_wants_it(tmp_path):
    code = (
        "import os; from tsgan.runtime import prepare; prepare(); import jax\n"
        "print(os.environ['XLA_FLAGS'], jax.config.values['jax_compilation_cache_dir'])"
    )
    env = {**os.environ, "TSGAN_CACHE": str(tmp_path), "XLA_FLAGS": "--xla_cpu_enable_fast_math=false"}
    env.pop("JAX_COMPILATION_CACHE_DIR", None)
    own_sums = f" {runtime.SUMS_FLAG}=" if runtime.has_wrong_sums() else ""
    flags = f"--xla_cpu_enable_fast_math=false --xla_cpu_parallel_codegen_split_count=2{own_sums}"
    assert run_python("-c", code, env=env).stdout.split("\n")[0] == f"{flags} {tmp_path / 'xla'}"
    assert (tmp_path / "xla").stat().st_mode & 0o777 == 0o700
    env |= {"JAX_COMPILATION_CACHE_DIR": str(tmp_path / "own"), "XLA_FLAGS": flags.replace("=2", "=8")}
    assert run_python("-c", code, env=env).stdout.strip() == f"{env['XLA_FLAGS']} {tmp_path / 'own'}"


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's allocator")
@pytest.mark.parametrize(("own", "kept"), [({}, True), ({"MALLOC_TRIM_THRESHOLD_": "131072"}, False)])
def test_freed_memory_is_kept_unless_the_user_has_set_what_to_do_with_it(own, kept):
    code = (
        "import re; import numpy as np; from tsgan.runtime import keep_freed_memory; keep_freed_memory()\n"
        "size = lambda: int(re.search(r'VmRSS:\\s+(\\d+) kB', open('/proc/self/status').read())[1]) / 1024\n"
        "before = size(); np.ones(10_000_000); print(size() - before > 60)"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_TUNABLES"))}
    assert run_python("-c", code, env=clean | own).stdout.strip() == str(kept)


def test_inspect(cli, prices):
    done = cli("inspect", prices, "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)
    assert "AAA" in cli("inspect", prices).stdout


def test_inspect_strict_fails_on_suspicion(cli, closes, tmp_path):
    split = closes.copy()
    split.iloc[700:] = split.iloc[700:] / 10
    split.to_csv(tmp_path / "split.csv")
    assert cli("inspect", tmp_path / "split.csv").exit_code == 0
    assert cli("inspect", tmp_path / "split.csv", "--strict").exit_code == 1
