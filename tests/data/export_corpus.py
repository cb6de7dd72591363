"""Small tables as people export them, with invented numbers: each a known format and one oddity, and what is right.

``python -m tests.data.export_corpus FOLDER`` writes the files, for people to look at.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

N = 40
DAYS = pd.bdate_range("2021-01-04", periods=N)
"""Forty weekdays of early 2021, days of the month above 12 among them."""


def walk(seed: int, start: float, volatility: float = 0.01, n: int = N, digits: int = 2) -> np.ndarray:
    """(n,) invented prices."""
    moves = volatility * np.random.default_rng(seed).standard_normal(n)
    return np.round(start * np.exp(np.cumsum(moves) - moves[0]), digits)


A, B, C = walk(1, 100.0), walk(2, 50.0), walk(3, 1234.5)
FX = walk(4, 1.1, 0.005, digits=4)
VOLUME = np.random.default_rng(5).integers(100_000, 2_000_000, N)


def bars(close: np.ndarray) -> dict[str, np.ndarray]:
    """Open, high and low around a close, to the cent."""
    open_ = np.round(np.r_[close[0], close[:-1]], 2)
    return {
        "open": open_,
        "high": np.round(np.maximum(open_, close) + 0.05, 2),
        "low": np.round(np.minimum(open_, close) - 0.05, 2),
        "close": close,
        "volume": VOLUME,
    }


BAR = bars(A)


@dataclass(frozen=True)
class Example:
    """A file and what is right about it.

    Attributes:
        name: of the format and its oddity.
        file: its name.
        data: what is in it.
        closes: ticker -> prices; empty where it has to be refused.
        dates: of all assets, or by ticker.
        fields: bars that the panel has.
        words: that the refusal, or one of the notes, holds.
        ticker: told by the reader.
    """

    name: str
    file: str
    data: bytes
    closes: Mapping[str, np.ndarray] = field(default_factory=dict)
    dates: pd.DatetimeIndex = field(default_factory=lambda: DAYS)
    fields: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    refused: bool = False


EXAMPLES: list[Example] = []
OHLCV = frozenset({"open", "high", "low", "volume"})


def good(
    name: str,
    text: str | bytes,
    closes: Mapping[str, np.ndarray] | np.ndarray,
    *,
    words: tuple[str, ...] = (),
    dates: pd.DatetimeIndex = DAYS,
    fields: frozenset[str] = frozenset(),
    suffix: str = ".csv",
) -> None:
    """A file that is read."""
    stem = name.split(":")[0].replace(" ", "_").replace("/", "_").replace(".", "")
    held = closes if isinstance(closes, Mapping) else {f"{stem}": closes}
    data = text if isinstance(text, bytes) else text.encode()
    EXAMPLES.append(Example(name, f"{stem}{suffix}", data, held, dates, fields, words))


def bad(name: str, text: str | bytes, *words: str, suffix: str = ".csv") -> None:
    """A file that is refused, in these words."""
    stem = name.split(":")[0].replace(" ", "_").replace("/", "_").replace(".", "")
    data = text if isinstance(text, bytes) else text.encode()
    EXAMPLES.append(Example(name, f"{stem}{suffix}", data, words=words, refused=True))


def table(
    columns: Mapping[str, object],
    *,
    date: str | None = "Date",
    style: str | Callable[[pd.Timestamp], str] = "%Y-%m-%d",
    sep: str = ",",
    newest: bool = False,
    above: str = "",
    below: str = "",
    end: str = "",
    days: pd.DatetimeIndex = DAYS,
) -> str:
    """Text of a table: values as ``str`` has them, dates in a ``style``."""
    stamp = style if callable(style) else (lambda d: d.strftime(style))
    lists = {name: [str(v) for v in np.asarray(values, object)] for name, values in columns.items()}
    heads = ([date] if date is not None else []) + list(lists)
    rows = []
    for i, day in enumerate(days):
        cells = ([stamp(day)] if date is not None else []) + [values[i] for values in lists.values()]
        rows.append(sep.join(quoted(cell, sep) for cell in cells) + end)
    body = rows[::-1] if newest else rows
    return above + sep.join(quoted(h, sep) for h in heads) + end + "\n" + "\n".join(body) + "\n" + below


def quoted(cell: str, sep: str) -> str:
    return f'"{cell}"' if sep in cell else cell


def text(values: np.ndarray, style: str) -> list[str]:
    """Numbers in a notation: ``1,234.50``, ``1.234,50``, ``1 234,50``, ``1'234.50``."""
    plain = [f"{v:,.2f}" for v in values]
    thousands, decimal = style[1], style[-3]
    return [p.replace(",", "\0").replace(".", decimal).replace("\0", thousands) for p in plain]


def ohlcv(names: str, close: np.ndarray = A) -> dict[str, np.ndarray]:
    """A bar under other names, in the order open, high, low, close, volume."""
    return dict(zip(names.split("|"), [*bars(close).values()], strict=True))


def long(names: Mapping[str, np.ndarray], head: str = "Date,Ticker,Close", style: str = "%Y-%m-%d") -> str:
    """A row a date and ticker."""
    rows = [f"{d.strftime(style)},{t},{v[i]}" for t, v in names.items() for i, d in enumerate(DAYS)]
    return head + "\n" + "\n".join(rows) + "\n"


def returns_of(close: np.ndarray) -> list[str]:
    return ["", *(f"{r:.10f}" for r in close[1:] / close[:-1] - 1)]


