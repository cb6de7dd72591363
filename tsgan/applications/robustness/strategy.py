"""A user's strategy: where it comes from, what it is asked, and whether it decides from the prices so far alone.

It gets a copy of the last prices and nothing else: writing into them changes nothing, and no later price shares their
memory.  What it can still do wrong is checked by asking again: it may keep a memory or draw random numbers
(:meth:`Strategy.agree`), or bring the future along in data of its own (:func:`check_foresight`).
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import itertools
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from tsgan.applications.portfolio import MOST_LEVERAGE
from tsgan.applications.robustness import strategies
from tsgan.bounded import Unreadable, parse_json, read_written
from tsgan.errors import ConfigError, StrategyError

EXAMPLES = ("buy_and_hold", "moving_average_cross", "momentum", "mean_reversion", "volatility_target")
"""Functions of :mod:`tsgan.applications.robustness.strategies`, which need no module in front of their names."""

Variants = str | os.PathLike[str] | Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]]
"""A JSON file, lists of parameters, or a list of their combinations."""

BATCH = 2**21
"""Prices that a strategy is given at once: 16 MiB."""

MOST_VARIANTS = 100_000
"""Combinations of parameters; each is run over every history."""

ASKED_AGAIN = 16
"""Answers of every run that are asked for a second time."""


@dataclass(frozen=True, eq=False)
class Strategy:
    """A function of the prices so far, with its parameters.

    Attributes:
        name: as the user gave it.
        function: (day, asset) closes, today's last -> (asset,) weights.
        parameters: keyword arguments of it.
        batched: whether it takes many histories at once, (history, day, asset) -> (history, asset).
    """

    name: str
    function: Callable[..., Any]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    batched: bool = False

    @property
    def label(self) -> str:
        """Its parameters in words: ``fast=5, slow=50``."""
        return ", ".join(f"{key}={value}" for key, value in self.parameters.items()) or "as it is"

    def decide(self, windows: np.ndarray, where: Callable[[int], str]) -> np.ndarray:
        """Weights (window, asset) after each of the windows (window, day, asset), which are copied.

        Raises:
            StrategyError: for what it raises, and for weights that are none; ``where(i)`` names window i.
        """
        shape = (len(windows), windows.shape[2])
        if self.batched:
            try:
                return _weights(self.function(windows.copy(order="K"), **self.parameters), shape)
            except Exception:  # one by one it may do better; if not, the error can say where
                return replace(self, batched=False).decide(windows, where)
        weights = np.empty(shape)
        for i, window in enumerate(windows):
            try:
                weights[i] = _weights(self.function(window.copy(order="K"), **self.parameters), shape[1:])
            except (Exception, SystemExit) as error:
                raise StrategyError(f"{self} raised {type(error).__name__} on {where(i)}: {error}") from error
        return weights

    def prepared(self, windows: np.ndarray, where: Callable[[int], str]) -> Strategy:
        """The strategy, ``batched`` where that gives the same weights after each of these windows."""
        alone = replace(self, batched=False)
        weights = alone.decide(windows, where)
        self._compare(weights, alone.decide(windows[::-1], where)[::-1], where)
        try:
            together = _weights(self.function(windows.copy(order="K"), **self.parameters), weights.shape)
        except Exception:
            return alone
        return replace(self, batched=bool(np.allclose(together, weights, rtol=1e-9, atol=1e-12)))

    def agree(self, windows: np.ndarray, weights: np.ndarray, where: Callable[[int], str]) -> None:
        """StrategyError unless the same prices, asked one by one and in another order, give the same weights."""
        again = replace(self, batched=False).decide(windows[::-1], where)[::-1]
        self._compare(weights, again, where)

    def _compare(self, first: np.ndarray, second: np.ndarray, where: Callable[[int], str]) -> None:
        apart = ~np.isclose(first, second, rtol=1e-7, atol=1e-9).all(axis=1)
        if apart.any():
            i = int(np.argmax(apart))
            raise StrategyError(
                f"{self} gives other weights when asked again with the same prices ({where(i)}: {first[i].tolist()}, "
                f"then {second[i].tolist()}): it remembers earlier calls, looks at other histories or draws random "
                "numbers; it must be a function of the prices that it is given"
            )

    def __str__(self) -> str:
        return f"strategy {self.name}" + (f" ({self.label})" if self.parameters else "")


def as_strategy(given: str | Callable[..., Any] | Strategy) -> Strategy:
    """A strategy by its name (:func:`load_strategy`), or around a function."""
    if isinstance(given, Strategy):
        return given
    if isinstance(given, str):
        return load_strategy(given)
    if not callable(given):
        raise StrategyError(f"{given!r} is no strategy; give a function of prices, or its name as module:function")
    return Strategy(getattr(given, "__name__", type(given).__name__), given)


def load_strategy(text: str) -> Strategy:
    """``module:function``, ``folder/file.py:function`` or the name of an example.

    Modules are looked for in the current folder too.  Raises StrategyError where there is no such function.
    """
    if text in EXAMPLES:
        return Strategy(text, getattr(strategies, text))
    place, colon, name = text.rpartition(":")
    if not (colon and place and name):
        raise StrategyError(
            f"cannot read the strategy {text!r}; write module:function, file.py:function, "
            f"or one of {', '.join(EXAMPLES)}"
        )
    try:
        module = _file(Path(place)) if place.endswith(".py") else _module(place)
    except (Exception, SystemExit) as error:
        raise StrategyError(f"cannot import {place} for the strategy: {type(error).__name__}: {error}") from error
    function = getattr(module, name, None)
    if not callable(function):
        named = [n for n, f in vars(module).items() if inspect.isfunction(f) and f.__module__ == module.__name__]
        raise StrategyError(f"{place} has no function {name!r}; it has {', '.join(named) or 'none'}")
    return Strategy(text, function)


def variants_of(given: Variants) -> list[dict[str, Any]]:
    """Parameters to try: lists of them, every combination of which counts, or a list of combinations; or a file.

    Raises ConfigError for what is neither.
    """
    if isinstance(given, str | os.PathLike):
        return read_variants(given)
    if isinstance(given, Mapping):
        return _combinations({name: list(values) for name, values in given.items()}, "variants")
    return _combinations(list(given), "variants") if given else []


def read_variants(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """:func:`variants_of` a JSON file: an object of lists, or a list of objects.

    Raises ConfigError for a file that is neither.
    """
    try:
        grid = parse_json(read_written(path))
    except FileNotFoundError:
        raise ConfigError(
            f'no variants {path}; it is a JSON file such as {{"fast": [5, 20], "slow": [50, 200]}}'
        ) from None
    except (OSError, Unreadable) as error:
        raise ConfigError(f"the variants {path} cannot be read as JSON: {error}") from None
    return _combinations(grid, str(path))


def _combinations(grid: Any, where: str) -> list[dict[str, Any]]:
    if isinstance(grid, dict) and grid and all(isinstance(v, list) and v for v in grid.values()):
        if (count := math.prod(map(len, grid.values()))) > MOST_VARIANTS:
            raise ConfigError(f"{where}: {count:,} combinations; at most {MOST_VARIANTS:,} variants can be tried")
        return [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    if isinstance(grid, list) and grid and all(isinstance(v, dict) for v in grid):
        return grid
    raise ConfigError(
        f'{where} must hold an object of lists such as {{"fast": [5, 20], "slow": [50, 200]}}, or a list of objects'
    )


def with_variants(strategy: Strategy, variants: list[dict[str, Any]]) -> list[Strategy]:
    """The strategy with each of these parameters; StrategyError where its function does not take them."""
    made = []
    for parameters in variants or [{}]:
        try:
            inspect.signature(strategy.function).bind(np.empty((1, 1)), **parameters)
        except (TypeError, ValueError) as error:
            raise StrategyError(f"{strategy} does not take {parameters or 'prices alone'}: {error}") from None
        made.append(replace(strategy, parameters=parameters))
    return made


def _module(name: str) -> Any:
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # as python -m does; kept, for what the module imports later
    return importlib.import_module(name)


def _file(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _weights(value: Any, shape: tuple[int, ...]) -> np.ndarray:
    """What a strategy returned as float64 weights; a single asset's may lack its axis."""
    weights = np.asarray(value, np.float64)
    if shape[-1] == 1 and weights.shape == shape[:-1]:
        weights = weights[..., None]
    if weights.shape != shape:
        raise ValueError(f"weights of shape {weights.shape}, where {shape} are needed: one for each asset")
    if not np.isfinite(weights).all():
        raise ValueError("weights that are not finite; give 0 for no position")
    gross = float(np.abs(weights).sum(axis=-1).max(initial=0.0))
    if gross > MOST_LEVERAGE:
        raise ValueError(
            f"weights that add up to {gross:,.4g} times the capital without their signs; they are fractions, and 60 % "
            f"is 0.60"
        )
    return weights
