"""Sampling to Parquet beside sampling alone and writing alone, in one process and in turns."""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benches._timing import alternating, medians

NAME = "files"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="bundled:us-indices")
    parser.add_argument("--paths", type=int, default=40_000)
    parser.add_argument("--horizon", type=int, default=252)
    parser.add_argument("--times", type=int, default=5)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    import tsgan
    from tsgan.scenarios import write_blocks

    model = tsgan.load_model(options.model)
    job = (model, options.paths, options.horizon)
    drawn = list(tsgan.sample_chunks(*job))
    with TemporaryDirectory() as folder:
        place = Path(folder) / "paths"

        def sample() -> None:
            for _ in tsgan.sample_chunks(*job):
                pass

        works = {
            "sample": sample,
            "write": lambda: write_blocks(iter(drawn), place, overwrite=True),
            "both": lambda: write_blocks(tsgan.sample_chunks(*job), place, overwrite=True),
        }
        taken = alternating(works, options.times)
    found = medians(taken)
    ratio = found["both"] / max(found["sample"], found["write"])
    rule = "sampling to Parquet: at most 1.25 times the longer of sampling and writing"
    return {
        "about": f"{options.paths:,} paths x {options.horizon} days of {len(model.info.assets)} assets, "
        f"medians of {options.times} turns.",
        "tables": {"seconds": [{"what": what, "seconds": value} for what, value in found.items()]},
        "targets": [{"rule": rule, "figure": f"{ratio:.2f}", "holds": ratio <= 1.25}],
    }
