"""The first screen of a monitoring, and its matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tsgan.applications.monitor import plots
from tsgan.applications.monitor.alarms import FALSE_ALARMS, WORDS
from tsgan.applications.monitor.figures import Row
from tsgan.models.histories import STALE_DAYS
from tsgan.reports.front import Cell, Front, Matrix, Tile, Tone, cell, listed
from tsgan.reports.numbers import amount

if TYPE_CHECKING:
    from tsgan.applications.monitor.report import Monitoring

SHORT = {
    "wild": "larger moves", "calm": "smaller moves", "up": "higher moves", "down": "lower moves",
    "tail": "losses beyond value at risk",
}  # fmt: skip
UNLIKELY = 0.01
RISKY = ("wild", "tail")
"""Alarms that say that risk is understated."""


def front(found: Monitoring) -> Front:
    """Alarm or none; then the level, coverage, exceptions and drift of the asset that fits worst."""
    days, raised = found.period.count(len(found.dates)), found.raised
    tone: Tone = "bad" if any(one.test in RISKY for one in raised) else "doubt" if found.due else "good"
    row = max(found.rows, key=_misfit)
    return Front(
        question=f"Is the {found.model} of {_names(found.assets)} still right, {days} after its training?",
        about=f"Judged from {found.dates[0]} to {found.dates[-1]}; trained on dates to {found.trained}",
        tone=tone,
        verdict=_verdict(found),
        answer=_answer(found),
        tiles=tuple(_tiles(found, row)),
        chart=plots.evidence(found),
        reading="Evidence against the forecasts, as a share of what raises an alarm: at 1 it does.",
    )


def matrices(found: Monitoring) -> list[Matrix]:
    """Figures by asset, and how near to an alarm each test is."""
    return [_figures(found), _nearness(found)]


def _names(assets: tuple[str, ...]) -> str:
    return listed(assets) if len(assets) <= 3 else f"{len(assets)} assets"


def _verdict(found: Monitoring) -> str:
    if found.raised:
        first = found.raised[0]
        assert first.day is not None
        risky = any(one.test in RISKY for one in found.raised)
        advice = "Not to be used before it is fitted again" if risky else "Fit it again"
        return f"Alarm since {found.dates[first.day]}: {first.words}. {advice}."
    if found.due:
        return "No alarm, but a refit is due."
    return "Yes: no alarm."


def _answer(found: Monitoring) -> tuple[str, ...]:
    said = f"A model that is right raises an alarm in {FALSE_ALARMS:.0%} of years at most, however often one looks."
    more = [one.words for one in found.raised[1:3]]
    age = f"Its training ended {found.age:,} days before the last price, more than {STALE_DAYS}."
    return (
        *([f"Also: {'; '.join(more)}."] if more else []),
        *([age] if found.age > STALE_DAYS else []),
        said,
    )


def _misfit(row: Row) -> float:
    """How far an asset's volatility is from the foreseen one."""
    ratio = row.get("ratio")
    return -1.0 if not ratio else max(ratio, 1 / ratio)


def _tiles(found: Monitoring, row: Row) -> list[Tile]:
    asset, kind, of = row["asset"], row["kind"], f"{row['asset']}: " if len(found.rows) > 1 else ""
    nearest = max(found.alarms, key=lambda one: float(one.nearness.max()))
    at = float(nearest.nearness.max())
    tiles = [
        Tile("Nearest to an alarm so far, share of it", at, _share, tone="bad" if found.raised else "good",
             note=f"{nearest.asset + ', ' if nearest.asset else ''}{SHORT[nearest.test]}"),
    ]  # fmt: skip
    if not row["days"]:
        return [*tiles, Tile(f"Moves of {asset}", 0, "{:.0f}".format)]
    ratio_off = row["ratio"] and not row["ratio_low"] <= 1 <= row["ratio_high"]
    if row["ratio"] is not None:
        beside = (("foreseen", 1.0),)
        tiles.append(Tile(f"{of}size of moves over the foreseen size", row["ratio"], "{:.2f}".format, row["ratio_low"],
                          row["ratio_high"], beside, tone="bad" if ratio_off else "good"))  # fmt: skip
    tiles.append(
        Tile(f"{of}volatility since training, a year", row["realised"], lambda v: amount(v, kind),
             beside=(("foreseen", row["foreseen"]), *((("in training", row["training"]),) if row["training"] else ()))),
    )  # fmt: skip
    low, high = row["coverage_90_low"], row["coverage_90_high"]
    tiles.append(Tile(f"{of}inside the 90 % interval", row["coverage_90"], "{:.1%}".format, low, high,
                      (("should be", 0.9),), tone="good" if low <= 0.9 <= high else "bad"))  # fmt: skip
    tiles.append(Tile(f"{of}losses beyond 99 % value at risk", row["exceptions_99"], "{:.0f}".format,
                      beside=(("expected", row["expected_99"]),) if row["expected_99"] >= 1 else (),
                      note="" if row["expected_99"] >= 1 else "expected: less than 1",
                      tone="bad" if row["exceptions_99_p"] < UNLIKELY else "good"))  # fmt: skip
    tiles.append(Tile(f"{of}mean move, a year", row["drift"], lambda v: amount(v, kind, sign=True), row["drift_low"],
                      row["drift_high"], (("foreseen", row["foreseen_drift"]),)))  # fmt: skip
    return tiles


