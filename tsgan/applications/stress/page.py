"""stress.html: the stress test as one page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from tsgan.applications.stress import plots, words
from tsgan.applications.stress.measures import Row
from tsgan.reports import page
from tsgan.reports.numbers import interval, number
from tsgan.reports.period import Period

if TYPE_CHECKING:
    from tsgan.applications.stress.result import StressTest

PACKAGE = "tsgan.applications.stress"
CLOSING = (
    "Scenarios are what the past makes plausible: a figure is as good as its model, and no model knows what has never "
    "happened."
)


def render(study: StressTest) -> str:
    """The page as text."""
    tables, period, facts = study.tables, study.period, study.usual.provenance
    days = period.many.capitalize()
    # Models side by side: what is compared stands together.
    risk = sorted(tables["risk"], key=lambda row: (row["days"], row["level"]))
    losses = sorted(tables["losses"], key=lambda row: row["loss"])
    return page.answer(
        "stress.html.j2",
        PACKAGE,
        study.front,
        study.matrices,
        closing=CLOSING,
        period=period,
        warnings=study.warnings,
        made=study.made,
        origin=[("model", facts.get("model_hash", "")), ("data", facts.get("data_hash", ""))],
        step=period,
        summary=words.summary(study),
        provenance=_provenance(study),
        usual=plots.usual(study),
        risk_headers=["Horizon, level", "Model", "Value at risk", "Expected shortfall"],
        risk=[_risk(row, period) for row in risk],
        own=[i for i, row in enumerate(risk) if row["source"] == study.name],
        loss_headers=["Loss beyond", "Model", f"On the last {period.one}", "At any close until then"],
        losses=[_loss(row) for row in losses],
        span=f"within {study.usual.horizon} {period.many}",
        drawdown_headers=["Share of paths below", "Deepest fall from a peak", f"{days} below a peak"],
        drawdowns=[[f"{r['quantile']:.1%}", f"{r['depth']:.1%}", f"{r['duration']:.0f}"] for r in tables["drawdowns"]],
        cost=_cost(study),
        martingale_headers=["Asset", days, "Off before", "Off now", "Monte Carlo error"],
        martingale=[_martingale(row) for row in tables["martingale"]],
        given=_given(study),
        reverse=_reverse(study),
        episode_headers=["Episode", "From", "To", "Profit", "Worst", "on", "Model: 5 to 95 %", "Paths as bad", ""],
        episodes=[_episode(row) for row in tables.get("episodes", [])],
        played=plots.episodes(study.replays, period) if study.replays else None,
        backtest=_backtest(study),
    )  # fmt: skip


def _provenance(study: StressTest) -> list[tuple[str, str]]:
    usual, book = study.usual, study.book
    facts, exposures = usual.provenance, book.exposures(usual)
    held = ", ".join(f"{asset} {share:.1%}" for asset, share in zip(book.assets, exposures, strict=True))
    rows = [
        ("Portfolio", f"{held} of the capital, bought and held"),
        ("Paths", f"{usual.n_paths:,} of {study.name}, {usual.horizon} {study.period.trading}s from {usual.dates[0]}"),
        ("Drift", str(study.drift)),
    ]
    if book.portfolio.unit == "quantity":
        rows.insert(1, ("Capital", f"{book.capital:,.0f} {book.portfolio.currency}".rstrip()))
    if facts.get("train_end"):
        rows.append(
            ("Trained on", f"{facts['train_start']} to {facts['train_end']}, {facts.get('source') or 'unknown source'}")
        )
    if "seed" in facts:
        rows.append(("Seed", f"{facts['seed']}{', antithetic' if facts.get('antithetic') else ''}"))
    return rows


def _risk(row: Row, period: Period) -> list[str]:
    place = f"{words.in_words(row['days'], period)}, {row['level']:.1%}"
    return [place, row["source"], *(_interval(row, name) for name in ("var", "es"))]


def _interval(row: Row, name: str) -> str:
    return _within(row, name, lambda value: f"{value:.2%}")


def _within(row: Row, name: str, shown: Callable[[float], str]) -> str:
    """A cell with its interval in small type below, so that tables fit a phone."""
    return _small(shown(row[name]), interval(row[f"{name}_low"], row[f"{name}_high"], shown))


def _small(value: str, below: str) -> str:
    return Markup("{} <small>{}</small>").format(value, below)


def _loss(row: Row) -> list[str]:
    cells = [_within(row, name, words.chance) for name in ("at_end", "ever")]
    return [f"{row['loss']:.0%}" if row["loss"] >= 0.01 else f"{row['loss']:.2%}", row["source"], *cells]


def _cost(study: StressTest) -> str | None:
    row = study.cost
    if row is None:
        return None
    return (
        f"Against what it cost, the portfolio stands at {row['unrealised']:+.1%} of its capital; it ends below its "
        f"cost in {row['days']} {study.period.many} with a probability of {words.chance(row['below_cost'])}."
    )


def _martingale(row: Row) -> list[str]:
    return [row["asset"], str(row["days"]), f"{row['before']:+.3%}", f"{row['after']:+.1e}", f"{row['error']:.3%}"]


def _given(study: StressTest) -> dict[str, Any] | None:
    if study.given is None:
        return None
    return {
        "title": f"If {study.given.event.described(study.period)}",
        "sentences": words.given(study),
        "how": words.how(study.given),
        "section": plots.given(study),
    }


def _reverse(study: StressTest) -> dict[str, Any] | None:
    if study.reverse is None:
        return None
    return {
        "title": f"What would have to happen: {study.reverse.event.described(study.period)}",
        "sentences": words.reverse(study),
        "how": words.how(study.reverse),
        "section": plots.reverse(study),
        "fan": plots.paths_to_the_loss(study) if study.given is not None else None,
    }


def _episode(row: Row) -> list[str]:
    return [
        row["episode"], row["from"], row["to"], f"{row['profit']:+.1%}", f"{row['worst']:+.1%}", row["worst_date"],
        f"{row['model_5']:+.1%} to {row['model_95']:+.1%}", words.chance(row["as_bad"]),
        "model has seen it" if row["in_sample"] else "",
    ]  # fmt: skip


def _backtest(study: StressTest) -> dict[str, Any] | None:
    test, days = study.backtest, study.period.many.capitalize()
    if test is None:
        return None
    one, ten = test.one_day.tables["backtests"], test.ten_day
    return {
        "days": len(test.one_day.dates),
        "first": str(test.one_day.dates[0]),
        "last": str(test.one_day.dates[-1]),
        "headers": [
            *("Model", "Level", "Losses beyond VaR", "Expected", "Kupiec, p", "Christoffersen, p", "DQ, p", "ES Z1, p"),
            *("ES Z2, p", "FZ0 loss", "Basel light", f"{days} yellow", f"{days} red"),
        ],
        "rows": [_tested(row) for row in one],
        "ten_headers": [
            *("Model", "Level", "Windows", "Losses beyond VaR", "Expected", "Kupiec, p", "ES Z1, p", "ES Z2, p", "FZ0")
        ],
        "ten": [
            [r["source"], f"{r['level']:.1%}", str(r["days"]), str(r["hits"]), f"{r['expected']:.1f}",
             _p(r["kupiec_p"]), _p(r["z1_p"]), _p(r["z2_p"]), number(r["fz0"], 4)]
            for r in ten
        ],
        "section": plots.backtest(study),
    }  # fmt: skip


def _tested(row: Row) -> list[str]:
    tests = [_p(row[k]) for k in ("kupiec_p", "conditional_coverage_p", "dq_p", "z1_p", "z2_p")]
    light = [row["traffic_light"], f"{row['traffic_yellow']:.0%}", f"{row['traffic_red']:.0%}"]
    return [
        row["source"],
        f"{row['level']:.1%}",
        str(row["hits"]),
        f"{row['expected']:.1f}",
        *tests,
        number(row["fz0"], 4),
        *light,
    ]


def _p(value: float | None) -> str:
    if value is None or value != value:
        return number(None)
    return f"{'< 0.001' if value < 0.001 else number(value, 2)}{' ✗' if value < 0.05 else ''}"
