"""A study of a strategy as matrices: figure x history, and real stretch x figure, buying and holding beside."""

from __future__ import annotations

from collections.abc import Callable

from tsgan.applications.robustness.result import Robustness
from tsgan.reports.front import Cell, Matrix, Tone, cell
from tsgan.reports.numbers import number

PERCENT = ("growth", "volatility", "drawdown")
NAMES = {
    "sharpe": "Sharpe ratio, a year",
    "growth": "Growth a year",
    "volatility": "Volatility a year",
    "drawdown": "Deepest drawdown",
    "turnover": "Turnover a year, times the capital",
}


ALIKE = 0.01
"""Sharpe ratios that lie less apart are the same."""


def matrices(found: Robustness) -> list[Matrix]:
    """Those of the page, in its order."""
    return [histories(found), stretches(found)]


def shown(name: str) -> Callable[[float], str]:
    """How a figure is written."""
    return "{:.1%}".format if name in PERCENT else lambda value: number(value, 2 if abs(value) < 1 else 3)


def histories(found: Robustness) -> Matrix:
    """Every figure: the strategy and holding, on generated and on real histories."""

    def of(row: dict[str, float], name: str) -> tuple[Cell, ...]:
        write = shown(name)
        ends = f"{write(row['0.05'])} to {write(row['0.95'])}"
        cells = (cell(row[key], write) for key in ("holding", "real", "holding_real"))
        return cell(row["0.5"], write, below=ends), *cells, cell(row["place"], "{:.0%}".format)

    start, end = found.windows[found.headline]
    which = "the dates of the paths" if found.same_dates else f"the last {found.period.many} of the prices"
    return Matrix(
        caption="The strategy beside buying and holding",
        corner="Figure",
        columns=("Generated: median, nine of ten", "Holding, median", f"Real, {start} to {end}", "Holding, the same",
                 "Real above"),
        rows=tuple((NAMES[row["figure"]], of(row, row["figure"])) for row in found.rows()),
        reading=f"Real: {which}. Real above: the share of the generated histories with a lower figure. Sharpe ratios "
        f"are means over standard deviations of {found.period.adjective} returns after costs, without a riskless rate.",
        own=0,
    )  # fmt: skip


def stretches(found: Robustness) -> Matrix:
    """Every real history of as many days as a path, by its dates."""
    sharpe, growth = shown("sharpe"), shown("growth")

    def of(row: dict[str, float]) -> tuple[Cell, ...]:
        gap = row["sharpe"] - row["holding_sharpe"]
        tone: Tone = "good" if gap >= ALIKE else "bad" if gap <= -ALIKE else ""
        return (
            cell(row["sharpe"], sharpe, tone=tone), cell(row["holding_sharpe"], sharpe), cell(row["growth"], growth),
            cell(row["holding_growth"], growth), cell(row["drawdown"], "{:.1%}".format),
            cell(row["place"], "{:.0%}".format),
        )  # fmt: skip

    rows = found.window_rows()
    return Matrix(
        caption=f"Real histories of {found.days} {found.period.many}, each from cash",
        corner="From the close of",
        columns=("Sharpe ratio", "Holding", "Growth a year", "Holding", "Deepest drawdown", "Above, of the generated"),
        rows=tuple((f"{row['start']} to {row['end']}", of(row)) for row in rows),
        reading="✓ a higher Sharpe ratio than buying and holding, ✗ a lower one.",
        own_rows=(found.headline % len(rows),),
    )
