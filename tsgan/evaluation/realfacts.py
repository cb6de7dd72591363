"""The facts of the real series, and what the paths of a source make of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from tsgan.errors import PluginError
from tsgan.evaluation.bands import Band, Judgement, holm, is_present, judge, resampled
from tsgan.evaluation.bars import FEWEST
from tsgan.evaluation.facts import ALL_ASSETS, REGISTRY, VOLUME, Fact, facts_of
from tsgan.evaluation.protocol import Case
from tsgan.evaluation.rows import FactRow
from tsgan.reports.period import Period
from tsgan.stats.volatility import volume_volatility
from tsgan.threads import in_threads


@dataclass(frozen=True)
class RealFact:
    """A fact of the real series, which every source is judged by.

    Attributes:
        value: the statistic.
        bootstrap: its band over a stationary bootstrap of the series.
        present: whether the series shows the fact at all.
    """

    fact: Fact
    value: float
    bootstrap: Band
    present: bool

    @property
    def interval(self) -> Band:
        """The bootstrap's band around the value.  Of persistent volatility it holds the law's own value less often than
        95 %, because blocks cut its memory: it tells whether a fact is there, and no more."""
        return self.bootstrap.moved(self.value)

    def judge(self, paths: np.ndarray) -> Judgement:
        """(path, day, ...) paths of a source on this fact, not corrected for the other facts yet."""
        values = statistic_of(self.fact, paths)
        return judge(self.fact, self.value, values, self.bootstrap, self.present, paths.shape[1])


@dataclass(frozen=True)
class AssetFacts:
    """The facts of one asset, or of all assets together: on returns, and on bars where there are any."""

    asset: str
    returns: tuple[RealFact, ...]
    bars: tuple[RealFact, ...] = ()

    def judge(self, returns: np.ndarray, bars: np.ndarray | None = None) -> tuple[Judgement, ...]:
        """One source's paths on every fact, with Holm's correction over them: (path, day, ...) of returns, of bars.

        Facts of plug-ins are corrected among themselves: what is installed does not change what is said of ours.
        """
        judged = [fact.judge(returns) for fact in self.returns]
        if self.bars:
            assert bars is not None
            judged += [fact.judge(bars) for fact in self.bars]
        added = np.array([real.fact.name not in REGISTRY.own for real in (*self.returns, *self.bars)], bool)
        tails, corrected = np.array([judgement.tail_p for judgement in judged]), np.empty(len(judged))
        for family in (added, ~added):
            corrected[family] = holm(tails[family])
        return tuple(replace(j, holm_p=float(p)) for j, p in zip(judged, corrected, strict=True))

    def rows(self, judged: Mapping[str, tuple[Judgement, ...]], period: Period) -> list[FactRow]:
        """The rows of the scorecard, with the judgements of each source as :meth:`judge` gave them."""
        return [
            FactRow(
                asset=self.asset,
                fact=real.fact.name,
                group=real.fact.group,
                label=period.fill(real.fact.label),
                note=period.fill(real.fact.note),
                real=real.value,
                real_band=real.interval,
                present=real.present,
                judged={source: judgements[i] for source, judgements in judged.items()},
                cont=real.fact.cont,
            )
            for i, real in enumerate((*self.returns, *self.bars))
        ]


def real_facts(case: Case, seed: int) -> tuple[AssetFacts, ...]:
    """Those of every asset, then those of all together where there are several."""
    each = in_threads([partial(_of_asset, case, column, seed) for column in range(len(case.assets))])
    if len(case.assets) > 1:
        real = case.real[case.common]
        each.append(AssetFacts(ALL_ASSETS, _measured(facts_of("panel"), real, resampled(real, seed))))
    return tuple(each)


def known(values: np.ndarray) -> np.ndarray:
    """The finite ones of (day,)."""
    return np.ascontiguousarray(values[np.isfinite(values)])


def _of_asset(case: Case, column: int, seed: int) -> AssetFacts:
    """Fact 10 is among those of bars where these have volume."""
    real, asset = known(case.real[:, column]), case.assets[column]
    bars = None if case.bars is None else case.bars[with_bars(case.bars[:, column]), column]
    on_bars = () if bars is None or len(bars) < FEWEST else facts_of("bars")
    if bars is not None and not (bars[:, -1] > 0).any():
        on_bars = tuple(fact for fact in on_bars if fact.group != VOLUME)
    bar_facts = () if bars is None else _measured(on_bars, bars, resampled(bars, seed))
    traded = any(fact.name == VOLUME for fact in on_bars)
    on_returns = tuple(fact for fact in facts_of("asset") if not (traded and fact.name == VOLUME))
    return_facts = _measured(on_returns, real, resampled(real[:, None], seed)[..., 0])
    if case.volume is not None and not traded:
        volume = float(volume_volatility(real, case.volume[case.known[:, column], column]))
        return_facts = tuple(replace(f, value=volume) if f.fact.name == VOLUME else f for f in return_facts)
    return AssetFacts(asset, return_facts, bar_facts)


def statistic_of(fact: Fact, values: np.ndarray) -> np.ndarray:
    """The statistic of one series (day, ...) or of many (series, day, ...).

    Raises PluginError where that of a plug-in fails, or gives something else than a number a series.
    """
    if fact.name in REGISTRY.own:
        return fact.statistic(values)
    shape = values.shape[:-1] if fact.of == "asset" else values.shape[:-2]
    try:
        with np.errstate(all="ignore"):
            found = np.asarray(fact.statistic(values), np.float64)
    except Exception as error:  # whatever the plug-in's own code raises
        raise PluginError(f"the fact {fact.name!r} fails: {type(error).__name__}: {error}; {_MEND}") from error
    if found.shape != shape:
        raise PluginError(f"the fact {fact.name!r} has shape {found.shape} for {values.shape}, not {shape}; {_MEND}")
    return found


_MEND = "tsgan.testing.check_fact tells what to mend, or uninstall its plug-in"


def with_bars(bars: np.ndarray) -> np.ndarray:
    """(day,) where one asset (day, field) has a bar."""
    return np.asarray(np.isfinite(bars[:, :-1]).all(axis=1))


def _measured(facts: Sequence[Fact], real: np.ndarray, resamples: np.ndarray) -> tuple[RealFact, ...]:
    """Facts of a real series (day, ...), with the bands of its bootstrap (series, day, ...)."""
    found: dict[str, RealFact] = {}
    for fact in facts:
        value, bootstrap = float(statistic_of(fact, real)), Band.of(statistic_of(fact, resamples))
        needed = found.get(fact.needs) if fact.needs else None
        present = is_present(fact, bootstrap.moved(value)) and (needed is None or needed.present)
        found[fact.name] = RealFact(fact, value, bootstrap, present)
    return tuple(found.values())
