"""The figures of the README, from what ``./scripts/quickstart`` left: tables on standard output, and a picture.

    ./scripts/quickstart
    .venv/bin/python scripts/readme_figures.py [--run runs/quickstart] [--picture data/quickstart.svg]

Everything is read from ``scorecard.json``, ``model_evaluated`` and ``run.json``: the model saw the first 70 % of the
dates, and all scores are on the later 30 %.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import tsgan
from tsgan.runtime import prepare
from tsgan.stats.autocorrelation import acf

SOURCES = ("gan", "gjr-garch", "fhs", "stationary-bootstrap", "iid-bootstrap", "real-vs-real")
SCORES = ("acf_abs", "acf_sq", "leverage", "emd_1", "emd_5", "emd_20", "emd_100", "dy_1", "dy_5", "dy_20", "dy_100")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, default=Path("runs/quickstart"))
    parser.add_argument("--picture", type=Path, default=Path("data/quickstart.svg"))
    options = parser.parse_args()
    card = json.loads((options.run / "scorecard.json").read_text())
    run = json.loads((options.run / "run.json").read_text())
    print(
        f"Trained {card['train_start']} to {card['train_end']}, "
        f"judged {card['judged_start']} to {card['judged_end']}.\n"
    )
    log_scores(card)
    passed(card)
    ranks(card)
    print("\n".join(f"{stage['seconds']:7.1f} s  {stage['stage']}" for stage in run["stages"]))
    prepare()
    picture(options.run / "model_evaluated", run["prices"], options.picture)
    print(f"\npicture: {options.picture}")


def log_scores(card: dict[str, Any]) -> None:
    print("| asset | one-day log score, GAN | minus GJR-GARCH | t (HAC) |\n|---|---|---|---|")
    for row in card["log_scores"]:
        if row["source"] == "gan":
            print(f"| {row['asset']} | {row['score']:.4f} | {row['difference']:+.4f} | {row['t']:+.1f} |")
    print()


def passed(card: dict[str, Any]) -> None:
    print("| source | facts in band | out of band | band too wide |\n|---|---|---|---|")
    for source, counts in card["counts"].items():
        print(f"| {source} | {counts['in band']} | {counts['out of band']} | {counts['too wide']} |")
    print()


def ranks(card: dict[str, Any]) -> None:
    """A table an asset, lower is better, and the mean rank of each model over all scores and assets."""
    places: dict[str, list[int]] = {source: [] for source in SOURCES[:-1]}
    for asset in card["assets"]:
        rows = {row["source"]: row["scores"] for row in card["scores"] if row["asset"] == asset}
        print(f"| {asset}, out of sample | {' | '.join(SCORES)} |\n|---|{'---|' * len(SCORES)}")
        for source in (s for s in SOURCES if s in rows):
            values = [f"{rows[source][s]:.1f}" if s[:2] == "dy" else f"{rows[source][s]:.4f}" for s in SCORES]
            print(f"| {source} | {' | '.join(values)} |")
        print()
        for score in SCORES:
            for place, source in enumerate(sorted(places, key=lambda s: rows[s][score]), 1):
                places[source].append(place)
    print("| source | mean rank over scores and assets |\n|---|---|")
    for source, taken in sorted(places.items(), key=lambda item: np.mean(item[1])):
        print(f"| {source} | {np.mean(taken):.2f} |")
    print()


def picture(folder: Path, prices: str, target: Path) -> None:
    """A fan of paths with what really came, tails, and volatility clustering, for the first asset."""
    model, panel = tsgan.load_model(folder), tsgan.load_prices(prices)
    cut = np.datetime64(model.info.train_end)
    later = panel.returns[panel.return_dates > cut, 0]
    asset, days = model.info.assets[0], 252
    paths = model.sample(1000, len(later), seed=0)
    close = paths.prices[:, : days + 1, 0]
    real = panel.prices[panel.dates >= cut, 0][: days + 1]
    figure, (fan, tail, cluster) = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    for low, high, shade in ((2.5, 97.5, 0.15), (10, 90, 0.2), (25, 75, 0.25)):
        fan.fill_between(
            paths.dates[: days + 1], *np.percentile(close, [low, high], axis=0), color="#1f5fa8", alpha=shade, lw=0
        )
    fan.plot(paths.dates[: days + 1], close[:6].T, color="#1f5fa8", lw=0.6)
    fan.plot(paths.dates[: days + 1], real, color="black", lw=1.5, label="what came")
    fan.set_title(f"{asset}: a year of scenarios from {cut}")
    fan.tick_params(axis="x", rotation=30)
    fan.legend(frameon=False)
    generated = paths.returns[:, :, 0].astype(float)
    bins = np.linspace(-0.08, 0.08, 81)
    tail.hist(generated.ravel(), bins, density=True, histtype="step", color="#1f5fa8", label="generated")
    tail.hist(later, bins, density=True, histtype="step", color="black", label="real, later")
    tail.set(yscale="log", title="daily log return, density", ylim=(1e-3, None))
    tail.legend(frameon=False)
    lags = 100
    simulated = acf(np.abs(generated), lags)
    low, middle, high = np.percentile(simulated, [2.5, 50, 97.5], axis=0)
    cluster.fill_between(np.arange(1, lags + 1), low, high, color="#1f5fa8", alpha=0.2, lw=0)
    cluster.plot(np.arange(1, lags + 1), middle, color="#1f5fa8", label="generated")
    cluster.plot(np.arange(1, lags + 1), acf(np.abs(later), lags), color="black", lw=1, label="real, later")
    cluster.set(title="autocorrelation of |r|", xlabel="lag, days")
    cluster.legend(frameon=False)
    figure.savefig(target, metadata={"Date": None})


if __name__ == "__main__":
    main()
