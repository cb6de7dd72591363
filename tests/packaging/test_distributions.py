"""What is inside the wheel and the source distribution: the package, its data, and nothing else."""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> dict[str, list[str]]:
    """Names in each distribution, built without a network."""
    build = pytest.importorskip("hatchling.build", reason="of the test group")
    folder = tmp_path_factory.mktemp("dist")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        wheel, source = build.build_wheel(str(folder)), build.build_sdist(str(folder))
    with zipfile.ZipFile(folder / wheel) as opened:
        names = {"wheel": opened.namelist()}
    with tarfile.open(folder / source) as opened:
        assert all(member.isfile() or member.isdir() for member in opened.getmembers()), "no links"
        names["sdist"] = [name.split("/", 1)[1] for name in opened.getnames() if "/" in name]
    return names


def tracked(*places: str) -> set[str]:
    return set(subprocess.check_output(["git", "ls-files", *places], cwd=ROOT, text=True).splitlines())


def test_the_wheel_is_the_package(built):
    inside = {name for name in built["wheel"] if not name.endswith("/")}
    facts = {name for name in inside if name.split("/")[0].endswith(".dist-info")}
    assert inside - facts == tracked("tsgan")
    kinds = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "LICENSE"}
    assert {Path(name).name for name in facts} == kinds
    assert any(name.endswith("model.safetensors") for name in inside), "the bundled model"
    assert any(name.endswith(".j2") for name in inside) and "tsgan/__init__.pyi" in inside


def test_the_source_distribution_holds_what_git_does(built):
    inside = set(built["sdist"])
    wanted = tracked("tsgan", "tests", "scripts", "data", "README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml")
    assert inside - wanted <= {"PKG-INFO", ".gitignore"}, "something that is not of the project"
    assert wanted <= inside
