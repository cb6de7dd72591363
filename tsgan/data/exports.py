"""Exports that people have on disk, as data: what tells them, and what they mean where the table does not say it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from tsgan.data.dates import Order


@dataclass(frozen=True)
class Export:
    """A known export.

    Attributes:
        name: what people call it.
        heads: keys of columns that are all there (:func:`tsgan.data.vocabulary.key`).
        order: of day and month in its dates, where only its origin says it.
        close: the key of the price to take, where there are several.
        price: ``signed`` where a minus marks a quote without a trade; ``returns`` where returns are complete (dividends
            and splits) and prices are not.
        ids: ``dimensions`` where the asset is named by those columns before the date that vary.
    """

    name: str
    heads: frozenset[str]
    order: Order | None = None
    price: Literal["signed", "returns", ""] = ""
    ids: Literal["dimensions", ""] = ""


def _export(name: str, heads: str, order: Order | None = None, price: Literal["signed", "returns", ""] = "") -> Export:
    return Export(name, frozenset(heads.split("|")), order, price)


EXPORTS = (
    Export("SDMX-CSV (ECB, Eurostat, OECD, BIS)", frozenset({"time period", "obs value"}), ids="dimensions"),
    _export("CRSP's daily stock file", "permno|prc|ret", price="returns"),
    _export("CRSP's daily stock file", "permno|dlyprc|dlyret", price="returns"),
    _export("CRSP's daily stock file", "permno|ret", price="returns"),
    _export("CRSP's daily stock file", "permno|dlyret", price="returns"),
    _export("CRSP's daily stock file", "permno|prc", price="signed"),
    _export("Nasdaq.com's download", "close/last|volume|open|high|low", "mdy"),
    _export("Nasdaq.com's download", "close/last", "mdy"),
    _export("Investing.com's download", "price|open|high|low|change %", "mdy"),
    _export("Investing.com's download (German)", "zuletzt|eroffn.|hoch|tief", "dmy"),
    _export("Investing.com's download (French)", "dernier|ouv.|plus haut|plus bas", "dmy"),
    _export("Investing.com's download (Spanish)", "ultimo|apertura|maximo|minimo", "dmy"),
    _export("Investing.com's download (Italian)", "ultimo|apertura|massimo|minimo", "dmy"),
    _export("Stooq's download (Polish)", "otwarcie|najwyzszy|najnizszy|zamkniecie", "ymd"),
    _export("Barchart's download", "open|high|low|last|change|%chg|volume", "mdy"),
    _export("Barchart's download", "open|high|low|latest|change|%change|volume", "mdy"),
    _export("a Refinitiv export", "price close|instrument", "dmy"),
    _export("Binance's klines", "open time|open|high|low|close|close time"),
    _export("CryptoDataDownload's file", "unix|symbol|open|high|low|close"),
    _export("Alpha Vantage's file", "timestamp|open|high|low|close|adjusted close|dividend amount"),
    _export("Tiingo's file", "close|high|low|open|adjclose|divcash|splitfactor"),
    _export("Quandl's WIKI file", "close|ex-dividend|split ratio|adj. close"),
    _export("Bloomberg's export", "px last"),
)
"""The first whose heads are all there is the one that a table is."""


def export_of(heads: Collection[str]) -> Export | None:
    """The export that a table with these heads is, if it is a known one."""
    present = set(heads)
    return next((export for export in EXPORTS if export.heads <= present), None)
