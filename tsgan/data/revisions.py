"""What is known of a history and a new answer become one: by date, with nothing lost, and with every change said.

Adjusted prices change backwards: after a split or a dividend all earlier ones are multiplied by one factor.  The answer
tells its splits and dividends, so such a change can be told from one that nothing explains.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tsgan.data.answers import Answer
from tsgan.data.days import as_days, listed
from tsgan.errors import SourceError

LACKING = 0.02
"""Share of the known days that an answer may lack."""

APART = 0.05
"""Share of the known closes that may differ from the answer's once splits and dividends are taken out."""

SAME = 5e-4
"""Log difference of two closes that are the same: the factor of a dividend is known to that."""

LARGE = 0.05
"""Log of a factor for all earlier prices that splits and dividends must explain."""

SPIKE = 0.4
"""Log move to and from a close that no market makes in two days: a wrong digit."""


@dataclass(frozen=True)
class Merged:
    """A history and what became of the one before.

    Attributes:
        frame: as in :class:`tsgan.data.answers.Answer`.
        revised: whether any value that was known is another now.
        warnings, notes: what changed, one sentence each.
    """

    frame: pd.DataFrame
    revised: bool = False
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def merged(known: Any, answer: Answer, ticker: str, remedy: str, *, first: str = "", last: str = "9999") -> Merged:
    """The answer's history, with the days and cells of ``known`` that it lacks, in the answer's adjustment.

    Args:
        known: as a ``frame`` of before.
        answer: the new one.
        ticker: for messages.
        remedy: what to do where the answer is refused, for messages.
        first, last: the range that was asked for, ``last`` exclusive; known days beyond it are kept.

    Raises:
        SourceError: an answer that lacks many of the known days, is another series, or scales all prices by a factor
            that no split and no dividend explains.
    """
    known = known[known["close"].notna()]
    frame: Any = answer.frame
    asked = known.index[(known.index >= first) & (known.index < last)]
    lacking, beyond = asked.difference(frame.index), known.index.difference(asked)
    if len(lacking) > max(2, LACKING * len(asked)):
        raise SourceError(
            f"Yahoo's answer has {len(asked) - len(lacking):,} of the {len(asked):,} days of {ticker} that are "
            f"known, and lacks {listed(as_days(lacking))}; {remedy}"
        )
    common = known.index.intersection(frame.index)
    warnings: list[str] = []
    notes: list[str] = []
    old, new = known.loc[common], frame.loc[common]
    logs = _logs(old["close"].to_numpy(np.float64), new["close"].to_numpy(np.float64))
    sizes: Any = answer.events["size"]
    chosen = _events_between(old.index, logs, sizes)
    rest = logs - _left(sizes, chosen, old.index)
    for i in chosen:
        split = answer.events["split"].iloc[i]
        what = f"a split of {split:g} for 1" if split else "a dividend"
        notes.append(f"{ticker}: earlier prices are adjusted for {what} on {str(answer.events.index[i])[:10]}")
    factor = float(np.median(rest)) if len(rest) else 0.0
    if abs(factor) > LARGE:
        raise SourceError(
            f"Yahoo's answer multiplies all earlier prices of {ticker} by {np.exp(factor):.4g}, and tells of no split "
            f"and no dividend that explains it ({_example(old, new, 0)}); {remedy}"
        )
    if abs(factor) > SAME:
        warnings.append(f"{ticker}: all earlier prices are multiplied by {np.exp(factor):.6g}, which no event explains")
    moved = np.abs(rest - factor) > SAME
    _check_moved(old, new, rest - factor, moved, ticker, remedy)
    if moved.any():
        days, example = listed(as_days(common[moved])), _example(old, new, int(np.argmax(moved)))
        warnings.append(f"{ticker}: {int(moved.sum())} closes were revised ({days}; {example})")
    scale = np.exp(_left(sizes, chosen, known.index) + factor)
    shares = np.exp(-_left(sizes.where(answer.events["split"] > 0, 0.0), chosen, known.index))
    scaled = known.apply(lambda column: column * (shares if column.name == "volume" else scale))
    found, filled = _filled(frame, scaled, lacking, ticker)
    found = pd.concat([found, scaled.loc[beyond]]).sort_index() if len(beyond) else found
    warnings += filled
    both = [name for name in ("open", "high", "low", "volume") if name in old and name in new]
    for name in both:
        before, after = scaled.loc[common, name].to_numpy(), new[name].to_numpy()
        with np.errstate(all="ignore"):
            apart = np.abs(after / before - 1) > (2 * SAME if name != "volume" else 1e-3)
        apart &= ~moved
        if apart.any():
            told_days = listed(as_days(common[apart]))
            notes.append(f"{ticker}: {name} of {int(apart.sum())} days was revised ({told_days})")
    shared = [name for name in old if name in new]
    revised = not np.array_equal(old[shared].to_numpy(), new[shared].to_numpy(), equal_nan=True)
    return Merged(found, revised, tuple(warnings), tuple(notes))


