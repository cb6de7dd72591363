"""What a study of a strategy found: how it did on the real and on the generated histories."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from tsgan.applications.robustness.strategy import Strategy
from tsgan.applications.robustness.track import Figures, Rules
from tsgan.data.calendars import period_of
from tsgan.errors import ConfigError
from tsgan.reports.doubts import in_lines
from tsgan.reports.front import Front, Matrix
from tsgan.reports.period import Period
from tsgan.reports.result import Result
from tsgan.scenarios.worth import Worth
from tsgan.stats import weighted
from tsgan.stats.overfitting import Deflated, Overfitting

PAGE, DOCUMENT, PATHS = "robustness.html", "robustness.json", "paths.csv"

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
OVERFITTED, UNPROVEN, HOLDS = "overfitted", "unproven", "holds"
CUSTOMARY = 0.05
"""Level of both tests: a chance of overfitting above it, or a deflated Sharpe ratio below 1 minus it, is too much."""

Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Robustness(Result):
    """What a strategy did on the real and on the generated histories.  Made by :func:`tsgan.robustness`.

    Attributes:
        variants: the strategy with each of its parameters.
        chosen: the variant with the best Sharpe ratio on the whole real history, which somebody would trade.
        assets, model, start: of the generated histories.
        rules: how strategies are traded.
        days: of a generated history, and of each real one beside it.
        worth: of the paths, with their weights.
        first_path: number of the first path.
        dates: (day,) of ``real``.
        real: (day, variant) returns on the whole real history.
        whole: figures of it, (variant,) each.
        windows: first and last date of each real history of ``days`` days, in order.
        windowed: their figures, (window,) each, of the chosen variant.
        headline: the window that is compared first: that on the dates of the paths where there is one, else the last.
        same_dates: whether that is the one on the dates of the paths.
        paths: figures (variant, path) on the generated histories.
        deflated: of the best variant.
        overfitting: over the variants that differ, or None where fewer than two do.
        distinct: indices of those.
        holding: figures (path,) of buying equal parts of all assets at the start and keeping them, on the generated
            histories and at the same costs; ``held`` (window,) on the real ones, ``held_whole`` (1,) on all of it.
        warnings: what makes the figures doubtful, found in the prices or in those behind the paths.
        model_hash, data_hash: of what drew the paths, and of the real prices.
    """

    variants: tuple[Strategy, ...]
    chosen: int
    assets: tuple[str, ...]
    model: str
    start: str
    rules: Rules
    days: int
    worth: Worth = field(repr=False)
    first_path: int
    dates: np.ndarray = field(repr=False)
    real: np.ndarray = field(repr=False)
    whole: Figures = field(repr=False)
    windows: tuple[tuple[str, str], ...] = field(repr=False)
    windowed: Figures = field(repr=False)
    headline: int = -1
    same_dates: bool = False
    paths: Figures = field(repr=False, kw_only=True)
    deflated: Deflated = field(kw_only=True)
    overfitting: Overfitting | None = field(repr=False, kw_only=True)
    distinct: np.ndarray = field(repr=False, kw_only=True)
    holding: Figures = field(repr=False, kw_only=True)
    held: Figures = field(repr=False, kw_only=True)
    held_whole: Figures = field(repr=False, kw_only=True)
    warnings: tuple[str, ...] = field(default=(), repr=False, kw_only=True)
    model_hash: str = field(default="", repr=False, kw_only=True)
    data_hash: str = field(default="", repr=False, kw_only=True)

    @property
    def front(self) -> Front:
        """The first screen of the page: whether the strategy makes money on other histories."""
        from tsgan.applications.robustness.front import front

        return front(self)

    @property
    def matrices(self) -> list[Matrix]:
        """Figures by two headings, as the page has them."""
        from tsgan.applications.robustness.matrices import matrices

        return matrices(self)

    @property
    def strategy(self) -> Strategy:
        """The chosen variant."""
        return self.variants[self.chosen]

    @property
    def period(self) -> Period:
        """What a step of the histories is."""
        return Period.of(period_of(self.rules.periods))

    @property
    def weights(self) -> np.ndarray | None:
        """(path,) or None."""
        return self.worth.weights

    @property
    def n_paths(self) -> int:
        return self.paths.sharpe.shape[1]

    @property
    def verdict(self) -> str:
        """``overfitted``: the choice among the variants explains what the best one earned.  ``unproven``: it is not
        distinguishable from luck.  ``holds``: neither test objects."""
        if self.deflated.probability >= 1 - CUSTOMARY:
            return HOLDS
        picked = self.overfitting is not None and self.overfitting.probability > CUSTOMARY
        return OVERFITTED if picked else UNPROVEN

    def place(self, name: str, value: float, variant: int | None = None) -> float:
        """Share of the paths with a lower figure ``name`` than ``value``, equal ones counted half."""
        values = getattr(self.paths, name)[self.chosen if variant is None else variant]
        w = weighted.normalized(self.weights, len(values))
        return float(w @ (values < value) + w @ (values == value) / 2)

    def share(self, hits: np.ndarray) -> weighted.Estimate:
        """How many of the paths (path,) are so, with the interval of Monte Carlo error."""
        return self.worth.probability(hits)

    @property
    def makes_money(self) -> weighted.Estimate:
        """The share of the generated histories on which the strategy ends with more than it began."""
        return self.share(self.paths.growth[self.chosen] > 0)

    @property
    def beats_holding(self) -> weighted.Estimate:
        """The share of them on which its Sharpe ratio is above that of buying and holding."""
        return self.share(self.paths.sharpe[self.chosen] > self.holding.sharpe)

    def rows(self) -> list[Row]:
        """One row a figure of the chosen variant: ``figure, real, place, mean, holding`` (the median of buying and
        holding), ``holding_real``, then ``0.05`` and so on."""
        rows = []
        for name in Figures._fields:
            values = getattr(self.paths, name)[self.chosen]
            real = float(getattr(self.windowed, name)[self.headline])
            row: Row = {"figure": name, "real": real, "place": self.place(name, real)}
            row["mean"] = weighted.mean(values, self.weights).value
            held = getattr(self.holding, name)
            row["holding"] = float(weighted.quantiles(held, [0.5], self.weights)[0])
            row["holding_real"] = float(getattr(self.held, name)[self.headline])
            quantiles = weighted.quantiles(values, list(QUANTILES), self.weights)
            rows.append(row | {f"{q:g}": float(v) for q, v in zip(QUANTILES, quantiles, strict=True)})
        return rows

    def window_rows(self) -> list[Row]:
        """One row a real history of as many days as a path, with the place of its Sharpe ratio."""
        return [
            {"start": start, "end": end, "headline": i == self.headline % len(self.windows)}
            | {name: float(values[i]) for name, values in self.windowed._asdict().items()}
            | {"place": self.place("sharpe", float(self.windowed.sharpe[i]))}
            | {"holding_sharpe": float(self.held.sharpe[i]), "holding_growth": float(self.held.growth[i])}
            for i, (start, end) in enumerate(self.windows)
        ]

    def variant_rows(self) -> list[Row]:
        """One row a variant: parameters, the real Sharpe ratio, and its law on the paths."""
        w = weighted.normalized(self.weights, self.n_paths)
        best = np.bincount(self.paths.sharpe.argmax(0), w, len(self.variants))
        rows = []
        for i, variant in enumerate(self.variants):
            sharpe, own = self.paths.sharpe[i], {n: float(v[i]) for n, v in self.whole._asdict().items()}
            low, median, high = weighted.quantiles(sharpe, [0.05, 0.5, 0.95], self.weights)
            row: Row = {"parameters": dict(variant.parameters), "chosen": i == self.chosen}
            row |= {f"real_{name}": value for name, value in own.items()}
            row |= {"sharpe_0.05": float(low), "sharpe_median": float(median), "sharpe_0.95": float(high)}
            rows.append(row | {"best_on": float(best[i])})
        return rows

    def summary(self) -> str:
        return "\n".join(in_lines(self.warnings) + self.sentences)

    @property
    def sentences(self) -> list[str]:
        """The verdict in words."""
        from tsgan.applications.robustness import words

        return words.sentences(self)

    def to_dict(self) -> Row:
        """Everything but the arrays, with the verdict in words."""
        d, o = self.deflated, self.overfitting
        year = np.sqrt(self.rules.periods)
        return {
            "strategy": self.strategy.name,
            "parameters": dict(self.strategy.parameters),
            "verdict": self.verdict,
            "model": self.model,
            "assets": list(self.assets),
            "paths": self.n_paths,
            "days": self.days,
            "start": self.start,
            "real_start": str(self.dates[0]),
            "real_end": str(self.dates[-1]),
            "real_days": len(self.real),
            "lookback": self.rules.lookback,
            "cost": self.rules.cost,
            "warnings": list(self.warnings),
            "same_dates": self.same_dates,
            "makes_money": self.makes_money._asdict(),
            "beats_holding": self.beats_holding._asdict(),
            "figures": self.rows(),
            "windows": self.window_rows(),
            "variants": self.variant_rows(),
            "deflated": {
                "sharpe": d.sharpe * year,
                "benchmark": d.benchmark * year,
                "deflated_sharpe_ratio": d.probability,
                "probabilistic_sharpe_ratio": d.against_zero,
                "effective_trials": d.trials,
                "skew": d.skew,
                "kurtosis": d.kurtosis,
            },
            "overfitting": None
            if o is None
            else {
                "probability": o.probability,
                "splits": len(o.logits),
                "distinct_variants": len(self.distinct),
                "loss_out_of_sample": o.loss,
                "slope": o.slope,
                "median_sharpe_in": float(np.median(o.chosen_in)) * year,
                "median_sharpe_out": float(np.median(o.chosen_out)) * year,
            },
            "sentences": self.sentences,
        }

    @property
    def sheets(self) -> tuple[str, ...]:
        return ("figures", "windows", "variants", "paths")

    def to_frame(self, table: str | None = None) -> pd.DataFrame:
        """``figures`` by default; also ``windows``, ``variants``, and ``paths``: figures of the chosen variant on each
        path."""
        tables: dict[str, Callable[[], pd.DataFrame]] = {
            "figures": lambda: pd.DataFrame(self.rows()),
            "windows": lambda: pd.DataFrame(self.window_rows()),
            "variants": lambda: pd.DataFrame(self.variant_rows()),
            "paths": self._paths,
        }
        if (table or "figures") not in tables:
            raise ConfigError(f"this study has no table {table!r}; there are {', '.join(tables)}")
        return tables[table or "figures"]()

    def render(self) -> str:
        from tsgan.applications.robustness import page

        return page.render(self)

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write ``robustness.html``, ``robustness.json`` and ``paths.csv``.

        OutputError where they cannot be written, are there and not to be overwritten, or not tsgan's.
        """
        self.write_files(folder, (PAGE, DOCUMENT, PATHS), overwrite=overwrite)

    def _paths(self) -> pd.DataFrame:
        table = pd.DataFrame({name: values[self.chosen] for name, values in self.paths._asdict().items()})
        table = table.assign(**{f"holding_{name}": values for name, values in self.holding._asdict().items()})
        table.insert(0, "scenario", self.first_path + table.index)
        return table if self.weights is None else table.assign(weight=self.weights)
