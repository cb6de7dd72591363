"""What becomes of a loan book along paths, whatever kind of loans it holds."""

from __future__ import annotations

from collections.abc import Sequence

from tsgan.applications.lending.books import CorporateLoan, Loan, Pool, SecuredLoan, read_book
from tsgan.applications.lending.merton import CorporateOutcome, lend_to_firms
from tsgan.applications.lending.pools import PoolOutcome, lend_to_pools
from tsgan.applications.lending.secured import SecuredOutcome, lend_against
from tsgan.scenarios.scenarios import Scenarios

Outcome = SecuredOutcome | CorporateOutcome | PoolOutcome
"""What becomes of a book, by the kind of its loans."""


def carry(
    loans: Sequence[Loan],
    scenarios: Scenarios,
    *,
    confidence: float = 0.99,
    seed: int = 0,
    rate: float = 0.02,
    years: float = 1.0,
    first_passage: bool = False,
) -> Outcome:
    """Carry a book along paths: :func:`lend_against`, :func:`lend_to_firms` or :func:`lend_to_pools`, by its loans.

    Raises ConfigError for an empty book or one of several kinds, and what those functions raise.
    """
    book = read_book(loans)
    secured = [loan for loan in book if isinstance(loan, SecuredLoan)]
    firms = [loan for loan in book if isinstance(loan, CorporateLoan)]
    if secured:
        return lend_against(secured, scenarios, confidence=confidence, seed=seed)
    if firms:
        return lend_to_firms(firms, scenarios, rate=rate, years=years, first_passage=first_passage)
    return lend_to_pools([loan for loan in book if isinstance(loan, Pool)], scenarios)
