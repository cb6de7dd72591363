"""Paths of a model given a condition: what ``sample(..., condition=...)`` draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tsgan.errors import ModelError
from tsgan.models.conditioning import TOLERANCE, Condition, condition, parse_event
from tsgan.models.dynamics import Dynamics
from tsgan.models.histories import Histories, Prices, each
from tsgan.scenarios.scenarios import Scenarios

if TYPE_CHECKING:
    from tsgan.models.contract import MarketModel


def sample_given(
    model: MarketModel,
    n_paths: int,
    horizon: int,
    given: Condition,
    *,
    at: int | None = None,
    within: int | None = None,
    tolerance: float = TOLERANCE,
    seed: int = 0,
    history: Histories | None = None,
    start_prices: Prices | None = None,
    start_date: Any = None,
) -> Scenarios:
    """Draw weighted paths on which something happens, each from the model itself: nothing is rescaled.

    Args:
        model: any model.
        n_paths: how many are proposed; those on which it happens come back.
        horizon: days a path.
        given: what happens, in the grammar of :mod:`tsgan.models.conditioning.grammar`: ``"SPX<=-0.20"``, several of
            such in a list, or ``{"SPX": (-0.10, -0.03), "VIX": (35, 60)}``.
        at: the day on which it holds, by default the last; or
        within: the last day by which it is reached, on whichever day.
        tolerance: half the width of the band around a bare value.
        seed: same arguments, same paths.
        history: prices to carry on from, one history.
        start_prices, start_date: as for :meth:`tsgan.MarketModel.sample`.

    Returns:
        Scenarios with weights, without bars.  ``provenance["conditioning"]`` has the event in words, its probability
        with standard error and 95 % interval, how many independent paths the weighted ones are worth, how many were
        simulated, and by which method.

    Raises:
        ConfigError: a condition that makes no sense.
        ScenarioError: one after the last day, or beyond what the model can tell anything about.
        ModelError: several histories, and what ``model.sample`` raises.
    """
    histories = [] if history is None else each(history)
    if len(histories) > 1:
        raise ModelError(f"paths given an event carry on one history, not {len(histories)}; draw them one by one")
    panel = model.aligned(histories[0]) if histories else None
    dynamics = Dynamics.after(model, panel, start_prices=start_prices, start_date=start_date)
    first = dynamics.first
    last = horizon if at is None and within is None else at
    event = parse_event(
        given, first.assets, first.kinds, first.start_prices, at=last, within=within, tolerance=tolerance
    )
    return condition(dynamics, event, n_paths, horizon, seed).scenarios
