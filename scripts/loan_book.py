"""A book of loans along joint paths, from Python: what each loan costs, and what the book may lose.

    ./scripts/quickstart
    .venv/bin/python scripts/loan_book.py runs/quickstart/model data/example_loans.csv --horizon 252

``tsgan lend`` does the same with a page.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import tsgan


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="a folder that 'tsgan train' or 'tsgan run' wrote")
    parser.add_argument("book", type=Path, help="loans, firms or pools; see data/README.md")
    parser.add_argument("--horizon", type=int, default=252)
    parser.add_argument("--paths", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    report = tsgan.lend(options.model, options.book, n_paths=options.paths, horizon=options.horizon, seed=options.seed)
    print(report.to_frame("loans").set_index("loan").T.to_string(float_format="{:.4g}".format))
    print(report.to_frame("book").iloc[0].to_string(float_format="{:.6g}".format))


if __name__ == "__main__":
    main()
