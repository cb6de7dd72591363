"""Shock vectors: one row a scenario, one column a ticker, the move over the whole horizon; what risk engines read.

Columns: ``AsOfDate,ScenarioSet,Index,Scenario[,Weight],<ticker...>``.  ``Index`` counts the rows from 1, ``Scenario``
is the number of the path.  Moves are relative for prices (-0.05 is a fall of 5 %), differences for levels and rates.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tsgan.errors import ScenarioError
from tsgan.scenarios.scenarios import Scenarios

COLUMNS = ("AsOfDate", "ScenarioSet", "Index", "Scenario")
WEIGHT = "Weight"


def shocks(scenarios: Scenarios) -> np.ndarray:
    """Moves over the whole horizon: (path, asset) float64, relative for prices, differences for levels and rates."""
    logs = np.array([kind == "price" for kind in scenarios.kinds])
    moves = scenarios.returns.sum(axis=1, dtype=np.float64)
    with np.errstate(over="ignore"):
        return np.where(logs, np.expm1(np.where(logs, moves, 0.0)), moves)


def shock_columns(scenarios: Scenarios, start: int, stop: int, before: int) -> dict[str, Any]:
    """The columns of paths ``start`` to ``stop - 1``, of which ``before`` paths of the job come before path 0.

    Raises ScenarioError for bars, which have no place here, and a ticker that is called like one of the columns.
    """
    taken = [a for a in scenarios.assets if a in (*COLUMNS, WEIGHT)]
    if taken:
        raise ScenarioError(f"a ticker is called {taken[0]}, like a column of shock vectors; choose the long layout")
    if scenarios.bars:
        raise ScenarioError("shock vectors hold closes only; write scenarios with bars in the long layout")
    number = np.arange(start, stop)
    name = " ".join(
        str(part) for part in (scenarios.provenance.get("model"), scenarios.provenance.get("seed")) if part is not None
    )
    columns: dict[str, Any] = {
        "AsOfDate": pa.array(np.full(stop - start, scenarios.dates[0].astype("datetime64[D]")), pa.date32()),
        "ScenarioSet": pa.array([name or "scenarios"] * (stop - start), pa.string()),
        "Index": number + before + 1,
        "Scenario": number + scenarios.first_path,
    }
    if scenarios.weights is not None:
        columns[WEIGHT] = scenarios.weights[start:stop]
    return columns | dict(zip(scenarios.assets, shocks(scenarios)[start:stop].T, strict=True))


def from_shocks(path: Path, table: pa.Table, manifest: dict[str, Any] | None) -> Scenarios:
    """Scenarios of one step, from the as-of date to the last date, that a table of shock vectors holds.

    Raises ScenarioError without a manifest (dates, kinds and start prices stand there) or for impossible numbers.
    """
    if manifest is None:
        raise ScenarioError(
            f"{path} holds shock vectors without their manifest, so without dates and start prices; keep the "
            f"manifest beside it, or write the scenarios in the long layout"
        )
    tickers, weighted = manifest["tickers"], WEIGHT in table.column_names
    missing = [name for name in (*COLUMNS, *tickers) if name not in table.column_names]
    if missing:
        raise ScenarioError(f"{path} lacks the columns {', '.join(missing)} that its manifest tells of")
    try:
        moves, first = np.column_stack([table[name].to_numpy() for name in tickers]), int(table["Scenario"][0].as_py())
        moves, weights = moves.astype(np.float64), table[WEIGHT].to_numpy().astype(np.float64) if weighted else None
    except (ValueError, TypeError, IndexError):
        raise ScenarioError(f"{path}: a shock, a weight or a scenario is missing or not a number") from None
    logs = np.array([kind == "price" for kind in manifest["kinds"]])
    bad = ~np.isfinite(moves) | (logs & (moves <= -1))
    if bad.any():
        row, asset = np.argwhere(bad)[0]
        raise ScenarioError(
            f"{path}: the shock of {tickers[asset]} in row {row + 1} is {moves[row, asset]}, impossible"
        )
    if weights is not None and not ((weights >= 0).all() and 0 < weights.sum() < np.inf):
        raise ScenarioError(f"{path}: weights must be at least 0 and not all 0")
    returns = np.where(logs, np.log1p(np.where(logs, moves, 0.0)), moves)
    return Scenarios(
        returns=returns[:, None].astype(np.float32),
        assets=tuple(tickers),
        kinds=tuple(manifest["kinds"]),
        dates=np.array([manifest["as_of_date"], manifest["last_date"]], "datetime64[D]"),
        start_prices=np.array(manifest["start_prices"], np.float64),
        weights=weights if weights is None or abs(weights.sum() - 1) < 1e-9 else weights / weights.sum(),
        first_path=first,
        provenance=manifest["provenance"],
    )
