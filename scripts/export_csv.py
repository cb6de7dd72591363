"""Draw paths from a fitted model into a CSV file; ``tsgan sample`` does the same with more options.

    tsgan train sample:us-indices --model fhs --out models/fhs
    .venv/bin/python scripts/export_csv.py models/fhs paths.csv [--paths 1000] [--days 252] [--overwrite]

Beside the table lies ``paths.csv.manifest.json``: what the paths are and how to make them again.
"""

import argparse

import tsgan

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("model", help="a folder that 'tsgan train' wrote")
parser.add_argument("out", help="the CSV file")
parser.add_argument("--paths", type=int, default=1000)
parser.add_argument("--days", type=int, default=252)
parser.add_argument("--layout", choices=["long", "wide", "shocks"], default="long")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--overwrite", action="store_true", help="replace a table that tsgan wrote there before")
options = parser.parse_args()

try:
    paths = tsgan.load_model(options.model).sample(options.paths, options.days, seed=options.seed)
    paths.to_csv(options.out, options.layout, overwrite=options.overwrite)
except tsgan.TsganError as error:
    raise SystemExit(f"error: {error}") from None
print(f"{options.out}: {paths}")
