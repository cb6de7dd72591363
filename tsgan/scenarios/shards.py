"""Shards: a set of paths that many machines draw, each its own range, and :func:`tsgan.merge_scenarios` joins."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tsgan.errors import ConfigError

SHARD = "shard"
"""What provenance calls the facts of a shard: ``number``, ``of``, ``paths`` of the whole set, and ``job``, a hash of
all that its paths depend on."""

_WRITTEN = re.compile(r"\s*(\d+)\s*/\s*(\d+)\s*")


@dataclass(frozen=True)
class Shard:
    """One of several parts of a set of paths: the third of 64 is ``Shard(3, 64)``.

    Attributes:
        number: from 1 on.
        of: how many there are.
    """

    number: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise ConfigError(
                f"there is no shard {self.number} of {self.of}; they are numbered from 1 to {self.of}, as in 3/64 for "
                "the third of 64"
            )

    @classmethod
    def parse(cls, shard: Shard | str | Sequence[int]) -> Shard:
        """``"3/64"`` or ``(3, 64)`` as a Shard.  Raises ConfigError where it is none."""
        if isinstance(shard, Shard):
            return shard
        if isinstance(shard, str):
            written = _WRITTEN.fullmatch(shard)
            numbers = [int(number) for number in written.groups()] if written else []
        else:
            numbers = [*shard]
        if len(numbers) != 2 or not all(isinstance(number, int) for number in numbers):
            raise ConfigError(f"cannot read the shard {shard!r}; write it as 3/64 for the third of 64")
        return cls(numbers[0], numbers[1])

    def span(self, n_paths: int, units: Sequence[int]) -> tuple[int, int]:
        """The first path of this shard, and the first behind it.

        Shards are consecutive, none is empty, and they differ by one unit at most.

        Args:
            n_paths: of the whole set.
            units: sizes at whose multiples shards may end, the best first; the first one counts of which there are as
                many as shards.

        Raises ConfigError for fewer paths than shards.
        """
        if n_paths < self.of:
            raise ConfigError(f"{n_paths} paths are too few for {self.of} shards; ask for fewer shards, or more paths")
        unit = next((unit for unit in units if n_paths >= unit * self.of), 1)
        whole = -(-n_paths // unit)  # units, the last of which may be short
        first, stop = (number * whole // self.of for number in (self.number - 1, self.number))
        return first * unit, min(stop * unit, n_paths)

    def facts(self, n_paths: int, settings: Mapping[str, Any]) -> dict[str, Any]:
        """What provenance says of the shard of a set of ``n_paths``; ``settings`` is all that the paths depend on."""
        text = json.dumps(dict(settings), sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        return {"number": self.number, "of": self.of, "paths": n_paths, "job": digest}

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"
