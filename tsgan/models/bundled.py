"""Models that come inside the package, by name: ``bundled:us-indices``.

They keep parameters and the state that their training left behind, but no price and no return.
"""

from __future__ import annotations

import os
from pathlib import Path

from tsgan.errors import ModelError

PREFIX = "bundled:"

FOLDER = Path(__file__).parents[1] / "bundled"
"""Each folder in it is a saved model; ``scripts/make_bundled.py`` writes them."""


BASE = "base"
"""``bundled:base`` is the pretrained base; folders of its vintages are called ``base-2009`` and so on."""


def vintage_names() -> tuple[str, ...]:
    """Every vintage of the pretrained base."""
    return tuple(sorted(folder.parent.name for folder in FOLDER.glob(f"{BASE}-*/base.json")))


def is_base(source: str | os.PathLike[str]) -> bool:
    """Whether ``source`` names the pretrained base or one of its vintages, which have no assets of their own."""
    name = os.fspath(source).removeprefix(PREFIX)
    return is_bundled(source) and (name == BASE or name.startswith(f"{BASE}-"))


def vintage_of(source: str) -> str | None:
    """The vintage that a name of the base asks for; None where it leaves the choice."""
    name = source.removeprefix(PREFIX)
    return None if name == BASE else name


def bundled_names() -> tuple[str, ...]:
    """Every bundled model, as it is asked for."""
    return tuple(sorted(f"{PREFIX}{folder.parent.name}" for folder in FOLDER.glob("*/model.json")))


def is_bundled(source: str | os.PathLike[str]) -> bool:
    """Whether ``source`` names a bundled model rather than a folder."""
    return os.fspath(source).startswith(PREFIX)


def model_folder(source: str | os.PathLike[str]) -> Path:
    """The folder that ``source`` means: that of a bundled model, or else itself.

    Raises ModelError for an unknown bundled model; the message lists those that there are.
    """
    if not is_bundled(source):
        return Path(source)
    if os.fspath(source) not in bundled_names():
        known = ", ".join((*bundled_names(), PREFIX + BASE))
        raise ModelError(f"no model called {os.fspath(source)}; those that come with tsgan are {known}")
    return FOLDER / os.fspath(source).removeprefix(PREFIX)
