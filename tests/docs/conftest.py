"""Tests of documents run their code in this process, in a folder of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import pytest
from documents import ROOT

matplotlib.use("Agg")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder to work in, with the repository's ``data``; the current one while a module's tests run."""
    place, before = tmp_path_factory.mktemp("documents"), Path.cwd()
    (place / "data").symlink_to(ROOT / "data", target_is_directory=True)
    os.chdir(place)
    yield place
    os.chdir(before)


@pytest.fixture(autouse=True)
def no_figures_left() -> Iterator[None]:
    """Figures that the code leaves open are closed again."""
    yield
    import matplotlib.pyplot as plt

    plt.close("all")
