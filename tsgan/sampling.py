"""Sampling: verbs that draw scenarios from a fitted model, at once or piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from itertools import pairwise
from typing import Any

from tsgan.data.load import load_prices
from tsgan.data.panel import Panel
from tsgan.fitting import FEWEST_DAYS, ModelSource, as_model, base_for
from tsgan.machine import platform_facts
from tsgan.models.bundled import is_base
from tsgan.models.conditioning.grammar import TOLERANCE, Condition
from tsgan.models.contract import MarketModel
from tsgan.models.histories import Histories, Prices, each
from tsgan.models.sampling import check_job
from tsgan.reports.result import plain
from tsgan.runtime import versions
from tsgan.scenarios.blocks import BLOCK_PATHS
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.shards import SHARD, Shard
from tsgan.training.progress import Progress

CHUNK_PATHS, CHUNK_VALUES = 4096, 4_000_000
"""Paths and returns that :func:`sample_chunks` draws at once."""


STRETCH = 16
"""Chunks that are drawn for one part of what is measured as it is drawn."""


def with_histories(
    model: ModelSource, history: Histories | None, until: Sequence[Any] = ()
) -> tuple[MarketModel, list[Panel] | None]:
    """A model and the histories that its paths carry on, in its order; all cut to each of the dates ``until``.

    The pretrained base, which has no assets of its own, becomes a model of those of the histories.
    """

    def cut(panels: list[Panel]) -> list[Panel]:
        return [panel.through(date) for panel in panels for date in until] if until else panels

    if history is None:
        return as_model(model), None
    if isinstance(model, MarketModel) or not is_base(model):
        drawn_from = as_model(model)
        return drawn_from, cut([drawn_from.aligned(one) for one in each(history)])
    panels = cut([load_prices(one, min_days=FEWEST_DAYS) for one in each(history)])
    drawn_from = base_for(str(model), panels)
    return drawn_from, [drawn_from.aligned(panel) for panel in panels]


def sample(
    model: ModelSource,
    n_paths: int,
    horizon: int,
    *,
    seed: int = 0,
    history: Histories | None = None,
    first_path: int = 0,
    antithetic: bool = False,
    start_prices: Prices | None = None,
    start_date: Any = None,
    condition: Condition | None = None,
    at: int | None = None,
    within: int | None = None,
    tolerance: float = TOLERANCE,
) -> Scenarios:
    """Draw paths from a model, or from a folder that holds one: :meth:`tsgan.MarketModel.sample`.

    Args:
        model: a fitted model, what :func:`tsgan.load_model` reads, or the pretrained base (``bundled:base``), which is
            fitted to the history.
        n_paths, horizon, seed, history, first_path, antithetic, start_prices, start_date: as for ``model.sample``.
        condition, at, within, tolerance: as there, for weighted paths given an event.
    """
    drawn_from, panels = with_histories(model, history)
    return drawn_from.sample(
        n_paths,
        horizon,
        seed=seed,
        history=panels,
        first_path=first_path,
        antithetic=antithetic,
        start_prices=start_prices,
        start_date=start_date,
        condition=condition,
        at=at,
        within=within,
        tolerance=tolerance,
    )


def sample_chunks(
    model: ModelSource,
    n_paths: int,
    horizon: int,
    *,
    seed: int = 0,
    history: Histories | None = None,
    start_prices: Prices | None = None,
    start_date: Any = None,
    shard: Shard | str | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> SampledChunks:
    """The paths of :func:`sample` piece by piece, so that any number of them needs the same memory.

    One piece is drawn while the one before is used, as by :func:`tsgan.write_scenarios`, which carries on an
    interrupted writing of them to a folder.  Where there are several, ``progress`` is called as each is handed out.

    ``shard`` is the part of the set to draw, ``"3/64"`` for the third of 64, where many machines share the work:
    :func:`tsgan.merge_scenarios` joins what each has written.  Raises ConfigError for a shard that there is not.
    """
    drawn_from, panels = with_histories(model, history)  # read once, not again for every piece
    start = {"history": panels, "start_prices": start_prices, "start_date": start_date}
    check_job(n_paths, horizon, 0, seed)
    chunks = SampledChunks(drawn_from, int(n_paths), int(horizon), int(seed), start, progress)
    return chunks if shard is None else chunks.sharded(Shard.parse(shard))


class SampledChunks(Iterator[Scenarios]):
    """The chunks of a job.  Made by :func:`sample_chunks`."""

    def __init__(
        self,
        model: MarketModel,
        n_paths: int,
        horizon: int,
        seed: int,
        start: Mapping[str, Any],
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self._model, self._n_paths, self._horizon, self._seed = model, n_paths, horizon, seed
        self._start, self._progress = start, progress
        self._span = (0, n_paths)
        self._shard: Shard | None = None
        self._drawn: Iterator[Scenarios] | None = None

    def sharded(self, shard: Shard) -> SampledChunks:
        """Those of one shard of the job."""
        one = copy(self)
        one._shard, one._drawn = shard, None
        one._span = shard.span(self._n_paths, (BLOCK_PATHS, self._model.round))
        return one

    def __iter__(self) -> SampledChunks:
        return self

    def __next__(self) -> Scenarios:
        if self._drawn is None:
            self._drawn = self.since(self.first_path)
        return next(self._drawn)

    @property
    def untouched(self) -> bool:
        """Whether none of them has been taken yet."""
        return self._drawn is None

    @property
    def model(self) -> MarketModel:
        """What they are drawn from."""
        return self._model

    @property
    def first_path(self) -> int:
        """Of the job, or of its shard."""
        return self._span[0]

    @property
    def n_paths(self) -> int:
        """Of the job, or of its shard."""
        return self._span[1] - self._span[0]

    @property
    def settings(self) -> dict[str, Any]:
        """JSON-ready: everything that the paths depend on, and the shard."""
        here = {"versions": versions(), "platform": platform_facts()}
        return self.job | here | ({} if self._shard is None else {"shard": str(self._shard)})

    @property
    def job(self) -> dict[str, Any]:
        """What the paths depend on beside the machine that draws them."""
        prices, panels = self._start["start_prices"], self._start["history"]
        return {
            "model": self._model.model_hash,
            "paths": self._n_paths,
            "horizon": self._horizon,
            "seed": self._seed,
            "histories": [[panel.data_hash, str(panel.dates[-1])] for panel in panels or ()],
            "start_prices": plain(prices),
            "start_date": str(self._start["start_date"]),
        }

    @property
    def stretches(self) -> list[tuple[int, int]]:
        """The paths of the job, or of its shard, cut where no chunk is drawn twice."""
        first, stop = self._span
        many = STRETCH * _chunk_of(self._model, self._horizon)
        cuts = [first, *range(first - first % many + many, stop, many), stop]
        return list(pairwise(cuts))

    def since(self, path: int) -> Iterator[Scenarios]:
        """The chunks from the one on that holds ``path``, the same ones as if all were drawn; none behind the last."""
        first, stop = self._span
        if path >= stop:
            return iter(())
        chunk = _chunk_of(self._model, self._horizon)
        begin = max(first, path // chunk * chunk)
        chunks = self.between(begin, stop)
        return chunks if self._progress is None else _counted(chunks, stop - first, self._progress, begin - first)

    def between(self, begin: int, stop: int) -> Iterator[Scenarios]:
        """Paths ``begin`` to ``stop - 1`` of the job in pieces; one is drawn ahead."""
        chunk = _chunk_of(self._model, self._horizon)

        def draw(first: int) -> Scenarios:
            many = min(chunk - first % chunk, stop - first)
            return self._told(self._model.sample(many, self._horizon, seed=self._seed, first_path=first, **self._start))

        with ThreadPoolExecutor(1) as pool:
            ready = pool.submit(draw, begin)
            for following in range(begin - begin % chunk + chunk, stop, chunk):
                drawn, ready = ready.result(), pool.submit(draw, following)
                yield drawn
            yield ready.result()

    def _told(self, paths: Scenarios) -> Scenarios:
        """Paths that say which shard they are of."""
        if self._shard is None:
            return paths
        return replace(paths, provenance={**paths.provenance, SHARD: self._shard.facts(self._n_paths, self.job)})


def _chunk_of(model: MarketModel, horizon: int) -> int:
    """Paths a chunk."""
    values = max(model.round * horizon * len(model.info.assets), 1)
    return model.round * min(max(CHUNK_VALUES // values, 1), max(CHUNK_PATHS // model.round, 1))


def _counted(
    chunks: Iterator[Scenarios], n_paths: int, progress: Callable[[Progress], None], done: int
) -> Iterator[Scenarios]:
    for chunk in chunks:
        done += chunk.n_paths
        if chunk.n_paths < n_paths:
            progress(Progress("drawing paths", done, n_paths, {}))
        yield chunk
