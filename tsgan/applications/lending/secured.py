"""Securities-backed loans: margin calls, liquidations and shortfalls along paths.

Day by day, at the closes.  The debt grows with interest; loan-to-value is the debt over the value of the collateral.
Reaching ``call`` starts the days of grace: at their end the call lapses if the market has brought loan-to-value below
it again, or is answered with probability ``cure`` by collateral that restores the first day's loan-to-value; otherwise,
and whenever ``liquidation`` is reached, the collateral is sold at the NEXT close.  What the sale, less its cost, leaves
of the debt is the shortfall.  A loan that is open on the last day counts as if its collateral were sold then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tsgan.applications.lending.books import SecuredLoan
from tsgan.applications.lending.losses import Losses, Row, clustering
from tsgan.errors import ConfigError, ScenarioError
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.worth import Worth
from tsgan.stats import weighted

SEARCH = 12
"""Halvings of the search for the largest loan-to-value: to a fortieth of a per cent."""


@dataclass(frozen=True, eq=False)
class MarginRecord:
    """What became of one loan on every path, (path,) each; days count from 1, and 0 is never.

    Attributes:
        warned, called: first day at or above that trigger.
        sold: day of the liquidation.
        fall: change of the collateral's value from the close that ordered the sale to the sale itself; NaN without one.
        shortfall: lost, in the currency of the loan.
    """

    warned: np.ndarray
    called: np.ndarray
    sold: np.ndarray
    fall: np.ndarray
    shortfall: np.ndarray


@dataclass(frozen=True, eq=False)
class SecuredOutcome:
    """Made by :func:`lend_against`.

    Attributes:
        loans: the book.
        records: per loan.
        losses: of all.
        rows: one a loan, JSON-ready.
        clustering: how margin calls come together, see :func:`tsgan.applications.lending.losses.clustering`.
        collateral: one row a ticker, JSON-ready: value, share of all collateral, loans that share it, and the 99 %
            quantile over paths of the most of it that is sold on one day.
        effective_tickers: effective number of tickers, one over the sum of squared shares.
    """

    loans: list[SecuredLoan]
    records: list[MarginRecord]
    losses: Losses
    rows: list[Row]
    clustering: Row
    collateral: list[Row]
    effective_tickers: float


def collateral_values(loan: SecuredLoan, scenarios: Scenarios) -> np.ndarray:
    """(path, day + 1) value of a loan's collateral.  Raises ScenarioError for tickers that have no price."""
    total = np.zeros(scenarios.prices.shape[:2])
    for ticker, units in loan.collateral:
        if ticker not in scenarios.assets:
            raise ScenarioError(
                f"loan {loan.loan} is secured by {ticker}, but the paths have {', '.join(scenarios.assets)}"
            )
        column = scenarios.assets.index(ticker)
        if scenarios.kinds[column] != "price":
            raise ScenarioError(
                f"loan {loan.loan} is secured by {ticker}, which is a {scenarios.kinds[column]}: no price"
            )
        total += units * scenarios.prices[:, :, column]
    return total


def margin_record(loan: SecuredLoan, value: np.ndarray, periods_per_year: float, seed: int = 0) -> MarginRecord:
    """Carry a loan along the value (path, day + 1) of its collateral; ``seed`` is that of the answers to calls."""
    paths, days = value.shape[0], value.shape[1] - 1
    debt = loan.amount * (1 + loan.rate) ** (np.arange(days + 1) / periods_per_year)
    first = loan.amount / value[:, 0]
    rng = np.random.default_rng([seed, 0x1E4D])
    warned, called, sold, deadline, ordered = (np.zeros(paths, np.int64) for _ in range(5))
    more, fall, shortfall = np.ones(paths), np.full(paths, np.nan), np.zeros(paths)
    for day in range(1, days + 1):
        worth = value[:, day] * more
        open_ = sold == 0
        sale = open_ & (ordered > 0)
        fall[sale] = value[sale, day] / value[sale, ordered[sale]] - 1
        last = open_ & (day == days)
        closing = sale | last
        shortfall[closing] = np.maximum(debt[day] - (1 - loan.cost) * worth[closing], 0) * (1 - loan.recovery)
        sold[sale] = day
        ratio, open_ = debt[day] / worth, sold == 0
        warned[open_ & (warned == 0) & (ratio >= loan.warning)] = day
        above = open_ & (ratio >= loan.call)
        called[above & (called == 0)] = day
        deadline[above & (deadline == 0)] = day + loan.grace
        due = open_ & (deadline > 0) & (day >= deadline)
        answered = due & above & (rng.random(paths) < loan.cure) if loan.cure > 0 else np.zeros(paths, bool)
        more = np.where(answered, more * ratio / first, more)
        deadline[due & (answered | ~above)] = 0
        ordered[(due & above & ~answered) | (open_ & ~answered & (ratio >= loan.liquidation))] = day
    return MarginRecord(warned, called, sold, fall, shortfall)