def workbook(rows: list[list[object]]) -> bytes:
    """A workbook of one sheet as Excel saves it: text shared, dates as numbers with a format."""
    shared: list[str] = []
    lines = []
    for r, row in enumerate(rows):
        cells = []
        for c, value in enumerate(row):
            where = f"{chr(65 + c)}{r + 1}"
            if isinstance(value, pd.Timestamp):
                cells.append(f'<c r="{where}" s="1"><v>{(value - pd.Timestamp("1899-12-30")).days}</v></c>')
            elif isinstance(value, str):
                shared += [] if value in shared else [value]
                cells += [f'<c r="{where}" t="s"><v>{shared.index(value)}</v></c>'] if value else []
            else:
                cells.append(f'<c r="{where}"><v>{value}</v></c>')
        lines.append(f'<row r="{r + 1}">{"".join(cells)}</row>')
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    document = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packages = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{document}"><sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{packages}"><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{''.join(lines)}</sheetData></worksheet>",
        "xl/sharedStrings.xml": f"<sst {main}>{''.join(f'<si><t>{s}</t></si>' for s in shared)}</sst>",
        "xl/styles.xml": f'<styleSheet {main}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for name, held in parts.items():
            book.writestr(name, held)
    return out.getvalue()


two = {"ACME": A, "BETA": B}

# Wide closes.
good("wide", table(two), two)
good("wide newest first", table(two, newest=True), two, words=("newest first",))
good("wide with semicolons", table(two, sep=";"), two)
good("wide with tabs", table(two, sep="\t"), two, suffix=".tsv")
good("wide with bars between", table(two, sep="|"), two, suffix=".txt")
good("wide with trailing commas", table(two, end=",,,"), two)
good("wide with trailing semicolons", table(two, sep=";", end=";"), two)
good("wide with sep line", "sep=;\n" + table(two, sep=";"), two)
good("wide with quoted sep line", '"sep=,"\n' + table(two), two)
good("wide with blank lines", "\n\n" + table(two).replace("\n2021-01-12", "\n\n2021-01-12"), two)
good("wide with byte order mark", b"\xef\xbb\xbf" + table(two).encode(), two)
good("wide with Windows line ends", table(two).replace("\n", "\r\n"), two)
good("wide with old Macintosh line ends", table(two).replace("\n", "\r"), two)
good("wide in UTF-16", table(two, sep="\t").encode("utf-16"), two, suffix=".txt", words=("UTF-16",))
good(
    "wide with row numbers",
    table({"Date": [str(d.date()) for d in DAYS], **two}, date="", style=lambda d: str(list(DAYS).index(d))),
    two,
)
good("wide with unnamed dates", table(two, date=""), two)
good("wide from R", table(two).replace("Date,ACME,BETA", "ACME,BETA"), two)
good("wide with numeric tickers", table({"600519": A, "000001": B}), {"600519": A, "000001": B})
good(
    "wide of tickers that are words for fields", table({"LOW": A, "OPEN": B, "SPY": C}), {"LOW": A, "OPEN": B, "SPY": C}
)
good("wide with a title", table(two, above="Prices of my funds\n"), two, words=("left out",))
good("wide with a title and a blank line", table(two, above="Prices of my funds\n\n"), two, words=("left out",))
good("wide with a footnote", table(two, below="\nSource: invented\n"), two, words=("below the table",))
good(
    "dates across",
    "Ticker,"
    + ",".join(str(d.date()) for d in DAYS)
    + "\n"
    + "\n".join(f"{t}," + ",".join(map(str, v)) for t, v in two.items())
    + "\n",
    two,
    words=("across the top",),
)
good(
    "wide with listed late",
    table({"ACME": A, "YOUNG": [*["0"] * 9, *B[9:]]}),
    {"ACME": A, "YOUNG": np.r_[np.full(9, np.nan), B[9:]]},
    words=("not listed yet",),
)
good(
    "wide with listed late: zeros with decimals",
    table({"ACME": A, "YOUNG": [*["0.0000"] * 3, *B[3:]]}),
    {"ACME": A, "YOUNG": np.r_[np.full(3, np.nan), B[3:]]},
    words=("not listed yet",),
)
good(
    "ECB reference rates",
    table({"USD": FX, "JPY": A, "CYP": ["N/A"] * N}, newest=True, end=","),
    {"USD": FX, "JPY": A},
    words=("CYP",),
)
for word in ("null", "NaN", "N/A", "#N/A", "-", ".", "ND", "n.a.", "#N/A N/A", "\u2014", "NULL"):
    held = B.astype(object).copy()
    held[7] = word
    good(
        f"missing as {word.replace('/', ' ').replace('#', 'hash ').replace('.', 'dot ')}: wide",
        table({"ACME": A, "BETA": held}),
        {"ACME": A, "BETA": np.where(np.arange(N) == 7, np.nan, B)},
    )
