"""robustness.html: would a strategy have survived other histories?"""

from __future__ import annotations

from tsgan.applications.robustness import plots
from tsgan.applications.robustness.matrices import NAMES, PERCENT
from tsgan.applications.robustness.result import Robustness
from tsgan.reports import page
from tsgan.reports.numbers import number

PACKAGE = "tsgan.applications.robustness"
MOST_VARIANTS = 50
"""Rows of variants on the page; all of them are in the JSON."""

CLOSING = (
    "Synthetic paths, not a forecast: a strategy that makes money on them may still fail in ways that no history has "
    "shown."
)
Table = tuple[str, str, list[str], list[list[str]], tuple[int, ...]]
"""Caption, how to read it, headers, rows, and the rows that the page is about."""


def render(found: Robustness) -> str:
    """The page as text."""
    rules, many = found.rules, found.period.many
    return page.answer(
        "robustness.html.j2",
        PACKAGE,
        found.front,
        found.matrices,
        closing=CLOSING,
        period=found.period,
        warnings=found.warnings,
        made=found.made,
        origin=[("model", found.model_hash), ("data", found.data_hash)],
        verdict=found.sentences,
        provenance=[
            ("Strategy", f"{found.strategy.name}, {found.strategy.label}"),
            (
                "Prices",
                f"{', '.join(found.assets)}, {found.dates[0]} to {found.dates[-1]}, {len(found.real):,} {many}",
            ),
            ("Paths", f"{found.n_paths:,} of {found.model}, {found.days} {many} from {found.start}"),
            ("Shown to the strategy", f"today's close and those of the {rules.lookback} {many} before"),
            ("Cost of a trade", f"{rules.cost:.3%} of its value" if rules.cost else "none"),
        ],
        sections=plots.sections(found),
        tables=tables(found),
    )


def tables(found: Robustness) -> list[Table]:
    """Tables of the page and of the terminal."""
    start, end, period = *found.windows[found.headline], found.period
    headers = ["Figure", "Real", "Above", "Mean", "5 %", "25 %", "Median", "75 %", "95 %"]
    rows = [
        [NAMES[row["figure"]], _cell(row["figure"], row["real"]), f"{row['place']:.0%}"]
        + [_cell(row["figure"], row[key]) for key in ("mean", "0.05", "0.25", "0.5", "0.75", "0.95")]
        for row in found.rows()
    ]
    which = "the dates of the paths" if found.same_dates else f"the last {period.many} of the prices"
    reading = (
        f"Real: {start} to {end}, {which}. Above: the share of the paths with a lower figure. The rest: quantiles over "
        f"the paths. Sharpe ratios are means over standard deviations of {period.adjective} returns after costs, "
        "without a riskless rate."
    )
    made: list[Table] = [("Real and generated", reading, headers, rows, ())]
    if len(found.variants) > 1:
        made.append(_variants(found))
    if len(found.windows) > 1:
        made.append(_windows(found))
    return made


def _variants(found: Robustness) -> Table:
    ranked = sorted(found.variant_rows(), key=lambda row: -row["real_sharpe"])[:MOST_VARIANTS]
    headers = ["Variant", "Real Sharpe ratio", "Drawdown", "Turnover", "On paths: 5 %", "Median", "95 %", "Best on"]
    rows = [
        [", ".join(f"{k}={v}" for k, v in row["parameters"].items()) or "as it is"]
        + [_cell(name, row[f"real_{name}"]) for name in ("sharpe", "drawdown", "turnover")]
        + [number(row[f"sharpe_{q}"], 2) for q in ("0.05", "median", "0.95")]
        + [f"{row['best_on']:.0%}"]
        for row in ranked
    ]
    many = found.period.many
    reading = (
        f"Real: all {len(found.real):,} {many}. On paths: Sharpe ratios on histories of {found.days} {many}; best on: "
        "the share of the paths on which no other variant has a higher one."
    )
    more = f", the best {MOST_VARIANTS} of {len(found.variants)}" if len(found.variants) > MOST_VARIANTS else ""
    return f"Variants{more}", reading, headers, rows, (0,)


def _windows(found: Robustness) -> Table:
    rows = [
        [f"{row['start']} to {row['end']}"] + [_cell(name, row[name]) for name in NAMES] + [f"{row['place']:.0%}"]
        for row in found.window_rows()
    ]
    headers = ["From the close of", *NAMES.values(), "Above"]
    reading = "Above: the share of the paths with a lower Sharpe ratio. Each history starts from cash."
    caption = f"Real histories of {found.days} {found.period.many}"
    return caption, reading, headers, rows, (found.headline % len(found.windows),)


def _cell(name: str, value: float) -> str:
    return f"{value:.1%}" if name in PERCENT else number(value, 2 if abs(value) < 1 else 3)
