"""A fit compiles each of its programs once, a sample likewise, and the second time nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

FIT = {
    "_likelihood_steps": 1,
    "_later_scores": 1,
    "free_run_size": 1,
    "start_adversarial": 1,
    "_adversarial_update": 1,
    "validate": 1,
    "mean_return": 1,
}
SAMPLE = {"_begin": 1, "enter": 1, "carry_on": 1}
"""The programs of a fit and of a sample, and how often each is compiled; choosing the step counts and training on
everything share theirs, and so do horizons."""

PROGRAM = """
import json, jax, tsgan
from tests.conftest import TINY

compiled = []
jax.monitoring.register_event_duration_secs_listener(
    lambda event, _, **names: compiled.append(names["fun_name"]) if event.endswith("backend_compile_duration") else None
)

def taken():
    names = [name.removeprefix("jit(").removesuffix(")") for name in compiled]
    compiled.clear()
    return names

panel = tsgan.load_prices("sample:us-indices").before("2008-01-01")
counts = []
for seed in (0, 1):
    model = tsgan.fit(panel, TINY, seed=seed)
    counts.append(taken())
for paths, horizon in ((10, 70), (300, 20)):
    model.sample(paths, horizon, seed=1)
    counts.append(taken())
print(json.dumps(counts))
"""


@pytest.fixture(scope="module")
def compiled() -> list[list[str]]:
    """Names of what a fresh process compiles, in two fits and two samples."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_fit_and_a_sample_compile_each_program_once(compiled):
    for names, programs in zip((compiled[0], compiled[2]), (FIT, SAMPLE), strict=True):
        found = Counter(names)
        assert {name: found[name] for name in programs} == programs
    # The rest are single operations of jax's own on the way, such as making an array of zeros.
    assert len(compiled[0]) < 110 and len(compiled[2]) < 20


def test_the_second_time_nothing_is_compiled(compiled):
    assert compiled[1] == [] and compiled[3] == []
