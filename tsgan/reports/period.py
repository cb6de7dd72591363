"""What a page calls the steps of a series: days, weeks, months."""

from __future__ import annotations

from typing import NamedTuple

ADJECTIVES = {"day": "daily", "week": "weekly", "month": "monthly", "quarter": "quarterly", "year": "yearly"}
"""Step -> the adjective."""

LONGER = {5: "weekly", 20: "monthly"}
"""Trading days -> the adjective of what they make."""


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
        return cls(name, f"{name}s", ADJECTIVES[name], "trading day" if name == "day" else name)

    @property
    def tomorrow(self) -> str:
        """When the next step is: ``tomorrow``, ``next week``."""
        return "tomorrow" if self.one == "day" else f"next {self.one}"

    def count(self, number: int) -> str:
        """``1 day``, ``20 days``."""
        return f"{number:,} {self.one if number == 1 else self.many}"

    def over(self, steps: int) -> str:
        """What spans so many steps, as an adjective: ``weekly`` and ``monthly`` for 5 and 20 days, ``5-month``."""
        return LONGER[steps] if self.one == "day" and steps in LONGER else f"{steps}-{self.one}"

    def fill(self, text: str) -> str:
        """A text of ours with the words in place of ``{day}``, ``{days}``, ``{daily}``, the same with a capital, and
        ``{weekly}`` and ``{monthly}`` for what spans 5 and 20 steps.  Never give it names from the data."""
        words = {"day": self.one, "days": self.many, "daily": self.adjective}
        words |= {name.title(): word.title() for name, word in words.items()}
        return text.format(**words, weekly=self.over(5), monthly=self.over(20))


DAY = Period.of("day")
