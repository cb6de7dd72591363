"""The shape of the project: layers that import downwards only, small files, a light import."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tsgan"
MODULES = sorted(PACKAGE.rglob("*.py"))

LAYERS = {
    "bounded": 0,
    "errors": 0,
    "files": 0,
    "formulas": 0,
    "lazy": 0,
    "plugins": 0,
    "config": 0,
    "machine": 0,
    "notebook": 0,
    "outputs": 0,
    "owned": 0,
    "threads": 0,
    "data": 1,
    "stats": 1,
    "runtime": 2,
    "reports": 2,
    "scenarios": 2,
    "inspection": 3,
    "models": 3,
    "training": 4,
    "fitting": 5,
    "sampling": 6,
    "evaluation": 6,
    "cluster": 7,
    "applications": 8,
    "feeds": 9,
    "integrations": 9,
    "testing": 10,
    "cli": 11,
}
FRONT_DOORS = {"__init__", "__main__"}
"""``tsgan/__init__.py`` and ``tsgan/__main__.py``: above every layer; only the command line goes through the first."""


PAGE = ROOT / "scripts" / "site" / "architecture.md"


def part_of(module: Path) -> str:
    """``tsgan/data/panel.py`` -> ``data``."""
    return module.relative_to(PACKAGE).with_suffix("").parts[0]


def package_of(name: str) -> str:
    """``tsgan.models.gan.model`` -> ``models.gan``, ``tsgan.fitting`` -> ``fitting``: what must form no cycles."""
    parts = name.split(".")[1:]
    while parts and not (PACKAGE.joinpath(*parts) / "__init__.py").exists():
        if len(parts) == 1:
            break
        parts.pop()
    return ".".join(parts)


class Imports(ast.NodeVisitor):
    """Every tsgan module that a module imports anywhere, for type checkers only as well."""

    def __init__(self, module: Path) -> None:
        self.found: list[tuple[int, str]] = []
        self.package = ["tsgan", *module.relative_to(PACKAGE).parent.parts]
        self.visit(ast.parse(module.read_text()))

    def visit_Import(self, node: ast.Import) -> None:
        self.found += [(node.lineno, alias.name) for alias in node.names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = ".".join(self.package[: len(self.package) - node.level + 1]) if node.level else ""
        name = ".".join(filter(None, (base, node.module)))
        # ``from tsgan import x`` may name a module; longer names already say which part they are of.
        self.found += [(node.lineno, f"{name}.{alias.name}" if name == "tsgan" else name) for alias in node.names]


def violations(module: Path, found: list[tuple[int, str]]) -> list[str]:
    part = part_of(module)
    if part in FRONT_DOORS:
        return []
    wrong = []
    for line, name in found:
        top, *rest = name.split(".")
        if top != "tsgan" or (rest and rest[0] == part):
            continue
        if not rest:
            allowed = part == "cli"
        else:
            # The modules of layer 0 are one part: configuration and files use the errors.
            allowed = rest[0] in LAYERS and LAYERS[rest[0]] < max(LAYERS[part], 1)
        if not allowed:
            wrong.append(f"{module.relative_to(ROOT)}:{line} ({part}) imports {name}")
    return wrong


def test_every_part_has_a_layer():
    assert {part_of(module) for module in MODULES} - FRONT_DOORS <= set(LAYERS)


def test_the_page_shows_these_layers():
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|", PAGE.read_text(), re.MULTILINE)
    shown = {part: int(layer) for layer, parts in rows for part in re.findall(r"`(\w+)`", parts)}
    assert shown == LAYERS


def test_the_page_names_files_that_are_there():
    named = set(re.findall(r"`(tsgan/[\w/.]+)`", PAGE.read_text()))
    assert len(named) >= 6
    assert not [name for name in named if not (ROOT / name).is_file()]


def test_imports_go_down():
    wrong = [line for module in MODULES for line in violations(module, Imports(module).found)]
    assert not wrong, "\n".join(wrong)


def packages() -> dict[str, set[str]]:
    """Package -> the packages that its modules import, wherever and for whatever reason."""
    uses: dict[str, set[str]] = {}
    for module in MODULES:
        if part_of(module) in FRONT_DOORS:
            continue
        own = package_of("tsgan." + ".".join(module.relative_to(PACKAGE).with_suffix("").parts))
        found = {package_of(name) for _, name in Imports(module).found if name.startswith("tsgan.")}
        uses.setdefault(own, set()).update(found - {own, ""})
    return uses


def circles(uses: dict[str, set[str]]) -> list[str]:
    """What is left once packages that use nothing more are taken away, again and again."""
    left = dict(uses)
    while free := [name for name, used in left.items() if not used & set(left)]:
        for name in free:
            del left[name]
    return [f"{name} uses {', '.join(sorted(used & set(left)))}" for name, used in sorted(left.items())]


def test_packages_form_no_circles():
    assert not circles(packages()), "\n".join(circles(packages()))


def test_a_circle_is_noticed():
    uses = packages()
    assert {"models", "models.gan", "models.bars", "models.classical", "applications.stress"} <= set(uses)
    assert circles(uses | {"models": uses["models"] | {"models.bars"}})
    assert package_of("tsgan.models.gan.model") == "models.gan" and package_of("tsgan.models.contract") == "models"
    assert package_of("tsgan.fitting") == "fitting"


def test_an_import_upwards_is_noticed():
    module = PACKAGE / "data" / "panel.py"
    assert violations(module, [(1, "tsgan.models.contract")])
    assert violations(module, [(1, "tsgan.stats.tails")])  # sideways into another package
    assert violations(module, [(1, "tsgan")])
    assert not violations(module, [(1, "tsgan.errors"), (2, "tsgan.data.calendars"), (3, "numpy")])


def test_files_are_small():
    big = {str(m.relative_to(ROOT)): n for m in MODULES if (n := len(m.read_text().splitlines())) > 400}
    assert not big, f"two subjects each? {big}"


def test_top_level_layout():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    top = {line.split("/")[0] for line in listed.stdout.splitlines()}
    allowed = {"pyproject.toml", "README.md", "tsgan", "scripts", "tests", "data", "LICENSE", "CHANGELOG.md"}
    assert {name for name in top if not name.startswith(".")} <= allowed


def test_scripts_can_be_run():
    for script in ("scripts/setup", "scripts/quickstart", "scripts/test", ".ci/run"):
        assert (ROOT / script).stat().st_mode & 0o111, f"chmod +x {script}"
    assert "scripts/test" in (ROOT / ".ci" / "run").read_text()


def test_import_is_light():
    heavy = ("jax", "pandas", "matplotlib", "numpy", "scipy", "arch", "importlib.metadata")
    code = f"import sys, tsgan, tsgan.cli.main; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_public_names_are_those_that_load():
    import tsgan

    assert set(dir(tsgan)) == set(tsgan.__all__)
    for name in tsgan.__all__:
        assert getattr(tsgan, name) is not None
