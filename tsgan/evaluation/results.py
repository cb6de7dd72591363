"""What an evaluation found."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tsgan.evaluation import documents
from tsgan.evaluation.bands import MARKS
from tsgan.evaluation.curves import Curves
from tsgan.evaluation.logscore import LogScore
from tsgan.evaluation.rows import FactRow, Gate, ScoreRow
from tsgan.reports.folder import ReportFolder
from tsgan.reports.result import Result

if TYPE_CHECKING:
    from tsgan.data.kinds import Kind, Space
    from tsgan.evaluation.calibration import Calibration
    from tsgan.evaluation.uses import Use
    from tsgan.reports.front import Front, Matrix
    from tsgan.reports.period import Period

REPORT, SCORECARD = "report.html", "scorecard.json"
"""Files that :meth:`Scorecard.save` writes."""


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
class Scorecard(Result):
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
        judges: scores of ``tsgan.evaluation.trained_judges``, one row a source; empty unless asked for.
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
    def look_ahead(self) -> str | None:
        """The last date of the pretraining of a model that is judged on dates up to it, or None."""
        told = self.provenance.get("paths", self.provenance)
        until = told.get("config", {}).get("pretrained_until")
        return until if until is not None and until >= self.judged_start else None

    @property
    def front(self) -> Front:
        """The first screen of the report: yes or no for each use, and the figures behind it."""
        from tsgan.evaluation.front import front

        return front(self)

    @property
    def matrices(self) -> list[Matrix]:
        """Figures by two headings, such as fact group x model, as the report has them."""
        from tsgan.evaluation.matrices import matrices

        return matrices(self)

    @property
    def uses(self) -> tuple[Use, ...]:
        """Yes or no for each use, with the tests that it rests on."""
        from tsgan.evaluation.uses import uses

        return uses(self)

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

    def summary(self) -> str:
        """The verdict, one sentence a line."""
        return "\n".join(self.verdict)

    def to_dict(self) -> dict[str, Any]:
        """The scorecard as plain JSON types; numbers that do not exist are null.

        Schema, version 3 (2 lacked ``uses``, 1 the tables after ``scores`` and ``cont``, ``holm_p`` and ``width``)::

            schema_version, model, baselines, assets, in_sample, train_start, train_end, judged_start, judged_end,
            days, paths, seed, lags, provenance, verdict: [3 sentences],
            uses: [{name, good: true, false or null, passed, tested, why}],
            counts: {source: {mark: number}},
            facts: [{asset, fact, cont, group, label, real, real_low, real_high, present,
                     judged: {source: {median, low, high, p_value, holm_p, width, mark}}}],
            scores: [{asset, source, scores: {acf, acf_abs, acf_sq, leverage, emd_1, dy_1, ...}}],
            distances, joint, novelty, judges: [{asset, source, scores: {name: number}, p_values: {name: number}}],
            gates: [{name, passed: true, false or null, reason}],
            calibration: {table: [rows]},
            log_scores: [{asset, source, days, score, difference, t, error}]

        ``low`` and ``high`` are the central 95 %; marks are ``in band``, ``out of band``, ``too wide``,
        ``not present in this series`` and ``needs volume``; ``cont`` is the number of Cont's fact, 0 beyond them;
        ``width`` is that of the band over the widest allowed; ``holm_p`` is corrected for all facts of the asset.
        """
        return documents.document(self)

    @property
    def sheets(self) -> tuple[str, ...]:
        return documents.TABLES

    def to_frame(self, table: str | None = None) -> pd.DataFrame:
        """The facts, tidy: one row an asset, fact and source; or another table of :data:`documents.TABLES`.

        Tables of scores have one row an asset and source, one column a score and one a p-value (``..._p``).
        """
        return documents.frame(self, table or "facts")

    def scores_frame(self) -> pd.DataFrame:
        """The Quant GANs scores: one row an asset and source (``real-vs-real`` too), one column a score."""
        return self.to_frame("scores").set_index(["asset", "source"])

    def render(self) -> str:
        """The report: one self-contained page."""
        from tsgan.evaluation.report import render

        return render(self)

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> tuple[Path, Path]:
        """Write ``scorecard.json`` and ``report.html``.

        OutputError where they cannot be written, are there and not to be overwritten, or not tsgan's.
        """
        with ReportFolder(folder, overwrite).together((SCORECARD, REPORT)) as place:
            self.write_into(place)
        return Path(folder) / SCORECARD, Path(folder) / REPORT

    def write_into(self, folder: Path) -> None:
        """Write both files into a folder that is made elsewhere."""
        (folder / SCORECARD).write_text(self.to_json(), encoding="utf-8")
        (folder / REPORT).write_text(self.render(), encoding="utf-8")

    def _repr_html_(self) -> str:
        from tsgan.notebook import html_table

        where = "IN SAMPLE, " if self.in_sample else ""
        facts = (
            f"{self.model}, {where}{self.judged_start} to {self.judged_end}, {self.period.count(self.days)}, "
            f"{self.paths:,} paths"
        )
        rows = [(source, *(str(n) for n in self.counts(source).values())) for source in self.sources]
        return html_table("Scorecard", facts, ("facts of the market", *MARKS), rows, self.verdict)

    def __rich__(self) -> Any:
        from tsgan.evaluation.terminal import renderable

        return renderable(self)
