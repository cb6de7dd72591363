"""One verb for every kind of loan book."""

from __future__ import annotations

from collections.abc import Sequence

from tsgan.applications.lending.books import CorporateLoan, Loan, Pool, SecuredLoan
from tsgan.applications.lending.merton import CorporateBook, lend_to_firms
from tsgan.applications.lending.pools import PoolBook, lend_to_pools
from tsgan.applications.lending.secured import SecuredBook, lend_against
from tsgan.errors import ConfigError
from tsgan.scenarios.scenarios import Scenarios


def lend(
    loans: Sequence[Loan],
    scenarios: Scenarios,
    *,
    confidence: float = 0.99,
    seed: int = 0,
    rate: float = 0.02,
    years: float = 1.0,
    first_passage: bool = False,
) -> SecuredBook | CorporateBook | PoolBook:
    """Carry a book along paths: :func:`lend_against`, :func:`lend_to_firms` or :func:`lend_to_pools`, by its loans.

    Raises ConfigError for an empty book or one of several kinds, and what those functions raise.
    """
    secured = [loan for loan in loans if isinstance(loan, SecuredLoan)]
    firms = [loan for loan in loans if isinstance(loan, CorporateLoan)]
    pools = [loan for loan in loans if isinstance(loan, Pool)]
    if len(loans) not in map(len, (secured, firms, pools)) or not loans:
        raise ConfigError("a book holds loans of one kind, at least one; give each kind a book of its own")
    if secured:
        return lend_against(secured, scenarios, confidence=confidence, seed=seed)
    if firms:
        return lend_to_firms(firms, scenarios, rate=rate, years=years, first_passage=first_passage)
    return lend_to_pools(pools, scenarios)
