"""Peak memory of large jobs: paths to a folder, and paths streamed into risk measures, each in a process of its own."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from benches._earlier import ROOT, answer

NAME = "memory"

MOST = 2e9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="bundled:us-indices")
    parser.add_argument("--to-folder", default="100000,1000000", metavar="PATHS", help="numbers, with commas")
    parser.add_argument("--measured", default="1000000,10000000", metavar="PATHS", help="likewise; drawn, not stored")
    parser.add_argument("--horizon", type=int, default=252)
    parser.add_argument("--scratch", type=Path, help="where folders of paths may lie")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    rows, targets = [], []
    for job, counts in (("folder", options.to_folder), ("measures", options.measured)):
        for count in map(int, filter(None, counts.split(","))):
            with TemporaryDirectory(dir=options.scratch) as folder:
                found = answer(ROOT, Path(__file__), job, options.model, count, options.horizon, folder)
            what = {"folder": "to a folder", "measures": "streamed into risk measures"}[job]
            rows.append({"paths": count, "what": what, "peak GB": found["peak"] / 1e9, "seconds": found["seconds"]})
            rule = f"{count:,} paths x {options.horizon} days {what}: under 2 GB"
            targets.append({"rule": rule, "figure": f"{found['peak'] / 1e9:.2f} GB", "holds": found["peak"] < MOST})
    about = f"Largest resident set of a process that draws from {options.model} and does one thing."
    return {"about": about, "tables": {"peak memory": rows}, "targets": targets}


def main() -> None:
    job, source, count, horizon, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
    import tsgan
    from tsgan.scenarios import write_blocks

    model = tsgan.load_model(source)
    began = time.perf_counter()
    chunks = tsgan.sample_chunks(model, count, horizon)
    if job == "folder":
        write_blocks(chunks, Path(folder) / "paths")
    else:
        tsgan.measure(chunks)
    taken, peak = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"peak": peak, "seconds": taken}))


if __name__ == "__main__":
    main()
