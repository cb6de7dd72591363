"""A few paths of a model of odd prices, drawn and looked at before anybody trusts it."""

from __future__ import annotations

import warnings

import numpy as np

from tsgan.data.panel import Panel
from tsgan.errors import DataError, ModelError, TsganWarning
from tsgan.models.contract import MarketModel
from tsgan.models.moves import mean_move

FAR_OUT = 20.0
"""Robust standard deviations of a move that is odd."""

STILL = 0.5
"""Share of moves of nothing from which on an asset is odd."""

PATHS, STEPS = 256, 252

WILDER, CALMER = 20.0, 1e-3
"""Times the size of the moves of history that those of the paths may have."""


def check_trial(model: MarketModel, panel: Panel) -> None:
    """DataError, with the likely cause, where paths of a model that was fitted to odd prices are no paths.

    A single move that outweighs all others, or an asset that hardly ever moves, can take a fit anywhere.  Of usual
    prices, and of bootstraps, which repeat what was there, no path is drawn here.
    """
    odd = {i: cause for i in range(len(panel.assets)) if (cause := _odd(panel, i))}
    if not odd:
        return
    try:
        with warnings.catch_warnings():  # whoever draws in earnest is told
            warnings.simplefilter("ignore", TsganWarning)
            paths = model.sample(PATHS, STEPS)
    except ModelError as error:
        i = next(iter(odd))
        raise DataError(f"{model.info.model} makes no paths of these prices: {odd[i]} ({error})") from None
    for i, cause in odd.items():
        column = paths.assets.index(panel.assets[i])
        prices, moves = paths.prices[..., column], paths.moves[..., column].astype(np.float64)
        known = panel.moves[:, i][np.isfinite(panel.moves[:, i])]
        size = float(np.sqrt(np.mean(np.square(moves))) / np.sqrt(np.mean(np.square(known))))
        broken = ~np.isfinite(prices).all() or (panel.kinds[i] == "price" and not (prices > 0).all())
        if broken or not CALMER < size < WILDER:
            found = "leave every bound" if broken else f"move {size:.3g} times as much as history did"
            raise DataError(
                f"{model.info.model} cannot be fitted to {panel.assets[i]}: {cause}, and the paths {found}; correct "
                f"its prices ('tsgan inspect' shows them), choose a bootstrap, or leave {panel.assets[i]} out"
            )


def _odd(panel: Panel, i: int) -> str:
    """What is odd about an asset's moves, in words; empty for usual ones."""
    moves = panel.moves[:, i] - mean_move(panel.moves[:, [i]])[0]
    size = np.where(np.isfinite(moves), np.abs(moves), 0.0)
    known, day = size[np.isfinite(moves)], int(np.argmax(size))
    usual = 1.4826 * float(np.median(known)) if len(known) else 0.0
    still = float((panel.moves[:, i] == 0).sum() / max(len(known), 1))
    if still > STILL:
        return f"it does not move on {still:.0%} of its days"
    if size[day] <= FAR_OUT * usual:
        return ""
    times = f"{size[day] / usual:,.0f} times its usual move" if usual > 0 else "and hardly ever otherwise"
    return f"{panel.assets[i]} moves by {panel.moves[day, i]:+.3g} on {panel.return_dates[day]}, {times}"
