"""What a worker process does: it runs jobs on items that come through a pipe until that closes.

The kernel counts the processor time of each item and ends the process at the job's limit, even
while native code holds the interpreter lock.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

# The way to the process that started this one; None where this is no worker.
_pipe: Connection | None = None


@dataclass(frozen=True)
class Job:
    """A function that workers run.

    Attributes:
        function: Importable; called with one item at a time.
        deadline: Seconds of processor time for one item.
        warm_up: Runs once in each worker before the first item, outside the deadline.
    """

    function: Callable[[Any], Any]
    deadline: float
    warm_up: Callable[[], Any] | None = None


def serve(descriptor: int) -> None:
    """The life of a worker.

    Args:
        descriptor: File descriptor of its end of the pipe. ``("job", key, Job)`` introduces a job,
            ``("items", key, items)`` brings work; each is answered (``ready`` or ``failed``;
            ``value`` or ``error`` for each item).
    """
    global _pipe
    _pipe = pipe = Connection(descriptor)
    # The default action of this signal ends the process, also after its parent is gone.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    jobs: dict[int, Job] = {}
    try:
        while True:
            kind = ""
            try:
                kind, key, content = pipe.recv()
                if kind == "job":
                    jobs[key] = content
                    if content.warm_up is not None:
                        content.warm_up()
                    pipe.send(("ready", key))
                    continue
            except (EOFError, ConnectionResetError):
                raise
            except Exception as error:
                if jobs and kind != "job":
                    raise  # items that cannot be read end their worker, not the run
                pipe.send(("failed", f"{type(error).__name__}: {error}"))
                return
            for item in content:
                signal.setitimer(signal.ITIMER_PROF, jobs[key].deadline)
                answer = _answer(jobs[key].function, item)
                signal.setitimer(signal.ITIMER_PROF, 0)
                pipe.send(answer)
    except (EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        return


def report(value: Any) -> None:
    """Report what the answer to the current item is so far.

    It becomes ``Outcome.early`` if this process ends before the job is done. Outside of a worker
    nothing happens.

    Args:
        value: The answer so far.
    """
    if _pipe is not None:
        _pipe.send(("early", value))


def _answer(function: Callable[[Any], Any], item: Any) -> tuple[str, Any]:
    try:
        return ("value", function(item))
    except Exception as error:  # becomes this item's outcome, with its type and text
        return ("error", f"{type(error).__name__}: {error}")
