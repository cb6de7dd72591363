"""Intervals that pages print hold the truth as often as they say: given an event, given a loss, in history, of loans.

What pages print with an interval: VaR and ES, probabilities of losses (stress), of levels (forecast), of defaults and
calls (loans), all of plain or weighted paths, for which ``tests/stats/test_coverage.py`` knows the truth; VaR of loans,
whose losses come in lumps; probabilities of events (``tests/models/test_given_coverage.py``); and what is here.
A share of 400 lies within three standard errors of 95 %, or above it where ends are open or counts are few.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import optimize, stats

from tsgan.applications.lending.losses import Losses
from tsgan.applications.portfolio import Portfolio
from tsgan.applications.stress import measures, windows
from tsgan.models.conditioning.conditional import condition, select
from tsgan.models.conditioning.grammar import parse_event
from tsgan.models.dynamics import Dynamics

DAYS = 10
HELD = {"SPX": 0.6, "IXIC": 0.4}
TRUTH = 2_000_000
"""Draws that stand for the truth."""


def slack(repetitions: int) -> float:
    """Three standard errors of a share of 95 %."""
    return 3 * float(np.sqrt(0.95 * 0.05 / repetitions))


class WithoutGradients(Dynamics):
    """The same map from noise to paths, of which nobody knows the slope."""

    differentiable = False  # type: ignore[assignment]


@pytest.fixture(scope="module")
def dynamics(fitted) -> Dynamics:
    return Dynamics.after(fitted("gbm"))


def sums(dynamics: Dynamics, first: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(draw, asset) log returns of DAYS days, those of the first asset from standard normals (draw,)."""
    model = dynamics.model
    mean, covariance = DAYS * model.mean, DAYS * model.covariance  # type: ignore[attr-defined]
    root = np.linalg.cholesky(covariance)
    return mean + np.column_stack([first, rng.standard_normal(len(first))]) @ root.T


def loss_of(dynamics: Dynamics, probability: float) -> float:
    """The loss of the book in DAYS days that has this probability, by quadrature over the return of the first asset."""
    model = dynamics.model
    mean, covariance = DAYS * model.mean, DAYS * model.covariance  # type: ignore[attr-defined]
    root, z = np.linalg.cholesky(covariance), np.linspace(-9, 9, 20_001)
    first = HELD["SPX"] * np.exp(mean[0] + root[0, 0] * z)

    def beyond(loss: float) -> float:
        left = np.maximum((1 - loss - first) / HELD["IXIC"], 1e-300)
        given = stats.norm.cdf((np.log(left) - mean[1] - root[1, 0] * z) / root[1, 1])
        return float(np.trapezoid(given * stats.norm.pdf(z), z))

    return float(optimize.brentq(lambda loss: beyond(loss) - probability, -0.5, 0.9, xtol=1e-12))


def losses_of(returns: np.ndarray) -> np.ndarray:
    return -np.expm1(returns) @ np.array(list(HELD.values()))


def tail_of(losses: np.ndarray, level: float) -> tuple[float, float]:
    var = float(np.quantile(losses, level))
    return var, float(losses[losses >= var].mean())


def share(found: list[dict], name: str, truth: float) -> tuple[float, float]:
    """Share of the intervals of rows that hold the truth, and of those that are open."""
    held = np.mean([row[f"{name}_low"] <= truth <= row[f"{name}_high"] for row in found])
    return float(held), float(np.mean([not np.isfinite(row[f"{name}_high"]) for row in found]))


def check(found: list[dict], name: str, truth: float) -> None:
    """Within three standard errors of 95 %; above it where ends are open, or where few draws that are worth independent
    ones lie beyond a level, of whose order statistics there are only so many."""
    held, opened = share(found, name, truth)
    limit = slack(len(found))
    assert held >= 0.95 - limit, (name, held, truth)
    assert held <= 0.95 + limit or opened > 0.05 or held <= 0.995, (name, held, opened)