def _logs(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """(day,) log ratios; infinite where one of two different values has no logarithm."""
    with np.errstate(all="ignore"):
        logs = np.log(after / before)
    return np.where((before > 0) & (after > 0), logs, np.where(before == after, 0.0, np.inf))


def _left(events: pd.Series, chosen: list[int], days: Any) -> np.ndarray:
    """(day,) log of the factor by which the ``chosen`` events adjust the prices of these days."""
    sizes, dates, at = events.to_numpy(), events.index.to_numpy(), days.to_numpy()
    return sum((sizes[i] * (at < dates[i]) for i in chosen), np.zeros(len(at)))


def _events_between(days: Any, logs: np.ndarray, events: pd.Series) -> list[int]:
    """The events that the answer's prices are adjusted for and the known ones were not.

    Nobody says which those are, only that they are the last ones: as many of them are taken as explain the ratios
    ``logs`` best, and one earlier one where it was reported late.
    """
    if not len(days):
        return []

    def apart(chosen: list[int]) -> tuple[int, float, int]:
        rest = logs - _left(events, chosen, days)
        middle = float(np.median(rest))
        return int((np.abs(rest - middle) > SAME).sum()), round(abs(middle), 3), len(chosen)

    within = [i for i, date in enumerate(events.index) if date > days[0]]
    after = sum(events.index[i] > days[-1] for i in within)
    best = min((within[len(within) - k :] for k in range(min(len(within), after + 3) + 1)), key=apart)
    if apart(best)[0] > APART * len(logs):
        best = min([best, *(sorted([i, *best]) for i in within if i not in best)], key=apart)
    return best


def _check_moved(
    old: pd.DataFrame, new: pd.DataFrame, rest: np.ndarray, moved: np.ndarray, ticker: str, remedy: str
) -> None:
    """SourceError for another series, and for a close that is a spike now and was none."""
    if moved.sum() > max(3, APART * len(moved)):
        day = int(np.argmax(moved))
        raise SourceError(
            f"{int(moved.sum()):,} of {len(moved):,} closes of {ticker} differ from those that are known, first "
            f"{_example(old, new, day)}: this is another series; {remedy}"
        )
    for day in np.flatnonzero(moved & (np.abs(rest) > SPIKE)):
        if _sticks_out(new["close"].to_numpy(), int(day)) and not _sticks_out(old["close"].to_numpy(), int(day)):
            raise SourceError(f"Yahoo's close of {ticker} sticks out: {_example(old, new, int(day))}; {remedy}")


def _sticks_out(closes: np.ndarray, day: int) -> bool:
    """Whether a close is no value, or lies far off both days beside it, or the one there is, on the same side."""
    if closes[day] <= 0:
        return True
    beside = [closes[i] for i in (day - 1, day + 1) if 0 <= i < len(closes) and closes[i] > 0]
    sizes = [float(np.log(closes[day] / one)) for one in beside]
    return bool(sizes) and (min(sizes) > SPIKE or max(sizes) < -SPIKE)


def _filled(frame: Any, scaled: Any, lacking: Any, ticker: str) -> tuple[pd.DataFrame, list[str]]:
    """The answer with the known days and cells that it lacks."""
    warnings = []
    if len(lacking):
        told = listed(as_days(lacking))
        warnings.append(f"{ticker}: Yahoo no longer gives {len(lacking)} known days ({told}); they are kept")
    gone = [name for name in scaled if name not in frame]
    if gone:
        warnings.append(f"{ticker}: Yahoo no longer gives {', '.join(gone)}; what is known is kept")
    held = scaled.reindex(index=frame.index, columns=frame.columns)
    empty = (frame.isna() & held.notna()).to_numpy()
    if empty.any():
        days = listed(as_days(frame.index[empty.any(axis=1)]))
        warnings.append(f"{ticker}: {int(empty.sum())} known cells are empty in the answer ({days}); they are kept")
    order = [name for name in scaled if name not in frame.columns]
    found = frame.where(~frame.isna(), held).join(scaled[order]) if order else frame.where(~frame.isna(), held)
    found = pd.concat([found, scaled.loc[lacking]]) if len(lacking) else found
    return found.sort_index(), warnings


def _example(old: pd.DataFrame, new: pd.DataFrame, day: int) -> str:
    return f"{old['close'].iloc[day]:.6g} became {new['close'].iloc[day]:.6g} on {old.index[day].date()}"
