"""Loan books: tables (CSV files or DataFrames) with one row a loan, of three kinds told apart by their columns.

Securities-backed loans (Lombard, margin)::

    loan, amount, collateral        a name, the amount lent, and what secures it: SPX:40 IXIC:25, ticker:units held
    rate                            interest a year, paid at the end, 0.05 for 5 %; 0
    warning, call, liquidation      loan-to-value at which each happens, in this order, 0.80 for 80 %; none
    grace                           trading days to answer a margin call; 2
    cost                            of selling the collateral, as a fraction of its value; 0
    cure                            probability that a margin call is answered; 0, the cautious case
    recovery                        fraction of a shortfall that is got back from the borrower; 0

Corporate loans (Merton, KMV)::

    loan, ticker, exposure, lgd     a name, whose share price, the amount at risk, and the part of it lost in a default
    equity, debt                    market value of the firm's equity and face value of its debt, in one unit
    volatility                      of the equity, a year, 0.30 for 30 %; that of the paths

Pools on a history of rates, or on one factor (Vasicek)::

    pool, exposure, lgd, series     a name, the amount at risk, loss given default (1 for charge-offs), a ticker
    pd, correlation                 default probability over the horizon and asset correlation: the pool's factor is the
                                    move of the series; without them the series IS the pool's yearly rate of default

A charge-off rate is such a yearly rate, of losses: its lgd is 1.  A delinquency rate is a share of the balance that is
past due at one time, no yearly rate: let it be the factor, with pd and correlation.
A comma in a cell needs quotes.  Amounts are in one currency.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tsgan.data.handwritten import LARGEST, SMALLEST, check_columns, read_handwritten, sensible
from tsgan.errors import ConfigError

TRIGGERS = ("warning", "call", "liquidation")
"""Columns of loan-to-value, in the order in which they are reached."""

MOST_LOAN_TO_VALUE = 2.0
"""A trigger above it is meant in percent: nobody waits until the debt is twice its collateral."""

MOST_VOLATILITY = 5.0
"""Of a firm's equity, a year; above it percent are meant."""

MOST_GRACE = 2_600
"""Days to answer a margin call, ten years of them; above it something else is meant."""

LEAST_PROBABILITY = 1e-12
"""Of a default over the horizon."""

LEAST_VOLATILITY = 1e-4
"""Of a firm's equity, a year; below it nothing moves, and the distance to a default has no measure."""

MOST_COST = 0.5
"""Of selling collateral; a sale that eats half of it is one whose cost is meant in percent."""


@dataclass(frozen=True)
class SecuredLoan:
    """A securities-backed loan; fields: see the module.  Triggers that do not exist are infinite."""

    loan: str
    amount: float
    collateral: tuple[tuple[str, float], ...]
    rate: float = 0.0
    warning: float = np.inf
    call: float = np.inf
    liquidation: float = np.inf
    grace: int = 2
    cost: float = 0.0
    cure: float = 0.0
    recovery: float = 0.0

    def __post_init__(self) -> None:
        _above_zero(self, "amount")
        _fractions(self, "cost", "cure", "recovery")
        _check(self, self.cost < MOST_COST, "cost", "a fraction of the collateral's value: half a per cent is 0.005")
        _check(self, -1 < self.rate < 1, "rate", "a rate a year as a fraction: 4 % is 0.04")
        whole = 0 <= self.grace <= MOST_GRACE and float(self.grace).is_integer()
        _check(self, whole, "grace", f"a whole number of days, from 0 to {MOST_GRACE:,}")
        if not self.collateral or any(not (units > 0 and sensible(units)) for _, units in self.collateral):
            raise ConfigError(
                f"loan {self.loan}: the collateral needs units above 0, up to {LARGEST:g}, of one ticker or more, as "
                "SPX:40"
            )
        for name in TRIGGERS:
            high = MOST_LOAN_TO_VALUE < getattr(self, name) < np.inf
            _check(self, not high, name, "a loan-to-value as a fraction: 80 % is 0.80")
        triggers = [getattr(self, name) for name in TRIGGERS]
        finite = [value for value in triggers if np.isfinite(value)]
        if any(not value > 0 for value in triggers) or finite != sorted(finite):
            shown = ", ".join(f"{n} {getattr(self, n):g}" for n in TRIGGERS)
            raise ConfigError(
                f"loan {self.loan}: the triggers are out of order ({shown}); loan-to-value must be above 0 and rise "
                f"from warning to call to liquidation"
            )


@dataclass(frozen=True)
class CorporateLoan:
    """A loan to a firm whose equity is traded; fields: see the module."""

    loan: str
    ticker: str
    exposure: float
    lgd: float
    equity: float
    debt: float
    volatility: float = np.nan

    def __post_init__(self) -> None:
        _above_zero(self, "exposure", "equity")
        _fractions(self, "lgd")
        _check(
            self,
            self.debt > 0 and sensible(self.debt),
            "debt",
            f"above 0, {SMALLEST:g} to {LARGEST:g}: a firm without debt cannot default in this model; leave it out",
        )
        fine = np.isnan(self.volatility) or LEAST_VOLATILITY <= self.volatility < MOST_VOLATILITY
        _check(self, fine, "volatility", f"at least {LEAST_VOLATILITY:g}, a year as a fraction (30 % is 0.30)")


@dataclass(frozen=True)
class Pool:
    """Many small loans; fields: see the module."""

    loan: str
    exposure: float
    lgd: float
    series: str
    pd: float = np.nan
    correlation: float = np.nan

    def __post_init__(self) -> None:
        _above_zero(self, "exposure")
        _fractions(self, "lgd")
        if np.isnan(self.pd) != np.isnan(self.correlation):
            raise ConfigError(f"pool {self.loan}: give both pd and correlation, or neither")
        if not np.isnan(self.pd):
            _check(self, LEAST_PROBABILITY <= self.pd < 1, "pd", f"between {LEAST_PROBABILITY:g} and 1")
            _check(self, 1e-9 <= self.correlation < 1, "correlation", "between 0 and 1")


