"""Pictures of a loan book."""

from __future__ import annotations

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tsgan.applications.lending.losses import Losses
from tsgan.applications.lending.merton import CorporateBook
from tsgan.applications.lending.pools import PoolBook
from tsgan.applications.lending.secured import SecuredBook
from tsgan.reports.canvas import BASELINE_COLOURS, FAINT, MODEL, REAL, Plot, Section, canvas, text, titled
from tsgan.reports.numbers import number
from tsgan.scenarios.scenarios import Scenarios
from tsgan.stats import weighted

COLOURS = (MODEL, *BASELINE_COLOURS)
SHOWN = len(COLOURS)
"""Loans that get a line of their own."""


def sections(book: SecuredBook | CorporateBook | PoolBook, scenarios: Scenarios) -> list[Section]:
    """The loss distribution, and what belongs to this kind of book."""
    made = [
        Section(
            "Losses",
            "How likely the book loses more than each amount; the lines mark the average loss and its value at risk.",
            [_exceedance(book.losses)],
        )
    ]
    if isinstance(book, SecuredBook):
        plot = _calls(book, scenarios)
        made.append(
            Section("Margin calls", "Probability of a first margin call up to each day, riskiest loans.", [plot])
        )
    elif isinstance(book, CorporateBook):
        reading = "Dots: over the paths, assets below the debt on that day. Lines: Merton's closed form."
        made.append(Section("Default over time", reading, [_term(book)]))
    else:
        reading = "Chance that more than each share of the pool defaults over the horizon."
        made.append(Section("Default rates", reading, [_rates(book)]))
    return made


def _exceedance(losses: Losses) -> Plot:
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
    axes.set(xlabel="loss of the book", ylabel="probability of more", ylim=(0, None))
    if losses.total.any():
        axes.set_yscale("log")
        axes.set_ylim(max(1 / len(order), 1e-5), 1.2)
    return Plot(titled(figure, axes, "the whole book"), "Probability that the book loses more than each amount")


def _calls(book: SecuredBook, scenarios: Scenarios) -> Plot:
    figure, axes = canvas()
    days = np.arange(1, scenarios.horizon + 1)
    weights = weighted.normalized(scenarios.weights, scenarios.n_paths)
    ranked = sorted(range(len(book.rows)), key=lambda i: -book.rows[i]["call_probability"])[:SHOWN]
    for place, i in enumerate(ranked):
        share = np.bincount(book.fates[i].called, weights, scenarios.horizon + 1)[1:].cumsum()
        label = text(book.rows[i]["loan"])
        axes.plot(days, 100 * share, color=MODEL if place == 0 else FAINT, lw=1.6 - 0.1 * place, label=label)
        axes.annotate(label, (days[-1], 100 * share[-1]), fontsize=7, ha="right", va="bottom")
    axes.set(xlabel="days", ylabel="probability of a margin call so far, %", ylim=(0, None))
    return Plot(titled(figure, axes, "margin calls"), "Probability of a first margin call by day")


def _term(book: CorporateBook) -> Plot:
    figure, axes = canvas()
    ranked = sorted(book.rows, key=lambda row: -row["default_probability"])[:SHOWN]
    for place, row in enumerate(ranked):
        term = [r for r in book.term if r["loan"] == row["loan"]]
        days, colour = [r["day"] for r in term], COLOURS[place]
        axes.plot(days, [100 * r["merton_pd"] for r in term], color=colour, lw=1.2)
        error = [196 * r["default_error"] for r in term]
        dots, label = [100 * r["default"] for r in term], text(row["loan"])
        axes.errorbar(days, dots, error, fmt="o", ms=3.5, color=colour, lw=0.9, label=label)
    axes.legend(loc="upper left", fontsize=7.5)
    axes.set(xlabel="days", ylabel="probability of default, %", ylim=(0, None))
    return Plot(
        titled(figure, axes, "default"), "Default probability by day, over the paths and by Merton's closed form"
    )


def _rates(book: PoolBook) -> Plot:
    figure, axes = canvas()
    lgd = np.array([pool.lgd * pool.exposure for pool in book.pools])
    for i, row in enumerate(book.rows[:SHOWN]):
        rates = book.losses.losses[:, i] / lgd[i] if lgd[i] > 0 else book.losses.losses[:, i]
        order = np.argsort(rates, kind="stable")
        mass = weighted.normalized(book.losses.weights, len(order))[order]
        axes.step(100 * rates[order], 1 - np.cumsum(mass) + mass, color=COLOURS[i], lw=1.4, label=text(row["loan"]))
    axes.set_yscale("log")
    axes.set(xlabel="share that defaults, %", ylabel="probability of more", ylim=(1e-3, 1.2))
    axes.legend(loc="upper right", fontsize=7.5)
    return Plot(titled(figure, axes, "default rates"), "Probability that more than each share of a pool defaults")
