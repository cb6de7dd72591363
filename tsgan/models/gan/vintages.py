"""Vintages of the pretrained base: the same law, trained to the ends of different years, so that a judgement of later
dates is honest.

A vintage is a folder of three files: ``base.json`` says what it is, ``base.safetensors`` holds its parameters, and
``MODEL_CARD.md`` tells people.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import jax
import numpy as np
from safetensors.numpy import load, save_file

from tsgan.config import GANConfig
from tsgan.errors import LookAheadWarning, ModelError
from tsgan.models.bundled import BASE, FOLDER, vintage_names
from tsgan.models.card import FILE as CARD
from tsgan.models.formats import before_counters, before_refinement
from tsgan.models.gan.base import Base
from tsgan.models.gan.members import new_generator
from tsgan.models.gan.trees import flatten, unflatten
from tsgan.outputs.commits import umask
from tsgan.owned import Listing, is_whole, owned_folder, sealed, sha256_of

FORMAT = 3

READABLE = (1, 2, 3)
"""Format 1 said nothing of the refinement of bases, format 2 nothing of what draws the noise of their paths."""

DOCUMENT, ARRAYS = "base.json", "base.safetensors"


@dataclass(frozen=True)
class Vintage:
    """A pretrained base.

    Attributes:
        name: as in ``base-2009``.
        until: last date that it was trained on (ISO).
        config: as models of it are saved with.
        base: the parameters; its one asset stands for all.
        facts: what it was trained on.
    """

    name: str
    until: str
    config: GANConfig
    base: Base
    facts: Mapping[str, Any]


def vintage_for(end: np.datetime64, wanted: str | None = None) -> Vintage:
    """The vintage that is ``wanted`` by name (``2009``, ``base-2009``, ``bundled:base-2009``, or a folder), or else the
    newest that ends by the date ``end``.

    Warns (LookAheadWarning) where the vintage was trained on later dates; of histories that end before the first
    vintage does, that is so whatever is chosen.
    """
    if wanted is None:
        all_of_them = sorted((read_vintage(FOLDER / name) for name in vintage_names()), key=lambda v: v.until)
        if not all_of_them:
            raise ModelError("no pretrained base comes with this tsgan; install it again")
        past = [vintage for vintage in all_of_them if np.datetime64(vintage.until) <= end]
        vintage = past[-1] if past else all_of_them[0]
    else:
        vintage = read_vintage(_folder(wanted))
    if np.datetime64(vintage.until) > end:
        warnings.warn(
            f"LOOK-AHEAD: {vintage.name} was trained on markets to {vintage.until}, and the history ends on {end}; "
            "nothing before that date can be judged honestly with it",
            LookAheadWarning,
            stacklevel=3,
        )
    return vintage


def _folder(wanted: str) -> Path:
    """Where the vintage of that name is."""
    if Path(wanted).is_dir():
        return Path(wanted)
    name = f"{BASE}-{wanted.rpartition('-')[2]}"
    if name not in vintage_names():
        raise ModelError(f"no vintage called {wanted}; those that come with tsgan are {', '.join(vintage_names())}")
    return FOLDER / name


def read_vintage(folder: str | os.PathLike[str]) -> Vintage:
    """The vintage in a folder; ModelError where it is none, or where its files are not those that were saved."""
    folder = Path(folder)
    try:
        document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
        if document["format_version"] not in READABLE:
            raise ModelError(
                f"{folder} has format version {document['format_version']}, this tsgan reads "
                f"{' and '.join(map(str, READABLE))}; install another"
            )
        if not is_whole(document) or sha256_of(folder / ARRAYS) != document["files"][ARRAYS]:
            raise ModelError(f"{folder} was changed since it was saved; restore it from a copy, or install tsgan again")
        arrays = load((folder / ARRAYS).read_bytes())
        told, version = document["config"], document["format_version"]
        told = before_refinement(told) if version < 2 else told
        config = GANConfig.from_saved(before_counters(told) if version < 3 else told)
        facts = document["corpus"]
        name, until = document["name"], document["pretrained_until"]
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(f"{folder} cannot be read as a pretrained base: {error}") from None
    template = jax.eval_shape(lambda: new_generator(config, 1, 0))
    return Vintage(name, until, config, cast(Base, unflatten(template, arrays)), facts)


def save_vintage(vintage: Vintage, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write a vintage to a folder, as a whole or not at all; ``overwrite`` replaces one that is there.

    Raises OutputError where the folder cannot be written, or holds anything that may not be replaced.
    """
    with owned_folder(Path(folder), _listing_of, overwrite) as temporary:
        save_file(flatten(vintage.base), temporary / ARRAYS)
        (temporary / ARRAYS).chmod(0o666 & ~umask())  # safetensors makes it private
        (temporary / CARD).write_text(_card(vintage), encoding="utf-8")
        document = {
            "format_version": FORMAT,
            "name": vintage.name,
            "pretrained_until": vintage.until,
            "corpus": dict(vintage.facts),
            "config": vintage.config.to_dict(),
            "files": dict(Listing.of(temporary).files),
        }
        (temporary / DOCUMENT).write_text(json.dumps(sealed(document), indent=2) + "\n", encoding="utf-8")


def _listing_of(folder: Path) -> Listing:
    """What tsgan wrote into the folder of a vintage."""
    try:
        document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
        return Listing(document["files"], itself=frozenset({DOCUMENT})) if is_whole(document) else Listing()
    except (OSError, ValueError, KeyError, TypeError):
        return Listing()


def _card(vintage: Vintage) -> str:
    law, facts = vintage.config.law.base, "\n".join(f"- {name}: {value}" for name, value in vintage.facts.items())
    return f"""# Model card: {vintage.name}, a pretrained base

One law for all assets, in which nothing belongs to an asset, trained on daily closes of many markets up
to {vintage.until}.  It is no model of a market until it is given a history: `tsgan.fit(prices, "base")`.

## What it was trained on

{facts}
- Baskets have equal weights in stocks of the corpus: half of them drawn at random, half a stock with those that move
  most alike.  Crosses are ratios of two of its exchange rates.  None of them moves almost as a test asset does.
- Survivorship: the stocks are those that were still listed in 2017, and the list was drawn up then, for all vintages.
  Bankruptcies and delistings are missing, so that risks of single stocks are understated.
- None of the training prices are in this package.

## What is set from a history, and how

- Unit: the volatility of all days, shrunk to {law.unit:g} a day, which is worth {law.unit_days:g} days.
- Level: the volatility of the years to come lies around what the history supports, with a log sd of
  {law.level_spread:g}; each path keeps the level that it draws.
- Drift of prices: the mean of the history, shrunk to {law.drift:g} a day with a prior sd of {law.drift_spread:g}; a
  history of 60 days hardly moves it.  Levels and rates have none.
- Correlations: those of the normal scores of the last ten years, each pair's shrunk to the average one, which is
  worth {law.correlation_days:g} days.

## Limits

- Judged on dates up to {vintage.until} it has looked ahead; tables and pages say LOOK-AHEAD.
- Daily prices only.  Volatility indices and rates can be modelled, but no claim is made for them.
- It does not predict the direction of prices.
- No investment advice.
"""
