"""Tables of answers as workbooks: one sheet each, numbers as numbers, texts never computed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.errors import ConfigError, OutputError
from tsgan.reports import excel

openpyxl = pytest.importorskip("openpyxl")


def test_cells_are_what_the_table_holds(tmp_path):
    table = pd.DataFrame(
        {
            "text": ["=1+1", "-3", "@x", "plain", None],
            "number": [1.5, np.nan, np.inf, -2.0, 0.0],
            "count": np.arange(5),
            "date": pd.date_range("2020-01-01", periods=5),
            "flag": [True, False, True, False, True],
        }
    )
    excel.write_workbook({"a table with a name that is far too long: [1]": table}, tmp_path / "t.xlsx")
    (sheet,) = openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets
    assert len(sheet.title) == 31 and ":" not in sheet.title
    rows = list(sheet.values)
    assert rows[0] == tuple(table.columns)
    assert [row[0] for row in rows[1:]] == ["=1+1", "-3", "@x", "plain", None]
    assert [row[1] for row in rows[1:]] == [1.5, None, "inf", -2, 0] and rows[2][2] == 1
    assert str(rows[1][3]) == "2020-01-01 00:00:00" and rows[1][4] is True
    assert sheet["A2"].data_type == "s" and sheet["A2"].quotePrefix and not sheet["A5"].quotePrefix
    with pytest.raises(OutputError):
        excel.write_workbook({"t": table}, tmp_path / "t.xlsx")
    with pytest.raises(ConfigError, match=r"\.xlsx"):
        excel.write_workbook({"t": table}, tmp_path / "t.csv")


def test_too_many_rows_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(excel, "MOST_ROWS", 3)
    with pytest.raises(ConfigError, match="4 rows"):
        excel.write_workbook({"t": pd.DataFrame({"a": range(4)})}, tmp_path / "t.xlsx")
    assert not (tmp_path / "t.xlsx").exists()


def test_every_sheet_is_a_table_of_the_answer(fitted, indices, tmp_path):
    history = indices.through("2015-12-31")
    for found in (
        tsgan.forecast(fitted("gbm"), history, n_paths=50, draws=0, levels={"SPX": 2600.0}),
        tsgan.stress(fitted("gbm"), history=history, n_paths=200, horizon=10),
        tsgan.inspect(history),
    ):
        file = tmp_path / f"{type(found).__name__}.xlsx"
        found.to_excel(file)
        book = openpyxl.load_workbook(file)
        assert book.sheetnames == list(found.sheets)
        for name in found.sheets:
            assert len(list(book[name].values)) == 1 + len(found.to_frame(name))
