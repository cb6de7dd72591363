"""Reads a page as a test needs it, and checks the limits that every page of an answer keeps."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

MOST_WORDS = 120
"""Before the first picture of a page."""

VOID = {"meta", "img", "br", "link", "wbr", "hr", "input"}
UNSEEN = {"style", "title", "script"}


@dataclass
class Page(HTMLParser):
    """A page that was fed to it.

    Attributes:
        before: words before the first picture.
        alts: texts in the place of pictures.
        loads: addresses of whatever it would load.
        prose: everything that it says outside of ``<code>`` and ``<pre>``.
        open_parts: titles of folded parts that stand open.
        tags: every tag that it holds.
        dates: those outside of ``<time>``, which lines may break.
    """

    before: list[str] = field(default_factory=list)
    alts: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)
    open_parts: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    @classmethod
    def of(cls, text: str) -> Page:
        page = cls()
        page.feed(text)
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        if tag not in VOID:
            self.inside.append(tag)
        if tag == "img":
            self.alts.append(given.get("alt") or "")
        if tag == "details" and "open" in given:
            self.open_parts.append(str(attrs))
        self.loads += [given[name] or "" for name in ("src", "href", "srcset") if name in given]

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if UNSEEN & set(self.inside) or "body" not in self.inside:
            return
        if not self.alts:
            self.before += [word for word in data.split() if re.search(r"\w", word)]
        if not {"code", "pre"} & set(self.inside):
            self.prose.append(data)
            if "time" not in self.inside:
                self.dates += re.findall(r"(?<![\w.-])\d{4}-\d{2}-\d{2}(?![\w.-]*\w)", data)


def check_page(result: Any) -> Page:
    """The page of an answer, checked: few words before the first picture, tiles whose words are their numbers, a
    picture with a text in its place, everything else folded, no flags, no requests, and at the foot how it was made."""
    text, front = result.to_html(), result.front
    page = Page.of(text)
    assert len(page.before) <= MOST_WORDS, f"{len(page.before)} words before the first picture: {page.before}"
    assert 4 <= len(front.tiles) <= 6 and front.verdict and front.chart is not None and front.reading
    assert front.question.endswith("?") and f"<h1>{front.question}" in plain(text)
    assert page.alts and all(alt.strip() for alt in page.alts)
    assert all(load.startswith(("#", "data:image/png;base64,")) for load in page.loads)
    assert not {"script", "link", "iframe"} & set(page.tags)
    prose = " ".join(page.prose)
    assert not re.findall(r"(?<![\w-])--[a-z][\w-]+", prose), "flags of the command line in the prose"
    assert not {"nan", "nan%", "None"} & set(prose.split())
    assert not page.dates, f"dates that lines may break: {page.dates}"
    assert not page.open_parts and "details" in page.tags and "details::details-content" in text  # the latter for print
    foot = text[text.index("<footer>") :]
    assert result.made.moment in foot and re.search(r"(data|prices) [0-9a-f]{16}", foot)
    for matrix in result.matrices:
        assert matrix.rows and all(len(cells) <= len(matrix.columns) for _, cells in matrix.rows), matrix.caption
        assert matrix.caption in plain(text)
    for tile in front.tiles:
        digits = re.search(r"[\d,]+\.?\d*", tile.text)
        assert np.isfinite(tile.value) and digits, tile
        said, scale = float(digits[0].replace(",", "")), 100 if "%" in tile.text else 1
        assert said == pytest.approx(abs(tile.value) * scale, rel=0.06, abs=0.51), tile
    return page


def plain(text: str) -> str:
    """A page whose dates and signs are as they were before it was written."""
    return unescape(text.replace("<time>", "").replace("</time>", ""))