Loan = SecuredLoan | CorporateLoan | Pool
Loans = list[SecuredLoan] | list[CorporateLoan] | list[Pool]
"""A book: loans of one kind."""
BookSource = str | os.PathLike[str] | pd.DataFrame | Sequence[Loan]
"""A CSV file, a table with the same columns, or the loans themselves."""

_KINDS: tuple[tuple[type[Any], tuple[str, ...]], ...] = (
    (SecuredLoan, ("loan", "amount", "collateral")),
    (CorporateLoan, ("loan", "ticker", "exposure", "lgd", "equity", "debt")),
    (Pool, ("pool", "exposure", "lgd", "series")),
)
"""Each kind of book with the columns that it must have; the column of that kind only is the last one."""
_TEXTS: dict[str, Callable[[str], Any]] = {"loan": str, "pool": str, "ticker": str, "series": str}


def read_book(source: BookSource) -> Loans:
    """Read a loan book from a CSV file or a table; its columns say of which kind it is.  Parsed loans stay as they are.

    Raises ConfigError, naming file, row and column, for a table or a cell that makes no sense, for loans of several
    kinds, and for none.
    """
    if (convert := getattr(source, "to_pandas", None)) is not None:  # Polars, Arrow
        source = convert()
    if not isinstance(source, str | os.PathLike | pd.DataFrame):
        return _of_one_kind(list(source))
    where = "the table" if isinstance(source, pd.DataFrame) else str(source)
    table = source.copy() if isinstance(source, pd.DataFrame) else _table(Path(source))
    table.columns = [str(name).strip().lower() for name in table.columns]
    check_columns(table, where)
    kind, needed = _kind(where, table)
    known = [f.name if f.name != "loan" else needed[0] for f in fields(kind)]
    unknown = [name for name in table.columns if name not in known]
    if unknown:
        raise ConfigError(
            f"{where} has the column {', '.join(unknown)}, which is unknown; known are {', '.join(known)}"
        )
    rows = table.dropna(how="all").to_dict("records")
    loans = [_loan(kind, needed, cells, f"{where}: row {row}") for row, cells in enumerate(rows, 1)]
    if not loans:
        raise ConfigError(f"the loan book {where} has no rows")
    names = [loan.loan for loan in loans]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ConfigError(f"{where} has {twice} twice; give every {needed[0]} a name of its own")
    return loans


def _of_one_kind(loans: list[Any]) -> Loans:
    if len({type(loan) for loan in loans}) != 1 or not isinstance(loans[0], Loan):
        raise ConfigError("a book holds loans of one kind, at least one; give each kind a book of its own")
    return loans


def _table(path: Path) -> pd.DataFrame:
    """The cells of a CSV file as text; ConfigError where it is none."""
    try:
        return read_handwritten(path, "the loan book", (*_TEXTS, "collateral"), ("collateral",))
    except FileNotFoundError:
        raise ConfigError(f"no loan book {path}; it is a CSV file, for example with loan,amount,collateral") from None


def _loan(kind: type[Any], needed: tuple[str, ...], cells: dict[Any, Any], where: str) -> Any:
    """The loan of one row."""
    values = {}
    for name, cell in cells.items():
        if cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and cell != cell):
            if name in needed:
                raise ConfigError(f"{where} has no {name}")
            continue
        values["loan" if name == needed[0] else name] = _read(name, str(cell).strip(), f"{where}, {name}")
    try:
        return kind(**values)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None


def _kind(where: str, table: pd.DataFrame) -> tuple[type[Any], tuple[str, ...]]:
    """The kind of book that shares most columns with the table; ConfigError where it lacks any."""
    kind, needed = max(_KINDS, key=lambda pair: sum(name in table.columns for name in pair[1]))
    missing = [name for name in needed if name not in table.columns]
    if missing:
        books = "; or ".join(",".join(names) for _, names in _KINDS)
        raise ConfigError(
            f"the loan book {where} lacks {', '.join(missing)} (it has {', '.join(table.columns)}); a book has {books}"
        )
    return kind, needed


def _read(name: str, cell: str, where: str) -> Any:
    if name in _TEXTS:
        return cell
    if name == "collateral":
        return tuple(_holding(part, where) for part in cell.replace(";", " ").replace(",", " ").split())
    try:
        value = float(cell)
    except ValueError:
        value = np.nan
    if np.isnan(value):
        raise ConfigError(f"{where} is {cell!r}; give a number")
    return int(value) if name == "grace" and value.is_integer() else value


def _holding(part: str, where: str) -> tuple[str, float]:
    ticker, _, units = part.rpartition(":")
    try:
        return (ticker, float(units)) if ticker else ("", float("nan"))
    except ValueError:
        raise ConfigError(f"{where} has {part!r}; write ticker:units, for example SPX:40 IXIC:25") from None


def _check(loan: Any, fine: bool, name: str, wanted: str) -> None:
    if not fine:
        raise ConfigError(f"{loan.loan}: {name} is {getattr(loan, name):g}; it must be {wanted}")


def _above_zero(loan: Any, *names: str) -> None:
    for name in names:
        value = getattr(loan, name)
        _check(loan, value > 0 and sensible(value), name, f"above 0, {SMALLEST:g} to {LARGEST:g}")


def _fractions(loan: Any, *names: str) -> None:
    for name in names:
        _check(loan, 0 <= getattr(loan, name) <= 1, name, "a fraction from 0 to 1")
