"""Would a strategy have survived other histories, or did it fit the one that happened?"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from tsgan.applications.robustness.result import Robustness
from tsgan.applications.robustness.strategy import BATCH, Strategy, Variants, as_strategy, variants_of, with_variants
from tsgan.applications.robustness.track import (
    Figures,
    Rules,
    bought_and_held,
    check_foresight,
    decide,
    figures,
    follow,
)
from tsgan.cluster.parts import reader
from tsgan.data.calendars import period_of
from tsgan.data.join import Join
from tsgan.data.load import Source as Prices
from tsgan.data.load import load_as
from tsgan.data.panel import Panel
from tsgan.errors import ConfigError, DataError, ScenarioError
from tsgan.notebook import shows_progress
from tsgan.reports.doubts import doubts
from tsgan.reports.period import Period
from tsgan.scenarios.chunks import Source, chunks_of
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.streaming import Part, parts_of
from tsgan.scenarios.worth import Weights, Worth
from tsgan.stats import overfitting

LOOKBACK = 252
BLOCKS = 16
MOST_COST = 0.1
"""Of a trade, from which on percent are meant."""
FEWEST_DAYS = 60
"""Real days, after the lookback, that a study needs."""


@shows_progress
def robustness(
    strategy: str | Callable[..., Any] | Strategy,
    scenarios: Source,
    prices: Prices,
    *,
    variants: Variants = (),
    lookback: int = LOOKBACK,
    cost: float = 0.0,
    assets: Sequence[str] | None = None,
    blocks: int = BLOCKS,
    join: Join | str | None = None,
    cluster: str | Any | None = None,
    progress: Callable[[str], None] | None = None,
) -> Robustness:
    """Run a strategy over the real and the generated histories, and judge the choice among its variants.

    Args:
        strategy: a function ``f(prices, **parameters)``, where ``prices`` are (day, asset) closes, today's last, and
            which returns (asset,) weights; ``module:function`` or ``file.py:function``; or the name of an example in
            :mod:`tsgan.applications.robustness.strategies`.
        scenarios: Scenarios, chunks of one job, or a table or folder of them; chunks are read one at a time.
        prices: real prices of the same tickers, as ``tsgan.load_prices`` takes them; read with the paths' kinds.
        variants: every parameter that was tried: ``{"fast": [5, 20], "slow": [50, 200]}`` for all combinations, a list
            of ``{"fast": 5, "slow": 50}``, or a JSON file of either.
        lookback, cost, assets, blocks, progress: as in :func:`study`.
        join: dates that all assets have (``inner``) or that any has (``outer``), as in ``tsgan.load_prices``.
        cluster: workers that follow the strategy along the paths, part by part, as for :func:`tsgan.sample_on_cluster`;
            they need the modules that its own imports.

    Raises:
        StrategyError: a strategy that cannot be loaded, fails, remembers, or looks ahead.
        ConfigError: variants, a lookback, a cost or a number of blocks that make no sense.
        ScenarioError: scenarios that cannot be read, or without the tickers.
        DataError: prices that cannot be used, have gaps or are too short.
    """
    tried = with_variants(as_strategy(strategy), variants_of(variants))
    first, chunks = chunks_of(scenarios)
    if not isinstance(prices, Panel) or join is not None:
        prices = load_as(prices, first.space, join=join)
    return study(
        tried,
        chunks,
        prices,
        assets=assets,
        lookback=lookback,
        cost=cost,
        blocks=blocks,
        parts=None if cluster is None else Parts(cluster, _parts_of(scenarios)),
        progress=progress,
    )


class Parts(NamedTuple):
    """The parts of the paths, and the cluster whose workers follow strategies along them."""

    cluster: str | Any
    parts: Sequence[Part]


def _parts_of(scenarios: Source) -> list[Part]:
    if not isinstance(scenarios, Scenarios | str | os.PathLike):
        raise ConfigError(
            "the workers of a cluster read paths themselves; give a folder, an address or a table of them"
        )
    return parts_of(scenarios)


@shows_progress
def study(
    variants: Sequence[Strategy],
    scenarios: Scenarios | Iterable[Scenarios],
    panel: Panel,
    *,
    assets: Sequence[str] | None = None,
    lookback: int = LOOKBACK,
    cost: float = 0.0,
    blocks: int = BLOCKS,
    parts: Parts | None = None,
    progress: Callable[[str], None] | None = None,
) -> Robustness:
    """Run every variant over the real history and over every path, decided anew at each close.

    Paths are preceded by the real days before their start, scaled to their start prices, so that strategies have
    ``lookback`` days to look at from the first day on; real histories are treated alike.

    Args:
        variants: of one strategy; at least one.
        scenarios: Scenarios, or chunks of one job, one of which is held in memory at a time.
        panel: real prices of the same tickers.
        assets: the tickers that strategies are shown; all of the paths' by default.
        lookback: days before today that a strategy is shown.
        cost: of a trade, as a fraction of its value.
        blocks: of the cross-validation, an even number.
        parts: the same paths for the workers of a cluster; None follows the strategies here.
        progress: called with one plain sentence as things go; a notebook shows them by itself.

    Raises:
        StrategyError: for strategies that fail, remember, or look ahead.
        DataError: prices that lack the tickers, have gaps or are too short.
        ConfigError: a lookback, a cost or a number of blocks that makes no sense.
    """
    if cost >= MOST_COST:
        raise ConfigError(
            f"a cost of {cost:g} is {cost:.0%} of the value of every trade; it is a fraction, and ten basis points "
            f"(0.1 %) are 0.001"
        )
    if lookback < 1 or not 0 <= cost or blocks < 2 or blocks % 2 or blocks > 20:
        raise ConfigError(
            f"give a lookback of at least 1 day, a cost of at least 0 and an even number of 2 to 20 blocks, not "
            f"{lookback}, {cost:g} and {blocks}"
        )
    tell = progress or (lambda _: None)
    first, chunks = chunks_of(scenarios)
    shown = tuple(assets) if assets else first.assets
    absent = [asset for asset in shown if asset not in first.assets]
    if absent:
        raise ScenarioError(f"the paths have {', '.join(first.assets)}: no {', '.join(absent)}")
    panel = panel.select(shown)
    columns = [first.assets.index(asset) for asset in shown]
    priced = np.array([first.kinds[c] == "price" for c in columns])
    rules = Rules(lookback, cost, panel.periods_per_year, shown, priced)
    days, starts, same = _windows(panel, first, lookback)

    period = Period.of(period_of(panel.periods_per_year))
    tell(f"{len(panel) - 1 - lookback:,} real {period.many}")
    history = panel.prices[None]
    where = _dated("the real prices", panel.dates[lookback:])
    prepared, tracks = [], []
    for variant in variants:
        probes = np.linspace(lookback, len(panel) - 2, 6).astype(int)
        windows = np.stack([panel.prices[end - lookback : end + 1] for end in probes])
        strategy = variant.prepared(windows, lambda i, probes=probes: where(0, int(probes[i]) - lookback))
        weights = decide(strategy, history, rules, where)
        check_foresight(strategy, weights, history, rules, where)
        tracks.append(follow(weights, history, rules))
        prepared.append(strategy)
    real = np.column_stack([track.returns[0] for track in tracks])
    each = [figures(track, rules.periods) for track in tracks]
    whole = Figures(*(np.concatenate(parts) for parts in zip(*each, strict=True)))
    chosen = int(whole.sharpe.argmax())
    distinct = overfitting.distinct(real)
    enough = len(distinct) > 1 and len(real) >= 4 * blocks

    cut = np.stack([panel.prices[s - lookback : s + days + 1] for s in starts])
    placed = _dated("the real prices", panel.dates[starts[:, None] + np.arange(days)])
    windowed = figures(follow(decide(prepared[chosen], cut, rules, placed), cut, rules), rules.periods)

    if not all(strategy.batched for strategy in prepared):
        tell(f"the strategy takes one history at a time, so it is called once a path and {period.one}; this is slow")
    past = _past(panel, first, columns, priced, lookback)
    held = _held(history, rules)
    followed = Followed(prepared, columns, past, days, rules)
    found, holding, masses, total = [], [], [], 0
    for of_variants, of_holding, weights in _on_workers(parts, followed) if parts else followed.along(chunks):
        found.append(of_variants)
        holding.append(of_holding)
        masses.append(weights)
        total += len(of_holding.sharpe)
        tell(f"{total:,} paths")
    weights = None if masses[0] is None else np.concatenate(masses)
    return Robustness(
        warnings=doubts(first.provenance.get("warnings", ()), panel.warnings),
        variants=tuple(prepared),
        chosen=chosen,
        assets=shown,
        model=str(first.provenance.get("model") or "paths of unknown origin"),
        start=str(first.dates[0].astype("datetime64[D]")),
        rules=rules,
        days=days,
        worth=Worth.of(Weights(total, weights, first.provenance, first.first_path)),
        first_path=first.first_path,
        dates=panel.dates[lookback + 1 :],
        real=real,
        whole=whole,
        windows=tuple((str(panel.dates[s]), str(panel.dates[s + days])) for s in starts),
        windowed=windowed,
        headline=int(np.argmax(starts == same)) if same is not None else len(starts) - 1,
        same_dates=same is not None,
        paths=Figures(*(np.concatenate(parts, axis=1) for parts in zip(*found, strict=True))),
        deflated=overfitting.deflated_sharpe(real),
        overfitting=overfitting.probability_of_overfitting(real[:, distinct], blocks) if enough else None,
        distinct=distinct,
        holding=Figures(*(np.concatenate(parts) for parts in zip(*holding, strict=True))),
        held=_held(cut, rules),
        held_whole=held,
        model_hash=str(first.provenance.get("model_hash") or ""),
        data_hash=panel.data_hash,
    )


def _held(histories: np.ndarray, rules: Rules) -> Figures:
    """Figures of buying equal parts of all that can be held at the first close and keeping them, at the same costs."""
    return figures(follow(bought_and_held(histories, rules), histories, rules), rules.periods)


class Outcome(NamedTuple):
    """Figures (variant, path) of every variant on some paths, (path,) of buying and holding, and the paths' weights."""

    variants: Figures
    holding: Figures
    weights: np.ndarray | None


