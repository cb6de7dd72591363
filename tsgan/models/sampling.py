"""The one implementation of ``sample`` and ``forecast``, for every model: blocks of paths, on threads, put together.

Path i is a function of the model, the history that it carries on, the seed and i: not of how many others are drawn, nor
in what pieces or by how many threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from tsgan.data.calendars import future_sessions
from tsgan.errors import ConfigError, ModelError
from tsgan.machine import memory
from tsgan.models.conditioning.grammar import TOLERANCE, Condition
from tsgan.models.contract import MarketModel
from tsgan.models.histories import Histories, PathStart, Prices, path_start
from tsgan.models.states import stacked
from tsgan.runtime import prepare
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.worth import MIRRORED

FORECAST_VALUES = 2**22
"""Numbers that :func:`forecast` holds at once: 16 MiB of returns."""

MOST_PATHS = 2**32
"""Paths of one seed: noise is drawn by their numbers, which have 32 bits, and more of them would repeat themselves."""

MOST_STEPS = 100_000
"""Of a path; calendars end long before."""

WORKERS = min(4, os.cpu_count() or 1)
"""Blocks simulated at a time, on threads: numpy and jax leave the interpreter while they compute."""


def sample(
    model: MarketModel,
    n_paths: int,
    horizon: int,
    *,
    seed: int = 0,
    history: Histories | None = None,
    first_path: int = 0,
    antithetic: bool = False,
    start_prices: Prices | None = None,
    start_date: Any = None,
    condition: Condition | None = None,
    at: int | None = None,
    within: int | None = None,
    tolerance: float = TOLERANCE,
) -> Scenarios:
    """:meth:`tsgan.MarketModel.sample`."""
    check_job(n_paths, horizon, first_path, seed)
    _check_memory(n_paths, horizon, len(model.info.assets))
    prepare()
    if condition is not None:
        from tsgan.models.conditional_sampling import sample_given

        if antithetic or first_path:
            raise ConfigError("paths given a condition are drawn together; leave antithetic and first_path out")
        return sample_given(
            model,
            n_paths,
            horizon,
            condition,
            at=at,
            within=within,
            tolerance=tolerance,
            seed=seed,
            history=history,
            start_prices=start_prices,
            start_date=start_date,
        )
    if at is not None or within is not None:
        raise ConfigError("at and within say when a condition holds; give one")
    info = model.info
    start = path_start(info, history, start_prices, start_date)
    dates = future_sessions(info.calendar, start.date, horizon, info.periods_per_year)
    states = [model.encode(panel.moves[-model.context_days :]) for panel in start.panels] or [model.state]
    # The members of an ensemble take turns as well; histories change after each round of them, so all meet all.
    turn = model.population * (2 if antithetic else 1)

    def deal(paths: np.ndarray) -> np.ndarray:
        return paths // turn % len(states)

    simulate = _antithetic(model) if antithetic else model.simulate
    moves = _in_blocks(model, simulate, stacked(states), deal, first_path, n_paths, horizon, seed)
    moves = at_rest(moves, info.closed(dates[1:]))
    paths = Scenarios(
        returns=info.space.returns_of(moves, start.prices),
        assets=info.assets,
        kinds=info.kinds,
        bounds=info.bounds,
        dates=dates,
        start_prices=start.prices,
        first_path=first_path,
        provenance=_provenance(model, start, seed, antithetic),
    )
    if model.bars is None:
        return paths
    return replace(paths, bars=model.bars.draw(paths, seed, start.panels, deal))


def check_job(n_paths: Any, horizon: Any, first_path: Any = 0, seed: Any = 0) -> None:
    """ModelError for counts that are none, or that lie beyond what can be told apart."""
    for name, value, least, most in (
        ("paths", n_paths, 1, MOST_PATHS),
        ("horizon", horizon, 1, MOST_STEPS),
        ("first_path", first_path, 0, MOST_PATHS),
        ("seed", seed, 0, 2**63),
    ):
        whole = isinstance(value, int | np.integer) or (isinstance(value, float) and value.is_integer())
        if not whole or value < least:
            raise ModelError(f"{name} must be a whole number of at least {least}, not {value}")
        if value > most:
            raise ModelError(f"{name} must be at most {most:,}, not {int(value):,}")
    if first_path + n_paths > MOST_PATHS:
        raise ModelError(
            f"paths are numbered from 0 to {MOST_PATHS - 1:,}, and {n_paths:,} from path {first_path:,} on go beyond "
            "that; draw them with another seed"
        )


def _check_memory(n_paths: int, horizon: int, assets: int) -> None:
    """ConfigError where the returns alone, float32, do not fit into the memory of this machine."""
    needed, there = 4 * n_paths * horizon * assets, memory()
    if there is not None and needed > there:
        raise ConfigError(
            f"{n_paths:,} paths of {horizon:,} steps and {assets} assets need {needed / 1e9:,.0f} GB of memory, and "
            f"this machine has {there / 1e9:,.0f} GB; ask for fewer, or draw them piece by piece into files: "
            "tsgan.sample_chunks, 'tsgan sample --out'"
        )


def at_rest(moves: np.ndarray, closed: np.ndarray | None) -> np.ndarray:
    """Moves (path, day, asset) with 0 where ``closed`` (day, asset) says so; as they are where it is None."""
    return moves if closed is None else np.where(closed, np.zeros((), moves.dtype), moves)


def forecast(
    model: MarketModel, returns: np.ndarray, ends: np.ndarray, horizon: int, draws: int, *, seed: int = 0
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """:meth:`tsgan.MarketModel.forecast`."""
    ends = np.asarray(ends, np.int64)
    if len(ends) == 0 or ends[0] < 1 or ends[-1] > len(returns) or np.any(np.diff(ends) < 1):
        raise ModelError(f"forecasts need increasing ends between 1 and the {len(returns)} returns of the history")
    prepare()
    most = max(1, FORECAST_VALUES // (draws * horizon * len(model.info.assets)))
    for run in np.split(ends, np.flatnonzero(np.diff(ends) > 1) + 1):
        for first in range(0, len(run), most):
            chunk = run[first : first + most]
            states = model.encode_each(returns, chunk)
            first_path, n_paths = int(chunk[0]) * draws, len(chunk) * draws

            def deal(paths: np.ndarray, first: int = int(chunk[0])) -> np.ndarray:
                return paths // draws - first

            paths = _in_blocks(model, model.simulate_fixed, states, deal, first_path, n_paths, horizon, seed)
            yield chunk, paths.reshape(len(chunk), draws, *paths.shape[1:])


def _antithetic(model: MarketModel) -> Callable[..., np.ndarray]:
    """``model.simulate``, but every second path of a block gets its neighbour's noise, mirrored."""

    def simulate(states: Any, starts: np.ndarray, paths: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        noise = np.array(model.noise(paths, horizon, seed))
        noise[:, 1::2] = -noise[:, ::2] if model.law == "normal" else 1 - noise[:, ::2]
        return model.respond(states, starts, noise, int(paths[0]) % model.population)

    return simulate


def _in_blocks(
    model: MarketModel,
    simulate: Callable[..., np.ndarray],
    states: Any,
    deal: Callable[[np.ndarray], np.ndarray],
    first: int,
    count: int,
    horizon: int,
    seed: int,
) -> np.ndarray:
    """Paths ``first`` .. ``first + count - 1``, (path, horizon, asset); ``deal`` says from which state."""
    returns = np.empty((count, horizon, len(model.info.assets)), np.float32)

    def draw(indices: np.ndarray) -> int:
        wanted = slice(*np.searchsorted(indices, (first, first + count)))
        kept = indices[wanted] - first
        if not len(kept):
            return 0
        starts = deal(np.clip(indices, first, first + count - 1))
        drawn = simulate(states, starts, indices, horizon, seed)[wanted]
        # Paths of a block lie at even steps: slices are copied faster than what is picked one by one.
        returns[kept[0] : kept[-1] + 1 : max(1, (kept[-1] - kept[0]) // max(1, len(kept) - 1))] = drawn
        return 0 if np.isfinite(drawn).all() else int((~np.isfinite(drawn).all(axis=(1, 2))).sum())

    with ThreadPoolExecutor(WORKERS) as pool:
        bad = sum(pool.map(draw, model.blocks(first, count)))
    if bad:
        raise ModelError(
            f"{bad} of {count} paths of {model.info.model} are not finite: a defect of the model, please report it"
        )
    return returns


def _provenance(model: MarketModel, start: PathStart, seed: int, antithetic: bool) -> dict[str, Any]:
    info = model.info
    return {
        "model": info.model,
        "model_hash": model.model_hash,
        "train_start": info.train_start,
        "train_end": info.train_end,
        "data_hash": info.data_hash,
        "source": info.source,
        "config": dict(info.config),
        "fit_seed": info.seed,
        "seed": seed,
        "antithetic": antithetic,
        **({MIRRORED: model.population} if antithetic else {}),
        **({"state_end": info.state_end} if info.state_end else {}),
        **({"rebased": True} if start.rebased else {}),
        "history_end": str(start.ends[0]) if len(start.ends) == 1 else [str(end) for end in start.ends],
        "calendar": info.calendar,
        "currency": info.currency,
        "periods_per_year": info.periods_per_year,
        **({"calendars": list(info.calendars)} if info.calendars else {}),
        "drift": {
            "mode": info.config.get("drift_mode", "historical"),
            "per_period": dict(zip(info.assets, info.drift, strict=True)),
        },
        **({"warnings": list(info.warnings)} if info.warnings else {}),
    }