bad("wide without a header", table(two).split("\n", 1)[1], "no header", "2021-01-04")
bad("one column without a header", table({"X": A}).split("\n", 1)[1], "no header", "date,close")
bad("bars without a header", table(BAR).split("\n", 1)[1], "no header", "date,open,high,low,close,volume")
bad("wide with the same name twice", table(two).replace("BETA", "ACME"), "two columns are called ACME")
bad("wide with a column of values without a name", table(two).replace("BETA", ""), "no name", "number 3")
bad("wide that ends at zero", table({"ACME": A, "GONE": [*B[:30], *["0"] * 10]}), "GONE", "0 on its last 10 days")
bad("wide with a zero inside", table({"ACME": A, "HOLE": [*B[:20], "0", *B[21:]]}), "HOLE", "is 0")
bad("wide with negative prices", table({"ACME": A, "BAD": np.round(B - 55, 2)}), "BAD", "kinds")
bad("wide with a volume", table({"ACME": A, "Volume": VOLUME}), "Volume", "close")
bad("wide of returns", table({"ACME": returns_of(A), "BETA": returns_of(B)}), "returns")
bad("wide with a text column", table({"ACME": A, "Comment": ["fine"] * N}), "Comment", "text")
bad("wide with a broken line", table(two).replace("2021-01-12,", "2021-01-12,7,8,9,"), "line", "cells")
bad("wide with a bad number", table(two).replace(str(A[7]), "1o5.3"), "1o5.3", "line 9")
bad("wide without dates", table(two, date=None), "no dates")
bad("dates only", table({}), "date column and nothing else")
bad("page of a website", "<html><body>404</body></html>\n", "has a header but no rows")

# Dates.
for name, style in {
    "ISO": "%Y-%m-%d",
    "compact": "%Y%m%d",
    "slashes": "%Y/%m/%d",
    "points": "%Y.%m.%d",
    "US": "%m/%d/%Y",
    "European": "%d/%m/%Y",
    "German": "%d.%m.%Y",
    "dashes": "%d-%m-%Y",
    "US dashes": "%m-%d-%Y",
    "Oracle": "%d-%b-%Y",
    "short Oracle": "%d-%b-%y",
    "long": "%B %d, %Y",
    "Investing": "%b %d, %Y",
    "English": "%d %b %Y",
    "with weekday": "%a %b %d %Y",
    "two digits": "%m/%d/%y",
    "two digits day first": "%d.%m.%y",
    "with midnight": "%Y-%m-%d 00:00:00",
    "with zone": "%Y-%m-%d 00:00:00-05:00",
    "ISO with T": "%Y-%m-%dT00:00:00Z",
    "Google": "%m/%d/%Y 16:00:00",
    "twelve hours": "%m/%d/%Y 4:00:00 PM",
    "weekday before": "%A, %d %B %Y",
}.items():
    good(f"dates {name}", table(two, style=style), two)
epoch = np.array([(day - pd.Timestamp("1970-01-01")).days for day in DAYS])
good("dates of Excel", table(two, style=lambda d: str((d - pd.Timestamp("1899-12-30")).days)), two, words=("Excel",))
for unit, factor in {"seconds": 86_400, "milliseconds": 86_400_000, "nanoseconds": 86_400 * 10**9}.items():
    made = table(two, date="timestamp", style=lambda d, f=factor: str((d - pd.Timestamp("1970-01-01")).days * f))
    good(f"dates in {unit}", made, two, words=(f"{unit} since 1970",))
good("dates in German words", table(two, style=lambda d: d.strftime("%d. %b %Y").replace("Feb", "Februar")), two)
good("dates in Chinese", table(two, date="日期", style=lambda d: f"{d.year}年{d.month}月{d.day}日"), two)
first = pd.bdate_range("2021-03-01", periods=N)
OLD = pd.bdate_range("1962-03-01", periods=N)
good("two digits before 1969", table(two, style="%m/%d/%y", days=OLD), two, dates=OLD, words=("1962",))
good("two digits before 1969 newest first", table(two, style="%d/%m/%y", days=OLD, newest=True), two, dates=OLD)
TURN = pd.bdate_range("1999-12-01", periods=N)
good("two digits over 2000", table(two, style="%m/%d/%y", days=TURN), two, dates=TURN, words=("1999 to 2000",))
MONTHS = pd.date_range("2015-01-31", periods=N, freq="BME")
good(
    "months day first",
    table(two, style=lambda d: d.strftime("01/%m/%Y"), days=MONTHS),
    two,
    dates=MONTHS,
    words=("evenly spaced",),
)
good(
    "months month first",
    table(two, style=lambda d: d.strftime("%m/01/%Y"), days=MONTHS),
    two,
    dates=MONTHS,
    words=("evenly spaced",),
)
good("months in words", table(two, style="%b %Y", days=MONTHS), two, dates=MONTHS)
good("months of SDMX", table(two, style="%Y-%m", days=MONTHS), two, dates=MONTHS)
good("months compact", table(two, style="%Y%m", days=MONTHS, date="Date"), two, dates=MONTHS)
few = pd.DatetimeIndex(["2021-02-01", "2021-02-02", "2021-02-03"])
bad("day or month", table({"ACME": A[:3]}, days=few, style="%d/%m/%Y"), "day and month cannot be told apart")
bad("a date that is none", table(two).replace("2021-01-12", "2021-01-32"), "2021-01-32", "line 8")
bad("mixed orders", table(two, style="%d/%m/%Y").replace("26/01/2021", "01/26/2021"), "is not a date")

# Numbers.
thousand = {"ACME": C * 10, "BETA": C}
for name, style in {
    "US": "1,234.50",
    "German": "1.234,50",
    "French": "1 234,50",
    "Swiss": "1'234.50",
    "narrow spaces": "1\u202f234,50",
}.items():
    written = {t: text(v, style) for t, v in thousand.items()}
    good(f"numbers {name}", table(written, sep=";"), thousand)
    if "," in style[-3:]:
        good(f"numbers {name} in quotes", table(written), thousand, words=("decimal commas",))
