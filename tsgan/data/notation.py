"""How the numbers of a table are written: proved by all of its cells, never guessed from one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

MISSING = frozenset(
    "|.|..|-|--|---|\u2013|\u2014|n/a|na|n.a.|#n/a|#n/a n/a|#n/a field not applicable|#n/a invalid security"
    "|#n/a requesting data..."
    "|#value!|#div/0!|#ref!|#name?|#num!|null|none|nan|<na>|nat|nd|n.v.|n.d.|k.a.|b.d.|s/d|nil|missing|*|?".split("|")
)
"""How exports write that there is no value."""

_SIGNS = re.compile(
    r"^(US\$|R\$|C\$|A\$|HK\$|[$€£¥₹₽₩฿₺]|USD|EUR|GBP|CHF|JPY|zł)\s*|\s*([$€£¥₹₽₩฿₺]|USD|EUR|GBP|GBX|GBp|CHF|JPY|zł|kr\.?)$"
)
_MULTIPLES = {
    "k": 1e3,
    "m": 1e6,
    "b": 1e9,
    "t": 1e12,
    "к": 1e3,
    "м": 1e6,
    "mio.": 1e6,
    "mio": 1e6,
    "mrd.": 1e9,
    "万": 1e4,
    "亿": 1e8,
}
_MULTIPLE = re.compile(rf"(?<=\d)\s*({'|'.join(map(re.escape, _MULTIPLES))})$", re.I)
_SPACES = re.compile(r"(?<=\d)[\s\u00a0\u202f\u2009](?=\d{3}(\D|$))")
_POINT = re.compile(r"[-+]?(\d+|\d{1,3}(,\d{3})+|\d{1,2}(,\d{2})+,\d{3})?(\.\d*)?(e[-+]?\d+)?", re.I)
_COMMA = re.compile(r"[-+]?(\d+|\d{1,3}(\.\d{3})+)?(,\d*)?(e[-+]?\d+)?", re.I)


@dataclass(frozen=True)
class Notation:
    """How numbers are written.

    Attributes:
        comma: whether the comma is the decimal mark; else the point.
        proof: the cell that proves it, as it stands in the table; empty where plain numbers are all there is.
        doubt: a cell that could be read in two ways, where nothing decides.
    """

    comma: bool = False
    proof: str = ""
    doubt: str = ""

    @property
    def note(self) -> str:
        """What was decided, in words; empty for plain numbers."""
        if not self.proof:
            return ""
        mark = "decimal commas" if self.comma else "decimal points, commas between thousands"
        return f"numbers are read with {mark}, as {self.proof!r} proves"


PLAIN = Notation()


def plain_text(text: str) -> str:
    """A cell without what stands around its number: currency signs, spaces and apostrophes between thousands."""
    text = text.strip().replace("\u2212", "-")
    if text.startswith("(") and text.endswith(")") and any(c.isdigit() for c in text):
        text = "-" + text[1:-1]
    sign = text[:1] if text[:1] in "+-" else ""
    text = sign + _SIGNS.sub("", text[len(sign) :].strip()).strip()
    text = text.removesuffix("%").rstrip().replace("\u2019", "'")
    if "'" in text:
        text = re.sub(r"(?<=\d)'(?=\d{3}(\D|$))", "", text)
    return _SPACES.sub("", text)


def notation_of(columns: Mapping[str, pd.Series]) -> Notation:
    """The notation that the cells of a table's number columns prove together.

    A comma is the decimal mark where it stands behind a point, or before other than three digits, or behind a leading
    zero; the point likewise.  Cells like ``1,234`` alone prove nothing, unless cells of the same column beside them
    have no comma and less than four digits: then commas stand between thousands.
    """
    comma = point = doubt = ""
    unclear: list[pd.Series] = []
    for cells in columns.values():
        if pd.api.types.is_numeric_dtype(cells) or readable(cells):
            continue
        for text in _texts(cells):
            plain = _MULTIPLE.sub("", plain_text(text))
            if not any(mark in plain for mark in ",.") or not any(c.isdigit() for c in plain):
                continue
            verdict = _verdict(plain.lstrip("+-"))
            if verdict == "comma":
                comma = comma or text
            elif verdict == "point":
                point = point or text
            elif "," in plain:
                doubt = doubt or text
                if not unclear or unclear[-1] is not cells:
                    unclear.append(cells)
    if comma and not point:
        return Notation(True, comma)
    if point:
        return Notation(False, point if "," in point else (point if doubt else ""), comma)
    if doubt and all(_has_small(cells) for cells in unclear):
        return Notation(False, doubt)
    return Notation(False, "", doubt)


def readable(cells: pd.Series) -> bool:
    """Whether Python reads every cell as it is, so that nothing has to be proved."""
    try:
        cells.astype(np.float64)
    except (ValueError, TypeError):
        return False
    return True


def number(text: str, notation: Notation, *, multiples: bool = False) -> float | None:
    """The value of a cell, NaN where it says that there is none, None where it is no number in this notation."""
    if text.strip().lower() in MISSING:
        return float("nan")
    plain, factor = plain_text(text), 1.0
    if multiples and (found := _MULTIPLE.search(plain)):
        plain, factor = plain[: found.start()], _MULTIPLES[found[1].lower()]
    if not any(c.isdigit() for c in plain):
        return float(plain) if plain.lower().lstrip("+-") in ("inf", "infinity") else None
    if notation.comma and _COMMA.fullmatch(plain):
        return float(plain.replace(".", "").replace(",", ".")) * factor
    if not notation.comma and _POINT.fullmatch(plain):
        return float(plain.replace(",", "")) * factor
    return None


def _texts(cells: pd.Series) -> list[str]:
    return [str(cell) for cell in cells.dropna().unique() if isinstance(cell, str)]


def _verdict(plain: str) -> str:
    """``comma`` or ``point`` where the cell proves a decimal mark, else nothing."""
    if "," in plain and "." in plain:
        return "comma" if plain.rindex(",") > plain.rindex(".") else "point"
    for mark, mine, other in ((",", "comma", "point"), (".", "point", "comma")):
        if mark not in plain:
            continue
        if plain.count(mark) > 1:
            return other
        head, tail = plain.split(mark)
        if len(tail) != 3 or not tail.isdigit() or head in ("", "0") or len(head) > 3 or head.startswith("0"):
            return mine
    return ""


def _has_small(cells: pd.Series) -> bool:
    """Whether cells without a mark stand beside those with one, and all of them have less than four digits."""
    bare = [plain for text in _texts(cells) if (plain := plain_text(text).lstrip("+-")).isdigit()]
    return bool(bare) and all(len(plain) < 4 for plain in bare)
