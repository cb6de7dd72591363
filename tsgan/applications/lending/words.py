"""What a lender should know about a book, in plain sentences read off the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tsgan.applications.lending.merton import CorporateOutcome
from tsgan.applications.lending.pools import PoolOutcome
from tsgan.applications.lending.secured import SecuredOutcome
from tsgan.reports.numbers import number

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
    "are paid out to the borrower, triggers are reached sooner than shown; say which with --total-return "
    "or --price-return."
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


def _losses(report: LoanReport) -> str:
    row = report.losses.summary()
    worst = f"the worst 1 % of paths lose {number(row['es_99'], 3)} on average"
    if row["var_99"] > 0:
        worst = f"more than {number(row['var_99'], 3)} with probability 1 %; {worst}"
    return (
        f"Over {span(report)}, to {report.dates[-1].astype('datetime64[D]')}, the book of "
        f"{number(row['exposure'], 4)} loses {number(row['expected_loss'], 3)} on average "
        f"({row['expected_loss'] / row['exposure']:.2%}). It loses something with probability "
        f"{row['loss_probability']:.1%}, {worst}."
    )


def _secured(outcome: SecuredOutcome, confidence: float) -> list[str]:
    riskiest, count = max(outcome.rows, key=lambda row: row["call_probability"]), len(outcome.rows)
    calls = (
        f"A margin call comes to {number(outcome.clustering['expected'], 2)} of {count} loans on average and to at "
        f"least one with {outcome.clustering['any']:.0%}; most likely to {riskiest['loan']} "
        f"({riskiest['call_probability']:.0%})."
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
    riskiest = max(outcome.rows, key=lambda row: row["default_probability"])
    text = (
        f"{number(outcome.clustering['expected'], 2)} of {len(outcome.rows)} firms default on average; most likely "
        f"{riskiest['loan']}: {riskiest['default_probability']:.2%}, where Merton's normal world says "
        f"{riskiest['merton_pd']:.2%}."
    )
    bunching = outcome.clustering["bunching"]
    if bunching is not None and len(outcome.rows) > 1:
        text += f" The number of defaults varies {number(bunching, 2)} times as much as if firms were independent."
    return [text]


def _pools(outcome: PoolOutcome) -> list[str]:
    return [
        f"{row['loan']}: {row['mean_rate']:.2%} default on average, more than {row['rate_99']:.2%} with probability "
        f"1 %; Vasicek's model with a normal factor, PD {row['pd']:.2%} and correlation "
        f"{number(row['correlation'], 2)} says {row['vasicek_99']:.2%}."
        for row in outcome.rows
    ]
