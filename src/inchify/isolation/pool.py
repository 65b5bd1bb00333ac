"""Map over items in killable worker processes, with one outcome for each item, in order.

RDKit can crash its process, and its InChI reader can hang forever while it holds the interpreter
lock, so neither a thread nor a signal handler can stop it. Here an item that crashes or hangs costs
its own outcome and one worker, never its neighbors. Needs POSIX (passed file descriptors).

Limits are processor time of the worker, counted by the kernel: a busy machine makes an item late,
never wrong. Libraries compute with one thread in a worker (``threads.py``).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Connection, Pipe, wait
from threading import Lock
from typing import Any, cast

from inchify.isolation.threads import one_thread

# Wall time for a worker's start, and for one item the least wall time, and how many times its limit
# of processor time. Only a worker that sleeps forever meets these.
START_SECONDS, MIN_STUCK, STUCK_TIMES = 600.0, 600.0, 60.0
# A worker's way to its pool, None in other processes.
_pipe: Connection | None = None
_COMMAND = "import sys; from inchify.isolation.pool import serve; serve(int(sys.argv[1]))"


@dataclass(frozen=True)
class Outcome:
    """Outcome of one item: its ``value``, or None and an ``error`` that says why.

    ``ran_away``: whether it was stopped at a limit; ``early``: what its job had reported before its
    process ended, None where there was nothing.
    """

    value: Any = None
    error: str = ""
    ran_away: bool = False
    early: Any = None


@dataclass(kw_only=True, frozen=True)
class PoolSettings:
    """``workers`` processes, ``deadline`` seconds of the worker's processor time for one item,
    ``chunk`` items sent at once. ``stuck`` seconds of wall time end a worker that waits forever and
    so uses no processor time; None for many times the deadline."""

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


@dataclass
class _Worker:
    """One process, the pipe to it, the items it has not answered yet, the current one first, and
    what it reported of that one."""

    process: subprocess.Popen[bytes]
    pipe: Connection
    since: float
    ready: bool = False
    early: Any = None
    items: deque[tuple[int, Any]] = field(default_factory=deque)

    def end(self) -> int:
        """Kill the process at once; its exit status, negative for a signal."""
        self.pipe.close()
        with suppress(ProcessLookupError):
            self.process.kill()
        return self.process.wait()


class WorkerPool:
    """Runs ``job(item)`` for many items in killable processes; start-up happens on first use.

    ``job`` and ``warm_up`` are importable functions (not from ``__main__``). ``warm_up`` runs once
    in each process before its first item, outside the deadline: imports belong there.
    """

    def __init__(
        self,
        job: Callable[[Any], Any],
        settings: PoolSettings | None = None,
        warm_up: Callable[[], Any] | None = None,
    ) -> None:
        for function in (job, warm_up):
            if getattr(function, "__module__", None) == "__main__":
                raise ValueError(f"{function} is from __main__: a worker can not import it")
        self.job, self.warm_up = job, warm_up
        self.settings = settings or PoolSettings()
        self._workers: list[_Worker] = []
        self._lock = Lock()
        self._owner = os.getpid()

    def map(self, items: Iterable[Any], window: int = 4096) -> Iterator[Outcome]:
        """``run`` over any number of items, ``window`` of them at a time."""
        source = iter(items)
        while part := list(islice(source, window)):
            yield from self.run(part)

    def run(self, items: Sequence[Any]) -> list[Outcome]:
        """One outcome for each item, in order. Threads may share a pool: they wait for each other.

        RuntimeError if a worker can not start at all (say, RDKit is not installed).
        """
        with self._lock:
            if self._owner != os.getpid():  # forked: the pipes belong to the parent
                self._workers, self._owner = [], os.getpid()
            size = min(self.settings.chunk, -(-len(items) // self.settings.workers) or 1)
            todo = deque(enumerate(items))
            outcomes: list[Outcome] = [Outcome()] * len(items)
            try:
                while todo or any(worker.items for worker in self._workers):
                    self._hand_out(todo, size)
                    self._gather(todo, outcomes)
            except BaseException:
                self._end_all()  # a later call must not read this call's answers
                raise
            return outcomes

    def close(self) -> None:
        """End all workers; the pool can be used again and starts new ones."""
        with self._lock:
            if self._owner == os.getpid():
                self._end_all()

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _end_all(self) -> None:
        while self._workers:
            self._workers.pop().end()

    def _start(self) -> _Worker:
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
        worker = _Worker(process, ours, time.monotonic())
        ours.send((self.job, self.warm_up, self.settings.deadline))
        return worker

    def _hand_out(self, todo: deque[tuple[int, Any]], size: int) -> None:
        """Give every idle worker its next items; start workers while there is work."""
        idle = [worker for worker in self._workers if not worker.items]
        while todo:
            if not idle:
                if len(self._workers) == self.settings.workers:
                    return
                idle.append(self._start())
                self._workers.append(idle[-1])
            worker = idle.pop()
            worker.items = deque(todo.popleft() for _ in range(min(size, len(todo))))
            try:
                worker.pipe.send([item for _, item in worker.items])
            except (BrokenPipeError, ConnectionResetError):  # died while idle: no item's fault
                todo.extendleft(reversed(worker.items))
                self._workers.remove(worker)
                status = worker.end()
                if not worker.ready:
                    raise _no_start(f"it ended with status {status}") from None
            worker.since = time.monotonic()

    def _gather(self, todo: deque[tuple[int, Any]], outcomes: list[Outcome]) -> None:
        """Wait for results; replace workers that crashed, exceeded the limit or are stuck."""
        busy = {worker.pipe: worker for worker in self._workers if worker.items}
        if not busy:
            return
        first = min(worker.since + self._limit(worker) for worker in busy.values())
        ready = wait(list(busy), max(0.0, first - time.monotonic()))
        for pipe in cast("list[Connection]", ready):  # it gives back some of what it was given
            worker = busy.pop(pipe)
            try:
                self._receive(worker, outcomes)
            except (EOFError, ConnectionResetError):
                self._replace(worker, todo, outcomes)
        for worker in busy.values():  # these gave no answer
            if time.monotonic() - worker.since >= self._limit(worker):
                reason = f"was stuck for longer than {self._limit(worker):g} s"
                self._replace(worker, todo, outcomes, reason)

    def _limit(self, worker: _Worker) -> float:
        return self.settings.wall_limit if worker.ready else START_SECONDS

    def _receive(self, worker: _Worker, outcomes: list[Outcome]) -> None:
        """Read every result in the pipe."""
        while worker.pipe.poll():
            kind, content = worker.pipe.recv()
            worker.since = time.monotonic()
            if kind == "ready":
                worker.ready = True
            elif kind == "failed":
                raise _no_start(content)
            elif kind == "early":
                worker.early = content
            else:
                worker.early = None
                index, _ = worker.items.popleft()
                outcomes[index] = (
                    Outcome(content) if kind == "value" else Outcome(None, str(content))
                )

    def _replace(
        self,
        worker: _Worker,
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
                reason = f"took longer than {self.settings.deadline:g} s of processor time"
            outcomes[index] = Outcome(None, reason, ran_away, worker.early)
            todo.extendleft(reversed(worker.items))


def _no_start(reason: str) -> RuntimeError:
    return RuntimeError(f"a worker process could not start: {reason}")


def serve(descriptor: int) -> None:
    """The life of a worker: answer the items that come through the pipe until it closes."""
    global _pipe
    _pipe = pipe = Connection(descriptor)
    try:
        try:
            job, warm_up, deadline = pipe.recv()
            if warm_up is not None:
                warm_up()
        except Exception as error:
            pipe.send(("failed", f"{type(error).__name__}: {error}"))
            return
        pipe.send(("ready", None))
        # The kernel counts the processor time; this signal's default action ends the process even
        # while the interpreter lock is held, and after the parent is gone.
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        while True:
            for item in pipe.recv():
                signal.setitimer(signal.ITIMER_PROF, deadline)
                answer = _answer(job, item)
                signal.setitimer(signal.ITIMER_PROF, 0)
                pipe.send(answer)
    except (EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        return


def report(value: Any) -> None:
    """Tell the pool what the answer to the current item is so far: it becomes ``Outcome.early`` if
    this process ends before the job is done. Outside of a worker nothing happens."""
    if _pipe is not None:
        _pipe.send(("early", value))


def _answer(job: Callable[[Any], Any], item: Any) -> tuple[str, Any]:
    try:
        return ("value", job(item))
    except Exception as error:  # becomes this item's outcome, with its type and text
        return ("error", f"{type(error).__name__}: {error}")
