"""What answers call their tables are tables; without openpyxl the option says what to install."""

from __future__ import annotations

import importlib.util

import pytest

import tsgan
from tsgan.errors import ConfigError
from tsgan.reports import excel


def test_sheets_are_tables(fitted, indices):
    found = tsgan.stress(fitted("gbm"), history=indices.through("2015-12-31"), n_paths=200, horizon=10)
    assert found.sheets[0] == "risk" and all(len(found.to_frame(name)) for name in found.sheets)


def test_without_openpyxl(monkeypatch, tmp_path):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "openpyxl" else real(name, *a))
    with pytest.raises(ConfigError, match=r"tsgan\[excel\]"):
        excel.check_workbook(tmp_path / "t.xlsx", False)
