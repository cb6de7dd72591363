"""Drawings of one asset: each function answers one question on the axes that it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter
from scipy import stats

from tsgan.evaluation.axes import drawn_baselines, known, levels, price_axis, unit
from tsgan.reports.canvas import FAINT, MODEL, REAL, text
from tsgan.reports.period import DAY

if TYPE_CHECKING:
    from tsgan.evaluation.scorecard import Scorecard


def fan(axes: Axes, card: Scorecard, asset: int) -> None:
    evidence = card.evidence
    dates = evidence.dates.astype("datetime64[D]")
    paths = levels(evidence, evidence.generated, asset)
    low, lower, middle, upper, high = np.quantile(paths, [0.025, 0.25, 0.5, 0.75, 0.975], axis=0)
    axes.fill_between(dates, low, high, color=FAINT, alpha=0.35, lw=0, label="95 % of paths")
    axes.fill_between(dates, lower, upper, color=FAINT, alpha=0.75, lw=0, label="50 %")
    axes.plot(dates, middle, color=MODEL, lw=1.2, label="median")
    axes.plot(dates, levels(evidence, evidence.real[None], asset)[0], color=REAL, lw=1.0, label="real")
    price_axis(axes, evidence, asset)
    axes.legend(loc="upper left", ncols=2)


def paths(axes: Axes, card: Scorecard, asset: int) -> None:
    evidence = card.evidence
    dates = evidence.dates.astype("datetime64[D]")
    for i, path in enumerate(levels(evidence, evidence.generated[:12], asset)):
        axes.plot(dates, path, color=MODEL, alpha=0.3 + 0.5 * (i < 2), lw=0.7, label="generated" if i == 0 else None)
    real = levels(evidence, evidence.real[None], asset)[0]
    axes.plot(dates, real, color=REAL, lw=1.0, label="real")
    if evidence.kinds[asset] == "price":  # a path that explodes leaves the picture rather than flattening it
        low, high = axes.get_ylim()
        axes.set_ylim(max(low, real.min() / 6), min(high, real.max() * 6))
    price_axis(axes, evidence, asset)
    axes.legend(loc="lower right")


def density(axes: Axes, card: Scorecard, asset: int) -> None:
    evidence = card.evidence
    scale, suffix = unit(evidence, asset)
    real, generated = known(evidence, asset) * scale, evidence.generated[:, :, asset].ravel() * scale
    frequencies(axes, real, generated, text(card.model))
    axes.set(xlabel=f"return of a {card.period.one}{suffix}", ylabel="density")


def frequencies(axes: Axes, real: np.ndarray, generated: np.ndarray, label: str) -> None:
    """How often values of each size occur, on a logarithmic scale, beside a Gaussian."""
    # The furthest of hundreds of thousands of generated days would squeeze the picture around the real ones.
    low = max(1.6 * real.min(), min(real.min(), generated.min()))
    high = min(1.6 * real.max(), max(real.max(), generated.max()))
    edges = np.linspace(low, high, 61)
    middles = (edges[1:] + edges[:-1]) / 2
    for sample, is_real in ((generated, False), (real, True)):
        density = np.histogram(sample, edges)[0] / (len(sample) * np.diff(edges))
        density = np.where(density > 0, density, np.nan)
        if is_real:
            axes.plot(middles, density, "o", color=REAL, ms=3.2, label="real")
        else:
            axes.plot(middles, density, color=MODEL, lw=1.6, label=label)
    grid = np.linspace(low, high, 400)
    spread = real.std()
    normal = np.exp(-0.5 * ((grid - real.mean()) / spread) ** 2) / (spread * np.sqrt(2 * np.pi))
    axes.plot(grid, normal, color="#6b7280", lw=1.0, ls=":", label="Gaussian")
    axes.set_yscale("log")
    peak = np.nanmax(np.histogram(real, edges, density=True)[0])
    axes.set_ylim(0.3 / (len(real) * (edges[1] - edges[0])), 4 * peak)
    axes.legend(loc="upper left")


def quantiles(axes: Axes, card: Scorecard, asset: int) -> None:
    evidence = card.evidence
    scale, suffix = unit(evidence, asset)
    real = np.sort(known(evidence, asset)) * scale
    same_days = evidence.generated[:, np.isfinite(evidence.real[:, asset]), asset]
    ranked = np.sort(same_days.astype(np.float64), axis=1) * scale
    days = min(len(real), ranked.shape[1])
    # Every rank in both tails, a thinned selection in the middle.
    ranks = np.unique(
        np.concatenate(
            [np.arange(min(50, days)), np.linspace(0, days - 1, 200).astype(int), np.arange(max(days - 50, 0), days)]
        )
    )
    low, middle, high = np.quantile(ranked[:, ranks], [0.025, 0.5, 0.975], axis=0)
    reach = 1.08 * max(abs(real[0]), abs(real[-1]), abs(middle[0]), abs(middle[-1]))
    axes.plot([-reach, reach], [-reach, reach], color="#6b7280", lw=0.8)
    axes.fill_between(middle, low, high, color=FAINT, alpha=0.5, lw=0, label="95 % of paths")
    axes.plot(middle, real[ranks], "o", color=REAL, ms=2.6, label="real")
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel=f"generated{suffix}", ylabel=f"real{suffix}")
    axes.legend(loc="upper left")


def acf_abs(axes: Axes, card: Scorecard, asset: int) -> None:
    _lags(axes, card, asset, "acf_abs", "correlation of |r|")


def acf(axes: Axes, card: Scorecard, asset: int) -> None:
    _lags(axes, card, asset, "acf", "correlation of r")


def leverage(axes: Axes, card: Scorecard, asset: int) -> None:
    _lags(axes, card, asset, "leverage", "Corr(r today, r² later)")


def _lags(axes: Axes, card: Scorecard, asset: int, name: str, label: str) -> None:
    curves = card.evidence.curves
    low, middle, high = getattr(curves[card.model], name)[:, asset]
    lags = np.arange(1, len(middle) + 1)
    real = getattr(curves["real"], name)[1, asset]
    axes.vlines(lags, 0, real, color=REAL, lw=0.5, alpha=0.5, zorder=2)
    axes.plot(lags, real, "o", color=REAL, ms=2.6, zorder=4, label="real")
    axes.fill_between(lags, low, high, color=FAINT, alpha=0.45, lw=0, label="95 % of paths")
    for baseline, colour in drawn_baselines(card) if name != "acf" else ():  # there they only add noise
        axes.plot(lags, getattr(curves[baseline], name)[1, asset], color=colour, lw=1.0, ls="--", label=text(baseline))
    axes.plot(lags, middle, color=MODEL, lw=1.7, label=text(card.model))
    axes.axhline(0, color=REAL, lw=0.6)
    axes.set(xlabel=f"{card.period.many} later", ylabel=label, xlim=(0, len(lags) + 1))
    axes.legend(loc="lower right" if name == "leverage" else "upper right", ncols=2)


def kurtosis(axes: Axes, card: Scorecard, asset: int) -> None:
    curves = card.evidence.curves
    horizons = curves[card.model].horizons
    low, middle, high = curves[card.model].kurtosis[:, asset]
    positions = np.arange(len(horizons))
    axes.fill_between(positions, low, high, color=FAINT, alpha=0.45, lw=0, label="95 % of paths")
    for baseline, colour in drawn_baselines(card):
        axes.plot(positions, curves[baseline].kurtosis[1, asset], color=colour, lw=1.0, ls="--", label=text(baseline))
    axes.plot(positions, middle, color=MODEL, lw=1.7, label=f"{text(card.model)}, median")
    axes.plot(positions, curves["real"].kurtosis[1, asset], "o-", color=REAL, lw=1.0, ms=4, label="real")
    axes.axhline(0, color=REAL, lw=0.6)
    axes.set_xticks(positions, [str(h) for h in horizons])
    axes.set_yscale("symlog", linthresh=5)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set(xlabel=card.period.many, ylabel="excess kurtosis")
    axes.legend(loc="upper right", ncols=2)


def coarse_fine(axes: Axes, card: Scorecard, asset: int) -> None:
    """Corr(coarse now, fine k stretches of 5 days later) on both sides of zero."""
    curves = card.evidence.curves
    low, middle, high = curves[card.model].coarse_fine[:, asset]
    lags = np.arange(len(middle)) - len(middle) // 2
    axes.fill_between(lags, low, high, color=FAINT, alpha=0.45, lw=0, label="95 % of paths")
    for baseline, colour in drawn_baselines(card):
        axes.plot(lags, curves[baseline].coarse_fine[1, asset], color=colour, lw=1.0, ls="--", label=text(baseline))
    axes.plot(lags, middle, color=MODEL, lw=1.7, label=text(card.model))
    axes.plot(lags, curves["real"].coarse_fine[1, asset], "o", color=REAL, ms=3.5, zorder=4, label="real")
    axes.axvline(0, color=REAL, lw=0.6)
    stretches = "weeks" if card.period == DAY else f"stretches of 5 {card.period.many}"
    axes.set(xlabel=f"{stretches} by which fine volatility follows coarse", ylabel="correlation")
    axes.legend(loc="upper left", ncols=2)


def passage(axes: Axes, card: Scorecard, asset: int) -> None:
    """Share of starts from which a large loss, and a large gain, was reached within so many days."""
    curves = card.evidence.curves
    for name, colour, line in (("losses", "#b42318", "-"), ("gains", "#0b7a43", "--")):
        low, middle, high = getattr(curves[card.model], name)[:, asset]
        days = np.arange(1, len(middle) + 1)
        axes.fill_between(days, low, high, color=colour, alpha=0.12, lw=0)
        axes.plot(days, middle, color=colour, lw=1.5, ls=line, label=f"{text(card.model)}, {name}")
        real = getattr(curves["real"], name)[1, asset]
        axes.plot(days, real, color=REAL, lw=1.2, ls=line, label=f"real, {name}")
    axes.set(xlabel=card.period.many, ylabel="share of starts that got there", xlim=(0, None), ylim=(0, None))
    axes.legend(loc="lower right")


def pit(axes: Axes, card: Scorecard, asset: int) -> None:
    """How often what came true fell into each twentieth of its forecast."""
    calibration, source = card.evidence.calibration, card.model
    assert calibration is not None
    values = calibration.pit[source][:, asset]
    values = values[np.isfinite(values)]
    bins = 20
    low, high = stats.binom.ppf([0.025, 0.975], len(values), 1 / bins) * bins / len(values)
    axes.axhspan(low, high, color=FAINT, alpha=0.45, lw=0, label="95 % if calibrated")
    axes.hist(values, bins, range=(0.0, 1.0), density=True, color=MODEL, alpha=0.8, rwidth=0.9, label=text(source))
    axes.axhline(1, color=REAL, lw=0.8)
    axes.set(xlabel="place of the real return in its forecast", ylabel="relative frequency", xlim=(0, 1))
    axes.legend(loc="upper center", ncols=2)


def exceptions(axes: Axes, card: Scorecard, asset: int) -> None:
    """Real returns, the 99 % value at risk of every day, and the days on which losses went beyond it."""
    calibration, source = card.evidence.calibration, card.model
    assert calibration is not None
    scale, suffix = (100.0, ", %") if card.evidence.kinds[asset] == "price" else (1.0, "")
    dates = calibration.dates.astype("datetime64[D]")
    real, risk = calibration.realised[:, asset], -calibration.var99[source][:, asset]
    there = np.isfinite(real)
    dates, real, risk = dates[there], real[there], risk[there]
    beyond = real < risk
    axes.vlines(dates, 0, real * scale, color="#9ca3af", lw=0.5)
    axes.plot(dates, risk * scale, color=MODEL, lw=1.0, label=f"99 % VaR of {text(source)}")
    label = f"{beyond.sum()} beyond it ({0.01 * len(real):.0f} expected)"
    axes.plot(dates[beyond], real[beyond] * scale, "o", color="#b42318", ms=3.5, label=label)
    axes.set(ylabel=f"return of a {card.period.one}{suffix}")
    axes.legend(loc="upper left")
