"""The facts that a market model is judged on: tables by group, each row a statistic from ``tsgan.stats``.

The numbers are those of Cont (2001), "Empirical properties of asset returns: stylized facts and statistical issues";
what each statistic is, and where it comes from, is written where it is defined.

A plug-in adds one with a :class:`Fact` and an entry point of its name in the group ``tsgan.facts``.
"""

from __future__ import annotations

from tsgan.errors import PluginError
from tsgan.evaluation.facts.bars import BAR_FACTS
from tsgan.evaluation.facts.fact import ALL_ASSETS, CONT, GROUPS, Fact, Subject, use_of
from tsgan.evaluation.facts.panels import JOINT_FACTS
from tsgan.evaluation.facts.returns import FACTS, GAUSSIAN_GPD, GAUSSIAN_HILL, VOLUME
from tsgan.plugins import Registry

__all__ = [
    "ALL_ASSETS",
    "BAR_FACTS",
    "CONT",
    "FACTS",
    "GAUSSIAN_GPD",
    "GAUSSIAN_HILL",
    "GROUPS",
    "JOINT_FACTS",
    "REGISTRY",
    "VOLUME",
    "Fact",
    "Subject",
    "facts_of",
    "use_of",
]

OWN: dict[Subject, tuple[Fact, ...]] = {"asset": FACTS, "bars": BAR_FACTS, "panel": JOINT_FACTS}
"""Subject -> the facts that come with tsgan, in the order of the scorecard."""

_BY_NAME = {fact.name: fact for facts in OWN.values() for fact in facts}

REGISTRY = Registry("tsgan.facts", "fact", {name: f"{__name__}:{name}" for name in _BY_NAME})
"""Every fact by name, those of plug-ins last.  Each of ours is also an attribute of this package."""


def facts_of(subject: Subject) -> tuple[Fact, ...]:
    """The facts of one subject, ours first; PluginError for a plug-in that is none."""
    added = [_checked(name, REGISTRY[name]) for name in REGISTRY.plugins()]
    return (*OWN[subject], *(fact for fact in added if fact.of == subject))


def _checked(name: str, fact: object) -> Fact:
    if not isinstance(fact, Fact):
        raise PluginError(f"the plug-in for the fact {name!r} is a {type(fact).__name__}; it must name a Fact object")
    if fact.name != name:
        raise PluginError(f"the plug-in for the fact {name!r} calls it {fact.name!r}; give both the same name")
    return fact


def __getattr__(name: str) -> Fact:
    if name in _BY_NAME:
        return _BY_NAME[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
