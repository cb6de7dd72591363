"""Train a vintage of the pretrained base on a corpus of closes, and write it to ``tsgan/bundled/``.

    .venv/bin/python scripts/train_base.py CORPUS.parquet --until 2009-12-31 [--list LIST.csv] [--apart CLOSES.csv ...]
        [--out FOLDER] [--steps 2400] [--run-steps 80] [--seed 0] [--resume] [--overwrite] [--from FOLDER]

CORPUS is a wide table of daily closes, a column a ticker; --list names for each ticker its kind, what it is, and its
source: only prices are trained on, and no series whose source states no licence (QStudio).  Test assets, a fifth of the
tickers by their hash, are never trained on, nor is what moves almost as they do or as a column of the tables --apart.
Rows after --until are cut off before anything else is done.  A checkpoint beside the folder is carried on by --resume.
--run-steps 0 stops after likelihood, before the long free runs; --from takes such a vintage and does these.

Same corpus up to --until, platform, versions and options: same bytes.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd

import tsgan
from tsgan.config import PretrainingConfig
from tsgan.models.gan import read_vintage, save_vintage
from tsgan.runtime import prepare
from tsgan.training import is_test, pretrain, returns_until, with_long_runs

UNLICENSED = "QStudio"
"""Part of the source of series that state no licence."""


def table(path: Path) -> pd.DataFrame:
    """A wide table of closes by date."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path, index_col=0, parse_dates=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--until", required=True, help="last date that is read")
    parser.add_argument("--list", type=Path, help="ticker, kind, what, source of every series")
    parser.add_argument("--apart", type=Path, nargs="*", default=[], help="closes whose near-clones are left out")
    parser.add_argument("--out", type=Path, help="folder; tsgan/bundled/base-YEAR by default")
    parser.add_argument("--steps", type=int, default=PretrainingConfig().steps)
    parser.add_argument("--run-steps", type=int, default=PretrainingConfig().run_steps, help="of long free runs")
    parser.add_argument("--from", dest="begun", type=Path, help="a vintage by likelihood alone, to be carried on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--overwrite", action="store_true", help="replace a vintage that is there")
    parser.add_argument("--resume", action="store_true", help="carry on from the checkpoint")
    options = parser.parse_args()
    prepare()
    settings = PretrainingConfig(steps=options.steps, run_steps=options.run_steps)
    name = f"base-{options.until[:4]}"
    out = options.out or Path(tsgan.__file__).parent / "bundled" / name
    checkpoint = out.with_name(f"{out.name}.checkpoint.safetensors")
    began = time.perf_counter()

    closes = table(options.corpus)
    what, stocks, rates = Counter[str](), set(closes), set[str]()
    if options.list is not None:
        listed = pd.read_csv(options.list, index_col="ticker").reindex(closes.columns)
        usable = (listed.kind == "price") & ~listed.source.str.contains(UNLICENSED, na=True)
        closes = closes.loc[:, usable.to_numpy()]
        kinds = listed.what[closes.columns]
        stocks, rates = (set(kinds.index[kinds == kind]) for kind in ("stock", "fx"))
    apart = [table(path) for path in options.apart]
    returns = returns_until(closes, options.until, apart, stocks=stocks, rates=rates, settings=settings)
    assets = list(returns)
    if options.list is not None:
        own = [kinds.get(asset, "basket" if asset.startswith("basket ") else "cross") for asset in assets]
        what = Counter(own)
    print(f"{len(assets)} assets, {returns.index[0]:%Y-%m-%d} to {returns.index[-1]:%Y-%m-%d}", flush=True)

    facts = {
        "assets": f"{len(assets)}: " + ", ".join(f"{n} {kind}" for kind, n in sorted(what.items()))
        if what
        else len(assets),
        "first date": f"{returns.index[0]:%Y-%m-%d}",
        "last date": options.until,
        "returns": int(returns[[a for a in assets if a in closes]].notna().sum().sum()),
        "kept for testing": f"{sum(is_test(str(ticker)) for ticker in closes)} series, by hash of their tickers",
        "training": f"{options.steps} steps of likelihood, seed {options.seed}; answers to the surprises of the last "
        f"{settings.answer_years:g} years" + f"; {options.run_steps} steps of long free runs" * bool(options.run_steps),
    }
    if options.begun is not None:
        vintage = replace(
            with_long_runs(read_vintage(options.begun), returns, settings, seed=options.seed), facts=facts
        )
    else:
        vintage = pretrain(
            returns, settings, name=name, until=options.until, facts=facts, seed=options.seed, checkpoint=checkpoint,
            resume=options.resume,
            report=lambda step, nll: print(f"{time.perf_counter() - began:5.0f} s  step {step}: {nll:.4f}", flush=True),
        )  # fmt: skip
    save_vintage(vintage, out, overwrite=options.overwrite)
    size = sum(file.stat().st_size for file in out.iterdir())
    print(f"{out}: {size:,} bytes, {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
