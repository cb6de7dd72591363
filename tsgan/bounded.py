"""Files that people hand in, read within bounds.

Devices never end, pipes may never begin, small archives unpack to large files, and documents nest deeper than any
parser follows.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import select
import stat
import tomllib
import zlib
from typing import Any

MOST_WRITTEN = 20_000_000
"""Bytes of a file that people write by hand: a configuration, a portfolio, a loan book."""

MOST_UNPACKED = 500_000_000
"""Bytes that a packed file may unpack to."""

MOST_LEVELS = 100
"""Of tables within tables in a name of TOML."""

PATIENCE = 30.0
"""Seconds without a byte after which a pipe is given up."""


class Unreadable(ValueError):
    """Why a file cannot be read, as words that follow the file's name and a colon."""


def read_bytes(path: str | os.PathLike[str], most: int | None = None) -> bytes:
    """What a file, or a pipe such as the shell's ``<(command)``, holds.

    Args:
        path: of the file.
        most: bytes that it may hold; None for as many as it has.  Of pipes, never more than :data:`MOST_UNPACKED`.

    Raises:
        Unreadable: a device, a pipe through which nothing comes, more bytes than ``most``.
        OSError: as ``open`` raises it.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        mode = os.fstat(handle).st_mode
        if stat.S_ISFIFO(mode):
            return _drained(handle, MOST_UNPACKED if most is None else most)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(21, os.strerror(21), str(path))
        if not stat.S_ISREG(mode):
            raise Unreadable("it is a device, not a file")
        if most is None:
            return file.read()
        return _within(file.read(most + 1), most)


def read_written(path: str | os.PathLike[str]) -> str:
    """The text of a file that people write by hand, at most :data:`MOST_WRITTEN` bytes of UTF-8; ``.gz`` is unpacked.

    Raises Unreadable, or OSError where there is none.
    """
    data = read_bytes(path, MOST_WRITTEN)
    if str(path).lower().endswith(".gz"):
        data = unpacked(data, MOST_WRITTEN)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is no UTF-8 text (byte {error.start:,}); save it as UTF-8") from None


def unpacked(data: bytes, most: int = MOST_UNPACKED) -> bytes:
    """The content of a gzip file.  Raises Unreadable where it is damaged, or more than ``most`` bytes."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            content = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"it is no complete gzip file ({error}); fetch it again, or pack it again") from None
    if len(content) > most:
        raise Unreadable(
            f"its {len(data) / 1e6:,.1f} MB unpack to more than {most / 1e6:,.0f} MB; if it should be as large, unpack "
            "it with gunzip and give what comes out"
        )
    return content


def parse_json(text: str | bytes) -> Any:
    """A JSON document.  Raises Unreadable for what is none, has a name twice, or nests too deeply."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise Unreadable("it nests too deeply") from None
    except Unreadable:
        raise
    except ValueError as error:
        raise Unreadable(f"it is no valid JSON ({error})") from None


def parse_toml(text: str) -> dict[str, Any]:
    """A TOML document.  Raises Unreadable for what is none, or nests too deeply."""
    if any(line.partition("=")[0].count(".") > MOST_LEVELS for line in text.splitlines()):
        raise Unreadable("it nests too deeply")  # the parser takes the square of that
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise Unreadable("it nests too deeply") from None
    except ValueError as error:  # of malformed text, and of numbers and dates that Python cannot hold
        raise Unreadable(f"it is not valid TOML: {error}") from None


def _drained(handle: int, most: int) -> bytes:
    parts, total = [], 0
    while True:
        if not select.select([handle], [], [], PATIENCE)[0]:
            raise Unreadable(f"nothing came through this pipe for {PATIENCE:g} s")
        part = os.read(handle, 1 << 20)
        if not part:
            if not total:
                raise Unreadable("it is an empty pipe: nobody writes to it")
            return b"".join(parts)
        parts.append(part)
        total += len(part)
        _within(part, most - total + len(part))


def _within(data: bytes, most: int) -> bytes:
    if len(data) > most:
        raise Unreadable(f"it holds more than {most / 1e6:,.0f} MB, which no such file needs")
    return data


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for name, value in pairs:
        if name in document:
            raise Unreadable(f"it has {name!r} twice in one object")
        document[name] = value
    return document


def _no_number(name: str) -> Any:
    raise Unreadable(f"it holds {name}, which is no number of JSON's")
