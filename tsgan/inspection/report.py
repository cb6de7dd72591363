"""An inspection of prices: facts asset by asset, and findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from tsgan.data.calendars import period_of
from tsgan.data.join import Join
from tsgan.data.kinds import Bound, Bounds, Kind
from tsgan.data.load import Source, load_with_findings
from tsgan.data.panel import Panel
from tsgan.data.sessions import sessions_a_year
from tsgan.data.validate import Finding, least_rows
from tsgan.errors import ConfigError
from tsgan.reports import page
from tsgan.reports.period import Period
from tsgan.reports.result import Result


@dataclass(frozen=True)
class AssetFacts:
    """One asset at a glance.

    Attributes:
        asset, kind: ticker and how it is modelled.
        floor, cap: its bounds: numbers, tickers or None.
        first, last: dates of the first and last price (ISO).
        rows: prices.
        missing: dates of the panel without one.
        start_price, end_price: in price units.
        mean, volatility: of the returns, annualised by the asset's own sessions a year, plain numbers (0.2 is 20 %);
            differences for levels and rates.
        sessions: prices a year while it trades.
        lowest, highest: the extreme returns of one period, log returns or differences.
        lowest_date, highest_date: when they were realized.
    """

    asset: str
    kind: str
    floor: Bound
    cap: Bound
    first: str
    last: str
    rows: int
    missing: int
    sessions: float
    start_price: float
    end_price: float
    mean: float
    volatility: float
    lowest: float
    lowest_date: str
    highest: float
    highest_date: str


@dataclass(frozen=True)
class Inspection(Result):
    """A panel, its facts asset by asset, and the findings.  Made by :func:`inspect`.

    Attributes:
        panel: what models would be given.
        assets: facts per asset.
        findings: everything noticed, in the order noticed.
    """

    panel: Panel
    assets: tuple[AssetFacts, ...]
    findings: tuple[Finding, ...]

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The suspicious ones; ``--strict`` fails where there are any."""
        return tuple(finding for finding in self.findings if finding.severity == "warning")

    @property
    def period(self) -> Period:
        """Words for one step of the prices."""
        return Period.of(period_of(self.panel.periods_per_year))

    @property
    def title(self) -> str:
        """Source, length, calendar and currency in one line."""
        length, panel = f"{len(self.panel):,} {self.period.many}", self.panel
        return f"{panel.source}: {length}, calendar {panel.calendar}, currency {panel.currency or 'unknown'}"

    @property
    def remarks(self) -> list[str]:
        """The findings, one a line."""
        return [f"{finding.severity}: {finding}" for finding in self.findings] or ["nothing suspicious"]

    @property
    def headers(self) -> tuple[str, ...]:
        """Of the columns of :attr:`rows`."""
        numbers = ("prices", "missing", "first price", "last price", "mean a year", "volatility")
        return ("asset", "kind", "first", "last", *numbers, f"worst {self.period.one}", f"best {self.period.one}")

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The facts as text, a row an asset."""
        described = self.panel.space.described()
        return [
            (
                facts.asset,
                described[facts.asset],
                facts.first,
                facts.last,
                f"{facts.rows:,}",
                f"{facts.missing:,}",
                f"{facts.start_price:,.6g}",
                f"{facts.end_price:,.6g}",
                f"{facts.mean:.3f}",
                f"{facts.volatility:.3f}",
                f"{facts.lowest:.3f} on {facts.lowest_date}",
                f"{facts.highest:.3f} on {facts.highest_date}",
            )
            for facts in self.assets
        ]

    def summary(self) -> str:
        return "\n".join([self.title, *self.remarks])

    @property
    def sheets(self) -> tuple[str, ...]:
        return ("assets", "findings")

    def to_frame(self, table: str | None = None) -> pd.DataFrame:
        """``assets`` (the facts, a row an asset) or ``findings``."""
        tables = {"assets": self.assets, "findings": self.findings}
        if table is not None and table not in tables:
            raise ConfigError(f"an inspection has no table {table!r}; choose {' or '.join(tables)}")
        kind = Finding if table == "findings" else AssetFacts
        columns = [field.name for field in fields(kind)]
        return pd.DataFrame([asdict(row) for row in tables[table or "assets"]], columns=columns)

    def render(self) -> str:
        origin = [("data", self.panel.data_hash)]
        return page.render("inspection.html.j2", "tsgan.inspection", found=self, made=self.made, origin=origin)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "source": self.panel.source,
            "calendar": self.panel.calendar,
            "periods_per_year": self.panel.periods_per_year,
            "currency": self.panel.currency,
            "bars": sorted(self.panel.bars),
            "data_hash": self.panel.data_hash,
            "assets": [asdict(facts) for facts in self.assets],
            "findings": [asdict(finding) for finding in self.findings],
        }


def inspect(
    prices: Source = "sample:us-indices",
    *,
    kinds: Mapping[str, Kind] | None = None,
    bounds: Mapping[str, Bounds] | None = None,
    join: Join | None = None,
    calendar: str | None = None,
    ticker: str | None = None,
    offline: bool | None = None,
) -> Inspection:
    """Read prices, and say what there is and what is suspicious about it.

    Args:
        prices: as for :func:`tsgan.load_prices`; a Panel is checked again.
        kinds, bounds, join, calendar, ticker, offline: as for :func:`tsgan.load_prices`.

    Raises:
        DataError, SourceError: prices that cannot be used at all.  A short history is a warning here.
    """
    panel, findings = load_with_findings(
        prices, kinds=kinds, bounds=bounds, join=join, calendar=calendar, ticker=ticker, offline=offline, min_days=3
    )
    facts = tuple(_facts(panel, i) for i in range(len(panel.assets)))
    least, period = least_rows(panel.periods_per_year), period_of(panel.periods_per_year)
    for one in facts:
        if one.rows < least:
            message = f"{one.rows} {period}s of prices; models need {least}"
            findings += (Finding("warning", one.asset, one.first, message),)
    return Inspection(panel, facts, findings)


def _facts(panel: Panel, i: int) -> AssetFacts:
    priced = np.flatnonzero(np.isfinite(panel.prices[:, i]))
    year = sessions_a_year(panel.dates[priced], panel.periods_per_year)
    dates, prices = panel.dates[priced], panel.prices[priced, i]
    returns = panel.returns[priced[1:] - 1, i]
    low, high = int(np.argmin(returns)), int(np.argmax(returns))
    return AssetFacts(
        asset=panel.assets[i],
        kind=panel.kinds[i],
        floor=panel.bounds[i][0],
        cap=panel.bounds[i][1],
        first=str(dates[0]),
        last=str(dates[-1]),
        rows=len(prices),
        missing=len(panel) - len(prices),
        sessions=year,
        start_price=float(prices[0]),
        end_price=float(prices[-1]),
        mean=float(returns.mean() * year),
        volatility=float(returns.std(ddof=1) * np.sqrt(year)),
        lowest=float(returns[low]),
        lowest_date=str(dates[1 + low]),
        highest=float(returns[high]),
        highest_date=str(dates[1 + high]),
    )
