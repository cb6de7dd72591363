"""Everything measured on the paths of one source, beside the same for every other source."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import numpy as np

from tsgan.evaluation.bands import Band, holm, is_present, judge, resampled
from tsgan.evaluation.curves import Curves
from tsgan.evaluation.distances import distances
from tsgan.evaluation.facts import ALL_ASSETS, FACTS, JOINT_FACTS, VOLUME, Fact
from tsgan.evaluation.joint import joint_scores
from tsgan.evaluation.novelty import Novelty
from tsgan.evaluation.protocol import Case
from tsgan.evaluation.results import FactRow, ScoreRow
from tsgan.stats.portfolios import random_portfolios
from tsgan.stats.quantgans import HORIZONS, quantgans_scores, score_lags
from tsgan.stats.volatility import volume_volatility

REAL_VS_REAL = "real-vs-real"
T = TypeVar("T")


class Tables:
    """The tables of a scorecard, filled source by source; assets are worked on in parallel threads.

    Attributes:
        facts, scores, distances, joint, novelty, judges: the rows so far.
        curves: source -> what is drawn of it.
        lags: lags that the Quant GANs scores cover.
    """

    def __init__(self, case: Case, seed: int, full: bool) -> None:
        self.case, self.seed, self.full = case, seed, full
        spread = np.nanstd(case.train.moves, axis=0)
        self.scale = np.where(spread > 0, spread, 1.0)
        self.real, self.train = case.real[case.common], complete(case.train.moves)
        self.split, self.split_real = complete(case.split), complete(case.split_real)
        self.book = random_portfolios(len(case.assets), seed)
        self.train_novelty = Novelty(self.train, self.split, self.split_real, case.in_sample, seed)
        shortest = min(np.isfinite(part).sum(axis=0).min() for part in (case.real, case.split, case.split_real))
        self.lags = score_lags(int(shortest))
        # 2 * lags is the shortest series compared (or 500, and then all fit), so that all sources share columns.
        self.horizons = tuple(h for h in HORIZONS if h <= self.lags)
        self.curves = {"real": Curves.of(case.real[None], case.known)}
        self.scores: list[ScoreRow] = []
        self.distances: list[ScoreRow] = []
        self.joint: list[ScoreRow] = []
        self.novelty: list[ScoreRow] = []
        self.judges: list[ScoreRow] = []
        self.rows: list[tuple[FactRow, Fact, Band]] = []
        parts = _in_threads(lambda i: _real_rows(case, i, seed), len(case.assets))
        self.rows = [row for part in parts for row in part]
        if len(case.assets) > 1:
            self.rows += _fact_rows(ALL_ASSETS, JOINT_FACTS, self.real, resampled(self.real, seed))
        self.facts = tuple(row for row, *_ in self.rows)

    def add(self, source: str, generated: np.ndarray) -> None:
        """Judge (path, day, asset) paths of a source."""
        case = self.case
        by_asset = [[r for r in self.rows if r[0].asset == asset] for asset in (*case.assets, ALL_ASSETS)]

        def one(i: int) -> tuple[ScoreRow, ScoreRow]:
            paths = case.of_asset(i, generated)
            _judge_all(by_asset[i], source, paths)
            return self._scored(source, case.assets[i], known(case.real[:, i]), paths)

        self._keep(_in_threads(one, len(case.assets)))
        together = case.jointly(generated)
        _judge_all(by_asset[-1], source, together)
        self._panel_scores(source, self.real, together)
        self.novelty.append(ScoreRow(ALL_ASSETS, source, self.train_novelty.scores(together)))
        if self.full:
            self._trained_judges(source, self.real, self.train, together)
        self.curves[source] = Curves.of(generated, case.known)

    def add_real(self) -> None:
        """The noise floor: other real returns in the place of the generated ones."""
        case = self.case
        rows = _in_threads(
            lambda i: self._scored(
                REAL_VS_REAL, case.assets[i], known(case.split_real[:, i]), known(case.split[:, i])[None]
            ),
            len(case.assets),
        )
        self._keep(rows)
        self._panel_scores(REAL_VS_REAL, self.split_real, self.split[None])
        self.novelty.append(ScoreRow(ALL_ASSETS, REAL_VS_REAL, self.train_novelty.scores(None)))
        if self.full:
            self._trained_judges(REAL_VS_REAL, self.split_real, self.split, self.split[None])

    def _scored(self, source: str, asset: str, real: np.ndarray, generated: np.ndarray) -> tuple[ScoreRow, ScoreRow]:
        quantgans = quantgans_scores(real, generated, lags=self.lags, horizons=self.horizons)
        values, p_values = distances(real, generated, quantgans, self.horizons, self.seed)
        return ScoreRow(asset, source, quantgans), ScoreRow(asset, source, values, p_values)

    def _keep(self, rows: list[tuple[ScoreRow, ScoreRow]]) -> None:
        self.scores += [first for first, _ in rows]
        self.distances += [second for _, second in rows]

    def _panel_scores(self, source: str, real: np.ndarray, generated: np.ndarray) -> None:
        if len(self.case.assets) > 1:
            scores = joint_scores(real, generated, self.scale, self.book, self.seed)
            self.joint.append(ScoreRow(ALL_ASSETS, source, scores))

    def _trained_judges(self, source: str, real: np.ndarray, train: np.ndarray, generated: np.ndarray) -> None:
        from tsgan.evaluation.judges import judge_scores

        scores = judge_scores(real, train / 1.0, generated.astype(np.float64), self.seed)
        self.judges.append(ScoreRow(ALL_ASSETS, source, scores))


def _judge_all(rows: list[tuple[FactRow, Fact, Band]], source: str, paths: np.ndarray) -> None:
    """Judge one source on all facts of one asset, with Holm's correction over them."""
    days = paths.shape[1]
    judged = [judge(fact, row.real, fact.statistic(paths), band, row.present, days) for row, fact, band in rows]
    for (row, *_), judgement, p in zip(rows, judged, holm(np.array([j.tail_p for j in judged])), strict=True):
        row.judged[source] = replace(judgement, holm_p=float(p))  # type: ignore[index]


