"""Sets of paths of any size, read a few at a time as often as needed: what is larger than memory is measured so.

Parts are read by Arrow, row group by row group, and only the columns that paths without bars need.  The files that
tsgan writes have their rows path by path, day by day and asset by asset; what has not is read as any table is.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pyarrow as pa
from pyarrow.parquet import ParquetFile

from tsgan.errors import ScenarioError
from tsgan.owned import sha256_of
from tsgan.scenarios.block_files import block_files
from tsgan.scenarios.manifest import from_text, manifest_path, read_manifest
from tsgan.scenarios.pieces import in_groups
from tsgan.scenarios.places import Address, address, is_address
from tsgan.scenarios.reading import of_manifest, read_scenarios
from tsgan.scenarios.scenarios import Scenarios

VALUES = 1_000_000
"""Returns that are handed out at once, unless a single path has more."""


@runtime_checkable
class Redrawable(Protocol):
    """Paths that are not kept but drawn, as often as they are asked for: the chunks of :func:`tsgan.sample_chunks`."""

    @property
    def stretches(self) -> list[tuple[int, int]]:
        """All of them as stretches: the first path of each, and the first behind it."""
        ...

    def between(self, begin: int, stop: int) -> Iterator[Scenarios]:
        """Paths ``begin`` to ``stop - 1`` in pieces."""
        ...


@dataclass(frozen=True)
class Stretch:
    """Paths ``begin`` to ``stop - 1`` of ``source``."""

    source: Redrawable
    begin: int
    stop: int


@dataclass(frozen=True)
class Part:
    """Some of the paths of a set, as far as they lie in one file.

    Attributes:
        place: a folder, an address, or a table; or the paths themselves, or how to draw them.
        name: of the file within a folder or an address.
        manifest: of the set; None where there is none.
    """

    place: Path | Address | Scenarios | Stretch
    name: str = ""
    manifest: dict[str, Any] | None = None

    def pieces(self, checked: bool = True) -> Iterator[Scenarios]:
        """Its paths, a few at a time, in their order; weights as they are, and no bars.

        Raises ScenarioError where the file is not the one that the manifest was written for, which is looked at where
        ``checked``.
        """
        if isinstance(self.place, Scenarios):
            yield from _small([replace(self.place, bars={})])
        elif isinstance(self.place, Stretch):
            drawn = self.place.source.between(self.place.begin, self.place.stop)
            yield from _small(replace(chunk, bars={}) for chunk in drawn)
        elif self.manifest is None:
            yield from _small([replace(read_scenarios(self.place), bars={})])  # type: ignore[arg-type]
        else:
            with self._file() as file:
                if checked and sha256_of(file) != (self.manifest.get("files") or {}).get(self.name, sha256_of(file)):
                    raise ScenarioError(
                        f"{self} is not the file that the manifest of its set was written for; restore it, or draw the "
                        "paths again"
                    )
                yield from _small(_read(file, self.manifest))

    @contextmanager
    def _file(self) -> Iterator[Path]:
        if isinstance(self.place, Path):
            yield self.place / self.name
            return
        assert isinstance(self.place, Address)
        with tempfile.TemporaryDirectory(prefix="tsgan-") as folder:
            file = Path(folder) / "paths.parquet"
            try:
                self.place.fetch(self.name, file)
            except FileNotFoundError:
                raise ScenarioError(f"{self} is missing; restore it, or draw the paths again") from None
            yield file

    def __str__(self) -> str:
        where = self.place.url if isinstance(self.place, Address) else self.place
        return f"{where}/{self.name}" if self.name else str(where)


def parts_of(source: Scenarios | Redrawable | str | os.PathLike[str]) -> list[Part]:
    """The parts of a set of paths: the files of a folder or of an address, stretches of those that are drawn as they
    are asked for, or one for a table or paths in memory.

    Raises ScenarioError where they are not those of the manifest, or where there is none.
    """
    if isinstance(source, Scenarios):
        return [Part(source)]
    if isinstance(source, Redrawable):
        return [Part(Stretch(source, *ends)) for ends in source.stretches]
    if is_address(source):
        place = address(str(source))
        text = place.text(place.manifest)
        if text is None:
            raise ScenarioError(f"there is no finished set of paths at {source}: no manifest, {place.manifest}")
        manifest = from_text(text, place.manifest)
        names = manifest.get("files") or {}
        return [Part(place, name, manifest) for name in sorted(names, key=lambda name: (len(name), name))]
    path = Path(source)
    if not path.is_dir():
        return [Part(path)]
    manifest = read_manifest(path)
    files = block_files(path, manifest)
    if manifest is None or not files:
        raise ScenarioError(f"{path} is no set of paths that tsgan wrote: no blocks, or no {manifest_path(path).name}")
    return [Part(path, file.relative_to(path).as_posix(), manifest) for file in files]


def _small(chunks: Iterable[Scenarios]) -> Iterator[Scenarios]:
    """The same paths in pieces of about VALUES returns."""
    for chunk in chunks:
        yield from in_groups([chunk], max(1, VALUES // max(1, chunk.horizon * len(chunk.assets))))


def _read(file: Path, manifest: dict[str, Any]) -> Iterator[Scenarios]:
    """The paths of a file, by row groups where they have the order of tsgan's own."""
    try:
        with ParquetFile(file, page_checksum_verification=True) as opened:
            days, tickers = _order_of(opened)
            if tickers == manifest["tickers"] and len(days) == manifest["horizon"] + 1:
                yield from _by_row_groups(file, opened, manifest, days)
                return
            table = opened.read()
    except (OSError, pa.ArrowException) as error:
        raise ScenarioError(f"{file} cannot be read as a table of scenarios: {str(error).splitlines()[0]}") from None
    yield replace(of_manifest(file, table, manifest), bars={})


