"""Downloaded prices kept on this computer: one Parquet file a ticker, with a JSON sidecar that says what it is.

Prices of most sources may not be redistributed, so the cache lives outside any repository.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

import pandas as pd

from tsgan.errors import OutputError
from tsgan.files import atomic_path


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

    def covers(self, start: str, end: str) -> bool:
        """Whether the range asked for then contains the one asked for now."""
        return self.start <= start and end <= self.end


def cache_folder() -> Path:
    """Where downloads are kept: ``$TSGAN_CACHE``, else ``~/.cache/tsgan`` (``$XDG_CACHE_HOME`` is honoured)."""
    if named := os.environ.get("TSGAN_CACHE"):
        return Path(named).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "tsgan"


def read_entry(folder: Path, ticker: str, adjustment: str) -> tuple[pd.DataFrame, CacheEntry] | None:
    """The cached history of a ticker; None where there is none, or where it is damaged."""
    table, sidecar = _paths(folder, ticker, adjustment)
    try:
        entry = CacheEntry(**json.loads(sidecar.read_text("utf-8")))
        if hashlib.sha256(table.read_bytes()).hexdigest() != entry.sha256:
            return None
        return pd.read_parquet(table), entry
    except (OSError, ValueError, TypeError):
        return None


def write_entry(folder: Path, frame: pd.DataFrame, entry: CacheEntry) -> None:
    """Keep a history.  The sidecar is written last, so a half-written pair reads as absent.

    Raises OutputError where the folder cannot be written.
    """
    table, sidecar = _paths(folder, entry.ticker, entry.adjustment)
    try:
        with atomic_path(table) as temporary:
            frame.to_parquet(temporary)
            digest = hashlib.sha256(temporary.read_bytes()).hexdigest()
        with atomic_path(sidecar) as temporary:
            temporary.write_text(json.dumps(asdict(entry) | {"sha256": digest}, indent=1) + "\n", "utf-8")
    except OutputError as error:
        raise OutputError(f"cannot write the price cache {folder}; set TSGAN_CACHE to a folder of yours") from error


def _paths(folder: Path, ticker: str, adjustment: str) -> tuple[Path, Path]:
    stem = f"{quote(ticker, safe='')}.{adjustment}"
    return folder / f"{stem}.parquet", folder / f"{stem}.json"