def given_event(dynamics: Dynamics, probability: float, repetitions: int, kind: type[Dynamics] = Dynamics) -> None:
    """VaR, ES and probabilities of losses of a book on paths on which its first asset falls."""
    one = kind(dynamics.model, dynamics.state, dynamics.first)
    model, first = one.model, one.first
    edge = stats.norm.ppf(probability)
    fall = DAYS * model.mean[0] + np.sqrt(DAYS * model.covariance[0, 0]) * edge  # type: ignore[attr-defined]
    event = parse_event(f"SPX<={float(np.expm1(fall))!r}", first.assets, first.kinds, first.start_prices, at=DAYS)
    rng = np.random.default_rng(1)
    worse = losses_of(sums(one, stats.norm.ppf(probability * rng.random(TRUTH)), rng))
    middle = float(np.quantile(worse, 0.7))
    tails, chances = [], []
    for seed in range(repetitions):
        paths = condition(one, event, 1500, DAYS, seed=seed).scenarios
        profits = Portfolio(tuple(HELD), np.array(list(HELD.values()))).on(paths).profits(paths)
        tails.append(measures.risk_rows("given", profits, paths, (DAYS,)))
        chances += measures.loss_rows(profits, paths, (middle,))
    for i, level in enumerate(measures.LEVELS):
        var, es = tail_of(worse, level)
        check([rows[i] for rows in tails], "var", var)
        check([rows[i] for rows in tails], "es", es)
    check(chances, "at_end", 0.3)


def given_loss(dynamics: Dynamics, probability: float, repetitions: int, kind: type[Dynamics] = Dynamics) -> None:
    """The probability of a loss of the book, as a reverse test states it."""
    one = kind(dynamics.model, dynamics.state, dynamics.first)
    loss = loss_of(one, probability)
    first = one.first
    book = Portfolio(tuple(HELD), np.array(list(HELD.values()))).on(first)
    event = parse_event(f"loss>={loss!r}", first.assets, first.kinds, first.start_prices, at=DAYS, loss=book)
    found = [condition(one, event, 1000, DAYS, seed=i).probability for i in range(repetitions)]
    held = np.mean([p.low <= probability <= p.high for p in found])
    assert abs(held - 0.95) <= slack(repetitions), held
    assert np.mean([p.value for p in found]) == pytest.approx(probability, rel=0.05)


def history(clustered: bool, rng: np.random.Generator, days: int) -> np.ndarray:
    """(day,) returns: independent, or of a GARCH(1, 1) of the same unconditional variance."""
    shocks = rng.standard_t(6, days + 500) * np.sqrt(4 / 6)
    if not clustered:
        return 0.01 * shocks[500:]
    variance, found = 1e-4, np.empty(days + 500)
    for day, shock in enumerate(shocks):
        found[day] = np.sqrt(variance) * shock
        variance = 3e-6 + 0.08 * found[day] ** 2 + 0.89 * variance
    return found[500:]


def in_history(clustered: bool, horizon: int, repetitions: int, days: int = 2500) -> None:
    """VaR, ES and probabilities from overlapping windows of a history, against the law that it is drawn from."""
    rng = np.random.default_rng([3, horizon])
    long = history(clustered, rng, 600_000)
    real = np.convolve(long, np.ones(horizon), "valid") if horizon > 1 else long
    loss = float(np.quantile(-real, 0.9))
    tails, chances = [], []
    for _ in range(repetitions):
        moves = history(clustered, rng, days)
        total = np.concatenate([[0.0], np.cumsum(moves)])
        profits = [total[h:] - total[:-h] for h in range(1, horizon + 1)]
        tails.append(windows.risk_rows("windows", profits, (horizon,)))
        chances += windows.loss_rows("windows", profits, horizon, (loss,))
    for i, level in enumerate(measures.LEVELS[:2]):
        var, es = tail_of(-real, level)
        check([rows[i] for rows in tails], "var", var)
        check([rows[i] for rows in tails], "es", es)
    check(chances, "at_end", 0.1)


