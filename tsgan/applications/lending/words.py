"""What a lender should know about a book, in plain sentences read off the numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tsgan.applications.lending.merton import CorporateOutcome
from tsgan.applications.lending.pools import PoolOutcome
from tsgan.applications.lending.secured import SecuredOutcome
from tsgan.reports.numbers import number

BOOK_UNITS = "book units"
"""What amounts of a book are in that does not say its currency."""

if TYPE_CHECKING:
    from tsgan.applications.lending.report import LoanReport

TOTAL_RETURN = (
    "The prices are TOTAL RETURN: dividends are counted as reinvested. A loan-to-value is measured on market prices, "
    "which fall by each dividend, so where dividends are paid out to the borrower these paths run too high by the "
    "dividend yield and triggers are reached sooner than shown; where dividends stay with the collateral, "
    "triggers are right."
)
PRICE_RETURN = (
    "The prices are PRICE RETURN, without dividends: what a market-value trigger sees. Where dividends stay with the "
    "collateral, it is worth more than shown, so triggers are reached later and losses are smaller."
)
UNKNOWN_RETURN = (
    "The file does not say whether its prices are total return (adjusted for dividends). If they are, and dividends "
    "are paid out to the borrower, triggers are reached sooner than shown: say which they are."
)


def sentences(report: LoanReport) -> list[str]:
    """The verdict of the page."""
    head, outcome = _losses(report), report.outcome
    if isinstance(outcome, SecuredOutcome):
        return [head, *_secured(outcome, report.confidence), dividends(report.source, report.total_return)]
    return [head, *(_corporate(outcome) if isinstance(outcome, CorporateOutcome) else _pools(outcome))]


def dividends(source: str, total_return: bool | None = None) -> str:
    """Whether prices hold dividends, and what that does to triggers; where it was not said, by their ``source``."""
    if total_return is None and source in ("sample:us-indices", "sample:sp500", "sample:nasdaq"):
        total_return = False  # indices of prices
    elif total_return is None and "yahoo" in source.lower():
        total_return = True  # adjusted closes
    return UNKNOWN_RETURN if total_return is None else TOTAL_RETURN if total_return else PRICE_RETURN


def span(report: LoanReport) -> str:
    """How long the paths are: ``252 trading days``, ``12 months``."""
    return f"{report.horizon} {report.period.trading}{'s' * (report.horizon != 1)}"


def money(report: LoanReport, digits: int = 3) -> Callable[[float], str]:
    """Writes an amount with its currency."""
    return lambda value: f"{number(value, digits)} {report.unit}"


def _losses(report: LoanReport) -> str:
    row, shown = report.losses.summary(), money(report)
    worst = f"the worst 1 % of paths lose {shown(row['es_99'])} on average"
    if row["var_99"] > 0:
        worst = f"more than {shown(row['var_99'])} with probability 1 %; {worst}"
    return (
        f"Over {span(report)}, to {report.dates[-1].astype('datetime64[D]')}, the book of "
        f"{money(report, 4)(row['exposure'])} loses {shown(row['expected_loss'])} on average "
        f"({row['expected_loss'] / row['exposure']:.2%}). It loses something with probability "
        f"{row['loss_probability']:.1%}, {worst}."
    )


def _secured(outcome: SecuredOutcome, confidence: float) -> list[str]:
    riskiest, count = max(outcome.rows, key=lambda row: row["call_probability"]), len(outcome.rows)
    calls = (
        f"At least one of {count} loans gets a margin call with a probability of {outcome.clustering['any']:.0%}; the "
        f"likeliest is {riskiest['loan']} ({riskiest['call_probability']:.0%})."
    )
    bunching = outcome.clustering["bunching"]
    if bunching is not None and count > 1:
        calls += f" Their number varies {number(bunching, 2)} times as much as that of independent calls would."
    over = [row for row in outcome.rows if row["ltv"] > row["largest_ltv"]]
    fine = f"With {100 * confidence:g} % confidence of no shortfall"
    limits = (
        f"{fine} too much is lent: "
        + ", ".join(f"{row['loan']} stands at {row['ltv']:.0%}, at most {row['largest_ltv']:.0%}" for row in over)
        if over
        else f"{fine} every loan is within its largest loan-to-value"
    )
    top = max(outcome.collateral, key=lambda row: row["share"])
    shared = (
        f"Collateral: {top['share']:.0%} of its value is {top['ticker']}, which secures {top['loans']} of "
        f"{count} loans; the book is as concentrated as {number(outcome.effective_tickers, 2)} equal positions."
    )
    return [calls, f"{limits}.", shared]


def _corporate(outcome: CorporateOutcome) -> list[str]:
    riskiest, count = max(outcome.rows, key=lambda row: row["default_probability"]), len(outcome.rows)
    text = f"{riskiest['loan']} defaults with a probability of {riskiest['default_probability']:.2%}. "
    if count > 1:
        text = (
            f"At least one of {count} firms defaults with a probability of {outcome.clustering['any']:.2%}; the "
            f"likeliest is {riskiest['loan']} ({riskiest['default_probability']:.2%}). "
        )
    text += reason(riskiest)
    bunching = outcome.clustering["bunching"]
    if bunching is not None and count > 1:
        text += f" The number of defaults varies {number(bunching, 2)} times as much as if firms were independent."
    return [text]


def reason(row: dict[str, Any]) -> str:
    """Why a firm's probability of default differs from Merton's: the spread of its value, then the shape."""
    ratio, kurtosis = row["spread_over_merton"], row["excess_kurtosis"]
    wide = "as wide as" if abs(ratio - 1) < 0.005 else f"{ratio:.2f} times as wide as"
    shape = "fatter than" if kurtosis > 0.1 else "thinner than" if kurtosis < -0.1 else "like"
    return (
        f"Why {row['loan']} is not at Merton's {small(row['merton_pd'])}: its value spreads {wide} he assumes (a "
        f"normal law so wide gives {small(row['normal_pd'])}), and its tails are {shape} normal ones (excess kurtosis "
        f"{number(kurtosis, 2)})."
    )


def small(p: float) -> str:
    """A probability of default; what is smaller than a millionth is said to be that."""
    return "below 0.0001 %" if p < 1e-6 else f"{100 * p:.{2 if p >= 1e-3 else 4}f} %"


def _pools(outcome: PoolOutcome) -> list[str]:
    return [
        f"{row['loan']}: {row['mean_rate']:.2%} default on average, more than {row['rate_99']:.2%} with probability "
        f"1 %. Vasicek's model with a normal factor, PD {row['pd']:.2%} and correlation "
        f"{number(row['correlation'], 2)} says {row['vasicek_99']:.2%}: the worst 1 % of its factor begin 2.33 "
        f"standard deviations below the mean, of these paths {-row['factor_1']:.2f}."
        for row in outcome.rows
    ]
