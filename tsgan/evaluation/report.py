"""report.html: one self-contained page, made from a scorecard."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from tsgan.evaluation import distances, joint, novelty, trained_judges
from tsgan.evaluation.bands import IN_BAND, NEEDS_VOLUME, NOT_PRESENT, OUT_OF_BAND, TOO_WIDE
from tsgan.evaluation.baselines import REFERENCE
from tsgan.evaluation.facts import ALL_ASSETS, CONT
from tsgan.evaluation.protocol import ENOUGH, FEWEST
from tsgan.reports import page
from tsgan.reports.numbers import number, p_text, percent
from tsgan.reports.period import DAY, Period

if TYPE_CHECKING:
    from tsgan.evaluation.results import Scorecard
    from tsgan.evaluation.rows import ScoreRow

MARKS = {
    IN_BAND: ("✓", "pass"),
    OUT_OF_BAND: ("✗", "fail"),
    TOO_WIDE: ("↔", "wide"),
    NOT_PRESENT: ("○", "absent"),
    NEEDS_VOLUME: ("v", "absent"),
}
"""Mark -> sign and style class."""

CLOSING = "A model that passes resembles the past of these prices in the ways listed here; it does not know the future."
IN_SAMPLE = Markup(' <span class="tag">IN SAMPLE</span>')
"""Stands after every heading of a judgement on dates that the model has seen."""

SCORE_LABELS = {
    "acf": "Autocorrelation of r, RMS error",
    "acf_abs": "Autocorrelation of |r|, RMS error",
    "acf_sq": "Autocorrelation of r², RMS error",
    "leverage": "Leverage correlations, error",
}


def render(card: Scorecard) -> str:
    """The page as text.  Everything that comes from data is escaped by the template."""
    from tsgan.evaluation.plots import sections

    told = card.provenance.get("paths", card.provenance)
    return page.answer(
        "report.html.j2",
        "tsgan.evaluation",
        card.front,
        card.matrices,
        closing=CLOSING,
        lead="IN SAMPLE: " if card.in_sample else "",
        tag=IN_SAMPLE if card.in_sample else "",
        period=card.period,
        warnings=card.provenance.get("warnings", ()),
        made=card.made,
        origin=[("model", told.get("model_hash", "")), ("prices", card.provenance["prices_hash"])],
        enough=ENOUGH if card.period == DAY else FEWEST,
        card=card,
        marks=MARKS,
        provenance=_provenance(card),
        facts=[
            (asset, [row for row in card.facts if row.asset == asset])
            for asset in (*card.assets, ALL_ASSETS)
            if _has(card, asset)
        ],
        cont=CONT,
        summary=_summary(card) if len(card.assets) > 1 else [],
        distances=[_distance_table(card, asset) for asset in card.assets],
        joint=_table(card, card.joint, ALL_ASSETS, joint.LABELS) if card.joint else None,
        novelty=_table(card, card.novelty, ALL_ASSETS, novelty.LABELS, ranked=False),
        judges=_table(card, card.judges, ALL_ASSETS, trained_judges.LABELS, ranked=False) if card.judges else None,
        calibration=[_forecast_table(name, part, card.period) for name, part in _forecast_rows(card)],
        # Finished paths forecast nothing: the baselines' log scores alone would say nothing about them.
        log_scores=() if card.finished_paths else card.log_scores,
        reference=REFERENCE,
        sections=sections(card),
        plotted=min(len(card.assets), page.PLOTTED_ASSETS),
    )


def _has(card: Scorecard, asset: str) -> bool:
    return any(row.asset == asset for row in card.facts)


def _provenance(card: Scorecard) -> list[tuple[str, str]]:
    facts = card.provenance
    rows = [
        ("Model", card.model),
        (
            "Prices",
            f"{', '.join(card.assets)}; {facts.get('prices') or 'unknown source'}, "
            f"{facts['prices_start']} to {facts['prices_end']}",
        ),
        ("Baselines trained on" if card.finished_paths else "Trained on", f"{card.train_start} to {card.train_end}"),
        (
            "Judged on",
            f"{card.days:,} returns, {card.judged_start} to {card.judged_end}"
            f"{' (IN SAMPLE)' if card.in_sample else ''}",
        ),
        ("Generated", f"{card.paths:,} paths of {card.period.count(card.days)} from each source"),
        ("Seeds", f"evaluation {card.seed}" + (f", fit {facts['fit_seed']}" if "fit_seed" in facts else "")),
    ]
    return rows


def _distance_table(card: Scorecard, asset: str) -> dict[str, Any]:
    """The distances, then those Quant GANs scores that are not among them (their EMD is the Wasserstein distance)."""
    further = tuple(
        replace(row, scores={name: value for name, value in row.scores.items() if not name.startswith("emd_")})
        for row in card.scores
    )
    labels = SCORE_LABELS | {
        name: f"DY, {card.period.count(int(name[3:]))}" for name in card.scores[0].scores if name[:3] == "dy_"
    }
    table = _table(card, card.distances, asset, distances.LABELS)
    return table | {"rows": table["rows"] + _table(card, further, asset, labels)["rows"]}


def _table(
    card: Scorecard, rows: tuple[ScoreRow, ...], asset: str, labels: dict[str, str], ranked: bool = True
) -> dict[str, Any]:
    """Rows of scores as a table with one column a source; cells are (source, value, p-value, best)."""
    by_source = {row.source: row for row in rows if row.asset == asset}
    lines = []
    for name in by_source[card.model].scores:
        values = {source: row.scores.get(name, float("nan")) for source, row in by_source.items()}
        best = min(values[source] for source in card.sources) if ranked else None
        cells = [
            (source, value, by_source[source].p_values.get(name), source in card.sources and value == best)
            for source, value in values.items()
        ]
        lines.append((card.period.fill(labels[name]), cells))
    return {"asset": asset, "sources": list(by_source), "rows": lines}


def _summary(card: Scorecard) -> list[tuple[int, str, list[tuple[int, int]]]]:
    """Over the panel: Cont's number, the fact, and per source (assets passed, assets tested)."""
    lines = []
    rows = [row for row in card.facts if row.asset != ALL_ASSETS]
    for fact in dict.fromkeys(row.fact for row in rows):
        same = [row for row in rows if row.fact == fact]
        counts = []
        for source in card.sources:
            marks = [row.judged[source].mark for row in same]
            counts.append((marks.count(IN_BAND), len(marks) - marks.count(NOT_PRESENT) - marks.count(NEEDS_VOLUME)))
        lines.append((same[0].cont, same[0].label, counts))
    return lines


