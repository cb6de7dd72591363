"""lend.html: what a book of loans may lose, when, and why together."""

from __future__ import annotations

from typing import Any

import numpy as np

from tsgan.applications.lending import plots
from tsgan.applications.lending.losses import LEVELS
from tsgan.applications.lending.merton import CorporateBook
from tsgan.applications.lending.pools import PoolBook
from tsgan.applications.lending.secured import SecuredBook
from tsgan.applications.lending.words import Book, sentences, span
from tsgan.data.calendars import period_of
from tsgan.reports import page
from tsgan.reports.numbers import number
from tsgan.scenarios.scenarios import Scenarios

PACKAGE = "tsgan.applications.lending"

Table = tuple[str, str, list[str], list[list[str]]]
"""Caption, how to read it, headers, rows."""


def document(book: Book, scenarios: Scenarios) -> dict[str, Any]:
    """Everything found, JSON-ready."""
    found: dict[str, Any] = {
        "kind": {SecuredBook: "secured", CorporateBook: "corporate", PoolBook: "pools"}[type(book)],
        "paths": scenarios.n_paths,
        "horizon": scenarios.horizon,
        "start": str(scenarios.dates[0].astype("datetime64[D]")),
        "end": str(scenarios.dates[-1].astype("datetime64[D]")),
        "book": book.losses.summary(),
        "loans": book.rows,
        "together": book.together,
    }
    if isinstance(book, SecuredBook):
        found |= {"collateral": book.collateral, "effective_tickers": book.concentration}
    if isinstance(book, CorporateBook):
        found |= {"term_structure": book.term, "rate": book.rate, "years": book.years}
    return found


def render(book: Book, scenarios: Scenarios, confidence: float = 0.99, total_return: bool | None = None) -> str:
    """The page as text."""
    return page.render(
        "lend.html.j2",
        PACKAGE,
        period=period_of(round(scenarios.periods_per_year)),
        words=sentences(book, scenarios, confidence, total_return),
        count=len(book.rows),
        noun=("pool" if isinstance(book, PoolBook) else "loan") + "s" * (len(book.rows) != 1),
        scenarios=scenarios,
        span=span(scenarios),
        model=str(scenarios.provenance.get("model") or "paths of unknown origin"),
        start=str(scenarios.dates[0].astype("datetime64[D]")),
        sections=plots.sections(book, scenarios),
        tables=tables(book, confidence),
    )


def tables(book: Book, confidence: float = 0.99) -> list[Table]:
    """Tables of the page and of the terminal."""
    own = _secured(book, confidence) if isinstance(book, SecuredBook) else (
        _corporate(book) if isinstance(book, CorporateBook) else _pools(book)
    )  # fmt: skip
    return [_summary(book), *own, _losses(book)]


def _summary(book: Book) -> Table:
    row = book.losses.summary()
    levels = [f"{100 * level:g}" for level in LEVELS]
    lines = [[f"{level} %", *(_with_error(row, f"{name}_{level}") for name in ("var", "es"))] for level in levels]
    reading = (
        f"Expected loss {number(row['expected_loss'])} ± {number(row['expected_loss_error'], 2)} of "
        f"{number(row['exposure'], 4)}. Errors are one standard error of Monte Carlo."
    )
    return "What the whole book may lose", reading, ["Confidence", "Value at risk", "Expected shortfall"], lines


def _losses(book: Book) -> Table:
    rows = sorted(book.losses.rows(), key=lambda row: -(row["share_of_es"] or 0))
    lines = [
        [row["loan"], number(row["exposure"], 4), f"{row['loss_probability']:.2%}", number(row["expected_loss"]),
         number(row["var_99"]), _percent(row["share_of_es"], 0)]
        for row in rows
    ]  # fmt: skip
    headers = ["Name", "Exposure", "Probability of a loss", "Expected loss", "99 % VaR alone"]
    return (
        "Who loses",
        "The last column says who makes the worst 1 % of the book; the shares add up to 1.",
        [*headers, "Share of the book's 99 % ES"],
        lines,
    )


