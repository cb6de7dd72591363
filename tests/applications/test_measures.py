"""Sets of paths measured part by part say what a stress test says of all of them in memory."""

from __future__ import annotations

import shutil
import tracemalloc

import numpy as np
import pytest

import tsgan
from tsgan import sampling
from tsgan.applications.measures import measure
from tsgan.applications.measures.pieces import known_facts, sharpes
from tsgan.errors import ConfigError, ScenarioError
from tsgan.scenarios import streaming
from tsgan.scenarios.blocks import write_blocks
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.streaming import parts_of
from tsgan.stats import weighted

HELD = {"AAA": 0.7, "BBB": -0.3, "CCC": 0.4}
TABLES = ("risk", "components", "losses", "drawdowns")


def drawn(n_paths: int, days: int, *, weighted: bool = False, first_path: int = 0) -> Scenarios:
    random = np.random.default_rng(7)
    returns = (0.02 * random.standard_t(4, (n_paths, days, 4))).astype(np.float32)
    dates = np.datetime64("2020-01-01") + np.arange(days + 1)
    kinds = ("price", "price", "price", "level")
    start = np.array([100.0, 20.0, 3.0, 15.0])
    weights = random.dirichlet(np.ones(n_paths)) if weighted else None
    facts = {"model": "invented", "periods_per_year": 252}
    return Scenarios(returns, ("AAA", "BBB", "CCC", "FEAR"), kinds, dates, start, weights, first_path, facts)


@pytest.fixture(params=[False, True], ids=["equal", "weighted"])
def paths(request) -> Scenarios:
    return drawn(700, 260, weighted=request.param)


@pytest.fixture
def small(monkeypatch):
    """Pieces of a few paths, so that every file is read in several."""
    monkeypatch.setattr(streaming, "VALUES", 20_000)


def close(found: list, wanted: list) -> None:
    assert len(found) == len(wanted) and wanted
    for one, other in zip(found, wanted, strict=True):
        assert one.keys() == other.keys()
        for name, value in other.items():
            if isinstance(value, str):
                assert one[name] == value
            else:
                np.testing.assert_allclose(one[name], value, rtol=1e-11, atol=1e-13, err_msg=name)


def test_paths_are_measured_as_they_are_drawn(fitted, small, monkeypatch):
    monkeypatch.setattr(sampling, "STRETCH", 1)
    monkeypatch.setattr(sampling, "CHUNK_PATHS", 256)
    model = fitted("gbm")
    chunks = tsgan.sample_chunks(model, 700, 20, seed=3)
    assert chunks.stretches == [(0, 256), (256, 512), (512, 700)]
    found, wanted = measure(chunks), measure(model.sample(700, 20, seed=3))
    for table in TABLES:
        close(found.tables[table], wanted.tables[table])
    with pytest.raises(ConfigError, match="leave the cluster out"):
        measure(chunks, cluster="local")


def test_a_folder_says_what_all_in_memory_say(paths, small, tmp_path):
    write_blocks([paths], tmp_path / "p", block=64)
    whole = tsgan.stress(paths, HELD)
    found = measure(tmp_path / "p", HELD)
    for name in TABLES:
        close(found.tables[name], whole.tables[name])
    # Quantiles are order statistics of the same numbers, so these are the same bits.
    assert [row["var"] for row in found.tables["risk"]] == [row["var"] for row in whole.tables["risk"]]
    assert found.tables["drawdowns"] == whole.tables["drawdowns"]
    in_memory = measure(paths, HELD)
    for name in (*TABLES, "sharpe"):
        close(found.tables[name], in_memory.tables[name])


def test_sharpe_ratios_are_those_of_the_daily_returns(paths):
    profits = tsgan.stress(paths, HELD).profits
    ratios = []
    for path in profits:
        value = np.concatenate([[1.0], 1 + path])
        daily = value[1:] / value[:-1] - 1
        ratios.append(daily.mean() / daily.std(ddof=1) * np.sqrt(252) if (value > 0).all() else np.nan)
    np.testing.assert_allclose(sharpes(profits, 252), ratios, rtol=1e-9)
    there = np.isfinite(ratios)
    weights = None if paths.weights is None else paths.weights[there]
    rows = measure(paths, HELD).tables["sharpe"]
    wanted = weighted.quantiles(np.array(ratios)[there], [row["quantile"] for row in rows], weights)
    np.testing.assert_allclose([row["sharpe"] for row in rows], wanted, rtol=1e-9)
    assert {row["paths"] for row in rows} == {int(there.sum())}


