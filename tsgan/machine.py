"""This machine: what the last bits of a path depend on beside versions and seed, and how much memory there is."""

from __future__ import annotations

import os
import platform
import sys
from functools import cache
from pathlib import Path
from typing import Any


def platform_facts() -> dict[str, str]:
    """What the last bits of a path depend on beside versions and seed: platform, instruction set, flags of XLA.

    JAX's device is told where JAX is in use by now; the classical models never ask for one.
    """
    jax = sys.modules.get("jax")
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "instructions": _instructions(),
        "device": "" if jax is None else _backend(jax),
        "xla_flags": os.environ.get("XLA_FLAGS", ""),
    }


def _backend(jax: Any) -> str:
    try:
        return str(jax.default_backend())
    except RuntimeError:  # a device that the environment asks for and the machine lacks
        return ""


@cache
def _instructions() -> str:
    """The widest vector instructions of this processor, as Linux tells them; empty where nothing tells."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    flags = set(next((line for line in text.splitlines() if line.startswith(("flags", "Features"))), "").split())
    return next((name for name in ("avx512f", "avx2", "avx", "sse4_2", "sve2", "sve", "asimd") if name in flags), "")


def memory() -> int | None:
    """Bytes of memory that this process may have, of the machine or its container; None where nothing tells."""
    try:
        found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows
        return None
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
        return min(found, int(limit)) if limit.isdigit() else found
    except OSError:
        return found