def _secured(book: SecuredBook, confidence: float) -> list[Table]:
    lines = [
        [row["loan"], number(row["amount"], 4), f"{row['ltv']:.1%}", _percent(row["fall_to_call"]),
         *(f"{row[f'{name}_probability']:.1%}" for name in ("warning", "call", "liquidation")),
         _days(row["call_day_early"]), _days(row["call_day_median"]), _percent(row["worst_fall_in_sale"]),
         f"{row['largest_ltv']:.1%}", f"{row['haircut']:.1%}"]
        for row in book.rows
    ]  # fmt: skip
    headers = [
        *("Loan", "Amount", "Loan-to-value", "Fall to the call", "Warning", "Margin call", "Liquidation"),
        *("Calls: earliest 5 %", "Median day", "Worst 5 % fall in the sale", "Largest LTV", "Haircut"),
    ]
    reading = (
        f"Warning, margin call and liquidation: the probability of each. Largest LTV: the most at the start, below "
        f"every trigger, with no shortfall at {100 * confidence:g} % confidence; the haircut is what it leaves. The "
        f"fall in the sale runs from the close that orders it to the next."
    )
    tickers = [
        [row["ticker"], number(row["value"], 4), f"{row['share']:.0%}", str(row["loans"]),
         number(row["amount_lent_on_it"], 4), number(row["largest_sale_99"])]
        for row in book.collateral
    ]  # fmt: skip
    ticker_headers = ["Ticker", "Value", "Share", "Loans", "Amount lent on it", "Sold on one day, 99 %"]
    shared = "The last column: the most that must be sold on a single day, exceeded on 1 % of the paths."
    made = [("Loans", reading, headers, lines), ("Collateral", shared, ticker_headers, tickers)]
    return [*made, _together("margin calls", book.together)]


def _corporate(book: CorporateBook) -> list[Table]:
    lines = [
        [row["loan"], row["ticker"], f"{row['equity_volatility']:.0%}", number(row["assets"], 4),
         f"{row['asset_volatility']:.1%}", number(row["distance_to_default"]), f"{row['merton_pd']:.3%}",
         f"{row['default_probability']:.3%} ± {row['default_probability_error']:.3%}"]
        for row in book.rows
    ]  # fmt: skip
    headers = [
        *("Loan", "Ticker", "Equity volatility", "Assets", "Asset volatility", "Distance to default"),
        *("Merton PD", "PD over the paths"),
    ]
    term = [
        [row["loan"], str(row["day"]), f"{row['merton_pd']:.3%}", f"{row['default']:.3%} ± {row['default_error']:.3%}",
         f"{row['passage']:.3%}", *(f"{row[f'pd_{p:g}']:.2%}" for p in (0.5, 0.95, 0.99))]
        for row in book.term
    ]  # fmt: skip
    term_headers = ["Loan", "Day", "Merton PD", "Below the debt", "Below so far", "PD then: median", "95 %", "99 %"]
    reading = "Both are about the last day. A positive difference is what fat tails and clustered volatility add."
    later = (
        f"The last columns: default probability over the next {book.years:g} year{'s' * (book.years != 1)} that a firm "
        "has reached by then, its quantiles over the paths."
    )
    made = [("Firms", reading, headers, lines), ("Term structure of default", later, term_headers, term)]
    return [*made, _together("defaults", book.together)]


def _pools(book: PoolBook) -> list[Table]:
    lines = [
        [row["loan"], row["series"], row["method"], f"{row['mean_rate']:.2%}", f"{row['rate_99']:.2%}",
         f"{row['vasicek_99']:.2%}", f"{row['rate_999']:.2%}", f"{row['vasicek_999']:.2%}", f"{row['pd']:.2%}",
         number(row["correlation"], 2)]
        for row in book.rows
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
    return [("Pools", reading, headers, lines), _together("pools above their own 95 % quantile", book.together)]


def _together(what: str, row: dict[str, Any]) -> Table:
    cells = [number(row["expected"]), *(f"{row[k]:.2%}" for k in ("any", "half", "all")), number(row["bunching"])]
    headers = ["Expected number", "Any", "Half or more", "All", "Bunching"]
    reading = "Bunching: variance of their number over what it would be were they independent (1)."
    return f"How {what} come together", reading, headers, [cells]


def _with_error(row: dict[str, Any], name: str) -> str:
    """A loss with its Monte Carlo error; what is left of it by rounding is none."""
    error = row[f"{name}_error"]
    return f"{number(row[name])} ± {number(error if error > 1e-9 * row['exposure'] else 0.0, 2)}"


def _percent(value: float | None, decimals: int = 1) -> str:
    return "–" if value is None or not np.isfinite(value) else f"{value:.{decimals}%}"  # noqa: RUF001


def _days(value: int | None) -> str:
    return "–" if value is None else str(value)  # noqa: RUF001