good("numbers with dollars", table({t: [f"${x:,.2f}" for x in v] for t, v in thousand.items()}), thousand)
good(
    "numbers with euros", table({t: [f"{x:.2f} €".replace(".", ",") for x in v] for t, v in two.items()}, sep=";"), two
)
good(
    "numbers with decimal commas",
    table({t: [str(x).replace(".", ",") for x in v] for t, v in two.items()}, sep=";"),
    two,
)
good("numbers in scientific notation", table({t: [f"{x:.8e}" for x in v] for t, v in two.items()}), two)
three = walk(6, 987.0, 0.01, digits=0)
good("numbers without decimals", table({"NKY": [f"{x:,.0f}" for x in three]}), {"NKY": three})
tight = walk(7, 1.234, 0.004, digits=3)
bad("numbers that could be two", table({"EURUSD": [f"{x:.3f}".replace(".", ",") for x in tight]}, sep=";"), "may be")
good(
    "numbers proved by another column",
    table({"EURUSD": [f"{x:.3f}".replace(".", ",") for x in tight], "DAX": text(C * 10, "1.234,50")}, sep=";"),
    {"EURUSD": tight, "DAX": C * 10},
    words=("decimal commas",),
)
bad(
    "numbers in two notations",
    table({"ACME": [*text(C[:20], "1,234.50"), *text(C[20:], "1.234,50")]}, sep=";"),
    "not a number",
)

