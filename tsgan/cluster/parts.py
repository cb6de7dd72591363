"""Work on the parts of a set of paths: by this process one after the other, or by the workers of a cluster."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tsgan.cluster.connection import connected, done
from tsgan.scenarios.streaming import Part


@dataclass(frozen=True)
class Reader:
    """Who works on the parts.

    Attributes:
        parts: of the set.
        asked: what all of them are asked, one value.
        client: of a cluster; None for this process.
        shared: both, as a future of the cluster's.
    """

    parts: Sequence[Part]
    asked: Any
    client: Any = None
    shared: Any = None

    def each(self, task: Callable[..., Any], *more: Callable[[int], Any]) -> Iterator[tuple[int, Any]]:
        """Numbers of all parts with what ``task(number, parts, asked, ...)`` makes of them, in any order.

        ``task`` is a function of a module; ``more`` are functions of the number that give it further arguments.
        """
        numbers = range(len(self.parts))
        if self.client is None:
            for number in numbers:
                yield number, task(number, self.parts, self.asked, *(one(number) for one in more))
            return
        items = (Item(number, tuple(one(number) for one in more)) for number in numbers)
        for item, made in done(self.client, _on_worker, items, task, self.shared, kept="nothing of it is kept"):
            yield item.number, made


@dataclass(frozen=True, eq=False)
class Item:
    """A part, and what only its task needs."""

    number: int
    more: tuple[Any, ...]

    def __str__(self) -> str:
        return str(self.number)


@contextmanager
def reader(
    cluster: str | Any | None, parts: Sequence[Part], asked: Any, functions: Iterable[Callable[..., Any]] = ()
) -> Iterator[Reader]:
    """A reader of parts.

    Args:
        cluster: as for :func:`tsgan.sample_on_cluster`; None for this process.
        parts, asked: as in Reader.
        functions: of a user's in ``asked``, whose modules workers may not find: they travel as they are.
    """
    if cluster is None:
        yield Reader(parts, asked)
        return
    with connected(cluster) as client, _travelling(functions):
        yield Reader(parts, asked, client, client.submit(_together, parts, asked, pure=False))


@contextmanager
def _travelling(functions: Iterable[Callable[..., Any]]) -> Iterator[None]:
    """Modules of these functions are sent whole, but for those that are installed with tsgan."""
    pickle = importlib.import_module("cloudpickle")  # which comes with dask
    names = {getattr(function, "__module__", None) or "__main__" for function in functions}
    modules = [sys.modules[name] for name in names if name in sys.modules and name.split(".")[0] != "tsgan"]
    modules = [module for module in modules if module.__name__ not in pickle.list_registry_pickle_by_value()]
    for module in modules:
        pickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in modules:
            pickle.unregister_pickle_by_value(module)


def _together(parts: Sequence[Part], asked: Any) -> tuple[Sequence[Part], Any]:
    return parts, asked


def _on_worker(item: Item, task: Callable[..., Any], shared: tuple[Sequence[Part], Any]) -> Any:
    return task(item.number, *shared, *item.more)
