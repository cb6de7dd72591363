"""What is loaded is what was saved: damaged files are refused, whatever the damage, or give the very same."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.errors import TsganError
from tsgan.scenarios.blocks import write_blocks
from tsgan.training.checkpoint import read_checkpoint, save_checkpoint

QUICK, MANY = 25, 200


def bits(content: bytes, draw: random.Random) -> bytes:
    place = draw.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << draw.randrange(8)]) + content[place + 1 :]


def cut(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randrange(len(content))]


def swapped(content: bytes, draw: random.Random) -> bytes:
    size = min(16, len(content) // 4)
    first = draw.randrange(len(content) // 2 - size)
    second = draw.randrange(len(content) // 2, len(content) - size)
    parts = content[:first], content[first : first + size], content[second : second + size], content[second + size :]
    return parts[0] + parts[2] + content[first + size : second] + parts[1] + parts[3]


def appended(content: bytes, draw: random.Random) -> bytes:
    return content + content[: draw.randrange(1, 40)]


def other_json(content: bytes, draw: random.Random) -> bytes:
    """One value, or the name of one, is another; one is left out."""
    document = json.loads(content)
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key in list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
            places.append((node, key))
            walk(node[key])

    walk(document)
    node, key = draw.choice(places)
    value, kind = node[key], draw.randrange(3)
    if kind == 0:
        del node[key]
    elif kind == 1 and isinstance(node, dict):
        node[f"{key}s"] = node.pop(key)
    else:
        choices = [None, "", "x", 0, 1, -1.5, True, [], {}, [value], 10**30]
        node[key] = draw.choice([one for one in choices if one != value or type(one) is not type(value)])
    return json.dumps(document).encode()


def model(folder: Path) -> Callable[[], Any]:
    days = np.busday_offset("2019-01-01", np.arange(400), roll="forward")
    closes = 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, 400)))
    tsgan.fit(pd.DataFrame({"date": days, "AAA": closes}), "gjr-garch").save(folder / "m")

    def load() -> Any:
        found = tsgan.load_model(folder / "m")
        return found.model_hash, found.info, found.sample(3, 4, seed=1).returns.tobytes()

    return load


def checkpoint(folder: Path) -> Callable[[], Any]:
    state = {"a": np.arange(12.0).reshape(3, 4), "b": (np.ones(5, np.float32), np.arange(7))}
    save_checkpoint(folder / "m.checkpoint.safetensors", state, {"step": 3, "seed": 1, "rows": [{"loss": 0.5}]})

    def load() -> Any:
        arrays, facts = read_checkpoint(folder / "m.checkpoint.safetensors")
        return facts, [(name, one.dtype, one.shape, one.tobytes()) for name, one in sorted(arrays.items())]

    return load


def scenarios(write: Callable[[tsgan.Scenarios, Path], None], name: str) -> Callable[[Path], Callable[[], Any]]:
    def made(folder: Path) -> Callable[[], Any]:
        dates = np.arange("2020-01-06", "2020-01-10", dtype="datetime64[D]")
        returns = np.random.default_rng(0).normal(0, 0.01, (6, 3, 2)).astype(np.float32)
        facts = {"model": "gbm", "seed": 1, "calendar": "XNYS"}
        start = np.array([100.0, 2.0])
        write(tsgan.Scenarios(returns, ("AAA", "B"), ("price", "rate"), dates, start, provenance=facts), folder / name)

        def load() -> Any:
            one = tsgan.read_scenarios(folder / name)
            told = one.assets, one.kinds, one.bounds, dict(one.provenance), one.first_path
            return *told, one.dates.tolist(), one.start_prices.tolist(), one.returns.tobytes()

        return load

    return made


def cached(folder: Path) -> Callable[[], Any]:
    days = pd.bdate_range("2020-01-01", periods=300)
    closes = 100 * np.exp(np.cumsum(np.random.default_rng(2).normal(0, 0.01, 300)))
    bars = pd.DataFrame({name: closes for name in ("Open", "High", "Low", "Close", "Volume")}, days)
    known: dict[str, Any] = {"start": "2020-01-01", "end": "2021-03-01", "folder": folder / "cache"}

    def ask(*_: str) -> tuple[pd.DataFrame, dict[str, str]]:
        return bars, {"currency": "USD", "exchangeName": "NYQ"}

    tsgan.fetch("AAA", history=ask, offline=False, **known)
    (folder / "cache" / ".lock").unlink()

    def load() -> Any:
        one = tsgan.fetch("AAA", offline=True, **known)
        return one.assets, one.currency, one.calendar, one.notes, one.warnings, one.dates.tolist(), one.prices.tobytes()

    return load


KINDS = {
    "model": model,
    "checkpoint": checkpoint,
    "parquet": scenarios(lambda one, out: one.to_parquet(out), "p.parquet"),
    "csv": scenarios(lambda one, out: one.to_csv(out), "p.csv"),
    "blocks": scenarios(lambda one, out: write_blocks([one], out, block=2), "p"),
    "price cache": cached,
}


def survey(kind: str, folder: Path, mutations: int) -> dict[str, list[str]]:
    """What became of each mutation of each file: refused, the same, another result, another exception."""
    load, draw = KINDS[kind](folder), random.Random(kind)
    right = load()
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.suffix not in (".md",))
    found: dict[str, list[str]] = {"refused": [], "same": [], "different": [], "other": []}
    for number in range(mutations):
        file = files[number % len(files)]
        ways = [bits, cut, swapped, appended] + [other_json] * 3 * (file.suffix == ".json")
        way, kept = draw.choice(ways), file.read_bytes()
        file.write_bytes(changed := way(kept, draw))
        what = f"{way.__name__} of {file.name}, number {number}"
        try:
            found["same" if load() == right else "different"].append(what)
        except TsganError as error:
            assert str(folder) in str(error), f"{what}: names no file: {error}"
            found["refused"].append(what)
        except Exception as error:
            found["other"].append(f"{what}: {type(error).__name__}: {error}")
        finally:
            file.write_bytes(kept)
        assert changed != kept or what in found["same"]
    assert load() == right
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_no_damage_is_believed(kind, tmp_path):
    found = survey(kind, tmp_path, QUICK)
    assert not found["different"] and not found["other"], found
    assert len(found["refused"]) > QUICK / 2


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_damage_of_many_is_believed(kind, tmp_path):
    found = survey(kind, tmp_path, MANY)
    print({name: len(these) for name, these in found.items()})
    assert not found["different"] and not found["other"], found


def test_a_lone_parquet_file_has_checksums(tmp_path):
    """Without its manifest beside it, the pages and the manifest inside are still checked."""
    load = KINDS["parquet"](tmp_path)
    right = load()
    (tmp_path / "p.parquet.manifest.json").unlink()
    assert load() == right
    file, draw, refused = tmp_path / "p.parquet", random.Random(0), 0
    kept = file.read_bytes()
    pages = int.from_bytes(kept[-8:-4], "little") + 8  # what follows the pages
    for _ in range(60):
        file.write_bytes(bits(kept[:-pages], draw) + kept[-pages:])
        try:
            assert load() == right
        except TsganError:
            refused += 1
    assert refused > 25
    for old, new in ((b'"AAA"', b'"BBB"'), (b'"gbm"', b'"fhs"'), (b"100.0", b"100.5")):
        assert old in kept
        file.write_bytes(kept.replace(old, new))
        with pytest.raises(TsganError, match="not as it was written"):
            load()


def test_a_table_and_its_manifest_belong_together(tmp_path):
    """Two tables of one stem keep a manifest each; one cannot stand for the other."""
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
    KINDS["csv"](one)
    KINDS["parquet"](one)
    assert sorted(file.name for file in one.iterdir()) == [
        "p.csv", "p.csv.manifest.json", "p.parquet", "p.parquet.manifest.json",
    ]  # fmt: skip
    (one / "p.csv.manifest.json").write_bytes((one / "p.parquet.manifest.json").read_bytes())
    with pytest.raises(TsganError, match="belongs to another table"):
        tsgan.read_scenarios(one / "p.csv")


def test_an_earlier_manifest_of_two_tables_is_refused(tmp_path):
    load = KINDS["csv"](tmp_path)
    right = load()
    file = tmp_path / "p.csv.manifest.json"
    manifest = json.loads(file.read_text()) | {"schema_version": 1}
    del manifest["files"], manifest["sha256"]
    (tmp_path / "p.manifest.json").write_text(json.dumps(manifest))
    file.unlink()
    assert load() == right
    (tmp_path / "p.parquet").write_bytes(b"")
    with pytest.raises(TsganError, match=r"may belong to .*p\.csv or to .*p\.parquet"):
        load()


def test_returns_and_closes_of_a_table_agree(tmp_path):
    """Even where somebody has made hash and manifest anew."""
    from tsgan.owned import sha256_of
    from tsgan.scenarios.manifest import TABLE, to_text

    load = KINDS["csv"](tmp_path)
    table, file = tmp_path / "p.csv", tmp_path / "p.csv.manifest.json"
    frame = pd.read_csv(table)
    frame.loc[4, "close"] *= 1.0001
    frame.to_csv(table, index=False)
    file.write_text(to_text(json.loads(file.read_text()), {TABLE: sha256_of(table)}))
    with pytest.raises(TsganError, match=r"the return of scenario 0, AAA on 2020-01-08 is not that of its closes"):
        load()


def test_a_list_of_runs_passes_over_what_is_not_as_its_name_says(tmp_path):
    """Reports state no hash: a headline may be another one, but never stop the list of all others."""
    documents: dict[str, dict[str, Any]] = {
        "run/run.json": {"stages": ["a"], "finished": True, "finished_at": "2024-01-02T03:04:05", "model": "gbm"},
        "model/model.json": {"info": {"train_start": "2020-01-01", "train_end": "2021-01-01", "model": "gbm"}},
        "out/scorecard.json": {
            "verdict": ["passes", 1], "uses": [{"name": "risk", "good": True}], "provenance": {"prices": "p.csv"},
            "gates": [{"name": "finite", "passed": True}], "model": "gbm",
        },
        "out/stress.json": {
            "model": "gbm", "period": "day", "risk": [{"source": "gbm", "level": 0.99, "days": 10, "var": 0.1}],
        },
        "out/forecast.json": {"assets": ["AAA"], "start": "2024-01-02", "horizon": 5, "model": "gbm"},
        "out/lend.json": {"book": {"expected_loss": 1.0, "exposure": 50.0}, "kind": "secured", "loans": ["a"]},
        "out/robustness.json": {"strategy": "hold", "sentences": ["It loses."]},
        "out/explain.json": {"assets": [{"asset": "AAA"}], "date": "2024-01-02"},
        "out/compare.json": {"scorecards": {"a": 1}, "judged_start": "2020-01-01", "judged_end": "2021-01-01"},
    }  # fmt: skip
    for name, document in documents.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(document))
    assert len(tsgan.runs(tmp_path).entries) == len(documents)
    draw = random.Random(3)
    for number in range(270):
        file = tmp_path / list(documents)[number % len(documents)]
        kept = file.read_bytes()
        file.write_bytes(other_json(kept, draw))
        found = tsgan.runs(tmp_path)
        assert len(found.entries) >= len(documents) - 1 and found.summary()
        file.write_bytes(kept)
