"""skfolio: a model as the ``distribution_estimator`` of ``skfolio.prior.SyntheticData``::

    model = MeanRisk(
        risk_measure=RiskMeasure.CVAR,
        prior_estimator=SyntheticData(distribution_estimator=GANDistribution(random_state=0), n_samples=5000),
    )
    model.fit(X)  # X: linear returns, dates x assets

What ``SyntheticData`` asks of it was read off skfolio 1.12: ``fit(X, y)``, ``sample(n_samples=..., **sample_args)``,
and the parameters of the constructor for ``sklearn.clone``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from tsgan.config import GANConfig
from tsgan.data.load import load_prices
from tsgan.data.panel import Panel
from tsgan.errors import ConfigError, DataError, ModelError
from tsgan.fitting import FITTERS, fit, load_model
from tsgan.models.conditioning.conditional import condition
from tsgan.models.conditioning.events import Event, Target
from tsgan.models.contract import MarketModel
from tsgan.models.dynamics import Dynamics

try:
    from sklearn.base import BaseEstimator  # pyright: ignore[reportMissingImports]
except ImportError as error:
    raise ImportError("tsgan.integrations.skfolio needs skfolio; install it: pip install 'tsgan[skfolio]'") from error

Conditioning = Mapping[int | str, float | tuple[float, float] | Any]

GROUPS = 10
"""Where every sample has a condition of its own, they are drawn in this many groups of similar ones."""
PROPOSALS = 4
"""Paths proposed a sample that is asked for under conditions."""
FEWEST_PROPOSALS = 2000
CLOSE = 0.1
"""Default tolerance of a fixed value: this part of the asset's standard deviation."""


