"""Corporate loans: Merton's model, and default along joint paths of equity.

Merton (1974): the firm's assets follow a geometric Brownian motion, its equity is a call on them struck at the debt.
KMV's way: the value and volatility of the assets are those at which the call has the equity's value and volatility.

Along a path the assets' return is the equity's, scaled by the ratio of the two volatilities at the start and with the
drift at which both earn the same premium per unit of risk.  So under ``gbm`` default at the horizon has exactly
Merton's probability, and what another model adds to it is the market's: clustered volatility, fat tails, joint falls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy import optimize
from scipy.special import ndtr

from tsgan.applications.lending.books import CorporateLoan
from tsgan.applications.lending.losses import Losses, Row, clustering
from tsgan.errors import ConfigError, ScenarioError
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.worth import Worth
from tsgan.stats import weighted

FAN = (0.05, 0.5, 0.95, 0.99)
"""Quantiles over paths of the default probability that a firm has reached."""


class FirmAssets(NamedTuple):
    """Value of a firm's assets, and their volatility a year."""

    value: float
    volatility: float


def solve_merton(equity: float, volatility: float, debt: float, rate: float, years: float = 1.0) -> FirmAssets:
    """Asset value and volatility from equity's: E = A N(d1) - D exp(-r T) N(d2) and E s_E = A N(d1) s_A.

    Args:
        equity, debt: market value of equity, face value of debt due in ``years``.
        volatility: of the equity, a year.
        rate: risk-free, a year, continuously compounded.

    Raises:
        ConfigError: a rate that is none, or figures that no asset value and volatility fit.
    """
    if not -1 < rate < 1:
        raise ConfigError(f"the risk-free rate is {rate:g} a year; give a fraction such as 0.02")
    owed = debt * np.exp(-rate * years)

    def value(asset_volatility: float) -> float:
        def gap(assets: float) -> float:
            return _call(assets, debt, asset_volatility, rate, years) - equity

        # The call is worth less than the assets and at least the assets less what is owed; rounding must not undo it.
        most = (equity + owed) * (1 + 1e-9)
        return float(optimize.brentq(gap, equity, most, xtol=1e-12 * most, rtol=1e-14))  # type: ignore[arg-type]

    def gap(asset_volatility: float) -> float:
        assets = value(asset_volatility)
        delta = ndtr(_d1(assets, debt, asset_volatility, rate, years))
        return float(assets * delta * asset_volatility - equity * volatility)

    # At the equity's own volatility the assets are too volatile; with none the equity would be riskless.
    try:
        found = float(optimize.brentq(gap, 1e-6 * volatility, volatility, xtol=1e-12))  # type: ignore[arg-type]
        return FirmAssets(value(found), found)
    except ValueError:  # no change of sign: beyond what doubles can tell apart
        raise ConfigError(
            f"no firm has equity {equity:g} of volatility {volatility:g} above a debt of {debt:g}; "
            f"give equity and debt in the same unit"
        ) from None


def distance_to_default(assets: Any, debt: float, volatility: float, drift: float, years: Any) -> Any:
    """(log(A / D) + (drift - s^2 / 2) T) / (s sqrt(T)): standard deviations to default; arrays broadcast."""
    return (np.log(assets / debt) + (drift - volatility**2 / 2) * years) / (volatility * np.sqrt(years))


@dataclass(frozen=True, eq=False)
class CorporateOutcome:
    """Made by :func:`lend_to_firms`.

    Attributes:
        loans: the book.
        losses: at the last day of the paths.
        rows: one a loan, JSON-ready; see :func:`lend_to_firms`.
        term: one row a loan and day, JSON-ready.
        clustering: how defaults come together.
        rate, years: what Merton's model was solved with.
    """

    loans: list[CorporateLoan]
    losses: Losses
    rows: list[Row]
    term: list[Row]
    clustering: Row
    rate: float
    years: float


