"""A stress test as matrices: horizon x model, loss x model, position x part; each cell keeps its number."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tsgan.applications.stress import words
from tsgan.applications.stress.base_rates import LEVEL
from tsgan.applications.stress.front import amount, headline_days
from tsgan.applications.stress.measures import Row
from tsgan.reports.front import Cell, Matrix, Tone, cell
from tsgan.reports.numbers import interval, number

if TYPE_CHECKING:
    from tsgan.applications.stress.result import StressTest


def matrices(study: StressTest) -> list[Matrix]:
    """Those of the page, in its order: what was asked comes first."""
    made = [standing(study)] if study.given is not None else []
    made += [risk(study, "var", LEVEL), risk(study, "es", 0.975), losses(study)]
    made += [base_rates(study)] if study.tables.get("base_rates") else []
    made += [components(study)]
    made += [exceptions(study)] if study.backtest is not None else []
    return made


def risk(study: StressTest, name: str, level: float) -> Matrix:
    """VaR or ES at one level: horizon x source."""
    rows = [row for row in study.tables["risk"] if row["level"] == level]
    sources = list(dict.fromkeys(row["source"] for row in rows))
    found = {(row["days"], row["source"]): row for row in rows}
    label = {"var": "Value at risk", "es": "Expected shortfall"}[name]
    shown = amount(study, 2)
    return Matrix(
        caption=f"{label}, {100 * level:g} %, share of the capital",
        corner="Within",
        columns=tuple(map(words.short, sources)),
        rows=tuple(
            (
                words.in_words(day, study.period),
                tuple(_estimate(found.get((day, source)), name, shown) for source in sources),
            )
            for day in sorted({row["days"] for row in rows})
        ),
        reading="Below each: the 95 % interval of Monte Carlo error, which says nothing about a model being wrong.",
        own=0,
    )


def losses(study: StressTest) -> Matrix:
    """Probability of losing more at any close: loss x source."""
    rows = study.tables["losses"]
    sources = list(dict.fromkeys(row["source"] for row in rows))
    found = {(row["loss"], row["source"]): row for row in rows}
    return Matrix(
        caption=f"Probability of standing below at any close within {study.usual.horizon} {study.period.many}",
        corner="Loss of the capital",
        columns=tuple(map(words.short, sources)),
        rows=tuple(
            (
                f"more than {loss:.0%}" if loss >= 0.01 else f"more than {loss:.2%}",
                tuple(_estimate(found.get((loss, source)), "ever", words.chance) for source in sources),
            )
            for loss in sorted({row["loss"] for row in rows})
        ),
        own=0,
    )


def base_rates(study: StressTest) -> Matrix:
    """How often such things came in the history."""
    lines = []
    for row in study.tables["base_rates"]:
        span = words.in_words(row["days"], study.period)
        name = {"event": "the event", "reverse": "the loss asked for"}.get(
            row["what"], f"beyond the value at risk of {span}"
        )
        tone: Tone = "doubt" if row["what"] == "value at risk" and row["share_low"] > 1 - LEVEL else ""
        share = cell(row["share"], words.chance, below=_ends(row, "share", words.chance), tone=tone)
        cells = (
            cell(row["threshold"], amount(study)), share, cell(row["hits"], "{:,.0f}".format),
            cell(row["windows"], "{:,.0f}".format), cell(row["spells"], "{:,.0f}".format),
            Cell(None, row["last"] or "never"),
        )  # fmt: skip
        lines.append((name, cells))
    return Matrix(
        caption="How often it came in the history",
        corner="What",
        columns=("Loss", "Share of stretches", "Stretches with it", "Stretches", "Occasions apart", "Last from"),
        rows=tuple(lines),
        reading="All stretches of the history as long, upon today's portfolio; they overlap, and the interval below "
        "the share counts them for what they are worth. A right value at risk at 99 % is exceeded in 1 % of them.",
    )


def components(study: StressTest) -> Matrix:
    """What each position brings, which adds up."""
    day = headline_days(study)
    rows = [row for row in study.tables["components"] if row["days"] == day and row["level"] == LEVEL]
    share, whole = "{:.2%}".format, "{:.0%}".format
    lines = [
        (
            row["asset"],
            (
                cell(row["exposure"], "{:.1%}".format), cell(row["component_var"], share),
                cell(row["component_es"], share), cell(row["share_of_es"], whole),
                cell(row["marginal_var"], number), cell(row["marginal_es"], number),
            ),
        )
        for row in rows
    ]  # fmt: skip
    sums = [sum(row[k] for row in rows) for k in ("exposure", "component_var", "component_es")]
    total = (cell(sums[0], "{:.1%}".format), cell(sums[1], share), cell(sums[2], share), cell(1.0, whole))
    return Matrix(
        caption=f"Where the risk sits: {words.in_words(day, study.period)}, 99 %, shares of the capital",
        corner="Position",
        columns=("Exposure", "Part of VaR", "Part of shortfall", "Share", "VaR per unit", "Shortfall per unit"),
        rows=(*lines, ("Total", (*total, Cell(None, ""), Cell(None, "")))),
        reading="Parts add up to the total; a negative part cushions. Per unit: how much the figure grows for each "
        "part of the capital put into the position on top.",
    )


def standing(study: StressTest) -> Matrix:
    """Where everything stands on the event's last day, with the event and without."""
    assert study.given is not None

    def of(row: Row, label: str, tone: Tone = "") -> Cell:
        shown = (lambda v: f"{v:+.1%}") if row["unit"] == "return" else (lambda v: f"{v:.4g}")
        ends = f"{shown(row[f'{label}q5'])} to {shown(row[f'{label}q95'])}"
        return cell(row[f"{label}q50"], shown, below=ends, tone=tone)

    return Matrix(
        caption=f"Where things stand {study.period.on(study.given.event.days)}: median, and 90 % of the paths",
        corner="What",
        columns=("Given the event", "Without it"),
        rows=tuple((row["asset"], (of(row, ""), of(row, "usual_"))) for row in study.tables["conditional"]),
        own=0,
    )


def exceptions(study: StressTest) -> Matrix:
    """Losses beyond VaR on later dates: horizon and level x model."""
    test, period = study.backtest, study.period
    assert test is not None
    rows = [(1, row) for row in test.one_day.tables["backtests"]] + [(10, row) for row in test.ten_day]
    sources = list(dict.fromkeys(row["source"] for _, row in rows))
    found = {(days, row["level"], row["source"]): row for days, row in rows}

    def of(row: Row) -> Cell:
        wrong = row["kupiec_p"] is not None and row["kupiec_p"] < 0.05
        below = f"of {row['expected']:.1f} expected, p {number(row['kupiec_p'], 2)}"
        return cell(row["hits"], "{:.0f}".format, below=below, tone="bad" if wrong else "good")

    return Matrix(
        caption="Losses beyond the value at risk on later dates",
        corner="Ahead, level",
        columns=tuple(sources),
        rows=tuple(
            (
                f"{words.in_words(days, period)}, {level:.1%}",
                tuple(of(found[days, level, source]) for source in sources),
            )
            for days, level in dict.fromkeys((days, row["level"]) for days, row in rows)
        ),
        reading="p: Kupiec's test; below 0.05 the losses speak against the model, be they too many or too few.",
        own=0,
    )


def _estimate(row: Row | None, name: str, shown: Callable[[float], str]) -> Cell:
    return Cell(None, "–") if row is None else cell(row[name], shown, below=_ends(row, name, shown))  # noqa: RUF001


def _ends(row: Row, name: str, shown: Callable[[float], str]) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return "" if low != low else interval(low, high, shown)
