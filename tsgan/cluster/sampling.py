"""``tsgan.sample_on_cluster``: a set of paths drawn by the workers of a cluster, each writing what it draws."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tsgan.cluster.connection import connected, done
from tsgan.cluster.drawing import Drawing, Fact, checked, described, drawn, itself, note_name, part_name
from tsgan.errors import ClusterError, OutputError, ScenarioError
from tsgan.fitting import ModelSource
from tsgan.models.histories import Histories, Prices
from tsgan.outputs.unfinished import Job as UnfinishedJob
from tsgan.outputs.unfinished import told_if_interrupted
from tsgan.owned import exists, names_in
from tsgan.sampling import SampledChunks, sample_chunks, with_histories
from tsgan.scenarios.blocks import BLOCK_PATHS, blocks_of, check_blocks, write_blocks
from tsgan.scenarios.manifest import ORIGIN, apart, from_text, to_text
from tsgan.scenarios.places import Address, Place, SharedFolder, address, is_address
from tsgan.training.progress import Progress

JOB = "job.json"
"""The note at an address that says which job its parts are of."""


def sample_on_cluster(
    model: ModelSource,
    n_paths: int,
    horizon: int,
    out: str | os.PathLike[str],
    *,
    cluster: str | Any = "local",
    seed: int = 0,
    history: Histories | None = None,
    start_prices: Prices | None = None,
    start_date: Any = None,
    block: int = BLOCK_PATHS,
    overwrite: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> None:
    """Draw the paths of :func:`tsgan.sample_chunks` on a cluster of dask.distributed, into a folder of Parquet files.

    Every worker writes the blocks that it draws, each as a whole or not at all: the set is the same bytes whatever
    their number, and the same that one machine writes.  What is finished is noted, checked and kept when the same call
    is made again after an interruption.

    Args:
        model, n_paths, horizon, seed, history, start_prices, start_date: as for :func:`tsgan.sample_chunks`.
        out: a folder on a file system that all workers share; or an address that fsspec knows, as
            ``s3://bucket/paths``, where the manifest comes last: without it a set is not finished.
        cluster: ``local`` for processes of this machine; ``tcp://scheduler:8786``; or a client of dask.distributed.
        block: paths a file.
        overwrite: replace scenarios that are there.
        progress: called as blocks are finished.

    Raises:
        ConfigError: dask.distributed is not installed, or an address that cannot be understood.
        ClusterError: a cluster that does not answer, goes away, or whose machines differ.
        OutputError: a place that cannot be written, exists, or holds something else.
    """
    if block < 1:
        raise ScenarioError(f"a block needs at least one path, not {block}")
    if is_address(out):
        target = address(str(out))
        check_address(target, overwrite)
    else:
        check_blocks(Path(out), overwrite)
    fitted, panels = with_histories(model, history)
    start = {"history": panels, "start_prices": start_prices, "start_date": start_date}
    chunks = sample_chunks(fitted, n_paths, horizon, seed=seed, **start)
    with connected(cluster) as client:
        job = ClusterJob(client, chunks, Drawing.of(chunks, start, block), str(out), progress)
        if is_address(out):
            _to_address(job, target, overwrite)
        else:
            write_blocks(job, Path(out), block, overwrite=overwrite)


class ClusterJob:
    """A set of paths whose blocks the workers of a cluster write, for :mod:`tsgan.scenarios.blocks`.

    Attributes:
        manifest: of the set, as the machine that draws it writes it.
        numbers: of its parts.
    """

    def __init__(
        self,
        client: Any,
        chunks: SampledChunks,
        drawing: Drawing,
        out: str,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self._client, self._job, self._drawing, self._out, self._progress = client, chunks.job, drawing, out, progress
        self._paths = 0
        self._shared = client.submit(itself, drawing, pure=False)
        self.manifest = next(
            found for _, found in done(client, described, [0], self._shared, kept="nothing is finished yet")
        )
        self.numbers = blocks_of(0, drawing.n_paths, drawing.block)

    @property
    def settings(self) -> dict[str, Any]:
        """JSON-ready: everything that the parts depend on."""
        origin = {name: self.manifest[name] for name in ORIGIN}
        origin["platform"] = {**origin["platform"], "device": ""}  # told or not by what a worker did before
        return json.loads(json.dumps({**self._job, **origin, "block": self._drawing.block, "cluster": True}))

    def fill(self, begun: UnfinishedJob) -> tuple[dict[str, Any], dict[str, str]]:
        """Have all parts written to the folder of an unfinished job; the manifest, and the hashes of the files."""
        files = self.write(SharedFolder(begun.new, begun.kept))
        for name in list(names_in(begun.new)):
            if name not in files:  # what a worker left that was killed at its work
                (begun.new / name).unlink(missing_ok=True)
        return self.manifest, files

    def write(self, place: Place) -> dict[str, str]:
        """Have the parts written that are not in their place yet; the hashes of all."""
        text = json.dumps(self.settings, sort_keys=True)
        job = hashlib.sha256(text.encode()).hexdigest()
        found: dict[int, Fact] = {}
        there = set(place.notes())
        noted = [number for number in self.numbers if note_name(number) in there]
        for number, fact in done(self._client, checked, noted, place, job, kept=self._said(len(noted))):
            if fact is not None and not apart(fact.origin, self.manifest):
                self._tell(found, number, fact)
        missing = [number for number in self.numbers if number not in found]
        for number, fact in self._drawn(missing, place, job, found):
            if unlike := apart(fact.origin, self.manifest):
                raise ClusterError(
                    f"the machines of the cluster differ: {fact.host} has {unlike}; their paths would differ in the "
                    "last bits, so give them the same versions, or take one kind of machines"
                )
            self._tell(found, number, fact)
        return {part_name(number): found[number].digest for number in self.numbers}

    def _drawn(self, missing: list[int], place: Place, job: str, found: dict[int, Fact]) -> Iterator[tuple[int, Fact]]:
        try:
            yield from done(self._client, drawn, missing, self._shared, place, job, kept="")
        except ClusterError as error:
            raise ClusterError(f"{str(error).rstrip('; ')}; {self._said(len(found))}") from error

    def _said(self, finished: int) -> str:
        return (
            f"{finished:,} of {len(self.numbers):,} parts of {self._out} are finished and kept: the same command "
            "carries them on"
        )

    def _tell(self, found: dict[int, Fact], number: int, fact: Fact) -> None:
        found[number] = fact
        if self._progress is not None:
            self._paths += fact.paths
            self._progress(Progress("drawing paths on the cluster", self._paths, self._drawing.n_paths, {}))


def check_address(target: Address, overwrite: bool) -> None:
    """OutputError, before any work, where scenarios cannot be written to an address."""
    finished, begun, others = target.text(target.manifest), target.noted(JOB), target.others()
    if others:
        raise OutputError(f"{target.url} holds {others[0]}, which tsgan did not write; choose another --out")
    if finished is not None and not overwrite:
        raise exists(target.url)
    if finished is None and begun is None and target.parts():
        raise OutputError(f"{target.url} holds {target.parts()[0]} of a set without a manifest; choose another --out")


def _to_address(job: ClusterJob, target: Address, overwrite: bool) -> None:
    """Have all parts written to an address, and the manifest beside it when they are there."""
    check_address(target, overwrite)
    settings, begun = json.dumps(job.settings, sort_keys=True), target.noted(JOB)
    finished = target.text(target.manifest)
    if finished is not None or begun not in (None, settings):
        if not overwrite:
            raise OutputError(
                f"{target.url} holds an unfinished set of other options, versions or machines; give --overwrite to "
                "replace it, or choose another --out"
            )
        target.remove(target.manifest)  # first: what is half gone is no finished set
        target.clear(list(from_text(finished, target.manifest)["files"]) if finished is not None else target.parts())
    target.note(JOB, settings)
    with told_if_interrupted(lambda: f"what is finished of {target.url} is kept: the same command carries it on"):
        files = job.write(target)
    target.write(target.manifest, to_text(job.manifest, dict(sorted(files.items()))))
    target.clear([])