def of_loans(draw: Callable[[np.random.Generator, int], np.ndarray], repetitions: int, paths: int) -> None:
    """Losses of a book of loans, which come in lumps: (path, loan) of many paths are the truth."""
    rng = np.random.default_rng(4)
    every = draw(rng, TRUTH).sum(axis=1)
    names = tuple(f"loan {i}" for i in range(draw(rng, 1).shape[1]))
    found = [Losses(names, np.full(len(names), 100.0), draw(rng, paths)).summary() for _ in range(repetitions)]
    held, opened = share(found, "expected_loss", float(every.mean()))
    assert 0.95 - slack(repetitions) <= held <= 0.995 or opened > 0.05, (held, opened)
    for level in (0.95, 0.99, 0.999):
        ordered = np.sort(every)
        var = ordered[int(np.ceil(level * len(ordered))) - 1]
        es = var + np.maximum(every - var, 0).mean() / (1 - level)
        for name, truth in (("var", var), ("es", es)):
            held, _ = share(found, f"{name}_{100 * level:g}", float(truth))
            assert held >= 0.95 - slack(repetitions), (name, level, held, truth)


def one_loan(rng: np.random.Generator, paths: int) -> np.ndarray:
    return 100.0 * (rng.random((paths, 1)) < 0.03)


def twenty_loans(rng: np.random.Generator, paths: int) -> np.ndarray:
    factor = rng.standard_normal((paths, 1))
    return 10.0 * (np.sqrt(0.2) * factor + np.sqrt(0.8) * rng.standard_normal((paths, 20)) < -1.9)


def secured(rng: np.random.Generator, paths: int) -> np.ndarray:
    """What is short after a sale: nothing mostly, else what the price fell below the debt."""
    return np.maximum(80 - 100 * np.exp(0.15 * rng.standard_t(5, (paths, 3)) * np.sqrt(3 / 5)), 0)


def hardly_ever(rng: np.random.Generator, paths: int) -> np.ndarray:
    """One loan that is short in one case of three hundred, by anything."""
    return np.maximum(60 - 100 * np.exp(0.15 * rng.standard_t(5, (paths, 1)) * np.sqrt(3 / 5)), 0)


BOOKS = (one_loan, twenty_loans, secured, hardly_ever)


def test_given_an_event(dynamics):
    given_event(dynamics, 0.3, 40)


def test_given_a_loss(dynamics):
    given_loss(dynamics, 0.3, 40)


@pytest.mark.parametrize("clustered", [False, True])
def test_windows_of_a_history(clustered: bool):
    in_history(clustered, 10, 60)


@pytest.mark.parametrize("draw", [one_loan, secured, hardly_ever])
def test_loans(draw):
    of_loans(draw, 60, 2000)


def test_selected_paths(dynamics):
    """Finished paths on which an event happens: its probability is a share of them."""
    model, found = dynamics.model, []
    edge = float(np.expm1(DAYS * model.mean[0] + np.sqrt(DAYS * model.covariance[0, 0]) * stats.norm.ppf(0.2)))  # type: ignore[attr-defined]
    for seed in range(60):
        paths = model.sample(500, DAYS, seed=seed)
        event = parse_event(f"SPX<={edge!r}", paths.assets, paths.kinds, paths.start_prices, at=DAYS)
        found.append(select(paths, event).probability)
    held = np.mean([p.low <= 0.2 <= p.high for p in found])
    assert held >= 0.95 - slack(60)


@pytest.mark.slow
@pytest.mark.parametrize("probability", [0.3, 0.03, 1e-3])
def test_given_an_event_in_400_repetitions(dynamics, probability: float):
    given_event(dynamics, probability, 400)


@pytest.mark.slow
def test_given_an_event_without_gradients_in_400_repetitions(dynamics):
    given_event(dynamics, 0.01, 400, WithoutGradients)


@pytest.mark.slow
@pytest.mark.parametrize("probability", [0.3, 0.03, 1e-3])
def test_given_a_loss_in_400_repetitions(dynamics, probability: float):
    given_loss(dynamics, probability, 400)


@pytest.mark.slow
@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("horizon", [1, 10, 20])
def test_windows_of_a_history_in_400_repetitions(clustered: bool, horizon: int):
    in_history(clustered, horizon, 400)


@pytest.mark.slow
@pytest.mark.parametrize("draw", BOOKS)
@pytest.mark.parametrize("paths", [500, 2000, 10_000])
def test_loans_in_400_repetitions(draw, paths: int):
    of_loans(draw, 400, paths)
