"""Ways to spoil a text file, each with the lines that it touches: all others must read as before, or be refused."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from typing import NamedTuple


class Spoiled(NamedTuple):
    """A file that was spoiled.

    Attributes:
        how: in words.
        content: of the file.
        touched: lines of the original, the header being 0, that may read otherwise; None where any may.
        ending: that its name has to have in place of its own; empty for none.
    """

    how: str
    content: bytes
    touched: frozenset[int] | None
    ending: str = ""


Way = Callable[[list[str], random.Random], Spoiled]

NUMBERS = (
    "1e308", "-1e308", "1e-320", "1e20", "-1e20", "inf", "-inf", "nan", "1e999", "0", "-0", "9" * 400, "0x10", "1_000",
    "1e", "--1", "1.2.3", "½", "١٢", "1,5", "1e-9", "+-3", "∞", "1/3", "TRUE", "None", "[1, 2]", "{}", "2015-01-02",
)  # fmt: skip
WORDS = (
    "=1+1", "+1+cmd|'/C calc'!A0", "@SUM(A1)", "\t5", "#REF!", "#", "'", "''", '"', "\\", "a\0b", "\x1b[31m", "\u202e",
    "\ufeff", "x" * 100_000, "<script>", "${jndi}", "NA", "null", "\u00e9", "\U0001f600", " ", ";", "|",
)  # fmt: skip
DATES = ("0000-00-00", "2015-02-30", "9999-12-31", "1e20", "99999999999", "-1", "31/31/2015", "1/2/15", "today", "2015")


def whole(how: str, text: str, touched: frozenset[int] | None = frozenset(), encoding: str = "utf-8") -> Spoiled:
    return Spoiled(how, text.encode(encoding, "surrogatepass"), touched)


def joined(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


# What changes nothing.


def other_ends(lines: list[str], draw: random.Random) -> Spoiled:
    end = draw.choice(("\r\n", "\r"))
    return whole("other ends of lines", end.join(lines) + end)


def blank_lines(lines: list[str], draw: random.Random) -> Spoiled:
    place = draw.randrange(1, len(lines))
    return whole("blank lines", joined([*lines[:place], *[""] * draw.randrange(1, 5), *lines[place:]]))


def byte_order_mark(lines: list[str], draw: random.Random) -> Spoiled:
    return whole("a byte order mark", "\ufeff" + joined(lines))


def quoted(lines: list[str], draw: random.Random) -> Spoiled:
    return whole("quotes around every cell", joined([",".join(f'"{c}"' for c in line.split(",")) for line in lines]))


def spaced(lines: list[str], draw: random.Random) -> Spoiled:
    return whole("blanks behind commas", joined([line.replace(",", ", ") for line in lines]))


def packed(lines: list[str], draw: random.Random) -> Spoiled:
    return Spoiled("packed", gzip.compress(joined(lines).encode()), frozenset(), ".gz")


def turned_over(lines: list[str], draw: random.Random) -> Spoiled:
    return whole("the last row first", joined([lines[0], *lines[:0:-1]]))


def shuffled(lines: list[str], draw: random.Random) -> Spoiled:
    return whole("rows out of order", joined([lines[0], *draw.sample(lines[1:], len(lines) - 1)]))


def no_last_end(lines: list[str], draw: random.Random) -> Spoiled:
    return whole("no end of the last line", "\n".join(lines))


# What touches a line.


def _cell(
    lines: list[str], draw: random.Random, how: str, cells: tuple[str, ...], first: int, only: str = ""
) -> Spoiled:
    row = draw.randrange(first, len(lines)) if first else 0
    parts = lines[row].split(",")
    column = draw.randrange(len(parts)) if not only else 0
    value = draw.choice(cells)
    changed = [*lines[:row], ",".join([*parts[:column], value, *parts[column + 1 :]]), *lines[row + 1 :]]
    shown = ascii(value if len(value) < 30 else f"{value[:10]}...")
    return whole(f"{how} {shown} in line {row}, cell {column}", joined(changed), frozenset({row}))


def another_number(lines: list[str], draw: random.Random) -> Spoiled:
    return _cell(lines, draw, "the number", NUMBERS, 1)


def another_word(lines: list[str], draw: random.Random) -> Spoiled:
    return _cell(lines, draw, "the text", WORDS, 1)


def another_date(lines: list[str], draw: random.Random) -> Spoiled:
    return _cell(lines, draw, "the date", DATES, 1, only="first")


def another_head(lines: list[str], draw: random.Random) -> Spoiled:
    parts = lines[0].split(",")
    names = (*WORDS, *parts, "", "date", "close", "ticker", "weight", "volume", "open", "scenario")
    return _cell(lines, draw, "the head", names, 0)


def empty_cell(lines: list[str], draw: random.Random) -> Spoiled:
    return _cell(lines, draw, "nothing", ("",), 1)


def one_cell_more(lines: list[str], draw: random.Random) -> Spoiled:
    row = draw.randrange(len(lines))
    return whole(
        f"a cell more in line {row}", joined([*lines[:row], lines[row] + ",7", *lines[row + 1 :]]), frozenset({row})
    )


def one_cell_less(lines: list[str], draw: random.Random) -> Spoiled:
    row = draw.randrange(len(lines))
    parts = lines[row].split(",")
    del parts[draw.randrange(len(parts))]
    return whole(
        f"a cell less in line {row}", joined([*lines[:row], ",".join(parts), *lines[row + 1 :]]), frozenset({row})
    )


def hashed(lines: list[str], draw: random.Random) -> Spoiled:
    row = draw.randrange(len(lines))
    return whole(f"# before line {row}", joined([*lines[:row], "#" + lines[row], *lines[row + 1 :]]), frozenset({row}))


def row_twice(lines: list[str], draw: random.Random) -> Spoiled:
    row = draw.randrange(1, len(lines))
    return whole(f"line {row} twice", joined([*lines[: row + 1], *lines[row:]]), frozenset({row}))


def head_twice(lines: list[str], draw: random.Random) -> Spoiled:
    place = draw.choice((1, 1, draw.randrange(1, len(lines))))
    return whole(f"the header again before line {place}", joined([*lines[:place], lines[0], *lines[place:]]))


def column_twice(lines: list[str], draw: random.Random) -> Spoiled:
    column = draw.randrange(len(lines[0].split(",")))
    cells = [[*line.split(","), "", ""][column] for line in lines]
    return whole(f"column {column} twice", joined([f"{line},{cell}" for line, cell in zip(lines, cells, strict=True)]))


def row_missing(lines: list[str], draw: random.Random) -> Spoiled:
    row = draw.randrange(1, len(lines))
    return whole(f"line {row} missing", joined([*lines[:row], *lines[row + 1 :]]), frozenset({row}))


def bit(lines: list[str], draw: random.Random) -> Spoiled:
    content = bytearray(joined(lines).encode())
    place = draw.randrange(len(content))
    content[place] ^= 1 << draw.randrange(8)
    row = content[:place].count(b"\n")
    return Spoiled(f"a bit of line {row}", bytes(content), frozenset({row, row + 1}))


def odd_bytes(lines: list[str], draw: random.Random) -> Spoiled:
    content = bytearray(joined(lines).encode())
    place, size = draw.randrange(len(content)), draw.randrange(1, 6)
    content[place : place + size] = bytes(draw.randrange(256) for _ in range(draw.randrange(1, 6)))
    row = content[:place].count(b"\n")
    return Spoiled(f"odd bytes in line {row}", bytes(content), frozenset({row, row + 1, row + 2}))


def quote(lines: list[str], draw: random.Random) -> Spoiled:
    row = draw.randrange(len(lines))
    place = draw.randrange(len(lines[row]) + 1)
    changed = lines[row][:place] + '"' + lines[row][place:]
    return whole(f"a quote in line {row}", joined([*lines[:row], changed, *lines[row + 1 :]]), frozenset({row}))


# What leaves little.


def cut(lines: list[str], draw: random.Random) -> Spoiled:
    content = joined(lines).encode()
    place = draw.randrange(len(content))
    row = content[:place].count(b"\n")
    return Spoiled(f"cut in line {row}", content[:place], frozenset(range(row, len(lines))))


def cut_pack(lines: list[str], draw: random.Random) -> Spoiled:
    content = bytearray(gzip.compress(joined(lines).encode()))
    if draw.random() < 0.5:
        return Spoiled("a packed file, cut", bytes(content[: draw.randrange(len(content))]), None, ".gz")
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    return Spoiled("a bit of a packed file", bytes(content), frozenset(), ".gz")


def noise(lines: list[str], draw: random.Random) -> Spoiled:
    return Spoiled("noise", bytes(draw.randrange(256) for _ in range(draw.randrange(2000))), None)


def twice(lines: list[str], draw: random.Random) -> Spoiled:
    return whole("the file twice", joined([*lines, *lines]), frozenset())


def wide(lines: list[str], draw: random.Random) -> Spoiled:
    more = ",".join(f"X{i}" for i in range(300))
    return whole("300 empty columns", joined([f"{lines[0]},{more}", *[line + "," * 300 for line in lines[1:]]]))


def half_utf16(lines: list[str], draw: random.Random) -> Spoiled:
    content = joined(lines).encode("utf-16")
    return Spoiled("UTF-16", content[: len(content) - draw.randrange(2)], frozenset({len(lines) - 1}))


SAME: tuple[Way, ...] = (
    other_ends, blank_lines, byte_order_mark, quoted, spaced, packed, turned_over, shuffled, no_last_end,
)  # fmt: skip
WAYS: tuple[Way, ...] = (
    *SAME,
    another_number, another_number, another_number, another_word, another_word, another_date, another_head,
    another_head, empty_cell, one_cell_more, one_cell_less, hashed, row_twice, head_twice, column_twice, row_missing,
    bit, bit, bit, odd_bytes, odd_bytes, quote, quote, cut, cut, cut_pack, noise, twice, wide, half_utf16,
)  # fmt: skip
