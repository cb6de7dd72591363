"""Every notebook of the gallery runs, cell by cell, as plain Python."""

from __future__ import annotations

import warnings

import pytest
from documents import GALLERY, SITE, cells

PAGE_WIDTH = 105
"""Characters of code that a page of the site has room for."""

NEEDS = {"skfolio": "skfolio"}
"""Notebook -> package without which it cannot run."""


@pytest.mark.parametrize("page", GALLERY, ids=lambda page: page.stem)
def test_notebook_runs(page, folder):
    if page.stem in NEEDS:
        pytest.importorskip(NEEDS[page.stem])
    names: dict[str, object] = {"__name__": "__main__"}
    with warnings.catch_warnings():
        warnings.simplefilter("default")  # other people's packages warn of each other; ours are tested elsewhere
        for number, code in enumerate(cells(page)):
            exec(compile(code, f"{page.name}, cell {number}", "exec"), names)


def test_gallery_lists_every_notebook():
    index = (SITE / "gallery" / "index.md").read_text()
    listed = [line for line in index.split("```{toctree}")[1].split("```")[0].splitlines() if line and line[0] != ":"]
    assert sorted(listed) == [page.stem for page in GALLERY]
    assert len(GALLERY) >= 10


@pytest.mark.parametrize("page", GALLERY, ids=lambda page: page.stem)
def test_notebook_is_short(page):
    assert len(page.read_text().splitlines()) < 120
    assert cells(page)
    wide = [line for code in cells(page) for line in code.splitlines() if len(line) > PAGE_WIDTH]
    assert not wide, f"these lines are cut off on the page: {wide}"
