"""dossier.html: the validation dossier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tsgan.applications.dossier import words
from tsgan.applications.monitor.alarms import FALSE_ALARMS
from tsgan.applications.monitor.simulated import BEFORE, WITHIN
from tsgan.models.histories import STALE_DAYS
from tsgan.reports import page

if TYPE_CHECKING:
    from tsgan.applications.dossier.report import Dossier

PACKAGE = "tsgan.applications.dossier"


def render(found: Dossier) -> str:
    """The page as text."""
    info, panel = found.model.info, found.panel
    known = panel.through(info.train_end)
    return page.answer(
        "dossier.html.j2",
        PACKAGE,
        found.front,
        found.matrices,
        closing="Figures are computed from the model and the prices named here, and from nothing else; whoever "
        "validates "
        "should draw them again.",
        period=found.card.period,
        warnings=found.warnings,
        made=found.made,
        origin=[("model", found.model.model_hash), ("data", panel.data_hash)],
        step=found.card.period,
        purpose=words.PURPOSE,
        method=words.method(found.model),
        data=[
            ("assets", ", ".join(f"{a} ({k})" for a, k in zip(info.assets, info.kinds, strict=True))),
            ("source", info.source or "unknown"),
            ("training", f"{info.train_start} to {info.train_end}, {len(known):,} dates; hash {info.data_hash}"),
            ("judged on", f"{found.card.judged_start} to {found.card.judged_end}, {found.card.days:,} returns"),
            ("missing prices", f"{_missing(known.prices):.1%} in training, {_missing(panel.prices):.1%} in all"),
            ("calendar", f"{info.calendar}, {info.periods_per_year} periods a year"),
        ],
        settings=words.settings(found.model),
        limits=_limits(found),
        plan=_plan(found),
    )


def _missing(prices) -> float:
    return float((prices != prices).mean())


def _limits(found: Dossier) -> list[str]:
    """What the model cannot do, with the figures that say so."""
    info, poor = found.model.info, [use for use in found.card.uses if use.good is False]
    said = [f"Not for {use.name}: {use.why}." for use in poor]
    years = (found.panel.through(info.train_end).dates[-1] - found.panel.dates[0]).astype(int) / 365.25
    said.append(
        f"It knows one history of {years:.0f} years. What did not happen in it, or once only, it can hardly know; the "
        "level of volatility over the next years is the least certain of its figures."
    )
    for row in found.monitoring.rows[:6]:
        if row["training"]:
            said.append(
                f"{row['asset']}: volatility since training was {row['realised'] / row['training']:.2f} times that of "
                f"training, and {row['ratio']:.2f} times the forecasts of one {found.card.period.one} ahead."
            )
    said.append("It does not foresee the direction of prices: the drift is that of the training dates and no forecast.")
    if info.config.get("pretrained_until"):
        said.append(f"Its law was learned on other markets up to {info.config['pretrained_until']}.")
    return said


def _plan(found: Dossier) -> list[str]:
    """How the model is watched, and when it is fitted again."""
    said = [
        f"Every {found.card.period.one} after the close: new prices into the state, and the sequential tests. They "
        f"raise "
        f"a false alarm in at most {FALSE_ALARMS:.0%} of years.",
        f"Fit again on an alarm, and when the training is more than {STALE_DAYS} days old; the old model is kept, "
        f"and this "
        "dossier is made anew.",
    ]
    if found.power is not None:
        p = found.power
        (low, high), (least, most) = p.interval(p.seen, p.runs), p.interval(p.false, p.runs)
        delay = "" if p.delay is None else f", after {p.delay:.0f} {found.card.period.many} in the middle"
        said.append(
            f"In {p.runs} markets simulated from the model itself, {p.false} had an alarm within a year "
            f"({least:.0%} to "
            f"{most:.0%}). Where moves were doubled for good after {BEFORE} {found.card.period.many}, {p.seen} of "
            f"{p.runs} were seen within {WITHIN} ({low:.0%} to {high:.0%}){delay}."
        )
        if p.seen < 0.9 * p.runs:
            said.append(
                "The rest is not seen in that time because the model follows: its own forecasts take in most of such a "
                "rise within days, and what is left cannot be told from luck so soon."
            )
    said.append("What is watched: coverage, places in the forecasts, losses beyond value at risk and their size, "
                "level of "
                "volatility, drift.")  # fmt: skip
    return said
