"""A cluster and the tasks that it is given: reached, watched, and given up in words."""

from __future__ import annotations

import importlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

from tsgan.errors import ClusterError, ConfigError, TsganError

LOCAL = "local"
"""In place of an address: processes of this machine."""

PATIENCE = 30.0
"""Seconds until a scheduler, or its first worker, has to answer."""

LOST = 60.0
"""Seconds without any worker after which the work is given up."""

AHEAD = 4
"""Tasks a thread of a worker that are handed to the scheduler at once; the others wait here."""


@contextmanager
def connected(cluster: str | Any) -> Iterator[Any]:
    """A client of dask.distributed.

    Args:
        cluster: ``tcp://scheduler:8786``; ``local`` for processes of this machine, which end with the block; or a
            client, which stays open.

    Raises ConfigError without dask.distributed, and ClusterError where no scheduler or no worker answers.
    """
    try:
        import distributed
    except ImportError:
        raise ConfigError(
            "work on a cluster needs dask.distributed; install it: pip install 'tsgan[cluster]'"
        ) from None
    if isinstance(cluster, distributed.Client):
        yield cluster
        return
    if cluster != LOCAL and "://" not in cluster:
        raise ConfigError(
            f"--cluster {cluster}: give local, or the address of a scheduler such as tcp://scheduler:8786"
        )
    with _quiet():
        client, local = _opened(distributed, cluster)
        try:
            yield client
        finally:
            with suppress(Exception):
                client.close(timeout=5)
            if local is not None:
                with suppress(Exception):
                    local.close(timeout=5)


def _opened(distributed: Any, cluster: str) -> tuple[Any, Any]:
    """A client, and the cluster of this machine that it is of, if any."""
    if cluster == LOCAL:
        local = distributed.LocalCluster(threads_per_worker=1, dashboard_address="127.0.0.1:0")
        return distributed.Client(local), local
    try:
        client = distributed.Client(cluster, timeout=PATIENCE)
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError(
            f"no scheduler answers at {cluster} ({type(error).__name__}); start one with 'dask scheduler', or mend the "
            "address"
        ) from None
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        client.close(timeout=5)
        raise ClusterError(
            f"the scheduler at {cluster} has no workers; start some with 'dask worker {cluster}'"
        ) from None
    return client, None


def done(
    client: Any, task: Callable[..., Any], items: Iterable[Any], *shared: Any, kept: str
) -> Iterator[tuple[Any, Any]]:
    """Every item with what ``task(item, *shared)`` makes of it on some worker, as they are finished.

    Tasks of workers that end are done again on others.

    Args:
        client: of the cluster.
        task: a function of a module.
        items: small values.
        shared: what all of them need, as futures or values.
        kept: what an error says of what is finished.

    Raises ClusterError where the cluster is lost, or a task ends its workers again and again; and what tasks raise,
    where it is an error of tsgan's.
    """
    distributed = importlib.import_module("distributed")  # which has no types of its own
    waiting = iter(items)
    pending: dict[Any, Any] = {}
    gone = time.monotonic()
    try:
        while True:
            ahead = AHEAD * max(1, _threads(client, kept)) - len(pending)
            for item in islice(waiting, max(ahead, 0)):
                pending[client.submit(task, item, *shared, pure=False, retries=2)] = item
            if not pending:
                return
            try:
                finished = distributed.wait(list(pending), timeout=2, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                gone = time.monotonic() if _threads(client, kept) else gone
                if time.monotonic() - gone > LOST:
                    raise ClusterError(f"the cluster has had no worker for {LOST:.0f} seconds; {kept}") from None
                continue
            gone = time.monotonic()
            for future in finished:
                item = pending.pop(future)
                yield item, _result(future, item, kept)
    except (OSError, distributed.CancelledError) as error:
        if isinstance(error, TsganError):
            raise
        raise _lost(kept) from error
    finally:
        with suppress(Exception):
            if pending and client.status == "running":
                client.cancel(list(pending))


def _threads(client: Any, kept: str) -> int:
    """Threads of all workers."""
    if client.status not in ("running", "newly-created"):
        raise _lost(kept)
    try:
        return sum(client.nthreads().values())
    except Exception as error:
        raise _lost(kept) from error


def _lost(kept: str) -> ClusterError:
    return ClusterError(f"the scheduler has gone away; {kept}")


def _result(future: Any, item: Any, kept: str) -> Any:
    """What a finished task has made."""
    import distributed

    if future.status in ("cancelled", "lost"):
        raise _lost(kept)
    if future.status != "error":
        return future.result()
    error = future.exception()
    if isinstance(error, TsganError):
        raise error
    if isinstance(error, distributed.KilledWorker):
        raise ClusterError(
            f"the workers that had part {item} ended, again and again, perhaps for want of memory; {kept}: give "
            "workers more memory, or fewer threads each"
        ) from None
    raise ClusterError(f"part {item} failed on its worker ({type(error).__name__}: {error}); {kept}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """What goes wrong is said once, in our words: loggers of dask only tell of what is beyond them."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.nanny", "distributed.client")]
    before = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for one, level in zip(loggers, before, strict=True):
            one.setLevel(level)
