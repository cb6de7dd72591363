"""Claims about several assets together: their joint law, and assets that the network has never seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from claim_tables.study import STOCKS, Study

import tsgan
from tsgan.evaluation import JOINT_FACTS, Band, Fact, joint_scores, resampled
from tsgan.stats import hac_mean, random_portfolios
from tsgan.training import transferred

HISTORICAL, PARAMETRIC = "iid-bootstrap", ("gjr-garch", "dcc-garch", "gbm")
SOURCES = ("gan", "warm start", HISTORICAL, "stationary-bootstrap", "fhs", *PARAMETRIC)
RISKS = ("var_95", "es_95", "var_99", "es_99")
BANDED = ("stress_correlation", "lower_tail")


def in_parts(fact: Fact, paths: np.ndarray, size: int = 20) -> np.ndarray:
    """The statistic of (path, day, asset), some paths at a time."""
    return np.concatenate([fact.statistic(paths[k : k + size]) for k in range(0, len(paths), size)])


def claim_7(study: Study) -> None:
    """The joint law of 20 stocks on later dates."""
    case = study.case(STOCKS)
    scale, book = case.train.moves.std(axis=0), random_portfolios(len(case.assets), study.seed)
    facts = {fact.name: fact for fact in JOINT_FACTS if fact.name in BANDED}
    table, values = {}, {}
    for name in SOURCES:
        drawn = study.free_run(STOCKS, name)
        table[name] = joint_scores(case.real, drawn, scale, book, study.seed)
        values[name] = {n: np.median(in_parts(f, drawn)) for n, f in facts.items()}
    errors = pd.DataFrame(table).T
    results = study.results
    results.table("errors of the joint law", errors.reset_index(names="model"))
    gan = errors.loc["gan"]
    for rival in (HISTORICAL, *PARAMETRIC):
        lost = [score for score in RISKS if gan[score] >= errors.loc[rival, score]]
        seen = ", ".join(f"{score} {gan[score]:.2f} against {errors.loc[rival, score]:.2f}" for score in RISKS)
        results.claim(not lost, f"errors of portfolios' VaR and ES below {rival}'s", seen)
    ours, theirs = gan["correlation"], errors.loc[HISTORICAL, "correlation"]
    seen = f"{ours:.3f} against {theirs:.3f}"
    results.claim(ours < theirs, "correlation error below historical simulation's", seen)
    again = resampled(case.real, study.seed)
    for name, fact in facts.items():
        band = Band.of(in_parts(fact, again))
        results.claim(
            values["gan"][name] in band,
            f"{fact.label} in the band of the later days",
            f"{values['gan'][name]:.3f}, band {band.low:.3f} to {band.high:.3f}",
            {n: f"{v[name]:.3f}" for n, v in values.items()},
        )


def claim_3(study: Study) -> None:
    """Transfer: fitted to one half of the stocks, scored on the other, whose histories it has only read."""
    panel = study.panels[STOCKS]
    halves = {"even": panel.assets[::2], "odd": panel.assets[1::2]}
    rows = []
    for name, other in (("even", "odd"), ("odd", "even")):
        own = {f"stocks-{name}": panel.select(halves[name])}
        half = Study(own, study.cut, study.out, study.results, seed=study.seed, paths=study.paths)
        gan = half.model(f"stocks-{name}", "gan")
        train = panel.select(halves[other]).through(study.cut)
        later = panel.select(halves[other]).moves[len(train) - 1 :]
        ours = transferred(gan, train).log_density(later, train.moves)  # type: ignore[arg-type]
        theirs = tsgan.fit(train, "gjr-garch").log_density(later, train.moves)
        assert ours is not None and theirs is not None
        for i, asset in enumerate(train.assets):
            mean, t = hac_mean(ours[:, i] - theirs[:, i])
            rows.append({"fitted to": name, "asset": asset, "minus GJR-GARCH": mean, "t": t})
    study.results.table("log score on assets never fitted to", rows)
    better = np.mean([row["minus GJR-GARCH"] >= 0 for row in rows])
    rule = "at least the mean log score of a GJR-GARCH fitted to each on 60 % of the assets never fitted to"
    study.results.claim(bool(better >= 0.6), rule, f"on {better:.0%}")


def opinion(study: Study, group: str, names: tuple[str, ...]) -> dict[str, Any]:
    """finval's reports of each model's 200 paths of 60 days on the later dates, and of as many earlier real windows."""
    from compare_finval import DAYS, second_opinion, windows_and_paths

    panel = study.panels[group]
    first, reports = len(panel.through(study.cut)) - 1, {}
    for name in names:
        real, drawn = windows_and_paths(study.model(group, name), panel.returns, first, study.seed)
        reports[name] = second_opinion(real, drawn, list(panel.assets))
    begins = np.linspace(0, first - DAYS, len(real)).astype(int)
    earlier = panel.returns[begins[:, None] + np.arange(DAYS)]
    reports["real-vs-real"] = second_opinion(real, earlier, list(panel.assets))
    return reports


def claim_10(study: Study) -> None:
    """finval's opinion of 200 paths of 60 days on later dates, beside the classical models and real windows."""
    from compare_finval import CLASSICAL
    from finval.core.thresholds import HARD_GATES

    for group in study.panels:
        reports = opinion(study, group, ("gan", *CLASSICAL))
        failed = {
            name: {gate for gate in HARD_GATES if gate in report.metrics and not report.metrics[gate].passed}
            for name, report in reports.items()
        }
        score = {name: report.overall_score for name, report in reports.items()}
        rows = [
            {"source": n, "finval": score[n], "gates failed": ", ".join(sorted(failed[n])) or "none"} for n in reports
        ]
        study.results.table(f"finval, {group}", rows, 3)
        study.results.claim(
            all(score["gan"] > score[n] for n in CLASSICAL),
            f"{group}: finval's score above every baseline's",
            f"{score['gan']:.3f}",
            {n: f"{s:.3f}" for n, s in score.items()},
        )
        more = sorted(failed["gan"] - failed["real-vs-real"])
        study.results.claim(
            not more, f"{group}: no hard gate failed that real-vs-real passes", ", ".join(more) or "none failed"
        )
