"""Numbers as people read them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable


def number(value: float | None, digits: int = 3, most: int = 7) -> str:
    """``digits`` significant digits, but not more than ``most`` decimals; a dash for what does not exist."""
    if value is None or math.isnan(value):
        return "–"  # noqa: RUF001
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if exponent >= 9:
        return f"{value:.{digits - 1}e}"
    return f"{value:,.{min(max(digits - 1 - exponent, 0), most)}f}"


def amount(value: float, kind: str, decimals: int = 1, sign: bool = False) -> str:
    """A return or a volatility: per cent for prices, plain for levels and rates, whose units are their own."""
    if kind == "price":
        return f"{value:{'+' if sign else ''}.{decimals}%}"
    return ("+" if sign and value > 0 else "") + number(value)


def percent(value: float | None) -> str:
    """A share as a percentage with one decimal; a dash for what does not exist."""
    return f"{100 * value:.1f}\u00a0%" if value is not None and math.isfinite(value) else "\u2013"


def interval(low: float, high: float, shown: Callable[[float], str]) -> str:
    """``2.1% to 3.4%``, with both ends as ``shown`` writes them; an end that is infinite could not be told."""
    if math.isinf(low) and math.isinf(high):
        return "too few to tell"
    if math.isinf(high):
        return f"{shown(low)} or more: too few to tell"
    if math.isinf(low):
        return f"{shown(high)} or less: too few to tell"
    first, last = shown(low), shown(high)
    unit = _UNIT.search(last)
    return f"{first.removesuffix(unit[0]) if unit else first} to {last}"


_UNIT = re.compile(r" [^\W\d][^\d%()]*$")
"""A unit in words, which an interval says once: ``1,000 to 1,200 USD``."""


def p_text(value: float | None) -> str:
    """A p-value with two digits."""
    return "< 0.001" if value is not None and value < 0.001 else number(value, 2)
