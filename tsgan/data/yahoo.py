"""Prices from Yahoo Finance through yfinance: one ticker at a time, retried, cached, and usable offline.

Yahoo's terms forbid redistribution: what is fetched stays in the user's own cache and files.
"""

from __future__ import annotations

import logging
import os
import random
import re
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tsgan.data.answers import checked
from tsgan.data.assemble import assemble
from tsgan.data.cache import CacheEntry, cache_folder, locked, read_entry, read_sidecar, sidecar_path, write_entry
from tsgan.data.calendars import WEEKDAYS
from tsgan.data.days import as_day
from tsgan.data.exchanges import CALENDARS
from tsgan.data.panel import Panel
from tsgan.data.raw import FIELDS, RawPrices
from tsgan.data.revisions import LACKING, Merged, merged
from tsgan.errors import DataError, OutputError, SourceError
from tsgan.files import atomic_path
from tsgan.formulas import write_csv
from tsgan.owned import check_free

FetchFunction = Callable[[str, str, str], tuple[pd.DataFrame, dict[str, Any]]]
"""``(ticker, start, end) -> (table, metadata)``: Open, High, Low, Close, Volume by date, ``end`` exclusive, adjusted
for splits and dividends; metadata may hold ``currency`` and ``exchangeName``."""

FIRST_DAY = "1950-01-01"
"""Where a history starts when no start is given."""

ATTEMPTS = 4
LONGEST_WAIT = 60.0
ADJUSTMENT = "adjusted"

_TICKER = re.compile(r"[A-Za-z0-9^][A-Za-z0-9.^=&_@*+:-]{0,39}")
"""What tickers of Yahoo's look like; anything else is a mistake, and may be no name of a file either."""

_GONE = ("YFPricesMissingError", "YFTzMissingError", "YFTickerMissingError")


def fetch(
    tickers: str | Sequence[str],
    out: str | os.PathLike[str] | None = None,
    start: Any = None,
    end: Any = None,
    *,
    min_days: int | None = None,
    calendar: str | None = None,
    overwrite: bool = False,
    **options: Any,
) -> Panel:
    """Fetch daily prices from Yahoo Finance, for your own use: Yahoo forbids passing them on.

    Args:
        tickers: one or several, as Yahoo spells them (``SPY``, ``^GSPC``, ``VOD.L``).
        out: a ``.csv`` or ``.parquet`` file to write, a long tidy table that :func:`tsgan.load_prices` reads back, bars
            included: every date of every ticker, common to all or not, and histories as short as two days.
        start: first day; 1950 by default.
        end: the day after the last; today by default.
        overwrite: replace ``out`` where it exists.
        min_days, calendar: as for :func:`tsgan.load_prices`.
        options: ``offline`` and what else :func:`fetch_raw` takes.

    Raises:
        SourceError: an unknown ticker, no network, a rate limit after several tries, not cached while offline.
        DataError: no ticker, an empty range, or too short a history.
        OutputError: a file that cannot be written, or exists and is not to be overwritten.
    """
    tickers = [tickers] if isinstance(tickers, str) else tickers
    if out is None:
        return assemble(fetch_raw(tickers, start, end, **options), calendar=calendar, min_days=min_days)[0]
    path = Path(out)
    if path.suffix.lower() not in (".csv", ".parquet", ".pq"):
        raise OutputError(f"cannot write {path}: name a .csv or .parquet file")
    check_free(path, overwrite)
    raw = fetch_raw(tickers, start, end, **options)
    panel, _ = assemble(raw, calendar=calendar, min_days=min_days or 2)
    _write(raw, panel, path)
    return panel


def _write(raw: RawPrices, panel: Panel, path: Path) -> None:
    parts = [table.rename_axis("date").reset_index().assign(ticker=ticker) for ticker, table in raw.assets.items()]
    frame = pd.concat(parts, ignore_index=True)
    frame = frame[["date", "ticker", *(name for name in FIELDS if name in frame)]]
    frame.attrs = {"calendar": panel.calendar, "currency": panel.currency, "source": raw.source}
    with atomic_path(path) as temporary:
        if path.suffix.lower() == ".csv":
            write_csv(frame, temporary, date_format="%Y-%m-%d")
        else:
            frame.to_parquet(temporary, index=False)


