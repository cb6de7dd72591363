"""Everything measured on the paths of one source: a pure function of the case, the source and its paths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from tsgan.evaluation.bands import Judgement
from tsgan.evaluation.curves import Curves
from tsgan.evaluation.distances import distances
from tsgan.evaluation.facts import ALL_ASSETS
from tsgan.evaluation.joint import joint_scores
from tsgan.evaluation.novelty import Novelty
from tsgan.evaluation.protocol import Case, Paths
from tsgan.evaluation.realfacts import AssetFacts, known, real_facts, with_bars
from tsgan.evaluation.rows import ScoreRow
from tsgan.stats.portfolios import Portfolios, random_portfolios
from tsgan.stats.quantgans import HORIZONS, compare, score_lags, summarize
from tsgan.threads import in_threads

REAL_VS_REAL = "real-vs-real"


@dataclass(frozen=True, eq=False)
class Yardstick:
    """What every source of a case is measured by.  Made by :meth:`of`.

    Attributes:
        seed: of all randomness.
        full: whether judges are trained too.
        facts: of the real series: one entry an asset, and one of all together where there are several.
        scale: (asset,) volatility in training.
        real, train, split, split_real: (day, asset) of the case, on the days common to all assets.
        book: portfolios whose risk is compared.
        novelty: what paths have to be new against.
        lags, horizons: that the Quant GANs scores cover.
    """

    case: Case
    seed: int
    full: bool
    facts: tuple[AssetFacts, ...]
    scale: np.ndarray
    real: np.ndarray
    train: np.ndarray
    split: np.ndarray
    split_real: np.ndarray
    book: Portfolios
    novelty: Novelty
    lags: int
    horizons: tuple[int, ...]

    @classmethod
    def of(cls, case: Case, seed: int, full: bool = False) -> Yardstick:
        spread = np.nanstd(case.train.moves, axis=0)
        real, train = case.real[case.common], complete(case.train.moves)
        split, split_real = complete(case.split), complete(case.split_real)
        shortest = min(np.isfinite(part).sum(axis=0).min() for part in (case.real, case.split, case.split_real))
        lags = score_lags(int(shortest))
        return cls(
            case=case,
            seed=seed,
            full=full,
            facts=real_facts(case, seed),
            scale=np.where(spread > 0, spread, 1.0),
            real=real,
            train=train,
            split=split,
            split_real=split_real,
            book=random_portfolios(len(case.assets), seed, longest=min(map(len, (real, split, split_real))) // 2),
            novelty=Novelty(train, split, split_real, case.in_sample, seed),
            lags=lags,
            # 2 * lags is the shortest series compared (or 500, and then all fit), so that all sources share columns.
            horizons=tuple(h for h in HORIZONS if h <= lags),
        )


@dataclass(frozen=True, eq=False)
class SourceMeasurements:
    """What was measured on the paths of one source.

    Attributes:
        judgements: one tuple an entry of :attr:`Yardstick.facts`, one judgement a fact; none of real-vs-real.
        scores: Quant GANs scores, one row an asset.
        distances: further distances, likewise.
        joint: errors of the joint law; None for one asset.
        novelty: nearest-neighbour distances.
        judges: scores of trained judges; None unless asked for.
        curves: what is drawn; None of real-vs-real.
    """

    source: str
    judgements: tuple[tuple[Judgement, ...], ...]
    scores: tuple[ScoreRow, ...]
    distances: tuple[ScoreRow, ...]
    joint: ScoreRow | None
    novelty: ScoreRow
    judges: ScoreRow | None
    curves: Curves | None


def measure(yardstick: Yardstick, source: str, paths: Paths) -> SourceMeasurements:
    """The paths of a model, or finished ones, beside the real series."""
    case, together = yardstick.case, yardstick.case.jointly(paths.moves)
    jobs: list[Callable[[], Any]] = [
        partial(_trained_judges, yardstick, yardstick.real, yardstick.train, together),
        partial(_joint, yardstick, yardstick.real, together),
        partial(yardstick.novelty.scores, together),
        partial(_judged_together, yardstick, together),
        partial(Curves.of, paths.moves, case.known),
    ]
    jobs += [partial(_of_asset, yardstick, column, paths) for column in range(len(case.assets))]
    judges, joint, novelty, all_together, curves, *each = in_threads(jobs)
    judged, scored = [first for first, _ in each], [second for _, second in each]
    return _assembled(yardstick, source, (*judged, *all_together), scored, joint, novelty, judges, curves)


def measure_real(yardstick: Yardstick) -> SourceMeasurements:
    """The noise floor: other real returns in the place of generated ones."""
    real, other = yardstick.split_real, yardstick.split
    jobs: list[Callable[[], Any]] = [
        partial(_trained_judges, yardstick, real, other, other[None]),
        partial(_joint, yardstick, real, other[None]),
        partial(yardstick.novelty.scores, None),
    ]
    jobs += [partial(_real_of_asset, yardstick, column) for column in range(len(yardstick.case.assets))]
    judges, joint, novelty, *scored = in_threads(jobs)
    return _assembled(yardstick, REAL_VS_REAL, (), scored, joint, novelty, judges, None)


def complete(returns: np.ndarray) -> np.ndarray:
    """The days of (day, asset) that are finite throughout."""
    return returns[np.isfinite(returns).all(axis=1)]


Scores = dict[str, float]


def _assembled(
    yardstick: Yardstick,
    source: str,
    judgements: tuple[tuple[Judgement, ...], ...],
    scored: list[tuple[Scores, Scores, Scores]],
    joint: Scores | None,
    novelty: Scores,
    judges: Scores | None,
    curves: Curves | None,
) -> SourceMeasurements:
    assets = yardstick.case.assets
    return SourceMeasurements(
        source=source,
        judgements=judgements,
        scores=tuple(ScoreRow(asset, source, own[0]) for asset, own in zip(assets, scored, strict=True)),
        distances=tuple(ScoreRow(asset, source, *own[1:]) for asset, own in zip(assets, scored, strict=True)),
        joint=None if joint is None else ScoreRow(ALL_ASSETS, source, joint),
        novelty=ScoreRow(ALL_ASSETS, source, novelty),
        judges=None if judges is None else ScoreRow(ALL_ASSETS, source, judges),
        curves=curves,
    )


def _of_asset(
    yardstick: Yardstick, column: int, paths: Paths
) -> tuple[tuple[Judgement, ...], tuple[Scores, Scores, Scores]]:
    """The facts and the scores of one asset."""
    case, facts = yardstick.case, yardstick.facts[column]
    own = case.of_asset(column, paths.moves)
    bars = None
    if facts.bars:
        assert paths.bars is not None and case.bars is not None
        bars = paths.bars[:, with_bars(case.bars[:, column]), column]
    return facts.judge(own, bars), _scored(yardstick, known(case.real[:, column]), own)


def _real_of_asset(yardstick: Yardstick, column: int) -> tuple[Scores, Scores, Scores]:
    case = yardstick.case
    return _scored(yardstick, known(case.split_real[:, column]), known(case.split[:, column])[None])


def _scored(yardstick: Yardstick, real: np.ndarray, generated: np.ndarray) -> tuple[Scores, Scores, Scores]:
    """Quant GANs scores of one asset, further distances, and p-values of these: (day,) beside (path, day)."""
    summary = summarize(generated, yardstick.lags, yardstick.horizons)
    quantgans = compare(real, summary)
    return quantgans, *distances(real, generated, summary, quantgans, yardstick.seed)


def _judged_together(yardstick: Yardstick, together: np.ndarray) -> tuple[tuple[Judgement, ...], ...]:
    """The facts of all assets together, if there are several."""
    return tuple(facts.judge(together) for facts in yardstick.facts[len(yardstick.case.assets) :])


def _joint(yardstick: Yardstick, real: np.ndarray, generated: np.ndarray) -> Scores | None:
    if len(yardstick.case.assets) == 1:
        return None
    return joint_scores(real, generated, yardstick.scale, yardstick.book, yardstick.seed)


def _trained_judges(yardstick: Yardstick, real: np.ndarray, train: np.ndarray, generated: np.ndarray) -> Scores | None:
    if not yardstick.full:
        return None
    from tsgan.evaluation.trained_judges import judge_scores

    return judge_scores(real, train / 1.0, generated.astype(np.float64), yardstick.seed)
