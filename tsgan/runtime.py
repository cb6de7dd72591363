"""How JAX is set up: a compilation cache that outlives the process, and less waiting for compilers.

Verbs that compute, such as :func:`tsgan.fit`, call :func:`prepare`; importing tsgan changes nothing.  Commands call it
before they import numpy, which reads the number of its threads as it is imported.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from tsgan.errors import ConfigError, OutputError, TsganWarning
from tsgan.files import check_local
from tsgan.machine import why_not

P = ParamSpec("P")
R = TypeVar("R")

PACKAGES = (
    "tsgan",
    "jax",
    "jaxlib",
    "flax",
    "optax",
    "numpy",
    "pandas",
    "scipy",
    "arch",
    "exchange_calendars",
    "yfinance",
)
"""Whose versions can change a result."""

CODEGEN_FLAG = "--xla_cpu_parallel_codegen_split_count"
"""At 2 instead of 32, XLA:CPU compiles this package's graphs about twice as fast on a few cores."""

SUMS_FLAG = "--xla_cpu_experimental_ynn_fusion_type"
"""Set to nothing, it keeps XLA:CPU from a library for sums that silently returns other numbers where a sum over a last
axis has more than 32,768 results (the issue 39103 of jax-ml/jax; log densities of a copula were off by hundreds)."""

WRONG_SUMS = ((0, 10, 2), (0, 12))
"""Versions of jaxlib with that library, and so that flag: from the first on, and before the second.  XLA ends a process
that names a flag which it does not know."""

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Of ``mallopt(3)``: free memory at the top of the heap, and sizes of requests, from which the system is involved."""


def compiled_folder() -> Path:
    """Where compiled programs live between runs: JAX's own setting, or ``xla`` in tsgan's cache."""
    if named := os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        return Path(named)
    from tsgan.data.cache import cache_folder

    return cache_folder() / "xla"


def keep_freed_memory() -> None:
    """Let freed memory stay with the process rather than go back to the system and be asked for again.

    XLA:CPU takes and frees its buffers at every step; with glibc's usual thresholds a fifth of a training's processor
    time went into page faults.  Other C libraries are left as they are, and so is what the user has set.
    """
    if sys.platform != "linux" or any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ):
        return
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(TRIM_THRESHOLD, 2**30)
        if not mallopt(MMAP_THRESHOLD, 2**27):  # larger requests are tables, and go back
            mallopt(MMAP_THRESHOLD, 2**25)  # all that older versions allow


@cache
def prepare() -> bool:
    """Set JAX up, once a process; called by everything that computes, best before anything imports JAX.  Returns
    whether something had.

    What the user has set stays: ``XLA_FLAGS``, ``JAX_COMPILATION_CACHE_DIR``, and a cache set with ``jax.config``; such
    a folder, which others may share, is used as it is, and left to JAX to make.  tsgan's own cache is private to the
    user, because whoever can write it can run code; without a place for it the work is only slower.
    """
    imported = sys.modules.get("jax")
    if imported is None:
        _add_flag(CODEGEN_FLAG, "2")
    if has_wrong_sums():
        _add_flag(SUMS_FLAG, "")  # read when JAX first computes, not when it is imported
    # Matrices here are small: a BLAS that spreads them over threads only fights over the cores.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    keep_freed_memory()
    if imported is not None and imported.config.jax_compilation_cache_dir:
        return True
    # JAX reads its environment as it is imported, which those who need no JAX are spared.
    settings: dict[str, Any] = {"jax_persistent_cache_min_compile_time_secs": 0.5}
    if not os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        folder = _own_cache()
        if folder is None:
            return imported is not None
        settings["jax_compilation_cache_dir"] = str(folder)
    for name, value in settings.items():
        if imported is None:
            if not os.environ.get(name.upper()):
                os.environ[name.upper()] = str(value)
        elif not os.environ.get(name.upper()):
            imported.config.update(name, value)
    return imported is not None


def _add_flag(name: str, value: str) -> None:
    """Set a flag of XLA's, unless the user has."""
    flags = os.environ.get("XLA_FLAGS", "")
    if name not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {name}={value}".strip()


def version(package: str) -> str:
    """The version of a package, or ``not installed``."""
    from importlib import metadata  # takes longer to import than all else that the help of a command needs

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def has_wrong_sums() -> bool:
    """Whether the jaxlib that is installed is one of ``WRONG_SUMS``."""
    numbers = [re.match(r"\d*", part) for part in version("jaxlib").split(".")[:3]]
    found = tuple(int(number[0] or 0) for number in numbers if number is not None)
    return WRONG_SUMS[0] <= found < WRONG_SUMS[1]


