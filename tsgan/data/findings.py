"""A finding: something that people should know about their prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """Something that people should know about the prices.

    Attributes:
        severity: ``warning`` is suspicious, ``note`` is worth knowing.
        asset: ticker, or an empty string for the whole table.
        date: first date concerned (ISO), or an empty string.
        message: one plain sentence.
    """

    severity: Literal["warning", "note"]
    asset: str
    date: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.asset, self.message) if part)
