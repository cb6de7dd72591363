"""Downloaded prices kept on this computer: a Parquet file a ticker, and a JSON sidecar that says what it is.

A table is called after its content and the sidecar names it, so that replacing the sidecar is the one step by which a
new history takes the place of an old one.  A table that was changed afterwards stays, listed as a revision.
Prices of most sources may not be redistributed, so the cache lives outside any repository.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
from pyarrow import ArrowException

from tsgan.errors import OutputError, SourceError
from tsgan.files import atomic_path, system_error
from tsgan.outputs.failures import FULL
from tsgan.outputs.listings import is_whole, sealed

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


@dataclass(frozen=True)
class CacheEntry:
    """The sidecar of a cached history.

    Attributes:
        ticker: as the source spells it.
        source, version: where the prices came from and the version of the client.
        adjustment: ``adjusted`` for splits and dividends.
        start, end: the range asked for (ISO), ``end`` exclusive.
        fetched_at: UTC time stamp (ISO).
        currency, exchange: as the source names them; empty where it does not.
        rows: rows of the table.
        sha256: of the Parquet file.
        file: its name; empty in sidecars of earlier versions.
        warnings, notes: what the last answer changed, one sentence each.
        revisions: earlier tables that are kept, the first first: ``file``, ``sha256``, ``fetched_at``, and ``changes``,
            what came after.
    """

    ticker: str
    source: str
    version: str
    adjustment: str
    start: str
    end: str
    fetched_at: str
    currency: str
    exchange: str
    rows: int
    sha256: str = ""
    file: str = ""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    revisions: tuple[Mapping[str, Any], ...] = ()

    def __post_init__(self) -> None:
        words = (self.ticker, self.source, self.start, self.end, self.fetched_at, self.sha256, self.file)
        if not all(isinstance(word, str) for word in words) or not isinstance(self.rows, int):
            raise TypeError("an entry of the price cache that none can be")
        for name in ("warnings", "notes", "revisions"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def covers(self, start: str, end: str) -> bool:
        """Whether the range asked for then contains the one asked for now."""
        return self.start <= start and end <= self.end


def cache_folder() -> Path:
    """Where downloads are kept: ``$TSGAN_CACHE``, else ``~/.cache/tsgan`` (``$XDG_CACHE_HOME`` is honoured)."""
    if named := os.environ.get("TSGAN_CACHE"):
        return Path(named).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "tsgan"


def sidecar_path(folder: Path, ticker: str, adjustment: str) -> Path:
    """Where the sidecar of a ticker lies."""
    return folder / f"{quote(ticker, safe='')}.{adjustment}.json"


def read_sidecar(folder: Path, ticker: str, adjustment: str) -> CacheEntry | None:
    """What is said of the cached history of a ticker, whether or not its table is whole; None where nothing is.

    Raises SourceError for a sidecar that is not as tsgan wrote it: what it says of the prices is not believed, and
    nothing is fetched in their place unasked.
    """
    sidecar = sidecar_path(folder, ticker, adjustment)
    try:
        document = json.loads(sidecar.read_text("utf-8"))
        if "entry" in document and not is_whole(document):
            raise ValueError("a value is another one")
        entry = CacheEntry(**document.get("entry", document))  # those of earlier versions have no hash
        if entry.ticker.upper() != ticker.upper() or entry.adjustment != adjustment:
            raise ValueError("it is of other prices")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise SourceError(
            f"{sidecar}, which says what is cached of {ticker}, is not as it was written; restore it, or move it away "
            "and fetch again"
        ) from error
    return entry


def read_entry(folder: Path, ticker: str, adjustment: str) -> tuple[pd.DataFrame, CacheEntry] | None:
    """The cached history of a ticker; None where there is none, or where its table is damaged."""
    entry = read_sidecar(folder, ticker, adjustment)
    if entry is None:
        return None
    table = _table(folder, entry)
    try:
        content = table.read_bytes()
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            return None
        return pd.read_parquet(io.BytesIO(content)), entry
    except (OSError, ValueError, ArrowException):
        return None


def write_entry(folder: Path, frame: pd.DataFrame, entry: CacheEntry, *, revised: bool = False) -> CacheEntry:
    """Keep a history in place of the one before.  Call it :func:`locked`.

    Args:
        folder: of the cache.
        frame: the history.
        entry: what it is; name, hash and revisions are filled in.
        revised: whether it changes what was known: then the table before is kept as a revision.

    Returns:
        The entry as written.

    Raises:
        OutputError: a folder that cannot be written.
    """
    before = read_entry(folder, entry.ticker, entry.adjustment)
    content = io.BytesIO()
    frame.to_parquet(content)
    digest = hashlib.sha256(content.getvalue()).hexdigest()
    sidecar = sidecar_path(folder, entry.ticker, entry.adjustment)
    revisions: tuple[Mapping[str, Any], ...] = ()
    old = None if before is None else _table(folder, before[1])
    if before is not None and old is not None:
        kept = {"file": old.name, "sha256": before[1].sha256, "fetched_at": before[1].fetched_at}
        changes = {"changes": [*entry.warnings, *entry.notes]}
        revisions = (*before[1].revisions, *([kept | changes] if revised else []))
    name = f"{sidecar.stem}.{digest[:12]}.parquet"
    entry = replace(entry, sha256=digest, file=name, revisions=revisions)
    try:
        with atomic_path(folder / name) as temporary:
            temporary.write_bytes(content.getvalue())
        with atomic_path(sidecar) as temporary:
            temporary.write_text(json.dumps(sealed({"entry": asdict(entry)}), indent=1) + "\n", "utf-8")
        if old is not None and old.name not in (name, *(one["file"] for one in revisions)):
            old.unlink(missing_ok=True)
    except (OSError, OutputError) as error:
        raise _unwritable(folder, error) from error
    return entry


def _table(folder: Path, entry: CacheEntry) -> Path:
    return folder / (Path(entry.file).name or f"{quote(entry.ticker, safe='')}.{entry.adjustment}.parquet")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One process at a time, where the system can tell: two answers that come at once are merged one after the other.

    Raises OutputError where the folder cannot be written.
    """
    with ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = held.enter_context((folder / ".lock").open("ab"))
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            raise _unwritable(folder, error) from error
        yield


def _unwritable(folder: Path, error: Exception) -> OutputError:
    """What stops the writing of the cache, in the words of the system."""
    cause = error.__cause__ or error
    code = system_error(cause)
    said = os.strerror(code) if code else str(cause)
    advice = "set TSGAN_CACHE to a folder of yours"
    if code in FULL:
        advice = "free some space, or set TSGAN_CACHE to a folder elsewhere"
    return OutputError(f"cannot write the price cache {folder}: {said}; {advice}")