def largest_ltv(
    loan: SecuredLoan,
    value: np.ndarray,
    periods_per_year: float,
    confidence: float,
    weights: np.ndarray | None = None,
    seed: int = 0,
) -> float:
    """Largest loan-to-value at the start, below every trigger, with no shortfall at ``confidence``; by bisection."""
    low, high = 0.0, min(1.0, loan.warning, loan.call, loan.liquidation)

    def safe(ltv: float) -> bool:
        record = margin_record(replace(loan, amount=ltv * float(value[0, 0])), value, periods_per_year, seed)
        return weighted.probability(record.shortfall > 0, weights).value <= 1 - confidence

    if safe(high):
        return high
    for _ in range(SEARCH):
        middle = (low + high) / 2
        low, high = (middle, high) if safe(middle) else (low, middle)
    return low


def lend_against(
    loans: list[SecuredLoan], scenarios: Scenarios, *, confidence: float = 0.99, seed: int = 0
) -> SecuredOutcome:
    """Carry a book of securities-backed loans along paths, whose weights are honoured.

    Args:
        loans: the book.
        scenarios: paths with the tickers of the collateral.
        confidence: of the largest loan-to-value and the haircut.
        seed: of the answers to margin calls.

    Raises:
        ScenarioError: collateral that the paths do not price, or paths that start at base values.
        ConfigError: a loan above the value of its collateral at the start, or a confidence outside (0, 1).
    """
    if not 0 < confidence < 1:
        raise ConfigError(f"the confidence must be between 0 and 1, not {confidence:g}")
    scenarios.check_priced("units of collateral")
    periods = scenarios.periods_per_year
    worth, records, rows = Worth.of(scenarios), [], []
    weights = worth.weights
    for i, loan in enumerate(loans):
        value = collateral_values(loan, scenarios)
        if loan.amount > value[0, 0]:
            raise ConfigError(
                f"loan {loan.loan}: loan-to-value is {loan.amount / value[0, 0]:.3g} at the start (amount "
                f"{loan.amount:g}, collateral {value[0, 0]:g}); it must not be above 1"
            )
        record = margin_record(loan, value, periods, seed + i)
        records.append(record)
        largest = largest_ltv(loan, value, periods, confidence, weights, seed + i)
        rows.append(_row(loan, record, float(value[0, 0]), largest, worth))
    losses = Losses(
        tuple(loan.loan for loan in loans),
        np.array([loan.amount for loan in loans]),
        np.stack([record.shortfall for record in records], axis=1),
        worth,
    )
    rows = [first | second for first, second in zip(rows, losses.rows(), strict=True)]
    tickers = _collateral(loans, records, scenarios)
    shares = np.array([row["share"] for row in tickers])
    called = np.stack([record.called > 0 for record in records], axis=1)
    return SecuredOutcome(
        loans, records, losses, rows, clustering(called, weights), tickers, float(1 / (shares**2).sum())
    )


def _row(loan: SecuredLoan, record: MarginRecord, value: float, largest: float, worth: Worth) -> Row:
    row: Row = {"loan": loan.loan, "amount": loan.amount, "collateral_value": value, "ltv": loan.amount / value}
    row["fall_to_call"] = 1 - row["ltv"] / loan.call if np.isfinite(loan.call) else None
    for name, days in (("warning", record.warned), ("call", record.called), ("liquidation", record.sold)):
        found = worth.probability(days > 0)
        row |= {f"{name}_probability": found.value, f"{name}_probability_error": found.error}
        row |= {f"{name}_probability_low": found.low, f"{name}_probability_high": found.high}
    hit, weights = record.called > 0, worth.weights
    inside = None if weights is None or not hit.any() else weights[hit] / weights[hit].sum()
    for name, level in (("call_day_early", 0.05), ("call_day_median", 0.5)):
        row[name] = int(weighted.quantiles(record.called[hit], [level], inside)[0]) if hit.any() else None
    falls = np.isfinite(record.fall)
    inside = None if weights is None or not falls.any() else weights[falls] / weights[falls].sum()
    row["worst_fall_in_sale"] = (
        float(weighted.quantiles(record.fall[falls], [0.05], inside)[0]) if falls.any() else None
    )
    return row | {"largest_ltv": largest, "haircut": 1 - largest}


def _collateral(loans: list[SecuredLoan], records: list[MarginRecord], scenarios: Scenarios) -> list[Row]:
    tickers = sorted({ticker for loan in loans for ticker, _ in loan.collateral})
    held = {
        t: [(i, units) for i, loan in enumerate(loans) for name, units in loan.collateral if name == t] for t in tickers
    }
    worth = {t: scenarios.start_prices[scenarios.assets.index(t)] * sum(u for _, u in held[t]) for t in tickers}
    rows = []
    for ticker in tickers:
        sales = np.zeros((scenarios.n_paths, scenarios.horizon + 1))
        for i, units in held[ticker]:
            sales[np.arange(scenarios.n_paths), records[i].sold] += units
        prices = scenarios.prices[:, 1:, scenarios.assets.index(ticker)]
        peak = (sales[:, 1:] * prices).max(axis=1)
        row: Row = {
            "ticker": ticker,
            "value": float(worth[ticker]),
            "share": float(worth[ticker] / sum(worth.values())),
        }
        row["loans"] = len({i for i, _ in held[ticker]})
        row["amount_lent_on_it"] = float(sum(loans[i].amount for i in {i for i, _ in held[ticker]}))
        rows.append(row | {"largest_sale_99": float(weighted.quantiles(peak, [0.99], scenarios.weights)[0])})
    return rows
