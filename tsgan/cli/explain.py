"""``tsgan explain``: what drives tomorrow's volatility, what news would do, and one scenario taken apart."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.cli.outputs import check_file, write_json
from tsgan.errors import ConfigError, ModelError
from tsgan.runtime import prepare

PAGE, DOCUMENT, DAYS = "explain.html", "explain.json", "contributions.csv"


def explain(
    model: common.ModelFolder,
    prices: common.Prices,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=f"Folder for {PAGE}, {DOCUMENT} and {DAYS}.")],
    date: Annotated[
        datetime | None,
        typer.Option("--date", metavar="DATE", formats=["%Y-%m-%d"], help="Explain the state after this day."),
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option("--scenario", metavar="FILE:INDEX", help="Also take this scenario of a table apart."),
    ] = None,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Explain a GAN: which past days drive volatility, and what a day of news would do."""
    answer = Answer(quiet, json)
    for name in (PAGE, DOCUMENT, DAYS):
        check_file(out / name)
    chosen = None if scenario is None else _scenario(scenario)
    prepare()
    import pandas as pd

    import tsgan
    from tsgan.applications.explain import page
    from tsgan.applications.explain.attribution import attribute
    from tsgan.applications.explain.news import NewsImpact, news_impact
    from tsgan.applications.explain.story import tell
    from tsgan.applications.history import as_of
    from tsgan.data.load import load_as
    from tsgan.files import atomic_path
    from tsgan.models.contract import MarketModel
    from tsgan.models.gan.model import GAN
    from tsgan.reports.page import write

    fitted = tsgan.load_model(model)
    if not isinstance(fitted, GAN):
        raise ModelError(f"{model} is a {fitted.info.model}; only a gan is explained, beside GJR-GARCH: give one")
    panel = fitted.aligned(load_as(prices, fitted.info.space))
    known = as_of(panel, date)
    story = None
    if chosen is not None:
        answer.note(f"taking scenario {chosen[1]} apart")
        story = tell(fitted, panel, tsgan.read_scenarios(chosen[0]), chosen[1])
    answer.note(f"differentiating volatility through the history up to {known.dates[-1]}")
    found = [attribute(fitted, known, asset) for asset in known.assets]
    answer.note("following news in the model and in GJR-GARCH")
    garch = tsgan.fit(panel.through(fitted.info.train_end), "gjr-garch", seed=seed)

    def impact(one: MarketModel, asset: int) -> NewsImpact:
        return news_impact(one, known.moves, asset, known.periods_per_year, seed=seed)

    news = [(impact(fitted, asset), impact(garch, asset)) for asset in range(len(known.assets))]
    document = {
        "date": known.dates[-1],
        "assets": [one.to_dict() for one in found],
        "news": [one.to_dict() for pair in news for one in pair],
        "scenario": story.to_dict() if story else None,
    }
    write(page.render(found, news, known, story), out / PAGE)
    write_json(document, out / DOCUMENT)
    names = [f"{one.asset} from {asset}" for one in found for asset in one.assets]
    values = [column for one in found for column in one.parts.T]
    with atomic_path(out / DAYS) as file:
        pd.DataFrame(dict(zip(names, values, strict=True)), index=pd.Index(found[0].dates, name="date")).to_csv(file)
    words = [sentence for one in found for sentence in one.words()] + page.news_words(news)
    answer.give(document, "\n".join(words + (story.words() if story else [])), f"\n{out / PAGE}: open it in a browser")


def _scenario(text: str) -> tuple[str, int]:
    """``paths.csv:17`` as (``paths.csv``, 17)."""
    file, _, index = text.rpartition(":")
    if not file or not index.isdecimal():
        raise ConfigError(f"{text!r} names no scenario; write FILE:INDEX, for example --scenario paths.parquet:17")
    return file, int(index)