FORECAST_COLUMNS = {
    "calibration": (
        "Forecasts",
        {
            "source": "Model",
            "asset": "Asset",
            "horizon": "{Days} ahead",
            "crps": "CRPS",
            "coverage_50": "In the 50 % interval",
            "coverage_90": "in 90 %",
            "coverage_95": "in 95 %",
            "coverage_99": "in 99 %",
            "pit_ks_p": "Uniform PIT, p",
        },
    ),
    "backtests": (
        "Value at risk and expected shortfall, one {day} ahead",
        {
            "source": "Model",
            "asset": "Asset",
            "level": "Level",
            "hits": "Losses beyond VaR",
            "expected": "Expected",
            "kupiec_p": "Kupiec, p",
            "conditional_coverage_p": "Christoffersen, p",
            "dq_p": "DQ, p",
            "z1_p": "ES Z1, p",
            "z2_p": "ES Z2, p",
            "fz0": "FZ0 loss",
            "traffic_light": "Basel light",
        },
    ),
    "comparisons": (
        "Is the loss smaller than a baseline's? (Diebold-Mariano; negative is better)",
        {
            "baseline": "Baseline",
            "asset": "Asset",
            "loss": "Loss",
            "horizon": "{Days} ahead",
            "level": "Level",
            "difference": "Difference",
            "t": "t",
            "p_value": "p",
        },
    ),
}
"""Calibration table -> title, and the columns that people see; the JSON holds all of them."""


def _forecast_table(name: str, rows: list[dict[str, Any]], period: Period) -> dict[str, Any]:
    title, columns = FORECAST_COLUMNS[name]
    headers = [(period.fill(header), key in _WORDS) for key, header in columns.items()]

    def cell(key: str, value: Any) -> str:
        if isinstance(value, str):
            return value
        if key.endswith("_p") or key == "p_value":
            return p_text(value)
        if isinstance(value, int):
            return f"{value:,}"
        if value is not None and key.startswith("coverage"):
            return percent(value)
        return f"{value:g}" if key == "level" and value is not None else number(value)

    def speaks_against(key: str, value: Any) -> bool:
        return key.endswith("_p") and value is not None and value < 0.05

    lines = [
        (row.get("source"), [(cell(k, row.get(k)), k in _WORDS, speaks_against(k, row.get(k))) for k in columns])
        for row in rows
    ]
    return {"name": name, "title": period.fill(title), "headers": headers, "rows": lines}


def _forecast_rows(card: Scorecard) -> list[tuple[str, list[dict[str, Any]]]]:
    """Tables of all assets together; of a single one there is nothing else."""
    overall = card.assets[0] if len(card.assets) == 1 else ALL_ASSETS
    chosen = ((name, [row for row in rows if row["asset"] == overall]) for name, rows in card.calibration.items())
    return [(name, rows) for name, rows in chosen if rows]


_WORDS = ("source", "baseline", "asset", "loss", "traffic_light")
