"""What stops a writing, in the words of the system."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tsgan.errors import OutputError

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the system says of a disk, or a share of it, that is full."""

_SYSTEM_ERROR = re.compile(r"\(os error (\d+)\)")


@contextmanager
def said_of(target: Path, advice: str = "") -> Iterator[None]:
    """Whatever stops the writing of ``target`` becomes an OutputError that names it and says what the system said."""
    try:
        yield
    except OutputError:
        raise
    except Exception as error:
        code = system_error(error)
        if code is None and not isinstance(error, OSError):
            raise
        said = os.strerror(code) if code else getattr(error, "strerror", None) or str(error)
        if code in FULL:
            advice = "; free some space or choose another --out"
        raise OutputError(f"cannot write {target}: {said}{advice}") from error


def system_error(error: BaseException) -> int | None:
    """The number of the system's error behind an exception, of libraries that hide it in words as well."""
    if isinstance(error, OSError):
        return error.errno
    found = _SYSTEM_ERROR.search(str(error)) if type(error).__name__ == "SafetensorError" else None
    return int(found[1]) if found else None
