"""Rolling backtest of forecasts: on every later day each model, as fitted, foresees the next 1, 5 and 20 days.

``ForecastBacktest.tables`` holds rows that are ready for JSON (None where a number does not exist).  ``windows`` counts
all windows, which overlap; ``apart`` counts those that do not, and tests are made on them; bands and intervals are
those of as many independent windows as all of them are worth (:func:`tsgan.stats.inference.overlap_ratio`).  A window
of several days is judged by the sessions in it, where an exchange is closed on some of the others; one with a price
missing is left out:

``coverage``, one row a source, asset, horizon and level::

    source, asset, horizon, level, windows, apart
    coverage          share of all windows whose return lay within the central interval
    low, high         where coverage should lie: 95 % of the shares of so many overlapping windows
    inside            whether it does
    p                 exact binomial test on the windows that do not overlap

``accuracy``, one row a source, asset and horizon::

    source, asset, horizon, windows, apart
    crps, pinball     means over windows; pinball also over the quantiles of the fan
    mae, rmse         of the median
    pit_mean, pit_std, pit_ks_p       PITs: 0.5, 0.289, and Kolmogorov-Smirnov on windows that do not overlap
    hit_rate, hit_low, hit_high       share of windows whose direction the expected return foresaw, 95 % interval
    always_up         share of windows that went up: the hit rate of always saying so
    direction_t, direction_p          is the hit rate another than that of always saying up (Newey-West)
    volatility, realised_volatility   root mean square of the foreseen and of the realised, plain units a day
    correlation       of the foreseen with the realised volatility; None where the foreseen one never changes
    qlike             mean of log f + r / f for realised variance r and its forecast f (Patton 2011); lower is better

``comparisons``, one row a baseline, asset, horizon and loss (``crps``, ``pinball``, ``mae``, ``qlike``): Diebold and
Mariano's test, negative where the first source is better::

    source, baseline, asset, horizon, loss, difference, t, p_value
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy import stats

from tsgan.applications.forecast.fan import PROBABILITIES
from tsgan.data.calendars import period_of
from tsgan.data.days import as_day
from tsgan.data.panel import Panel
from tsgan.data.sessions import open_on
from tsgan.errors import ConfigError, DataError
from tsgan.evaluation.protocol import ENOUGH, fewest_later
from tsgan.fitting import fit
from tsgan.models.classical.gbm import GBM
from tsgan.models.contract import MarketModel
from tsgan.notebook import shows_progress
from tsgan.reports.period import Period
from tsgan.stats import calibration as cal
from tsgan.stats import weighted
from tsgan.stats.aggregation import summed
from tsgan.stats.comparison import diebold_mariano
from tsgan.stats.inference import hac_mean, overlap_ratio

HORIZONS = (1, 5, 20)
LEVELS = (0.5, 0.9, 0.95)
DRAWS = 500
FEWEST_DRAWS = 100
RANDOM_WALK, DRIFT = "random walk", "drift"
FITTED = ("gjr-garch", "fhs")
"""Names of the models that forecasts are judged beside, as ``tsgan.fit`` takes them."""
TABLES = ("coverage", "accuracy", "comparisons")

Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class ForecastBacktest:
    """How good rolling forecasts were.  Made by :func:`backtest_forecasts`.

    Attributes:
        sources: names, the judged model first.
        assets: tickers.
        dates: (day,) the days on whose eve the forecasts were made.
        horizons: days ahead.
        period: what a step of the prices is.
        draws, seed: draws a forecast, and the seed of all randomness.
        tables: ``coverage``, ``accuracy`` and ``comparisons``; keys: see the module.
        pit: horizon -> (window, asset) PITs of the judged model.
        volatility: horizon -> (window, asset) foreseen volatility of the judged model, plain units a day.
        realised: horizon -> (window, asset) volatility that came.
    """

    sources: tuple[str, ...]
    assets: tuple[str, ...]
    dates: np.ndarray
    horizons: tuple[int, ...]
    period: Period
    draws: int
    seed: int
    tables: dict[str, list[Row]]
    pit: dict[int, np.ndarray] = field(repr=False)
    volatility: dict[int, np.ndarray] = field(repr=False)
    realised: dict[int, np.ndarray] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the arrays, as plain JSON types."""
        return {
            "sources": list(self.sources),
            "assets": list(self.assets),
            "start": str(self.dates[0]),
            "end": str(self.dates[-1]),
            "days": len(self.dates),
            "horizons": list(self.horizons),
            "draws": self.draws,
            "seed": self.seed,
            **self.tables,
        }


