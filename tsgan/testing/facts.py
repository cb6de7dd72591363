"""What every fact of the market promises: :func:`check_fact`."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from functools import cache

import numpy as np

from tsgan.evaluation.facts import CONT, Fact, Subject
from tsgan.reports.period import Period
from tsgan.stats.bars import FIELDS

PATHS, DAYS, ASSETS = 80, 1000, 3
SURE = 5.0
"""Standard errors by which a market that shows a fact must differ from one without it."""
UNDEFINED = 0.1
"""Share of plausible histories on which a statistic may be undefined."""
MOST_PATHS, MOST_DAYS, SECONDS = 300, 2500, 20.0
"""Histories of ten years, such as every source is judged by, and the processor time that they may take."""


def check_fact(fact: Fact, *, null: np.ndarray | None = None, showing: np.ndarray | None = None) -> None:
    """Check the contract of a fact on simulated markets.

    Args:
        fact: such as the entry points of ``tsgan.facts`` name.
        null: histories of a market without the fact, (path, day) and what ``fact.of`` adds to that; by default
            independent Gaussian moves.
        showing: histories of one that shows it; by default some kinds of trends, tails, volatility, joint crashes and
            bars are tried, one of which has to do so.

    Raises:
        AssertionError: says what to mend.
    """
    assert isinstance(fact, Fact), f"{fact!r} is no tsgan.evaluation.facts.Fact; give an object of that class"
    _check_words(fact)
    calm = markets(fact.of)["independent"] if null is None else np.asarray(null)
    others = list(markets(fact.of).values())[1:] if showing is None else [np.asarray(showing)]
    missing = [_check_values(fact, market) for market in (calm, *others)]
    # What needs another fact may be undefined where that is missing.
    worst = min(missing) if fact.needs else max(missing)
    assert worst <= UNDEFINED, f"{fact.name} is not finite on {worst:.0%} of plausible histories"
    _check_dead_series(fact, calm)
    _check_scale(fact, others[0])
    _check_meaning(fact, calm, others)
    _check_speed(fact, calm)


@cache
def markets(of: Subject) -> dict[str, np.ndarray]:
    """Simulated markets by name, the one without any fact first: (path, day), (path, day, asset) of a panel, or bars
    (path, day, field) of :data:`tsgan.stats.bars.FIELDS`."""
    rng = np.random.default_rng(17)
    if of == "asset":
        shape = (PATHS, DAYS)
        return {
            "independent": 0.01 * rng.standard_normal(shape),
            "stormy": _garch(rng.standard_t(5, shape) * math.sqrt(3 / 5)),
            "trending": _trending(rng.standard_normal(shape)),
            "rising": 0.01 * rng.standard_normal(shape) + 0.001,
            "skewed": 0.01 * (1.0 - rng.gamma(1.0, 1.0, shape)),
            "coarse to fine": _swung(rng.gamma(2.78, 1.0, shape)),
        }
    if of == "panel":
        shape = (PATHS, DAYS, ASSETS)
        own, common = rng.standard_normal(shape), rng.standard_normal((*shape[:2], 1))
        crash = common < -1.6
        return {
            "independent": 0.01 * own,
            "one factor": 0.01 * (0.6 * own + 0.8 * common),
            "joint crashes": 0.01 * np.where(crash, 0.3 * own + 2.0 * common, own),
        }
    noise = rng.standard_normal((PATHS, DAYS))
    flat = np.full((PATHS, DAYS), 0.01)
    storms = 0.01 * np.exp(0.8 * _trending(noise, 0.95))
    return {name: bars.astype(np.float32) for name, bars in _bar_markets(rng, flat, storms)}


def _check_words(fact: Fact) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", fact.name), f"{fact.name!r} is no key: lower case, digits, underscores"
    for what in ("group", "label", "note"):
        assert getattr(fact, what).strip(), f"{fact.name} has no {what}"
    for text in (fact.label, fact.note):
        for name in ("day", "week", "month"):
            try:
                Period.of(name).fill(text)
            except (KeyError, ValueError, IndexError, AttributeError) as error:
                raise AssertionError(
                    f"{fact.name}: {text!r} can hold {{day}}, {{days}}, {{daily}}, {{weekly}} and {{monthly}} in "
                    f"braces and nothing else ({error!r})"
                ) from error
    assert fact.cont == 0 or fact.cont in CONT, f"{fact.name}: Cont has eleven facts, none numbered {fact.cont}"
    assert fact.of in ("asset", "bars", "panel"), f"{fact.name} is of {fact.of!r}: give asset, bars or panel"
    assert fact.side in ("above", "below", "either"), f"{fact.name} lies {fact.side!r}: give above, below or either"
    assert fact.null is None or math.isfinite(fact.null), f"{fact.name}: null is {fact.null}; give None for none"
    assert fact.limit is None or fact.limit > 0, f"{fact.name}: limit is {fact.limit}; give None or a positive number"


def _check_values(fact: Fact, market: np.ndarray) -> float:
    """Shapes, and that nothing but the series counts; gives the share of undefined values."""
    values = _values(fact, market)
    alone = _values(fact, market[0])
    assert alone.shape == (), f"{fact.name} of one series {market[0].shape} has shape {alone.shape}; it must be ()"
    nested = _values(fact, market[:6].reshape(2, 3, *market.shape[1:]))
    assert nested.shape == (2, 3), f"{fact.name} of (2, 3) series has shape {nested.shape}; it must be (2, 3)"
    for some in (alone[None], nested.ravel()):
        same = np.allclose(some, values[: len(some)], rtol=1e-6, atol=1e-9, equal_nan=True)
        assert same, f"{fact.name} of a series depends on the others of its batch; take statistics along days alone"
    again = _values(fact, market)
    assert np.array_equal(values, again, equal_nan=True), f"{fact.name} of the same paths differs; fix its seed"
    return float(1 - np.isfinite(values).mean())


def _check_dead_series(fact: Fact, market: np.ndarray) -> None:
    dead = market[:4].copy()
    dead[1] = dead[1, :1]
    rest, alone = np.delete(_values(fact, dead), 1), _values(fact, market[[0, 2, 3]])
    same = np.allclose(rest, alone, rtol=1e-6, atol=1e-9, equal_nan=True)
    assert same, f"{fact.name} of a series that does not move changes the values of the others; let it be NaN"


def _check_scale(fact: Fact, market: np.ndarray) -> None:
    larger = 2.0 * market
    if fact.of == "bars":
        larger = larger.astype(market.dtype)
    values, scaled = _values(fact, market), _values(fact, larger)
    same = np.allclose(values, scaled, rtol=1e-3, atol=0.1 * float(np.nanstd(values)), equal_nan=True)
    if fact.scale_free:
        assert same, f"{fact.name} changes where all returns double; divide by the volatility, or say scale_free=False"
    else:
        assert not same, f"{fact.name} stays the same where all returns double; leave scale_free at True"


def _check_meaning(fact: Fact, calm: np.ndarray, others: list[np.ndarray]) -> None:
    """A market without the fact has the null value; another one lies on the fact's side of it, beyond chance."""
    without = _defined(fact, calm)
    if fact.null is not None:
        reach = 3 * without.std() + 1e-9
        assert abs(without.mean() - fact.null) <= reach, (
            f"{fact.name} is {without.mean():.3g} on average in a market without it, far from its null of {fact.null}"
        )
    seen = []
    for market in others:
        shown = _defined(fact, market)
        error = math.sqrt(without.var() / len(without) + shown.var() / len(shown))
        seen.append((shown.mean() - without.mean()) / max(error, 1e-300))
    found = {"above": max(seen), "below": -min(seen), "either": max(map(abs, seen))}
    far = found["either" if fact.null is None else fact.side]
    assert far >= SURE, (
        f"{fact.name} tells nothing: it lies at most {far:.1f} standard errors {_sided(fact)} its value in a market "
        "without it; give check_fact a market that is ``showing`` it"
    )