def fetch_raw(
    tickers: Sequence[str],
    start: Any = None,
    end: Any = None,
    *,
    offline: bool | None = None,
    folder: Path | None = None,
    history: FetchFunction | None = None,
    sleep: Callable[[float], None] = time.sleep,
    now: datetime | None = None,
) -> RawPrices:
    """Histories of some tickers, from the cache where it was filled today, else from Yahoo.

    Args:
        tickers: as Yahoo spells them (``SPY``, ``^GSPC``, ``VOD.L``).
        start: first day; 1950 by default.
        end: the day after the last; today by default, so that no unfinished bar is fetched.
        offline: use the cache only; ``$TSGAN_OFFLINE=1`` sets it.
        folder: the cache; :func:`tsgan.data.cache.cache_folder` by default.
        history: what asks Yahoo; replaced in tests.
        sleep, now: likewise.

    Raises:
        SourceError: unknown ticker, no network, rate limit after several tries, not cached while offline.
        DataError: no ticker, or a range that is empty or no range.
    """
    tickers = _checked_tickers(tickers)
    now = datetime.now(UTC) if now is None else now
    first = str(as_day(FIRST_DAY if start is None else start))
    last = str(as_day(now.date() if end is None else end))
    if first >= last:
        raise DataError(f"no days from {first} to before {last}; choose an earlier start or a later end")
    offline = os.environ.get("TSGAN_OFFLINE", "") not in ("", "0") if offline is None else offline
    folder = cache_folder() / "yahoo" if folder is None else Path(folder)
    parts = []
    for ticker in tickers:
        cached = read_entry(folder, ticker, ADJUSTMENT)
        if offline:
            frame, entry = _offline(ticker, first, None if end is None else last, cached, folder)
        elif cached and cached[1].covers(first, last) and cached[1].fetched_at[:10] == now.date().isoformat():
            frame, entry = cached
        else:
            frame, entry = _asked(ticker, first, last, history or _ask_yfinance, sleep, now, folder)
        frame = frame.loc[(frame.index >= first) & (frame.index < (last if end is not None else "9999"))]
        if frame.empty:
            raise SourceError(f"{ticker}: no prices from {first} to before {last}; choose another range")
        parts.append(_described(frame, entry))
    joined = RawPrices.merged(parts)
    calendars = {part.calendar for part in parts}
    mixed = "the tickers trade on different exchanges; weekdays are used as the calendar of scenarios"
    return RawPrices(
        assets=joined.assets,
        source=f"yahoo:{','.join(tickers)}",
        notes=joined.notes + ((mixed,) if len(calendars) > 1 else ()),
        warnings=joined.warnings,
        calendar=WEEKDAYS if len(calendars) > 1 else joined.calendar,
        currency=joined.currency,
    )


def _checked_tickers(tickers: Sequence[str]) -> list[str]:
    """Each once; DataError for none, and for what no ticker of Yahoo's looks like."""
    tickers = list(dict.fromkeys(t.strip() for t in tickers if t.strip()))
    if not tickers:
        raise DataError("no ticker given; name some, as in yahoo:SPY,QQQ")
    for ticker in tickers:
        if not _TICKER.fullmatch(ticker):
            shown = ascii(ticker if len(ticker) <= 60 else ticker[:60] + "...")
            raise DataError(
                f"{shown} is no ticker of Yahoo's, which are up to 40 letters, digits and signs such as ^ . - =; write "
                "several with commas between them, as in yahoo:SPY,^GSPC"
            )
    return tickers


