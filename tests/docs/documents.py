"""Code in the documents: fenced blocks, cells of notebooks, and command lines."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parents[2]
SITE = ROOT / "scripts" / "site"
GALLERY = sorted(page for page in (SITE / "gallery").glob("*.md") if page.stem != "index")
FENCE = re.compile(r"^```(\{code-cell\}|[a-z]+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CELL_OPTIONS = re.compile(r"\A(:[^\n]*\n)+")


def blocks(page: Path, kind: str) -> list[str]:
    """The fenced blocks of a page that are marked ``kind``: ``sh``, ``python``."""
    return [text for found, text in FENCE.findall(page.read_text()) if found == kind]


def cells(page: Path) -> list[str]:
    """The code of a notebook, cell by cell."""
    return [CELL_OPTIONS.sub("", text) for text in blocks(page, "{code-cell}")]


def commands(page: Path) -> list[list[str]]:
    """Words of every line of the page's ``sh`` blocks, comments left out and continued lines joined."""
    lines = "\n".join(blocks(page, "sh")).replace("\\\n", " ").splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]
