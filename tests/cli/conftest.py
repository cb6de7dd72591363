"""Fixtures for tests of the command line: it runs in this process, and offline."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from tsgan.cli.main import app


@pytest.fixture(scope="session")
def cli(tmp_path_factory):
    """``cli("train", path, ...)`` runs a command and returns its result: exit_code, stdout, stderr."""
    cache = str(tmp_path_factory.mktemp("cache"))
    runner = CliRunner(env={"TSGAN_OFFLINE": "1", "TSGAN_CACHE": cache, "COLUMNS": "200", "TERM": "dumb"})
    return lambda *words: runner.invoke(app, [str(word) for word in words], prog_name="tsgan")


@pytest.fixture(scope="session")
def closes():
    """Wide closes of two assets, 1,500 business days, fat-tailed and correlated."""
    rng = np.random.default_rng(5)
    returns = 0.01 * rng.standard_t(5, (1500, 2)) @ np.array([[1.0, 0.4], [0.0, 0.8]])
    prices = 100 * np.exp(np.cumsum(returns, axis=0))
    return pd.DataFrame(prices, index=pd.bdate_range("2012-01-02", periods=1500, name="date"), columns=["AAA", "BBB"])


@pytest.fixture(scope="session")
def prices(closes, tmp_path_factory):
    path = tmp_path_factory.mktemp("prices") / "closes.csv"
    closes.to_csv(path)
    return path


@pytest.fixture(scope="session")
def model(cli, prices, tmp_path_factory):
    """A geometric Brownian motion fitted to what came before 2016."""
    folder = tmp_path_factory.mktemp("models") / "gbm"
    done = cli("train", prices, "--model", "gbm", "--until", "2015-12-31", "--out", folder)
    assert done.exit_code == 0, done.stderr
    return folder