def _asked(
    ticker: str,
    first: str,
    last: str,
    history: FetchFunction,
    sleep: Callable[[float], None],
    now: datetime,
    folder: Path,
) -> tuple[pd.DataFrame, CacheEntry]:
    """What Yahoo answers, merged with what the cache knows; asked for is always the whole range that is known, because
    adjusted prices of a part of it would not fit the rest."""
    cached, told = read_entry(folder, ticker, ADJUSTMENT), read_sidecar(folder, ticker, ADJUSTMENT)
    if told is not None:
        first, last = min(first, told.start), max(last, told.end)
    given, metadata = _with_retries(history, ticker, first, last, sleep, cached)
    answer = checked(given, metadata, ticker, first, last, np.datetime64(now.date()))
    entry = CacheEntry(
        ticker=ticker,
        source="Yahoo Finance",
        version=_client_version(),
        adjustment=ADJUSTMENT,
        start=first,
        end=last,
        fetched_at=now.isoformat(timespec="seconds"),
        currency=answer.currency,
        exchange=answer.exchange,
        rows=len(answer.frame),
    )
    with locked(folder):
        cached, told = read_entry(folder, ticker, ADJUSTMENT), read_sidecar(folder, ticker, ADJUSTMENT)
        if cached is None:
            result = Merged(answer.frame)
            if told is not None:
                result = _instead_of_damaged(answer.frame, told)
        else:
            result = merged(cached[0], answer, ticker, _remedy(folder, cached[1]), first=first, last=last)
            entry = replace(entry, start=min(first, cached[1].start), end=max(last, cached[1].end))
            entry, result = _same_currency(entry, cached[1], result)
        warned, notes = answer.warnings + result.warnings, answer.notes + result.notes
        entry = replace(entry, rows=len(result.frame), warnings=warned, notes=notes)
        return result.frame, write_entry(folder, result.frame, entry, revised=result.revised)


def _remedy(folder: Path, entry: CacheEntry) -> str:
    return (
        f"the history fetched on {entry.fetched_at[:10]} stays, and TSGAN_OFFLINE=1 uses it; if the answer is right, "
        f"move {sidecar_path(folder, entry.ticker, entry.adjustment)} away and fetch again"
    )


def _instead_of_damaged(frame: pd.DataFrame, told: CacheEntry) -> Merged:
    """The answer in place of a cached table that is damaged or gone; SourceError where it is much shorter."""
    if len(frame) < told.rows - max(2, LACKING * told.rows):
        raise SourceError(
            f"the cached history of {told.ticker}, {told.rows:,} days fetched on {told.fetched_at[:10]}, is damaged, "
            f"and Yahoo's answer has {len(frame):,} days; try again later, or restore the cache"
        )
    return Merged(frame, warnings=(f"{told.ticker}: the cached history was damaged and has been fetched again",))


def _same_currency(entry: CacheEntry, before: CacheEntry, result: Merged) -> tuple[CacheEntry, Merged]:
    """What is known of currency and exchange stays where the answer does not say it; a change is said."""
    said = []
    for name in ("currency", "exchange"):
        old, new = getattr(before, name), getattr(entry, name)
        if old and not new:
            entry = replace(entry, **{name: old})
        elif old and old != new:
            said.append(f"{entry.ticker}: Yahoo calls the {name} {new}, where it was {old}")
    return entry, replace(result, warnings=(*result.warnings, *said))


def _described(frame: pd.DataFrame, entry: CacheEntry) -> RawPrices:
    calendar = CALENDARS.get(entry.exchange, WEEKDAYS)
    notes = [f"{entry.ticker}: Yahoo Finance, adjusted for splits and dividends, fetched {entry.fetched_at[:10]}"]
    if entry.exchange not in CALENDARS:
        notes.append(
            f"{entry.ticker}: no calendar is known for exchange {entry.exchange or 'unnamed'}; weekdays are used"
        )
    return RawPrices(
        {entry.ticker: frame},
        f"yahoo:{entry.ticker}",
        (*notes, *entry.notes),
        entry.warnings,
        calendar,
        entry.currency,
    )


