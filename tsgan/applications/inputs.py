"""What users give an application, in whatever form they have it."""

from __future__ import annotations

from pathlib import Path

from tsgan.fitting import ModelSource, load_model
from tsgan.models.contract import MarketModel
from tsgan.scenarios.reading import BLOCK_FILE, read_scenarios
from tsgan.scenarios.scenarios import Scenarios

PathsOrModel = Scenarios | ModelSource
"""Finished paths, a table or a folder of them; or a model that can draw some."""

TABLES = (".parquet", ".csv", ".npy")
"""Endings of files that hold paths, never a model."""


def as_paths_or_model(source: PathsOrModel) -> Scenarios | MarketModel:
    """Paths or a model as they are; else what a file, or a folder of either, holds.

    Raises ScenarioError for a table that holds no paths, ModelError for a folder that holds no model.
    """
    if isinstance(source, Scenarios | MarketModel):
        return source
    path = Path(source)
    if path.is_dir():
        finished = any(path.glob(f"block=*/{BLOCK_FILE}"))
    else:
        finished = path.suffix.lower() in TABLES
    return read_scenarios(path) if finished else load_model(source)
