"""Paths that other generators wrote, brought into the long layout of :mod:`tsgan.scenarios.tables`.

Read are, under the usual names of their columns and with dates or with numbered steps:

    tidy: a row a path, day and ticker, of prices or of returns: ``path,day,asset,price``, ``sim,step,symbol,return``;
    a column an asset: ``path,date,SPX,IXIC``;
    a column a path: ``date,SPX_0,SPX_1``, or ``step,path_1,path_2``, ``0,1,2`` of a ticker that the reader is hints;
    a row a path: ``path,0,1,2``, ``t0,t1,t2``, or ``0,1,2`` where the numbers show that rows are paths.

What a table does not say (its ticker, the day on which numbered steps start, that its numbers are returns) is asked
for, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from tsgan.data.calendars import WEEKDAYS, future_sessions
from tsgan.data.days import as_day
from tsgan.errors import DataError, ScenarioError
from tsgan.scenarios.orientation import PathsIn, paths_in

Values = Literal["prices", "returns"]

FIRST_PRICE = 100.0
"""Where paths of returns start whose prices nobody hints."""

_NAMES = {
    "scenario": ("scenario", "path", "path_id", "sim", "sim_id", "simulation", "sample", "trial", "replicate", "run"),
    "date": ("date", "day", "step", "time", "t", "timestamp", "datetime", "index", "unnamed: 0", ""),
    "ticker": ("ticker", "asset", "symbol", "series"),
    "close": ("close", "price", "level"),
    "return": ("return", "returns", "ret", "log_return", "logreturn", "log return"),
}
"""Column of the long layout -> what others call it."""

_STEP = re.compile(r"(?:t|step|day|time|h|month|week)?[ _=.-]*(\d+)", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}.*")
_NAMELESS = (*_NAMES["scenario"], "s", "p")
_PATH = re.compile(rf"(?:{'|'.join(_NAMELESS)}|(?P<ticker>.+?)[|_ .:-]+)?(?P<path>\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class TableHints:
    """What the reader says about a table that does not say it itself.

    Attributes:
        ticker: whose paths these are, where the table names no ticker.
        start: the day before the first step, where steps are numbered or hold returns.
        values: what numbers in columns of assets or of paths are.
        paths_in: whether ``rows`` or ``columns`` are paths, where the numbers do not prove it.
    """

    ticker: str | None = None
    start: Any = None
    values: Values = "prices"
    paths_in: PathsIn | None = None

    def __bool__(self) -> bool:
        return self != TableHints()


def long_table(path: Any, frame: Any, hints: TableHints) -> Any:
    """A pandas ``frame`` as ``scenario, date, ticker, close``, or None where it is no table of paths.

    Raises ScenarioError where something must be hints.
    """
    frame = frame.rename(columns=_roles(frame))
    returns = hints.values == "returns"
    if "scenario" in frame and {"close", "return"} & set(frame):
        returns = "close" not in frame
        frame = frame if "ticker" in frame else frame.assign(ticker=_ticker(path, hints))
        frame = frame.rename(columns={"return" if returns else "close": "close"})
    elif {"scenario", "date"} <= set(frame) and not {"ticker", "close", "return"} & set(frame):
        if frame.shape[1] == 2:
            return None
        frame = frame.melt(["scenario", "date"], var_name="ticker", value_name="close")
    elif "scenario" in frame and _steps(frame):
        frame = frame.melt(["scenario"], var_name="date", value_name="close").assign(ticker=_ticker(path, hints))
        frame["date"] = frame["date"].map(_step)
    else:
        frame = _turned(path, frame, hints)
        columns = [(name, _PATH.fullmatch(str(name).strip())) for name in frame if name != "date"]
        if not columns or not all(match for _, match in columns):
            return None
        frame = frame if "date" in frame else frame.assign(date=np.arange(len(frame)))
        frame = _one_path_each(path, frame, [(name, match) for name, match in columns if match], hints)
    if "date" not in frame:
        raise ScenarioError(f"{path} has no date and no step, so its rows have no order; add a column of either")
    return _dated(path, frame[["scenario", "date", "ticker", "close"]], hints, returns)


def _step(name: Any) -> Any:
    """The number of a step in the head of its column; dates stay as they are."""
    found = _STEP.fullmatch(str(name).strip())
    return int(found[1]) if found else name


def _steps(frame: Any) -> bool:
    """Whether every column but the scenario's is a step: a path a row."""
    heads = [str(name).strip() for name in frame if name != "scenario"]
    return len(heads) > 1 and (all(map(_STEP.fullmatch, heads)) or all(map(_DATE.fullmatch, heads)))


