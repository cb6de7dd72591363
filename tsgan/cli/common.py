"""Options and answers that the commands share."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from tsgan.cli.guard import spoken_through, to_stderr
from tsgan.cli.pipes import from_stdin
from tsgan.config import CriticName, GANConfig, GeneratorName, Objective, Optimizer, Penalty
from tsgan.errors import ConfigError
from tsgan.reports.result import plain

if TYPE_CHECKING:
    from tsgan.data.panel import Panel

_PRICES = (
    "A CSV or Parquet file, - for stdin, yahoo:SPY,QQQ, or a sample: "
    "sample:nasdaq, sample:sp500, sample:us-indices, sample:volatility, sample:credit; "
    "several with a plus between them."
)
_GAN = "GAN options"


def _choices(literal: Any) -> str:
    return "|".join(get_args(literal))


Prices = Annotated[str, typer.Argument(metavar="PRICES", help=_PRICES, callback=from_stdin)]
Kinds = Annotated[
    list[str] | None,
    typer.Option(
        "--kind",
        metavar="TICKER=KIND",
        help="price, level or rate, with floor and cap as in VIX=level:0 or PD=rate:0:1; may be repeated.",
    ),
]
JoinName = Annotated[
    str | None,
    typer.Option(
        "--join", metavar="inner|outer", help="Dates that all assets have, or that any has; chosen to lose little."
    ),
]
Bars = Annotated[
    bool,
    typer.Option("--bars", help="Model open, high, low and volume as well, where the prices have them."),
]
ScenarioTable = Annotated[
    Path, typer.Argument(metavar="SCENARIOS", help="A .csv or .parquet file or a folder that 'tsgan sample' wrote.")
]
MODEL = "A folder that 'tsgan train' wrote, or bundled:us-indices"
ModelFolder = Annotated[Path, typer.Argument(metavar="MODEL", help=f"{MODEL}.")]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace what tsgan wrote there before; files that it did not write stay."),
]
Seed = Annotated[
    int, typer.Option("--seed", min=0, max=2**32 - 1, help="Same seed, data, options and platform: same result.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")]
Details = Annotated[bool, typer.Option("--details", help="Every table and sentence as well, before the verdict.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout, and nothing else there.")]

Excel = Annotated[
    Path | None,
    typer.Option("--xlsx", metavar="FILE.xlsx", help="Also write every table to a workbook, one sheet each."),
]

Paths = Annotated[int, typer.Option("--paths", metavar="N", min=1, help="How many paths.")]
Horizon = Annotated[int, typer.Option("--horizon", metavar="H", min=1, help="Trading days a path.")]
YearOrHorizon = Annotated[
    int | None,
    typer.Option("--horizon", metavar="H", min=1, help="Periods a path, as of the prices; a year of them by default."),
]
JudgedPaths = Annotated[int, typer.Option("--paths", metavar="N", min=20, help="Paths that the model is judged by.")]

Fitter = Annotated[
    str, typer.Option("--model", help="gan, or gjr-garch, dcc-garch, fhs, stationary-bootstrap, iid-bootstrap, gbm.")
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE.toml", rich_help_panel=_GAN, help="All options as TOML; the command line wins."
    ),
]
Base = Annotated[
    str | None,
    typer.Option(
        "--base",
        metavar="none|2009|...",
        rich_help_panel=_GAN,
        help="The pretrained base to begin from: the newest, a vintage, or none.",
    ),
]
Generator = Annotated[str | None, typer.Option("--generator", metavar=_choices(GeneratorName), rich_help_panel=_GAN)]
Critic = Annotated[str | None, typer.Option("--critic", metavar=_choices(CriticName), rich_help_panel=_GAN)]
ObjectiveName = Annotated[str | None, typer.Option("--objective", metavar=_choices(Objective), rich_help_panel=_GAN)]
PenaltyName = Annotated[str | None, typer.Option("--penalty", metavar=_choices(Penalty), rich_help_panel=_GAN)]
OptimizerName = Annotated[str | None, typer.Option("--optimizer", metavar=_choices(Optimizer), rich_help_panel=_GAN)]
Population = Annotated[
    int | None, typer.Option("--population", metavar="K", rich_help_panel=_GAN, help="Models trained at once.")
]
Steps = Annotated[int | None, typer.Option("--steps", metavar="N", rich_help_panel=_GAN, help="Adversarial steps.")]
Resume = Annotated[bool, typer.Option("--resume", rich_help_panel=_GAN, help="Carry on an interrupted training.")]

GAN_OPTIONS = ("base", "generator", "critic", "objective", "penalty", "optimizer", "population", "steps")


def chosen_model(model: str, config: Path | None, params: Mapping[str, Any]) -> str | GANConfig:
    """What ``tsgan.fit`` is asked for: a baseline's name, or the GAN that ``--config`` and the options describe.

    Raises ConfigError for an unknown name, a wrong value, and GAN options given to a baseline.
    """
    from tsgan.fitting import MODELS

    if model not in MODELS:
        raise ConfigError(f"no model called {model!r}; choose one of {', '.join(MODELS)}")
    overrides = {name: params[name] for name in GAN_OPTIONS if params.get(name) is not None}
    if model == "gan":
        return dataclasses.replace(GANConfig.from_toml(config) if config else GANConfig(), **overrides)
    given = (
        [f"--{name}" for name in overrides] + ["--config"] * bool(config) + ["--resume"] * bool(params.get("resume"))
    )
    if given:
        raise ConfigError(
            f"{', '.join(given)} is for --model gan only; leave it out, or train a gan instead of {model}"
        )
    return model


@dataclass(frozen=True)
class Answer:
    """Where a command's words go: the result to stdout (as text, or as JSON), everything else to stderr."""

    quiet: bool
    as_json: bool

    def give(self, document: Mapping[str, Any], *text: Any) -> None:
        """Print the result: ``document`` under ``--json``, else ``text`` (strings, rich renderables) unless quiet."""
        if self.as_json:
            typer.echo(json.dumps(plain(document), indent=2, allow_nan=False))
        elif not self.quiet:
            from rich.console import Console

            console = Console(highlight=False, markup=False)
            if not console.is_terminal:
                console.width = 160  # a file or a pipe has no width of its own, and 80 columns break tables
            for part in text:
                # Lines of a terminal end between words; those of a file or a pipe are as long as they are.
                console.print(part, soft_wrap=isinstance(part, str) and not console.is_terminal)

    def tell(
        self, result: Any, details: bool, more: Callable[[], Sequence[Any]], *files: Any, xlsx: Path | None = None
    ) -> None:
        """Print an answer with a first screen: ``more`` under ``--details``, then its figures, its verdict, and where
        the rest is.  ``xlsx``, which was checked before, takes its tables."""
        if xlsx is not None:
            result.to_excel(xlsx, overwrite=True)
            files = (*files, f"{xlsx}: every table, one sheet each")
        from tsgan.reports.terminal import figures, verdict

        shown: list[Any] = [*more(), ""] if details and not self.as_json and not self.quiet else []
        front = None if self.as_json or self.quiet else result.front
        shown += [] if front is None else [figures(front), verdict(front)]
        self.give(result.to_dict(), *shown, *files)

    def note(self, message: str) -> None:
        """Say on stderr how things go, unless quiet."""
        if not self.quiet:
            to_stderr("tsgan", message)

    @contextmanager
    def working(self) -> Iterator[Callable[[str], None]]:
        """Yield what takes notes on how things go; on a terminal the latest one has a sign of life and a clock."""
        if self.quiet or not sys.stderr.isatty():
            yield self.note
            return
        from rich import progress as bars
        from rich.console import Console

        columns = (bars.SpinnerColumn(), bars.TextColumn("{task.description}", markup=False), bars.TimeElapsedColumn())
        console = Console(stderr=True, highlight=False)
        with bars.Progress(*columns, console=console, transient=True) as display, spoken_through(console):
            task = display.add_task("starting", total=None)

            def note(message: str) -> None:
                self.note(message)
                display.update(task, description=" ".join(str(message).split())[:50])

            yield note


def check_excel(xlsx: Path | None, overwrite: bool) -> None:
    """Before any work, whether a workbook can be written there."""
    from tsgan.reports.excel import check_workbook

    if xlsx is not None:
        check_workbook(xlsx, overwrite)


def read_prices(
    prices: str, answer: Answer, kinds: list[str] | None, join: str | None, min_days: int | None = None
) -> Panel:
    """Prices to fit a model to, of so many days at least; says what loading found and did."""
    from tsgan.data.load import load_prices

    panel = load_prices(prices, **price_options(kinds, join), min_days=min_days)
    for line in panel.notes:
        answer.note(line)
    return panel


def price_options(kinds: list[str] | None, join: str | None) -> dict[str, Any]:
    """``--kind`` and ``--join`` as arguments of ``load_prices``; DataError where they cannot be read."""
    from tsgan.data.kinds import parse_kind

    parsed = [parse_kind(text) for text in kinds or ()]
    return {
        "kinds": {ticker: kind for ticker, kind, _ in parsed} or None,
        "bounds": {ticker: bounds for ticker, _, bounds in parsed if bounds is not None} or None,
        "join": join,
    }
