"""Pictures come in, what the graph reader says of them goes out in order, from processes that can
be killed: a picture that crashes one or runs away costs its own row at most.

How far a picture is read is counted in views and candidates; the limit of processor time is far
beyond that, and where it is met the answer of the first view stands.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from inchify.isolation.killable import PoolSettings, WorkerPool, report
from inchify.isolation.threads import thread_count
from inchify.types import Prediction

if TYPE_CHECKING:
    from inchify.readers.verified import JudgedReader

# Processor time for one picture, many times what large molecules take.
SECONDS = 60.0
LIMIT_HELP = (
    "seconds of processor time for one picture, far more than any needs; one that runs away gets "
    "the answer of its first view, unverified and with a note in error (none without a view). "
    "A safety only: a process that sleeps for 60 times as long, at least 10 minutes, is ended too"
)
# Pixels that the network sees at once: a molecule of 88 x 88 bonds, in 800 MB.
MOST_PIXELS = 2_000_000
# Pictures asked ahead of the one whose row is next, for each process.
AHEAD = 4


@dataclass(frozen=True)
class Question:
    """One picture, and where its overlay goes, if anywhere."""

    image_id: str
    path: Path
    overlay: Path | None = None


@dataclass(frozen=True, kw_only=True)
class ReadingSettings:
    """``weights`` of graph readers, those of ``competition`` for pictures in its style, of a reader
    of ``labels``, of a classifier of ``bonds``; ``seconds`` of processor time for one picture, at
    most as many for each question to the chemistry; ``jobs`` processes; ``refuse``: whether
    pictures without a molecule get no answer."""

    weights: tuple[Path, ...]
    competition: tuple[Path, ...] = ()
    labels: Path | None = None
    bonds: Path | None = None
    seconds: float = SECONDS
    jobs: int = 1
    refuse: bool = True

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise ValueError(f"--seconds is {self.seconds:g}; allowed is more than 0")
        if self.jobs < 1:
            raise ValueError(f"--jobs is {self.jobs}; allowed are 1 and more")


def read_pictures(
    questions: Iterable[Question],
    settings: ReadingSettings,
    answer: Callable[[Question, ReadingSettings], Prediction] | None = None,
) -> Iterator[Prediction]:
    """One prediction for each question, in order; ``answer`` runs in the processes.

    Raises RuntimeError where a process cannot start (damaged weights, no RDKit).
    """
    job = partial(_ask, answer or answer_by_graph, settings)
    limit = PoolSettings(deadline=settings.seconds)
    pools = [
        WorkerPool(job, limit, partial(prepare, settings) if answer is None else None)
        for _ in range(settings.jobs)
    ]
    free: SimpleQueue[WorkerPool] = SimpleQueue()
    for pool in pools:
        free.put(pool)
    threads = ThreadPoolExecutor(settings.jobs)
    pending: deque[Future[Prediction]] = deque()
    try:
        for question in questions:
            pending.append(threads.submit(_through, free, question))
            if len(pending) > AHEAD * settings.jobs:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        for pool in pools:
            pool.close()


def _through(free: SimpleQueue[WorkerPool], question: Question) -> Prediction:
    """Ask a process that is free and wait for it."""
    pool = free.get()
    started = time.perf_counter()
    try:
        outcome = pool.run([question])[0]
    finally:
        free.put(pool)
    if isinstance(outcome.value, Prediction):
        return outcome.value
    seconds = time.perf_counter() - started
    error = f"{question.path}: reading it {outcome.error}"
    if not isinstance(outcome.early, Prediction):
        return Prediction(question.image_id, "", error=error, seconds=seconds)
    seen = f"{outcome.early.error}; " if outcome.early.error else ""
    error = f"{seen}{error}; this is what the first view showed, which nothing has verified"
    return _with_overlay(question, replace(outcome.early, error=error, seconds=seconds))


def _ask(
    answer: Callable[[Question, ReadingSettings], Prediction],
    settings: ReadingSettings,
    question: Question,
) -> Prediction:
    """A process's job. What Python can catch is told as any other error."""
    try:
        return answer(question, settings)
    except Exception as error:
        told = f"{question.path}: {type(error).__name__}: {error}"
        return Prediction(question.image_id, "", error=told)


@cache
def _reader(settings: ReadingSettings) -> JudgedReader:
    """This process's reader."""
    from inchify.readers.graph import GraphReaderSettings
    from inchify.readers.verified import JudgedReader, JudgedSettings
    from inchify.readers.views.scale_search import ScaleSettings
    from inchify.verification.verifier import JudgeSettings

    judge, reading = JudgeSettings(), GraphReaderSettings()
    return JudgedReader.load(
        settings.weights,
        JudgedSettings(judge=replace(judge, seconds=min(judge.seconds, settings.seconds))),
        competition=settings.competition,
        labels=settings.labels,
        bonds=settings.bonds,
        reading=replace(
            reading,
            scale=ScaleSettings(most_pixels=MOST_PIXELS),
            chemistry_seconds=min(reading.chemistry_seconds, settings.seconds),
            refuse=settings.refuse,
        ),
        threads=thread_count(os.environ),
    )


def prepare(settings: ReadingSettings) -> None:
    """All that the first picture would wait for: imports, weights, the chemistry's process."""

    _reader(settings).warm_up()


def answer_by_graph(question: Question, settings: ReadingSettings) -> Prediction:
    """The reader's answer; what its first view showed is reported before."""
    (prediction,) = _reader(settings).read([(question.image_id, question.path)], report)
    return _with_overlay(question, prediction)


def _with_overlay(question: Question, prediction: Prediction) -> Prediction:
    """The prediction, once its overlay, where one is wanted, is on the disk."""
    if question.overlay is None:
        return prediction
    from inchify.data.pictures.preparation import PictureError, read_picture
    from inchify.reports.overlay import write_overlay

    try:
        grey = read_picture(question.path)
    except PictureError:
        return prediction  # its error says so already
    try:
        write_overlay(question.overlay, grey, prediction)
    except OSError as error:
        told = f"{prediction.error}; " if prediction.error else ""
        return replace(prediction, error=f"{told}the overlay was not written: {error}")
    return prediction
