"""What installs tsgan: pip's configuration reaches uv, and pip does the work where uv cannot."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "install_packages.py"
sys.path.insert(0, str(SCRIPT.parent))
try:
    install_packages = importlib.import_module("install_packages")
finally:
    sys.path.remove(str(SCRIPT.parent))


def told(listing: str, **environment: str) -> dict[str, str]:
    return install_packages.as_uv(install_packages.settings_of(listing), environment)


def test_indexes_proxies_certificates_and_constraints_are_handed_on():
    found = told(
        "global.index-url='https://name:word@index.example/simple'\n"
        "global.extra-index-url='file:///srv/one file:///srv/two'\n"
        "install.find-links='/srv/wheels\\n/srv/more'\n"
        "global.constraint='/etc/a.txt /etc/b.txt'\n"
        "global.trusted-host='index.example'\n"
        "global.proxy='proxy.example:3128'\n"
        "global.cert='/etc/ssl/ours.pem'\n"
        "global.default-timeout='180'\n"
    )
    assert found["UV_DEFAULT_INDEX"] == "https://name:word@index.example/simple"
    assert found["UV_EXTRA_INDEX_URL"] == "file:///srv/one file:///srv/two"
    assert found["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    assert found["UV_FIND_LINKS"] == "/srv/wheels,/srv/more"
    assert found["UV_CONSTRAINT"] == "/etc/a.txt /etc/b.txt"
    assert found["UV_INSECURE_HOST"] == "index.example"
    assert found["HTTPS_PROXY"] == found["https_proxy"] == "proxy.example:3128"
    assert found["SSL_CERT_FILE"] == "/etc/ssl/ours.pem"
    assert found["UV_HTTP_TIMEOUT"] == "180"


def test_the_environment_comes_before_files_and_the_command_before_all_commands():
    lines = [":env:.index-url='https://env'", "install.index-url='https://install'", "global.index-url='https://all'"]
    assert told("\n".join(lines))["UV_DEFAULT_INDEX"] == "https://env"
    assert told("\n".join(reversed(lines)))["UV_DEFAULT_INDEX"] == "https://env"
    assert told("\n".join(lines[1:]))["UV_DEFAULT_INDEX"] == "https://install"
    assert "UV_DEFAULT_INDEX" not in told("download.index-url='https://download'")


def test_what_the_user_tells_uv_stays():
    assert "UV_DEFAULT_INDEX" not in told("global.index-url='https://pip'", UV_DEFAULT_INDEX="https://uv")
    assert told("", REQUESTS_CA_BUNDLE="/etc/ssl/theirs.pem")["SSL_CERT_FILE"] == "/etc/ssl/theirs.pem"


@pytest.mark.parametrize("option", ["only-binary", "require-hashes", "prefix", "something-new"])
def test_an_option_that_uv_lacks_leaves_the_work_to_pip(option):
    with pytest.raises(install_packages.NoCounterpart, match=option):
        told(f"global.{option}='yes'")
    told(f"global.{option}='false'\nglobal.quiet='1'")


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> Path:
    """A virtual environment with pip in it."""
    folder = tmp_path_factory.mktemp("environment") / "env"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder


@pytest.fixture(scope="module")
def wheels(tmp_path_factory) -> Path:
    """A folder with one tiny package, ``coppice``, and nothing else."""
    folder = tmp_path_factory.mktemp("wheels")
    facts = "coppice-1.0.dist-info"
    with zipfile.ZipFile(folder / "coppice-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("coppice.py", "")
        wheel.writestr(f"{facts}/METADATA", "Metadata-Version: 2.1\nName: coppice\nVersion: 1.0\n")
        wheel.writestr(f"{facts}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{facts}/RECORD", f"coppice.py,,\n{facts}/METADATA,,\n{facts}/WHEEL,,\n{facts}/RECORD,,\n")
    return folder


def install(environment: Path, wheels: Path) -> tuple[subprocess.CompletedProcess, bool]:
    """Install ``coppice`` where pip's configuration, a file, knows no index; and whether it is there then."""
    (wheels / "pip.conf").write_text(f"[global]\nno-index = true\nfind-links = {wheels}\n")
    python = environment / "bin" / "python"
    done = subprocess.run(
        [python, SCRIPT, "coppice"],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(wheels), "PIP_CONFIG_FILE": str(wheels / "pip.conf")},
    )
    there = subprocess.run([python, "-c", "import coppice"], capture_output=True).returncode == 0
    subprocess.run([python, "-m", "pip", "uninstall", "--yes", "--quiet", "coppice"], check=True, capture_output=True)
    return done, there


def test_pip_installs_where_uv_cannot_be_had_or_fails(environment, wheels):
    done, there = install(environment, wheels)
    assert done.returncode == 0 and there, done.stderr
    assert "uv cannot be had" in done.stderr
    uv = environment / "bin" / "uv"  # stands in for one: writes down what it is told, and fails
    uv.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        f"json.dump([sys.argv[1:], dict(os.environ)], open({str(wheels / 'told.json')!r}, 'w'))\nsys.exit(2)\n"
    )
    uv.chmod(0o755)
    done, there = install(environment, wheels)
    uv.unlink()
    assert done.returncode == 0 and there, done.stderr
    assert "uv did not get through" in done.stderr
    words, variables = json.loads((wheels / "told.json").read_text())
    assert words == ["pip", "install", "--python", str(environment / "bin" / "python"), "--no-index", "coppice"]
    assert variables["UV_FIND_LINKS"] == str(wheels)