def _turned(path: Any, frame: Any, hints: TableHints) -> Any:
    """A table of nothing but numbered columns with its paths in columns; others as they are."""
    heads = [str(name).strip() for name in frame]
    stepped = [head for head in heads if _STEP.fullmatch(head) and not head.isdigit()]
    if len(stepped) == len(heads) > 1:  # t0, t1, ...: the columns say that they are steps
        return _transposed(frame)
    if not all(head.isdigit() for head in heads) or len(heads) < 2 or "date" in frame:
        return frame
    values = frame.to_numpy(np.float64, na_value=np.nan)
    where = paths_in(path, values, hints.paths_in, returns=hints.values == "returns")
    return _transposed(frame) if where == "rows" else frame


def _transposed(frame: Any) -> Any:
    return pd.DataFrame(frame.to_numpy().T, columns=[str(i) for i in range(len(frame))])


def _roles(frame: Any) -> dict[Any, str]:
    """Columns that have a role under another name; the first one has it."""
    roles: dict[Any, str] = {}
    for role, names in _NAMES.items():
        found = [column for column in frame if str(column).strip().lower() in names]
        if found and role not in frame:
            roles[found[0]] = role
    return roles


def _one_path_each(path: Any, frame: Any, columns: list[tuple[Any, re.Match[str]]], hints: TableHints) -> Any:
    keys = []
    for name, match in columns:
        ticker = (match["ticker"] or "").strip()
        ticker = _ticker(path, hints) if ticker.lower() in _NAMELESS or not ticker else ticker
        keys.append((ticker, int(match["path"]), name))
    parts = [
        pd.DataFrame({"scenario": number, "date": frame["date"], "ticker": ticker, "close": frame[name]})
        for ticker, number, name in keys
    ]
    return pd.concat(parts, ignore_index=True)


def _ticker(path: Any, hints: TableHints) -> str:
    if hints.ticker is None:
        raise ScenarioError(f"{path} does not name its ticker; say whose paths it holds with ticker='SPX' (--ticker)")
    return hints.ticker


def _dated(path: Any, frame: Any, hints: TableHints, returns: bool) -> Any:
    """With dates in the place of steps and, where the numbers are returns, prices in their place."""
    text = frame["date"].astype(object)
    numbers: Any = pd.to_numeric(text, errors="coerce")
    dates: Any = None
    if numbers.isna().any():
        dates = pd.to_datetime(text, errors="coerce")
    elif numbers.min() >= 19000101:
        dates = pd.to_datetime(numbers.astype(np.int64).astype(str), format="%Y%m%d", errors="coerce")
    if dates is not None and dates.isna().any():
        raise ScenarioError(
            f"{path}: {text[dates.isna()].iloc[0]} is neither a date like 2024-01-31 nor the number of a step"
        )
    if dates is None:
        if hints.start is None:
            raise ScenarioError(
                f"{path} numbers its days; say on which day the paths start with start='2015-12-31' (--start), "
                "so that they can be held against the prices that came after it"
            )
        steps, codes = np.unique(numbers.to_numpy(np.float64), return_inverse=True)
        calendar = future_sessions(WEEKDAYS, _start(path, hints), len(steps))
        frame = frame.assign(date=(calendar[1:] if returns else calendar[:-1])[codes])
    else:
        frame = frame.assign(date=dates.to_numpy().astype("datetime64[D]"))
    if returns:
        frame = _prices(path, frame, hints)
    return frame.assign(date=frame["date"].astype(str))


def _prices(path: Any, frame: Any, hints: TableHints) -> Any:
    """Log returns as the prices that they make, from :data:`FIRST_PRICE` on the day before the first."""
    value: Any = pd.to_numeric(frame["close"], errors="coerce")
    first = frame["date"].min()
    start = np.busday_offset(np.datetime64(first, "D"), -1, "backward") if hints.start is None else _start(path, hints)
    if not start < np.datetime64(first, "D"):
        raise ScenarioError(f"{path}: the first return is of {first}, so its paths cannot start on {start}")
    bad = ~(np.abs(value) < np.log(1e4)) & value.notna()
    if bad.any() or value.abs().median() > 0.5:
        row = frame[bad].iloc[0] if bad.any() else frame[value.abs() > 0.5].iloc[0]
        where = f"scenario {row['scenario']}, {row['ticker']} on {str(row['date'])[:10]}"
        raise ScenarioError(
            f"{path}: the return of {where} is {row['close']}; "
            "log returns are expected (0.01 is 1 %), not prices or percent"
        )
    frame = frame.assign(close=value).sort_values(["scenario", "ticker", "date"], kind="stable")
    keys = ["scenario", "ticker"]
    # A missing return makes every later price missing: the first of them is the one to complain of.
    total = frame.groupby(keys, sort=False)["close"].transform(lambda x: np.cumsum(x.to_numpy()))
    starts = frame[keys].drop_duplicates().assign(date=start, close=FIRST_PRICE)
    starts["date"] = starts["date"].astype(frame["date"].dtype)
    return pd.concat([starts, frame.assign(close=FIRST_PRICE * np.exp(total))], ignore_index=True)


def _start(path: Any, hints: TableHints) -> np.datetime64:
    try:
        return as_day(hints.start)
    except DataError as error:
        raise ScenarioError(f"{path}: {error}") from None
