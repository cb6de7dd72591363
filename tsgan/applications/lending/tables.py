"""Tables of a loan book, for the page and for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tsgan.applications.lending.losses import LEVELS, Losses, Row
from tsgan.applications.lending.merton import CorporateOutcome
from tsgan.applications.lending.pools import PoolOutcome
from tsgan.applications.lending.secured import SecuredOutcome
from tsgan.reports.numbers import interval, number
from tsgan.reports.period import Period

if TYPE_CHECKING:
    from tsgan.applications.lending.report import LoanReport

Table = tuple[str, str, list[str], list[list[str]]]
"""Caption, how to read it, headers, rows."""


def tables(report: LoanReport) -> list[Table]:
    """What the book may lose, what becomes of its loans, and who loses."""
    outcome, period = report.outcome, report.period
    if isinstance(outcome, SecuredOutcome):
        own = _secured(outcome, report.confidence, period)
    elif isinstance(outcome, CorporateOutcome):
        own = _corporate(outcome, period)
    else:
        own = _pools(outcome)
    return [_summary(report.losses, report.unit), *own, _losses(report.losses, report.unit)]


def _summary(losses: Losses, unit: str) -> Table:
    row = losses.summary()
    levels = [f"{100 * level:g}" for level in LEVELS]
    lines = [[f"{level} %", *(_within(row, f"{name}_{level}") for name in ("var", "es"))] for level in levels]
    reading = (
        f"Expected loss {_within(row, 'expected_loss')} of {number(row['exposure'], 4)} {unit}. In brackets: 95 % "
        "intervals of Monte Carlo error."
    )
    return (
        f"What the whole book may lose, {unit}",
        reading,
        ["Confidence", "Value at risk", "Expected shortfall"],
        lines,
    )


def _losses(losses: Losses, unit: str) -> Table:
    rows = sorted(losses.rows(), key=lambda row: -(row["share_of_es"] or 0))
    lines = [
        [row["loan"], number(row["exposure"], 4), _chance(row, "loss_probability", 2), number(row["expected_loss"]),
         number(row["var_99"]), _percent(row["share_of_es"], 0)]
        for row in rows
    ]  # fmt: skip
    headers = ["Name", "Exposure", "Probability of a loss", "Expected loss", "99 % VaR alone"]
    return (
        f"Who loses, {unit}",
        "The last column says who makes the worst 1 % of the book; the shares add up to 1.",
        [*headers, "Share of the book's 99 % ES"],
        lines,
    )


def _secured(outcome: SecuredOutcome, confidence: float, period: Period) -> list[Table]:
    lines = [
        [row["loan"], number(row["amount"], 4), f"{row['ltv']:.1%}", _percent(row["fall_to_call"]),
         *(_chance(row, f"{name}_probability", 1) for name in ("warning", "call", "liquidation")),
         _days(row["call_day_early"]), _days(row["call_day_median"]), _percent(row["worst_fall_in_sale"]),
         f"{row['largest_ltv']:.1%}", f"{row['haircut']:.1%}"]
        for row in outcome.rows
    ]  # fmt: skip
    headers = [
        *("Loan", "Amount", "Loan-to-value", "Fall to the call", "Warning", "Margin call", "Liquidation"),
        *("Calls: earliest 5 %", f"Median {period.one}", "Worst 5 % fall in the sale", "Largest LTV", "Haircut"),
    ]
    reading = (
        f"Warning, margin call and liquidation: the probability of each. Largest LTV: the most at the start, below "
        f"every trigger, with no shortfall at {100 * confidence:g} % confidence; the haircut is what it leaves. The "
        f"fall in the sale runs from the close that orders it to the next."
    )
    tickers = [
        [row["ticker"], number(row["value"], 4), f"{row['share']:.0%}", str(row["loans"]),
         number(row["amount_lent_on_it"], 4), number(row["largest_sale_99"])]
        for row in outcome.collateral
    ]  # fmt: skip
    ticker_headers = ["Ticker", "Value", "Share", "Loans", "Amount lent on it", f"Sold on one {period.one}, 99 %"]
    shared = f"The last column: the most that must be sold on a single {period.one}, exceeded on 1 % of the paths."
    made = [("Loans", reading, headers, lines), ("Collateral", shared, ticker_headers, tickers)]
    return [*made, _clustering("margin calls", outcome.clustering)]


def _corporate(outcome: CorporateOutcome, period: Period) -> list[Table]:
    lines = [
        [row["loan"], row["ticker"], f"{row['equity_volatility']:.0%}", number(row["assets"], 4),
         f"{row['asset_volatility']:.1%}", number(row["distance_to_default"]), f"{row['merton_pd']:.3%}",
         _chance(row, "default_probability", 3)]
        for row in outcome.rows
    ]  # fmt: skip
    headers = [
        *("Loan", "Ticker", "Equity volatility", "Assets", "Asset volatility", "Distance to default"),
        *("Merton PD", "PD over the paths"),
    ]
    term = [
        [row["loan"], str(row["day"]), f"{row['merton_pd']:.3%}", _chance(row, "default", 3),
         f"{row['passage']:.3%}", *(f"{row[f'pd_{p:g}']:.2%}" for p in (0.5, 0.95, 0.99))]
        for row in outcome.term
    ]  # fmt: skip
    term_headers = [
        "Loan",
        period.one.capitalize(),
        "Merton PD",
        "Below the debt",
        "Below so far",
        "PD then: median",
        "95 %",
        "99 %",
    ]
    reading = (
        f"Both are about the last {period.one}. A positive difference is what fat tails and clustered volatility add."
    )
    span = f"{outcome.years:g} year{'s' * (outcome.years != 1)}"
    later = (
        f"The last columns: default probability over the next {span} that a firm has reached by then, its quantiles "
        "over the paths."
    )
    made = [("Firms", reading, headers, lines), ("Term structure of default", later, term_headers, term)]
    return [*made, _clustering("defaults", outcome.clustering)]


def _pools(outcome: PoolOutcome) -> list[Table]:
    lines = [
        [row["loan"], row["series"], row["method"], f"{row['mean_rate']:.2%}", f"{row['rate_99']:.2%}",
         f"{row['vasicek_99']:.2%}", f"{row['rate_999']:.2%}", f"{row['vasicek_999']:.2%}", f"{row['pd']:.2%}",
         number(row["correlation"], 2)]
        for row in outcome.rows
    ]  # fmt: skip
    headers = [
        "Pool",
        "Series",
        "Method",
        "Mean default rate",
        "99 %",
        "Vasicek 99 %",
        "99.9 %",
        "Vasicek 99.9 %",
        "PD",
        "Correlation",
    ]
    reading = (
        "99 %: the rate of default over the horizon that 1 % of the paths exceed. Vasicek 99 %: the same by his closed "
        "form, whose factor is normal, with PD and correlation as given (method Vasicek) or as the simulated rates "
        "imply (method history)."
    )
    return [("Pools", reading, headers, lines), _clustering("pools above their own 95 % quantile", outcome.clustering)]


def _clustering(what: str, row: Row) -> Table:
    cells = [number(row["expected"]), *(f"{row[k]:.2%}" for k in ("any", "half", "all")), number(row["bunching"])]
    headers = ["Expected number", "Any", "Half or more", "All", "Bunching"]
    reading = "Bunching: variance of their number over what it would be were they independent (1)."
    return f"How {what} come together", reading, headers, [cells]


def _within(row: Row, name: str) -> str:
    """A loss with its interval."""
    return f"{number(row[name])} ({interval(row[f'{name}_low'], row[f'{name}_high'], number)})"


def _chance(row: Row, name: str, decimals: int) -> str:
    """A probability with its interval, whose upper end is no smaller than what the digits can say."""
    low, high = row[f"{name}_low"], max(row[f"{name}_high"], 10.0 ** -(decimals + 2))
    return f"{row[name]:.{decimals}%} ({low:.{decimals}%} to {high:.{decimals}%})"


def _percent(value: float | None, decimals: int = 1) -> str:
    return "–" if value is None or not np.isfinite(value) else f"{value:.{decimals}%}"  # noqa: RUF001


def _days(value: int | None) -> str:
    return "–" if value is None else str(value)  # noqa: RUF001