def known(values: np.ndarray) -> np.ndarray:
    """The finite ones of (day,)."""
    return np.ascontiguousarray(values[np.isfinite(values)])


def complete(returns: np.ndarray) -> np.ndarray:
    """The days of (day, asset) that are finite throughout."""
    return returns[np.isfinite(returns).all(axis=1)]


def _real_rows(case: Case, column: int, seed: int) -> list[tuple[FactRow, Fact, Band]]:
    real = known(case.real[:, column])
    rows = _fact_rows(case.assets[column], FACTS, real, resampled(real[:, None], seed)[..., 0])
    if case.volume is None:
        return rows
    volume = float(volume_volatility(real, case.volume[case.known[:, column], column]))
    return [(replace(row, real=volume) if fact.name == VOLUME else row, fact, band) for row, fact, band in rows]


def _fact_rows(
    asset: str, facts: tuple[Fact, ...], real: np.ndarray, resamples: np.ndarray
) -> list[tuple[FactRow, Fact, Band]]:
    """The real side of every row, with the fact and its bootstrap band; judgements are filled in later."""
    rows, present = [], {}
    for fact in facts:
        value, band = float(fact.statistic(real)), Band.of(fact.statistic(resamples))
        interval = band.moved(value)
        present[fact.name] = is_present(fact, interval) and present.get(fact.needs, True)
        row = FactRow(asset, fact.name, fact.group, fact.label, value, interval, present[fact.name], {}, fact.cont)
        rows.append((row, fact, band))
    return rows


def _in_threads(work: Callable[[int], T], count: int) -> list[T]:
    """``work(0)``, ``work(1)``, ...; numpy lets go of the interpreter lock in what takes the time."""
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 4)) as pool:
        return list(pool.map(work, range(count)))
