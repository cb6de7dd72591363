"""A second opinion: finval's score of our paths, beside our own card, for one GAN and four classical models.

finval (MIT, github.com/sablier-ai/finval) validates generated returns with statistics and thresholds of its own.
Every model is fitted on the first 70 % of the dates and draws 200 paths of 60 days, one from each of 200 days spread
over the later dates; finval's ``validate_paths`` compares them with the windows of 60 days that followed these days.
Its drawdowns are taken of levels, as it asks, everything else of returns.  Our card judges the same models on the same
dates.  The two answer different questions (windows of 60 days against whole histories; one score against bands), so
what is compared is the order.  "distance" is the mean of our distances over those of the GAN; "gates failed" are the
hard gates of finval.  Nothing here is tuned on finval.

Seen on the two embedded indices (finval 0.6.1, the quick start's GAN, seed 0).  finval: FHS .87, GJR-GARCH .83, GAN
.82, stationary bootstrap .68, iid bootstrap .62.  Our tests passed, of 51 to 54: 39 stationary bootstrap, 37 FHS, 36
GAN, 34 GJR-GARCH, 17 iid bootstrap.  They agree that the iid bootstrap is worst and that FHS is better than GJR-GARCH
and the GAN.  They differ on

- the stationary bootstrap: our bands ask whether a long history looks like the market, which pieces of the market do;
  its windows know nothing of today's volatility, and later years were half as volatile.  Our CRPS agrees with finval;
- the GAN beside GJR-GARCH: .009 apart, from one draw of paths.  finval's signature distance, far tails, covariances and
  coskewness favour GJR-GARCH; its drawdowns, leverage and heavy tails beyond volatility, our distances (15 % smaller)
  and our log score the GAN.

    pip install -e .[dev]
    python scripts/compare_finval.py [--prices sample:us-indices] [--gan FOLDER] [--json FILE]

With --gan a model trained on the first 70 % is used (``model_evaluated`` of ``tsgan run``), else one is trained.
"""

from __future__ import annotations

import argparse
import warnings
from typing import Any

import finval
import numpy as np
from finval.core.thresholds import HARD_GATES
from scipy import stats
from study_results import Results, add_option

import tsgan
from tsgan.evaluation import relative_distance, tested
from tsgan.runtime import prepare

CLASSICAL = ("gjr-garch", "fhs", "stationary-bootstrap", "iid-bootstrap")
PATHS, DAYS = 200, 60


def windows_and_paths(model: tsgan.MarketModel, returns: np.ndarray, first: int, seed: int) -> list[np.ndarray]:
    """What came and what the model drew after PATHS days from row ``first`` on: two (path, DAYS, asset) arrays."""
    ends = np.unique(np.linspace(first, len(returns) - DAYS, PATHS).astype(int))
    drawn = np.concatenate([paths[:, 0] for _, paths in model.forecast(returns, ends, DAYS, 1, seed=seed)])
    return [returns[ends[:, None] + np.arange(DAYS)], drawn.astype(np.float64)]


def second_opinion(real: np.ndarray, drawn: np.ndarray, names: list[str]) -> Any:
    """finval's report of returns (path, day, asset), with drawdowns of the levels that they make."""
    levels = [np.exp(np.cumsum(x, axis=1)) for x in (drawn, real)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = finval.validate_paths(drawn, real, names)
        drawdowns = finval.validate_paths(*levels, names, metrics=["drawdown_distribution"], include_flat=False)
    report.metrics |= drawdowns.metrics
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--prices", default="sample:us-indices")
    parser.add_argument("--gan", help="folder of a gan trained on the first 70 percent of the dates")
    parser.add_argument("--seed", type=int, default=0)
    add_option(parser)
    options = parser.parse_args()
    prepare()

    panel = tsgan.load_prices(options.prices)
    earlier = panel.before(panel.cut_date(0.7))
    gan = (
        tsgan.load_model(options.gan)
        if options.gan
        else tsgan.fit(earlier, tsgan.GANConfig(base="none"), seed=options.seed)
    )
    models = {"gan": gan} | {name: tsgan.fit(earlier, name, seed=options.seed) for name in CLASSICAL}
    card = tsgan.evaluate(gan, panel, baselines=CLASSICAL, seed=options.seed)
    reports = {}
    for name, model in models.items():
        real, drawn = windows_and_paths(model, panel.returns, len(earlier) - 1, options.seed)
        reports[name] = second_opinion(real, drawn, list(panel.assets))

    print(f"{len(real)} paths of {DAYS} days against as many windows; our card on {card.days} later days\n")
    print(f"{'model':<22}{'finval':>8}{'metrics passed':>16}{'our tests':>12}{'distance':>16}   gates failed")
    ours, theirs, rows = [], [], []
    for name, report in reports.items():
        good = [metric.passed for metric in report.metrics.values()]
        failed = [gate for gate in HARD_GATES if gate in report.metrics and not report.metrics[gate].passed]
        passed, total = tested(card, name)
        distance = 1.0 if name == "gan" else 1 / relative_distance(card, name)
        print(
            f"{name:<22}{report.overall_score:>8.3f}{f'{sum(good)} of {len(good)}':>16}{f'{passed} of {total}':>12}"
            f"{distance:>16.2f}   {', '.join(failed) or 'none'}"
        )
        ours.append(passed / total)
        rows.append({"model": name, "finval": report.overall_score, "metrics passed": sum(good), "metrics": len(good)})
        rows[-1] |= {"our tests passed": passed, "our tests": total, "distance": distance, "gates failed": len(failed)}
        theirs.append(report.overall_score)
    print(f"\nrank correlation of finval's score and our share of tests passed: {stats.spearmanr(ours, theirs)[0]:.2f}")
    print(f"\n{'finval, metric by metric':<28}" + "".join(f"{name[:16]:>18}" for name in reports))
    for metric in reports["gan"].metrics:
        cells = [f"{r.metrics[metric].value:.3f} {r.metrics[metric].quality[:9]}" for r in reports.values()]
        print(f"{metric:<28}" + "".join(f"{cell:>18}" for cell in cells))
    about = f"{len(real)} paths of {DAYS} days against as many windows; {card.days} later days; seed {options.seed}."
    results = Results("compare_finval", about, quiet=True)
    results.table("finval's score beside our tests", rows, 3)
    results.write(options.json)


if __name__ == "__main__":
    main()
