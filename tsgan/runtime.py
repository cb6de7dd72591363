"""How JAX is set up: a compilation cache that outlives the process, and less waiting for compilers.

The command line and the verbs that compute call :func:`prepare`; importing tsgan changes nothing.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

CODEGEN_FLAG = "--xla_cpu_parallel_codegen_split_count"
"""At 2 instead of 32, XLA:CPU compiles this package's graphs about twice as fast on a few cores."""

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


def prepare() -> None:
    """Import and configure JAX; called by what computes, before anything else imports it.

    What the user has set (``XLA_FLAGS``, ``JAX_COMPILATION_CACHE_DIR``) stays.  The cache is private to the user,
    because whoever can write it can run code; without a place for it the work is only slower.
    """
    flags = os.environ.get("XLA_FLAGS", "")
    if "jax" not in sys.modules and CODEGEN_FLAG not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {CODEGEN_FLAG}=2".strip()
    # Matrices here are small: a BLAS that spreads them over threads only fights over the cores.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    keep_freed_memory()
    import jax

    folder = compiled_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError:
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)
