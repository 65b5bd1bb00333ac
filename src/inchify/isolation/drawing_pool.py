"""Worker pool that survives crashes and hangs of single items in native code.

Drawing runs in a C++ library that can crash or never return on strange input. Every worker notes
the item it is at; a watchdog ends a worker that spends too much processor time on one item. When a
worker died, the items that were under way are tried again one by one: whoever breaks its worker a
second time is the culprit and is reported, all others go on.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

LONGEST_SECONDS = 20.0
BROKE_WORKER = "crashed the renderer or kept it busy for too long"

Task = Callable[[Any], Any]


class Beacon:
    """The current item of this process, in a file that outlives it, with a watchdog."""

    current: Beacon | None = None

    def __init__(self, folder: Path, parent: int) -> None:
        self.parent = parent
        self.started = float("inf")
        self.descriptor = os.open(folder / f"at-{os.getpid()}", os.O_CREAT | os.O_WRONLY)
        threading.Thread(target=self.watch, daemon=True).start()

    def point_at(self, number: int) -> None:
        """Record that item ``number`` starts; -1 for none."""
        os.pwrite(self.descriptor, b"%12d" % number, 0)
        self.started = time.process_time() if number >= 0 else float("inf")

    def watch(self) -> None:
        while True:
            time.sleep(0.5)
            if time.process_time() - self.started > LONGEST_SECONDS or os.getppid() != self.parent:
                os._exit(17)


def work_on(
    task: Task, numbers: Sequence[int], items: Sequence[Any], folder: Path, parent: int
) -> list[tuple[int, Any]]:
    """Job of a worker: run ``task`` on every item with its number."""
    if Beacon.current is None:
        Beacon.current = Beacon(folder, parent)
    results = []
    for number, item in zip(numbers, items, strict=True):
        Beacon.current.point_at(number)
        results.append((number, task(item)))
        Beacon.current.point_at(-1)
    return results


def run_guarded(
    task: Task, items: Sequence[Any], folder: Path, *, jobs: int, chunk: int = 64
) -> Iterator[tuple[int, Any | None]]:
    """Run a task on many items in worker processes that may die.

    Args:
        task: An importable function.
        items: What it is called with.
        folder: An existing folder for small notes of the workers.
        jobs: Processes.
        chunk: Items sent at once.

    Returns:
        Pairs (item's number, result) in any order; the result is None for an item that broke its
        worker twice.
    """
    waiting = set(range(len(items)))
    suspects: list[int] = []
    while waiting:
        order = sorted(waiting)
        chunks = [order[start : start + chunk] for start in range(0, len(order), chunk)]
        workers = jobs
        if suspects:
            chunks, workers = [[suspects[-1]]], 1
        try:
            for results in run_chunks(task, items, chunks, folder, workers):
                waiting.difference_update(number for number, _ in results)
                yield from results
            if suspects:
                suspects.pop()
        except BrokenProcessPool:
            if suspects:
                guilty = suspects.pop()
                waiting.discard(guilty)
                yield guilty, None
            else:
                suspects = [number for number in read_beacons(folder) if number in waiting]
        finally:
            for note in folder.glob("at-*"):
                note.unlink()


def run_chunks(
    task: Task, items: Sequence[Any], chunks: Sequence[Sequence[int]], folder: Path, jobs: int
) -> Iterator[list[tuple[int, Any]]]:
    """Results of whole chunks as they come. Raises BrokenProcessPool when a worker dies."""
    from joblib.externals.loky import ProcessPoolExecutor

    pool = ProcessPoolExecutor(max_workers=min(jobs, len(chunks)))
    try:
        futures = [
            pool.submit(
                work_on, task, part, [items[number] for number in part], folder, os.getpid()
            )
            for part in chunks
        ]
        for future in as_completed(futures):
            yield future.result()
    finally:
        pool.shutdown(wait=True, kill_workers=True)


def read_beacons(folder: Path) -> list[int]:
    """The items that were under way when the workers ended."""
    numbers = [int(note.read_bytes() or b"-1") for note in sorted(folder.glob("at-*"))]
    return [number for number in numbers if number >= 0]
