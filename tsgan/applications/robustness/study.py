"""Would a strategy have survived other histories, or did it fit the one that happened?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np

from tsgan.applications.robustness.strategy import BATCH, Strategy
from tsgan.applications.robustness.track import Figures, Rules, check_foresight, decide, figures, follow
from tsgan.data.panel import Panel
from tsgan.errors import ConfigError, DataError, ScenarioError
from tsgan.notebook import told
from tsgan.scenarios.scenarios import Scenarios
from tsgan.stats import overfitting, weighted
from tsgan.stats.overfitting import Deflated, Overfitting

LOOKBACK = 252
BLOCKS = 16
FEWEST_DAYS = 60
"""Real days, after the lookback, that a study needs."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
OVERFITTED, UNPROVEN, HOLDS = "overfitted", "unproven", "holds"
CUSTOMARY = 0.05
"""Level of both tests: a chance of overfitting above it, or a deflated Sharpe ratio below 1 minus it, is too much."""

Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Robustness:
    """What a strategy did on the real and on the generated histories.  Made by :func:`study`.

    Attributes:
        variants: the strategy with each of its parameters.
        chosen: the variant with the best Sharpe ratio on the whole real history, which somebody would trade.
        assets, model, start: of the generated histories.
        rules: how strategies are traded.
        days: of a generated history, and of each real one beside it.
        weights: (path,) or None.
        first_path: number of the first path.
        dates: (day,) of ``real``.
        real: (day, variant) returns on the whole real history.
        whole: figures of it, (variant,) each.
        windows: first and last date of each real history of ``days`` days, in order.
        windowed: their figures, (window,) each, of the chosen variant.
        headline: the window that is compared first: that on the dates of the paths where there is one, else the last.
        same_dates: whether that is the one on the dates of the paths.
        paths: figures (variant, path) on the generated histories.
        deflated: of the best variant.
        overfitting: over the variants that differ, or None where fewer than two do.
        distinct: indices of those.
    """

    variants: tuple[Strategy, ...]
    chosen: int
    assets: tuple[str, ...]
    model: str
    start: str
    rules: Rules
    days: int
    weights: np.ndarray | None
    first_path: int
    dates: np.ndarray = field(repr=False)
    real: np.ndarray = field(repr=False)
    whole: Figures = field(repr=False)
    windows: tuple[tuple[str, str], ...] = field(repr=False)
    windowed: Figures = field(repr=False)
    headline: int = -1
    same_dates: bool = False
    paths: Figures = field(repr=False, kw_only=True)
    deflated: Deflated = field(kw_only=True)
    overfitting: Overfitting | None = field(repr=False, kw_only=True)
    distinct: np.ndarray = field(repr=False, kw_only=True)

    @property
    def strategy(self) -> Strategy:
        """The chosen variant."""
        return self.variants[self.chosen]

    @property
    def n_paths(self) -> int:
        return self.paths.sharpe.shape[1]

    @property
    def verdict(self) -> str:
        """``overfitted``: the choice among the variants explains what the best one earned.  ``unproven``: it is not
        distinguishable from luck.  ``holds``: neither test objects."""
        if self.deflated.probability >= 1 - CUSTOMARY:
            return HOLDS
        picked = self.overfitting is not None and self.overfitting.probability > CUSTOMARY
        return OVERFITTED if picked else UNPROVEN

    def place(self, name: str, value: float, variant: int | None = None) -> float:
        """Share of the paths with a lower figure ``name`` than ``value``, equal ones counted half."""
        values = getattr(self.paths, name)[self.chosen if variant is None else variant]
        w = weighted.normalized(self.weights, len(values))
        return float(w @ (values < value) + w @ (values == value) / 2)

    def rows(self) -> list[Row]:
        """One row a figure of the chosen variant: ``figure, real, place, mean``, then ``0.05`` and so on."""
        rows = []
        for name in Figures._fields:
            values = getattr(self.paths, name)[self.chosen]
            real = float(getattr(self.windowed, name)[self.headline])
            row: Row = {"figure": name, "real": real, "place": self.place(name, real)}
            row["mean"] = weighted.mean(values, self.weights).value
            quantiles = weighted.quantiles(values, list(QUANTILES), self.weights)
            rows.append(row | {f"{q:g}": float(v) for q, v in zip(QUANTILES, quantiles, strict=True)})
        return rows

    def window_rows(self) -> list[Row]:
        """One row a real history of as many days as a path, with the place of its Sharpe ratio."""
        return [
            {"start": start, "end": end, "headline": i == self.headline % len(self.windows)}
            | {name: float(values[i]) for name, values in self.windowed._asdict().items()}
            | {"place": self.place("sharpe", float(self.windowed.sharpe[i]))}
            for i, (start, end) in enumerate(self.windows)
        ]

    def variant_rows(self) -> list[Row]:
        """One row a variant: parameters, the real Sharpe ratio, and its law on the paths."""
        w = weighted.normalized(self.weights, self.n_paths)
        best = np.bincount(self.paths.sharpe.argmax(0), w, len(self.variants))
        rows = []
        for i, variant in enumerate(self.variants):
            sharpe, own = self.paths.sharpe[i], {n: float(v[i]) for n, v in self.whole._asdict().items()}
            low, median, high = weighted.quantiles(sharpe, [0.05, 0.5, 0.95], self.weights)
            row: Row = {"parameters": dict(variant.parameters), "chosen": i == self.chosen}
            row |= {f"real_{name}": value for name, value in own.items()}
            row |= {"sharpe_0.05": float(low), "sharpe_median": float(median), "sharpe_0.95": float(high)}
            rows.append(row | {"best_on": float(best[i])})
        return rows

    def to_dict(self) -> Row:
        """Everything but the arrays, JSON-ready."""
        d, o = self.deflated, self.overfitting
        year = np.sqrt(self.rules.periods)
        return {
            "strategy": self.strategy.name,
            "parameters": dict(self.strategy.parameters),
            "verdict": self.verdict,
            "model": self.model,
            "assets": list(self.assets),
            "paths": self.n_paths,
            "days": self.days,
            "start": self.start,
            "real_start": str(self.dates[0]),
            "real_end": str(self.dates[-1]),
            "real_days": len(self.real),
            "lookback": self.rules.lookback,
            "cost": self.rules.cost,
            "same_dates": self.same_dates,
            "figures": self.rows(),
            "windows": self.window_rows(),
            "variants": self.variant_rows(),
            "deflated": {
                "sharpe": d.sharpe * year,
                "benchmark": d.benchmark * year,
                "deflated_sharpe_ratio": d.probability,
                "probabilistic_sharpe_ratio": d.against_zero,
                "effective_trials": d.trials,
                "skew": d.skew,
                "kurtosis": d.kurtosis,
            },
            "overfitting": None
            if o is None
            else {
                "probability": o.probability,
                "splits": len(o.logits),
                "distinct_variants": len(self.distinct),
                "loss_out_of_sample": o.loss,
                "slope": o.slope,
                "median_sharpe_in": float(np.median(o.chosen_in)) * year,
                "median_sharpe_out": float(np.median(o.chosen_out)) * year,
            },
        }


