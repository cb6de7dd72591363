"""A scorecard as a document for JSON, and as frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from tsgan.errors import ConfigError
from tsgan.reports.result import plain

if TYPE_CHECKING:
    from tsgan.evaluation.results import Scorecard
    from tsgan.evaluation.rows import FactRow, ScoreRow

SCHEMA_VERSION = 3
SCORES = ("scores", "distances", "joint", "novelty", "judges")
TABLES = ("facts", *SCORES, "gates", "calibration", "backtests", "comparisons", "log_scores")
"""Names of the frames of a scorecard."""

_PLAIN = (
    *("model", "baselines", "assets", "in_sample", "train_start", "train_end", "judged_start", "judged_end"),
    *("days", "paths", "seed", "lags"),
)


def document(card: Scorecard) -> dict[str, Any]:
    """See :meth:`tsgan.evaluation.results.Scorecard.to_dict`."""
    found: dict[str, Any] = {"schema_version": SCHEMA_VERSION} | {name: getattr(card, name) for name in _PLAIN}
    found |= {"provenance": card.provenance, "verdict": card.verdict}
    found["uses"] = [vars(use) for use in card.uses]
    found["counts"] = {source: card.counts(source) for source in card.sources}
    found["facts"] = [_fact(row) for row in card.facts]
    found["scores"] = [{"asset": row.asset, "source": row.source, "scores": row.scores} for row in card.scores]
    for name in ("distances", "joint", "novelty", "judges", "gates"):
        found[name] = [vars(row) for row in getattr(card, name)]
    found["calibration"] = card.calibration
    found["log_scores"] = [vars(row) for row in card.log_scores]
    return plain(found)


def frame(card: Scorecard, table: str) -> pd.DataFrame:
    """One of the tables, tidy; ConfigError for a name that is none."""
    if table not in TABLES:
        raise ConfigError(f"no table called {table!r}; choose one of {', '.join(TABLES)}")
    if table == "facts":
        rows = _fact_rows(card)
    elif table in SCORES:
        rows = _score_rows(getattr(card, table))
    elif table in ("gates", "log_scores"):
        rows = [vars(row) for row in getattr(card, table)]
    else:
        rows = card.calibration.get(table, [])
    return pd.DataFrame([{**row, "in_sample": card.in_sample} for row in rows])


def _fact(row: FactRow) -> dict[str, Any]:
    return {
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


def _fact_rows(card: Scorecard) -> list[dict[str, Any]]:
    return [
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
        }
        for row in card.facts
        for source, j in row.judged.items()
    ]


def _score_rows(rows: Sequence[ScoreRow]) -> list[dict[str, Any]]:
    return [
        {"asset": row.asset, "source": row.source, **row.scores}
        | {f"{name}_p": value for name, value in row.p_values.items()}
        for row in rows
    ]
