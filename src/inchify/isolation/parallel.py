"""Parallel map over a stream of jobs, by joblib or Dask.

joblib does the work: its own processes (loky) on this machine, or Dask's on a cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from multiprocessing import TimeoutError as PoolTimeoutError
from typing import Any


class WorkerDied(RuntimeError):
    """A worker process was killed, crashed or hung; the results that came before it count."""


def run_jobs(
    function: Callable[..., Any],
    jobs: Iterable[tuple[Any, ...]],
    *,
    processes: int,
    cluster: str = "",
    seconds: float = 1800.0,
) -> Iterator[Any]:
    """Run ``function(*job)`` for every job in worker processes; results come in any order.

    Args:
        function: A picklable function.
        jobs: Argument tuples; few are taken ahead of the workers.
        processes: Number of processes, -1 for one per core; 1 works in this process.
        cluster: "" for joblib's own processes, "local" for Dask on this machine, else the address
            of a Dask scheduler.
        seconds: Wall time for one job, as a safety limit.

    Raises:
        WorkerDied: A worker was killed, crashed or hung; errors of the function come through.
    """
    import joblib

    with ExitStack() as stack:
        if cluster:
            stack.enter_context(_dask(cluster, processes))
            stack.enter_context(joblib.parallel_config(backend="dask"))
            parallel = joblib.Parallel(return_as="generator_unordered", timeout=seconds)
        elif processes == 1:
            yield from (function(*job) for job in jobs)
            return
        else:
            stack.enter_context(joblib.parallel_config(backend="loky", inner_max_num_threads=1))
            parallel = joblib.Parallel(
                n_jobs=processes,
                return_as="generator_unordered",
                timeout=seconds,
                batch_size=1,
                pre_dispatch="2*n_jobs",
            )
        try:
            yield from parallel(joblib.delayed(function)(*job) for job in jobs)
        except BrokenProcessPool as error:
            raise WorkerDied("A worker process died (killed, or out of memory?).") from error
        except (TimeoutError, PoolTimeoutError) as error:
            raise WorkerDied(f"A chunk took longer than {seconds:g} seconds.") from error
        except Exception as error:
            # Dask's KilledWorker: known by name, since Dask may be absent.
            if type(error).__name__ in ("KilledWorker", "CommClosedError"):
                raise WorkerDied(f"The cluster lost its workers ({error}).") from error
            raise


def _dask(cluster: str, processes: int) -> ExitStack:
    """A Dask client, with its own cluster when that is "local"; closed with the stack."""
    try:
        from dask.distributed import Client, LocalCluster
    except ImportError as error:
        raise ValueError(
            f"'cluster' is {cluster!r}, which needs the package dask[distributed]"
        ) from error
    with ExitStack() as stack:
        address: Any = cluster
        if cluster == "local":
            address = stack.enter_context(
                LocalCluster(
                    n_workers=None if processes == -1 else processes,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address=None,
                )
            )
        try:
            stack.enter_context(Client(address, timeout=20))
        except (OSError, ValueError) as error:
            raise ValueError(
                f"'cluster' is {cluster!r}; no Dask answers there ({error})"
            ) from error
        return stack.pop_all()
