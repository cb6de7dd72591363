"""What every fitted model knows of its origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tsgan.data.kinds import Bounds, Kind, Space
from tsgan.data.panel import Panel
from tsgan.data.sessions import open_on
from tsgan.models.moves import mean_move


@dataclass(frozen=True)
class ModelInfo:
    """What every fitted model knows of its origin.

    Attributes:
        model: the fitter's name, ``gan`` or a baseline's.
        assets, kinds, bounds, calendar, periods_per_year, currency, source: copied from the training panel.
        train_start, train_end: first and last date of the training prices (ISO).
        start_prices: the last price up to ``last_date``, per asset; base values where ``rebased``.
        drift: mean move a period that the paths carry, per asset.
        seed: seed of the fit.
        data_hash: hash of the training panel.
        config: the configuration, JSON-ready.
        calendars: one an asset, where they keep others than ``calendar``; they do not move when theirs is closed.
        rebased: whether the model was parted from its prices, see :meth:`tsgan.models.gan.model.GAN.without_prices`.
        warnings: what makes figures doubtful: findings in the training prices, fits that failed; one sentence each.
        state_end: last date that the state has taken in since training (:func:`tsgan.update`); empty where none.
    """

    model: str
    assets: tuple[str, ...]
    kinds: tuple[Kind, ...]
    calendar: str
    periods_per_year: int
    currency: str
    source: str
    train_start: str
    train_end: str
    start_prices: tuple[float, ...]
    drift: tuple[float, ...]
    seed: int
    data_hash: str
    config: Mapping[str, Any]
    bounds: tuple[Bounds, ...] = ()
    rebased: bool = False
    calendars: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    state_end: str = ""

    @property
    def last_date(self) -> str:
        """The date (ISO) that paths start on without a history: the last one that the state knows."""
        return self.state_end or self.train_end

    @cached_property
    def space(self) -> Space:
        """Kinds and bounds of the assets, and the maps that they stand for."""
        return Space.of(self.assets, self.kinds, self.bounds)

    @classmethod
    def of(
        cls, model: str, panel: Panel, *, seed: int, config: Mapping[str, Any], drift: np.ndarray | None = None
    ) -> ModelInfo:
        """The information of a model fitted to ``panel``; the drift is the panel's mean move unless given."""
        means = mean_move(panel.moves) if drift is None else drift
        return cls(
            model=model,
            assets=panel.assets,
            kinds=panel.kinds,
            calendar=panel.calendar,
            periods_per_year=panel.periods_per_year,
            currency=panel.currency,
            source=panel.source,
            train_start=str(panel.dates[0]),
            train_end=str(panel.dates[-1]),
            start_prices=tuple(map(float, panel.last_prices)),
            drift=tuple(float(mean) for mean in means),
            seed=seed,
            data_hash=panel.data_hash,
            config=dict(config),
            bounds=panel.bounds,
            calendars=panel.calendars,
            warnings=panel.warnings,
        )

    def closed(self, dates: np.ndarray) -> np.ndarray | None:
        """(day, asset) whether an asset's exchange is closed on ``dates`` (day,); None where all keep one calendar."""
        return ~open_on(self.calendars, dates) if self.calendars and len(dates) else None

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ModelInfo:
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        fields["bounds"] = tuple((floor, cap) for floor, cap in fields.get("bounds", ()))
        return cls(**fields)

    def to_json(self) -> dict[str, Any]:
        values = asdict(self)
        if not self.calendars:  # what models were saved as before assets had calendars of their own
            del values["calendars"]
        if not self.warnings:  # so that models of clean prices keep the hash that they had
            del values["warnings"]
        if not self.state_end:
            del values["state_end"]
        return values