def _order_of(opened: ParquetFile) -> tuple[np.ndarray, list[str]]:
    """Days and tickers of the first path, in the order of its rows; none where it has another."""
    head = opened.read_row_group(0, columns=["scenario", "date", "ticker"])
    rows = np.flatnonzero(np.diff(head["scenario"].to_numpy()))
    path = head.slice(0, int(rows[0]) + 1 if len(rows) else head.num_rows)
    dates = path["date"].cast(pa.timestamp("ms")).to_numpy().astype("datetime64[D]")
    tickers = path["ticker"].to_pylist()
    days, assets = np.unique(dates), list(dict.fromkeys(tickers))
    tiled = np.array_equal(dates, np.repeat(days, len(assets))) and tickers == assets * len(days)
    return (days, assets) if tiled else (days[:0], [])


def _by_row_groups(file: Path, opened: ParquetFile, manifest: dict[str, Any], days: np.ndarray) -> Iterator[Scenarios]:
    """Row groups as paths; a path may begin in one and end in another."""
    rows = len(days) * len(manifest["tickers"])
    weighted = "weight" in opened.schema_arrow.names
    columns = ["scenario", "return", *(["weight"] if weighted else [])]
    left: pa.Table | None = None
    for group in range(opened.num_row_groups):
        table = opened.read_row_group(group, columns=columns)
        table = table if left is None else pa.concat_tables([left, table])
        count = table.num_rows // rows
        if count:
            yield _paths(file, table.slice(0, count * rows), manifest, days)
        left = table.slice(count * rows) if table.num_rows > count * rows else None
    if left is not None:
        raise ScenarioError(f"{file} ends within a path; restore it, or draw the paths again")


def _paths(file: Path, table: pa.Table, manifest: dict[str, Any], days: np.ndarray) -> Scenarios:
    shape = (-1, len(days), len(manifest["tickers"]))
    numbers = table["scenario"].to_numpy().reshape(shape)
    returns = table["return"].to_numpy().astype(np.float32, copy=False).reshape(shape)[:, 1:]
    weights = table["weight"].to_numpy().reshape(shape)[:, 0, 0] if "weight" in table.column_names else None
    names = numbers[:, 0, 0]
    if (numbers != names[:, None, None]).any() or (np.diff(names) != 1).any() or not np.isfinite(returns).all():
        raise ScenarioError(f"{file} does not have a row for every path, day and asset; restore it, or draw it again")
    return Scenarios(
        returns=np.ascontiguousarray(returns),
        assets=tuple(manifest["tickers"]),
        kinds=tuple(manifest["kinds"]),
        dates=days,
        start_prices=np.array(manifest["start_prices"], np.float64),
        weights=weights,
        first_path=int(names[0]),
        provenance=manifest["provenance"],
        bounds=manifest["bounds"],
    )
