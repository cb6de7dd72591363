"""What an evaluation found: its tables, and how they become JSON, a page and frames."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tsgan.evaluation.bands import MARKS
from tsgan.evaluation.curves import Curves
from tsgan.evaluation.logscore import LogScore
from tsgan.evaluation.rows import FactRow, Gate, ScoreRow
from tsgan.files import atomic_path

if TYPE_CHECKING:
    from tsgan.data.kinds import Kind, Space
    from tsgan.evaluation.calibration import Calibration
    from tsgan.reports.period import Period

SCHEMA_VERSION = 2


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the plots are drawn from; not part of the JSON.  ``real`` and ``generated`` are moves; ``bars`` and
    ``generated_bars`` hold the fields of :data:`tsgan.stats.bars.FIELDS`, the latter of the first assets."""

    real: np.ndarray
    dates: np.ndarray
    start_prices: np.ndarray
    kinds: tuple[Kind, ...]
    space: Space
    generated: np.ndarray
    curves: Mapping[str, Curves]
    calibration: Calibration | None
    training_history: pd.DataFrame | None
    bars: np.ndarray | None = None
    generated_bars: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Scorecard:
    """How far generated paths resemble the market.  Made by :func:`evaluate`.

    Attributes:
        model: name of what was judged.
        baselines: names of the classical models beside it.
        assets: tickers.
        in_sample: True where the judged returns were seen in training: then it proves little.
        train_start, train_end: dates that the model and the baselines were fitted on (ISO).
        judged_start, judged_end: dates of the first and last judged return (ISO).
        days, paths, seed: judged returns, generated paths a source, seed of their randomness.
        lags: lags that the Quant GANs scores cover.
        facts: one row a fact and asset.
        scores: Quant GANs scores, one row a source and asset; the source ``real-vs-real`` is the noise floor.
        distances: further distances, likewise (``tsgan.evaluation.distances``).
        joint: errors of the joint law, one row a source; empty for one asset (``tsgan.evaluation.joint``).
        novelty: nearest-neighbour distances, one row a source (``tsgan.evaluation.novelty``).
        judges: scores of trained judges, one row a source; empty unless asked for (``tsgan.evaluation.judges``).
        gates: hard requirements.
        calibration: forecast calibration: table -> rows, see ``tsgan.evaluation.calibration``; empty for finished
            paths and in sample.
        log_scores: one row a source with an exact density and asset.
        provenance: where model and data came from.
        period: words for one step of the series.
    """

    model: str
    baselines: tuple[str, ...]
    assets: tuple[str, ...]
    in_sample: bool
    train_start: str
    train_end: str
    judged_start: str
    judged_end: str
    days: int
    paths: int
    seed: int
    lags: int
    facts: tuple[FactRow, ...]
    scores: tuple[ScoreRow, ...]
    distances: tuple[ScoreRow, ...]
    joint: tuple[ScoreRow, ...]
    novelty: tuple[ScoreRow, ...]
    judges: tuple[ScoreRow, ...]
    gates: tuple[Gate, ...]
    calibration: Mapping[str, list[dict[str, Any]]]
    log_scores: tuple[LogScore, ...]
    provenance: Mapping[str, Any]
    period: Period
    evidence: Evidence = field(repr=False)

    @property
    def sources(self) -> tuple[str, ...]:
        """The model, then the baselines."""
        return (self.model, *self.baselines)

    @property
    def finished_paths(self) -> bool:
        """Whether paths were judged, and not a model: what they were made from is then not known."""
        return "paths" in self.provenance

    @property
    def verdict(self) -> tuple[str, str, str]:
        """Three plain sentences: the count, what it is good for and not yet for, and how it compares."""
        from tsgan.evaluation.verdict import verdict

        return verdict(self)

    def counts(self, source: str) -> dict[str, int]:
        """How many facts of a source bear each mark."""
        marks = [row.judged[source].mark for row in self.facts]
        return {mark: marks.count(mark) for mark in MARKS}

    def failed_gates(self) -> tuple[Gate, ...]:
        """The hard requirements that the model does not meet."""
        return tuple(gate for gate in self.gates if gate.passed is False)

    def to_dict(self) -> dict[str, Any]:
        """The scorecard as plain JSON types; numbers that do not exist are null.

        Schema, version 2 (1 had neither the tables after ``scores`` nor ``cont``, ``holm_p`` and ``width``)::

            schema_version, model, baselines, assets, in_sample, train_start, train_end, judged_start, judged_end,
            days, paths, seed, lags, provenance, verdict: [3 sentences],
            counts: {source: {mark: number}},
            facts: [{asset, fact, cont, group, label, real, real_low, real_high, present,
                     judged: {source: {median, low, high, p_value, holm_p, width, mark}}}],
            scores: [{asset, source, scores: {acf, acf_abs, acf_sq, leverage, emd_1, dy_1, ...}}],
            distances, joint, novelty, judges: [{asset, source, scores: {name: number}, p_values: {name: number}}],
            gates: [{name, passed: true, false or null, reason}],
            calibration: {table: [rows]},
            log_scores: [{asset, source, days, score, difference, t}]

        ``low`` and ``high`` are the central 95 %; marks are ``in band``, ``out of band``, ``too wide``,
        ``not present in this series`` and ``needs volume``; ``cont`` is the number of Cont's fact, 0 beyond them;
        ``width`` is that of the band over the widest allowed; ``holm_p`` is corrected for all facts of the asset.
        """
        plain = ("model", "baselines", "assets", "in_sample", "train_start", "train_end", "judged_start", "judged_end")
        document: dict[str, Any] = {"schema_version": SCHEMA_VERSION} | {name: getattr(self, name) for name in plain}
        document |= {"days": self.days, "paths": self.paths, "seed": self.seed, "lags": self.lags}
        document |= {"provenance": dict(self.provenance), "verdict": self.verdict}
        document["counts"] = {source: self.counts(source) for source in self.sources}
        document["facts"] = [
            {
                "asset": row.asset,
                "fact": row.fact,
                "cont": row.cont,
                "group": row.group,
                "label": row.label,
                "real": row.real,
                "real_low": row.real_band.low,
                "real_high": row.real_band.high,
                "present": row.present,
                "judged": {
                    source: {
                        "median": j.band.median,
                        "low": j.band.low,
                        "high": j.band.high,
                        "p_value": j.p_value,
                        "holm_p": j.holm_p,
                        "width": j.width,
                        "mark": j.mark,
                    }
                    for source, j in row.judged.items()
                },
            }
            for row in self.facts
        ]
        document["scores"] = [
            {"asset": row.asset, "source": row.source, "scores": dict(row.scores)} for row in self.scores
        ]
        for name in ("distances", "joint", "novelty", "judges", "gates"):
            document[name] = [vars(row) for row in getattr(self, name)]
        document["calibration"] = dict(self.calibration)
        document["log_scores"] = [vars(row) for row in self.log_scores]
        return _json_ready(document)

    def to_json(self, file: str | os.PathLike[str]) -> None:
        """Write :meth:`to_dict`; OutputError where the file cannot be written."""
        with atomic_path(file) as temporary:
            temporary.write_text(
                json.dumps(self.to_dict(), indent=2, allow_nan=False, ensure_ascii=False) + "\n", encoding="utf-8"
            )

    def to_html(self, file: str | os.PathLike[str]) -> None:
        """Write the report: one self-contained page; OutputError where the file cannot be written."""
        from tsgan.evaluation.report import render
        from tsgan.reports.page import write

        write(render(self), file)

    def to_frame(self) -> pd.DataFrame:
        """The facts, tidy: one row an asset, fact and source."""
        rows = [
            {
                "asset": row.asset,
                "fact": row.fact,
                "cont": row.cont,
                "group": row.group,
                "source": source,
                "real": row.real,
                "real_low": row.real_band.low,
                "real_high": row.real_band.high,
                "median": j.band.median,
                "low": j.band.low,
                "high": j.band.high,
                "p_value": j.p_value,
                "holm_p": j.holm_p,
                "mark": j.mark,
                "in_sample": self.in_sample,
            }
            for row in self.facts
            for source, j in row.judged.items()
        ]
        return pd.DataFrame(rows)

    def scores_frame(self) -> pd.DataFrame:
        """The Quant GANs scores: one row an asset and source (``real-vs-real`` too), one column a score."""
        rows = [
            {"asset": row.asset, "source": row.source, **row.scores, "in_sample": self.in_sample} for row in self.scores
        ]
        return pd.DataFrame(rows).set_index(["asset", "source"])

    def _repr_html_(self) -> str:
        from tsgan.notebook import html_table

        where = "IN SAMPLE, " if self.in_sample else ""
        facts = (
            f"{self.model}, {where}{self.judged_start} to {self.judged_end}, {self.days:,} days, {self.paths:,} paths"
        )
        rows = [(source, *(str(n) for n in self.counts(source).values())) for source in self.sources]
        return html_table("Scorecard", facts, ("facts of the market", *MARKS), rows, self.verdict)

    def __rich__(self) -> Any:
        from tsgan.evaluation.terminal import renderable

        return renderable(self)


def _json_ready(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _json_ready(v) for k, v in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_json_ready(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, bool | int | str) or value is None else str(value)
