"""What happens on paths that lose: when, through which positions, in how many days, at which volatility."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tsgan.applications.portfolio import Book
from tsgan.data.calendars import period_of
from tsgan.models.conditioning import Conditional
from tsgan.models.dynamics import Dynamics
from tsgan.reports.period import Period
from tsgan.scenarios.scenarios import Scenarios
from tsgan.stats import weighted

JUMP, CLUSTER, FEW = 0.5, 0.5, 5
"""A loss is one jump where its worst day brings half of it, a burst where its FEW worst days bring half."""


@dataclass(frozen=True, eq=False)
class Story:
    """How a portfolio comes to a loss.

    Attributes:
        numbers: JSON-ready figures, of weighted medians unless their name says otherwise.
        sentences: the same in words, and ``short``, when and how in one.
        path: (day + 1, asset) prices of the most likely way there; None without gradients.
        profits: (day,) of the portfolio along it.
    """

    numbers: dict[str, Any]
    sentences: tuple[str, ...]
    path: np.ndarray | None
    profits: np.ndarray | None
    short: str = ""


def tell(found: Conditional, dynamics: Dynamics | None, book: Book, usual: Scenarios) -> Story:
    """The story of a reverse stress test, against the ``usual`` paths of the same model and start."""
    paths, days = found.scenarios, found.event.days
    weights = weighted.normalized(paths.weights, paths.n_paths)
    profits = book.profits(paths)[:, :days]
    worst = profits.argmin(axis=1)  # the day of the largest loss: for the median path the loss asked for is reached
    reached = found.event.nearest(paths.prices[:, 1 : days + 1])[0].max(axis=1)
    lanes = np.arange(paths.n_paths)
    loss = -profits[lanes, reached]
    parts = -book.by_position(paths.prices[lanes, reached + 1], paths.start_prices)
    shares = weights @ parts / (weights @ loss)
    daily = np.diff(profits, axis=1, prepend=0.0)
    so_far = np.where(np.arange(days) <= reached[:, None], daily, 0.0)
    ordered = np.sort(so_far, axis=1)
    one, few = -ordered[:, 0] / loss, -ordered[:, :FEW].sum(axis=1) / loss
    volatility = np.sqrt((so_far**2).sum(axis=1) / (reached + 1))
    ordinary = np.median(np.diff(book.profits(usual)[:, :days], axis=1, prepend=0.0).std(axis=1))

    def middle(x: np.ndarray) -> float:
        return float(weighted.quantiles(x.astype(np.float64), [0.5], weights)[0])

    early, day, late = weighted.quantiles(reached + 1.0, [0.1, 0.5, 0.9], weights)
    numbers: dict[str, Any] = {
        "day_low": early,
        "day": day,
        "day_high": late,
        "shares": dict(zip(book.assets, shares.tolist(), strict=True)),
        "worst_day_share": middle(one),
        f"worst_{FEW}_days_share": middle(few),
        "daily_volatility": middle(volatility),
        "usual_daily_volatility": float(ordinary),
        "deepest_loss": middle(-profits[lanes, worst]),
        "moves": {asset: middle(_move(paths, lanes, reached + 1, i)) for i, asset in enumerate(paths.assets)},
    }
    path = along = None
    period = Period.of(period_of(round(paths.periods_per_year)))
    sentences = list(_words(numbers, days, paths, period))
    if found.design is not None and dynamics is not None:
        design = found.design
        i = design.likeliest
        member = dynamics.members()[found.member]
        likely = member.scenarios(member.returns(design.noise[i][:, None]))
        path, along = likely.prices[0], book.profits(likely)[0]
        numbers["reliability_index"] = float(design.norms[i])
        sentences.append(_likely(likely, along, float(design.norms[i]), period))
    short = f"It is reached {period.on(round(numbers['day']))} (median), in {_kind(numbers, period)}."
    return Story(numbers, tuple(sentences), path, along, short)


def _move(paths: Scenarios, lanes: np.ndarray, day: np.ndarray, asset: int) -> np.ndarray:
    price = paths.prices[lanes, day, asset]
    return price / paths.start_prices[asset] - 1 if paths.kinds[asset] == "price" else price


def _words(numbers: dict[str, Any], days: int, paths: Scenarios, period: Period) -> list[str]:
    ranked = sorted(numbers["shares"].items(), key=lambda item: -item[1])
    brings = ", ".join(f"{asset} {share:.0%}" for asset, share in ranked[:4])
    hedges = [asset for asset, share in ranked if share < -0.005]
    ratio = numbers["daily_volatility"] / max(numbers["usual_daily_volatility"], 1e-12)
    one, few = numbers["worst_day_share"], numbers[f"worst_{FEW}_days_share"]
    moves = ", ".join(
        f"{asset} {numbers['moves'][asset]:+.1%}" if kind_ == "price" else f"{asset} at {numbers['moves'][asset]:.4g}"
        for asset, kind_ in zip(paths.assets, paths.kinds, strict=True)
    )
    early, late = numbers["day_low"], numbers["day_high"]
    when = f"When: the loss is reached {period.on(round(numbers['day']))} (median)"
    if late > early:
        when += f"; on 80 % of these paths between {period.many} {early:.0f} and {late:.0f} of {days}"
    return [
        f"{when}.",
        f"Through what: of the loss, {brings} on average"
        + (f"; {', '.join(hedges)} cushion it" if hedges else "")
        + f". By then (medians): {moves}.",
        f"How: {_kind(numbers, period)}. The worst {period.one} brings {one:.0%} of the loss, "
        f"the worst {FEW} {period.many} {few:.0%}.",
        f"Volatility: {numbers['daily_volatility']:.2%} a {period.one} on the way, {ratio:.1f} times that of ordinary "
        f"paths from the same start.",
    ]


def _kind(numbers: dict[str, Any], period: Period) -> str:
    if numbers["worst_day_share"] >= JUMP:
        return "a single jump"
    if numbers[f"worst_{FEW}_days_share"] >= CLUSTER:
        return f"a burst of a few violent {period.many}"
    return f"a long slide rather than one bad {period.one}"


def _likely(likely: Scenarios, profits: np.ndarray, norm: float, period: Period) -> str:
    daily = np.diff(profits, prepend=0.0)
    last = int(profits.argmin())
    share = daily / profits[last]
    busy = np.sort(np.argsort(-share[: last + 1])[:3])
    heaviest = " and ".join(", ".join(f"{d + 1} ({share[d]:.0%})" for d in busy).rsplit(", ", 1))
    if share[busy].sum() >= CLUSTER:
        when = f"most of it {period.on(1).split()[0]} {period.many} {heaviest}"
    else:
        when = f"spread over the {period.many}, at most {share.max():.0%} of the loss on any of them"
    ends = ", ".join(
        f"{asset} {likely.prices[0, last + 1, i] / likely.start_prices[i] - 1:+.1%}"
        for i, (asset, kind) in enumerate(zip(likely.assets, likely.kinds, strict=True))
        if kind == "price"
    )
    return (
        f"The single most likely way there is {norm:.2f} standard deviations from the middle of the model's noise: by "
        f"{period.one} {last + 1} {ends}, {when}."
    )