@dataclass(frozen=True)
class Followed:
    """Strategies, and how they are followed along paths: what :func:`_on_paths` needs beside them."""

    variants: Sequence[Strategy]
    columns: list[int]
    past: np.ndarray
    days: int
    rules: Rules

    def along(self, chunks: Iterable[Scenarios]) -> Iterator[Outcome]:
        """What comes of them, some paths at a time."""
        for chunk in _pieces(chunks, self.rules.lookback + self.days, len(self.rules.tickers)):
            found = _on_paths(self.variants, chunk, self.columns, self.past, self.days, self.rules)
            yield Outcome(*found, chunk.weights)


def _of_part(number: int, parts: Sequence[Part], followed: Followed) -> list[Outcome]:
    return list(followed.along(parts[number].pieces()))


def _on_workers(given: Parts, followed: Followed) -> Iterator[Outcome]:
    """What comes of strategies along all parts, in the order of the paths."""
    functions = [strategy.function for strategy in followed.variants]
    with reader(given.cluster, given.parts, followed, functions) as of_parts:
        waiting: dict[int, list[Outcome]] = {}
        following = 0
        for number, outcomes in of_parts.each(_of_part):
            waiting[number] = outcomes
            while following in waiting:
                yield from waiting.pop(following)
                following += 1


