"""Pictures of a loan book."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tsgan.applications.lending.merton import CorporateOutcome
from tsgan.applications.lending.pools import PoolOutcome
from tsgan.applications.lending.secured import SecuredOutcome
from tsgan.reports.canvas import BASELINE_COLOURS, FAINT, MODEL, REAL, Plot, Section, canvas, text, titled
from tsgan.reports.numbers import number
from tsgan.reports.period import Period
from tsgan.stats import weighted

if TYPE_CHECKING:
    from tsgan.applications.lending.report import LoanReport

COLOURS = (MODEL, *BASELINE_COLOURS)
SHOWN = len(COLOURS)
"""Loans that get a line of their own."""


def sections(report: LoanReport) -> list[Section]:
    """The loss distribution; the chart of the first screen is that of this kind of book."""
    reading = "How likely the book loses more than each amount; the lines mark the average loss and its value at risk."
    return [Section("Losses", reading, [_exceedance(report)])]


def calls(report: LoanReport) -> Plot:
    """When margin calls come; of securities-backed loans."""
    assert isinstance(report.outcome, SecuredOutcome)
    return _calls(report.outcome, report.horizon, report.period)


def term(report: LoanReport) -> Plot:
    """Default over time, over the paths and by Merton; of firms."""
    assert isinstance(report.outcome, CorporateOutcome)
    return _term(report.outcome, report.period)


def rates(report: LoanReport) -> Plot:
    """Rates of default; of pools."""
    assert isinstance(report.outcome, PoolOutcome)
    return _rates(report.outcome)


def _exceedance(report: LoanReport) -> Plot:
    losses = report.losses
    figure, axes = canvas()
    order = np.argsort(losses.total, kind="stable")
    mass = weighted.normalized(losses.weights, len(order))[order]
    axes.step(losses.total[order], 1 - np.cumsum(mass) + mass, color=MODEL, lw=1.5, where="pre")
    summary = losses.summary()
    for name, label in (("expected_loss", "average"), ("var_95", "95 %"), ("var_99", "99 %")):
        axes.axvline(summary[name], color=REAL, lw=0.7, ls=":" if name == "expected_loss" else "--")
        axes.text(
            summary[name], 0.98, f" {label}", fontsize=7, va="top", rotation=90, transform=axes.get_xaxis_transform()
        )
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: number(x, 4)))
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.set(xlabel=f"loss of the book, {text(report.unit)}", ylabel="probability of more", ylim=(0, None))
    if losses.total.any():
        axes.set_yscale("log")
        axes.set_ylim(max(1 / len(order), 1e-5), 1.2)
    return Plot(titled(figure, axes, "the whole book"), "Probability that the book loses more than each amount")


def _calls(outcome: SecuredOutcome, horizon: int, period: Period) -> Plot:
    figure, axes = canvas()
    days = np.arange(1, horizon + 1)
    weights = weighted.normalized(outcome.losses.weights, len(outcome.losses.losses))
    ranked = sorted(range(len(outcome.rows)), key=lambda i: -outcome.rows[i]["call_probability"])[:SHOWN]
    for place, i in enumerate(ranked):
        share = np.bincount(outcome.records[i].called, weights, horizon + 1)[1:].cumsum()
        label = text(outcome.rows[i]["loan"])
        axes.plot(days, 100 * share, color=MODEL if place == 0 else FAINT, lw=1.6 - 0.1 * place, label=label)
        axes.annotate(label, (days[-1], 100 * share[-1]), fontsize=7, ha="right", va="bottom")
    axes.set(xlabel=period.many, ylabel="probability of a margin call so far, %", ylim=(0, None))
    return Plot(titled(figure, axes, "margin calls"), f"Probability of a first margin call by {period.one}")


def _term(outcome: CorporateOutcome, period: Period) -> Plot:
    figure, axes = canvas()
    ranked = sorted(outcome.rows, key=lambda row: -row["default_probability"])[:SHOWN]
    for place, row in enumerate(ranked):
        term = [r for r in outcome.term if r["loan"] == row["loan"]]
        days, colour = [r["day"] for r in term], COLOURS[place]
        axes.plot(days, [100 * r["merton_pd"] for r in term], color=colour, lw=1.2)
        dots, label = np.array([100 * r["default"] for r in term]), text(row["loan"])
        error = np.abs([[100 * r[f"default_{end}"] for r in term] for end in ("low", "high")] - dots)
        axes.errorbar(days, dots, error, fmt="o", ms=3.5, color=colour, lw=0.9, label=label)
    axes.legend(loc="upper left", fontsize=7.5)
    axes.set(xlabel=period.many, ylabel="probability of default, %", ylim=(0, None))
    return Plot(
        titled(figure, axes, "default"),
        f"Default probability by {period.one}, over the paths and by Merton's closed form",
    )


def _rates(outcome: PoolOutcome) -> Plot:
    figure, axes = canvas()
    lgd = np.array([pool.lgd * pool.exposure for pool in outcome.pools])
    for i, row in enumerate(outcome.rows[:SHOWN]):
        rates = outcome.losses.losses[:, i] / lgd[i] if lgd[i] > 0 else outcome.losses.losses[:, i]
        order = np.argsort(rates, kind="stable")
        mass = weighted.normalized(outcome.losses.weights, len(order))[order]
        axes.step(100 * rates[order], 1 - np.cumsum(mass) + mass, color=COLOURS[i], lw=1.4, label=text(row["loan"]))
    axes.set_yscale("log")
    axes.set(xlabel="share that defaults, %", ylabel="probability of more", ylim=(1e-3, 1.2))
    axes.legend(loc="upper right", fontsize=7.5)
    return Plot(titled(figure, axes, "default rates"), "Probability that more than each share of a pool defaults")