# One asset's bars.
good("Yahoo download", table({**ohlcv("Open|High|Low|Close|Volume"), "Adj Close": A * 0.5}), A * 0.5, fields=OHLCV)
good(
    "Yahoo page",
    table({**ohlcv("Open|High|Low|Close*|Volume"), "Adj Close**": A}, style="%b %d, %Y", newest=True),
    A,
    fields=OHLCV,
)
good(
    "Yahoo with nulls",
    table(ohlcv("Open|High|Low|Close|Volume")).replace(f",{A[5]},{VOLUME[5]}", ",null,null"),
    np.where(np.arange(N) == 5, np.nan, A),
    fields=OHLCV,
)
good("Stooq", table(ohlcv("Open|High|Low|Close|Volume")), A, fields=OHLCV)
good(
    "Stooq Polish",
    table(ohlcv("Otwarcie|Najwyzszy|Najnizszy|Zamkniecie|Wolumen"), date="Data"),
    A,
    fields=OHLCV,
    words=("Stooq",),
)
good(
    "Stooq bulk",
    table(
        {
            "<PER>": ["D"] * N,
            "<TIME>": ["000000"] * N,
            **ohlcv("<OPEN>|<HIGH>|<LOW>|<CLOSE>|<VOL>"),
            "<OPENINT>": [0] * N,
            "<TICKER>": ["ACME.US"] * N,
        },
        date="<DATE>",
        style="%Y%m%d",
    ),
    {"ACME.US": A},
    fields=OHLCV,
    suffix=".txt",
)
short = [f"{v / 1e6:.2f}M" for v in VOLUME]
invest = {
    "Price": A,
    "Open": BAR["open"],
    "High": BAR["high"],
    "Low": BAR["low"],
    "Vol.": short,
    "Change %": ["0.54%"] * N,
}
good("Investing", table(invest, style="%m/%d/%Y", newest=True), A, fields=OHLCV, words=("Investing.com",))
good(
    "Investing thousands",
    table(
        {
            **{
                k: [f"{x:,.2f}" for x in v]
                for k, v in zip(
                    ("Price", "Open", "High", "Low"),
                    (bars(C)["close"], bars(C)["open"], bars(C)["high"], bars(C)["low"]),
                    strict=True,
                )
            },
            "Vol.": short,
            "Change %": ["0.54%"] * N,
        },
        style="%m/%d/%Y",
        newest=True,
    ),
    C,
    fields=OHLCV,
)
comma = {
    k: [f"{x:.2f}".replace(".", ",") for x in v]
    for k, v in zip(("Zuletzt", "Eröffn.", "Hoch", "Tief"), (A, BAR["open"], BAR["high"], BAR["low"]), strict=True)
}
good(
    "Investing German",
    table(
        {**comma, "Vol.": [s.replace(".", ",") for s in short], "+/- %": ["0,54%"] * N},
        date="Datum",
        style="%d.%m.%Y",
        newest=True,
    ),
    A,
    fields=OHLCV,
    words=("German",),
)
nasdaq = {"Close/Last": A, "Volume": VOLUME, "Open": BAR["open"], "High": BAR["high"], "Low": BAR["low"]}
good(
    "Nasdaq",
    table({k: [f"${x}" for x in v] if k != "Volume" else v for k, v in nasdaq.items()}, style="%m/%d/%Y", newest=True),
    A,
    fields=OHLCV,
    words=("Nasdaq",),
)
good(
    "Nasdaq index", table({**nasdaq, "Volume": ["--"] * N}, style="%m/%d/%Y", newest=True), A, fields=OHLCV - {"volume"}
)
good("Bloomberg", table({"PX_LAST": A, "PX_VOLUME": VOLUME}), A, fields=frozenset({"volume"}))
above = "Security,ACME US Equity\nStart Date,01/04/2021\nEnd Date,02/26/2021\nPeriod,D\nCurrency,USD\n\n"
good(
    "Bloomberg with its lines above",
    table({"PX_LAST": A, "PX_VOLUME": VOLUME}, above=above, style="%m/%d/%Y"),
    {"ACME US Equity": A},
    fields=frozenset({"volume"}),
)
side = (
    "ACME US Equity,,BETA US Equity,\nDate,PX_LAST,Date,PX_LAST\n"
    + "\n".join(f"{DAYS[i].date()},{A[i]},{DAYS[i].date()},{B[i]}" for i in range(N))
    + "\n"
)
good("Bloomberg side by side", side, {"ACME US Equity": A, "BETA US Equity": B}, words=("side by side",))
holes = (
    "ACME,,BETA,\nDate,PX_LAST,Date,PX_LAST\n"
    + "\n".join(
        f"{DAYS[i].date()},{A[i]}," + (f"{DAYS[i + 5].date()},{B[i + 5]}" if i + 5 < N else ",") for i in range(N)
    )
    + "\n"
)
good("Bloomberg side by side of different length", holes, {"ACME": A, "BETA": np.r_[np.full(5, np.nan), B[5:]]})
good(
    "Bloomberg of two",
    "Dates,ACME US Equity,BETA US Equity\n,PX_LAST,PX_LAST\n" + table(two).split("\n", 1)[1],
    {"ACME US Equity": A, "BETA US Equity": B},
)
good(
    "Refinitiv",
    table(
        {
            "Close": A,
            "Net": ["0.1"] * N,
            "%Chg": ["0.1"] * N,
            "Open": BAR["open"],
            "Low": BAR["low"],
            "High": BAR["high"],
            "Volume": VOLUME,
        },
        date="Exchange Date",
        style="%d-%b-%Y",
        newest=True,
        above="ACME Corp - Price History\n\n",
    ),
    A,
    fields=OHLCV,
)
good(
    "Refinitiv long",
    long({"ACME.O": A, "BETA.N": B}, "Date,Instrument,Price Close"),
    {"ACME.O": A, "BETA.N": B},
    words=("Instrument",),
)
good(
    "Alpha Vantage",
    table(
        {
            **ohlcv("open|high|low|close|volume"),
            "adjusted_close": A / 2,
            "dividend_amount": [0.0] * N,
            "split_coefficient": [1.0] * N,
        },
        date="timestamp",
        newest=True,
    ),
    A / 2,
    fields=OHLCV,
)
good(
    "Tiingo",
    table(
        {
            **ohlcv("open|high|low|close|volume"),
            "adjClose": A / 4,
            "adjHigh": A,
            "adjLow": A,
            "adjOpen": A,
            "adjVolume": VOLUME,
            "divCash": [0.0] * N,
            "splitFactor": [1.0] * N,
        },
        date="date",
        style="%Y-%m-%d 00:00:00+00:00",
    ),
    A / 4,
    fields=OHLCV,
)
good(
    "Quandl",
    table(
        {
            **ohlcv("Open|High|Low|Close|Volume"),
            "Ex-Dividend": [0.0] * N,
            "Split Ratio": [1.0] * N,
            "Adj. Open": A,
            "Adj. High": A,
            "Adj. Low": A,
            "Adj. Close": A / 2,
            "Adj. Volume": VOLUME,
        }
    ),
    A / 2,
    fields=OHLCV,
)
good(
    "Barchart",
    table(
        {
            "Open": BAR["open"],
            "High": BAR["high"],
            "Low": BAR["low"],
            "Last": A,
            "Change": ["0.1"] * N,
            "%Chg": ["+0.1%"] * N,
            "Volume": VOLUME,
        },
        date="Time",
        style="%m/%d/%Y",
        newest=True,
        below='"Downloaded from Barchart.com as of 03-01-2021 06:00am CST"\n',
    ),
    A,
    fields=OHLCV,
)
good(
    "CryptoDataDownload",
    table(
        {
            "unix": epoch * 86_400_000,
            "symbol": ["BTCUSDT"] * N,
            **ohlcv("open|high|low|close|Volume BTC"),
            "Volume USDT": VOLUME,
            "tradecount": VOLUME,
        },
        date="date",
        style="%Y-%m-%d 00:00:00",
        newest=True,
        above="https://www.CryptoDataDownload.com\n",
    ),
    {"BTCUSDT": A},
    fields=OHLCV,
)
good(
    "Binance",
    table(
        {
            **ohlcv("open|high|low|close|volume"),
            "close_time": epoch * 86_400_000 + 86_399_999,
            "quote_asset_volume": VOLUME,
            "number_of_trades": VOLUME,
        },
        date="open_time",
        style=lambda d: str((d - pd.Timestamp("1970-01-01")).days * 86_400_000),
    ),
    A,
    fields=OHLCV,
)
good(
    "Polygon",
    table(
        {"v": VOLUME, "vw": A, "o": BAR["open"], "c": A, "h": BAR["high"], "l": BAR["low"], "n": VOLUME},
        date="t",
        style=lambda d: str((d - pd.Timestamp("1970-01-01")).days * 86_400_000),
    ),
    A,
    fields=OHLCV,
)
good(
    "TradingView",
    table(
        {**ohlcv("open|high|low|close|Volume")},
        date="time",
        style=lambda d: str((d - pd.Timestamp("1970-01-01")).days * 86_400),
    ),
    A,
    fields=OHLCV,
)
good(
    "MetaTrader",
    table(
        {
            "<TIME>": ["00:00:00"] * N,
            **ohlcv("<OPEN>|<HIGH>|<LOW>|<CLOSE>|<TICKVOL>"),
            "<VOL>": [0] * N,
            "<SPREAD>": [1] * N,
        },
        date="<DATE>",
        style="%Y.%m.%d",
        sep="\t",
    ),
    A,
    fields=OHLCV - {"volume"},
)
good(
    "MarketWatch",
    table(
        {
            k: [f"{x:,.2f}" for x in v] if k != "Volume" else [f"{x:,}" for x in v]
            for k, v in ohlcv("Open|High|Low|Close|Volume", C).items()
        },
        style="%m/%d/%Y",
        newest=True,
    ),
    C,
    fields=OHLCV,
)
good(
    "Wall Street Journal",
    table(ohlcv(" Open| High| Low| Close| Volume"), style="%m/%d/%y", newest=True),
    A,
    fields=OHLCV,
)
good("Google Finance", table({"Close": A}, style="%m/%d/%Y 16:00:00"), A)
good(
    "Euronext",
    table(
        {
            "Open": BAR["open"],
            "High": BAR["high"],
            "Low": BAR["low"],
            "Last": A,
            "Close": A,
            "Number of Shares": VOLUME,
            "Number of Trades": VOLUME,
            "Turnover": VOLUME,
            "vwap": A,
        },
        sep=";",
        style="%d/%m/%Y",
        newest=True,
        above="Historical Data\nFrom 2021-01-04 to 2021-02-26\nFR0000000000\n",
    ),
    A,
    fields=OHLCV,
)
good(
    "Ariva",
    table(
        {
            k: [f"{x:.2f}".replace(".", ",") for x in v] if k != "Stuecke" else [f"{x:,}".replace(",", ".") for x in v]
            for k, v in ohlcv("Erster|Hoch|Tief|Schlusskurs|Stuecke").items()
        },
        date="Datum",
        sep=";",
    ),
    A,
    fields=OHLCV,
)
good(
    "Boursorama",
    table(ohlcv("Ouv.|Plus Haut|Plus Bas|Dernier|Vol."), date="Date", style="%d/%m/%Y", sep="\t"),
    A,
    fields=OHLCV,
    suffix=".txt",
)
for language, (date, names) in {
    "Spanish": ("Fecha", "Apertura|Máximo|Mínimo|Último|Vol."),
    "Italian": ("Data", "Apertura|Massimo|Minimo|Ultimo|Vol."),
    "French": ("Date", "Ouverture|+ Haut|+ Bas|Clôture|Volume"),
    "Portuguese": ("Data", "Abertura|Máxima|Mínima|Último|Vol."),
    "Russian": ("Дата", "Откр.|Макс.|Мин.|Цена|Объём"),
    "Chinese": ("日期", "开盘|最高|最低|收盘|成交量"),
    "Japanese": ("日付", "始値|高値|安値|終値|出来高"),
    "Korean": ("날짜", "시가|고가|저가|종가|거래량"),
    "Dutch": ("Datum", "Openen|Hoog|Laag|Slot|Volume"),
    "Turkish": ("Tarih", "Açılış|Yüksek|Düşük|Kapanış|Hacim"),
}.items():
    good(f"bars in {language}", table(ohlcv(names), date=date), A, fields=OHLCV)
