"""``tsgan lend``: what it writes for each kind of book, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

BOOKS = {
    "secured": "loan,amount,collateral,call,liquidation\nA,60,AAA:0.5 BBB:0.5,0.7,0.9\nB,50,BBB:1,,\n",
    "corporate": "loan,ticker,exposure,lgd,equity,debt\nA,AAA,100,0.4,10,90\nB,BBB,50,0.5,20,80\n",
    "pools": "pool,exposure,lgd,series,pd,correlation\nA,100,0.4,AAA,0.02,0.15\n",
}


@pytest.mark.parametrize("kind", BOOKS)
def test_every_kind_of_book(cli, model, tmp_path, kind):
    (tmp_path / "book.csv").write_text(BOOKS[kind])
    words = ("--book", tmp_path / "book.csv", "--paths", 500, "--horizon", 30, "--json", "--out", tmp_path / "out")
    done = cli("lend", model, *words)
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["kind"] == kind and document == json.loads((tmp_path / "out" / "lend.json").read_text())
    page = (tmp_path / "out" / "lend.html").read_text()
    assert "What the whole book may lose" in page and ("total return" in page.lower()) == (kind == "secured")
    assert len((tmp_path / "out" / "losses.csv").read_text().splitlines()) == 501


def test_quarterly_rates_in_percent_from_file_to_losses(cli, tmp_path):
    data = Path(__file__).parents[2] / "data"
    model, paths = tmp_path / "model", tmp_path / "paths.csv"
    words = (f"{data / 'example_rates.csv'}+sample:sp500", "--join", "inner", "--model", "fhs", "--out", model)
    assert cli("train", *words).exit_code == 0
    book = ("--book", data / "example_rate_pools.csv", "--json")
    done = cli("lend", model, *book, "--paths", 500, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["horizon"] == 4  # a year, unless something else is asked for
    assert [row["method"] for row in document["loans"]] == ["history", "Vasicek", "Vasicek"]
    assert 0.01 < document["loans"][0]["mean_rate"] < 0.2
    assert cli("sample", model, "--paths", 500, "--horizon", 4, "--out", paths).exit_code == 0
    again = cli("lend", paths, *book, "--out", tmp_path / "again")
    assert again.exit_code == 0, again.stderr
    assert json.loads(again.stdout)["book"]["var_99"] == pytest.approx(document["book"]["var_99"], rel=1e-4)


def test_a_table_of_scenarios_will_do(cli, model, tmp_path):
    (tmp_path / "book.csv").write_text(BOOKS["secured"])
    paths = tmp_path / "paths.csv"
    assert cli("sample", model, "--paths", 40, "--horizon", 10, "--out", paths).exit_code == 0
    done = cli("lend", paths, "--book", tmp_path / "book.csv", "--price-return", "--details", "--out", tmp_path / "out")
    assert done.exit_code == 0 and "PRICE RETURN" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("book", "words", "message"),
    [
        ("loan,amount\nA,5\n", (), "lacks collateral"),
        ("loan,amount,collateral\nA,500000,AAA:1\n", (), "must not be above 1"),
        ("loan,amount,collateral\nA,5,CCC:1\n", (), "secured by CCC"),
        (BOOKS["secured"], ("--confidence", 2), "--confidence"),
        (BOOKS["corporate"], ("--years", 0), "--years"),
        (BOOKS["corporate"].replace("90", "0"), (), "debt is 0"),
        (BOOKS["corporate"].replace("10,90", "1e-9,1e9"), (), "loan A: no firm has equity 1e-09"),
        (BOOKS["corporate"], ("--rate", "nan"), "risk-free rate is nan"),
        ("loan,amount,collateral,grace\nA,5,AAA:1,inf\n", (), "grace is inf"),
    ],
)
def test_bad_input_is_refused_and_nothing_written(cli, model, tmp_path, book, words, message):
    (tmp_path / "book.csv").write_text(book)
    options = ("--book", tmp_path / "book.csv", "--paths", 20, "--horizon", 5, "--out", tmp_path / "out")
    done = cli("lend", model, *options, *words)
    assert done.exit_code == 1 and message in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
