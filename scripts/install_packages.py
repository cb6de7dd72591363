"""Install packages into the environment of the running interpreter, by uv where that can be had and by pip elsewhere.

    .venv/bin/python scripts/install_packages.py -e '.[test]'

takes what ``pip install`` takes.  uv installs the same versions several times as fast.  It does not read the
configuration of pip (indexes, proxies, certificates, constraints: files and ``PIP_...`` alike), so that is handed to it
in its own words; where pip has been told something for which it has none, pip does the work.  ``TSGAN_INSTALLER=pip``
asks for pip.  Needs nothing but the standard library.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

PIP = (sys.executable, "-m", "pip")

LISTS = {
    "extra-index-url": ("UV_EXTRA_INDEX_URL", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "constraint": ("UV_CONSTRAINT", " "),
    "build-constraint": ("UV_BUILD_CONSTRAINT", " "),
}
"""Options of pip that take several words -> variable of uv, and what stands between words there."""

VALUES = {
    "index-url": "UV_DEFAULT_INDEX",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "retries": "UV_HTTP_RETRIES",
    "client-cert": "SSL_CLIENT_CERT",
}
"""Options of pip that take one word -> variable of uv."""

INDIFFERENT = frozenset(
    """
    disable-pip-version-check no-python-version-warning no-warn-script-location root-user-action require-virtualenv
    quiet verbose debug log no-color progress-bar no-input exists-action cache-dir config-file use-feature
    use-deprecated
    """.split()
)
"""Options of pip that change nothing of what is installed, or from where."""

NOT_SET = ("", "0", "false", "no", "off", "none")
"""How pip's configuration says that a switch is off."""


class NoCounterpart(Exception):
    """pip has been told something that uv cannot be told."""


def settings_of(listing: str) -> dict[str, str]:
    """Option -> value out of what ``pip config list`` prints, as ``pip install`` takes them.

    Variables of the environment come before the section of the command, and this before the one of all commands.
    """
    found: dict[str, tuple[int, str]] = {}
    for line in listing.splitlines():
        name, is_one, value = line.partition("=")
        section, _, option = name.rpartition(".")
        rank = {"global": 0, "install": 1, ":env:": 2}.get(section, -1)
        if is_one and rank >= found.get(option, (0, ""))[0]:
            found[option] = rank, str(ast.literal_eval(value))
    return {option: value for option, (_, value) in found.items()}


def as_uv(settings: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Variables for uv that say what pip's ``settings`` do; what the ``environment`` already tells uv stays.

    NoCounterpart names an option that uv does not have, which may decide what is installed.
    """
    told: dict[str, str] = {"UV_SYSTEM_CERTS": "1"}  # whom the system trusts, as pip does
    for option, value in settings.items():
        if not value:
            continue
        if option in LISTS:
            name, between = LISTS[option]
            told[name] = between.join(value.split())
        elif option in VALUES:
            told[VALUES[option]] = value
        elif option == "cert":
            told["SSL_CERT_DIR" if Path(value).is_dir() else "SSL_CERT_FILE"] = value
        elif option == "proxy":
            told |= {name: value for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY")}
        elif option in ("no-index", "no-cache-dir", "pre"):
            if value.lower() not in NOT_SET:
                told |= {
                    "no-index": {"UV_NO_INDEX": "1"},
                    "no-cache-dir": {"UV_NO_CACHE": "1"},
                    "pre": {"UV_PRERELEASE": "allow"},
                }[option]
        elif option not in INDIFFERENT and value.lower() not in NOT_SET:
            raise NoCounterpart(option)
    bundle = environment.get("REQUESTS_CA_BUNDLE") or environment.get("CURL_CA_BUNDLE")
    if bundle and "SSL_CERT_FILE" not in told:  # which pip reads, and uv does not
        told["SSL_CERT_FILE"] = bundle
    if "UV_EXTRA_INDEX_URL" in told:
        told["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # the newest version that any index has, as pip
    return {name: value for name, value in told.items() if not (name.startswith("UV_") and name in environment)}


def main(wanted: list[str]) -> int:
    """Install what is ``wanted``, and return the exit code of what did."""
    pip_install = [*PIP, "install", "--disable-pip-version-check", *wanted]
    if os.environ.get("TSGAN_INSTALLER") == "pip":
        return subprocess.run(pip_install).returncode
    listed = subprocess.run([*PIP, "config", "list"], capture_output=True, text=True)
    try:
        told = as_uv(settings_of(listed.stdout), os.environ)
    except NoCounterpart as option:
        print(f"pip is configured with {option}, which uv does not have: installing by pip", file=sys.stderr)
        return subprocess.run(pip_install).returncode
    if not (uv := fetched_uv()):
        print("uv cannot be had here: installing by pip, which takes longer", file=sys.stderr)
        return subprocess.run(pip_install).returncode
    no_index = ["--no-index"] if told.pop("UV_NO_INDEX", "") else []
    command = [uv, "pip", "install", "--python", sys.executable, *no_index, *wanted]
    if subprocess.run(command, env={**os.environ, **told}).returncode == 0:
        compile_packages()
        return 0
    print("uv did not get through with it: installing by pip", file=sys.stderr)
    return subprocess.run(pip_install).returncode


def compile_packages() -> None:
    """Compile what is installed, but for tests, where Python is told not to keep what it compiles as it imports.

    pip compiles everything, uv nothing: elsewhere what is used is compiled and kept at its first use, in a fraction of
    the time.
    """
    if sys.dont_write_bytecode:
        places = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
        tests = r"[/\\]tests[/\\]"
        subprocess.run([sys.executable, "-m", "compileall", "-q", "-j", "0", "-x", tests, *places])


def fetched_uv() -> str | None:
    """The uv beside this interpreter, which pip fetches from the user's own index where it is not there yet."""
    uv = Path(sys.executable).with_name("uv.exe" if os.name == "nt" else "uv")
    if not uv.exists():
        print("fetching uv, which installs faster than pip", file=sys.stderr)
        fetch = [*PIP, "install", "--disable-pip-version-check", "--quiet", "--retries=1", "uv>=0.5"]
        done = subprocess.run(fetch, capture_output=True, text=True)
        if done.returncode:
            return None
    return str(uv) if uv.exists() else None


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
