"""``tsgan.explain``: what drives the next volatility, what news would do, and one scenario taken apart."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from tsgan.applications.explain.attribution import Attribution, attribute, sessions_of
from tsgan.applications.explain.decomposition import Decomposition, decompose
from tsgan.applications.explain.news import NewsImpact, news_impact
from tsgan.applications.history import as_of
from tsgan.data.calendars import period_of
from tsgan.data.load import Source
from tsgan.errors import ConfigError, ModelError
from tsgan.fitting import ModelSource, as_model, fit
from tsgan.models.contract import MarketModel
from tsgan.models.dependent.model import without_dependents
from tsgan.models.explainable import Explainable
from tsgan.notebook import shows_progress
from tsgan.reports.doubts import doubts, in_lines
from tsgan.reports.front import Front, Matrix
from tsgan.reports.period import Period
from tsgan.reports.result import Result
from tsgan.runtime import prepare
from tsgan.scenarios.reading import read_scenarios
from tsgan.scenarios.scenarios import Scenarios

PAGE, DOCUMENT, CONTRIBUTIONS = "explain.html", "explain.json", "contributions.csv"

BENCHMARK = "gjr-garch"
"""Name of the model whose response to news is shown beside, as ``tsgan.fit`` takes it."""


@dataclass(frozen=True, eq=False)
class Explanation(Result):
    """Why volatility is what it is, as a model sees it.  Made by :func:`explain`.

    Attributes:
        date: the last day of the history.
        attributions: of every asset, what past days and other assets add to its next volatility.
        news: of every asset, the response to a day of each size: the model's, and that of GJR-GARCH.
        scenario: one scenario taken apart, where that was asked for.
        warnings: what makes the figures doubtful, found in the prices of the model or in these.
        model_hash, data_hash: of the model, and of the history.
    """

    date: str
    attributions: tuple[Attribution, ...] = field(repr=False)
    news: tuple[tuple[NewsImpact, NewsImpact], ...] = field(repr=False)
    scenario: Decomposition | None = field(repr=False)
    warnings: tuple[str, ...] = field(default=(), repr=False)
    model_hash: str = field(default="", repr=False)
    data_hash: str = field(default="", repr=False)

    @property
    def front(self) -> Front:
        """The first screen of the page: the first asset's volatility, and what makes it so."""
        from tsgan.applications.explain.front import front

        return front(self)

    @property
    def matrices(self) -> list[Matrix]:
        """Figures by two headings, such as age x asset, as the page has them."""
        from tsgan.applications.explain.front import matrices

        return matrices(self)

    def summary(self) -> str:
        from tsgan.applications.explain.page import news_words

        words = [sentence for one in self.attributions for sentence in one.words()] + news_words(self.news)
        return "\n".join(in_lines(self.warnings) + words + (self.scenario.words() if self.scenario else []))

    def to_dict(self) -> dict[str, Any]:
        return {
            "date": self.date,
            "warnings": list(self.warnings),
            "assets": [one.to_dict() for one in self.attributions],
            "news": [one.to_dict() for pair in self.news for one in pair],
            "scenario": self.scenario.to_dict() if self.scenario else None,
        }

    @property
    def sheets(self) -> tuple[str, ...]:
        return ("contributions", "news", *(("parts", "days") if self.scenario is not None else ()))

    def to_frame(self, table: str | None = None) -> pd.DataFrame:
        """``contributions`` by default, by date: a column for what each asset's moves add to each asset's volatility.

        Also ``news`` (volatility by size of the day) and, of a scenario, ``parts`` and ``days``.
        """
        tables: dict[str, Callable[[], pd.DataFrame]] = {"contributions": self._contributions, "news": self._responses}
        if self.scenario is not None:
            document = self.scenario.to_dict()
            tables |= {name: lambda name=name: pd.DataFrame(document[name]) for name in ("parts", "days")}
        if (table or "contributions") not in tables:
            raise ConfigError(f"this explanation has no table {table!r}; there are {', '.join(tables)}")
        return tables[table or "contributions"]()

    def render(self) -> str:
        from tsgan.applications.explain import page

        return page.render(self)

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write ``explain.html``, ``explain.json`` and ``contributions.csv``.

        OutputError where they cannot be written, are there and not to be overwritten, or not tsgan's.
        """
        self.write_files(folder, (PAGE, DOCUMENT, CONTRIBUTIONS), overwrite=overwrite, index=True)

    def _contributions(self) -> pd.DataFrame:
        names = [f"{one.asset} from {asset}" for one in self.attributions for asset in one.assets]
        values = [column for one in self.attributions for column in one.parts.T]
        index = pd.Index(self.attributions[0].dates, name="date")
        return pd.DataFrame(dict(zip(names, values, strict=True)), index=index)

    def _responses(self) -> pd.DataFrame:
        return pd.concat(
            pd.DataFrame({"asset": one.asset, "model": one.model, "size": one.sizes, "volatility": one.volatility})
            for pair in self.news
            for one in pair
        ).reset_index(drop=True)


@shows_progress
def explain(
    model: ModelSource,
    prices: Source,
    *,
    date: Any = None,
    scenario: tuple[Scenarios | str | os.PathLike[str], int] | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Explanation:
    """Explain a GAN: which past days drive volatility, and what a day of news would do.

    Assets that move exactly as another have no volatility of their own to explain: they are left out, and ``warnings``
    say which.

    Args:
        model: a fitted model that is :class:`tsgan.models.explainable.Explainable`, as GANs are, or what
            ``tsgan.load_model`` reads.
        prices: the history, as ``tsgan.load_prices`` takes it; read with the model's kinds and bounds.
        date: explain the state after this day, not the last.
        scenario: scenarios, or a table of them, and the number of the one to take apart.
        seed: of the paths behind the decay of news.
        progress: called with one plain sentence as things go; a notebook shows them by itself.

    Raises:
        ModelError: a model that cannot be read or explained, or prices of other tickers.
        DataError: prices that cannot be used, or a date outside of them.
        ConfigError, ScenarioError: a scenario that there is not, or that is not the model's.
    """
    prepare()
    tell = progress or (lambda _: None)
    whole = as_model(model)
    fitted = without_dependents(whole)
    if not isinstance(fitted, Explainable):
        named = "this" if isinstance(model, MarketModel) else os.fspath(model)
        raise ModelError(f"{named} is a {fitted.info.model}; only a gan is explained, beside GJR-GARCH: give one")
    panel = fitted.aligned(whole.aligned(prices))
    known = as_of(panel, date)
    taken_apart = None
    if scenario is not None:
        paths, index = scenario
        tell(f"taking scenario {index} apart")
        paths = paths if isinstance(paths, Scenarios) else read_scenarios(paths)
        taken_apart = decompose(fitted, panel, _of_free(paths, whole, fitted), index)
    tell(f"differentiating volatility through the history up to {known.dates[-1]}")
    found = tuple(attribute(fitted, known, asset) for asset in known.assets)
    tell("following news in the model and in GJR-GARCH")
    benchmark = fit(panel.through(fitted.info.train_end), BENCHMARK, seed=seed)

    period = Period.of(period_of(known.periods_per_year))

    def impact(one: MarketModel, asset: int) -> NewsImpact:
        return news_impact(one, known.moves, asset, sessions_of(known, asset), period=period, seed=seed)

    news = tuple((impact(fitted, asset), impact(benchmark, asset)) for asset in range(len(known.assets)))
    said = doubts(whole.info.warnings, known.warnings)
    return Explanation(str(known.dates[-1]), found, news, taken_apart, said, whole.model_hash, known.data_hash)


def _of_free(paths: Scenarios, whole: MarketModel, free: MarketModel) -> Scenarios:
    """Paths of all assets as paths of the free ones alone; those of other assets as they are, to be refused."""
    if free is whole or set(paths.assets) != set(whole.info.assets):
        return paths
    columns = [paths.assets.index(asset) for asset in free.info.assets]
    own = paths.provenance.get("data_hash") == whole.info.data_hash
    return replace(
        paths,
        assets=free.info.assets,
        kinds=tuple(paths.kinds[i] for i in columns),
        bounds=paths.space.select(columns),
        start_prices=paths.start_prices[columns],
        returns=np.ascontiguousarray(paths.returns[..., columns]),
        bars={},
        provenance={
            **{name: fact for name, fact in paths.provenance.items() if name != "calendars"},
            **({"data_hash": free.info.data_hash} if own else {}),
        },
    )
