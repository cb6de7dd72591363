"""A loan book as matrices: confidence x measure, and loan x what may become of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tsgan.applications.lending import words
from tsgan.applications.lending.losses import LEVELS, Row
from tsgan.applications.lending.merton import CorporateOutcome
from tsgan.applications.lending.secured import SecuredOutcome
from tsgan.reports.front import Cell, Matrix, Tone, cell
from tsgan.reports.numbers import interval, number

if TYPE_CHECKING:
    from tsgan.applications.lending.report import LoanReport


def matrices(report: LoanReport) -> list[Matrix]:
    """Those of the page, in its order."""
    return [book(report), loans(report), losers(report)]


def book(report: LoanReport) -> Matrix:
    """VaR and ES of the whole book by confidence."""
    row, shown = report.losses.summary(), words.money(report)
    return Matrix(
        caption="What the whole book may lose",
        corner="Confidence",
        columns=("Value at risk", "Expected shortfall"),
        rows=tuple(
            (f"{100 * level:g} %", tuple(_within(row, f"{name}_{100 * level:g}", shown) for name in ("var", "es")))
            for level in LEVELS
        ),
        reading="Below each: the 95 % interval of Monte Carlo error.",
    )


def loans(report: LoanReport) -> Matrix:
    """What may become of each loan, firm or pool."""
    outcome = report.outcome
    if isinstance(outcome, SecuredOutcome):
        return _secured(outcome, report)
    return _firms(outcome, report) if isinstance(outcome, CorporateOutcome) else _pools(report)


def losers(report: LoanReport) -> Matrix:
    """Who loses, the largest part of the worst 1 % first."""
    shown = words.money(report)
    ranked = sorted(report.losses.rows(), key=lambda row: -(row["share_of_es"] or 0))
    return Matrix(
        caption="Who loses",
        corner="Name",
        columns=("Exposure", "Probability of a loss", "Expected loss", "99 % VaR alone", "Share of the book's 99 % ES"),
        rows=tuple(
            (
                row["loan"],
                (
                    cell(row["exposure"], words.money(report, 4)),
                    _within(row, "loss_probability", words.small),
                    cell(row["expected_loss"], shown),
                    cell(row["var_99"], shown),
                    cell(row["share_of_es"], "{:.0%}".format),
                ),
            )
            for row in ranked
        ),
        reading="The last column says who makes the worst 1 % of the book; the shares add up to 1.",
    )


def _secured(outcome: SecuredOutcome, report: LoanReport) -> Matrix:
    whole = "{:.1%}".format

    def of(row: Row) -> tuple[Cell, ...]:
        tone: Tone = "bad" if row["ltv"] > row["largest_ltv"] else "good"
        chances = (_within(row, f"{name}_probability", whole) for name in ("warning", "call", "liquidation"))
        return (
            cell(row["amount"], words.money(report, 4)), cell(row["ltv"], whole, tone=tone),
            cell(row["largest_ltv"], whole), *chances, cell(row["fall_to_call"], whole),
            cell(row["call_day_median"], "{:.0f}".format), cell(row["worst_fall_in_sale"], whole),
        )  # fmt: skip

    day = report.period.one
    return Matrix(
        caption="What may become of each loan",
        corner="Loan",
        columns=("Amount", "Loan-to-value", "Largest", "Warning", "Margin call", "Liquidation", "Fall to the call",
                 f"Median {day} of the call", "Worst 5 % fall in the sale"),
        rows=tuple((row["loan"], of(row)) for row in outcome.rows),
        reading=f"Largest: the most loan-to-value at the start, below every trigger, with no shortfall at "
        f"{100 * report.confidence:g} % confidence. The fall in the sale runs from the close that orders it to the "
        "next.",
    )  # fmt: skip


def _firms(outcome: CorporateOutcome, report: LoanReport) -> Matrix:
    def of(row: Row) -> tuple[Cell, ...]:
        return (
            cell(row["merton_pd"], words.small), cell(row["normal_pd"], words.small),
            _within(row, "default_probability", words.small), cell(row["spread_over_merton"], "{:.2f}".format),
            cell(row["excess_kurtosis"], "{:.1f}".format), cell(row["distance_to_default"], number),
            cell(row["equity_volatility"], "{:.0%}".format), cell(row["asset_volatility"], "{:.1%}".format),
        )  # fmt: skip

    return Matrix(
        caption=f"Probability of default within {words.span(report)}, and why it is not Merton's",
        corner="Firm",
        columns=("Merton", "Normal, as wide as the paths", "Over the paths", "Spread over Merton's", "Excess kurtosis",
                 "Distance to default, sd", "Equity volatility", "Asset volatility"),
        rows=tuple((row["loan"], of(row)) for row in outcome.rows),
        reading="From left to right: Merton's closed form; a normal law with the paths' own mean and spread of the "
        "firm's log value; the paths themselves, with the 95 % interval of Monte Carlo error. The last step is what "
        "fat tails and clustered volatility do.",
        own=2,
    )  # fmt: skip


def _pools(report: LoanReport) -> Matrix:
    whole = "{:.2%}".format

    def of(row: Row) -> tuple[Cell, ...]:
        return (
            cell(row["mean_rate"], whole), cell(row["rate_99"], whole), cell(row["vasicek_99"], whole),
            cell(row["rate_999"], whole), cell(row["vasicek_999"], whole), cell(row["factor_1"], "{:.2f}".format),
            cell(row["correlation"], lambda value: number(value, 2)),
        )  # fmt: skip

    return Matrix(
        caption=f"Rates of default within {words.span(report)}",
        corner="Pool",
        columns=("Mean", "99 %", "Vasicek 99 %", "99.9 %", "Vasicek 99.9 %", "Worst 1 % of the factor, sd",
                 "Correlation"),
        rows=tuple((row["loan"], of(row)) for row in report.outcome.rows),
        reading="99 %: exceeded on 1 % of the paths. Vasicek: the same by his closed form, whose factor is normal and "
        "whose worst 1 % begin at -2.33 standard deviations.",
        own=1,
    )  # fmt: skip


def _within(row: Row, name: str, shown: Callable[[float], str]) -> Cell:
    return cell(row[name], shown, below=interval(row[f"{name}_low"], row[f"{name}_high"], shown))
