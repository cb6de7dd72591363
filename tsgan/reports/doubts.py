"""What makes the figures of an answer doubtful: findings in prices, old and new, that its reader did not see."""

from __future__ import annotations

from collections.abc import Iterable


def doubts(*sources: Iterable[str]) -> tuple[str, ...]:
    """All sentences, each once, in the order in which they come."""
    return tuple(dict.fromkeys(sentence for source in sources for sentence in source))


def in_lines(warnings: Iterable[str]) -> list[str]:
    """The same as lines of a summary."""
    return [f"Look at the data first: {sentence}" for sentence in warnings]
