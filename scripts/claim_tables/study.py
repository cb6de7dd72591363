"""The prices, cut dates and fitted models that the claims share."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from study_results import Results, write_whole

import tsgan
from tsgan.evaluation import Case, case_of_model

STOCKS, INDICES = "stocks", "indices"
CONFIGS = {"gan": tsgan.GANConfig(base="none"), "warm start": tsgan.GANConfig(base="none", steps=0)}
"""Models that are trained; every other name is a baseline's."""


def stocks(prices: Path | None) -> tsgan.Panel:
    """The 20 stocks from 2000 on: of a file of closes, or of the data set that comes with skfolio."""
    if prices is not None:
        return tsgan.load_prices(prices)
    try:
        from skfolio.datasets import load_sp500_dataset
    except ImportError:
        raise SystemExit("error: no skfolio; pip install -e .[skfolio], or give the closes by --prices FILE") from None
    return tsgan.load_prices(load_sp500_dataset().loc["2000":])


class Study:
    """Two panels, one common cut date; parameters are fixed at the cut, states are filtered forward.

    Args:
        panels: of prices, by name.
        cut: last date of training.
        out: folder of fitted models and intermediate results, so that claims share them.
        results: what is found.
        seed: of fits and paths.
        paths: free runs a source.
    """

    def __init__(
        self, panels: dict[str, tsgan.Panel], cut: str, out: Path, results: Results, *, seed: int = 0, paths: int = 300
    ) -> None:
        self.panels, self.cut, self.out, self.results = panels, cut, out, results
        self.seed, self.paths = seed, paths

    def at(self, *, cut: str | None = None, seed: int | None = None) -> Study:
        """The same study with another cut date or seed."""
        seed = self.seed if seed is None else seed
        return Study(self.panels, cut or self.cut, self.out, self.results, seed=seed, paths=self.paths)

    def model(self, group: str, name: str) -> tsgan.MarketModel:
        """The model of that name, fitted to the panel's dates up to the cut, or read back where it has been."""
        train = self.panels[group].through(self.cut)
        folder = self.out / "models" / f"{group}-{self.cut}-{name.replace(' ', '-')}-{self.seed}"
        if folder.exists():
            model = tsgan.load_model(folder)
            if model.info.data_hash == train.data_hash:
                return model
        print(f"fitting {name} to {group} up to {self.cut}, seed {self.seed}", flush=True)
        model = tsgan.fit(train, CONFIGS.get(name, name), seed=self.seed)
        model.save(folder)
        return model

    def case(self, group: str) -> Case:
        """The later dates of a panel."""
        return case_of_model(self.model(group, "stationary-bootstrap"), self.panels[group])

    def free_run(self, group: str, name: str) -> np.ndarray:
        """(path, day, asset) paths over the later dates, from the state at the cut on."""
        return self.case(group).sample(self.model(group, name), self.paths, self.seed)[0]

    def kept(self, name: str, models: dict[str, tsgan.MarketModel], compute: Callable[[], Any]) -> Any:
        """JSON-ready results, computed once for these models, this seed and number of paths."""
        about = {"paths": self.paths, "models": {k: m.model_hash for k, m in models.items()}}
        file = self.out / f"{name}-{self.cut}-{self.seed}.json"
        if file.exists():
            document = json.loads(file.read_text())
            if document["about"] == about:
                return document["result"]
        result = compute()
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, json.dumps({"about": about, "result": result}))
        return result

    @cached_property
    def assets(self) -> list[tuple[str, int, str]]:
        """(panel, column, ticker) of every asset of both panels."""
        return [(group, i, asset) for group, panel in self.panels.items() for i, asset in enumerate(panel.assets)]
