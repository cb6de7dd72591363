"""Train the model that comes inside the package, ``bundled:us-indices``, and write it to ``tsgan/bundled/``.

    .venv/bin/python scripts/make_bundled.py [--out tsgan/bundled/us-indices] [--steps 600] [--seed 0] [--overwrite]

Fits a GAN to all of ``sample:us-indices`` and saves it without prices: parameters, and the state that the history left
behind; paths start at 100.  The model card has the scores of a twin, which the same options make of the first 70 % of
the dates, on the later 30 %.  Same platform, versions and options: same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import tsgan
from tsgan.evaluation import write_model_card
from tsgan.models.gan import GAN
from tsgan.runtime import prepare

BASE = 100.0
MOST = 2_000_000
"""Bytes that the folder may take."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(tsgan.__file__).parent / "bundled" / "us-indices")
    parser.add_argument("--steps", type=int, default=tsgan.GANConfig().steps, help="adversarial steps at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--overwrite", action="store_true", help="replace the model that is there")
    options = parser.parse_args()
    if options.out.exists() and not options.overwrite:
        parser.error(f"{options.out} exists; give --overwrite to replace it, or choose another --out")
    prepare()

    panel = tsgan.load_prices("sample:us-indices")
    config = tsgan.GANConfig(base="none", steps=options.steps)
    print("fitting the twin")
    twin = tsgan.fit(panel.before(panel.cut_date(0.7)), config, seed=options.seed)
    judged = tsgan.evaluate(twin, panel)
    print("fitting the model")
    model = tsgan.fit(panel, config, seed=options.seed, like=twin)
    assert isinstance(model, GAN)
    bare = model.without_prices([BASE] * len(panel.assets))
    bare.save(options.out, overwrite=options.overwrite)
    told = (
        f"These are the scores of a twin: the same configuration and seed, trained to {twin.info.train_end} only. "
        "The model itself has seen all dates."
    )
    write_model_card(judged, bare.info, options.out, note=told)
    size = sum(file.stat().st_size for file in options.out.iterdir())
    assert size < MOST, f"{options.out} takes {size:,} bytes, more than {MOST:,}"
    print(f"{options.out}: {size:,} bytes, model {bare.model_hash}")


if __name__ == "__main__":
    main()