good(
    "bars in German of 1252",
    table(ohlcv("Eröffnung|Hoch|Tief|Schluss|Volumen"), date="Datum", sep=";").encode("cp1252"),
    A,
    fields=OHLCV,
    words=("1252",),
)
good("bars in dollars", table(ohlcv("Open (USD)|High (USD)|Low (USD)|Close (USD)|Volume")), A, fields=OHLCV)
good("bars of shouting", table(ohlcv("OPEN|HIGH|LOW|CLOSE|VOLUME"), date="DATE"), A, fields=OHLCV)
good(
    "bars of two assets flattened",
    table({f"{f}_{t}": v for t, c in two.items() for f, v in ohlcv("Open|High|Low|Close|Volume", c).items()}),
    two,
    fields=OHLCV,
)
good(
    "bars flattened ticker first",
    table({f"{t}_{f}": v for t, c in two.items() for f, v in ohlcv("Open|High|Low|Close|Volume", c).items()}),
    two,
    fields=OHLCV,
)
good(
    "bars flattened with spaces",
    table({f"{f} {t}": v for t, c in two.items() for f, v in ohlcv("Open|High|Low|Adj Close|Volume", c).items()}),
    two,
    fields=OHLCV,
)
good(
    "bars of quantmod",
    table({f"ACME.{f}": v for f, v in ohlcv("Open|High|Low|Close|Volume").items()}, date=""),
    {"ACME": A},
    fields=OHLCV,
)
good(
    "bars of tuples",
    table({f"('{f}', '{t}')": v for t, c in two.items() for f, v in ohlcv("Open|High|Low|Close|Volume", c).items()}),
    two,
    fields=OHLCV,
)
good("closes flattened", table({"Close_ACME": A, "Close_BRK.B": B}), {"ACME": A, "BRK.B": B})
good("closes of companies", table({"Close Brothers": A, "Open Text": B}), {"Close Brothers": A, "Open Text": B})
head = "Price,Close,Close,Volume,Volume\nTicker,ACME,BETA,ACME,BETA\nDate,,,,\n"
good(
    "yfinance",
    head + "\n".join(f"{DAYS[i].date()},{A[i]},{B[i]},{VOLUME[i]},{VOLUME[i]}" for i in range(N)) + "\n",
    two,
    fields=frozenset({"volume"}),
)
head = ",Close,Close,Volume,Volume\n,ACME,BETA,ACME,BETA\n"
good(
    "yfinance without its third row",
    head + "\n".join(f"{DAYS[i].date()},{A[i]},{B[i]},{VOLUME[i]},{VOLUME[i]}" for i in range(N)) + "\n",
    two,
    fields=frozenset({"volume"}),
)
bad(
    "bars without a close",
    table({k: v for k, v in ohlcv("Open|High|Low|Close|Volume").items() if k != "Close"}),
    "no close column",
)
bad("close beside a ticker", table({"Close": A, "BETA": B}), "ambiguous", "BETA")
bad("close and a flattened name", table({"Close_ACME": A, "Volume_ACME": VOLUME, "BETA": B}), "Volume_ACME")
bad(
    "adjusted below zero",
    table({**ohlcv("Open|High|Low|Close|Volume"), "Adj Close": np.round(A - 99, 2)}),
    "Adj Close",
    "zero or less",
)
bad(
    "intraday",
    "Date,ACME\n" + "\n".join(f"2021-01-{4 + i // 8:02} {9 + i % 8}:30:00,{A[i]}" for i in range(N)) + "\n",
    "intraday",
)
bad(
    "intraday with a time column",
    "Date,Time,Close\n" + "\n".join(f"2021-01-{4 + i // 8:02},{9 + i % 8:02}:30,{A[i]}" for i in range(N)) + "\n",
    "intraday",
)

