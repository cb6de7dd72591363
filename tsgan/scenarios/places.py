"""Where the parts of a set of paths lie that many machines write: a folder that all of them see, or an address.

A part is put as a whole or not at all, under its name, and a note beside it says what it holds.  Addresses are those of
fsspec: ``s3://bucket/paths``, ``gs://``, ``file://``.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tsgan.errors import ClusterError, ConfigError, OutputError
from tsgan.files import atomic_path
from tsgan.owned import sha256_of

NOTES = "_tsgan"
"""Folder of notes at an address: readers of partitioned Parquet pass over names that begin with ``_``."""

WHOLE_AT_ONCE = ("memory", "s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "oss")
"""Stores whose objects appear when they are complete; elsewhere a part has another name until it is."""


class Place(Protocol):
    """A folder for parts and their notes; it goes to the machines that write there."""

    def put(self, name: str, write: Callable[[Path], None]) -> str:
        """Put what ``write`` writes to a file under ``name``; its sha256."""
        ...

    def note(self, name: str, text: str) -> None:
        """Put a note, and replace an earlier one."""
        ...

    def noted(self, name: str) -> str | None:
        """A note; None where there is none."""
        ...

    def notes(self) -> list[str]:
        """Names of all notes."""
        ...

    def sha256(self, name: str) -> str | None:
        """Of a part; None where there is none."""
        ...


@dataclass(frozen=True)
class SharedFolder:
    """A folder on a file system that all machines share.

    Attributes:
        root: of the parts.
        beside: of their notes.
    """

    root: Path
    beside: Path

    def put(self, name: str, write: Callable[[Path], None]) -> str:
        self._check()
        with atomic_path(self.root / name) as file:
            write(file)
            digest = sha256_of(file)
        return digest

    def note(self, name: str, text: str) -> None:
        with atomic_path(self.beside / name) as file:
            file.write_text(text, encoding="utf-8")

    def noted(self, name: str) -> str | None:
        self._check()
        try:
            return (self.beside / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def notes(self) -> list[str]:
        return sorted(file.name for file in self.beside.glob("*.json"))

    def sha256(self, name: str) -> str | None:
        try:
            return sha256_of(self.root / name)
        except OSError:
            return None

    def _check(self) -> None:
        if not self.root.is_dir():
            raise ClusterError(
                f"a worker on {os.uname().nodename if hasattr(os, 'uname') else 'another machine'} does not see "
                f"{self.root}; choose an --out on a file system that all workers share, or an address such as "
                "s3://bucket/paths"
            )


@dataclass(frozen=True)
class Address:
    """A folder of any store that fsspec knows.

    Attributes:
        url: ``s3://bucket/paths``, without a slash at its end.
    """

    url: str

    @property
    def manifest(self) -> str:
        """Address of the manifest, beside the folder."""
        return f"{self.url}.manifest.json"

    def put(self, name: str, write: Callable[[Path], None]) -> str:
        with tempfile.TemporaryDirectory(prefix="tsgan-") as folder:
            file = Path(folder) / Path(name).name
            write(file)
            digest = sha256_of(file)
            self._whole(f"{self.url}/{name}", lambda fs, path: fs.put_file(str(file), path))
        return digest

    def note(self, name: str, text: str) -> None:
        self.write(f"{self.url}/{NOTES}/{name}", text)

    def write(self, url: str, text: str) -> None:
        """Put a text at an address, and replace an earlier one."""
        self._whole(url, lambda fs, path: fs.pipe_file(path, text.encode()))

    def noted(self, name: str) -> str | None:
        return self.text(f"{self.url}/{NOTES}/{name}")

    def text(self, url: str) -> str | None:
        """The text at an address; None where there is none."""
        fs, path = filesystem(url)
        try:
            return fs.cat_file(path).decode()
        except (FileNotFoundError, UnicodeDecodeError):
            return None

    def notes(self) -> list[str]:
        fs, path = filesystem(f"{self.url}/{NOTES}")
        fs.invalidate_cache()  # others write there too
        try:
            return sorted(name for one in fs.ls(path, detail=False) if (name := _last(one)).endswith(".json"))
        except FileNotFoundError:
            return []

    def others(self) -> list[str]:
        """Names in the folder that are neither parts nor notes."""
        fs, path = filesystem(self.url)
        fs.invalidate_cache()
        try:
            return sorted(n for one in fs.ls(path, detail=False) if not (n := _last(one)).startswith(("block=", NOTES)))
        except FileNotFoundError:
            return []

    def sha256(self, name: str) -> str | None:
        fs, path = filesystem(f"{self.url}/{name}")
        try:
            with fs.open(path, "rb") as opened:
                digest = hashlib.sha256()
                while piece := opened.read(2**20):
                    digest.update(piece)
            return digest.hexdigest()
        except FileNotFoundError:
            return None

    def parts(self) -> list[str]:
        """Names of all parts that are there."""
        fs, path = filesystem(self.url)
        fs.invalidate_cache()
        found = fs.glob(f"{path}/block=*/*")
        return sorted("/".join(one.rsplit("/", 2)[1:]) for one in found)

    def clear(self, parts: Iterable[str]) -> None:
        """Remove these parts, and all notes."""
        fs, path = filesystem(self.url)
        for name in parts:
            self.remove(f"{self.url}/{name}")
            with suppress(Exception):  # stores of objects have no folders
                fs.rmdir(f"{path}/{name.rpartition('/')[0]}")
        with suppress(FileNotFoundError):
            fs.rm(f"{path}/{NOTES}", recursive=True)

    def fetch(self, name: str, file: Path) -> None:
        """A copy of a part; FileNotFoundError where there is none."""
        fs, path = filesystem(f"{self.url}/{name}")
        fs.get_file(path, str(file))

    def remove(self, url: str) -> None:
        """Remove one object, where it is."""
        fs, path = filesystem(url)
        with suppress(FileNotFoundError):
            fs.rm_file(path)

    def _whole(self, url: str, put: Callable[[Any, str], None]) -> None:
        """``put`` to an address so that nobody ever finds the half of it there."""
        fs, path = filesystem(url)
        try:
            if (store := url.split("://")[0]) in WHOLE_AT_ONCE[1:]:  # which have no folders
                put(fs, path)
                return
            fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            if store in WHOLE_AT_ONCE:
                put(fs, path)
                return
            meanwhile = f"{filesystem(self.url)[1]}/{NOTES}/{os.urandom(8).hex()}.tsgan"
            try:
                fs.makedirs(meanwhile.rpartition("/")[0], exist_ok=True)
                put(fs, meanwhile)
                fs.mv(meanwhile, path)
            finally:
                with suppress(Exception):
                    fs.rm_file(meanwhile)
        except OSError as error:
            raise OutputError(f"cannot write {url}: {error.strerror or error}") from error


def is_address(out: object) -> bool:
    """Whether ``out`` is of a store elsewhere, as ``s3://bucket/paths``."""
    return isinstance(out, str) and "://" in out


def address(out: str) -> Address:
    """An address whose store can be asked; raises as :func:`filesystem`."""
    filesystem(out)
    return Address(out.rstrip("/"))


def filesystem(url: str) -> tuple[Any, str]:
    """The store of an address, and the name within it.

    Raises ConfigError where fsspec, or what it needs for this kind of address, is not installed.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise ConfigError(f"{url} needs fsspec; install it: pip install 'tsgan[cluster]'") from None
    try:
        return url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise ConfigError(f"{url} cannot be reached: {error}") from None


def _last(name: str) -> str:
    return name.rstrip("/").rpartition("/")[2]
