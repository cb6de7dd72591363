"""Plug-ins: what other packages add, found by entry points and loaded when it is asked for.

A package adds a model, say, with three lines of its ``pyproject.toml``::

    [project.entry-points."tsgan.models"]
    mine = "my_package.my_module:MyModel"

and ``tsgan.fit(panel, "mine")`` finds it.  :class:`Registry` holds what comes with tsgan and what plug-ins add, under
the names that users type.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

from tsgan.errors import ConfigError, PluginError

if TYPE_CHECKING:
    from importlib import metadata

Group = Literal["tsgan.models", "tsgan.generators", "tsgan.critics", "tsgan.engines", "tsgan.facts"]
"""Entry-point groups: market models, the GAN's generators and critics, backtesting engines, and facts of the market."""

GROUPS: tuple[Group, ...] = get_args(Group)


class Registry(Mapping[str, Any]):
    """Names to objects: those of tsgan, given as ``module:attribute``, and those of plug-ins.

    Nothing is imported before it is looked up, so a registry costs nothing to have and a broken plug-in hurts only
    those who ask for it.

    Args:
        group: where plug-ins announce theirs.
        noun: what one of them is called in messages, ``model``.
        own: name to ``module:attribute`` of what comes with tsgan, in the order in which people are told of them.
    """

    def __init__(self, group: Group, noun: str, own: Mapping[str, str]) -> None:
        self.group, self.noun, self.own = group, noun, dict(own)

    def __getitem__(self, name: str) -> Any:
        """The object; ConfigError for an unknown name, PluginError for a plug-in that cannot be loaded."""
        if name in self.own:
            module, attribute = self.own[name].split(":")
            return getattr(importlib.import_module(module), attribute)
        added = self._added()
        if name not in added:
            raise ConfigError(f"no {self.noun} called {name!r}; choose one of {', '.join(self)}")
        if len(added[name]) > 1:
            owners = " and ".join(sorted(point.value for point in added[name]))
            raise PluginError(f"two plug-ins call their {self.noun} {name!r}: {owners}; uninstall one of them")
        try:
            return added[name][0].load()
        except Exception as error:  # whatever the plug-in's own code raises as it is imported
            raise PluginError(
                f"the plug-in {added[name][0].value} for the {self.noun} {name!r} cannot be loaded: "
                f"{type(error).__name__}: {error}; mend or uninstall it"
            ) from error

    def __iter__(self) -> Iterator[str]:
        """Names, tsgan's own first; plug-ins cannot take one of these."""
        yield from self.own
        yield from sorted(name for name in self._added() if name not in self.own)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in self.own or name in self._added()

    def plugins(self) -> tuple[str, ...]:
        """Names that plug-ins have added."""
        return tuple(name for name in self if name not in self.own)

    def _added(self) -> dict[str, list[metadata.EntryPoint]]:
        """Entry points by name; the same one found twice, as in an editable installation, counts once."""
        from importlib import metadata  # slow to import, and the help of a command needs no plug-in

        found: dict[str, dict[str, metadata.EntryPoint]] = {}
        for point in metadata.entry_points(group=self.group):
            found.setdefault(point.name, {})[point.value] = point
        return {name: list(points.values()) for name, points in found.items()}
