"""``tsgan.measure``: two readings of a set of paths, the second only for what single positions bring."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tsgan.applications.measures.pieces import Asked, Piece, Share, added, joined, known_facts, measured
from tsgan.applications.measures.result import Measures
from tsgan.applications.portfolio import Portfolio, PortfolioSource, as_portfolio
from tsgan.applications.stress import measures
from tsgan.applications.stress.measures import LEVELS, LOSSES, Row
from tsgan.cluster.parts import Reader, reader
from tsgan.data.calendars import period_of
from tsgan.errors import ConfigError
from tsgan.notebook import shows_progress
from tsgan.reports.period import Period
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.streaming import Redrawable, parts_of
from tsgan.scenarios.worth import Weights
from tsgan.stats import weighted

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Of the distributions over paths."""

FEWEST_DAYS = 120
"""Of a path, from which on facts of the market can be told from it."""


@shows_progress
def measure(
    scenarios: Scenarios | Redrawable | str | os.PathLike[str],
    portfolio: PortfolioSource | None = None,
    *,
    losses: Sequence[float] | None = None,
    capital: float | None = None,
    facts: bool = False,
    cluster: str | Any | None = None,
    progress: Callable[[str], None] | None = None,
) -> Measures:
    """Value at risk, shortfall, their components, losses, drawdowns and Sharpe ratios on paths, however many they are.

    Paths are read part by part, and a few numbers of each are kept, so memory grows by about 70 bytes a path whatever
    its days and assets.  The figures are those of :func:`tsgan.stress` on the same paths: quantiles are exact, and sums
    agree to rounding.

    Args:
        scenarios: a folder of Parquet files, an address of one such as ``s3://bucket/paths``, a table, or Scenarios; or
            the chunks of :func:`tsgan.sample_chunks`, which are then drawn once for each reading and never kept.
        portfolio: what is held, as for :func:`tsgan.stress`; by default equal weights in everything with a price.
        losses: fractions of the capital; the probability of losing more than each is given.
        capital: what losses are a fraction of, for a portfolio of quantities.
        facts: also the statistics by which markets are known, of every asset and path, as distributions over paths.
        cluster: workers that read the parts, as for :func:`tsgan.sample_on_cluster`; None reads them here.
        progress: called with one plain sentence as things go; a notebook shows them by itself.

    Raises:
        ScenarioError: paths that cannot be read, are damaged, or lack what is held.
        ConfigError: a portfolio or losses that make no sense, facts of paths that are too short, or a cluster for paths
            that are drawn here.
        ClusterError: a cluster that does not answer, or goes away.
    """
    tell = progress or (lambda _: None)
    held = as_portfolio(portfolio, capital)
    wanted = LOSSES if losses is None else tuple(sorted(losses))
    if not all(0 < loss < 10 for loss in wanted):
        raise ConfigError(f"losses are fractions of the capital such as 0.10, not {', '.join(map(str, wanted))}")
    if cluster is not None and isinstance(scenarios, Redrawable):
        raise ConfigError(
            "paths that are measured as they are drawn are drawn here; for a cluster, have it write them first "
            "(tsgan.sample_on_cluster), or leave the cluster out"
        )
    parts = parts_of(scenarios)
    first = next(iter(parts[0].pieces()))[:1]
    if facts and first.horizon < FEWEST_DAYS:
        raise ConfigError(f"facts need paths of at least {FEWEST_DAYS} steps, and these have {first.horizon}")
    book = (held or Portfolio.equal(first.assets, first.kinds)).on(first)
    names = tuple(fact.name for fact in known_facts()) if facts else ()
    asked = Asked(book, measures.horizons(first), names)
    with reader(cluster, parts, asked) as of_parts, tempfile.TemporaryDirectory(prefix="tsgan-") as folder:
        found = _first_reading(of_parts, Path(folder), tell)
        paths = Weights(len(found.piece.end), found.piece.weights, first.provenance, first.first_path)
        components = _components(of_parts, found, asked, paths, first, tell)
        source = str(first.provenance.get("model") or "the given paths")
        tables = {
            "risk": [
                row
                for day, profits in zip(asked.days, found.piece.profits, strict=True)
                for row in measures.tail_rows(source, profits, paths, day)
            ],
            "components": components,
            "losses": [
                {"source": source} | row
                for row in measures.rows_of_losses(found.piece.end, found.piece.worst, paths, first.horizon, wanted)
            ],
            "drawdowns": measures.rows_of_drawdowns(found.piece.depth, found.piece.duration, paths, first.horizon),
            "sharpe": _sharpe(found.piece.sharpe, paths),
        }
        if facts:
            tables["facts"] = list(_facts(found, asked, paths, first))
    start = str(first.dates[0].astype("datetime64[D]"))
    return Measures(
        source, book, start, paths.n_paths, first.horizon, tables, {k: v for k, v in first.provenance.items()}
    )


