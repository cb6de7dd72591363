"""Everything measured on the paths of one source, beside the same for every other source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from tsgan.evaluation.bands import Band, holm, is_present, judge, resampled
from tsgan.evaluation.barfacts import BAR_FACTS, FEWEST
from tsgan.evaluation.curves import Curves
from tsgan.evaluation.distances import distances
from tsgan.evaluation.facts import ALL_ASSETS, FACTS, JOINT_FACTS, VOLUME, Fact
from tsgan.evaluation.joint import joint_scores
from tsgan.evaluation.novelty import Novelty
from tsgan.evaluation.protocol import Case
from tsgan.evaluation.results import FactRow, ScoreRow
from tsgan.evaluation.threads import in_threads
from tsgan.stats.portfolios import random_portfolios
from tsgan.stats.quantgans import HORIZONS, compare, score_lags, summarize
from tsgan.stats.volatility import volume_volatility

REAL_VS_REAL = "real-vs-real"
Rows = list[tuple[FactRow, Fact, Band]]
"""The real side of facts, with the band of its bootstrap."""


class Tables:
    """The tables of a scorecard, filled source by source; what is measured on each is worked on in parallel threads.

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
        fewest = min(map(len, (self.real, self.split, self.split_real)))
        self.book = random_portfolios(len(case.assets), seed, longest=fewest // 2)
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
        self.rows = in_threads([partial(_real_rows, case, i, seed) for i in range(len(case.assets))])
        self.joint_rows: Rows = []
        if len(case.assets) > 1:
            self.joint_rows = _fact_rows(ALL_ASSETS, JOINT_FACTS, self.real, resampled(self.real, seed))
        groups = [*(rows for both in self.rows for rows in both), self.joint_rows]
        self.facts = tuple(row for rows in groups for row, *_ in rows)

    def add(self, source: str, generated: np.ndarray, bars: np.ndarray | None = None) -> None:
        """Judge (path, day, asset) paths of a source, and their bars (path, day, asset, field)."""
        case = self.case

        def one(i: int) -> tuple[ScoreRow, ScoreRow]:
            paths, (rows, bar_rows) = case.of_asset(i, generated), self.rows[i]
            groups: list[tuple[Rows, np.ndarray]] = [(rows, paths)]
            if bar_rows:
                assert bars is not None and case.bars is not None
                groups.append((bar_rows, bars[:, _with_bars(case.bars[:, i]), i]))
            _judge_all(source, *groups)
            return self._scored(source, case.assets[i], known(case.real[:, i]), paths)

        together = case.jointly(generated)

        def of_all() -> None:
            _judge_all(source, (self.joint_rows, together))
            self.curves[source] = Curves.of(generated, case.known)

        self._measure(source, self.real, self.train, together, one, of_all)

    def add_real(self) -> None:
        """The noise floor: other real returns in the place of the generated ones."""
        case = self.case

        def one(i: int) -> tuple[ScoreRow, ScoreRow]:
            real, other = known(case.split_real[:, i]), known(case.split[:, i])
            return self._scored(REAL_VS_REAL, case.assets[i], real, other[None])

        self._measure(REAL_VS_REAL, self.split_real, self.split, self.split[None], one)

    def _measure(
        self,
        source: str,
        real: np.ndarray,
        train: np.ndarray,
        generated: np.ndarray,
        one: Callable[[int], tuple[ScoreRow, ScoreRow]],
        *more: Callable[[], None],
    ) -> None:
        """Fill the tables but for the facts: ``one`` asset at a time, its common days (day, asset) together."""
        jobs: list[Callable[[], Any]] = [lambda: self._novelty_of(source, generated), *more]
        if len(self.case.assets) > 1:
            jobs.insert(0, lambda: self._panel_scores(source, real, generated))
        if self.full:
            jobs.insert(0, lambda: self._trained_judges(source, real, train, generated))
        done = in_threads([*jobs, *(partial(one, i) for i in range(len(self.case.assets)))])[len(jobs) :]
        self.scores += [first for first, _ in done]
        self.distances += [second for _, second in done]

    def _scored(self, source: str, asset: str, real: np.ndarray, generated: np.ndarray) -> tuple[ScoreRow, ScoreRow]:
        summary = summarize(generated, self.lags, self.horizons)
        quantgans = compare(real, summary)
        values, p_values = distances(real, generated, summary, quantgans, self.seed)
        return ScoreRow(asset, source, quantgans), ScoreRow(asset, source, values, p_values)

    def _panel_scores(self, source: str, real: np.ndarray, generated: np.ndarray) -> None:
        scores = joint_scores(real, generated, self.scale, self.book, self.seed)
        self.joint.append(ScoreRow(ALL_ASSETS, source, scores))

    def _novelty_of(self, source: str, generated: np.ndarray) -> None:
        scores = self.train_novelty.scores(None if source == REAL_VS_REAL else generated)
        self.novelty.append(ScoreRow(ALL_ASSETS, source, scores))

    def _trained_judges(self, source: str, real: np.ndarray, train: np.ndarray, generated: np.ndarray) -> None:
        from tsgan.evaluation.judges import judge_scores

        scores = judge_scores(real, train / 1.0, generated.astype(np.float64), self.seed)
        self.judges.append(ScoreRow(ALL_ASSETS, source, scores))


def _judge_all(source: str, *groups: tuple[Rows, np.ndarray]) -> None:
    """Judge one source on all facts of one asset, with Holm's correction over them."""
    judged = [
        (row, judge(fact, row.real, fact.statistic(paths), band, row.present, paths.shape[1]))
        for rows, paths in groups
        for row, fact, band in rows
    ]
    for (row, judgement), p in zip(judged, holm(np.array([j.tail_p for _, j in judged])), strict=True):
        row.judged[source] = replace(judgement, holm_p=float(p))  # type: ignore[index]


def known(values: np.ndarray) -> np.ndarray:
    """The finite ones of (day,)."""
    return np.ascontiguousarray(values[np.isfinite(values)])


def complete(returns: np.ndarray) -> np.ndarray:
    """The days of (day, asset) that are finite throughout."""
    return returns[np.isfinite(returns).all(axis=1)]


def _real_rows(case: Case, column: int, seed: int) -> tuple[Rows, Rows]:
    """The rows of one asset on its returns, and those on its bars; fact 10 is among these where bars have volume."""
    real, asset = known(case.real[:, column]), case.assets[column]
    bars = None if case.bars is None else case.bars[_with_bars(case.bars[:, column]), column]
    facts = () if bars is None or len(bars) < FEWEST else BAR_FACTS
    if bars is not None and not (bars[:, -1] > 0).any():
        facts = tuple(fact for fact in facts if fact.group != BAR_FACTS[0].group)
    bar_rows = [] if bars is None else _fact_rows(asset, facts, bars, resampled(bars, seed))
    traded = any(fact.name == VOLUME for fact in facts)
    plain = tuple(fact for fact in FACTS if not (traded and fact.name == VOLUME))
    rows = _fact_rows(asset, plain, real, resampled(real[:, None], seed)[..., 0])
    if case.volume is None or traded:
        return rows, bar_rows
    volume = float(volume_volatility(real, case.volume[case.known[:, column], column]))
    rows = [(replace(row, real=volume) if fact.name == VOLUME else row, fact, band) for row, fact, band in rows]
    return rows, bar_rows


def _with_bars(bars: np.ndarray) -> np.ndarray:
    """(day,) where one asset (day, field) has a bar."""
    return np.asarray(np.isfinite(bars[:, :-1]).all(axis=1))


def _fact_rows(asset: str, facts: tuple[Fact, ...], real: np.ndarray, resamples: np.ndarray) -> Rows:
    """The real side of every row, with the fact and its bootstrap band; judgements are filled in later."""
    rows, present = [], {}
    for fact in facts:
        value, band = float(fact.statistic(real)), Band.of(fact.statistic(resamples))
        interval = band.moved(value)
        present[fact.name] = is_present(fact, interval) and present.get(fact.needs, True)
        row = FactRow(asset, fact.name, fact.group, fact.label, value, interval, present[fact.name], {}, fact.cont)
        rows.append((row, fact, band))
    return rows
