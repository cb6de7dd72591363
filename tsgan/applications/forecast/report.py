"""``tsgan.forecast``: a fan chart, and how good such fans were on dates that the model had not seen."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from tsgan.applications.forecast import words
from tsgan.applications.forecast.backtest import DRAWS, HORIZONS, TABLES, ForecastBacktest, backtest_forecasts
from tsgan.applications.forecast.fan import FanChart, Levels, fan_chart
from tsgan.applications.history import as_of
from tsgan.data.load import Source
from tsgan.data.panel import Panel
from tsgan.errors import ConfigError, DataError
from tsgan.fitting import ModelSource, as_model
from tsgan.notebook import shows_progress
from tsgan.reports.doubts import doubts, in_lines
from tsgan.reports.front import Front, Matrix
from tsgan.reports.result import Result
from tsgan.runtime import prepare

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PAGE, DOCUMENT, QUANTILES = "forecast.html", "forecast.json", "quantiles.csv"

SEEN = (
    "NOT JUDGED. The model has seen all of these prices, so nothing shows how good its forecasts are. A backtest of a "
    "model fitted on earlier dates, such as model_evaluated of 'tsgan run', would."
)
NOT_ASKED = "NOT JUDGED. No backtest was asked for."


@dataclass(frozen=True, eq=False)
class ForecastReport(Result):
    """What may come, and whether such forecasts were any good.  Made by :func:`forecast`.

    Attributes:
        fan: quantiles by day, expected ranges, odds of levels.
        test: the rolling backtest, or None.
        unjudged: why there is no backtest, where there is none.
        history: the prices, those after the forecast's date included.
        warnings: what makes the figures doubtful, found in the prices of the model or in these.
        model_hash: of the model that drew the fan.
    """

    fan: FanChart
    test: ForecastBacktest | None
    unjudged: str | None
    history: Panel = field(repr=False)
    warnings: tuple[str, ...] = field(default=(), repr=False)
    model_hash: str = field(default="", repr=False)

    @property
    def front(self) -> Front:
        """The first screen of the page: what was asked, answered in figures."""
        from tsgan.applications.forecast.front import front

        return front(self)

    @property
    def matrices(self) -> list[Matrix]:
        """Figures by two headings, such as horizon x asset, as the page has them."""
        from tsgan.applications.forecast.matrices import matrices

        return matrices(self)

    @property
    def outlook(self) -> list[str]:
        """Where prices and volatility may go, in sentences."""
        return in_lines(self.warnings) + words.outlook(self.fan)

    @property
    def verdict(self) -> list[str]:
        """What could be foreseen and what not, in sentences; or why that is not known."""
        return words.predictable(self.test) if self.test else [self.unjudged or SEEN]

    def summary(self) -> str:
        return "\n".join(self.outlook + self.verdict)

    def to_dict(self) -> dict[str, Any]:
        told = {"period": self.fan.period.one, "warnings": list(self.warnings)}
        return self.fan.to_dict() | told | {"backtest": self.test.to_dict() if self.test else None}

    @property
    def sheets(self) -> tuple[str, ...]:
        return ("quantiles", "ranges", *(("levels",) if self.fan.levels else ()), *(TABLES if self.test else ()))

    def to_frame(self, table: str | None = None) -> pd.DataFrame:
        """``quantiles`` by default; also ``ranges``, ``levels``, and of a backtest ``coverage``, ``accuracy``,
        ``comparisons``."""
        tables = {"quantiles": self.fan.rows(), "ranges": self.fan.ranges, "levels": self.fan.levels}
        tables |= {name: self.test.tables[name] for name in TABLES} if self.test else {}
        if (table or "quantiles") not in tables:
            raise ConfigError(f"this forecast has no table {table!r}; there are {', '.join(tables)}")
        return pd.DataFrame(tables[table or "quantiles"])

    def render(self) -> str:
        from tsgan.applications.forecast import page

        return page.render(self)

    def plot(self, asset: str | None = None, axes: Axes | None = None) -> Axes:
        """The fan of one asset, the first by default, after the last days of its history; on ``axes`` or on new ones.

        Raises ConfigError for an unknown asset.
        """
        from tsgan.applications.forecast.plots import draw_fan
        from tsgan.reports.canvas import canvas, style, text

        asset = asset or self.fan.assets[0]
        if asset not in self.fan.assets:
            raise ConfigError(f"no {asset} to draw; there are {', '.join(self.fan.assets)}")
        axes = canvas()[1] if axes is None else axes
        style(axes)
        draw_fan(axes, self.fan, self.history, self.fan.assets.index(asset))
        axes.set_title(text(asset), loc="left", fontsize=9.5)
        return axes

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write ``forecast.html``, ``forecast.json`` and ``quantiles.csv``.

        OutputError where they cannot be written, are there and not to be overwritten, or not tsgan's.
        """
        self.write_files(folder, (PAGE, DOCUMENT, QUANTILES), overwrite=overwrite)


@shows_progress
def forecast(
    model: ModelSource,
    prices: Source,
    *,
    horizon: int = 20,
    n_paths: int = 10_000,
    levels: Levels = (),
    date: Any = None,
    backtest: ModelSource | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> ForecastReport:
    """Forecast prices and volatility, and judge such forecasts on the dates after the model's training.

    Args:
        model: a fitted model, or what ``tsgan.load_model`` reads.
        prices: the history to carry on from, as ``tsgan.load_prices`` takes it; read with the model's kinds and bounds.
        horizon: days ahead.
        n_paths: paths behind the fan.
        levels: prices whose odds are asked for: ``{"SPX": 2600}``, or pairs where a ticker has several.
        date: forecast as of this day, not the last.
        backtest: a model fitted to earlier dates, which is judged in place of ``model``.
        draws: draws a backtested forecast; 0 for no backtest.
        seed: same model, prices, seed and platform give the same forecast.
        progress: called with one plain sentence as things go; a notebook shows them by itself.

    Raises:
        ModelError: a model that cannot be read, or prices of other tickers.
        DataError: prices that cannot be used, a date outside of them, or too few later ones for a ``backtest`` that
            was asked for.
        ConfigError: levels, draws or horizons that make no sense.
    """
    prepare()
    tell = progress or (lambda _: None)
    fitted = as_model(model)
    judged = fitted if backtest is None else as_model(backtest)
    panel = fitted.aligned(prices)
    known = as_of(panel, date)
    said = doubts(fitted.info.warnings, panel.warnings)
    tell(f"drawing {n_paths:,} paths from {known.dates[-1]}")
    fan = fan_chart(fitted.sample(n_paths, horizon, seed=seed, history=known), levels)
    if draws == 0:
        return ForecastReport(fan, None, NOT_ASKED, panel, said, fitted.model_hash)
    horizons = tuple(h for h in HORIZONS if h <= horizon)
    try:
        test = backtest_forecasts(judged, panel, horizons=horizons, draws=draws, seed=seed, progress=progress)
    except DataError as error:
        if backtest is not None:
            raise
        reason = f"{SEEN} ({error})"
        return ForecastReport(fan, None, reason, panel, said, fitted.model_hash)
    return ForecastReport(fan, test, None, panel, said, fitted.model_hash)