def _offline(
    ticker: str, first: str, last: str | None, cached: tuple[pd.DataFrame, CacheEntry] | None, folder: Path
) -> tuple[pd.DataFrame, CacheEntry]:
    """The cached history, or what to do without one.  Without ``last`` it is used as far as it goes."""
    if cached is None:
        if read_sidecar(folder, ticker, ADJUSTMENT) is not None:
            raise SourceError(
                f"what the price cache {folder} holds of {ticker} is damaged, and this is offline; fetch it again with "
                "a network (unset TSGAN_OFFLINE), or give a CSV file"
            )
        raise SourceError(
            f"{ticker} is not in the price cache {folder} and this is offline; fetch it once with a network "
            "(unset TSGAN_OFFLINE), or give a CSV file"
        )
    entry = cached[1]
    if not entry.covers(first, last or entry.end):
        raise SourceError(
            f"{ticker}: the cache holds {entry.start} to before {entry.end}, not {first} to {last or entry.end}, and "
            "this is offline; ask for a range within, or fetch again with a network"
        )
    return cached


def _with_retries(
    history: FetchFunction,
    ticker: str,
    start: str,
    end: str,
    sleep: Callable[[float], None],
    cached: tuple[pd.DataFrame, CacheEntry] | None,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Ask up to ``ATTEMPTS`` times, waiting longer each time; a SourceError in the end."""
    where = f"{ticker} from {start} to before {end}"
    problem: Exception | None = None
    for attempt in range(ATTEMPTS):
        if attempt:
            wait = (5.0 if _is(problem, ("YFRateLimitError",)) else 1.0) * 2.0 ** (attempt - 1)
            sleep(min(LONGEST_WAIT, wait) * random.uniform(0.75, 1.25))  # jitter, so that parallel jobs drift apart
        try:
            frame, metadata = history(ticker, start, end)
        except Exception as error:  # yfinance raises whatever its parsers and its network client raise
            if _is(error, _GONE):
                raise SourceError(
                    f"Yahoo has no prices of {where} ({error}); check the spelling on finance.yahoo.com, or the range"
                ) from error
            problem = error
            continue
        if not hasattr(frame, "__len__") or len(frame):
            return frame, metadata
        raise SourceError(f"Yahoo has no prices of {where}; check the spelling on finance.yahoo.com, or the range")
    limited = _is(problem, ("YFRateLimitError",))
    said = str(problem).partition(" See https://curl.se")[0].rstrip(". ")  # advice for whoever programs with curl
    cause = "Yahoo limits the rate of requests" if limited else f"{type(problem).__name__}: {said}"
    remedy = "wait some minutes and try again" if limited else "check the network and try again"
    if cached:
        remedy += f", or set TSGAN_OFFLINE=1 to use the prices cached on {cached[1].fetched_at[:10]}"
    raise SourceError(f"cannot fetch {where} after {ATTEMPTS} tries: {cause}; {remedy}") from problem


def _is(error: Exception | None, names: tuple[str, ...]) -> bool:
    """By name, so that yfinance need not be imported to judge its errors."""
    return any(kind.__name__ in names for kind in type(error).__mro__)


def _ask_yfinance(ticker: str, start: str, end: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    with warnings.catch_warnings():
        # yfinance uses what pandas 3 deprecates, on import and on every call.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        import yfinance

        logger = logging.getLogger("yfinance")  # what it logs on the way is in the error that it raises
        level = logger.level
        logger.setLevel(logging.CRITICAL + 1)
        hidden = yfinance.config.debug.hide_exceptions
        yfinance.config.debug.hide_exceptions = False
        try:
            client = yfinance.Ticker(ticker)
            frame = client.history(start=start, end=end, auto_adjust=True, actions=True)
            return frame, dict(client.history_metadata or {}) if len(frame) else {}
        finally:
            yfinance.config.debug.hide_exceptions = hidden
            logger.setLevel(level)


def _client_version() -> str:
    try:
        return f"yfinance {version('yfinance')}"
    except PackageNotFoundError:
        return "yfinance"
