"""The site's guides: every command line in them is one that the command line understands."""

from __future__ import annotations

from typing import Any

import pytest
import typer
from documents import SITE, commands

from tsgan.cli.main import app

GUIDES = sorted((SITE / "guides").glob("*.md"))
OTHERS = ("./scripts/", ".venv/bin/python", "printf", "echo", "zipline", "source")
"""First words of lines that are not tsgan's."""

COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_commands_are_understood(page):
    for words in commands(page):
        if words[0].startswith(OTHERS):
            continue
        assert words[0] == "tsgan", f"{page.name}: {' '.join(words)}"
        command = COMMANDS[words[1]]
        context = command.make_context(words[1], words[2:])
        assert context.params, f"{page.name}: {' '.join(words)}"


def test_a_wrong_option_is_noticed():
    with pytest.raises(Exception, match="no-such-option"):
        COMMANDS["sample"].make_context("sample", ["models/spx", "--no-such-option"])


def test_every_guide_is_listed():
    index = (SITE / "guides" / "index.md").read_text()
    assert {page.stem for page in GUIDES} - {"index"} <= set(index.split())
