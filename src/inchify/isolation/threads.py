"""Environment variables that limit numerical libraries to one thread.

Threads of one process wait for each other longer than they help, and as many as there are cores in
each of several processes stop a machine. Cores are used by processes instead.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

# OpenMP's variable also rules torch, MKL and OpenBLAS where theirs are not set.
OPENMP = "OMP_NUM_THREADS"
# Libraries with pools of their own: OpenCV, Accelerate.
OTHERS = ("OPENCV_FOR_THREADS_NUM", "VECLIB_MAXIMUM_THREADS")


def core_count() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def process_count(jobs: int) -> int:
    """Resolve a number of jobs.

    Args:
        jobs: Number of processes; -1 is one for each core that this process may use.

    Raises:
        ValueError: 0 or another negative number.
    """
    if jobs == 0 or jobs < -1:
        raise ValueError(f"'jobs' is {jobs}; it must be at least 1, or -1 for one process per core")
    return core_count() if jobs == -1 else jobs


def thread_count(environment: Mapping[str, str]) -> int:
    """Number of threads of a process with this environment: one unless it says otherwise.

    Args:
        environment: Variables and their values.
    """
    count = environment.get(OPENMP, "1").split(",")[0].strip()
    return max(1, int(count)) if count.isdigit() else 1


def one_thread(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables to add to an environment so that every library computes with one thread.

    Args:
        environment: Variables and their values. A number of threads that is set there counts for
            the other libraries too; existing variables are not changed.

    Returns:
        The variables to add. They must be set before a library is imported.
    """
    wanted = dict.fromkeys((OPENMP, *OTHERS), str(thread_count(environment)))
    return {name: value for name, value in wanted.items() if name not in environment}
