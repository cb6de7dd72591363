"""Claims 5 and 9: the risk of portfolios of 20 stocks over the three years after each cut, and their joint law."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from claim_tables.joint_law import in_parts
from study_results import Results

import tsgan
from tsgan.evaluation import JOINT_FACTS, Band, joint_scores, resampled
from tsgan.stats import Portfolios, aggregate, random_portfolios, relative_errors, var_es_by_level

CUTS = ("2004-12-31", "2007-12-31", "2009-12-31", "2011-12-31", "2014-11-30")
VINTAGES = ("2004-12-31", "2009-12-31", "2014-12-31")
"""Ends of vintages, where the joint law is judged."""
DAYS, PATHS = 756, 100
RIVALS = {"iid-bootstrap": "historical simulation", "fhs": "FHS", "gjr-garch": "GJR-GARCH", "dcc-garch": "DCC-GARCH"}
MODELS = {"base": "base", "gan": "refined", **RIVALS, "stationary-bootstrap": "stationary bootstrap"}
RISKS = ("VaR 95", "ES 95", "VaR 99", "ES 99", "VaR 95, 10 days", "ES 95, 10 days")
BANDED = {"correlation": "correlation", "stress_correlation": "crisis correlation", "lower_tail": "lower tail"}


class Drawn(NamedTuple):
    """Later days of a panel, and what models made of them at the cut.

    Attributes:
        train: (day, asset) returns up to the cut; real: after it.
        paths: name of the model -> (path, day, asset).
    """

    train: np.ndarray
    real: np.ndarray
    paths: dict[str, np.ndarray]


def drawn_after(panel: tsgan.Panel, cut: str, seed: int = 0) -> Drawn:
    """Free runs of every model from the cut on, over as many days as are judged."""
    past = panel.through(cut)
    real = panel.moves[len(past.moves) :][:DAYS]
    paths = {name: tsgan.fit(past, name, seed=seed).sample(PATHS, len(real), seed=seed).moves for name in MODELS}
    return Drawn(past.moves, real, paths)


def risks(returns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(path, day, asset) -> (portfolio, risk), paths pooled: VaR and ES of a day, and of ten days at 95 %."""
    profit = np.moveaxis(returns @ weights.T.astype(returns.dtype), -1, 0)  # (portfolio, path, day)
    tens = aggregate(profit, 10).reshape(len(weights), -1)
    days = [var_es_by_level(each).ravel() for each in profit.reshape(len(weights), -1)]
    sums = [var_es_by_level(each, (0.95,)).ravel() for each in tens]
    return np.concatenate([days, sums], axis=1)


def portfolio_risk(panel: tsgan.Panel, results: Results, drawn: dict[str, Drawn]) -> None:
    """Claim 5."""
    results.heading = "5. Portfolios"
    assets = len(panel.assets)
    books = {"200 portfolios": static(assets, seed=0).weights, "the stocks themselves": np.eye(assets)}
    rows: list[dict[str, Any]] = []
    for cut in CUTS:
        drawn[cut] = drawn.get(cut) or drawn_after(panel, cut)
        scale = drawn[cut].train.std(axis=0)
        for book, weights in books.items():
            real = risks(drawn[cut].real[None] / scale, weights)
            for name, paths in drawn[cut].paths.items():
                error = relative_errors(real, risks(paths / scale, weights))
                rows.append({"cut": cut, "of": book, "model": MODELS[name]} | dict(zip(RISKS, error, strict=True)))
        print(f"cut {cut}", flush=True)
    table = pd.DataFrame(rows)
    results.table("Relative error of value at risk and expected shortfall over three years", table)
    mean: Any = table.groupby(["of", "model"], sort=False)[list(RISKS)].mean()
    results.table("Mean over the cuts", mean.reset_index())
    for book in books:
        of_book = mean.loc[book]
        for name in ("base", "refined"):
            ours, theirs = of_book.loc[name], of_book.loc[list(RIVALS.values())]
            lost = [risk for risk in RISKS if ours[risk] >= theirs[risk].min()]
            figure = "; ".join(
                f"{risk} {ours[risk]:.3f}, {theirs[risk].idxmin()} {theirs[risk].min():.3f}" for risk in RISKS
            )
            rule = f"{name}, {book}: error of each below historical simulation's, FHS's, GJR-GARCH's and DCC-GARCH's"
            results.claim(not lost, rule, figure)


def static(assets: int, seed: int, count: int = 200) -> Portfolios:
    """Half of them long only, half long and short."""
    book = random_portfolios(assets, seed, count * 5 // 4)
    return Portfolios(book.weights, book.lookbacks[:0], book.signs[:0])


def joint_law(panel: tsgan.Panel, results: Results, drawn: dict[str, Drawn]) -> None:
    """Claim 9."""
    results.heading = "9. Joint law"
    facts = {fact.name: fact for fact in JOINT_FACTS if fact.name in BANDED}
    rows: list[dict[str, Any]] = []
    for cut in VINTAGES:
        found = drawn[cut] = drawn.get(cut) or drawn_after(panel, cut)
        book, again = static(len(panel.assets), seed=0), resampled(found.real, 0)
        real = {name: float(fact.statistic(found.real)) for name, fact in facts.items()}
        bands = {name: Band.of(in_parts(fact, again)).moved(real[name]) for name, fact in facts.items()}
        for model, paths in found.paths.items():
            error = joint_scores(found.real, paths, found.train.std(axis=0), book, 0)
            row: dict[str, Any] = {"cut": cut, "model": MODELS[model]}
            for name, fact in facts.items():
                value = float(np.median(in_parts(fact, paths)))
                row |= {BANDED[name]: value, f"{BANDED[name]} in band": value in bands[name]}
                row |= {f"{BANDED[name]} error": error[name]}
            rows.append(row)
        told = {f"{BANDED[name]} in band": f"{band.low:.3f} to {band.high:.3f}" for name, band in bands.items()}
        rows.append({"cut": cut, "model": "the market"} | {BANDED[n]: v for n, v in real.items()} | told)
    table = pd.DataFrame(rows)
    results.table("Joint law of 20 stocks over the three years after a vintage", table)
    for name in ("base", "refined"):
        ours, historical = (table[table.model == model].set_index("cut") for model in (name, "historical simulation"))
        for what in BANDED.values():
            inside = all(ours[f"{what} in band"])
            figure = ", ".join(f"{cut[:4]}: {ours[what][cut]:.3f} ({told_band(table, cut, what)})" for cut in VINTAGES)
            results.claim(inside, f"{name}: {what} inside the band of the later days at each vintage", figure)
            column = f"{what} error"
            figure = ", ".join(f"{cut[:4]}: {ours[column][cut]:.3f}, {historical[column][cut]:.3f}" for cut in VINTAGES)
            rule = f"{name}: error of {what} below historical simulation's at each vintage"
            results.claim(bool((ours[column] < historical[column]).all()), rule, figure)


def told_band(table: Any, cut: str, what: str) -> str:
    """The band of the market's row."""
    row = table[(table.cut == cut) & (table.model == "the market")]
    return str(row[f"{what} in band"].iloc[0])
