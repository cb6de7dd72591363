"""What is kept of every path of a part: a few numbers, from which all figures follow exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tsgan.applications.portfolio import Book
from tsgan.applications.stress.measures import worst_drawdowns
from tsgan.evaluation.facts import VOLUME, Fact, facts_of
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.streaming import Part
from tsgan.stats.overfitting import sharpe_ratio


class Asked(NamedTuple):
    """What is measured.

    Attributes:
        book: the portfolio at the start.
        days: horizons of the profits that are kept.
        facts: names of facts of single assets.
    """

    book: Book
    days: tuple[int, ...]
    facts: tuple[str, ...]


class Piece(NamedTuple):
    """What is kept of some paths.

    Attributes:
        profits: (horizon, path) since the start, fractions of the capital, after each of the days asked for.
        end, worst: (path,) profit on the last day, and the least on any.
        depth, duration: (path,) of the worst drawdown: a fraction of the peak, and days.
        sharpe: (path,) annual ratio of what is bought and held.
        facts: (fact, asset, path).
        weights: (path,) as written, or None.
    """

    profits: np.ndarray
    end: np.ndarray
    worst: np.ndarray
    depth: np.ndarray
    duration: np.ndarray
    sharpe: np.ndarray
    facts: np.ndarray
    weights: np.ndarray | None


class Share(NamedTuple):
    """With which weight some paths bring their positions' losses to a component.

    Attributes:
        day: of the horizon.
        paths: (some,) their numbers within the set, increasing.
        weights: (some,).
    """

    day: int
    paths: np.ndarray
    weights: np.ndarray

    def within(self, first: int, stop: int) -> Share:
        """Of the paths ``first`` to ``stop - 1``, numbered from ``first`` on."""
        a, b = np.searchsorted(self.paths, (first, stop))
        return Share(self.day, self.paths[a:b] - first, self.weights[a:b])


def known_facts() -> tuple[Fact, ...]:
    """Facts of the returns of single assets."""
    return tuple(fact for fact in facts_of("asset") if fact.name != VOLUME)


def measured(number: int, parts: Sequence[Part], asked: Asked) -> Piece:
    """What is kept of the paths of a part; its file is checked."""
    return joined([_of(chunk, asked) for chunk in parts[number].pieces()])


def added(number: int, parts: Sequence[Part], asked: Asked, shares: Sequence[Share]) -> np.ndarray:
    """(share, position) what a part brings to components; paths of shares are numbered within the part."""
    total, first = np.zeros((len(shares), len(asked.book.assets))), 0
    for chunk in parts[number].pieces(checked=False):
        for row, share in enumerate(shares):
            here = share.within(first, first + chunk.n_paths)
            if len(here.paths):
                prices = chunk.prices[here.paths, share.day]
                total[row] -= here.weights @ asked.book.by_position(prices, chunk.start_prices)
        first += chunk.n_paths
    return total


def joined(pieces: Sequence[Piece]) -> Piece:
    """Those of consecutive paths as one."""
    if len(pieces) == 1:
        return pieces[0]
    together: dict[str, Any] = {
        name: None if values[0] is None else np.concatenate(values, axis=-1)
        for name, values in zip(Piece._fields, zip(*pieces, strict=True), strict=True)
    }
    return Piece(**together)


def _of(paths: Scenarios, asked: Asked) -> Piece:
    profits = asked.book.profits(paths)
    depth, duration = worst_drawdowns(profits)
    return Piece(
        profits=np.ascontiguousarray(profits[:, np.array(asked.days) - 1].T),
        end=profits[:, -1].copy(),
        worst=profits.min(axis=1),
        depth=depth,
        duration=duration,
        sharpe=sharpes(profits, paths.periods_per_year),
        facts=_facts(paths, asked.facts),
        weights=paths.weights,
    )


def sharpes(profits: np.ndarray, periods_per_year: float) -> np.ndarray:
    """(path,) annual Sharpe ratios of the daily returns behind profits (path, day); NaN where all was lost on the way,
    or where there is one day only."""
    if profits.shape[1] < 2:
        return np.full(len(profits), np.nan)
    value = np.concatenate([np.ones((len(profits), 1)), 1 + profits], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        returns = np.diff(value, axis=1) / value[:, :-1]
        found = sharpe_ratio(returns) * np.sqrt(periods_per_year)
    return np.where((value > 0).all(axis=1), found, np.nan)


def _facts(paths: Scenarios, names: Sequence[str]) -> np.ndarray:
    """(fact, asset, path)."""
    if not names:
        return np.empty((0, len(paths.assets), paths.n_paths))
    facts = {fact.name: fact for fact in known_facts()}
    series = np.ascontiguousarray(paths.moves.transpose(2, 0, 1), dtype=np.float64)  # (asset, path, day)
    with np.errstate(all="ignore"):
        return np.stack([facts[name].statistic(series) for name in names])
