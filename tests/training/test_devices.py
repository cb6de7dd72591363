"""A training over several devices, or several processes, is the training of one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

from tsgan.errors import ConfigError
from tsgan.runtime import join_processes
from tsgan.training.devices import everywhere, joined, mesh, over_devices, split

SCRIPT = Path(__file__).with_name("first_losses.py")


def started(*words: object, devices: int = 1) -> subprocess.Popen:
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={devices}"
    env = {**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": flags, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(SCRIPT), *map(str, words)]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def losses(process: subprocess.Popen) -> np.ndarray:
    out, said = process.communicate(timeout=300)
    assert process.returncode == 0, said[-2000:]
    return np.array([value for step in json.loads(out.splitlines()[-1]) for value in step])


@pytest.mark.slow
@pytest.mark.parametrize("population", [1, 4])
def test_eight_devices_have_the_losses_of_one(population):
    one = losses(started(1, population))
    eight = losses(started(8, population, devices=8))
    assert len(one) == 20 + 4 * 20
    np.testing.assert_allclose(eight, one, rtol=1e-5)


@pytest.mark.slow
def test_two_processes_have_the_losses_of_one():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        coordinator = f"127.0.0.1:{free.getsockname()[1]}"
    both = [started(2, 1, coordinator, f"{number}/2") for number in (1, 2)]
    one = losses(started(1, 1))
    for process in both:
        np.testing.assert_allclose(losses(process), one, rtol=1e-5)


@pytest.mark.slow
def test_a_whole_fit_over_devices(tmp_path):
    """The command, over four devices: a model that agrees with that of one."""
    rng = np.random.default_rng(3)
    closes = 100 * np.exp(np.cumsum(0.01 * rng.standard_t(5, (600, 2)), axis=0))
    dates = np.datetime64("2015-01-01") + np.arange(600)
    rows = [f"{date},{a:.6f},{b:.6f}" for date, (a, b) in zip(dates, closes, strict=True)]
    (tmp_path / "closes.csv").write_text("\n".join(["date,AAA,BBB", *rows]))
    (tmp_path / "gan.toml").write_text(
        "width = 4\nchannels = 4\nwindow = 32\ncontext = 16\nbatch = 8\nwarm_steps = 20\n"
    )

    def train(out: str, *words: str, devices: int = 1) -> subprocess.Popen:
        flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={devices}"
        env = {**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": flags, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = ["train", str(tmp_path / "closes.csv"), "--config", str(tmp_path / "gan.toml"), "--steps", "10"]
        words = (*command, "--out", str(tmp_path / out), *words)
        return subprocess.Popen([sys.executable, "-m", "tsgan", *words], env=env, stderr=subprocess.PIPE, text=True)

    for processes in (
        [train("one")],
        [train("four", "--devices", "4", devices=4)],
    ):
        for process in processes:
            said = process.communicate(timeout=600)[1]
            assert process.returncode == 0, said[-2000:]
    from tsgan.models.storage import read_model

    one, *others = (read_model(tmp_path / name) for name in ("one", "four"))
    for other in others:
        for name, array in one.arrays.items():
            np.testing.assert_allclose(other.arrays[name], array, rtol=1e-2, atol=1e-3, err_msg=name)


def test_without_several_devices_nothing_changes():
    x = np.arange(3)
    with over_devices(1, 4):
        assert mesh() is None and everywhere(x) is x and split(x) is x and joined(x) is x


def test_what_cannot_be_is_said():
    more = len(jax.devices()) + 1
    with (
        pytest.raises(ConfigError, match=rf"{more} devices are asked for, and JAX has {more - 1}"),
        over_devices(more, 1),
    ):
        pass
    for words, said in (
        (("host:1", "third"), "write it as 2/4"),
        (("host:1", "5/4"), "2/4"),
        (("", "1/2"), "give both"),
    ):
        with pytest.raises(ConfigError, match=said):
            join_processes(*words)
