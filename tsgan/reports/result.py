"""What every verb gives: a result that sums itself up, and becomes a table, JSON or a page in the same few ways."""

from __future__ import annotations

import json
import math
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from tsgan.files import atomic_path
from tsgan.formulas import write_csv
from tsgan.owned import check_free
from tsgan.reports.folder import ReportFolder
from tsgan.reports.made import Made

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


class Result(ABC):
    """The answer of a verb such as :func:`tsgan.stress`: frozen, and all that the command line prints or writes.

    Subclasses supply four things: :meth:`summary`, :meth:`to_dict`, :meth:`to_frame` and :meth:`render`.
    """

    @cached_property
    def made(self) -> Made:
        """When this was made, and by which command: what the foot of its page says, however often it is drawn."""
        return Made.now()

    def __post_init__(self) -> None:
        _ = self.made  # now, and not when the page is drawn

    @abstractmethod
    def summary(self) -> str:
        """The answer in plain sentences, one a line."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Everything but the paths; arrays, dates and numpy numbers are allowed, :meth:`to_json` makes them plain."""

    @abstractmethod
    def to_frame(self, table: str | None = None) -> pd.DataFrame:
        """The main table, tidy, or the one called ``table``; ConfigError lists the names of those that there are."""

    @property
    def sheets(self) -> tuple[str, ...]:
        """Names of its tables, the main one first: those that :meth:`to_excel` writes."""
        return ()

    @abstractmethod
    def render(self) -> str:
        """One self-contained HTML page."""

    def to_arrow(self, table: str | None = None) -> pa.Table:
        """:meth:`to_frame` as an Arrow table, which ``polars.from_arrow`` takes as it is."""
        import pyarrow

        frame = self.to_frame(table)
        return pyarrow.Table.from_pandas(frame.reset_index() if any(frame.index.names) else frame, preserve_index=False)

    @overload
    def to_json(self, file: None = None, *, overwrite: bool = False) -> str: ...
    @overload
    def to_json(self, file: str | os.PathLike[str], *, overwrite: bool = False) -> None: ...
    def to_json(self, file: str | os.PathLike[str] | None = None, *, overwrite: bool = False) -> str | None:
        """:meth:`to_dict` as JSON: returned, or written to ``file``.

        OutputError where that cannot be written, or exists and is not to be overwritten.
        """
        text = json.dumps(plain(self.to_dict()), indent=2, allow_nan=False, ensure_ascii=False) + "\n"
        return text if file is None else _write(text, file, overwrite)

    @overload
    def to_html(self, file: None = None, *, overwrite: bool = False) -> str: ...
    @overload
    def to_html(self, file: str | os.PathLike[str], *, overwrite: bool = False) -> None: ...
    def to_html(self, file: str | os.PathLike[str] | None = None, *, overwrite: bool = False) -> str | None:
        """:meth:`render`: returned, or written to ``file``.

        OutputError where that cannot be written, or exists and is not to be overwritten.
        """
        if file is not None:
            check_free(file, overwrite)  # before the page is drawn
        page = self.render()
        return page if file is None else _write(page, file, overwrite)

    def to_excel(self, file: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write every table to an Excel workbook, one sheet each (``pip install 'tsgan[excel]'``).

        ConfigError without openpyxl, OutputError where the file exists and is not to be overwritten.
        """
        from tsgan.reports.excel import write_workbook

        tables = {name: self.to_frame(name) for name in self.sheets} or {"table": self.to_frame()}
        write_workbook(tables, file, overwrite=overwrite)

    def write_files(
        self, folder: str | os.PathLike[str], names: tuple[str, str, str], *, overwrite: bool, index: bool = False
    ) -> None:
        """Write page, JSON and one table to files of these ``names``; the table is the one that its file is called
        after, with its index or without.  OutputError as :class:`tsgan.reports.folder.ReportFolder` says."""
        page, document, table = names
        with ReportFolder(folder, overwrite).together(names) as place:
            (place / page).write_text(self.render(), encoding="utf-8")
            (place / document).write_text(self.to_json(), encoding="utf-8")
            write_csv(self.to_frame(Path(table).stem), place / table, index=index)

    def _repr_html_(self) -> str:
        """What a notebook shows: the summary.  ``to_html`` has the page."""
        lines = "".join(f"<p>{escape(line)}</p>" for line in self.summary().splitlines() if line.strip())
        return f"<div><p><strong>{escape(type(self).__name__)}</strong></p>{lines}</div>"


def plain(value: Any) -> Any:
    """``value`` with everything that JSON lacks made plain: paths and dates as text, numpy numbers, NaN as null."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(v) for v in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int) else str(value)


def _write(text: str, file: str | os.PathLike[str], overwrite: bool) -> None:
    check_free(file, overwrite)
    with atomic_path(file) as temporary:
        temporary.write_text(text, encoding="utf-8")