def test_facts_are_distributions_over_paths(small, tmp_path):
    paths = drawn(60, 300)
    write_blocks([paths], tmp_path / "p", block=25)
    rows = {(row["asset"], row["fact"]): row for row in measure(tmp_path / "p", HELD, facts=True).tables["facts"]}
    assert len(rows) == 4 * len(known_facts())
    for fact in known_facts():
        values = fact.statistic(paths.moves[:, :, 1].astype(np.float64))
        values = values[np.isfinite(values)]
        row = rows["BBB", fact.name]
        np.testing.assert_allclose(row["mean"], values.mean(), rtol=1e-10, err_msg=fact.name)
        np.testing.assert_allclose(row["q50"], weighted.quantiles(values, [0.5])[0], rtol=1e-10, err_msg=fact.name)
        assert row["paths"] == len(values) and "{" not in row["label"]
    with pytest.raises(ConfigError, match="facts need paths of at least 120 steps, and these have 20"):
        measure(paths.head(20), facts=True)


def test_any_order_of_rows_and_tables_are_read(paths, tmp_path):
    import pyarrow.parquet as parquet
    from resealing_blocks import reseal_blocks

    write_blocks([paths], tmp_path / "p", block=300)
    wanted = measure(paths, HELD).tables
    file = tmp_path / "p" / "block=00001" / "paths.parquet"
    table = parquet.read_table(file, partitioning=None)
    parquet.write_table(table.take(np.random.default_rng(1).permutation(table.num_rows)), file)
    reseal_blocks(tmp_path / "p")
    close(measure(tmp_path / "p", HELD).tables["risk"], wanted["risk"])
    parquet.write_table(table, file, row_group_size=10_001)  # groups that end within paths
    reseal_blocks(tmp_path / "p")
    close(measure(tmp_path / "p", HELD).tables["risk"], wanted["risk"])
    paths.to_parquet(tmp_path / "q.parquet")
    close(measure(tmp_path / "q.parquet", HELD).tables["risk"], wanted["risk"])
    parquet.write_table(table.slice(0, table.num_rows - 2), file)
    reseal_blocks(tmp_path / "p")
    with pytest.raises(ScenarioError, match="ends within a path"):
        measure(tmp_path / "p", HELD)


def test_damage_is_refused(tmp_path):
    paths = drawn(90, 30)
    write_blocks([paths], tmp_path / "p", block=40)
    file = tmp_path / "p" / "block=00001" / "paths.parquet"
    written = file.read_bytes()
    file.write_bytes(written[:-20] + b"x" + written[-19:])
    with pytest.raises(ScenarioError, match=r"block=00001/paths.parquet is not the file that the manifest"):
        measure(tmp_path / "p")
    file.unlink()
    with pytest.raises(ScenarioError, match=r"block=00001/paths.parquet is missing"):
        measure(tmp_path / "p")
    shutil.rmtree(tmp_path / "p")
    with pytest.raises(ScenarioError, match="there is no file"):
        measure(tmp_path / "p")
    (tmp_path / "p").mkdir()
    with pytest.raises(ScenarioError, match="no set of paths that tsgan wrote"):
        measure(tmp_path / "p")
    with pytest.raises(ConfigError, match="losses are fractions"):
        measure(paths, losses=[20])


def test_memory_does_not_grow_with_days_and_assets(small, tmp_path):
    write_blocks([drawn(2000, 260)], tmp_path / "p", block=500)
    parts = parts_of(tmp_path / "p")
    tracemalloc.start()
    try:
        for part in parts:
            for piece in part.pieces():
                assert piece.returns.size <= 20_000
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert held < 4 * 2000 * 260 * 4  # less than the returns of all paths in float32
