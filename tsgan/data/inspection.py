"""What was read and what is suspicious about it: what ``tsgan inspect`` shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tsgan.data.load import Source, load_with_findings
from tsgan.data.panel import Kind, Panel
from tsgan.data.validate import MIN_DAYS, Finding


@dataclass(frozen=True)
class AssetFacts:
    """One asset at a glance.

    Attributes:
        asset, kind: ticker and how it is modelled.
        first, last: first and last date (ISO).
        rows: prices.
        start_price, end_price: in price units.
        mean, volatility: of the returns, annualised, plain numbers (0.2 is 20 %); differences for levels and rates.
        lowest, highest: the extreme returns of one period, log returns or differences.
        lowest_date, highest_date: when they were realized.
    """

    asset: str
    kind: str
    first: str
    last: str
    rows: int
    start_price: float
    end_price: float
    mean: float
    volatility: float
    lowest: float
    lowest_date: str
    highest: float
    highest_date: str


@dataclass(frozen=True)
class Inspection:
    """A panel, its facts asset by asset, and the findings.

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
    source: Source = "sample:us-indices",
    *,
    kinds: Mapping[str, Kind] | None = None,
    calendar: str | None = None,
    ticker: str | None = None,
    offline: bool | None = None,
) -> Inspection:
    """Read prices and tell what there is.

    Args:
        source: as for :func:`tsgan.load_prices`; a Panel is checked again.
        kinds, calendar, ticker, offline: as for :func:`tsgan.load_prices`.

    Raises:
        DataError, SourceError: prices that cannot be used at all.  A short history is a warning here.
    """
    panel, findings = load_with_findings(
        source, kinds=kinds, calendar=calendar, ticker=ticker, offline=offline, min_days=3
    )
    if len(panel) < MIN_DAYS:
        message = f"{len(panel)} days of prices; models need {MIN_DAYS}"
        findings += (Finding("warning", "", str(panel.dates[0]), message),)
    return Inspection(panel, tuple(_facts(panel, i) for i in range(len(panel.assets))), findings)


def _facts(panel: Panel, i: int) -> AssetFacts:
    returns = panel.returns[:, i]
    low, high = int(np.argmin(returns)), int(np.argmax(returns))
    return AssetFacts(
        asset=panel.assets[i],
        kind=panel.kinds[i],
        first=str(panel.dates[0]),
        last=str(panel.dates[-1]),
        rows=len(panel),
        start_price=float(panel.prices[0, i]),
        end_price=float(panel.prices[-1, i]),
        mean=float(returns.mean() * panel.periods_per_year),
        volatility=float(returns.std(ddof=1) * np.sqrt(panel.periods_per_year)),
        lowest=float(returns[low]),
        lowest_date=str(panel.return_dates[low]),
        highest=float(returns[high]),
        highest_date=str(panel.return_dates[high]),
    )
