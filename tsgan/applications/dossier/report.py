"""``dossier``: one page for whoever validates a model."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tsgan.applications.dossier import words
from tsgan.applications.dossier.complexity import beside
from tsgan.applications.dossier.variants import PATHS, Variant, variants
from tsgan.applications.monitor import Monitoring
from tsgan.applications.monitor.report import watched_by
from tsgan.applications.monitor.simulated import Power, power
from tsgan.data.load import Source
from tsgan.errors import ConfigError, DataError
from tsgan.evaluation.protocol import enough, fewest_later
from tsgan.evaluation.results import Scorecard
from tsgan.evaluation.scorecard import PATHS as SCORECARD_PATHS
from tsgan.evaluation.scorecard import evaluate
from tsgan.fitting import ModelSource, as_model
from tsgan.models.contract import MarketModel
from tsgan.notebook import shows_progress
from tsgan.reports.doubts import doubts, in_lines
from tsgan.reports.result import Result
from tsgan.runtime import prepare
from tsgan.stats.inference import mean_interval

if TYPE_CHECKING:
    from tsgan.data.panel import Panel
    from tsgan.reports.front import Front, Matrix

PAGE, DOCUMENT, TABLE = "dossier.html", "dossier.json", "variants.csv"

REFERENCE, PLAIN = "gjr-garch", "gbm"
"""What complexity must pay against, and for the reference itself."""

RUNS, FITS, SCORED_PATHS = 20, 2, SCORECARD_PATHS
"""Simulated years behind the monitoring plan; refits of each kind; paths that the scorecard is made from, as many as
where it stands alone, so that both say the same."""


@dataclass(frozen=True, eq=False)
class Dossier(Result):
    """What a validator needs to know of a model.  Made by :func:`dossier`.

    Attributes:
        model: the model.
        panel: the prices, in its order.
        card: its scorecard on the days since training, beside the reference.
        rival: name of the reference: ``gjr-garch``, or ``gbm`` for a GJR-GARCH itself.
        gains: (day,) log score less the reference's, mean over assets; empty where one has no density.
        parameters, rival_parameters: numbers fitted.
        variants: stability and sensitivity.
        monitoring: the days since training.
        power: how good its alarms are, simulated.
        warnings: what makes the figures doubtful.
    """

    model: MarketModel = field(repr=False)
    panel: Panel = field(repr=False)
    card: Scorecard = field(repr=False)
    rival: str
    gains: np.ndarray = field(repr=False)
    parameters: int
    rival_parameters: int
    variants: tuple[Variant, ...] = field(repr=False)
    monitoring: Monitoring = field(repr=False)
    power: Power | None
    warnings: tuple[str, ...]

    @property
    def gain(self) -> tuple[float, float] | None:
        """Log score a day less the reference's, and half of its 95 % interval; None where one has no density."""
        if not len(self.gains) or not np.isfinite(self.gains).all():
            return None
        return mean_interval(self.gains)

    def spread(self, group: str, name: str) -> float | None:
        """Largest distance of a figure of a group of variants from the model's own, as a share of that; None where
        there is none."""
        own, found = getattr(self.variants[0], name), [getattr(v, name) for v in self.variants if v.group == group]
        return max((abs(one / own - 1) for one in found), default=None) if own else None

    @property
    def front(self) -> Front:
        """The first screen of the page."""
        from tsgan.applications.dossier.front import front

        return front(self)

    @property
    def matrices(self) -> list[Matrix]:
        """Uses, complexity, stability and assumptions."""
        from tsgan.applications.dossier.front import matrices

        return matrices(self)

    def summary(self) -> str:
        return "\n".join([*in_lines(self.warnings), f"{self.front.verdict} {' '.join(self.front.answer)}"])

    def to_dict(self) -> dict[str, Any]:
        from tsgan.applications.dossier.front import assumptions

        info = self.model.info
        return {
            "model": info.model,
            "assets": list(info.assets),
            "purpose": list(words.PURPOSE),
            "data": {
                "source": info.source,
                "train_start": info.train_start,
                "train_end": info.train_end,
                "judged_start": self.card.judged_start,
                "judged_end": self.card.judged_end,
                "judged_days": self.card.days,
                "hash": info.data_hash,
            },
            "method": words.method(self.model),
            "settings": dict(words.settings(self.model)),
            "assumptions": [vars(one) for one in assumptions(self)],
            "complexity": {
                "parameters": self.parameters,
                "reference": self.rival,
                "reference_parameters": self.rival_parameters,
                "log_score_gain": None if self.gain is None else self.gain[0],
                "log_score_gain_low": None if self.gain is None else self.gain[0] - self.gain[1],
                "log_score_gain_high": None if self.gain is None else self.gain[0] + self.gain[1],
            },
            "uses": [vars(use) for use in self.card.uses],
            "variants": [one.to_dict() for one in self.variants],
            "monitoring": self.monitoring.to_dict(),
            "power": None if self.power is None else self.power.to_dict(),
            "warnings": list(self.warnings),
            "model_hash": self.model.model_hash,
            "data_hash": self.panel.data_hash,
        }

    @property
    def sheets(self) -> tuple[str, ...]:
        return ("variants", "assumptions", "uses")

    def to_frame(self, table: str | None = None) -> pd.DataFrame:
        """``variants`` by default; ``assumptions``, ``uses``."""
        from tsgan.applications.dossier.front import assumptions

        rows = {
            "variants": [one.to_dict() for one in self.variants],
            "assumptions": [vars(one) for one in assumptions(self)],
            "uses": [vars(use) for use in self.card.uses],
        }
        if (table or "variants") not in rows:
            raise ConfigError(f"this dossier has no table {table!r}; there are {', '.join(rows)}")
        return pd.DataFrame(rows[table or "variants"])

    def render(self) -> str:
        from tsgan.applications.dossier.page import render

        return render(self)

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write ``dossier.html``, ``dossier.json`` and ``variants.csv``.

        OutputError where they cannot be written, are there and not to be overwritten, or not tsgan's.
        """
        self.write_files(folder, (PAGE, DOCUMENT, TABLE), overwrite=overwrite)


@shows_progress
def dossier(
    model: ModelSource,
    prices: Source,
    *,
    fits: int = FITS,
    paths: int = PATHS,
    runs: int = RUNS,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Dossier:
    """Everything that a validator asks of a model, computed: uses, what its complexity buys over GJR-GARCH on later
    days, assumptions with the figures that test them, stability over seeds and refits, sensitivity, and a monitoring
    plan.

    Args:
        model: a fitted model, or what ``tsgan.load_model`` reads.
        prices: the training dates, and at least 250 later ones (60 of weeks and longer periods).
        fits: refits with other seeds, and as many to dates that end one year earlier each; 0 for none.
        paths: paths behind the figures of every variant.
        runs: simulated years behind the monitoring plan; 0 for none.
        seed: of all randomness here.
        progress: called with one plain sentence as things go; a notebook shows them by itself.

    Raises:
        ModelError: a model that cannot be read, or prices of other tickers.
        DataError: prices that cannot be used, or too few after the training.
    """
    prepare()
    tell = progress or (lambda _: None)
    fitted = as_model(model)
    panel, info = fitted.aligned(prices), fitted.info
    needed, later = enough(panel.periods_per_year), fewest_later(panel, np.datetime64(info.train_end))
    if later < needed or panel.dates[0] > np.datetime64(info.train_end):
        raise DataError(
            f"a dossier needs the training dates and at least {needed} later returns of every asset, to judge on what "
            f"the model has not seen; after {info.train_end} there are {later}: give later prices, or a model "
            f"fitted to "
            "earlier dates"
        )
    rival = PLAIN if info.model == REFERENCE else REFERENCE
    card = evaluate(fitted, panel, baselines=(rival,), paths=SCORED_PATHS, seed=seed, progress=progress)
    tell(f"scoring {info.model} beside {rival} day by day")
    gains, other = beside(fitted, panel, rival, seed)
    found = variants(fitted, panel, fits=fits, paths=paths, seed=seed, progress=progress)
    watched = watched_by(fitted, panel, seed=seed, progress=progress)
    known = panel.through(info.train_end)
    plan = power(fitted, known, runs=runs, seed=seed, progress=progress) if runs else None
    return Dossier(
        fitted,
        panel,
        card,
        rival,
        gains,
        words.parameters(fitted),
        words.parameters(other),
        found,
        watched,
        plan,
        doubts(info.warnings, panel.warnings),
    )
