"""The README's figures and picture, and what the results page says of the quickstart.

    ./scripts/quickstart
    .venv/bin/python scripts/readme_figures.py --run runs/quickstart

reads ``scorecard.json``, ``run.json`` and ``model_evaluated`` of the run, and writes the figures to ``--json`` and the
picture to ``--picture``; the model saw the first 70 % of the dates, and all scores are on the later 30 %.  Without
``--run`` the README's table alone is made again, from the JSON that is there.
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
from study_results import Results

import tsgan
from tsgan.runtime import prepare
from tsgan.stats import acf

ROOT = Path(__file__).parents[1]

LABELS = {
    "gan": "GAN",
    "fhs": "FHS",
    "stationary-bootstrap": "stationary bootstrap",
    "gjr-garch": "GJR-GARCH",
    "iid-bootstrap": "iid bootstrap",
    "gbm": "geometric Brownian motion",
    "real-vs-real": "real-vs-real",
}
RANKED = ("gan", "fhs", "stationary-bootstrap", "gjr-garch", "iid-bootstrap")
SCORES = {
    "acf_abs": "ACF |r|",
    "acf_sq": "ACF r²",
    "leverage": "leverage",
    **{f"emd_{days}": f"EMD {days}" for days in (1, 5, 20, 100)},
    **{f"dy_{days}": f"DY {days}" for days in (1, 5, 20, 100)},
}
FACTS, LOG_SCORES = "Stylized facts inside the model's 95 % band", "One-day log score, higher is better"
RISK = "One-day value at risk and expected shortfall, all assets"
RANKS = "Mean rank over the distances of all assets"
BEGIN, END = "<!-- figures: quickstart -->\n", "<!-- end of figures -->\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, help="folder that tsgan run left, runs/quickstart")
    parser.add_argument("--json", type=Path, default=ROOT / "scripts/site/results/quickstart.json")
    parser.add_argument("--picture", type=Path, default=ROOT / "data/quickstart.svg")
    options = parser.parse_args()
    if options.run is not None:
        card = json.loads((options.run / "scorecard.json").read_text())
        run = json.loads((options.run / "run.json").read_text())
        results = measured(card)
        print("\n".join(f"{stage['seconds']:7.1f} s  {stage['stage']}" for stage in run["stages"]))
        results.write(options.json)
        prepare()
        picture(options.run / "model_evaluated", run["prices"], options.picture)
    readme = ROOT / "README.md"
    readme.write_text(with_figures(readme.read_text(), json.loads(options.json.read_text())))


def measured(card: dict[str, Any]) -> Results:
    """The figures of a scorecard: log scores, facts, distances, and mean ranks of the distances."""
    results = Results(
        "quickstart",
        f"Every model was fitted to {' and '.join(card['assets'])} from {card['train_start']} to {card['train_end']} "
        f"and judged from {card['judged_start']} to {card['judged_end']}, on dates that none had seen. No asset was "
        "tuned for.",
    )
    own = [row for row in card["log_scores"] if row["source"] == "gan"]
    columns = {"asset": "asset", "score": "GAN", "difference": "minus GJR-GARCH", "t": "Diebold-Mariano t (HAC)"}
    own = [row | {"t": round(row["t"], 1)} for row in own]
    results.table(LOG_SCORES, [{label: rounded(row[name]) for name, label in columns.items()} for row in own])
    facts = [
        {"source": LABELS[name], **{mark: counts[mark] for mark in ("in band", "out of band", "too wide")}}
        for name, counts in card["counts"].items()
    ]
    results.table(FACTS, facts)
    results.table(RISK, [exceptions(row) for row in card["calibration"]["backtests"] if row["asset"] == "all assets"])
    places: dict[str, list[int]] = {source: [] for source in RANKED}
    for asset in card["assets"]:
        rows = {row["source"]: row["scores"] for row in card["scores"] if row["asset"] == asset}
        scores = [
            {"source": LABELS[source]}
            | {label: round(rows[source][name], 1 if "dy" in name else 4) for name, label in SCORES.items()}
            for source in (*RANKED, "real-vs-real")
        ]
        results.table(f"Distances to the later market, {asset} (lower is better)", scores)
        for score in SCORES:
            for place, source in enumerate(sorted(places, key=lambda s: rows[s][score]), 1):
                places[source].append(place)
    ranks = [
        {"source": LABELS[source], "mean rank": round(float(np.mean(taken)), 2)} for source, taken in places.items()
    ]
    results.table(RANKS, sorted(ranks, key=lambda row: row["mean rank"]), 2)
    results.notes = [
        *card["verdict"],
        "A fact that the later market does not show can be failed but not passed, so that the number of tests differs "
        "between models. A band too wide to tell anything does not count as a pass.",
        "Real-vs-real compares the training years with the later ones: the market's own noise.",
    ]
    return results


def rounded(value: Any) -> Any:
    """A figure to four decimals, words as they are."""
    return round(value, 4) if isinstance(value, float) else value


def exceptions(row: dict[str, Any]) -> dict[str, Any]:
    """How often losses exceeded a model's VaR, and whether its expected shortfall held when they did."""
    return {
        "source": LABELS[row["source"]],
        "level": row["level"],
        "exceptions": row["hits"],
        "expected": round(row["expected"], 1),
        "share": rounded(row["hit_rate"]),
        "Kupiec p": round(row["kupiec_p"], 3),
        "ES: Acerbi-Szekely p": round(row["z2_p"], 3),
        "Basel": row["traffic_light"],
    }


def with_figures(readme: str, document: dict[str, Any]) -> str:
    """The README with its table of figures made from the quickstart's document."""
    before, rest = readme.split(BEGIN)
    return before + BEGIN + summary(document) + rest[rest.index(END) :]


def summary(document: dict[str, Any]) -> str:
    """What the README shows: one line a model."""
    tables = {table["title"]: table["rows"] for table in document["tables"]}
    facts = {row[0]: row[1:] for row in tables[FACTS]}
    shares = {row[0]: row[4] for row in tables[RISK] if row[1] == 0.99}
    *_, (_, _, gained, t) = tables[LOG_SCORES]
    lines = [
        "| | one-day log score over GJR-GARCH | facts inside the 95 % band | too wide to count "
        "| exceptions to 99 % VaR (1 % expected) | mean rank of distances |",
        "|---|---|---|---|---|---|",
    ]
    for source, rank in tables[RANKS]:
        score = {"GAN": f"{gained:+.4f} (t {t:.1f})", "GJR-GARCH": "0"}.get(source, "")
        inside, outside, wide = facts[source]
        passed, share = f"{inside} of {inside + outside + wide}", f"{shares[source]:.1%}" if source in shares else ""
        lines.append(f"| {source} | {score} | {passed} | {wide} | {share} | {rank:.2f} |")
    return "\n".join(lines) + "\n"


def picture(folder: Path, prices: str, target: Path) -> None:
    """A fan of paths with what really came, tails, and volatility clustering, for the first asset."""
    plt.rcParams["svg.hashsalt"] = "tsgan"  # the same picture, the same file
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
    fan.plot(paths.dates[: days + 1], real, color="black", lw=1.5, label="realised")
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
