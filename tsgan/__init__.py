"""tsgan learns how markets move, generates scenarios by the million, and shows how far they can be trusted."""

from __future__ import annotations

from typing import Any

from tsgan.lazy import door

# Loaded on first use, so that `import tsgan` and `tsgan --help` stay instant.
_load, __dir__, __all__ = door(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib import metadata  # takes as long to import as all else here

        return metadata.version("tsgan")
    return _load(name)
