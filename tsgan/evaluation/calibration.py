"""Forecast calibration: does a model know how uncertain tomorrow is, and the next ten days?

On every judged day each model, its parameters as fitted and its state filtered forward through the real returns up to
the day before, draws the next ten days.  The draws are held against what came true; the draws of the first day are the
one-day forecast.  Historical simulation is the source ``iid-bootstrap``: the training days, every day anew.

``Calibration.tables`` holds three tables of rows that are ready for JSON (numbers that do not exist are None):

``calibration``, one row a source, asset and horizon (1 and 10 days)::

    source, asset, horizon, days
    crps                          fair CRPS, mean over days
    log_score                     mean log density, 1 day, sources with an exact density; else None
    pit_mean, pit_std             of uniform PITs: 0.5 and 0.289; a larger std means forecasts that are too narrow
    pit_ks, pit_ks_p              Kolmogorov-Smirnov against the uniform law
    berkowitz, berkowitz_p        1 day: location, scale and autocorrelation of the PIT
    pit_clustering, pit_clustering_p    1 day: does the forecast follow volatility
    coverage_50, coverage_50_p    share of days within the central 50 % interval, exact binomial p-value;
                                  also 90, 95, 99

``backtests``, one row a source, asset and level (0.975 and 0.99), one day ahead::

    source, asset, level, days, hits, expected, hit_rate
    kupiec, kupiec_p              unconditional coverage
    independence, independence_p  Christoffersen's first-order independence
    conditional_coverage, conditional_coverage_p
    dq, dq_p                      Engle and Manganelli's dynamic quantile, 4 lags and VaR
    z1, z1_p, z2, z2_p            Acerbi and Szekely; p-values are one-sided: small where risk is understated
    fz0, pinball                  losses of (VaR, ES) and of VaR, means over days
    traffic_light, traffic_hits   Basel's zone of the last 250 days (green, yellow, red) and the hits in them
    traffic_worst                 most hits in any 250 days
    traffic_yellow, traffic_red   share of all 250-day windows in these zones

``comparisons``, one row a baseline (every source after the first), asset, loss and horizon or level: Diebold and
Mariano's test that the FIRST source's loss is the baseline's::

    source, baseline, asset, loss ("crps", "log_score", "fz0"), horizon, level (None but for fz0), days
    difference, t, p_value        mean loss less the baseline's: negative where the source is better

The asset ``all assets`` pools a panel of several.  Its losses are means over assets, CRPS and pinball in units of each
asset's standard deviation over the training dates, and ``days`` counts days; its hits, expected and coverages are taken
over all asset-days; its p-values, but for ``comparisons``, are Bonferroni's: the smallest of the assets' times their
number, so they hold however the assets move together; its statistics are None and its traffic light is the worst.

Conventions: returns are moves (:attr:`tsgan.data.panel.Panel.moves`): plain log returns, differences for levels and
rates, in coordinates without bounds where there are bounds; over ten days their sum.  A day without a return of an
asset is no day of that asset's, and neither are ten-day ones that hold it.  VaR and ES are positive losses.  P-values
of ten-day rows rest on every tenth day, because overlapping forecasts are dependent; those of hits are by simulation,
because a handful of hits is far from the chi-square limit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from tsgan.data.days import as_day
from tsgan.data.panel import Panel
from tsgan.data.sessions import open_on
from tsgan.errors import ConfigError, DataError
from tsgan.evaluation.daily import HORIZONS, Forecasts, forecasts_of
from tsgan.evaluation.facts import ALL_ASSETS
from tsgan.evaluation.logscore import mean_over_assets
from tsgan.evaluation.protocol import enough, fewest_later
from tsgan.models.contract import MarketModel
from tsgan.reports.result import plain
from tsgan.stats import backtests as bt
from tsgan.stats import calibration as cal
from tsgan.stats.comparison import diebold_mariano
from tsgan.threads import in_threads

DRAWS = 1000
FEWEST_DRAWS = 200
"""VaR at 99 % needs so many."""
REPETITIONS = 499
"""Simulated series of hits behind each p-value of hits."""
TABLES = ("calibration", "backtests", "comparisons")

Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Calibration:
    """How good the forecasts of several sources were.  Made by :func:`calibrate`.

    Attributes:
        sources: names, the judged model first.
        assets: tickers.
        dates: (day,) judged dates, ``datetime64[D]``.
        realised: (day, asset) returns of these days.
        draws, seed: draws a forecast, and the seed of all randomness.
        tables: ``calibration``, ``backtests`` and ``comparisons``, lists of JSON-ready rows; keys: see the module.
        pit: source -> (day, asset) one-day PITs.
        var99: source -> (day, asset) one-day VaR at 99 %, a positive loss; ``realised < -var99`` are the exceptions.
    """

    sources: tuple[str, ...]
    assets: tuple[str, ...]
    dates: np.ndarray
    realised: np.ndarray
    draws: int
    seed: int
    tables: dict[str, list[Row]]
    pit: dict[str, np.ndarray] = field(repr=False)
    var99: dict[str, np.ndarray] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the arrays, as plain JSON types."""
        return {
            "sources": list(self.sources),
            "assets": list(self.assets),
            "start": str(self.dates[0]),
            "end": str(self.dates[-1]),
            "days": len(self.dates),
            "draws": self.draws,
            "seed": self.seed,
            **{name: [dict(row) for row in self.tables[name]] for name in TABLES},
        }

    def to_frame(self, table: str = "calibration") -> pd.DataFrame:
        """One of the tables, tidy; ConfigError for a name that is none."""
        if table not in TABLES:
            raise ConfigError(f"no table called {table!r}; choose one of {', '.join(TABLES)}")
        return pd.DataFrame(self.tables[table])