# A row a date and ticker.
good("long", long(two), two)
good(
    "long by date",
    "Date,Ticker,Close\n"
    + "\n".join(f"{d.date()},{t},{v[i]}" for i, d in enumerate(DAYS) for t, v in two.items())
    + "\n",
    two,
)
for word in (
    "Name",
    "tic",
    "RIC",
    "ISIN",
    "code",
    "ts_code",
    "Symbol",
    "Instrument",
    "Security",
    "stock",
    "coin",
    "unique_id",
    "Company",
    "Index",
    "Gesellschaft",
):
    good(
        f"long with {word}",
        long(two, f"Date,{word},Close"),
        two,
        words=("taken for the ticker",) if word != "Symbol" else (),
    )
good("long with permno", long({"10001": A, "10002": B}, "date,permno,prc"), {"10001": A, "10002": B}, words=("CRSP",))
good(
    "long with a minus for quotes",
    long({"10001": np.where(np.arange(N) == 6, -A, A), "10002": B}, "date,PERMNO,PRC"),
    {"10001": A, "10002": B},
    words=("bid and ask",),
)
rows = [f"10001,{d.strftime('%Y%m%d')},{A[i]},{returns_of(A)[i] or 'C'}" for i, d in enumerate(DAYS)]
good("CRSP returns", "PERMNO,date,PRC,RET\n" + "\n".join(rows) + "\n", {"10001": 100 * A / A[0]}, words=("compounded",))
good("long from melt", long(two, "Date,variable,value"), two, words=("variable",))
melted = [
    f"{d.date()},{t},{f},{v[i]}"
    for t, c in two.items()
    for f, v in ohlcv("open|high|low|close|volume", c).items()
    for i, d in enumerate(DAYS)
]
good(
    "long with a row a field",
    "date,symbol,field,value\n" + "\n".join(melted) + "\n",
    two,
    fields=OHLCV,
    words=("fields",),
)
good(
    "long with a sector",
    "Date,Name,Sector,Close\n"
    + "\n".join(f"{d.date()},{t},Energy,{v[i]}" for t, v in two.items() for i, d in enumerate(DAYS))
    + "\n",
    two,
)
good(
    "long with a currency",
    "Date,Ticker,Currency,Close\n"
    + "\n".join(f"{d.date()},{t},USD,{v[i]}" for t, v in two.items() for i, d in enumerate(DAYS))
    + "\n",
    two,
)
good(
    "long Kaggle",
    "date,open,high,low,close,volume,Name\n"
    + "\n".join(
        f"{d.date()},{bars(c)['open'][i]},{bars(c)['high'][i]},{bars(c)['low'][i]},{c[i]},{VOLUME[i]},{t}"
        for t, c in two.items()
        for i, d in enumerate(DAYS)
    )
    + "\n",
    two,
    fields=OHLCV,
)
sdmx = (
    "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,OBS_STATUS,TITLE\n"
    + "\n".join(
        f"EXR.D.{t}.EUR.SP00.A,D,{t},EUR,SP00,A,{d.date()},{v[i]},A,{t} against euro"
        for t, v in {"USD": FX, "JPY": A}.items()
        for i, d in enumerate(DAYS)
    )
    + "\n"
)
good("SDMX of the ECB", sdmx, {"USD": FX, "JPY": A}, words=("CURRENCY",))
good(
    "ECB data portal",
    table({"TIME PERIOD": [str(d.date()) for d in DAYS], "US dollar/Euro (EXR.D.USD.EUR.SP00.A)": FX}, date="DATE"),
    {"US dollar/Euro (EXR.D.USD.EUR.SP00.A)": FX},
)
RATE = np.round(2 + np.cumsum(np.random.default_rng(8).normal(0, 0.03, N)), 2)
good(
    "FRED",
    table({"DGS10": [*map(str, RATE[:9]), ".", *map(str, RATE[10:])]}, date="observation_date"),
    {"DGS10": np.where(np.arange(N) == 9, np.nan, RATE)},
    words=("rate",),
)
good("FRED old", table({"DGS10": RATE}, date="DATE"), {"DGS10": RATE}, words=("rate",))
fed = "Series Description,One,Two\nUnit:,Currency,Currency\nMultiplier:,1,1\nCurrency:,USD,USD\nUnique Identifier:,H10/A,H10/B\nTime Period,RXI_A,RXI_B\n"
good(
    "Federal Reserve",
    fed + table(two).split("\n", 1)[1].replace(f"2021-01-08,{A[4]}", "2021-01-08,ND"),
    {"RXI_A": np.where(np.arange(N) == 4, np.nan, A), "RXI_B": B},
)
bad(
    "long with two candidates",
    "Date,Alpha,Gamma,Close\n"
    + "\n".join(f"{d.date()},{t},x{t},{v[i]}" for t, v in two.items() for i, d in enumerate(DAYS))
    + "\n",
    "Alpha, Gamma",
    "rename",
)
bad(
    "long without a ticker",
    "Date,Close\n" + "\n".join(f"{d.date()},{v[i]}" for v in two.values() for i, d in enumerate(DAYS)) + "\n",
    "duplicate dates",
    "ticker",
)
bad("long with an empty ticker", long(two).replace("2021-01-12,BETA", "2021-01-12,"), "every row needs its ticker")
bad("long of returns", long({"A": A, "B": B}, "date,ticker,return"), "holds returns")
bad(
    "scenarios",
    "scenario,date,ticker,close\n" + "\n".join(f"0,{d.date()},ACME,{A[i]}" for i, d in enumerate(DAYS)) + "\n",
    "read_scenarios",
)
bad(
    "long with numbers for names",
    long({"101": A, "102": B}, "date,firm,price"),
    "dates repeat",
    "firm",
    "rename it to ticker",
)
bad(
    "wide with a volume of its own",
    table({"ACME": A, "ACME Volume": VOLUME}),
    "ACME Volume looks like the volume of ACME",
)
bad(
    "wide with a high beside",
    table({"ACME": A, "BETA": B, "ACME High": A + 1}),
    "ACME High looks like the high of ACME",
)
bad("two words for a price", table({"Value": A, "Rate": B}), "ambiguous", "Value")
good("letters that are tickers", table({"O": A, "H": B, "L": C, "C": A}), {"O": A, "H": B, "L": C, "C": A})
good("tickers X and Y", table({"X": A, "Y": B}), {"X": A, "Y": B})

