"""Worker processes that are started when they are needed and replaced when they end.

Several jobs may share them: one process for all chemistry of a reader imports RDKit once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from multiprocessing.connection import Connection, Pipe, wait
from threading import Lock
from typing import Any, cast

from inchify.isolation.threads import one_thread
from inchify.isolation.worker import Job

# Wall time for a worker's start; only one that sleeps forever meets it.
START_SECONDS = 600.0
_COMMAND = "import sys; from inchify.isolation.worker import serve; serve(int(sys.argv[1]))"
_numbers = count()


@dataclass(frozen=True)
class Outcome:
    """Outcome of one item.

    Attributes:
        value: What the job returned, None where it did not.
        error: Why there is no value.
        ran_away: Whether the item was stopped at a limit.
        early: What its job had reported before its process ended, None where there was nothing.
    """

    value: Any = None
    error: str = ""
    ran_away: bool = False
    early: Any = None


@dataclass(frozen=True)
class Work:
    """Items for one job: what is done with them, and within which limits.

    Attributes:
        job: What is to be done with each.
        key: Names the job among all of this process.
        chunk: Items that are sent at once.
        wall_limit: Seconds of wall time after which a worker counts as stuck.
    """

    job: Job
    chunk: int
    wall_limit: float
    key: int = field(default_factory=lambda: next(_numbers))


@dataclass
class _Worker:
    """One process, the pipe to it, the jobs that it knows, the items that it has not answered yet,
    the current one first, and what it reported of that one."""

    process: subprocess.Popen[bytes]
    pipe: Connection
    since: float
    ready: bool = False
    early: Any = None
    jobs: set[int] = field(default_factory=set)
    items: deque[tuple[int, Any]] = field(default_factory=deque)

    def send(self, work: Work) -> None:
        """Send its items, and before them the job if it is new to this worker."""
        if work.key not in self.jobs:
            self.ready = False
            self.pipe.send(("job", work.key, work.job))
        self.pipe.send(("items", work.key, [item for _, item in self.items]))

    def end(self) -> int:
        """Kill the process at once; its exit status, negative for a signal."""
        self.pipe.close()
        with suppress(ProcessLookupError):
            self.process.kill()
        return self.process.wait()


class WorkerProcesses:
    """Up to ``size`` killable processes; threads may share them and then wait for each other."""

    def __init__(self, size: int = 1) -> None:
        self.size = size
        self._workers: list[_Worker] = []
        self._lock = Lock()
        self._started_by = os.getpid()

    def run(self, work: Work, items: Sequence[Any]) -> list[Outcome]:
        """One outcome for each item, in order.

        Args:
            work: The job and its limits.
            items: What it is called with.

        Raises:
            RuntimeError: A worker cannot start or warm up (say, RDKit is not installed).
        """
        with self._lock:
            if self._started_by != os.getpid():  # forked: the pipes belong to the parent
                self._workers, self._started_by = [], os.getpid()
            size = min(work.chunk, -(-len(items) // self.size) or 1)
            todo = deque(enumerate(items))
            outcomes: list[Outcome] = [Outcome()] * len(items)
            try:
                while todo or any(worker.items for worker in self._workers):
                    self._hand_out(work, todo, size)
                    self._gather(work, todo, outcomes)
            except BaseException:
                self._end_all()  # a later call must not read this call's answers
                raise
            return outcomes

    @property
    def running(self) -> int:
        """How many have been started and not ended."""
        return len(self._workers)

    def close(self) -> None:
        """End all workers; the next items start new ones."""
        with self._lock:
            if self._started_by == os.getpid():
                self._end_all()

    def _end_all(self) -> None:
        while self._workers:
            self._workers.pop().end()

    def _hand_out(self, work: Work, todo: deque[tuple[int, Any]], size: int) -> None:
        """Give every idle worker its next items; start workers while there is work."""
        idle = [worker for worker in self._workers if not worker.items]
        while todo:
            if not idle:
                if len(self._workers) == self.size:
                    return
                idle.append(_start())
                self._workers.append(idle[-1])
            worker = idle.pop()
            worker.items = deque(todo.popleft() for _ in range(min(size, len(todo))))
            try:
                worker.send(work)
            except (BrokenPipeError, ConnectionResetError):  # died while idle: no item's fault
                todo.extendleft(reversed(worker.items))
                self._workers.remove(worker)
                status = worker.end()
                if not worker.jobs:
                    raise _no_start(f"it ended with status {status}") from None
            worker.since = time.monotonic()

    def _gather(self, work: Work, todo: deque[tuple[int, Any]], outcomes: list[Outcome]) -> None:
        """Wait for results; replace workers that crashed, exceeded the limit or are stuck."""
        busy = {worker.pipe: worker for worker in self._workers if worker.items}
        if not busy:
            return
        first = min(worker.since + _limit(worker, work) for worker in busy.values())
        ready = wait(list(busy), max(0.0, first - time.monotonic()))
        for pipe in cast("list[Connection]", ready):  # it gives back some of what it was given
            worker = busy.pop(pipe)
            try:
                _receive(worker, outcomes)
            except (EOFError, ConnectionResetError):
                self._replace(worker, work, todo, outcomes)
        for worker in busy.values():  # these gave no answer
            if time.monotonic() - worker.since >= _limit(worker, work):
                reason = f"was stuck for longer than {_limit(worker, work):g} s"
                self._replace(worker, work, todo, outcomes, reason)

    def _replace(
        self,
        worker: _Worker,
        work: Work,
        todo: deque[tuple[int, Any]],
        outcomes: list[Outcome],
        stuck: str = "",
    ) -> None:
        """End a worker, blame its current item and put its other items back."""
        self._workers.remove(worker)
        status = worker.end()
        if not worker.ready:
            raise _no_start(f"{stuck or 'crashed'}, status {status}")
        if worker.items:
            index, _ = worker.items.popleft()
            ran_away = bool(stuck) or status == -signal.SIGPROF
            reason = stuck or f"crashed{f' (signal {-status})' if status < 0 else ''}"
            if status == -signal.SIGPROF and not stuck:
                reason = f"took longer than {work.job.deadline:g} s of processor time"
            outcomes[index] = Outcome(None, reason, ran_away, worker.early)
            todo.extendleft(reversed(worker.items))


@cache
def shared_process() -> WorkerProcesses:
    """The one process in which this process has its chemistry done."""
    return WorkerProcesses()


def _start() -> _Worker:
    ours, theirs = Pipe()
    paths = [path or os.getcwd() for path in sys.path]
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _COMMAND, str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **one_thread(os.environ), "PYTHONPATH": os.pathsep.join(paths)},
    )
    theirs.close()
    return _Worker(process, ours, time.monotonic())


def _limit(worker: _Worker, work: Work) -> float:
    return work.wall_limit if worker.ready else START_SECONDS


def _receive(worker: _Worker, outcomes: list[Outcome]) -> None:
    """Read every result in the pipe."""
    while worker.pipe.poll():
        kind, content = worker.pipe.recv()
        worker.since = time.monotonic()
        if kind == "ready":
            worker.ready = True
            worker.jobs.add(content)
        elif kind == "failed":
            raise _no_start(content)
        elif kind == "early":
            worker.early = content
        else:
            worker.early = None
            index, _ = worker.items.popleft()
            outcomes[index] = Outcome(content) if kind == "value" else Outcome(None, str(content))


def _no_start(reason: str) -> RuntimeError:
    return RuntimeError(f"a worker process could not start: {reason}")
