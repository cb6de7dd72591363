"""Answers on a terminal of any width: figures in lines, tables that become blocks, the verdict last.

Numbers are never cut and words never broken: what does not fit into a row goes below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.text import Text

    from tsgan.reports.front import Front

COLOURS = {"": "bold", "good": "bold green", "doubt": "bold yellow", "bad": "bold red"}
"""Tone of a verdict -> style."""

INDENT, GAP = "  ", "   "


class Rows:
    """A table where the terminal is wide enough for it, else a block for every row.

    Args:
        caption: above it; words that mean nothing to rich.
        headers, rows: cells are text, with styles or without.
        bold: numbers of the rows that stand out.
        words: how many columns, the first ones, are words: they lie on the left, and head the blocks.
    """

    def __init__(
        self,
        caption: str,
        headers: Sequence[str],
        rows: Iterable[Sequence[str | Text]] = (),
        bold: Sequence[int] = (),
        words: int = 1,
    ) -> None:
        self.caption, self.headers, self.rows = caption, list(headers), [list(row) for row in rows]
        self.bold, self.words = set(bold), words

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Any]:
        table = self._table()
        if console.measure(table, options=options.update(max_width=10_000)).maximum <= options.max_width:
            yield table
        else:
            yield from self._blocks(options.max_width)

    def _table(self) -> Any:
        from rich import box
        from rich.table import Table
        from rich.text import Text

        title = Text(self.caption, style="bold")
        made = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
        for i, header in enumerate(self.headers):
            made.add_column(Text(header), justify="left" if i < self.words else "right", no_wrap=True)
        for i, row in enumerate(self.rows):
            made.add_row(*map(_text, row), style="bold" if i in self.bold else None)
        return made

    def _blocks(self, width: int) -> Iterator[Any]:
        from rich.text import Text

        yield Text(f"\n{self.caption}", style="bold")
        for i, row in enumerate(self.rows):
            cells = [_text(cell) for cell in row]
            yield Text(", ").join(cells[: self.words]) if self.words else Text()
            line = Text(INDENT)
            for header, cell in zip(self.headers[self.words :], cells[self.words :], strict=False):
                if not cell.plain.strip():
                    continue
                pair = Text.assemble((f"{header} " if header else "", "dim"), cell)
                if len(line) > len(INDENT) and len(line) + len(GAP) + len(pair) > width:
                    yield line
                    line = Text(INDENT)
                line = (line + Text(GAP) if len(line) > len(INDENT) else line) + pair
            if i in self.bold:
                line.stylize("bold")
            if line.plain.strip():
                yield line


def figures(front: Front) -> Any:
    """Question and tiles of a first screen, one figure a line, its interval and the rivals' figures behind it."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column()
    for tile in front.tiles:
        told = "; ".join(filter(None, (tile.within, tile.rivals, tile.note)))
        words = Text.assemble(tile.name, (f": {told}" if told else "", "dim"))
        grid.add_row(Text(tile.text, style=COLOURS[tile.tone]), words)
    return Group(Text(front.question, style="bold"), Text(front.about, style="dim"), grid)


def verdict(front: Front) -> Any:
    """Its verdict, with the mark."""
    from rich.console import Group
    from rich.text import Text

    head = Text.assemble((f"{front.mark} ", COLOURS[front.tone]), (front.verdict, COLOURS[front.tone]))
    return Group(head, *(Text(sentence) for sentence in front.answer if sentence))


def _text(cell: str | Text) -> Text:
    from rich.text import Text

    return Text(cell) if isinstance(cell, str) else cell