def _share(value: float) -> str:
    """A share of an alarm: far beyond one, in times."""
    return f"{value:.0%}" if value < 2 else f"{value:.1f} times"


def _figures(found: Monitoring) -> Matrix:
    columns = ("Size over foreseen", "Volatility, a year", "Foreseen", "Inside 50 %", "Inside 90 %", "Inside 99 %",
               "Beyond 97.5 % VaR", "Beyond 99 % VaR", "Loss there over ES", "Mean a year",
               "Foreseen mean")  # fmt: skip

    def of(row: Row) -> tuple[Cell, ...]:
        if not row["days"]:
            return tuple(cell(None, str) for _ in columns)
        kind = row["kind"]
        off = row["ratio"] is not None and not row["ratio_low"] <= 1 <= row["ratio_high"]
        below = "" if row["ratio"] is None else f"{row['ratio_low']:.2f} to {row['ratio_high']:.2f}"
        cells = [cell(row["ratio"], "{:.2f}".format, below=below, tone="bad" if off else "")]
        cells += [cell(row[name], lambda v: amount(v, kind)) for name in ("realised", "foreseen")]
        for level in (50, 90, 99):
            name = f"coverage_{level}"
            out = not row[f"{name}_low"] <= level / 100 <= row[f"{name}_high"]
            cells.append(cell(row[name], "{:.1%}".format, tone="bad" if out else ""))
        for level in ("975", "99"):
            bad = row[f"exceptions_{level}_p"] < UNLIKELY
            below = f"of {row[f'expected_{level}']:.1f} expected"
            cells.append(cell(row[f"exceptions_{level}"], "{:.0f}".format, below=below, tone="bad" if bad else ""))
        cells.append(cell(row["shortfall_975"], "{:.2f}".format))
        cells += [cell(row[name], lambda v: amount(v, kind, sign=True)) for name in ("drift", "foreseen_drift")]
        return tuple(cells)

    return Matrix(
        f"What came against what was foreseen, since {found.trained}",
        "Asset",
        columns,
        tuple((row["asset"], of(row)) for row in found.rows),
        "Marked: figures that chance does not explain by themselves (95 % intervals; 1 % for exceptions). Among many, "
        "some are marked by chance; the alarm is what counts.",
    )


def _nearness(found: Monitoring) -> Matrix:
    names = tuple(name for name in WORDS if any(one.test == name for one in found.alarms))

    def of(asset: str) -> tuple[Cell, ...]:
        own = {one.test: one for one in found.alarms if one.asset == asset}
        cells = []
        for name in names:
            one = own.get(name)
            if one is None:
                cells.append(cell(None, str))
                continue
            since = "" if one.day is None else f"since {found.dates[one.day]}"
            value = float(one.nearness[-1])
            cells.append(cell(value, _share, below=since, tone="bad" if since else ""))
        return tuple(cells)

    groups = dict.fromkeys(one.asset for one in found.alarms)
    return Matrix(
        "How near each test is to an alarm",
        "Asset",
        tuple(SHORT[name][:1].upper() + SHORT[name][1:] for name in names),
        tuple((asset or "all together", of(asset)) for asset in groups),
        "100 % raises an alarm, which stays until the model is fitted again. The tests of single assets share their "
        "part of the false alarms.",
    )
