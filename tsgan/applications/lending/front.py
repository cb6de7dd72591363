"""The first screen of a loan book: what it may lose, how likely, and who or what brings it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tsgan.applications.lending import plots, words
from tsgan.applications.lending.merton import CorporateOutcome
from tsgan.applications.lending.pools import PoolOutcome
from tsgan.applications.lending.secured import SecuredOutcome
from tsgan.reports.front import MOST_TILES, Front, Tile, Tone

if TYPE_CHECKING:
    from tsgan.applications.lending.report import LoanReport

NORMAL_1 = 2.326347874040841
"""Standard deviations below its mean at which the worst 1 % of a normal factor begin."""


def front(report: LoanReport) -> Front:
    """The losses first, then what belongs to this kind of book."""
    outcome, row, shown = report.outcome, report.losses.summary(), words.money(report)
    count, noun = len(outcome.rows), kind(report)
    share = f"{row['expected_loss'] / row['exposure']:.2%} of {words.money(report, 4)(row['exposure'])}"
    tiles = [
        Tile("Expected loss", row["expected_loss"], shown, row["expected_loss_low"], row["expected_loss_high"],
             note=share),
        Tile("Loss exceeded once in a hundred (VaR 99 %)", row["var_99"], shown, row["var_99_low"], row["var_99_high"]),
        Tile("Mean loss in the worst 1 % (ES 99 %)", row["es_99"], shown, row["es_99_low"], row["es_99_high"]),
    ]  # fmt: skip
    tone: Tone = ""
    if isinstance(outcome, SecuredOutcome):
        tone, answer, more = _secured(outcome, report)
        chart, reading = plots.calls(report), f"Probability of a first margin call up to each {report.period.one}."
    elif isinstance(outcome, CorporateOutcome):
        answer, more = _firms(outcome)
        chart = plots.term(report)
        reading = f"Dots: over the paths, below the debt on that {report.period.one}. Lines: Merton's closed form."
    else:
        answer, more = _pools(outcome)
        chart, reading = plots.rates(report), "Chance that more than each share of a pool defaults."
    p = row["loss_probability"]
    some = f" It loses something with a probability of {p:.1%}." if p < 0.9995 else ""
    known = "" if report.unit != words.BOOK_UNITS else "; amounts in the currency of the book (book units)"
    return Front(
        question=f"What may {count} {noun} lose in {words.span(report)}?",
        about=f"{report.paths:,} joint paths of {', '.join(report.assets[:4])}{', …' * (len(report.assets) > 4)} from "
        f"{report.dates[0].astype('datetime64[D]')}, drawn by {report.model}{known}",
        tone=tone,
        verdict=f"{shown(row['expected_loss'])} on average; more than {shown(row['var_99'])} once in a hundred.{some}",
        answer=(answer,),
        tiles=tuple([*tiles, *more][:MOST_TILES]),
        chart=chart,
        reading=reading,
    )


def kind(report: LoanReport) -> str:
    """What the book holds: ``loans``, ``firms``, ``pool``."""
    noun = {PoolOutcome: "pool", CorporateOutcome: "firm", SecuredOutcome: "loan"}[type(report.outcome)]
    return noun + "s" * (len(report.outcome.rows) != 1)


def _secured(outcome: SecuredOutcome, report: LoanReport) -> tuple[Tone, str, list[Tile]]:
    over = [row for row in outcome.rows if row["ltv"] > row["largest_ltv"]]
    riskiest = max(outcome.rows, key=lambda row: row["call_probability"])
    tight = min(outcome.rows, key=lambda row: row["largest_ltv"] - row["ltv"])
    whole = "{:.1%}".format
    ends = riskiest["call_probability_low"], riskiest["call_probability_high"]
    tiles = [
        Tile("At least one margin call", outcome.clustering["any"], whole, note=f"{len(outcome.rows)} loans"),
        Tile(f"Margin call of {riskiest['loan']}, the likeliest", riskiest["call_probability"], whole, *ends),
        Tile(
            f"Loan-to-value of {tight['loan']}, the tightest",
            tight["ltv"],
            whole,
            beside=((f"most at {100 * report.confidence:g} % confidence", tight["largest_ltv"]),),
            tone="bad" if over else "good",
        ),
    ]
    sure = f"{100 * report.confidence:g} % confidence of no shortfall"
    if over:
        names = ", ".join(row["loan"] for row in over[:3]) + ("" if len(over) <= 3 else f" and {len(over) - 3} more")
        return "bad", f"Too much is lent for {sure}: {names}.", tiles
    return "good", f"Every loan is small enough for {sure}.", tiles


def _firms(outcome: CorporateOutcome) -> tuple[str, list[Tile]]:
    row = max(outcome.rows, key=lambda r: r["default_probability"])
    ends = row["default_probability_low"], row["default_probability_high"]
    beside = (("Merton", row["merton_pd"]), ("normal law as wide", row["normal_pd"]))
    tiles = [
        Tile(f"Default of {row['loan']}, the likeliest", row["default_probability"], words.small, *ends, beside),
        Tile("At least one default", outcome.clustering["any"], words.small, note=f"{len(outcome.rows)} firms"),
        Tile(f"Spread of {row['loan']}'s value over Merton's", row["spread_over_merton"], "{:.2f} times".format,
             note=f"excess kurtosis {row['excess_kurtosis']:.1f}; Merton's is 0"),
    ]  # fmt: skip
    return words.reason(row), tiles


def _pools(outcome: PoolOutcome) -> tuple[str, list[Tile]]:
    row = max(outcome.rows, key=lambda r: r["rate_99"])
    whole = "{:.2%}".format
    tiles = [
        Tile(f"Default rate of {row['loan']}, once in a hundred", row["rate_99"], whole,
             beside=(("Vasicek", row["vasicek_99"]),)),
        Tile(f"Mean default rate of {row['loan']}", row["mean_rate"], whole),
        Tile(f"Where the worst 1 % of {row['loan']}'s factor begin", row["factor_1"], "{:.2f} sd".format,
             beside=(("a normal factor", -NORMAL_1),)),
    ]  # fmt: skip
    heavier = -row["factor_1"] > NORMAL_1 + 0.05
    lighter = -row["factor_1"] < NORMAL_1 - 0.05
    shape = "a heavier lower tail than" if heavier else "a lighter lower tail than" if lighter else "much the tail of"
    text = (
        f"{row['loan']}: Vasicek's closed form says {row['vasicek_99']:.2%} once in a hundred, these paths "
        f"{row['rate_99']:.2%}, because their factor has {shape} a normal one."
    )
    return text, tiles
