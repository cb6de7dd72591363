"""Fifty ways in which Yahoo fails, each an invented answer to a cache that holds 2,457 days: nothing may be lost, and
nothing may be different without a word.

    scripts/faults/yahoo.py          # what became of each
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

import tsgan
from faults import Row
from tsgan.errors import TsganError

TICKER = "ACME"
START, NOW = "2014-10-01", datetime(2024, 3, 1, 12, tzinfo=UTC)
DAYS = 2457
KNOWN = DAYS - 2
"""Days that the cache holds when Yahoo fails: all but the last two."""

Outcome = Literal["refused", "said", "same"]
"""What must become of it: an error and the cache as it was; a warning; the right prices without one."""


class YFRateLimitError(Exception):
    """Named as yfinance names it."""


class YFPricesMissingError(Exception):
    """Named as yfinance names it."""


class YFTzMissingError(Exception):
    """Named as yfinance names it."""


class Failure(NamedTuple):
    """One way to fail.

    Attributes:
        answer: what comes instead of the right table and its metadata; an exception is raised.
        outcome: what must become of it.
        right: the closes that are right then, from those that were right before.
    """

    answer: Callable[[pd.DataFrame, dict[str, Any]], Any]
    outcome: Outcome
    right: Callable[[pd.Series], pd.Series] = lambda closes: closes


@cache
def market() -> pd.DataFrame:
    """What Yahoo should say, as yfinance says it."""
    rng = np.random.default_rng(7)
    days = pd.bdate_range(START, periods=DAYS, tz="America/New_York", name="Date")
    close = 100 * np.exp(np.cumsum(0.012 * rng.standard_t(5, DAYS)))
    opened = close * np.exp(0.003 * rng.standard_normal(DAYS))
    frame = pd.DataFrame({"Open": opened, "High": np.maximum(opened, close) * 1.004}, index=days)
    frame = frame.assign(
        Low=np.minimum(opened, close) * 0.996, Close=close, Volume=rng.integers(100_000, 1_000_000, DAYS)
    )
    return frame.assign(Dividends=0.0, **{"Stock Splits": 0.0})


METADATA = {"symbol": TICKER, "currency": "USD", "exchangeName": "NYQ"}
PRICES = ["Open", "High", "Low", "Close"]


def raising(error: Exception) -> Callable[..., Any]:
    return lambda frame, metadata: error


def table(change: Callable[[pd.DataFrame], Any]) -> Callable[..., Any]:
    """Another table, the metadata as they are."""
    return lambda frame, metadata: (change(frame.copy()), metadata)


def closes(change: Callable[[np.ndarray], Any]) -> Callable[..., Any]:
    """Other closes."""
    return table(lambda frame: frame.assign(Close=change(frame["Close"].to_numpy().copy())))


def at(day: int, value: Callable[[float], float]) -> Callable[..., Any]:
    """Another close on one day."""

    def change(values: np.ndarray) -> np.ndarray:
        values[day] = value(values[day])
        return values

    return closes(change)


def scaled(frame: pd.DataFrame, factor: float, split: float = 0.0, dividend: float = 0.0) -> pd.DataFrame:
    """All prices multiplied, and a split or a dividend (of the price) told on the last day."""
    frame[PRICES] = frame[PRICES] * factor
    frame.loc[frame.index[-1], ["Stock Splits", "Dividends"]] = split, dividend * frame["Close"].iloc[-2]
    return frame


def unadjusted(frame: pd.DataFrame) -> pd.DataFrame:
    """Closes of before a dividend, and the adjusted ones beside them."""
    adjusted = frame["Close"].copy()
    frame[PRICES] = frame[PRICES].mul(np.where(np.arange(len(frame)) < 900, 1.25, 1.0), axis=0)
    return frame.assign(**{"Adj Close": adjusted})


def another(frame: pd.DataFrame) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    frame[PRICES] = frame[PRICES].mul(np.exp(np.cumsum(0.01 * rng.standard_normal(len(frame)))), axis=0)
    return frame


def several(frame: pd.DataFrame, ticker: str) -> pd.DataFrame:
    return frame.set_axis(pd.MultiIndex.from_product([frame.columns, [ticker]]), axis=1)


def moved(frame: pd.DataFrame, days: int) -> pd.DataFrame:
    return frame.set_axis(frame.index + pd.Timedelta(days=days), axis=0)


def live(frame: pd.DataFrame, factor: float) -> pd.DataFrame:
    """A second bar of the last day, at the time of a trade."""
    last = frame.iloc[[-1]].set_axis(frame.index[[-1]] + pd.Timedelta(hours=15), axis=0)
    last[PRICES] = last[PRICES] * factor
    return pd.concat([frame, last])


def renamed(frame: pd.DataFrame, symbol: str, **facts: Any) -> tuple[pd.DataFrame, dict[str, Any]]:
    return frame, METADATA | {"symbol": symbol} | facts


FAILURES: dict[str, Failure] = {
    # It does not answer.
    "connection reset": Failure(raising(ConnectionError("reset by peer")), "refused"),
    "timed out": Failure(raising(TimeoutError("timed out after 10 s")), "refused"),
    "rate limit": Failure(raising(YFRateLimitError("Too Many Requests")), "refused"),
    "no such prices": Failure(raising(YFPricesMissingError("possibly delisted")), "refused"),
    "no time zone": Failure(raising(YFTzMissingError("possibly delisted")), "refused"),
    "no JSON": Failure(raising(ValueError("Expecting value: line 1 column 1")), "refused"),
    "a key is missing": Failure(raising(KeyError("chart")), "refused"),
    "nothing to subscript": Failure(raising(TypeError("'NoneType' object is not subscriptable")), "refused"),
    "nests too deeply": Failure(raising(RecursionError("maximum recursion depth exceeded")), "refused"),
    "disk full in the client": Failure(raising(OSError(28, "No space left on device")), "refused"),
    # What it answers is no table of this ticker.
    "None": Failure(lambda frame, metadata: (None, metadata), "refused"),
    "metadata None": Failure(lambda frame, metadata: (frame, None), "same"),
    "an empty table": Failure(table(lambda frame: frame.iloc[:0]), "refused"),
    "a dictionary": Failure(table(lambda frame: frame.to_dict()), "refused"),
    "a page of HTML": Failure(table(lambda frame: "<html>Will be right back</html>"), "refused"),
    "one column": Failure(table(lambda frame: frame["Close"]), "refused"),
    "another ticker": Failure(lambda frame, metadata: renamed(frame, "ACMX"), "refused"),
    "two levels, another ticker": Failure(table(lambda frame: several(frame, "ACMX")), "refused"),
    "two levels, this ticker": Failure(table(lambda frame: several(frame, TICKER)), "same"),
    "no closes": Failure(table(lambda frame: frame.drop(columns="Close")), "refused"),
    "closes twice": Failure(table(lambda frame: pd.concat([frame, frame[["Close"]] * 2], axis=1)), "refused"),
    # Days.
    "dates as text": Failure(table(lambda f: f.set_axis([str(day)[:10] for day in f.index], axis=0)), "same"),
    "dates counted": Failure(table(lambda frame: frame.reset_index(drop=True)), "refused"),
    "dates missing": Failure(table(lambda frame: frame.set_axis([pd.NaT] * DAYS, axis=0)), "refused"),
    "a day early": Failure(table(lambda frame: moved(frame, -1)), "refused"),
    "out of order": Failure(table(lambda frame: frame.sample(frac=1, random_state=0)), "same"),
    "newest first": Failure(table(lambda frame: frame.iloc[::-1]), "same"),
    "a row of tomorrow": Failure(
        table(lambda frame: pd.concat([frame, moved(frame.iloc[[-1]], 3)])), "said"
    ),
    "rows of before": Failure(table(lambda frame: pd.concat([moved(frame.iloc[:5], -20), frame])), "said"),
    "the last day twice": Failure(table(lambda frame: live(frame, 1.004)), "refused"),
    "the last day twice, the same": Failure(table(lambda frame: live(frame, 1.0)), "same"),
    "every day twice": Failure(
        table(lambda frame: pd.concat([frame, frame.assign(Close=frame["Close"] * 1.01)])), "refused"
    ),
    "five rows": Failure(table(lambda frame: frame.iloc[-5:]), "refused"),
    "from 2023 on": Failure(table(lambda frame: frame.loc["2023":]), "refused"),
    "every second day": Failure(table(lambda frame: frame.iloc[::2]), "refused"),
    "the last year missing": Failure(table(lambda frame: frame.iloc[:-252]), "refused"),
    "one day missing": Failure(table(lambda frame: frame.drop(frame.index[1000])), "said"),
    # Values.
    "no close at all": Failure(closes(lambda values: np.nan * values), "refused"),
    "one close empty": Failure(at(1000, lambda value: np.nan), "said"),
    "closes as text": Failure(closes(lambda values: [repr(float(value)) for value in values]), "same"),
    "a word for a close": Failure(closes(lambda values: ["n/a", *values[1:]]), "refused"),
    "an infinite close": Failure(at(1000, lambda value: np.inf), "refused"),
    "nothing but zeros": Failure(closes(lambda values: 0 * values), "refused"),
    "one zero": Failure(at(1000, lambda value: 0.0), "refused"),
    "a wrong digit": Failure(at(1000, lambda value: 10 * value), "refused"),
    "one close revised": Failure(at(1000, lambda value: 1.01 * value), "said"),
    "no volumes": Failure(table(lambda frame: frame.drop(columns="Volume")), "said"),
    "another series": Failure(table(another), "refused"),
    "halved": Failure(table(lambda frame: scaled(frame, 0.5)), "refused"),
    "halved by a split": Failure(
        table(lambda frame: scaled(frame, 0.5, split=2.0)), "same", lambda right: right * 0.5
    ),
    "halved by another split": Failure(table(lambda frame: scaled(frame, 0.5, split=5.0)), "refused"),
    "in pence": Failure(table(lambda frame: scaled(frame, 100.0)), "refused"),
    "a dividend": Failure(
        table(lambda frame: scaled(frame, 0.985, dividend=0.015)), "same", lambda right: right * 0.985
    ),
    "not adjusted": Failure(table(unadjusted), "same"),
    "another currency": Failure(lambda frame, metadata: renamed(frame, TICKER, currency="GBp"), "said"),
}  # fmt: skip


def became(failure: Failure, folder: Path) -> tuple[str, str]:
    """What became of a failure: ``refused``, ``said``, ``same``, or how it was lost; and what was said of it."""
    right = market()

    def ask(history: Callable[..., Any], now: datetime, **options: Any) -> tsgan.Panel:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return tsgan.fetch(TICKER, None, START, history=history, now=now, folder=folder, sleep=_no_wait, **options)

    def failing(ticker: str, start: str, end: str) -> Any:
        answer = failure.answer(right.copy(), dict(METADATA))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def kept() -> pd.Series:
        return _closes(ask(failing, NOW, offline=True))

    earlier = ask(lambda *_: (right.iloc[:KNOWN], dict(METADATA)), NOW.replace(month=2, day=28))
    before = _closes(earlier)
    try:
        panel = ask(failing, NOW)
    except TsganError as error:
        return ("refused" if kept().equals(before) else "lost: the cache changed"), str(error)
    except Exception as error:
        return f"lost: {type(error).__name__}", str(error)
    found, told = _closes(panel), "; ".join(warning for warning in panel.warnings if TICKER in warning)
    if not before.index.isin(found.index).all() or not before.index.isin(kept().index).all():
        return "lost: days are gone", told
    wanted = failure.right(_right(right)).reindex(found.index)
    same = np.allclose(found.to_numpy(), wanted.to_numpy(), rtol=1e-9)
    if not same and not told:
        return "different", "; ".join(panel.notes)
    changed = not found.reindex(before.index).equals(before)
    if changed and len(list(folder.glob("*.parquet"))) < 2:
        return "lost: what was known before is not kept", told
    return ("said" if told else "same"), told


def report(quick: bool) -> Row:
    """All of them; they are quick."""
    tried, survived, lost, different, notes = 0, 0, 0, 0, []
    for name, failure in list(FAILURES.items())[:: 5 if quick else 1]:
        with tempfile.TemporaryDirectory() as folder:
            outcome, _ = became(failure, Path(folder))
        tried += 1
        survived += outcome == failure.outcome
        lost += outcome.startswith("lost")
        different += outcome == "different"
        if outcome != failure.outcome:
            notes.append(f"{name}: {outcome}, not {failure.outcome}")
    return Row("ways in which Yahoo fails", tried, survived, lost, different, "; ".join(notes))


def _closes(panel: tsgan.Panel) -> pd.Series:
    return pd.Series(panel.prices[:, 0], pd.DatetimeIndex(panel.dates))


def _right(frame: pd.DataFrame) -> pd.Series:
    return pd.Series(frame["Close"].to_numpy(), pd.DatetimeIndex(frame.index).tz_localize(None))


def _no_wait(_: float) -> None:
    pass


def main() -> None:
    for name, failure in FAILURES.items():
        with tempfile.TemporaryDirectory() as folder:
            outcome, told = became(failure, Path(folder))
        print(f"{name:28} {outcome:10} {'' if outcome == failure.outcome else f'NOT {failure.outcome}: '}{told[:110]}")
    print(report(quick=False))


if __name__ == "__main__":
    main()
