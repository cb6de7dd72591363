"""What a model's complexity buys: its log score beside that of a simpler one, on days that neither has seen."""

from __future__ import annotations

import warnings

import numpy as np

from tsgan.data.panel import Panel
from tsgan.errors import TsganWarning
from tsgan.evaluation.logscore import mean_over_assets
from tsgan.fitting import fit
from tsgan.models.contract import MarketModel


def beside(model: MarketModel, panel: Panel, rival: str, seed: int) -> tuple[np.ndarray, MarketModel]:
    """(day,) how much higher the model's log density of each later day is than that of ``rival``, fitted to the same
    dates, in the mean over assets; empty where one has no density.  And the rival."""
    known = panel.through(model.info.train_end)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TsganWarning)
        other = fit(known, rival, seed=seed)
    first = len(known.moves)
    context, later = panel.moves[:first], panel.moves[first:]
    ours, theirs = (one.log_density(later, context) for one in (model, other))
    if ours is None or theirs is None:
        return np.empty(0), other
    return mean_over_assets(np.asarray(ours, np.float64) - theirs), other