# Rows that are not days.
stamped = table(ohlcv("Open|High|Low|Close|Volume"), style="%Y-%m-%d 00:00:00-05:00")
last = stamped.strip().split("\n")[-1]
good(
    "live last row",
    stamped + last.replace("00:00:00-05:00", "16:00:02-05:00") + "\n",
    A,
    fields=OHLCV,
    words=("live price",),
)
bad(
    "live last row that differs",
    stamped + last.replace("00:00:00-05:00", "16:00:02-05:00").replace(str(A[-1]), "7.77") + "\n",
    "live price",
    "drop the row",
)
mixed = (
    "Date,EURUSD,DXF\n"
    + "\n".join(f"{d.date()} 00:00:00,{FX[i]},\n{d.date()} 05:00:00,,{B[i]}" for i, d in enumerate(DAYS))
    + "\n"
)
good("mixed hours", mixed, {"EURUSD": FX, "DXF": B}, words=("without a price",))
bad("the same date twice", table(two) + f"{DAYS[-1].date()},1.5,2.5\n", "duplicate dates")
good(
    "units and names above",
    "Name,Acme Inc,Beta plc\nUnit,USD,USD\nCode,ACME,BETA\n" + table(two).split("\n", 1)[1],
    two,
)

# Workbooks.
sheet: list[list[object]] = [["Security", "ACME US Equity"], ["Currency", "USD"], [], ["Date", "PX_LAST", "PX_VOLUME"]]
sheet += [[DAYS[i], A[i], int(VOLUME[i])] for i in range(N)]
good(
    "Bloomberg workbook",
    workbook(sheet),
    {"ACME US Equity": A},
    fields=frozenset({"volume"}),
    suffix=".xlsx",
    words=("sheet Data",),
)
sheet = [
    ["Exchange Date", "Close", "Open", "Low", "High"],
    *([DAYS[i], A[i], BAR["open"][i], BAR["low"][i], BAR["high"][i]] for i in range(N)),
]
good("Refinitiv workbook", workbook(sheet), A, fields=OHLCV - {"volume"}, suffix=".xlsx")
good(
    "wide workbook",
    workbook([["Date", "ACME", "BETA"], *([DAYS[i], A[i], B[i]] for i in range(N))]),
    two,
    suffix=".xlsx",
)
sheet = [
    ["ACME US Equity", "", "BETA US Equity", ""],
    ["Date", "PX_LAST", "Date", "PX_LAST"],
    *([DAYS[i], A[i], DAYS[i], B[i]] for i in range(N)),
]
good("side by side workbook", workbook(sheet), {"ACME US Equity": A, "BETA US Equity": B}, suffix=".xlsx")
bad("workbook that is none", b"PK\x03\x04 no workbook", "save it as CSV", suffix=".xlsx")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for example in EXAMPLES:
        (folder / example.file).write_bytes(example.data)
