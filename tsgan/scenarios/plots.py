"""Pictures of scenarios for notebooks: each draws into matplotlib axes and returns them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tsgan.errors import ScenarioError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from tsgan.scenarios.scenarios import Scenarios

COLOUR = "#1f5fbf"
LEVELS = (0.5, 0.8, 0.95)
"""Central shares of the paths that a fan shades."""


class ScenarioPlots:
    """What ``paths.plot`` offers.  Every method takes ``asset`` (a ticker, the first by default) and ``ax``."""

    def __init__(self, scenarios: Scenarios) -> None:
        self._scenarios = scenarios

    def fan(self, asset: str | None = None, *, levels: tuple[float, ...] = LEVELS, ax: Axes | None = None) -> Axes:
        """Prices over time: the median and central ranges of the paths, weights counted."""
        column, name, ax = self._start(asset, ax)
        paths, dates = self._scenarios, self._scenarios.dates.astype("datetime64[D]")
        edges = sorted({0.5, *(0.5 + side * level / 2 for level in levels for side in (-1, 1))})
        lines = dict(zip(edges, quantiles(paths.prices[:, :, column], np.array(edges), paths.weights), strict=True))
        for level in sorted(levels, reverse=True):
            band = lines[0.5 - level / 2], lines[0.5 + level / 2]
            ax.fill_between(dates, *band, color=COLOUR, alpha=0.18, lw=0, label=f"{level:.0%} of paths")
        ax.plot(dates, lines[0.5], color=COLOUR, lw=1.4, label="median")
        ax.legend(frameon=False)
        return self._finish(ax, name, f"{paths.n_paths:,} paths")

    def paths(self, asset: str | None = None, *, count: int = 20, ax: Axes | None = None) -> Axes:
        """The first ``count`` paths as lines; where paths have weights, ``count`` drawn with them."""
        column, name, ax = self._start(asset, ax)
        paths = self._scenarios
        chosen = np.arange(min(count, paths.n_paths))
        if paths.weights is not None:
            chosen = np.random.default_rng(0).choice(paths.n_paths, count, p=paths.weights / paths.weights.sum())
        ax.plot(paths.dates.astype("datetime64[D]"), paths.prices[chosen, :, column].T, lw=0.8, alpha=0.8)
        return self._finish(ax, name, f"{len(chosen)} of {paths.n_paths:,} paths")

    def density(self, asset: str | None = None, *, day: int | None = None, ax: Axes | None = None) -> Axes:
        """Histogram of the price after ``day`` steps, the last by default, weights counted, and the start price."""
        column, name, ax = self._start(asset, ax)
        paths = self._scenarios
        day = paths.horizon if day is None else day
        if not 1 <= day <= paths.horizon:
            raise ScenarioError(
                f"no {paths.step} {day} in paths of {paths.horizon} {paths.step}s; ask for 1 to {paths.horizon}"
            )
        values = paths.prices[:, day, column]
        bins = int(np.clip(np.sqrt(len(values)), 10, 100))
        ax.hist(values, bins, weights=paths.weights, density=True, color=COLOUR, alpha=0.6)
        ax.axvline(paths.start_prices[column], color="black", lw=1, label=f"{paths.dates[0]}")
        ax.set(xlabel="price" if paths.kinds[column] == "price" else "level", ylabel="density")
        ax.legend(frameon=False)
        ax.set_title(text(f"{name} on {paths.dates[day]}: {paths.n_paths:,} paths"), loc="left")
        return ax

    def _start(self, asset: str | None, ax: Axes | None) -> tuple[int, str, Axes]:
        assets = self._scenarios.assets
        name = assets[0] if asset is None else asset
        if name not in assets:
            raise ScenarioError(f"no {name} in these scenarios; they have {', '.join(assets)}")
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots(figsize=(7.0, 4.0), layout="constrained")[1]
        return assets.index(name), name, ax

    def _finish(self, ax: Axes, name: str, what: str) -> Axes:
        kind = self._scenarios.kinds[self._scenarios.assets.index(name)]
        ax.set_ylabel("price" if kind == "price" else "level")
        ax.set_title(text(f"{name} from {self._scenarios.dates[0]}: {what}"), loc="left")
        ax.tick_params(axis="x", rotation=30)
        return ax


def quantiles(values: np.ndarray, levels: np.ndarray, weights: np.ndarray | None) -> Any:
    """Quantiles over paths, (path, day) -> (level, day), weights counted."""
    if weights is None:
        return np.quantile(values, levels, axis=0)
    return np.quantile(values, levels, axis=0, weights=weights, method="inverted_cdf")


def text(value: str) -> str:
    """A ticker is text: a dollar sign in it must not start a formula."""
    return value.replace("$", r"\$")
