"""Handling of SIGTERM and SIGINT between two training steps."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopRequested(Exception):
    """A signal arrived during work that may be interrupted."""


class StopSignals:
    """Inside its ``with`` block the first signal asks for a stop, the second one quits at once.

    ``received`` is the number of the signal, or None. Outside the main thread nothing is installed.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._may_interrupt = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopSignals:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._handle) for number in SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Inside, a signal raises StopRequested at once instead of waiting for the step to end."""
        if self.received is not None:
            raise StopRequested
        self._may_interrupt = True
        try:
            yield
        finally:
            self._may_interrupt = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.received is not None:
            os._exit(128 + number)
        self.received = number
        name = signal.Signals(number).name
        # print() is not safe here: the signal may arrive in the middle of another print()
        os.write(2, f"\n{name}: saving a checkpoint; once more quits at once\n".encode())
        if self._may_interrupt:
            self._may_interrupt = False
            raise StopRequested