def lend_to_firms(
    loans: list[CorporateLoan],
    scenarios: Scenarios,
    *,
    rate: float = 0.02,
    years: float = 1.0,
    first_passage: bool = False,
    days: tuple[int, ...] = (),
) -> CorporateOutcome:
    """Default along joint paths of the firms' shares, whose weights are honoured.

    Args:
        loans: the book.
        scenarios: paths of the share prices.
        rate: risk-free rate a year.
        years: until the debt is due, in Merton's equations and in the default probability reached along a path.
        first_passage: default when the assets first close below the debt (Black and Cox 1976) rather than when they
            are below it on the last day (Merton).
        days: horizons of the term structure; quarters by default.

    Returns:
        ``rows``: ``loan, ticker, equity_volatility, assets, asset_volatility, distance_to_default, merton_pd`` (the
        closed form at the last day), ``default_probability`` (over paths) with its error, ``spread_over_merton`` (of
        the assets' log value on the last day over the paths, relative to Merton's), ``normal_pd`` (of a normal law with
        the paths' mean and spread), ``excess_kurtosis`` (of that log value; 0 in Merton's model), and what
        :meth:`tsgan.applications.lending.losses.Losses.rows` says.  ``term``: ``loan, day, merton_pd, default``
        (below the debt on that day) with its error, ``passage`` (below it on any day so far), and quantiles over paths
        of the default probability then reached, ``pd_0.5`` and so on.

    Raises:
        ScenarioError: firms whose share price the paths lack.
        ConfigError: a rate that is none, or equity and debt that no firm has.
    """
    weights, horizon, periods = scenarios.weights, scenarios.horizon, scenarios.periods_per_year
    worth, quarter = Worth.of(scenarios), max(1, round(periods / 4))
    marked = sorted({d for d in days or range(quarter, horizon + 1, quarter) if d <= horizon} | {horizon})
    rows, term, defaults = [], [], []
    for loan in loans:
        firm = _Firm.of(loan, scenarios, rate, years, periods)
        path = firm.path(scenarios, periods)
        below = path < loan.debt
        passed = np.logical_or.accumulate(below, axis=1)
        defaults.append((passed if first_passage else below)[:, -1])
        for day in marked:
            row: Row = {"loan": loan.loan, "day": day, "merton_pd": firm.pd(firm.assets.value, day / periods)}
            for name, hits in (("default", below[:, day - 1]), ("passage", passed[:, day - 1])):
                found = worth.probability(hits)
                row |= {name: found.value, f"{name}_error": found.error}
                row |= {f"{name}_low": found.low, f"{name}_high": found.high}
            reached = weighted.quantiles(firm.pd(path[:, day - 1], years), list(FAN), weights)
            term.append(row | {f"pd_{p:g}": float(q) for p, q in zip(FAN, reached, strict=True)})
        chance = worth.probability(defaults[-1])
        row = firm.row(horizon / periods) | {"default_probability": chance.value}
        row |= firm.shape(path[:, -1], horizon / periods, weights)
        row |= {"default_probability_low": chance.low, "default_probability_high": chance.high}
        rows.append(row | {"default_probability_error": chance.error})
    events = np.stack(defaults, axis=1)
    worst = np.array([loan.exposure * loan.lgd for loan in loans])
    exposures = np.array([x.exposure for x in loans])
    losses = Losses(tuple(x.loan for x in loans), exposures, events * worst, worth)
    rows = [first | second for first, second in zip(rows, losses.rows(), strict=True)]
    return CorporateOutcome(loans, losses, rows, term, clustering(events, weights), rate, years)