class GANDistribution(BaseEstimator):
    """The law of the returns to come, given the history that it was fitted to.

    Args:
        model: what ``fit`` does with the returns that it is given: a name from ``tsgan.FITTERS`` or a
            :class:`tsgan.GANConfig` is trained on them; a fitted model, or the folder of one, keeps its parameters and
            is only carried forward through them, to the state of the market on their last day.
        horizon: periods that a sample covers; 1 for the returns of the next period.
        tolerance: how close a path must come to a fixed value that it is conditioned on; a tenth of the asset's
            standard deviation by default.  Samples are then set to the value itself.
        random_state: seed of everything random; None for another one each time.

    Attributes:
        model_: the fitted MarketModel.
        history_: the prices that samples carry on from, or None for the end of the model's own training.
        assets_: tickers, one a column of ``sample``.
        n_features_in_, feature_names_in_: as everywhere in scikit-learn.

    Example:
        ``FrozenEstimator(GANDistribution.of("models/spx", history=prices))`` samples a saved model as it is.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | GANConfig | MarketModel = "gan",
        horizon: int = 1,
        tolerance: float | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.model = model
        self.horizon = horizon
        self.tolerance = tolerance
        self.random_state = random_state

    @classmethod
    def of(cls, model: str | os.PathLike[str] | MarketModel, history: Any = None, **parameters: Any) -> GANDistribution:
        """A fitted estimator around a fitted model, or the folder of one; for ``sklearn.frozen.FrozenEstimator``.

        ``history`` are prices to carry on from (anything that ``tsgan.load_prices`` reads), by default the model's own.
        Columns are in the model's order, ``assets_``.
        """
        made = cls(model, **parameters)
        made.model_ = model if isinstance(model, MarketModel) else load_model(model)
        made.history_ = None if history is None else made.model_.aligned(load_prices(history))
        return made._shaped(made.model_.info.assets, named=True)

    def fit(self, X: Any, y: Any = None) -> GANDistribution:
        """Train on, or carry forward through, linear returns (period, asset): a DataFrame with dates, or an array.

        Raises DataError for returns that cannot be used, as ``tsgan.load_prices`` does.
        """
        fresh = isinstance(self.model, GANConfig) or self.model in FITTERS
        panel, named = _panel(X, None if fresh else 2)
        if fresh:
            self.model_ = fit(panel, self.model, seed=self._seed())  # type: ignore[arg-type]
        else:
            self.model_ = self.model if isinstance(self.model, MarketModel) else load_model(self.model)  # type: ignore[arg-type]
        self.history_ = self.model_.aligned(panel)
        return self._shaped(panel.assets, named)

    def sample(self, n_samples: int = 1, conditioning: Conditioning | None = None) -> np.ndarray:
        """Draw linear returns (sample, asset) over ``horizon`` periods; of levels and rates, differences.

        Args:
            n_samples: how many.
            conditioning: asset (name or column) -> a value, bounds ``(low, high)`` either of which may be infinite, or
                one value a sample.

        Returns:
            (n_samples, n_assets) float64, all equally likely, free to be written to.

        Raises:
            ScenarioError: conditions beyond what the model can tell anything about.
            ConfigError: conditions that make no sense.
        """
        if not hasattr(self, "model_"):
            raise ModelError(
                "this GANDistribution is not fitted; call fit(X), or make it with GANDistribution.of(model)"
            )
        seed = self._seed()
        if conditioning:
            drawn = self._given(int(n_samples), conditioning, seed)
        else:
            drawn = self._totals(self.model_.sample(n_samples, self.horizon, seed=seed, history=self.history_).returns)
        columns = [self.model_.info.assets.index(asset) for asset in self.assets_]
        return np.array(drawn[:, columns], dtype=np.float64)

    def _given(self, count: int, conditioning: Conditioning, seed: int) -> np.ndarray:
        """(sample, asset of the model) under conditions: weighted paths from the model, dealt out by their weights."""
        dynamics = Dynamics.after(self.model_, self.history_)
        free = self._totals(
            self.model_.sample(FEWEST_PROPOSALS, self.horizon, seed=seed, history=self.history_).returns
        )
        bands: dict[int, tuple[float, float]] = {}
        values: dict[int, np.ndarray] = {}  # asset -> (sample,)
        for key, value in conditioning.items():
            column = self.model_.info.assets.index(self._asset(key))
            if isinstance(value, tuple):
                bands[column] = _bounds(key, value)
            else:
                values[column] = _values(key, value, count)
        near = {c: CLOSE * free[:, c].std() if self.tolerance is None else self.tolerance for c in values}
        varying = [c for c, v in values.items() if np.ptp(v) > 0]
        order = np.argsort(values[varying[0]], kind="stable") if varying else np.arange(count)
        rng = np.random.default_rng([seed, 0x5F0])
        drawn = np.empty((count, free.shape[1]))
        for number, rows in enumerate(np.array_split(order, min(GROUPS, count) if varying else 1)):
            wanted = bands | {c: (v[rows].min() - near[c], v[rows].max() + near[c]) for c, v in values.items()}
            proposals = max(PROPOSALS * len(rows), FEWEST_PROPOSALS)
            found = condition(dynamics, self._event(dynamics, wanted), proposals, self.horizon, seed + number).scenarios
            totals = self._totals(found.returns)
            assert found.weights is not None
            if not varying:
                drawn[rows] = totals[rng.choice(len(totals), len(rows), p=found.weights)]
            else:
                for row in rows:
                    far = np.sum([((totals[:, c] - v[row]) / near[c]) ** 2 for c, v in values.items()], axis=0)
                    p = found.weights * np.exp(-0.5 * (far - far.min()))
                    drawn[row] = totals[rng.choice(len(totals), p=p / p.sum())]
        for column, value in values.items():
            drawn[:, column] = value
        return drawn

    def _event(self, dynamics: Dynamics, bands: Mapping[int, tuple[float, float]]) -> Event:
        info, start, day = self.model_.info, dynamics.first.start_prices, self.horizon
        targets = []
        for c, (low, high) in bands.items():
            relative = info.kinds[c] == "price"
            shift = 0.0 if relative else float(start[c])  # events speak of the value of a level, samples of its change
            targets.append(Target(info.assets[c], c, relative, low + shift, high + shift, day, day))
        return Event(tuple(targets), start)

    def _totals(self, returns: np.ndarray) -> np.ndarray:
        """Linear returns (path, asset) over all days of returns (path, day, asset); differences of levels and rates."""
        total = returns.sum(axis=1, dtype=np.float64)
        return np.where([kind == "price" for kind in self.model_.info.kinds], np.expm1(total), total)

    def _asset(self, key: int | str) -> str:
        if key in self.assets_:
            return str(key)
        if isinstance(key, int | np.integer) and 0 <= key < len(self.assets_):
            return self.assets_[key]
        raise ConfigError(f"no asset {key!r} to condition on; there are {', '.join(self.assets_)}")

    def _shaped(self, assets: tuple[str, ...], named: bool) -> GANDistribution:
        self.assets_, self.n_features_in_ = assets, len(assets)
        if named:
            self.feature_names_in_ = np.array(assets, dtype=object)
        return self

    def _seed(self) -> int:
        if self.random_state is None:
            return int(np.random.default_rng().integers(2**31))
        if isinstance(self.random_state, np.random.RandomState):
            return int(self.random_state.randint(2**31 - 1))
        return int(self.random_state)


def _panel(X: Any, min_days: int | None) -> tuple[Panel, bool]:
    """Prices that have these linear returns, and whether they have names of their own."""
    named = isinstance(X, pd.DataFrame)
    returns = np.asarray(X, np.float64)
    if returns.ndim != 2 or len(returns) < 2:
        raise DataError(f"returns must be (period, asset), several of them, not of shape {returns.shape}")
    bad = ~(np.isfinite(returns) & (returns > -1))
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise DataError(
            f"the return {returns[row, column]} in row {row}, column {column} is no linear return; give finite numbers "
            "above -1 (0.01 is 1 %), without missing ones"
        )
    assets = [str(name) for name in X.columns] if named else [f"x{i}" for i in range(returns.shape[1])]
    if named and isinstance(X.index, pd.DatetimeIndex):
        dates = X.index
    else:
        dates = pd.bdate_range("2000-01-03", periods=len(returns))
    usual = dates.to_series().diff().median()
    before = dates[:1] - (usual if usual > pd.Timedelta(days=4) else pd.offsets.BDay(1))
    prices = 100 * np.vstack([np.ones(len(assets)), np.cumprod(1 + returns, axis=0)])
    frame = pd.DataFrame(prices, index=before.append(dates), columns=assets)
    return load_prices(frame, kinds=dict.fromkeys(assets, "price"), min_days=min_days), named


def _bounds(key: int | str, value: tuple[Any, ...]) -> tuple[float, float]:
    try:
        low, high = map(float, value)
    except (TypeError, ValueError):
        low, high = np.nan, np.nan
    if not low < high:
        raise ConfigError(f"cannot condition {key!r} on {value!r}; bounds are (low, high) with low below high")
    return low, high


def _values(key: int | str, value: Any, count: int) -> np.ndarray:
    values = np.asarray(value, np.float64)
    if values.shape not in ((), (count,)) or not np.isfinite(values).all():
        raise ConfigError(
            f"cannot condition {key!r} on {values.size} values; give a finite one, or one for each of {count}"
        )
    return np.broadcast_to(values, (count,))
