"""report.html: one self-contained page, made from a scorecard."""

from __future__ import annotations

import base64
import io
from importlib import metadata
from typing import TYPE_CHECKING, Any

from tsgan.evaluation.bands import IN_BAND, NOT_PRESENT, OUT_OF_BAND, TOO_WIDE
from tsgan.evaluation.facts import ALL_ASSETS
from tsgan.evaluation.numbers import number
from tsgan.evaluation.verdict import tested

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tsgan.evaluation.scorecard import Scorecard

MARKS = {IN_BAND: ("✓", "pass"), OUT_OF_BAND: ("✗", "fail"), TOO_WIDE: ("↔", "wide"), NOT_PRESENT: ("·", "absent")}
"""Mark -> sign and style class."""

SCORE_LABELS = {
    "acf": "ACF of r",
    "acf_abs": "ACF of |r|",
    "acf_sq": "ACF of r²",
    "leverage": "Leverage",
}


def render(card: Scorecard) -> str:
    """The page as text.  Everything that comes from data is escaped by the template."""
    import jinja2

    from tsgan.evaluation.plots import MOST_ASSETS, sections

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tsgan.evaluation"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["number"] = number
    plots = [
        {
            "title": s.title,
            "reading": s.reading,
            "plots": [{"image": _embedded(p.figure), "alt": p.alt} for p in s.plots],
        }
        for s in sections(card)
    ]
    return environment.get_template("report.html.j2").render(
        card=card,
        marks=MARKS,
        version=metadata.version("tsgan"),
        provenance=_provenance(card),
        totals={source: tested(card, source) for source in card.sources},
        facts=[
            (asset, [row for row in card.facts if row.asset == asset])
            for asset in (*card.assets, ALL_ASSETS)
            if _has(card, asset)
        ],
        scores=[_score_table(card, asset) for asset in card.assets],
        sections=plots,
        plotted=min(len(card.assets), MOST_ASSETS),
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
        ("Trained on", f"{card.train_start} to {card.train_end}"),
        (
            "Judged on",
            f"{card.days:,} returns, {card.judged_start} to {card.judged_end}"
            f"{' (IN SAMPLE)' if card.in_sample else ''}",
        ),
        ("Generated", f"{card.paths:,} paths of {card.days:,} days from each source"),
        ("Seeds", f"evaluation {card.seed}" + (f", fit {facts['fit_seed']}" if "fit_seed" in facts else "")),
    ]
    return rows


def _score_table(card: Scorecard, asset: str) -> dict[str, Any]:
    by_source = {row.source: row.scores for row in card.scores if row.asset == asset}
    rows = []
    for name in by_source[card.model]:
        kind, _, days = name.partition("_")
        label = (
            SCORE_LABELS.get(name)
            or f"{ {'emd': 'Wasserstein', 'dy': 'DY'}[kind] }, {days} day{'' if days == '1' else 's'}"
        )
        best = min(by_source[source][name] for source in card.sources)
        cells = [
            (source, scores[name], source in card.sources and scores[name] == best)
            for source, scores in by_source.items()
        ]
        rows.append((label, cells))
    return {"asset": asset, "sources": list(by_source), "rows": rows}


def _embedded(figure: Figure) -> str:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    buffer = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(buffer, format="png", dpi=150, metadata={"Software": None})
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