def _check_speed(fact: Fact, market: np.ndarray) -> None:
    many = np.resize(market, (MOST_PATHS, MOST_DAYS, *market.shape[2:]))
    began = time.process_time()
    _values(fact, many)
    took = time.process_time() - began
    assert took <= SECONDS, (
        f"{fact.name} takes {took:.0f} seconds for {MOST_PATHS} paths of {MOST_DAYS} days; at most {SECONDS:.0f} are "
        "allowed: compute all paths at once, without loops"
    )


def _sided(fact: Fact) -> str:
    return {"above": "above", "below": "below", "either": "from"}["either" if fact.null is None else fact.side]


def _defined(fact: Fact, market: np.ndarray) -> np.ndarray:
    values = _values(fact, market)
    return values[np.isfinite(values)]


def _values(fact: Fact, series: np.ndarray) -> np.ndarray:
    """The statistic as float64; AssertionError where it fails or writes into what it is given."""
    given = series.copy()
    given.flags.writeable = False
    try:
        with np.errstate(all="ignore"):
            return np.asarray(fact.statistic(given), np.float64)
    except Exception as error:
        written = "read-only" in str(error)
        what = "writes into the array that it is given" if written else f"fails on {series.shape}"
        raise AssertionError(f"{fact.name} {what}: {type(error).__name__}: {error}") from error


