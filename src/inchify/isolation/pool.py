"""Map over items in killable worker processes, with one outcome for each item, in order.

RDKit can crash its process, and its InChI reader can hang forever while it holds the interpreter
lock, so neither a thread nor a signal handler can stop it. Here an item that crashes or hangs costs
its own outcome and one worker, never its neighbors. Needs POSIX (passed file descriptors).

Limits are processor time of the worker, counted by the kernel: a busy machine makes an item late,
never wrong. Libraries compute with one thread in a worker (``threads.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from inchify.isolation.processes import Outcome, Work, WorkerProcesses
from inchify.isolation.worker import Job

# For one item the least wall time, and how many times its limit of processor time. Only a worker
# that sleeps forever meets these.
MIN_STUCK, STUCK_TIMES = 600.0, 60.0


@dataclass(kw_only=True, frozen=True)
class PoolSettings:
    """Limits of a pool.

    Attributes:
        workers: Processes.
        deadline: Seconds of a worker's processor time for one item.
        chunk: Items sent at once.
        stuck: Seconds of wall time that end a worker that waits forever and so uses no processor
            time; None for many times the deadline.
    """

    workers: int = 1
    deadline: float = 2.0
    chunk: int = 32
    stuck: float | None = None

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ValueError(f"'workers' is {self.workers}; it must be at least 1")
        if not self.deadline > 0:
            raise ValueError(f"'deadline' is {self.deadline} seconds; it must be more than 0")
        if self.stuck is not None and not self.stuck > 0:
            raise ValueError(f"'stuck' is {self.stuck} seconds; it must be more than 0")
        if self.chunk < 1:
            raise ValueError(f"'chunk' is {self.chunk}; it must be at least 1")

    @property
    def wall_limit(self) -> float:
        """Seconds of wall time after which a worker counts as stuck."""
        return self.stuck or max(MIN_STUCK, STUCK_TIMES * self.deadline)


class WorkerPool:
    """Runs ``job(item)`` for many items in killable processes; start-up happens on first use."""

    def __init__(
        self,
        job: Callable[[Any], Any],
        settings: PoolSettings | None = None,
        warm_up: Callable[[], Any] | None = None,
        *,
        processes: WorkerProcesses | None = None,
    ) -> None:
        """
        Args:
            job: An importable function (not from ``__main__``).
            settings: Limits.
            warm_up: An importable function that runs once in each process before the first item,
                outside the deadline: imports belong there.
            processes: Processes that other pools use too, say ``shared_process()``; None for
                processes of its own, as many as the settings say.
        """
        for function in (job, warm_up):
            if getattr(function, "__module__", None) == "__main__":
                raise ValueError(f"{function} is from __main__: a worker can not import it")
        self.settings = settings = settings or PoolSettings()
        self._work = Work(Job(job, settings.deadline, warm_up), settings.chunk, settings.wall_limit)
        self._processes = processes or WorkerProcesses(settings.workers)

    def map(self, items: Iterable[Any], window: int = 4096) -> Iterator[Outcome]:
        """Run the job over any number of items.

        Args:
            items: What it is called with, one by one.
            window: Items that are taken at a time.

        Returns:
            One outcome for each item, in order.
        """
        source = iter(items)
        while part := list(islice(source, window)):
            yield from self.run(part)

    def run(self, items: Sequence[Any]) -> list[Outcome]:
        """One outcome for each item, in order. Threads may share a pool: they wait for each other.

        Args:
            items: What the job is called with, one by one; picklable.

        Raises:
            RuntimeError: A worker cannot start at all (say, RDKit is not installed).
        """
        return self._processes.run(self._work, items)

    @property
    def running(self) -> int:
        """How many of its processes have been started and not ended."""
        return self._processes.running

    def close(self) -> None:
        """End all workers; the pool can be used again and starts new ones."""
        self._processes.close()

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