class Found(NamedTuple):
    """What the first reading keeps.

    Attributes:
        piece: of all paths, without their facts.
        facts: files of facts (fact, asset, path), one a part.
        edges: (part + 1,) numbers of the paths at which parts begin, and how many there are.
    """

    piece: Piece
    facts: list[Path]
    edges: np.ndarray


def _first_reading(of_parts: Reader, folder: Path, tell: Callable[[str], None]) -> Found:
    """All parts, in their order; facts go to files, for there may be many."""
    pieces: dict[int, Piece] = {}
    total = 0
    for number, piece in of_parts.each(measured):
        if piece.facts.size:
            np.save(_file(folder, number), piece.facts)
        pieces[number] = piece._replace(facts=piece.facts[:0])
        total += len(piece.end)
        tell(f"{total:,} paths")
    ordered = [pieces.pop(number) for number in range(len(of_parts.parts))]
    edges = np.concatenate([[0], np.cumsum([len(piece.end) for piece in ordered])])
    files = [_file(folder, number) for number in range(len(ordered))]
    return Found(joined([piece._replace(facts=np.empty((0, 0, len(piece.end)))) for piece in ordered]), files, edges)


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number}.npy"


def _components(
    of_parts: Reader, found: Found, asked: Asked, paths: Weights, first: Scenarios, tell: Callable[[str], None]
) -> list[Row]:
    """What every position brings to VaR and ES: of a second reading, because it needs the figures of the first."""
    shares = [
        Share(day, np.flatnonzero(of), of[of != 0])
        for day, profits in zip(asked.days, found.piece.profits, strict=True)
        for level in LEVELS
        for of in weighted.euler_weights(-profits, level, paths.weights)
    ]
    tell("reading the paths again, for what single positions bring")

    def of_part(number: int) -> list[Share]:
        return [share.within(*found.edges[number : number + 2]) for share in shares]

    sums: dict[int, np.ndarray] = dict(of_parts.each(added, of_part))
    brought = sum((sums[number] for number in sorted(sums)), np.zeros((len(shares), len(asked.book.assets))))
    keys = [(day, level) for day in asked.days for level in LEVELS]
    return [
        row
        for (day, level), var, es in zip(keys, brought[::2], brought[1::2], strict=True)
        for row in measures.rows_of_components(asked.book, first, day, level, var, es)
    ]


def _sharpe(values: np.ndarray, paths: Weights) -> list[Row]:
    """Quantiles of the ratios that exist."""
    return [
        {"quantile": level, "sharpe": value, "paths": int(np.isfinite(values).sum())}
        for level, value in zip(QUANTILES, _spread(values, paths), strict=True)
    ]


def _spread(values: np.ndarray, paths: Weights) -> list[float | None]:
    """QUANTILES of values (path,) where they exist."""
    there = np.isfinite(values)
    if not there.any():
        return [None] * len(QUANTILES)
    weights = None if paths.weights is None else paths.weights[there]
    return weighted.quantiles(values[there], list(QUANTILES), weights).tolist()


def _facts(found: Found, asked: Asked, paths: Weights, first: Scenarios) -> Iterator[Row]:
    """Distributions over paths, one fact of one asset at a time."""
    period = Period.of(period_of(round(first.periods_per_year)))
    labels = {fact.name: period.fill(fact.label) for fact in known_facts()}
    values = np.empty(paths.n_paths)
    for column, asset in enumerate(first.assets):
        for row, name in enumerate(asked.facts):
            for file, (begin, end) in zip(found.facts, pairwise(found.edges), strict=True):
                values[begin:end] = np.load(file, mmap_mode="r")[row, column]
            there = np.isfinite(values)
            weights = None if paths.weights is None else paths.weights[there]
            mean = weighted.mean(values[there], weights).value if there.any() else None
            spread = {f"q{100 * q:.0f}": value for q, value in zip(QUANTILES, _spread(values, paths), strict=True)}
            yield {
                "asset": asset,
                "fact": name,
                "label": labels[name],
                "mean": mean,
                **spread,
                "paths": int(there.sum()),
            }