@dataclass(frozen=True)
class _Firm:
    """A firm at the start of the paths."""

    loan: CorporateLoan
    column: int
    assets: FirmAssets
    drift: float  # arithmetic, of the assets, a year
    equity_volatility: float
    mean: float  # log return of the equity a period
    ratio: float  # asset return over equity return

    @classmethod
    def of(cls, loan: CorporateLoan, scenarios: Scenarios, rate: float, years: float, periods: float) -> _Firm:
        if loan.ticker not in scenarios.assets:
            raise ScenarioError(
                f"loan {loan.loan} is to {loan.ticker}, but the paths have {', '.join(scenarios.assets)}"
            )
        column = scenarios.assets.index(loan.ticker)
        if scenarios.kinds[column] != "price":
            raise ScenarioError(
                f"loan {loan.loan}: {loan.ticker} is a {scenarios.kinds[column]}, so no equity follows it"
            )
        daily = scenarios.returns[:, :, column].astype(np.float64)
        weights = weighted.normalized(scenarios.weights, scenarios.n_paths)
        mean = float(weights @ daily.mean(axis=1))
        sampled = float(np.sqrt(periods * (weights @ ((daily - mean) ** 2).mean(axis=1))))
        if not sampled > 0:
            raise ConfigError(f"loan {loan.loan}: {loan.ticker} never moves in these paths, so it cannot default")
        volatility = sampled if np.isnan(loan.volatility) else loan.volatility
        try:
            assets = solve_merton(loan.equity, volatility, loan.debt, rate, years)
        except ConfigError as error:
            raise ConfigError(f"loan {loan.loan}: {error}") from None
        ratio = assets.volatility / volatility
        scale = volatility / sampled  # where the volatility is given, the firm's moves are those of the paths, scaled
        equity_drift = periods * mean * scale + volatility**2 / 2
        drift = rate + ratio * (equity_drift - rate)
        return cls(loan, column, assets, drift, volatility, mean, ratio * scale)

    def row(self, years: float) -> Row:
        """What Merton's model says of the firm ``years`` ahead, JSON-ready."""
        value, volatility = self.assets
        distance = distance_to_default(value, self.loan.debt, volatility, self.drift, years)
        return {
            "loan": self.loan.loan,
            "ticker": self.loan.ticker,
            "equity_volatility": self.equity_volatility,
            "assets": value,
            "asset_volatility": volatility,
            "distance_to_default": float(distance),
            "merton_pd": self.pd(value, years),
        }

    def shape(self, last: np.ndarray, years: float, weights: np.ndarray | None) -> Row:
        """Why the paths default more or less often than Merton's closed form says: the law of the assets' log value
        on the last day, ``last`` (path,), beside a normal one."""
        moves = np.log(last / self.assets.value)
        mean = weighted.mean(moves, weights).value
        spread = float(np.sqrt(weighted.mean((moves - mean) ** 2, weights).value))
        if not spread > 0:
            return {"spread_over_merton": 0.0, "normal_pd": 0.0, "excess_kurtosis": np.nan}
        fourth = weighted.mean(((moves - mean) / spread) ** 4, weights).value
        return {
            "spread_over_merton": spread / (self.assets.volatility * np.sqrt(years)),
            "normal_pd": float(ndtr((np.log(self.loan.debt / self.assets.value) - mean) / spread)),
            "excess_kurtosis": fourth - 3,
        }

    def path(self, scenarios: Scenarios, periods: float) -> np.ndarray:
        """(path, day) value of the assets."""
        returns = scenarios.returns[:, :, self.column].astype(np.float64) - self.mean
        trend = (self.drift - self.assets.volatility**2 / 2) / periods
        return self.assets.value * np.exp(np.cumsum(self.ratio * returns + trend, axis=1))

    def pd(self, assets: Any, years: float) -> Any:
        """Merton's probability that the assets are below the debt after ``years``."""
        distance = distance_to_default(assets, self.loan.debt, self.assets.volatility, self.drift, years)
        return ndtr(-distance)


def _d1(assets: float, debt: float, volatility: float, rate: float, years: float) -> float:
    return (np.log(assets / debt) + (rate + volatility**2 / 2) * years) / (volatility * np.sqrt(years))


def _call(assets: float, debt: float, volatility: float, rate: float, years: float) -> float:
    d1 = _d1(assets, debt, volatility, rate, years)
    return assets * ndtr(d1) - debt * np.exp(-rate * years) * ndtr(d1 - volatility * np.sqrt(years))
