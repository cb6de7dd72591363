"""When and how an answer was made: what the foot of every page says."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime

EPOCH = "SOURCE_DATE_EPOCH"
"""Variable of the environment that holds the moment which pages state, in seconds since 1970, where pages must be the
same bytes again (https://reproducible-builds.org/specs/source-date-epoch)."""

_COMMAND: ContextVar[str] = ContextVar("command", default="")


@dataclass(frozen=True)
class Made:
    """When an answer was made (UTC, to the minute), and by which command; empty where Python asked for it."""

    moment: str
    command: str

    @classmethod
    def now(cls) -> Made:
        stated = os.environ.get(EPOCH, "")
        moment = datetime.fromtimestamp(int(stated), UTC) if stated.isdecimal() else datetime.now(UTC)
        return cls(f"{moment:%Y-%m-%d %H:%M} UTC", _COMMAND.get())


@contextmanager
def commanded(words: Sequence[str]) -> Iterator[None]:
    """Answers made inside the block state that they were made by ``tsgan`` with these words."""
    token = _COMMAND.set(shlex.join(["tsgan", *words]))
    try:
        yield
    finally:
        _COMMAND.reset(token)