def calibrate(
    models: Mapping[str, MarketModel],
    panel: Panel,
    train_end: Any,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Calibration:
    """Judge the rolling one-day and ten-day forecasts of fitted models on the days after ``train_end``.

    Args:
        models: source -> model, the judged one first, then its baselines; all know the same tickers.
        panel: real prices, the training dates among them: states are filtered through these.
        train_end: last date of training; every later return is judged.
        draws: draws a forecast, at least 200.
        seed: of all randomness.
        progress: called with one plain sentence as each source begins.

    Raises:
        ModelError: a model that knows tickers which the panel lacks.
        DataError: fewer than 250 later returns of an asset (60 weeks or months), or no earlier one.
        ConfigError: too few draws, or no model.
    """
    if draws < FEWEST_DRAWS:
        raise ConfigError(f"VaR at 99 % needs at least {FEWEST_DRAWS} draws, not {draws}")
    if not models:
        raise ConfigError("give at least one model to calibrate")
    panel = next(iter(models.values())).aligned(panel)
    returns, first = panel.moves, int((panel.return_dates <= as_day(train_end)).sum())
    needed, later = enough(panel.periods_per_year), fewest_later(panel, as_day(train_end))
    if first < 2 or later < needed:
        raise DataError(
            f"calibration needs a history up to {train_end} and at least {needed} returns of every asset after it; "
            f"the prices have {first} and {later}"
        )
    tell = progress or (lambda _: None)
    for name, model in models.items():
        if model.info.assets != panel.assets:
            raise ConfigError(
                f"{name} knows {', '.join(model.info.assets)}, the judged model {', '.join(panel.assets)}"
            )

    closed = ~open_on(panel.calendars, panel.return_dates[first:]) if panel.calendars else None
    rests = None if closed is None else closed & np.isnan(returns[first:])

    def foresee(name: str) -> Forecasts:
        tell(f"forecasting with {name}")
        return forecasts_of(models[name], returns, first, draws, seed, rests)

    forecasts = dict(zip(models, in_threads([partial(foresee, name) for name in models]), strict=True))
    tell("testing forecasts")
    unit = np.nanstd(returns[:first], axis=0)
    null = {
        level: bt.independent_hits(len(returns) - first, level, REPETITIONS, np.random.default_rng([seed, 0xB7, i]))
        for i, level in enumerate(bt.LEVELS)
    }
    tables: dict[str, list[Row]] = {name: [] for name in TABLES}

    def tested(name: str) -> tuple[list[Row], list[Row]]:
        return (
            _calibration_rows(name, forecasts[name], panel.assets, unit),
            _backtest_rows(name, forecasts[name], returns[first:], panel.assets, unit, null),
        )

    for calibration, backtests in in_threads([partial(tested, name) for name in models]):
        tables["calibration"] += calibration
        tables["backtests"] += backtests
    source, *baselines = forecasts
    for baseline in baselines:
        tables["comparisons"] += _comparison_rows(
            source, baseline, forecasts[source], forecasts[baseline], panel.assets, unit
        )
    return Calibration(
        sources=tuple(models),
        assets=panel.assets,
        dates=panel.return_dates[first:],
        realised=returns[first:],
        draws=draws,
        seed=seed,
        tables=plain(tables),
        pit={name: forecast.pit[1] for name, forecast in forecasts.items()},
        var99={name: forecast.var[0.99] for name, forecast in forecasts.items()},
    )


def _known(values: np.ndarray) -> np.ndarray:
    """Those of (day,) that are not missing; infinite losses stay."""
    return values[~np.isnan(values)]


def _calibration_rows(source: str, f: Forecasts, assets: tuple[str, ...], unit: np.ndarray) -> list[Row]:
    rows = []
    for h in HORIZONS:
        each = []
        for i, asset in enumerate(assets):
            u, apart = _known(f.pit[h][:, i]), _known(f.pit[h][::h, i])
            row: Row = {"source": source, "asset": asset, "horizon": h, "days": len(u)}
            row["crps"] = _known(f.crps[h][:, i]).mean()
            row["log_score"] = _known(f.log_density[:, i]).mean() if h == 1 and f.log_density is not None else None
            row |= {"pit_mean": u.mean(), "pit_std": u.std()}
            row["pit_ks"], row["pit_ks_p"] = cal.uniformity(apart)
            none = (None, None)
            row["berkowitz"], row["berkowitz_p"] = cal.berkowitz(u) if h == 1 else none
            row["pit_clustering"], row["pit_clustering_p"] = cal.pit_clustering(u) if h == 1 else none
            for level in cal.LEVELS:
                name = f"coverage_{100 * level:.0f}"
                row[name] = cal.covered(u, level).mean()
                row[f"{name}_p"] = cal.coverage_p(cal.covered(apart, level), level)
            each.append(row)
        rows += each
        if len(assets) > 1:
            own = {"crps": np.nanmean(f.crps[h] / unit), "pit_std": np.nanstd(f.pit[h])}
            means = ("log_score", "pit_mean", *(f"coverage_{100 * level:.0f}" for level in cal.LEVELS))
            rows.append(_pooled(each, means, own))
    return rows


def _backtest_rows(
    source: str,
    f: Forecasts,
    real: np.ndarray,
    assets: tuple[str, ...],
    unit: np.ndarray,
    null: Mapping[float, np.ndarray],
) -> list[Row]:
    rows = []
    for level in bt.LEVELS:
        each, z1, z2 = [], f.shortfall[level].z1, f.shortfall[level].z2(level)
        null_z1, null_z2 = f.shortfall_null[level].z1, f.shortfall_null[level].z2(level)
        for i, asset in enumerate(assets):
            there = np.isfinite(real[:, i])
            var = f.var[level][there, i]
            hits = real[there, i] < -var
            row: Row = {"source": source, "asset": asset, "level": level, "days": len(hits), "hits": hits.sum()}
            row |= {"expected": len(hits) * (1 - level), "hit_rate": hits.mean()}
            tests = {
                "kupiec": lambda h: bt.pof_statistic(h, level),  # noqa: B023 - used within this turn of the loop
                "independence": bt.independence_statistic,
                "conditional_coverage": lambda h: bt.conditional_coverage_statistic(h, level),  # noqa: B023
                "dq": lambda h: bt.dynamic_quantile_statistic(h, level, var),  # noqa: B023
            }
            for name, statistic in tests.items():
                row[name], row[f"{name}_p"] = bt.simulated(statistic, hits, null[level][:, : len(hits)])
            row |= {"z1": z1[i], "z1_p": bt.lower_p(z1[i], null_z1[i])}
            row |= {"z2": z2[i], "z2_p": bt.lower_p(z2[i], null_z2[i])}
            row |= {"fz0": f.fz0[level][there, i].mean(), "pinball": f.pinball[level][there, i].mean()}
            row |= _traffic(hits, level)
            each.append(row)
        rows += each
        if len(assets) > 1:
            worst = {k: max(row[k] for row in each) for k in ("traffic_hits", "traffic_worst")}
            own = {"hits": sum(row["hits"] for row in each), "expected": sum(row["expected"] for row in each)}
            own |= {"pinball": np.nanmean(f.pinball[level] / unit), **worst}
            own |= {"traffic_light": bt.traffic_light(worst["traffic_hits"], level)}
            rows.append(_pooled(each, ("hit_rate", "fz0", "traffic_yellow", "traffic_red"), own))
    return rows


def _traffic(hits: np.ndarray, level: float) -> Row:
    window = min(bt.TRAFFIC_DAYS, len(hits))  # months are fewer, and the zones are those of their number
    rolling = bt.rolling_hits(hits, window)
    zone_of = [bt.traffic_light(count, level, window) for count in range(rolling.max() + 1)]
    zones = [zone_of[count] for count in rolling]
    return {
        "traffic_light": zones[-1],
        "traffic_hits": int(rolling[-1]),
        "traffic_worst": int(rolling.max()),
        "traffic_yellow": zones.count("yellow") / len(zones),
        "traffic_red": zones.count("red") / len(zones),
    }


def _pooled(each: list[Row], means: tuple[str, ...], own: Row) -> Row:
    """The row of all assets: some means over assets, Bonferroni's p-values, values of its own, and None elsewhere."""
    row: Row = {}
    for key in each[0]:
        values = [r[key] for r in each]
        usable = [v for v in values if v is not None and not (isinstance(v, float) and math.isnan(v))]
        if key in ("source", "horizon", "level", "days"):
            row[key] = values[0]
        elif key in means:
            row[key] = float(np.mean(values)) if len(usable) == len(values) else None
        elif key.endswith("_p"):
            row[key] = min(1.0, len(usable) * min(usable)) if usable else None
        else:
            row[key] = None
    return row | {"asset": ALL_ASSETS} | own


def _comparison_rows(
    source: str, baseline: str, f: Forecasts, g: Forecasts, assets: tuple[str, ...], unit: np.ndarray
) -> list[Row]:
    losses: list[tuple[str, int, float | None, np.ndarray, np.ndarray, Any]] = [
        ("crps", h, None, f.crps[h], g.crps[h], unit) for h in HORIZONS
    ]
    losses += [("fz0", 1, level, f.fz0[level], g.fz0[level], 1.0) for level in bt.LEVELS]
    if f.log_density is not None and g.log_density is not None:
        losses.append(("log_score", 1, None, -f.log_density, -g.log_density, 1.0))
    rows = []
    for loss, h, level, first, second, scale in losses:
        series = [(asset, _known(first[:, i]), _known(second[:, i])) for i, asset in enumerate(assets)]
        if len(assets) > 1:
            series.append((ALL_ASSETS, mean_over_assets(first / scale), mean_over_assets(second / scale)))
        for asset, a, b in series:
            row: Row = {"source": source, "baseline": baseline, "asset": asset, "loss": loss, "horizon": h}
            row |= {"level": level, "days": len(a)}
            finite = len(a) == len(b) and np.isfinite(a - b).all()
            row |= diebold_mariano(a, b, h)._asdict() if finite else dict.fromkeys(("difference", "t", "p_value"))
            rows.append(row)
    return rows
