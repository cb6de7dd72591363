"""What every market model promises: :func:`check_model`."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from tsgan.data.days import DAY
from tsgan.data.panel import Panel
from tsgan.errors import ModelError, StaleModelWarning, TsganError
from tsgan.fitting import MODELS, fit, load_model
from tsgan.models.bars.model import FittedBars
from tsgan.models.contract import MarketModel
from tsgan.models.forward import forward
from tsgan.models.histories import STALE_DAYS
from tsgan.models.random import BLOCK
from tsgan.models.states import stacked
from tsgan.testing.examples import example_panel


@dataclass(frozen=True, eq=False)
class ModelCase:
    """A fitted model, and prices that begin with those it was fitted to and go on."""

    model: MarketModel
    panel: Panel

    @cached_property
    def training(self) -> Panel:
        return self.panel.through(self.model.info.train_end)

    @property
    def block(self) -> np.ndarray:
        """The first block of paths."""
        return next(self.model.blocks(0, 1))

    @property
    def states(self) -> Any:
        """That of the end of training, as one state of many."""
        return stacked([self.model.state])


Check = Callable[[ModelCase], None]


def check_model(
    model: MarketModel | type[MarketModel] | str | Any, panel: Panel | None = None, *, skip: Collection[str] = ()
) -> None:
    """Check the contract of a model: every check in :data:`MODEL_CHECKS`, one after the other.

    Args:
        model: what :func:`tsgan.fit` takes for one, a class or a registered name, which is then fitted twice; or a
            fitted model.
        panel: prices to check with, at least two assets.  A fitted model's begin with those it was fitted to and go on
            for at least two years.  By default a simulated market with bars.
        skip: names of checks to leave out, for a reason of the model's own.

    Raises:
        AssertionError: says what to mend.
    """
    panel = example_panel() if panel is None else panel
    if not isinstance(model, MarketModel):
        training = panel.before(panel.cut_date(0.7))
        fitted, again = (fit(training, model, seed=1) for _ in range(2))
        assert fitted == again, "two fits to the same panel with the same seed differ; draw from the seed alone"
        model = fitted
    case = ModelCase(model, panel)
    for name, check in MODEL_CHECKS.items():
        if name not in skip:
            check(case)


def _count(case: ModelCase) -> None:
    few, many = case.model.sample(20, 40, seed=3), case.model.sample(2_000, 40, seed=3)
    assert np.array_equal(few.returns, many.returns[:20]), (
        "the first 20 paths depend on how many are drawn; use nothing but the seed, a path's own index and the day"
    )


def _shards(case: ModelCase) -> None:
    whole = case.model.sample(BLOCK + 60, 30, seed=3)
    shard = case.model.sample(100, 30, seed=3, first_path=BLOCK - 50)
    assert shard.first_path == BLOCK - 50
    assert np.array_equal(shard.returns, whole.returns[BLOCK - 50 : BLOCK + 50]), (
        "paths of a shard are not those of the whole job; a path's index is all that may tell it apart"
    )


def _horizon(case: ModelCase) -> None:
    short, long = case.model.sample(20, 60, seed=3), case.model.sample(20, 252, seed=3)
    assert np.array_equal(short.returns, long.returns[:, :60]), (
        "the first days of a path depend on the horizon; draw noise day by day, and compute each day in the same shape"
    )
    assert np.array_equal(short.dates, long.dates[:61])


def _seeds(case: ModelCase) -> None:
    one, other = case.model.sample(50, 20, seed=1), case.model.sample(50, 20, seed=2)
    assert not np.array_equal(one.returns, other.returns), "two seeds give the same paths"
    assert len(np.unique(one.returns.reshape(50, -1), axis=0)) == 50, "two of 50 paths are the same"


def _scenarios(case: ModelCase) -> None:
    paths, training = case.model.sample(300, 252, seed=0), case.training
    assert paths.returns.shape == (300, 252, len(training.assets)), f"returns have shape {paths.returns.shape}"
    assert paths.returns.dtype == np.float32, f"returns are {paths.returns.dtype}, not float32"
    assert np.isfinite(paths.returns).all() and np.isfinite(paths.prices).all(), "a path is not finite"
    assert (paths.prices[..., paths.space.logs] > 0).all(), "a price is not positive"
    assert paths.assets == training.assets
    assert paths.dates[0] == training.dates[-1] and len(paths.dates) == 253
    assert (np.diff(paths.dates) > np.timedelta64(0, "D")).all()
    assert np.array_equal(paths.start_prices, training.last_prices), "paths do not start at the last training prices"
    assert paths.provenance["model"] == case.model.info.model
    assert paths.provenance["data_hash"] == training.data_hash, "info is not of the panel; make it with ModelInfo.of"


def _saving(case: ModelCase) -> None:
    model = case.model
    assert model.info.model in MODELS, (
        f"info.model is {model.info.model!r}, which is not registered: register the class under it (entry-point group "
        f"{MODELS.group!r}), so that load_model finds it"
    )
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model")
        again = load_model(Path(folder) / "model")
    assert type(again) is type(model), f"a saved {type(model).__name__} came back as {type(again).__name__}"
    assert again.info == model.info
    assert again == model and hash(again) == hash(model), "arrays() and restore() do not give the same model back"
    assert np.array_equal(again.sample(20, 30, seed=5).returns, model.sample(20, 30, seed=5).returns), (
        "the saved model draws other paths; arrays() must hold everything that they depend on"
    )
    assert model.info.assets[0] in repr(model), "repr does not say what it is; dataclasses need repr=False, eq=False"


def _history(case: ModelCase) -> None:
    default, training = case.model.sample(10, 30, seed=1), case.training
    for history in (training, training.select(training.assets[::-1]), training.to_frame()):
        given = case.model.sample(10, 30, seed=1, history=history)
        assert np.array_equal(given.returns, default.returns), (
            f"the training prices as history (a {type(history).__name__}) change the paths; encode(recent) must be "
            "encode of the last context_days training returns"
        )
        assert np.array_equal(given.dates, default.dates)
    _raises(case.training.assets[1], lambda: case.model.sample(10, 5, history=training.select(training.assets[:1])))


def _stale(case: ModelCase) -> None:
    end = case.training.dates[-1]
    assert case.panel.dates[-1] > end + (STALE_DAYS + 1) * DAY, "the panel must go on for more than a year"
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        paths = case.model.sample(4, 5, history=case.panel)
    told = [str(warning.message) for warning in seen if issubclass(warning.category, StaleModelWarning)]
    assert len(told) == 1 and str(end) in told[0], "no warning of a model that is more than a year old"
    assert paths.dates[0] == case.panel.dates[-1]
    assert np.array_equal(paths.start_prices, case.panel.last_prices)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        case.model.sample(4, 5, history=case.panel.before(end + 100 * DAY))


def _start(case: ModelCase) -> None:
    asset, price = case.training.assets[0], float(case.training.last_prices[0]) * 1.25
    paths = case.model.sample(4, 5, seed=1, start_prices={asset: price}, start_date="2030-01-02")
    assert paths.start_prices[0] == price and str(paths.dates[0]) == "2030-01-02"
    if not case.training.space.bounded:
        assert np.array_equal(paths.returns, case.model.sample(4, 5, seed=1).returns), "start prices change returns"


def _counts(case: ModelCase) -> None:
    for wrong in ({"n_paths": 0}, {"horizon": -1}, {"horizon": 2.5}, {"first_path": -1}, {"seed": -1}):
        _raises("whole number", lambda wrong=wrong: case.model.sample(**{"n_paths": 10, "horizon": 5, **wrong}))


def _drift(case: ModelCase) -> None:
    paths = case.model.sample(4_000, 60, seed=11).moves.astype(np.float64)
    means = paths.mean(axis=1)  # (path, asset): paths are independent, days need not be
    error = means.std(axis=0) / np.sqrt(len(means))
    away = np.abs(means.mean(axis=0) - case.model.info.drift) / error
    assert (away < 4).all(), f"the mean of paths is {away.round(1)} standard errors from info.drift"


def _density(case: ModelCase) -> None:
    returns = case.training.moves[-200:]
    context, later = returns[:100], returns[100:]
    density = case.model.log_density(later, context)
    if density is None:
        return
    assert density.shape == later.shape, f"log_density has shape {density.shape}, not {later.shape}"
    assert np.isfinite(density).all(), "a log density of real returns is not finite"
    changed = later.copy()
    changed[50:] = 0.05
    after = case.model.log_density(changed, context)
    assert after is not None and np.array_equal(after[:50], density[:50]), "a density looks at the days after it"
    reach = 30 * float(np.nanstd(case.training.moves, axis=0).max())
    grid = np.linspace(-reach, reach, 801)
    values = np.array([case.model.log_density(np.full((1, later.shape[1]), x), context) for x in grid])[:, 0]
    mass = np.trapezoid(np.exp(values), grid, axis=0)
    assert (np.abs(mass - 1) < 5e-3).all(), f"the one-day density integrates to {mass}, not 1"


def _moments(case: ModelCase) -> None:
    returns, draws = case.panel.moves, 20_000
    ends = np.array([len(case.training.moves), len(returns)])
    exact = case.model.predictive_moments(returns, ends)
    if exact is None:
        return
    for end, mean, volatility in zip(ends, exact.mean, exact.volatility, strict=True):
        _, drawn = next(case.model.forecast(returns, np.array([end]), 1, draws, seed=2))
        x = drawn[0, :, 0].astype(np.float64)
        away = np.abs(x.mean(axis=0) - mean) / (x.std(axis=0) / np.sqrt(draws))
        assert (away < 4).all(), f"draws have a mean {away.round(1)} standard errors from that of predictive_moments"
        kurtosis = ((x - x.mean(axis=0)) ** 4).mean(axis=0) / x.var(axis=0) ** 2
        away = np.abs(x.std(axis=0) / volatility - 1) / np.sqrt((kurtosis - 1) / 4 / draws)
        assert (away < 4).all(), f"draws have a volatility {away.round(1)} standard errors from predictive_moments"


def _many_states(case: ModelCase) -> None:
    import jax

    returns, model = case.panel.moves, case.model
    ends = np.unique([1, 3, 300, min(model.context_days + 7, len(returns)), len(returns)])
    many = jax.tree.leaves(model.encode_each(returns, ends))
    for i, end in enumerate(ends):
        one = jax.tree.leaves(model.encode(returns[max(0, end - model.context_days) : end]))
        for states, state in zip(many, one, strict=True):
            np.testing.assert_allclose(
                states[i], state, rtol=2e-5, atol=1e-6, err_msg="encode_each is not encode of each history"
            )


def _forecasts(case: ModelCase) -> None:
    returns, model = case.panel.moves, case.model
    ends = np.array([500, 501, len(returns) - 100])
    chunks = list(model.forecast(returns, ends, 10, 300, seed=4))
    assert np.array_equal(np.concatenate([chunk for chunk, _ in chunks]), ends)
    draws = np.concatenate([paths for _, paths in chunks])
    assert draws.shape == (3, 300, 10, returns.shape[1]) and draws.dtype == np.float32
    for end, drawn in zip(ends, draws, strict=True):
        history = case.panel.through(case.panel.dates[end])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", StaleModelWarning)
            paths = model.sample(300, 10, seed=4, first_path=int(end) * 300, history=history).moves
        np.testing.assert_allclose(
            drawn, paths, rtol=1e-4, atol=1e-6, err_msg="forecasts are not the paths from their day on"
        )
    assert not np.array_equal(draws[0], draws[1]), "two days share their draws"


def _causality(case: ModelCase) -> None:
    returns = case.panel.moves
    known = returns.copy()
    known[400:] = np.nan
    [(_, alone)] = case.model.forecast(known, np.array([400]), 5, 50)
    [(_, among)] = case.model.forecast(returns, np.array([399, 400, 401]), 5, 50)
    assert np.array_equal(alone[0], among[1]), "a forecast depends on the future, or on the other forecasts"


def _ends(case: ModelCase) -> None:
    for ends in ([], [0, 1], [5, 5], [10**6]):
        _raises(
            "increasing ends",
            lambda ends=ends: next(case.model.forecast(case.panel.moves, np.array(ends, int), 5, 50)),
        )


def _noise(case: ModelCase) -> None:
    model, starts = case.model, np.zeros(len(case.block), int)
    noise = model.noise(case.block, 20, 7)
    assert noise.shape[:2] == (20, len(case.block)), f"noise has shape {noise.shape}, not (day, path, number)"
    assert np.array_equal(noise[:5], model.noise(case.block, 5, 7)), "noise of the first days depends on the horizon"
    other = model.simulate(case.states, starts, case.block, 20, 7)
    np.testing.assert_allclose(
        model.respond(case.states, starts, noise),
        other,
        rtol=1e-4,
        atol=1e-6,
        err_msg="paths are not what respond makes of noise: draw nothing elsewhere",
    )


def _antithetic(case: ModelCase) -> None:
    model = case.model
    one, pairs = model.sample(600, 20, seed=7), model.sample(600, 20, seed=7, antithetic=True)
    if model.population == 1:
        np.testing.assert_allclose(pairs.returns[::2], one.returns[::2], rtol=1e-4, atol=1e-6)
        assert not np.allclose(pairs.returns[1::2], one.returns[1::2], atol=1e-4)
        if model.law == "normal":  # returns follow the noise's sign: pairs nearly cancel, but for skew and heavy tails
            ranks = np.argsort(np.argsort(pairs.returns.sum(axis=1, dtype=np.float64), axis=0), axis=0)
            assert np.corrcoef(ranks[::2].ravel(), ranks[1::2].ravel())[0, 1] < -0.8, (
                "mirrored noise does not give opposite paths; returns should increase in the noise, or law be 'uniform'"
            )
    shard = model.sample(10, 20, seed=7, first_path=301, antithetic=True)
    assert np.array_equal(shard.returns, pairs.returns[301:311])


def _gradient(case: ModelCase) -> None:
    width, model, assets = 8, case.model, len(case.training.assets)
    starts, rng = np.zeros(width, int), np.random.default_rng(0)
    noise = np.asarray(model.noise(case.block, 12, 1), np.float64)[:, :width]
    slope, direction = rng.normal(size=(width, 12, assets)), rng.normal(size=noise.shape)
    gradient = model.sensitivity(case.states, starts, noise, slope)
    if gradient is None:
        return
    assert model.law == "normal", "a gradient in uniform noise is of no use; give None, or normal noise"

    def value(step: float) -> np.ndarray:
        returns = model.respond(case.states, starts, noise + step * direction).astype(np.float64)
        return (slope * returns).sum(axis=(1, 2))

    numeric = (value(1e-3) - value(-1e-3)) / 2e-3
    np.testing.assert_allclose(
        (gradient * direction).sum(axis=(0, 2)),
        numeric,
        rtol=0.02,
        atol=5e-4,
        err_msg="sensitivity is not the gradient that finite differences give",
    )


def _bars(case: ModelCase) -> None:
    if not {"open", "high", "low"} <= set(case.training.bars):
        return
    law = FittedBars.fit(case.training)
    barred = case.model.with_bars(law)
    assert barred != case.model and barred.with_bars(None) == case.model, "bars are not part of what a model is"
    paths = barred.sample(20, 15, seed=6)
    assert np.array_equal(paths.returns, case.model.sample(20, 15, seed=6).returns), "bars change the closes"
    fields = {name: values[..., law.modelled] for name, values in paths.ohlcv().items()}
    assert (fields["low"] <= np.minimum(fields["open"], fields["close"])).all()
    assert (np.maximum(fields["open"], fields["close"]) <= fields["high"]).all()
    with tempfile.TemporaryDirectory() as folder:
        barred.save(Path(folder) / "model")
        assert load_model(Path(folder) / "model") == barred, "bars are lost on the way through a folder"


def _forward(case: ModelCase) -> None:
    later = case.panel.through(case.panel.dates[len(case.training) + 4])
    few = later.select(case.training.assets[::-1])._rows(later.dates >= case.training.dates[-1], "at the end")
    again = moved = forward(case.model, few).model
    if case.model.info.model in MODELS:  # or the check of saving says so
        with tempfile.TemporaryDirectory() as folder:
            moved.save(Path(folder) / "model")
            again = load_model(Path(folder) / "model")
    assert moved == forward(case.model, later).model == again, "carried_on does not give one state for the same days"
    one, other = again.sample(10, 5, seed=1), case.model.sample(10, 5, seed=1, history=later)
    assert np.array_equal(one.prices, other.prices) and np.array_equal(one.dates, other.dates), (
        "the state moved forward is not the one that the whole history leaves behind: override carried_on"
    )


MODEL_CHECKS: dict[str, Check] = {
    "count": _count,
    "shards": _shards,
    "horizon": _horizon,
    "seeds": _seeds,
    "scenarios": _scenarios,
    "saving": _saving,
    "history": _history,
    "stale": _stale,
    "start": _start,
    "counts": _counts,
    "drift": _drift,
    "density": _density,
    "moments": _moments,
    "states": _many_states,
    "forecasts": _forecasts,
    "causality": _causality,
    "ends": _ends,
    "noise": _noise,
    "antithetic": _antithetic,
    "gradient": _gradient,
    "bars": _bars,
    "forward": _forward,
}
"""What is checked, by name."""


def _raises(match: str, work: Callable[[], Any]) -> None:
    try:
        work()
    except ModelError as error:
        assert match in str(error), f"expected a ModelError about {match!r}, not: {error}"
    except TsganError as error:
        raise AssertionError(f"expected a ModelError, not {type(error).__name__}: {error}") from error
    else:
        raise AssertionError(f"expected a ModelError about {match!r}")
