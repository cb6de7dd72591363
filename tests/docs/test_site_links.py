"""The check that the site's build ends with: a link to a page or an anchor that is not there is noticed."""

from __future__ import annotations

import sys

import pytest
from documents import SITE


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(SITE))
    sys.modules.pop("links", None)
    from links import broken

    return broken


def test_links_that_lead_nowhere_are_found(broken, tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.html").write_text('<h1 id="top">B</h1><a href="../a.html#fact%208">to A</a><a href="#top">')
    (tmp_path / "style.css").write_text("")
    whole = '<p id="fact 8">A</p><link href="style.css?v=1"><a href="deep/b.html#top">B</a><a href="https://x.org/y">'
    (tmp_path / "a.html").write_text(whole)
    assert broken(tmp_path) == []
    (tmp_path / "a.html").write_text(whole + '<a href="deep/b.html#gone">B</a><img src="c.png">')
    assert broken(tmp_path) == ["a.html: c.png", "a.html: deep/b.html#gone"]
