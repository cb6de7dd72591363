"""All commands that write, each over its own earlier output, with what their readers see; and what they work on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import tsgan
from faults.harness import content, replaced
from faults.harness import tsgan as command
from tsgan.errors import TsganError
from tsgan.reports.folder import ReportFolder
from tsgan.scenarios.blocks import write_blocks

Action = Callable[[], object]


@dataclass(frozen=True)
class Case:
    """A command that writes over its own earlier output.

    Attributes:
        name: what the report calls it.
        act: (folder, generation) -> what writes generation 0 or 1 of the output into a folder.
        read: what the reader of the output sees, to be compared; may raise TsganError.
        prepare: makes what the command needs beside it.
        foreign: a file of somebody else's in the output, or None.
    """

    name: str
    act: Callable[[Path, int], Action]
    read: Callable[[Path], Any]
    prepare: Callable[[Path], None] = lambda folder: None
    foreign: str | None = None


class World:
    """Inputs that all cases share, in a folder of their own: prices, models, paths, a scorecard."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        days = np.busday_offset("2016-01-04", np.arange(700), roll="forward")
        draw = np.random.default_rng(5)
        closes = 100 * np.exp(np.cumsum(draw.normal(0, 0.01, (700, 2)), axis=0))
        self.prices = folder / "prices.csv"
        pd.DataFrame({"date": days, "AAA": closes[:, 0], "BBB": closes[:, 1]}).to_csv(self.prices, index=False)
        self.model = folder / "model"
        fitted = tsgan.fit(tsgan.load_prices(self.prices).before("2018-01-01"), "gbm")
        fitted.save(self.model)
        self.paths = folder / "paths.parquet"
        fitted.sample(3, 5, seed=3).to_parquet(self.paths)
        self.fitted = fitted
        self._made: dict[str, Any] = {}

    def made(self, name: str, make: Callable[[], Any]) -> Any:
        """A result of a verb and its page, made once: what writes them is tried here, and not what makes them."""
        if name not in self._made:
            result = make()
            page = result.render()
            object.__setattr__(result, "render", lambda: page)
            self._made[name] = result
        return self._made[name]

    @property
    def cards(self) -> tuple[Any, ...]:
        """Two scorecards."""

        def card(paths: int) -> Callable[[], Any]:
            return lambda: tsgan.evaluate(self.fitted, str(self.prices), baselines=(), paths=paths, draws=200)

        return self.made("card 0", card(20)), self.made("card 1", card(21))


def scenarios_of(path: Path) -> tuple[Any, ...]:
    """What a reader of a table or a folder of scenarios sees."""
    found = tsgan.read_scenarios(path)
    return found.assets, found.provenance["seed"], found.returns.tobytes()


def model_of(folder: Path) -> tuple[Any, ...]:
    found = tsgan.load_model(folder)
    return found.model_hash, found.info.train_end


def run_of(folder: Path) -> tuple[Any, ...]:
    told = json.loads((folder / "run.json").read_text())
    seen = content(folder, "run.json", "files.json")
    tables = scenarios_of(folder / "scenarios.parquet"), scenarios_of(folder / "scenarios_sample.csv")
    return (
        told["finished"],
        told["seed"],
        seen,
        tables,
        model_of(folder / "model"),
        model_of(folder / "model_evaluated"),
    )


