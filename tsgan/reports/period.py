"""What a page calls the steps of a series: days, weeks, months."""

from __future__ import annotations

from typing import NamedTuple

ADJECTIVES = {"day": "daily", "week": "weekly", "month": "monthly", "quarter": "quarterly", "year": "yearly"}


class Period(NamedTuple):
    """Words for one step of a series, in lower case: ``day``, ``days``, ``daily``, ``trading day``.

    Templates and sentences take these as values, so that names from the data are never reworded.
    """

    one: str
    many: str
    adjective: str
    trading: str

    @classmethod
    def of(cls, name: str) -> Period:
        """The words for ``day``, ``week``, ``month``, ``quarter`` or ``year``."""
        adjective = {"day": "daily", "week": "weekly", "month": "monthly", "quarter": "quarterly", "year": "yearly"}[
            name
        ]
        return cls(name, f"{name}s", adjective, "trading day" if name == "day" else name)

    @property
    def tomorrow(self) -> str:
        """When the next step is: ``tomorrow``, ``next week``."""
        return "tomorrow" if self.one == "day" else f"next {self.one}"

    def on(self, number: int) -> str:
        """When the step of a number is: ``on day 20``, ``in week 20``."""
        return f"{'on' if self.one == 'day' else 'in'} {self.one} {number}"

    def count(self, number: int) -> str:
        """``1 day``, ``20 days``."""
        return f"{number:,} {self.one if number == 1 else self.many}"


DAY = Period.of("day")