def _own_cache() -> Path | None:
    """The folder of compiled programs in tsgan's cache, private; None where there can be none."""
    folder = compiled_folder()
    try:
        check_local(folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if hasattr(os, "geteuid") and folder.stat().st_uid != os.geteuid():
            return None
        folder.chmod(0o700)
    except (OSError, OutputError):
        return None
    return folder


@cache
def check_devices() -> None:
    """ConfigError where JAX finds none of the devices that it was told to compute on."""
    import jax

    try:
        jax.devices()
    except (RuntimeError, AssertionError) as error:  # which of them depends on what is installed of the platform
        wanted = os.environ.get("JAX_PLATFORMS") or "the platform it was set to"
        why = f" ({str(error).splitlines()[0]})" if str(error) else ""
        raise ConfigError(
            f"JAX finds no device of {wanted}{why}; set JAX_PLATFORMS=cpu, or install JAX for yours"
        ) from None
    if prepare() and has_wrong_sums() and not _sums_are_right():
        warnings.warn(
            f"this process began to compute before tsgan could set XLA_FLAGS={SUMS_FLAG}=, without which jaxlib "
            f"{version('jaxlib')} can return wrong sums of large arrays; set it before Python starts, or call tsgan "
            "before anything computes with JAX",
            TsganWarning,
            stacklevel=3,
        )


def _sums_are_right() -> bool:
    """Whether XLA sums rightly where its library of sums, with which some versions come, does not."""
    import jax
    import numpy as np

    rows = np.arange(2**15 + 2, dtype=np.float32) % 8
    a, b = rows.reshape(2, -1), np.stack([rows[: len(rows) // 2]] * 2, axis=-1)
    found = jax.jit(lambda a, b: (b * (a[..., None] * np.array([1.0, 2.0], np.float32))).sum(axis=-1) + a)(a, b)
    return bool((np.asarray(found) == 3 * a * b[..., 0] + a).all())


def join_processes(coordinator: str = "", process: str = "") -> bool:
    """Make this process one of several that train together, each with its own devices; before JAX computes anything.

    Args:
        coordinator: ``host:port``, where the first process listens; empty where Slurm, MPI or Kubernetes tell JAX.
        process: ``2/4`` for the second of four; likewise.

    Returns:
        Whether this is the first process, which is the one that saves.

    Raises ConfigError for words that cannot be read, and where the processes do not find each other.
    """
    import jax

    number, _, of = process.partition("/")
    if process and not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise ConfigError(f"cannot read the process {process!r}; write it as 2/4 for the second of four")
    if bool(coordinator) != bool(process):
        raise ConfigError("a process needs the coordinator's host:port and its own number, as 2/4; give both")
    try:
        if process:
            jax.distributed.initialize(coordinator, int(of), int(number) - 1)
        else:
            jax.distributed.initialize()
    except (RuntimeError, ValueError) as error:
        raise ConfigError(
            f"the processes do not find each other: {str(error).splitlines()[0]}; give every one of them the same "
            "coordinator, an address of the first that the others reach, and its own number"
        ) from None
    return jax.process_index() == 0


@contextmanager
def own_settings() -> Iterator[None]:
    """Compute with tsgan's own settings of JAX on this thread, whatever environment and process say; they come back.

    The generator of random numbers, how it is split over devices, and the width and promotion of numbers decide what a
    seed draws; a manifest need not tell them because they are always these.
    """
    import jax

    check_devices()
    with ExitStack() as stack:
        for setting, value in (
            (jax.enable_x64, False),
            (jax.default_prng_impl, "threefry2x32"),
            (jax.threefry_partitionable, True),
            (jax.default_matmul_precision, None),
            (jax.numpy_dtype_promotion, "standard"),
            (jax.numpy_rank_promotion, "allow"),
        ):
            stack.enter_context(setting(value))
        yield


def with_own_settings(function: Callable[P, R]) -> Callable[P, R]:
    """A function that always runs with :func:`own_settings`."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with own_settings():
            return function(*args, **kwargs)

    return run


@dataclass(frozen=True)
class Environment:
    """What is installed, what it runs on, and where caches live.

    Attributes:
        versions: by name, Python first.
        devices: that JAX computes on, the first one unless told otherwise.
        caches: name -> folder.
        others: kind of device that JAX does not compute on -> why not, in words.
    """

    versions: Mapping[str, str]
    devices: tuple[str, ...]
    caches: Mapping[str, Path]
    others: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, with the sizes of the caches in bytes."""
        caches = {name: {"path": str(path), "bytes": _size(path)} for name, path in self.caches.items()}
        return {
            "versions": dict(self.versions),
            "devices": list(self.devices),
            "others": dict(self.others),
            "caches": caches,
        }


def info() -> Environment:
    """What this process computes with: what ``tsgan info`` prints."""
    prepare()
    import jax

    from tsgan.data.cache import cache_folder

    check_devices()
    devices = tuple(f"{device.platform}:{device.id} ({device.device_kind})" for device in jax.devices())
    caches = {"compiled programs": compiled_folder(), "downloads": cache_folder() / "yahoo"}
    used = jax.devices()[0].platform
    others = {kind: why_not(kind, used, os.environ.get("JAX_PLATFORMS", ""), _refusal(kind)) for kind in ("gpu", "tpu")}
    return Environment(versions(), devices, caches, {kind: why for kind, why in others.items() if why})


def _refusal(kind: str) -> str:
    """What JAX says when it is asked for devices of a kind that it does not have."""
    import jax

    try:
        jax.devices(kind)
    except (RuntimeError, AssertionError) as error:
        return str(error).splitlines()[0] if str(error) else ""
    return ""


def versions() -> dict[str, str]:
    """Version by name of what results depend on, Python first."""
    return {"python": platform.python_version()} | {package: version(package) for package in PACKAGES}


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
