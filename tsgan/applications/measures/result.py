"""The figures of a set of paths."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from tsgan.applications.portfolio import Book
from tsgan.applications.stress.measures import Row
from tsgan.errors import ConfigError
from tsgan.formulas import write_csv
from tsgan.reports import page
from tsgan.reports.folder import ReportFolder
from tsgan.reports.numbers import number, percent
from tsgan.reports.result import Result

PAGE, DOCUMENT = "measures.html", "measures.json"


@dataclass(frozen=True, eq=False)
class Measures(Result):
    """What a set of paths says of a portfolio and of its assets.  Made by :func:`tsgan.measure`.

    Attributes:
        source: what drew the paths.
        book: the portfolio at the start.
        start: the day on which the paths start, as text.
        n_paths, horizon: of the set.
        tables: ``risk``, ``components``, ``losses``, ``drawdowns`` as of a stress test, ``sharpe``, and ``facts`` where
            they were asked for; JSON-ready rows.
        provenance: of the paths.
    """

    source: str
    book: Book = field(repr=False)
    start: str
    n_paths: int
    horizon: int
    tables: dict[str, list[Row]] = field(repr=False)
    provenance: dict[str, Any] = field(repr=False)

    def summary(self) -> str:
        last = [row for row in self.tables["risk"] if row["level"] == 0.99][-1]
        lost = self.tables["losses"][0]
        middle = next(row for row in self.tables["sharpe"] if row["quantile"] == 0.5)
        return "\n".join(
            [
                f"{self.n_paths:,} paths of {self.horizon} steps from {self.start}, of {self.source}.",
                f"Over {last['days']} steps the portfolio loses more than {percent(last['var'])} of its capital in one "
                f"path of a hundred, and {percent(last['es'])} on average of those.",
                f"It ends more than {percent(lost['loss'])} down in {percent(lost['at_end'])} of the paths.",
                f"Half of its Sharpe ratios a year are above {number(middle['sharpe'])}.",
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "start": self.start,
            "paths": self.n_paths,
            "horizon": self.horizon,
            "portfolio": dict(zip(self.book.assets, self.book.portfolio.sizes.tolist(), strict=True)),
            "unit": self.book.portfolio.unit,
            "capital": self.book.capital,
            **self.tables,
            "provenance": self.provenance,
        }

    def to_frame(self, table: str | None = None) -> pd.DataFrame:
        """``risk`` by default, or any other of ``tables``."""
        if (table or "risk") not in self.tables:
            raise ConfigError(f"there is no table {table!r}; there are {', '.join(self.tables)}")
        return pd.DataFrame(self.tables[table or "risk"])

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write ``measures.html``, ``measures.json`` and every table as CSV.

        OutputError where they cannot be written, are there and not to be overwritten, or not tsgan's.
        """
        tables = {f"{name}.csv": rows for name, rows in self.tables.items() if rows}
        with ReportFolder(folder, overwrite).together((PAGE, DOCUMENT, *tables)) as place:
            (place / PAGE).write_text(self.render(), encoding="utf-8")
            (place / DOCUMENT).write_text(self.to_json(), encoding="utf-8")
            for name, rows in tables.items():
                write_csv(pd.DataFrame(rows), place / name)

    def render(self) -> str:
        origin = [("model", str(self.provenance.get("model_hash", "")))]
        tables = [(name, list(rows[0]), [_cells(row) for row in rows]) for name, rows in self.tables.items() if rows]
        return page.render(
            "measures.html.j2", "tsgan.applications.measures", found=self, tables=tables, made=self.made, origin=origin
        )


def _cells(row: Row) -> list[str]:
    """A row as text."""
    return [value if isinstance(value, str) else "-" if value is None else number(value) for value in row.values()]
