"""Environments that are not those of the machine on which a model was made: the same paths, or a clear error."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from faults import Row
from faults.harness import Tally

SAMPLE = """
import hashlib, sys, numpy as np, tsgan
from tsgan.cli.guard import _explain
try:
    model = tsgan.load_model("bundled:us-indices")
    paths = tsgan.sample(model, 40, 8, seed=5)
    given = tsgan.sample(model, 40, 5, seed=5, condition={"SPX": (None, -0.02)})
except Exception as error:
    sys.exit("%d %s" % _explain(error)[::-1])
arrays = (paths.returns, given.returns, given.weights)
print(hashlib.sha256(b"".join(np.ascontiguousarray(one).tobytes() for one in arrays)).hexdigest())
"""

QUICK = ("JAX_DEFAULT_PRNG_IMPL", "JAX_ENABLE_X64")


def environments(folder: Path) -> list[dict[str, str]]:
    """What the environment may say."""
    (folder / "file").write_text("")
    (folder / "closed").mkdir(mode=0o555)
    return [
        {"JAX_DEFAULT_PRNG_IMPL": "rbg"},
        {"JAX_DEFAULT_PRNG_IMPL": "unsafe_rbg"},
        {"JAX_THREEFRY_PARTITIONABLE": "0"},
        {"JAX_ENABLE_X64": "1"},
        {"JAX_NUMPY_DTYPE_PROMOTION": "strict"},
        {"JAX_NUMPY_RANK_PROMOTION": "raise"},
        {"JAX_DEFAULT_MATMUL_PRECISION": "highest"},
        {"JAX_PLATFORMS": "cuda"},
        {"JAX_COMPILATION_CACHE_DIR": str(folder / "new" / "cache")},
        {"JAX_COMPILATION_CACHE_DIR": str(folder / "file")},
        {"JAX_COMPILATION_CACHE_DIR": str(folder / "closed")},
        {"TSGAN_CACHE": str(folder / "file"), "JAX_COMPILATION_CACHE_DIR": ""},
        {"TSGAN_CACHE": "s3://bucket/cache", "JAX_COMPILATION_CACHE_DIR": ""},
        {"HOME": "/nonexistent", "TSGAN_CACHE": "", "JAX_COMPILATION_CACHE_DIR": ""},
        {"LC_ALL": "C", "PYTHONUTF8": "0"},
        {"TZ": "Pacific/Kiritimati"},
        {"PYTHONHASHSEED": "1"},
        {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "4"},
    ]


def drawn(environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """What a fresh process draws; the compiled programs of others are used where nothing else is said."""
    kept = ("CACHE", "MOST_OPTIMIZATIONS")
    plain = {k: v for k, v in os.environ.items() if not k.startswith("JAX_") or any(name in k for name in kept)}
    call = [sys.executable, "-W", "ignore", "-c", SAMPLE]
    return subprocess.run(call, env=plain | environment, cwd=folder, capture_output=True, text=True, check=False)


def report(quick: bool) -> Row:
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="tsgan-faults-") as name:
        folder = Path(name)
        right = drawn({}, folder)
        assert right.returncode == 0, right.stderr
        for environment in environments(folder):
            if quick and not any(one in environment for one in QUICK):
                continue
            before = sorted(path.name for path in folder.iterdir())
            found = drawn(environment, folder)
            what = f"{environment}: {found.returncode} {found.stdout}{found.stderr[-300:]}"
            clear = found.returncode == 1 and found.stderr.startswith("1 ") and len(found.stderr.splitlines()) == 1
            if found.returncode == 0:
                verdict = "survived" if found.stdout == right.stdout else "different"
            else:
                verdict = "survived" if clear else "lost"
            made = sorted(path.name for path in folder.iterdir() if path.name not in (*before, "new"))
            tally.add("lost" if made else verdict, what + f", makes {made}" * bool(made))
    return tally.row("environments", "generator, precision, caches, devices, languages: the same bits or a clear error")
