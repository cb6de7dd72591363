"""Pictures of a forecast and of its backtest."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tsgan.applications.forecast.backtest import ForecastBacktest
from tsgan.applications.forecast.fan import PROBABILITIES, FanChart
from tsgan.data.panel import Panel
from tsgan.data.sessions import sessions_a_year
from tsgan.reports.canvas import FAINT, MODEL, REAL, Plot, Section, canvas, titled
from tsgan.reports.page import PLOTTED_ASSETS

PAST = 90
"""Steps of history before the fan."""
WINDOW = 20
"""Steps behind the realised volatility in the pictures."""


def fan(forecast: FanChart, panel: Panel) -> list[Section]:
    """Prices and volatility, with the last days of the history before them."""
    period = forecast.period
    shown = range(min(len(forecast.assets), PLOTTED_ASSETS))
    prices, volatilities = [], []
    for i in shown:
        prices.append(fan_of(forecast, panel, i))
        figure, axes = canvas()
        _draw_volatility(axes, forecast, panel, i)
        volatilities.append(
            Plot(titled(figure, axes, forecast.assets[i]), f"Volatility of {forecast.assets[i]}, past and foreseen")
        )
    return [
        Section(
            "Prices", "Half of the paths run inside the darkest band, 90 and 95 % inside the lighter ones.", prices
        ),
        Section(
            "Volatility",
            f"Black: volatility of the last {WINDOW} {period.many}, at each {period.one}. Blue: the volatility "
            f"foreseen for each {period.one} to come; it moves from today's state towards its long-run level.",
            volatilities,
        ),
    ]


def fan_of(forecast: FanChart, panel: Panel, asset: int) -> Plot:
    """The fan of one asset."""
    figure, axes = canvas()
    draw_fan(axes, forecast, panel, asset)
    return Plot(titled(figure, axes, forecast.assets[asset]), f"Fan of prices of {forecast.assets[asset]}")


def draw_fan(axes: Axes, forecast: FanChart, panel: Panel, asset: int) -> None:
    """The fan of one asset after the last days of its history."""
    dates = forecast.dates.astype("datetime64[D]")
    column = panel.assets.index(forecast.assets[asset])
    known = panel.dates <= dates[0]
    axes.plot(panel.dates[known][-PAST:], panel.prices[known, column][-PAST:], color=REAL, lw=1.1, label="history")
    bands = ((0.025, 0.975, 0.3, "95 %"), (0.05, 0.95, 0.55, "90 %"), (0.25, 0.75, 1.0, "50 %"))
    for low, high, alpha, label in bands:
        lower, upper = (forecast.prices[PROBABILITIES.index(p), :, asset] for p in (low, high))
        axes.fill_between(dates, lower, upper, color=FAINT, alpha=alpha, lw=0, label=label)
    axes.plot(dates, forecast.prices[PROBABILITIES.index(0.5), :, asset], color=MODEL, lw=1.4, label="median")
    axes.set_ylabel("price" if forecast.kinds[asset] == "price" else "level")
    _date_axis(axes)
    axes.legend(loc="best", ncols=2, fontsize=7.5)


def backtested(test: ForecastBacktest) -> list[Section]:
    """Foreseen against realised volatility over time, and PIT histograms."""
    h = test.horizons[-1]
    volatilities, pits = [], []
    for i in range(min(len(test.assets), PLOTTED_ASSETS)):
        figure, axes = canvas()
        days = test.dates[: len(test.realised[h])]
        axes.plot(days, test.realised[h][:, i], color=REAL, lw=0.9, label="came")
        axes.plot(days, test.volatility[h][:, i], color=MODEL, lw=1.2, label="foreseen")
        axes.set_ylabel(f"volatility of the next {h} {test.period.many}")
        axes.legend(loc="upper right", fontsize=7.5)
        _date_axis(axes)
        title = f"Foreseen and realised volatility of {test.assets[i]}"
        volatilities.append(Plot(titled(figure, axes, test.assets[i]), title))
        figure, axes = canvas()
        for k, horizon in enumerate(test.horizons):
            pit = test.pit[horizon][:, i]
            share = np.histogram(pit, np.linspace(0, 1, 11))[0] * 10 / max(int(np.isfinite(pit).sum()), 1)
            shade = 0.35 + 0.65 * k / max(len(test.horizons) - 1, 1)
            axes.step(np.linspace(0, 1, 11), np.r_[share, share[-1]], where="post", color=MODEL, alpha=shade, lw=1.4,
                      label=test.period.count(horizon))  # fmt: skip
        axes.axhline(1, color=REAL, lw=0.8)
        axes.set(xlabel="where the return fell in its forecast", ylabel="frequency (1 is right)", ylim=(0, None))
        axes.legend(loc="lower center", ncols=3, fontsize=7.5)
        pits.append(Plot(titled(figure, axes, test.assets[i]), f"Forecast histogram of {test.assets[i]}"))
    return [
        Section(
            "Was volatility foreseen?",
            f"Blue was said before, black came after; {test.period.adjective}, in return units.",
            volatilities,
        ),
        Section(
            "Were the fans honest?",
            "Flat at 1 is honest; a heap in the middle means fans too wide, heaps at the ends too narrow.",
            pits,
        ),
    ]


def _draw_volatility(axes: Axes, forecast: FanChart, panel: Panel, asset: int) -> None:
    dates, column = forecast.dates.astype("datetime64[D]"), panel.assets.index(forecast.assets[asset])
    known, one, many = panel.return_dates <= dates[0], forecast.period.one, forecast.period.many
    moved = np.flatnonzero(known & np.isfinite(panel.returns[:, column]))[-(4 * PAST + WINDOW) :]
    squares = panel.returns[moved, column] ** 2
    if len(squares) > WINDOW:
        priced = np.isfinite(panel.prices[:, column])
        year = sessions_a_year(panel.dates[priced], panel.periods_per_year)
        past = np.sqrt(year * np.convolve(squares, np.full(WINDOW, 1 / WINDOW), "valid"))
        axes.plot(panel.return_dates[moved][-len(past) :], past, color=REAL, lw=1.1, label=f"last {WINDOW} {many}")
    axes.plot(dates[1:], forecast.daily[:, asset], color=MODEL, lw=1.6, label=f"foreseen, {one} by {one}")
    axes.set(ylabel="volatility a year", ylim=(0, None))
    _date_axis(axes)
    axes.legend(loc="upper left", fontsize=7.5)


def _date_axis(axes: Axes) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(maxticks=7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
