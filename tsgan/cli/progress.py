"""The progress of a fit, as a bar on a terminal and as a few plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from tsgan.cli.common import Answer
from tsgan.training.progress import Progress

LINE_SECONDS = 10.0
"""Off a terminal, a line at most this often, and one at the end of every phase."""


@contextmanager
def progress_shown(quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """A callback for ``tsgan.fit`` that shows rate, losses and time left on stderr; None where ``quiet``."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        with _bar() as show:
            yield show
    else:
        yield _PlainLines()


def losses(metrics: Mapping[str, float]) -> str:
    """The losses among the metrics, and updates that were skipped; the rest is for ``history.csv``."""
    shown = {name: value for name, value in metrics.items() if "loss" in name or name == "likelihood"}
    skipped = metrics.get("skipped", 0)
    return "  ".join(
        f"{name} {value:.4g}" for name, value in (shown | {"skipped": skipped} if skipped else shown).items()
    )


@contextmanager
def stages_shown(answer: Answer) -> Iterator[Callable[[Any], None]]:
    """A callback for ``tsgan.run``: sentences become notes, the reports of a fit what :func:`progress_shown` shows."""
    with ExitStack() as stack:
        report_to: Callable[[Progress], None] | None = None

        def show(news: Progress | str) -> None:
            nonlocal report_to
            if isinstance(news, str):
                stack.close()  # the bar of a fit ends with it
                report_to = None
                answer.note(news)
                return
            if report_to is None:
                report_to = stack.enter_context(progress_shown(answer.quiet))
            if report_to is not None:
                report_to(news)

        yield show


class _PlainLines:
    def __init__(self) -> None:
        self.phase, self.began, self.last, self.first_step = "", 0.0, 0.0, 0

    def __call__(self, report: Progress) -> None:
        now = time.monotonic()
        if report.phase != self.phase:
            self.phase, self.began, self.last, self.first_step = report.phase, now, now, report.step
        elif report.step < report.total and now - self.last < LINE_SECONDS:
            return
        self.last = now
        line = f"{report.phase}  {report.step}/{report.total}  {losses(report.metrics)}"
        done = report.step - self.first_step
        if done > 0:
            rate = done / max(now - self.began, 1e-9)
            line += f"  {rate:.3g}/s  {(report.total - report.step) / rate:.0f} s left"
        print(line, file=sys.stderr, flush=True)


@contextmanager
def _bar() -> Iterator[Callable[[Progress], None]]:
    from rich import progress as bars
    from rich.console import Console
    from rich.table import Column
    from rich.text import Text

    class Rate(bars.ProgressColumn):
        def render(self, task: Any) -> Text:
            return Text(f"{task.speed:.3g}/s" if task.speed else "", style="dim")

    def whole() -> Column:
        return Column(no_wrap=True)

    # Bar, share and time left stay whole on any terminal; the losses have what room is left.
    left = Column(ratio=1, no_wrap=True, overflow="ellipsis")
    columns = (
        bars.TextColumn("{task.description}", markup=False, table_column=whole()),
        bars.BarColumn(bar_width=14, table_column=whole()),
        bars.TaskProgressColumn(table_column=whole()),
        bars.MofNCompleteColumn(table_column=whole()),
        Rate(table_column=whole()),
        bars.TimeRemainingColumn(elapsed_when_finished=True, table_column=whole()),
        bars.TextColumn("{task.fields[losses]}", style="dim", markup=False, table_column=left),
    )
    with bars.Progress(*columns, console=Console(stderr=True), expand=True) as display:
        tasks: dict[str, bars.TaskID] = {}

        def show(report: Progress) -> None:
            if report.phase not in tasks:
                # A resumed fit begins at a later step; what was done before must not count in the rate.
                tasks[report.phase] = display.add_task(
                    report.phase, total=report.total, completed=report.step, losses=""
                )
            display.update(
                tasks[report.phase], completed=report.step, total=report.total, losses=losses(report.metrics)
            )

        yield show
