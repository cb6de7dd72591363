"""A corpus: many markets' closes, from which the base learns one law.

Assets whose ticker falls into the TEST share of a hash are never trained on, nor is what moves almost as they do.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from tsgan.config import LawConfig, PretrainingConfig
from tsgan.errors import DataError
from tsgan.models.gan.memory import Memory, decays
from tsgan.training.composites import composites

SHARES, TEST = 5, 0
"""Tickers are dealt into so many shares, by CRC32; those of one are for testing."""

CLONE, ENOUGH = 0.95, 250
"""Correlation beyond which an asset stands for another, on at least so many common days."""

LEAST = 100
"""Returns before the end of training of an asset that is trained on."""


class Corpus(NamedTuple):
    """Returns of many assets, and running sums from which the memory of any part of their histories follows.

    Attributes:
        x: (day, asset) log returns, 0 where there is none.
        present: (day, asset) whether there is one.
        memory: (day + 1, asset, scale) before each day, in squared returns, and begun with 0.
        count: (day + 1, asset) returns so far.
        total: (day + 1, asset) sum of their squares.
    """

    x: jax.Array
    present: jax.Array
    memory: Memory
    count: jax.Array
    total: jax.Array


def is_test(ticker: str) -> bool:
    """Whether an asset is kept for testing."""
    return zlib.crc32(ticker.encode()) % SHARES == TEST


def log_returns(closes: pd.DataFrame) -> pd.DataFrame:
    """Log returns of each column over its own days, NaN where it has no close on a day, or none before."""
    returns = np.full(closes.shape, np.nan)
    for i, column in enumerate(closes.to_numpy(np.float64).T):
        known = column > 0
        returns[known, i] = np.diff(np.log(column[known]), prepend=np.nan)
    return pd.DataFrame(returns, closes.index, closes.columns)


def returns_until(
    closes: pd.DataFrame,
    until: str,
    apart: Sequence[pd.DataFrame] = (),
    *,
    stocks: Collection[str] = (),
    rates: Collection[str] = (),
    settings: PretrainingConfig | None = None,
) -> pd.DataFrame:
    """The log returns to train on, of the closes up to ``until``: later rows have no say in anything.

    They are those of the columns that may be trained on (:func:`training_assets`), and with ``settings`` of baskets of
    the ``stocks`` and crosses of the exchange ``rates`` among these (:func:`~tsgan.training.composites.composites`), on
    days that have any.  ``apart`` are closes for testing, whose near-clones are left out.
    """
    returns, others = log_returns(closes.loc[:until]), [log_returns(table.loc[:until]) for table in apart]
    own = returns.loc[:, training_assets(returns, others)]
    if settings is not None:
        made = composites(own, [c for c in own if c in stocks], [c for c in own if c in rates], settings)
        tested = for_testing(returns, others)
        own = own.join(made.loc[:, [not stands_for_any(x, tested) for x in made.to_numpy().T]])
    return own.dropna(how="all")


def training_assets(returns: pd.DataFrame, apart: Sequence[pd.DataFrame] = ()) -> list[str]:
    """The columns of ``returns`` that may be trained on, in alphabetical order: not for testing, long enough, and no
    near-clone of a test asset, or of a column of the tables ``apart``."""
    tested = for_testing(returns, apart)
    own = (name for name in sorted(map(str, returns.columns)) if not is_test(name))
    long = (name for name in own if np.isfinite(returns[name]).sum() >= LEAST)
    kept = [name for name in long if not stands_for_any(returns[name].to_numpy(), tested)]
    if not kept:
        raise DataError(f"no series of the corpus has {LEAST} returns and may be trained on; give a longer table")
    return kept


def for_testing(returns: pd.DataFrame, apart: Sequence[pd.DataFrame]) -> np.ndarray:
    """(day, asset) returns of the test assets among the columns of ``returns``, and of the tables ``apart``."""
    test = [name for name in returns if is_test(str(name))]
    return pd.concat([returns[test], *(table.reindex(returns.index) for table in apart)], axis=1).to_numpy()


def stands_for_any(x: np.ndarray, others: np.ndarray) -> bool:
    """Whether returns x (day,) move, either way up, almost as one of the others (day, asset) does."""
    common = np.isfinite(others) & np.isfinite(x)[:, None]
    a, b = np.where(common, x[:, None], 0.0), np.where(common, others, 0.0)
    days = np.maximum(common.sum(axis=0), 1)
    covariance = (a * b).sum(axis=0) / days - a.sum(axis=0) * b.sum(axis=0) / days**2
    spread = [np.sqrt(np.maximum((c**2).sum(axis=0) / days - (c.sum(axis=0) / days) ** 2, 1e-20)) for c in (a, b)]
    alike = np.abs(covariance) > CLONE * spread[0] * spread[1]
    return bool((alike & (common.sum(axis=0) >= ENOUGH)).any())


def corpus_of(returns: np.ndarray, law: LawConfig) -> Corpus:
    """Running sums over returns (day, asset), NaN where there is none.

    Returns are limited in units of the standard deviation so far, beside which the law's own stands for 60 days.
    """
    days, assets = returns.shape
    decay, limit = decays(law.memory).astype(np.float64), law.memory.return_limit
    there = np.isfinite(returns)
    x = np.where(there, returns, 0.0)
    trend = np.zeros((days + 1, assets, len(decay)), np.float32)
    square = np.zeros_like(trend)
    count = np.concatenate([np.zeros((1, assets)), np.cumsum(there, axis=0)])
    total = np.zeros((days + 1, assets))
    a = np.zeros((assets, len(decay)))
    b = np.zeros_like(a)
    for day in range(days):
        reach = limit * np.sqrt((total[day] + 60 * law.base.unit**2) / (count[day] + 60))
        y = reach * np.tanh(x[day] / reach)
        here = there[day][:, None]
        a = np.where(here, decay * a + (1 - decay) * y[:, None], a)
        b = np.where(here, decay * b + (1 - decay) * y[:, None] ** 2, b)
        trend[day + 1], square[day + 1], total[day + 1] = a, b, total[day] + y * y
    return Corpus(
        jnp.asarray(x, jnp.float32),
        jnp.asarray(there),
        Memory(jnp.asarray(trend), jnp.asarray(square)),
        jnp.asarray(count, jnp.float32),
        jnp.asarray(total, jnp.float32),
    )


class Window(NamedTuple):
    """Consecutive days of panels, as the base reads them after histories of their own: (panel, day, asset) each.

    Attributes:
        x: returns less the drift that prices are thought to have, in units; present: whether there is one.
        memory: (panel, day, asset, scale) before each day, in units.
        age: returns of the history before each day.
        log_unit: logs of the units, which the history before the first day says.
        known: (panel, asset) returns of that history.
    """

    x: jax.Array
    present: jax.Array
    memory: Memory
    age: jax.Array
    log_unit: jax.Array
    known: jax.Array


def window(data: Corpus, law: LawConfig, first: jax.Array, begin: jax.Array, assets: jax.Array, days: int) -> Window:
    """So many days of panels of ``assets`` (panel, asset) from the days ``first`` (panel,) on, whose histories began on
    the days ``begin`` (panel,)."""
    last = data.x.shape[0] - 1
    begun, day = (begin[:, None], assets), jnp.minimum(first[:, None] + jnp.arange(days), last)
    at = (day[:, :, None], assets[:, None, :])
    known = data.count[first[:, None], assets] - data.count[begun]
    squares = (data.total[first[:, None], assets] - data.total[begun]) / jnp.maximum(known, 1)
    log_unit = shrunk_log_unit(squares, known, law)
    unit = jnp.exp(log_unit)[:, None]
    age = data.count[at] - data.count[begun][:, None]
    forgotten = jnp.asarray(decays(law.memory)) ** age[..., None]
    trend = data.memory.trend[at] - forgotten * data.memory.trend[begun][:, None]
    square = data.memory.square[at] - forgotten * data.memory.square[begun][:, None]
    memory = Memory(
        trend / unit[..., None], jnp.maximum(square / unit[..., None] ** 2, 0) + forgotten
    )  # begun with a unit's
    inside = first[:, None] + jnp.arange(days) <= last
    relative = jnp.broadcast_to((log_unit - np.log(law.base.unit))[:, None], age.shape)
    return Window(
        (data.x[at] - law.base.drift) / unit, data.present[at] & inside[..., None], memory, age, relative, known
    )


def shrunk_log_unit(mean_square: jax.Array, count: jax.Array, law: LawConfig) -> jax.Array:
    """Log of an asset's volatility, that of its ``count`` returns shrunk to the typical one."""
    own, days = 0.5 * jnp.log(mean_square + 1e-10), law.base.unit_days
    return (count * own + days * np.log(law.base.unit)) / (count + days)