def cases(world: World) -> list[Case]:
    """All commands that write."""

    def sample(name: str, **more: Any) -> Case:
        def act(folder: Path, seed: int) -> Action:
            words = ("sample", world.model, "--paths", 30, "--horizon", 4, "--seed", seed, "--quiet")
            return command(*words, "--out", folder / name, "--overwrite")

        return Case(f"sample {name}", act, lambda folder: scenarios_of(folder / name), **more)

    def linked(folder: Path) -> None:
        (folder / "elsewhere").mkdir()
        (folder / "linked.csv").symlink_to(folder / "elsewhere" / "p.csv")

    def blocks(folder: Path, seed: int) -> Action:
        def act() -> None:
            chunks = tsgan.sample_chunks(world.fitted, 30, 4, seed=seed)
            write_blocks(chunks, folder / "blocks", 8, overwrite=True)

        return act

    def saved(name: str, make: Callable[[int], Any], **options: Callable[[int], Any]) -> Callable[[Path, int], Action]:
        """The files of a result, which is made before anything is killed."""

        def act(folder: Path, number: int) -> Action:
            result = world.made(f"{name} {number}", lambda: make(number))
            more = {option: value(number) for option, value in options.items()}
            return lambda: result.save(folder / "out", overwrite=True, **more)

        return act

    def out(folder: Path) -> dict[str, str]:
        return content(folder / "out", "files.json", "notes.txt")

    def stress(number: int) -> Any:
        return tsgan.stress(world.fitted, n_paths=200, horizon=5, seed=number)

    def forecast(number: int) -> Any:
        return tsgan.forecast(world.fitted, str(world.prices), horizon=5, n_paths=100, draws=0, seed=number)

    def evaluate(folder: Path, number: int) -> Action:
        card = world.cards[number]

        def act() -> None:
            from tsgan.evaluation.card import write_model_card

            card.save(folder / "out", overwrite=True)
            write_model_card(card, world.fitted.info, folder / "judged")

        return act

    def judged(folder: Path) -> None:
        world.fitted.save(folder / "judged")

    def evaluated(folder: Path) -> tuple[Any, ...]:
        model_of(folder / "judged")
        return tuple(content(folder / "out", "files.json").items())

    def run(folder: Path, seed: int) -> Action:
        card = world.cards[seed]

        def act() -> None:
            from tsgan.applications.pipeline import run as module

            assert module
            with replaced("tsgan.applications.pipeline.run", "evaluate", lambda *_, **__: card):
                tsgan.run(
                    str(world.prices), folder / "out", model="gbm", n_paths=20, horizon=4, seed=seed, overwrite=True
                )

        return act

    def checkpoint(folder: Path, number: int) -> Action:
        from tsgan.training.checkpoint import save_arrays

        return lambda: save_arrays(folder / "state.safetensors", {"a": np.arange(4.0) + number}, {"step": number})

    def state(folder: Path) -> Any:
        from tsgan.training.checkpoint import read_checkpoint

        arrays, facts = read_checkpoint(folder / "state.safetensors")
        return facts, arrays["a"].tolist()

    def page(folder: Path, number: int) -> Action:
        card = world.cards[number]
        return lambda: card.to_html(folder / "page.html", overwrite=True)

    def feed(folder: Path, number: int) -> Action:
        words = ("feed", world.paths, "--engine", "backtesting", "--symbol-prefix", ("SYN", "GEN")[number])
        return command(*words, "--out", folder / "feed", "--overwrite", "--quiet")

    def train(folder: Path, number: int) -> Action:
        until = ("2017-06-30", "2018-01-31")[number]
        words = ("train", world.prices, "--model", "gbm", "--until", until, "--out", folder / "m")
        return command(*words, "--overwrite", "--quiet")

    def fetch(folder: Path, number: int) -> Action:
        def ask(ticker: str, start: str, end: str) -> tuple[pd.DataFrame, dict[str, Any]]:
            days = pd.bdate_range("2020-01-01", periods=60)
            names = ("Open", "High", "Low", "Close", "Volume")
            closes = 100.0 + number + np.arange(60) / 10
            return pd.DataFrame({name: closes for name in names}, days), {"currency": "USD"}

        start = ("2019-12-15", "2019-12-01")[number]  # further back than what is cached, so that it is asked for

        def act() -> None:
            options: dict[str, Any] = {"history": ask, "folder": folder / "cache", "offline": False}
            tsgan.fetch("AAA", folder / "f.csv", start=start, overwrite=True, **options)

        return act

    def fetched(folder: Path) -> bytes:
        """The table; what is cached may be of the other fetch, and is whole."""
        options: dict[str, Any] = {"folder": folder / "cache", "offline": True, "min_days": 2}
        closes = tsgan.fetch("AAA", None, start="2020-01-01", **options).prices[:, 0]
        assert any(np.allclose(closes, 100.0 + number + np.arange(60) / 10) for number in (0, 1)), closes
        return (folder / "f.csv").read_bytes()

    def texts(folder: Path, number: int) -> Action:
        """The same without a model: names that a set has, and one that it had."""
        made = {0: ("a.html", "b.csv", "gone.csv"), 1: ("a.html", "b.csv", "come.csv")}[number]

        def act() -> None:
            with ReportFolder(folder / "out", overwrite=True).together(made) as place:
                for name in made:
                    (place / name).write_text(f"{name} {number}")

        return act

    def with_foreign(folder: Path) -> None:
        (folder / "out").mkdir()
        (folder / "out" / "notes.txt").write_text("precious")

    return [
        Case("train", train, lambda folder: model_of(folder / "m")),
        sample("p.csv"),
        sample("p.parquet"),
        sample("linked.csv", prepare=linked),
        Case("sample blocks", blocks, lambda folder: scenarios_of(folder / "blocks")),
        Case("feed", feed, lambda folder: content(folder / "feed")),
        Case("stress", saved("stress", stress, paths=lambda number: number == 0), out),
        Case("forecast", saved("forecast", forecast), out),
        Case("evaluate", evaluate, evaluated, judged),
        Case("run", run, lambda folder: run_of(folder / "out")),
        Case("state of a training", checkpoint, state),
        Case("a page", page, lambda folder: content(folder)),
        Case("fetch", fetch, fetched),
        Case("stress beside files of others", saved("stress", stress), out, with_foreign, "out/notes.txt"),
        Case("texts beside files of others", texts, out, with_foreign, "out/notes.txt"),
    ]


def seen_by_reader(case: Case, folder: Path) -> Any:
    """What the reader sees; the error where it refuses."""
    try:
        return case.read(folder)
    except (TsganError, OSError) as error:
        return f"{type(error).__name__}: {error}"