@told
def study(
    variants: Sequence[Strategy],
    scenarios: Scenarios | Iterable[Scenarios],
    panel: Panel,
    *,
    assets: Sequence[str] | None = None,
    lookback: int = LOOKBACK,
    cost: float = 0.0,
    blocks: int = BLOCKS,
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
        progress: called with one plain sentence as things go; a notebook shows them by itself.

    Raises:
        StrategyError: for strategies that fail, remember, or look ahead.
        DataError: prices that lack the tickers, have gaps or are too short.
        ConfigError: a lookback, a cost or a number of blocks that makes no sense.
    """
    if lookback < 1 or not 0 <= cost < 1 or blocks < 2 or blocks % 2 or blocks > 20:
        raise ConfigError(
            f"give a lookback of at least 1 day, a cost from 0 to below 1 and an even number of 2 to 20 blocks, not "
            f"{lookback}, {cost:g} and {blocks}"
        )
    tell = progress or (lambda _: None)
    chunks = iter([scenarios] if isinstance(scenarios, Scenarios) else scenarios)
    first = next(chunks)
    shown = tuple(assets) if assets else first.assets
    absent = [asset for asset in shown if asset not in first.assets]
    if absent:
        raise ScenarioError(f"the paths have {', '.join(first.assets)}: no {', '.join(absent)}")
    panel = panel.select(shown)
    columns = [first.assets.index(asset) for asset in shown]
    priced = np.array([first.kinds[c] == "price" for c in columns])
    rules = Rules(lookback, cost, panel.periods_per_year, shown, priced)
    days, starts, same = _windows(panel, first, lookback)

    tell(f"{len(panel) - 1 - lookback:,} real days")
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
    told = _dated("the real prices", panel.dates[starts[:, None] + np.arange(days)])
    windowed = figures(follow(decide(prepared[chosen], cut, rules, told), cut, rules), rules.periods)

    if not all(strategy.batched for strategy in prepared):
        tell("the strategy takes one history at a time, so it is called once a path and day; this is slow")
    past = _past(panel, first, columns, priced, lookback)
    found, masses, total = [], [], 0
    for chunk in _pieces(chain([first], chunks), lookback + days, len(shown)):
        found.append(_on_paths(prepared, chunk, columns, past, days, rules))
        masses.append(chunk.weights)
        total += chunk.n_paths
        tell(f"{total:,} paths")
    return Robustness(
        variants=tuple(prepared),
        chosen=chosen,
        assets=shown,
        model=str(first.provenance.get("model") or "paths of unknown origin"),
        start=str(first.dates[0].astype("datetime64[D]")),
        rules=rules,
        days=days,
        weights=None if masses[0] is None else np.concatenate(masses),
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
    )


def _on_paths(
    variants: Sequence[Strategy], chunk: Scenarios, columns: list[int], past: np.ndarray, days: int, rules: Rules
) -> Figures:
    """Figures (variant, path) of every variant on the paths of a chunk."""
    closes = chunk.prices[:, : days + 1, columns]
    histories = np.concatenate([np.broadcast_to(past, (len(closes), *past.shape)), closes], axis=1)
    dates = chunk.dates.astype("datetime64[D]")

    def where(path: int, day: int) -> str:
        return f"path {chunk.first_path + path}, {dates[day]}"

    each = [figures(follow(decide(v, histories, rules, where), histories, rules), rules.periods) for v in variants]
    return Figures(*(np.stack(parts) for parts in zip(*each, strict=True)))


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