def _on_paths(
    variants: Sequence[Strategy], chunk: Scenarios, columns: list[int], past: np.ndarray, days: int, rules: Rules
) -> tuple[Figures, Figures]:
    """Figures (variant, path) of every variant on the paths of a chunk, and (path,) of buying and holding."""
    closes = chunk.prices[:, : days + 1, columns]
    histories = np.concatenate([np.broadcast_to(past, (len(closes), *past.shape)), closes], axis=1)
    dates = chunk.dates.astype("datetime64[D]")

    def where(path: int, day: int) -> str:
        return f"path {chunk.first_path + path}, {dates[day]}"

    each = [figures(follow(decide(v, histories, rules, where), histories, rules), rules.periods) for v in variants]
    return Figures(*(np.stack(parts) for parts in zip(*each, strict=True))), _held(histories, rules)


def _windows(panel: Panel, paths: Scenarios, lookback: int) -> tuple[int, np.ndarray, int | None]:
    """Days a history, the rows of the panel on which real ones of so many days start, and the row on which the paths
    do, where the panel goes on for as long as they."""
    if not panel.complete:
        gaps = ", ".join(a for a, c in zip(panel.assets, panel.prices.T, strict=True) if np.isnan(c).any())
        raise DataError(f"the prices of {gaps} have gaps; give --join inner to keep the dates that all assets have")
    last = len(panel) - 1
    if last - lookback < FEWEST_DAYS:
        raise DataError(
            f"{len(panel)} prices leave {max(last - lookback, 0)} days after a lookback of {lookback}; at least "
            f"{FEWEST_DAYS} are needed: give longer prices or a smaller --lookback"
        )
    days = min(paths.horizon, last - lookback)
    if days < 2:
        raise ScenarioError("the paths have one day only; a strategy needs more to be judged")
    start = int(np.searchsorted(panel.dates, paths.dates[0].astype("datetime64[D]")))
    same = start <= last and panel.dates[start] == paths.dates[0] and lookback <= start <= last - days
    anchor = start if same else last - days
    rows = np.arange(lookback + (anchor - lookback) % days, last - days + 1, days)
    return days, rows, anchor if same else None


def _past(panel: Panel, paths: Scenarios, columns: list[int], priced: np.ndarray, lookback: int) -> np.ndarray:
    """The real prices (lookback, asset) before the start of the paths, moved to their start prices."""
    before = panel.dates < paths.dates[0]
    if before.sum() < lookback:
        raise DataError(
            f"the paths start on {paths.dates[0]}, and the prices hold {before.sum()} days before that; a lookback of "
            f"{lookback} needs as many: give longer prices or a smaller --lookback"
        )
    end = panel.prices[panel.dates <= paths.dates[0]][-1]
    start, past = paths.start_prices[columns], panel.prices[before][-lookback:]
    return np.where(priced, past * (start / np.where(priced, end, 1.0)), past + (start - end))


def _pieces(chunks: Iterable[Scenarios], days: int, assets: int) -> Iterator[Scenarios]:
    """The same paths in pieces of a few megabytes of prices, their weights as they are."""
    step = max(1, BATCH // (days * assets))
    for chunk in chunks:
        for first in range(0, chunk.n_paths, step):
            weights = None if chunk.weights is None else chunk.weights[first : first + step]
            yield replace(chunk[first : first + step], weights=weights)


def _dated(what: str, dates: np.ndarray) -> Callable[[int, int], str]:
    """Words for a history and day: dates (day,) or (history, day)."""
    return lambda history, day: f"{np.atleast_2d(dates)[history, day]} of {what}"