def baselines(panel: Panel, seed: int = 0) -> dict[str, MarketModel]:
    """Random walk, drift and the models ``FITTED``, fitted to ``panel``.

    The first two have the constant Gaussian volatility of the training dates, and no drift or its mean return.
    """
    drift = GBM.fit(panel, seed=seed)
    walk = replace(drift, mean=np.zeros_like(drift.mean))
    return {RANDOM_WALK: walk, DRIFT: drift} | {name: fit(panel, name, seed=seed) for name in FITTED}


@shows_progress
def backtest_forecasts(
    model: MarketModel,
    panel: Panel,
    *,
    horizons: tuple[int, ...] = HORIZONS,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> ForecastBacktest:
    """Judge a model's forecasts on the days after its training, beside :func:`baselines` fitted on the same dates.

    Args:
        model: as fitted; its state is filtered forward through the real returns.
        panel: prices, the training dates among them.
        horizons: days ahead, increasing.
        draws: draws a forecast, at least 100.
        seed: of all randomness.
        progress: called with one plain sentence as each source begins; a notebook shows them by itself.

    Raises:
        ModelError: a model whose tickers the panel lacks.
        DataError: fewer than 250 later returns of an asset, or none before.
        ConfigError: too few draws, or horizons that are none.
    """
    if draws < FEWEST_DRAWS:
        raise ConfigError(f"a fan needs at least {FEWEST_DRAWS} draws, not {draws}")
    if not horizons or horizons[0] < 1 or np.any(np.diff(horizons) < 1):
        raise ConfigError(f"give increasing horizons of at least one day, not {horizons}")
    panel = model.aligned(panel)
    returns, end = panel.moves, as_day(model.info.train_end)
    first, later = int((panel.return_dates <= end).sum()), fewest_later(panel, end)
    if first < 2 or later < ENOUGH:
        raise DataError(
            f"a backtest needs a history up to {end} and at least {ENOUGH} returns after it of every asset; "
            f"the prices have {first} and {later}; give longer prices or a model fitted on earlier ones"
        )
    tell = progress or (lambda _: None)
    tell("fitting baselines")
    models = {model.info.model: model} | baselines(panel.through(end), seed)
    came = _Came.of(panel, first, horizons)
    judged = {}
    for name, one in models.items():
        tell(f"forecasting with {name}")
        judged[name] = _judge(one, returns, first, came, draws, seed)
    tables: dict[str, list[Row]] = {name: [] for name in TABLES}
    source, *others = judged
    for name, j in judged.items():
        tables["coverage"] += _coverage_rows(name, j, panel.assets)
        tables["accuracy"] += _accuracy_rows(name, j, came, panel.assets)
    for other in others:
        tables["comparisons"] += _comparison_rows(source, other, judged[source], judged[other], panel.assets)
    return ForecastBacktest(
        sources=tuple(judged),
        assets=panel.assets,
        dates=panel.return_dates[first:],
        horizons=tuple(horizons),
        period=Period.of(period_of(panel.periods_per_year)),
        draws=draws,
        seed=seed,
        tables={name: [{k: _plain(v) for k, v in row.items()} for row in rows] for name, rows in tables.items()},
        pit=judged[source].pit,
        volatility={h: np.sqrt(judged[source].variance[h] / came.sessions[h]) for h in horizons},
        realised={h: np.sqrt(came.squares[h] / came.sessions[h]) for h in horizons},
    )


@dataclass(frozen=True, eq=False)
class _Came:
    """What came: horizon -> (window, asset), NaN where a price is missing.

    Attributes:
        returns, squares: summed over the windows.
        sessions: how many of a window's days an asset's exchange is open.
        rests: (day, asset) days on which it is closed; None where none is.
    """

    returns: dict[int, np.ndarray]
    squares: dict[int, np.ndarray]
    sessions: dict[int, np.ndarray]
    rests: np.ndarray | None

    @classmethod
    def of(cls, panel: Panel, first: int, horizons: tuple[int, ...]) -> _Came:
        later, dates = panel.moves[first:], panel.return_dates[first:]
        rests = ~open_on(panel.calendars, dates) & np.isnan(later) if panel.calendars else None
        whole = later if rests is None else np.where(rests, 0.0, later)
        counted = np.ones(later.shape) if rests is None else (~rests).astype(np.float64)
        found = {h: later if h == 1 else summed(whole, h) for h in horizons}
        squares = {h: later**2 if h == 1 else summed(whole**2, h) for h in horizons}
        sessions = {h: np.maximum(summed(counted, h), 1) for h in horizons}
        return cls(found, squares, sessions, rests)


@dataclass(frozen=True, eq=False)
class _Judged:
    """One source's forecasts beside what came: horizon -> (window, asset)."""

    pit: dict[int, np.ndarray]
    expected: dict[int, np.ndarray]  # return
    variance: dict[int, np.ndarray]  # expected sum of squared returns
    losses: dict[str, dict[int, np.ndarray]]


def _judge(
    model: MarketModel,
    returns: np.ndarray,
    first: int,
    came: _Came,
    draws: int,
    seed: int,
) -> _Judged:
    real, rests = came.returns, came.rests
    horizons, days = list(real), len(returns) - first
    empty = lambda: {h: np.empty_like(real[h]) for h in horizons}  # noqa: E731
    pit, expected, variance = empty(), empty(), empty()
    losses = {loss: empty() for loss in ("crps", "pinball", "mae", "qlike")}
    tie = {h: np.random.default_rng([seed, 0xC3, h]).random(real[h].shape) for h in horizons}
    for ends, paths in model.forecast(returns, np.arange(first, len(returns)), horizons[-1], draws, seed=seed):
        if rests is not None:
            ahead = np.minimum((ends - first)[:, None] + np.arange(horizons[-1]), days - 1)  # (window, step)
            paths = np.where(rests[ahead][:, None], 0.0, paths)
        for h in horizons:
            known = (ends - first)[ends - first < len(real[h])]  # the last days' windows have not ended yet
            moves = paths[: len(known), :, :h].astype(np.float64)
            drawn = np.sort(moves.sum(axis=2).transpose(0, 2, 1), axis=-1)  # (window, asset, draw)
            here = real[h][known]
            pit[h][known] = cal.pit(drawn, here, tie[h][known])
            expected[h][known] = drawn.mean(axis=-1)
            variance[h][known] = (moves**2).sum(axis=2).mean(axis=1)
            losses["crps"][h][known] = cal.crps(drawn, here)
            fan = np.quantile(drawn, PROBABILITIES, axis=-1, method="hazen")
            losses["pinball"][h][known] = np.mean(
                [cal.pinball(q, here, p) for p, q in zip(PROBABILITIES, fan, strict=True)], axis=0
            )
            losses["mae"][h][known] = np.abs(here - fan[PROBABILITIES.index(0.5)])
    exact = model.predictive_moments(returns, np.arange(first, len(returns)))
    if exact is not None:  # a day's expected return is small beside the noise of draws, and decides the direction
        if not np.ptp(exact.mean, axis=0).any():  # the same every day, so it adds up
            expected = {h: came.sessions[h] * exact.mean[: len(real[h])] for h in horizons}
        elif horizons[0] == 1:
            expected[1] = np.array(exact.mean)
    for h in horizons:
        missing = np.isnan(real[h])
        spread = np.where(missing, np.nan, variance[h])
        losses["qlike"][h] = np.log(spread) + came.squares[h] / spread
        for values in (pit[h], expected[h], variance[h], *(losses[name][h] for name in ("crps", "pinball", "mae"))):
            values[missing] = np.nan  # comparisons with NaN are False, not NaN
    return _Judged(pit, expected, variance, losses)


def _coverage_rows(source: str, j: _Judged, assets: tuple[str, ...]) -> list[Row]:
    rows = []
    for h, pits in j.pit.items():
        for i, asset in enumerate(assets):
            pit, alone = _known(pits[:, i]), _known(pits[::h, i])
            apart = len(alone)
            for level in LEVELS:
                low, high = cal.coverage_band(len(pit), level, h)
                row: Row = {"source": source, "asset": asset, "horizon": h, "level": level}
                row |= {"windows": len(pit), "apart": apart, "coverage": cal.covered(pit, level).mean()}
                row |= {"low": low, "high": high, "inside": bool(low <= row["coverage"] <= high)}
                rows.append(row | {"p": cal.coverage_p(cal.covered(alone, level), level)})
    return rows


def _accuracy_rows(source: str, j: _Judged, came: _Came, assets: tuple[str, ...]) -> list[Row]:
    rows = []
    for h, real in came.returns.items():
        for i, asset in enumerate(assets):
            there, apart = np.isfinite(real[:, i]), int(np.isfinite(real[::h, i]).sum())
            losses = {loss: j.losses[loss][h][there, i] for loss in j.losses}
            pit = j.pit[h][there, i]
            row: Row = {"source": source, "asset": asset, "horizon": h, "windows": int(there.sum()), "apart": apart}
            row |= {loss: losses[loss].mean() for loss in ("crps", "pinball", "mae")}
            row["rmse"] = np.sqrt((losses["mae"] ** 2).mean())
            row |= {"pit_mean": pit.mean(), "pit_std": pit.std()}
            row["pit_ks_p"] = cal.uniformity(_known(j.pit[h][::h, i]))[1]
            row |= _direction(j.expected[h][there, i], real[there, i], h)
            sessions = came.sessions[h][there, i]
            foreseen = np.sqrt(j.variance[h][there, i] / sessions)
            realised = np.sqrt(came.squares[h][there, i] / sessions)
            row |= {"volatility": np.sqrt((foreseen**2).mean()), "realised_volatility": np.sqrt((realised**2).mean())}
            row["correlation"] = np.nan if source in (RANDOM_WALK, DRIFT) else np.corrcoef(foreseen, realised)[0, 1]
            rows.append(row | {"qlike": losses["qlike"].mean()})
    return rows


def _direction(expected: np.ndarray, came: np.ndarray, horizon: int) -> Row:
    """Hits of the expected return's sign; none for a source that expects nothing."""
    up = came > 0
    if not np.any(expected):
        return dict.fromkeys(("hit_rate", "hit_low", "hit_high")) | {
            "always_up": up.mean(), "direction_t": None, "direction_p": None,
        }  # fmt: skip
    hits = (expected > 0) == up
    interval = weighted.probability(hits, inflation=overlap_ratio(horizon, float(hits.mean())))
    lags = 3 * horizon if horizon > 1 else None  # as in diebold_mariano
    t = hac_mean(hits.astype(float) - up, lags)[1]
    return {
        "hit_rate": hits.mean(),
        "hit_low": interval.low,
        "hit_high": interval.high,
        "always_up": up.mean(),
        "direction_t": t,
        "direction_p": 2 * stats.norm.sf(abs(t)),
    }


def _comparison_rows(source: str, baseline: str, a: _Judged, b: _Judged, assets: tuple[str, ...]) -> list[Row]:
    rows = []
    for loss in a.losses:
        for h, first in a.losses[loss].items():
            for i, asset in enumerate(assets):
                row: Row = {"source": source, "baseline": baseline, "asset": asset, "horizon": h, "loss": loss}
                rows.append(row | diebold_mariano(_known(first[:, i]), _known(b.losses[loss][h][:, i]), h)._asdict())
    return rows


def _known(values: np.ndarray) -> np.ndarray:
    """Those of (window,) that are not missing."""
    return values[~np.isnan(values)]


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
