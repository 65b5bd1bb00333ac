"""Stream of the micro-batches of every step from a given position on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, NamedTuple

from inchify.types import AnyBatch, Task


class Position(NamedTuple):
    """The next micro-batch of a rank: number ``micro_batch`` of ``epoch``."""

    epoch: int = 0
    micro_batch: int = 0


class StepBatches(NamedTuple, Generic[AnyBatch]):
    """The micro-batches of one step, and where the step after it begins."""

    batches: list[AnyBatch]
    after: Position


class BatchStream(Generic[AnyBatch]):
    """Iterator over the micro-batches of whole steps of a task; steps continue over the end of an
    epoch."""

    def __init__(self, task: Task[AnyBatch], start: Position, *, rank: int, world: int) -> None:
        self._task, self._rank, self._world = task, rank, world
        self._next = start
        self._iterator: Iterator[AnyBatch] | None = None
        self._length = 0

    def take(self, count: int) -> StepBatches[AnyBatch]:
        """The next ``count`` micro-batches.

        Raises ValueError when an epoch is empty or shorter than the task said, and RuntimeError,
        with its cause, when the task's loading fails.
        """
        batches = [self._next_batch() for _ in range(count)]
        return StepBatches(batches, self._next)

    def close(self) -> None:
        """Ends the loading, with its workers."""
        close = getattr(self._iterator, "close", None)
        self._iterator = None
        if close is not None:
            close()

    def _next_batch(self) -> AnyBatch:
        if self._iterator is None:
            self._open()
        assert self._iterator is not None
        epoch, number = self._next
        try:
            batch = next(self._iterator)
        except StopIteration:
            raise ValueError(
                f"epoch {epoch} ended after {number} micro-batches; epoch_steps() said "
                f"{self._length}"
            ) from None
        except Exception as error:
            # a loader worker that died shows itself as any of several errors
            raise RuntimeError(
                f"loading micro-batch {number} of epoch {epoch} failed: "
                f"{type(error).__name__}: {error}"
            ) from error
        self._next = Position(epoch, number + 1)
        if number + 1 >= self._length:
            self.close()
            self._next = Position(epoch + 1, 0)
        return batch

    def _open(self) -> None:
        epoch, start = self._next
        place = {"rank": self._rank, "world": self._world}
        self._length = self._task.epoch_steps(epoch, **place)
        if self._length < 1:
            raise ValueError(
                f"epoch {epoch} has {self._length} micro-batches; at least 1 is needed"
            )
        self._iterator = iter(self._task.batches(epoch, start=start, **place))
