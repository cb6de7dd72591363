"""Documents of settings: grids of a strategy in JSON and configurations in TOML, with odd values in them."""

from __future__ import annotations

import itertools
import json
import random
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import tsgan
from faults.reader import Reader
from faults.spoiling import WAYS, Spoiled
from tsgan.errors import StrategyError

ODD: tuple[Any, ...] = (
    None, True, "", "x", "9" * 30, -1, 0, 1.5, 10**30, -(10**30), 1e308, [], {}, [[]], {"a": 1}, [None], [1, "a"],
)  # fmt: skip


def _mutated(document: Any, draw: random.Random) -> Any:
    """A copy with one value, at any depth, replaced or left out."""
    document = json.loads(json.dumps(document))
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key in list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
            places.append((node, key))
            walk(node[key])

    walk(document)
    node, key = draw.choice(places)
    if draw.random() < 0.2:
        del node[key]
    elif draw.random() < 0.2 and isinstance(node, dict):
        node[f"{key}x"] = node.pop(key)
    else:
        node[key] = draw.choice(ODD)
    return document


def _spoiled_text(text: str, draw: random.Random) -> Spoiled:
    """A document with a bit, some bytes, an end or a line that is another."""
    lines = text.split("\n")
    ways = [
        way
        for way in WAYS
        if way.__name__ in ("bit", "odd_bytes", "cut", "noise", "quote", "twice", "hashed", "packed")
    ]
    spoiled = draw.choice(ways)(lines, draw)
    return spoiled._replace(touched=None, ending="")


def grids() -> list[Reader]:
    document = {"fast": [3, 5], "slow": [10, 20]}
    rng = np.random.default_rng(1)
    days = pd.bdate_range("2018-01-01", periods=300, name="date")
    closes = 100 * np.exp(np.cumsum(0.01 * rng.standard_normal((300, 1)), axis=0))
    panel = tsgan.load_prices(pd.DataFrame(closes, days, ["AAA"]))
    paths = tsgan.fit(panel, "gbm").sample(20, 5, seed=1)
    deep = "[" * 100_000
    texts = (
        deep, '{"fast":' * 2000, '{"fast": [NaN, 5]}', '{"fast": [1e999]}', '{"fast": [3], "fast": [5]}', "", "[]",
        json.dumps({name: list(range(100)) for name in "abcdefgh"}), json.dumps({"fast": list(range(5000))[:3]}), "{}",
    )  # fmt: skip

    def spoil(draw: random.Random) -> Spoiled:
        kind = draw.randrange(10)
        if kind < 6:
            return Spoiled("another value", json.dumps(_mutated(document, draw)).encode(), None)
        if kind < 8:
            text = draw.choice(texts)
            return Spoiled(f"the document {text[:20]}", text.encode(), None)
        return _spoiled_text(json.dumps(document, indent=1), draw)

    def read(file: Path) -> tuple[int, tuple[str, ...]]:
        try:
            found = tsgan.robustness("moving_average_cross", paths, panel, variants=file, lookback=30)
        except StrategyError as error:
            raise StrategyError(f"{file.name}: {error}") from None
        written = json.loads(file.read_text("utf-8-sig"))
        wanted = list(itertools.product(*written.values())) if isinstance(written, dict) else written
        if len(wanted) != len(found.variants):
            raise AssertionError(f"{len(found.variants)} variants of {len(wanted)}")
        return len(wanted), ()

    return [Reader("grid", ".json", spoil, read, lambda *_: "")]


def configurations() -> list[Reader]:
    usual = tsgan.GANConfig().to_dict()
    deep = "a = " + "[" * 50_000
    texts = (
        deep,
        "a" + ".a" * 20_000 + " = 1",
        "steps = 1e999",
        "steps = nan",
        "steps = 0x_",
        "",
        "steps = 1\nsteps = 2",
    )

    def toml(values: dict[str, Any], head: str = "") -> str:
        plain = [f"{k} = {json.dumps(v)}" for k, v in values.items() if not isinstance(v, dict) and v is not None]
        tables = [f"\n[{head}{k}]\n" + toml(v, f"{head}{k}.") for k, v in values.items() if isinstance(v, dict)]
        return "\n".join(plain + tables)

    def spoil(draw: random.Random) -> Spoiled:
        kind = draw.randrange(10)
        if kind < 6:
            return Spoiled("another value", toml(_mutated(usual, draw)).encode(), None)
        if kind < 8:
            text = draw.choice(texts)
            return Spoiled(f"the document {text[:20]}", text.encode(), None)
        return _spoiled_text(toml(usual), draw)

    def read(file: Path) -> tuple[None, tuple[str, ...]]:
        found = tsgan.GANConfig.from_toml(file).to_dict()
        _check_taken(tomllib.loads(file.read_text("utf-8-sig")), found, "")
        return None, ()

    return [Reader("config", ".toml", spoil, read, lambda *_: "")]


def _check_taken(written: dict[str, Any], found: dict[str, Any], where: str) -> None:
    """AssertionError where a value that was written is not what is found."""
    for name, value in written.items():
        if isinstance(value, dict):
            _check_taken(value, found[name], f"{where}{name}.")
        elif found[name] != value:
            raise AssertionError(f"{where}{name} is {found[name]!r}, where {value!r} was written")
