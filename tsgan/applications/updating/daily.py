"""``update``: new days into a model's state at once, without fitting anything; and whether a refit is due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np

from tsgan.applications.monitor.report import DRAWS, Monitoring, watched_by
from tsgan.data.calendars import period_of
from tsgan.data.days import as_day, listed
from tsgan.data.load import Source
from tsgan.data.panel import Panel
from tsgan.data.validate import least_rows
from tsgan.errors import ConfigError, UpdateError
from tsgan.fitting import FEWEST_DAYS, ModelSource, as_model, refit
from tsgan.models.contract import MarketModel
from tsgan.models.forward import forward
from tsgan.models.histories import STALE_DAYS
from tsgan.notebook import shows_progress
from tsgan.reports.period import Period
from tsgan.runtime import prepare

WHEN = ("due", "now")


@dataclass(frozen=True, eq=False)
class Update:
    """A model that knows more days than before.  Made by :func:`update`.

    Attributes:
        model: the new one; the old one is as it was.
        before: last date that the old one knew.
        days: (day,) the new dates, ``datetime64[D]``.
        due: reasons to fit again, one sentence each; none where there is no need.
        refitted: whether it was fitted again.
        notes: what was found in the prices, one sentence each.
        monitoring: how the old model did since its training; None where that was not looked at.
    """

    model: MarketModel
    before: str
    days: np.ndarray
    due: tuple[str, ...]
    refitted: bool
    notes: tuple[str, ...]
    monitoring: Monitoring | None = field(repr=False)

    @property
    def words(self) -> str:
        """What was done, in a sentence."""
        info = self.model.info
        if self.refitted:
            return f"fitted again to {info.train_start} to {info.train_end}"
        if not len(self.days):
            return f"nothing new after {self.before}: the model is as it was"
        period = Period.of(period_of(info.periods_per_year))
        return f"the state knows {period.count(len(self.days))} more, up to {info.last_date}; nothing was fitted again"

    def summary(self) -> str:
        """What was done and what is to be done, one sentence a line."""
        advice = [] if self.refitted else [f"A refit is due: {one}." for one in self.due]
        checked = "" if self.monitoring is not None or self.due or self.refitted else " as far as its age tells"
        none = [] if advice or self.refitted else [f"No refit is due{checked}."]
        return "\n".join([self.words[:1].upper() + self.words[1:] + ".", *self.notes, *advice, *none])

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "model_hash": self.model.model_hash,
            "trained": self.model.info.train_end,
            "before": self.before,
            "state": self.model.info.last_date,
            "days": len(self.days),
            "refitted": self.refitted,
            "refit_due": bool(self.due) and not self.refitted,
            "reasons": list(self.due),
            "alarm": None if self.monitoring is None else self.monitoring.alarm,
            "notes": list(self.notes),
        }

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{escape(line)}</p>" for line in self.summary().splitlines())
        return f"<div><p><strong>Update</strong></p>{lines}</div>"


@shows_progress
def update(
    model: ModelSource,
    prices: Source,
    *,
    refit_when: str | None = None,
    take_revised: bool = False,
    judge: bool = True,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Update:
    """Take new days into the state of a model at once: parameters, units and law stay as they were fitted.

    The new state is, bit for bit, the one that the whole history leaves behind: after 250 updates of a day each it is
    that of one update of 250 days, and paths are those of ``old.sample(history=prices)``.

    Args:
        model: a fitted model, or what ``tsgan.load_model`` reads; it is not changed.
        prices: the new days, alone or with as many of the days before as there are, with the model's tickers in any
            order.  Whether they still say of earlier days what the model knows is checked as far as they reach back.
        refit_when: ``"due"`` fits the model again on these prices where a refit is due, ``"now"`` in any case; never by
            default.
        take_revised: take the state from these prices even where earlier ones are others than the model knows.
        judge: also monitor the old model on the days since its training, where the prices reach back before its end.
        draws, seed: of that (:func:`tsgan.monitor`).
        progress: called with one plain sentence as things go; a notebook shows them by itself.

    Raises:
        UpdateError: prices that end before the model's last day, that were revised, with a gap before them, or that
            reach back less far than the state or a refit needs.
        ModelError: a model that cannot be read, or prices that lack its tickers.
        DataError: prices that cannot be read.
        ConfigError: another word for ``refit_when``.
    """
    prepare()
    if refit_when not in (None, *WHEN):
        raise ConfigError(f"refit_when is {refit_when!r}; choose 'due', 'now', or None for never")
    tell = progress or (lambda _: None)
    old = as_model(model)
    tell(f"moving the state on from {old.info.last_date}")
    moved = forward(old, prices, take_revised=take_revised)
    panel, notes = moved.panel, list(moved.notes)
    judged = None
    trained = as_day(old.info.train_end)
    if judge and int((panel.return_dates <= trained).sum()) >= 2 and panel.dates[-1] > trained:
        judged = watched_by(old, panel, draws=draws, seed=seed, progress=progress)
    elif judge and panel.dates[-1] > trained:
        notes.append(
            f"the prices begin on {panel.dates[0]}: too late to judge the model's forecasts since {trained}, so only "
            "its age is looked at"
        )
    due = _due(old, panel) if judged is None else judged.due
    again = refit_when == "now" or (refit_when == "due" and bool(due))
    if again:
        _check_enough(old, panel)
        tell(f"fitting {old.info.model} again to {panel}")
    fitted = refit(old, panel) if again else moved.model
    return Update(fitted, old.info.last_date, moved.days, due, again, tuple(notes), judged)


def _due(model: MarketModel, panel: Panel) -> tuple[str, ...]:
    """By age alone."""
    age = int((panel.dates[-1] - as_day(model.info.train_end)).astype(int))
    if age <= STALE_DAYS:
        return ()
    return (f"the training ended {age:,} days before the last price, more than {STALE_DAYS}",)


def _check_enough(model: MarketModel, panel: Panel) -> None:
    """UpdateError where a refit would see less than a fit may."""
    info = model.info
    least = FEWEST_DAYS if info.model == "base" else least_rows(info.periods_per_year)
    if len(panel) < least:
        raise UpdateError(
            f"a refit needs {least} {period_of(info.periods_per_year)}s of prices, and these have {len(panel)} "
            f"({listed(panel.dates)}); give the whole history, from {info.train_start} on"
        )