def _garch(noise: np.ndarray) -> np.ndarray:
    """Returns (path, day) of a GJR-GARCH(1,1) with a strong leverage effect."""
    variance, result = np.full(len(noise), 1e-4), np.empty(noise.shape)
    for day in range(noise.shape[1]):
        result[:, day] = np.sqrt(variance) * noise[:, day]
        variance = 2.5e-6 + 0.87 * variance + (0.02 + 0.17 * (result[:, day] < 0)) * result[:, day] ** 2
    return result


def _trending(noise: np.ndarray, memory: float = 0.3) -> np.ndarray:
    """An autoregression (path, day) of variance 1 if ``noise`` has that; of standard deviation 1 % by default."""
    result = np.empty(noise.shape)
    result[:, 0] = noise[:, 0]
    for day in range(1, noise.shape[1]):
        result[:, day] = memory * result[:, day - 1] + math.sqrt(1 - memory**2) * noise[:, day]
    return result


def _swung(gamma: np.ndarray) -> np.ndarray:
    """Returns (path, day) whose volatility follows the size of the past week's move, with sudden gains."""
    result = np.zeros(gamma.shape)
    for day in range(5, gamma.shape[1]):
        week = result[:, day - 5 : day].sum(axis=1)
        spread = np.sqrt(1.5e-5 + 0.13 * np.minimum(week**2, 0.02))
        result[:, day] = spread * (gamma[:, day] - 2.78) / math.sqrt(2.78)
    result[:, :5] = result[:, 5:10]
    return result


def _bar_markets(rng: np.random.Generator, flat: np.ndarray, storms: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    busy = rng.standard_normal(flat.shape)
    plain = _bars(rng, flat, 0.3 * flat * rng.standard_normal(flat.shape), busy)
    yield "independent", plain
    gaps = 0.5 * storms * rng.standard_t(4, flat.shape)
    stormy = _bars(rng, storms, gaps, 1.5 * np.log(storms) + 0.3 * busy)
    yield "stormy", stormy
    leveraged = _garch(rng.standard_t(5, flat.shape) * math.sqrt(3 / 5))
    scale = np.concatenate([flat[:, :1], 0.01 * np.exp(-20 * leveraged[:, :-1])], axis=1)
    after_losses = _bars(rng, scale, 0.3 * flat * rng.standard_normal(flat.shape), busy)
    after_losses[..., FIELDS.index("return")] = leveraged
    yield "leverage", after_losses
    gap, body = (plain[..., FIELDS.index(name)] for name in ("gap", "return"))
    reverting = plain.copy()
    reverting[..., FIELDS.index("return")] = body - 0.8 * gap
    yield "gaps close", reverting
    for name, wick in (("deep falls", "lower"), ("high rises", "upper")):
        wicked = plain.copy()
        wicked[..., FIELDS.index(wick)] *= 2.0
        yield name, wicked
    ticks = plain.copy()
    wicks = [FIELDS.index(name) for name in ("upper", "lower")]
    ticks[..., wicks] = np.round(ticks[..., wicks] / 0.004) * 0.004
    yield "ticks", ticks


def _bars(rng: np.random.Generator, scale: np.ndarray, gap: np.ndarray, log_volume: np.ndarray) -> np.ndarray:
    """Bars (path, day, field) of random walks within each day, of standard deviation ``scale`` (path, day)."""
    steps = 48
    walk = np.cumsum(rng.standard_normal((*scale.shape, steps), np.float32), axis=-1) / math.sqrt(steps)
    body = walk[..., -1]
    upper = np.maximum(walk.max(axis=-1), 0) - np.maximum(body, 0)
    lower = np.minimum(body, 0) - np.minimum(walk.min(axis=-1), 0)
    fields = {"return": gap + scale * body, "gap": gap, "upper": scale * upper, "lower": scale * lower}
    fields["volume"] = 1e6 * np.exp(0.3 * log_volume)
    return np.stack([fields[name] for name in FIELDS], axis=-1)
