"""Benchmarks are found by themselves, and what they find becomes a document of the results page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest

SCRIPTS = str(Path(__file__).parents[1] / "scripts")


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    import bench

    return bench


def test_every_benchmark_keeps_the_contract(bench):
    found = bench.modules()
    assert {"sample", "files", "memory", "start", "growth", "gpu"} <= {one.NAME for one in found}
    for one in found:
        assert (one.__doc__ or "").strip() and callable(one.measure)
        one.add_arguments(argparse.ArgumentParser())
    assert len({one.NAME for one in found}) == len(found)
    assert "benches" in sys.modules and "jax" not in vars(bench)


def test_what_is_found_becomes_claims_and_tables(bench):
    found = {
        "about": "Two runs.",
        "tables": {"seconds": [{"what": "one", "seconds": 1.0}, {"what": "two", "seconds": 2.0}]},
        "targets": [
            {"rule": "at most 3 s", "figure": "2 s", "holds": True},
            {"rule": "on a GPU: at most 1 s", "figure": "unmeasured", "holds": None},
        ],
        "ratio": 2.0,
        "notes": ["A note."],
    }
    document = bench.results_of("some-thing", found, quiet=True).to_dict()
    assert (document["study"], document["about"]) == ("bench_some_thing", "Two runs.")
    assert [(claim["rule"], claim["verdict"]) for claim in document["claims"]] == [("at most 3 s", "HOLDS")]
    assert document["tables"][0]["rows"] == [["one", 1.0], ["two", 2.0]]
    assert document["tables"][1]["rows"] == [["ratio", 2.0]]
    assert document["notes"] == ["Not measured: on a GPU: at most 1 s (unmeasured).", "A note."]
