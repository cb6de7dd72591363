"""This machine: what the last bits of a path depend on beside versions and seed, and how much memory there is."""

from __future__ import annotations

import importlib.util
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


PLUGINS = {
    "gpu": ("jax_cuda13_plugin", "jax_cuda12_plugin", "jax_rocm7_plugin", "jax_rocm60_plugin"),
    "tpu": ("libtpu",),
}
"""Kind of device -> packages with which JAX computes on it."""

EXTRAS = {"gpu": "'tsgan[cuda13]' or 'tsgan[cuda12]'", "tpu": "'tsgan[tpu]'"}
"""What brings them."""

DRIVERS = {"gpu": ("/proc/driver/nvidia/version", "/dev/nvidia0", "/dev/kfd"), "tpu": ("/dev/accel0", "/dev/vfio/0")}
"""Files by which a machine shows that it has one, under Linux."""


def why_not(kind: str, computes_on: str, chosen: str = "", refusal: str = "") -> str:
    """Why JAX does not compute on a ``gpu`` or ``tpu``, in words; empty where it does.

    Args:
        kind: of device.
        computes_on: the kind that JAX computes on.
        chosen: value of JAX_PLATFORMS.
        refusal: what JAX says when it is asked for such devices.
    """
    if kind == computes_on:
        return ""
    there = any(Path(file).exists() for file in DRIVERS[kind])
    seen = "this machine seems to have one, but " if there else ""
    if not any(importlib.util.find_spec(name) for name in PLUGINS[kind]):
        return f"{seen}JAX has no plug-in for it here; pip install {EXTRAS[kind]} brings it"
    if chosen and not {kind, "cuda", "rocm"} & set(chosen.split(",")):
        return f"{seen}JAX_PLATFORMS={chosen} leaves it out"
    return f"JAX has a plug-in for it and finds none{f' ({refusal})' if refusal else ''}"


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
