"""Public modules: what the reference lists, what their doors offer, and that scripts and notebooks need no more."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
from documents import GALLERY, ROOT, SITE, blocks, cells

PUBLIC = sorted(
    {
        name
        for page in (SITE / "reference").glob("*.md")
        for name in re.findall(r"^\.\. automodule:: (\S+)$", page.read_text(), re.MULTILINE)
    }
)
"""The reference is where public modules are listed; there is no other list."""

STRANGERS = [p for p in sorted((ROOT / "tests" / "plugins").glob("*.py")) if not p.stem.startswith("test_")]
INSIDE = {ROOT / "scripts" / "faults", ROOT / "scripts" / "benches"}
"""What does harm to tsgan from inside, as tests do, and what times its parts."""
PYTHON = [p for p in sorted((ROOT / "scripts").rglob("*.py")) if not {SITE, *INSIDE} & set(p.parents)] + STRANGERS

DOORS = [name for name in PUBLIC if (ROOT / name.replace(".", "/") / "__init__.pyi").exists()]


def imported(source: str) -> list[str]:
    """The tsgan modules that a source imports from, and those that it imports."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [name if name in PUBLIC else node.module or "" for name in names]
    return [name for name in found if name.split(".")[0] == "tsgan"]


def private(source: str) -> list[str]:
    """Imports of modules that are not public."""
    return [name for name in imported(source) if name not in PUBLIC]


@pytest.mark.parametrize("script", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_scripts_import_public_modules_only(script):
    assert not private(script.read_text())


@pytest.mark.parametrize("page", [*GALLERY, *sorted(SITE.rglob("guides/*.md"))], ids=lambda path: path.stem)
def test_documents_import_public_modules_only(page: Path):
    code = cells(page) + [text for text in blocks(page, "python") if "import" in text]
    assert not private("\n".join(code))


def test_a_private_import_is_noticed():
    assert private("from tsgan.models.gan.rollout import rollout") == ["tsgan.models.gan.rollout"]
    assert private("import tsgan.cli.sample") == ["tsgan.cli.sample"]
    assert not private("import tsgan\nfrom tsgan.stats import acf\nfrom tsgan import errors\nimport numpy")


def test_the_reference_has_every_verb():
    page = (SITE / "reference" / "tsgan.md").read_text()
    assert set(re.findall(r"^\.\. auto\w+:: tsgan\.(\w+)$", page, re.MULTILINE)) == set(
        importlib.import_module("tsgan").__all__
    )


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_are_there_and_explained(name):
    if name == "tsgan.integrations.skfolio":
        pytest.importorskip("sklearn")
    module = importlib.import_module(name)
    assert module.__doc__
    for public in getattr(module, "__all__", ()):
        found = getattr(module, public)
        if callable(found) and getattr(found, "__module__", "").startswith("tsgan."):
            assert found.__doc__, f"{name}.{public} has no docstring"


@pytest.mark.parametrize("name", PUBLIC)
def test_the_reference_shows_what_a_package_takes_from_its_modules(name):
    """Without ``__all__``, Sphinx leaves out what a package imports, unless it is told otherwise."""
    package = ROOT / name.replace(".", "/") / "__init__.py"
    if package.exists() and "__all__" not in package.read_text():
        asked = rf"^\.\. automodule:: {re.escape(name)}\n   :members:\n   :imported-members:$"
        pages = "".join(page.read_text() for page in (SITE / "reference").glob("*.md"))
        assert re.search(asked, pages, re.MULTILINE), f"{name} has neither __all__ nor :imported-members:"


@pytest.mark.parametrize("name", DOORS)
def test_a_door_imports_nothing_by_itself(name):
    heavy = ("jax", "pandas", "matplotlib", "numpy", "scipy", "arch")
    code = f"import sys, {name}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", DOORS)
def test_a_door_hides_no_module(name):
    """A name that is also a module would mean one or the other, depending on what was imported before."""
    module = importlib.import_module(name)
    modules = {path.stem for path in Path(module.__file__ or "").parent.iterdir()}
    assert not modules & set(module.__all__)
    assert set(dir(module)) == set(module.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        module.no_such_name  # noqa: B018
