"""Graph readers in processes that can be killed: a picture that crashes one or runs away costs its
own row at most.

How far a picture is read is counted in views and candidates; the limit of processor time is far
beyond that, and where it is met the answer of the first view stands.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from inchify.isolation.pool import PoolSettings, WorkerPool
from inchify.isolation.processes import Outcome
from inchify.isolation.threads import thread_count
from inchify.isolation.worker import report
from inchify.readers.pretrained import READERS, choose_reader, labels_of, of_competition, shipped
from inchify.types import Prediction
from inchify.verification.result import VerificationResult

if TYPE_CHECKING:
    import numpy as np

    from inchify.data.pictures.image_io import Picture
    from inchify.readers.verified import VerifiedReader

# Processor time for one picture, many times what large molecules take, also on slow machines.
SECONDS = 240.0
LIMIT_HELP = (
    "seconds of processor time for one picture, far more than any picture needs; one that exceeds "
    "it gets the answer of its first view, unverified and with a note in the error column"
)
# Pixels that the network sees at once: a molecule of 88 x 88 bonds, in 800 MB.
MOST_PIXELS = 2_000_000
# Pictures asked ahead of the one whose row is next, for each process.
AHEAD = 4


@dataclass(frozen=True)
class Question:
    """One picture to read.

    Attributes:
        image_id: Name of the picture's row.
        path: Its file, or its content or pixels.
        overlay: The file that its overlay goes to, if any.
        error: Why there is nothing to read: the prediction has no more than this.
        shown: How errors call a picture that is no file.
    """

    image_id: str
    path: Picture = field(repr=False)
    overlay: Path | None = None
    error: str = ""
    shown: str = ""

    @property
    def about(self) -> str:
        """How an error's text begins: with the picture's name, where it has one."""
        name = str(self.path) if isinstance(self.path, (str, Path)) else self.shown
        return f"{name}: " if name else ""


@dataclass(frozen=True)
class Claim:
    """A molecule that a picture may show, as a normal InChI and as it was given."""

    inchi: str
    smiles: str


@dataclass(frozen=True, kw_only=True)
class ReadingSettings:
    """What reads pictures, and how far.

    Attributes:
        weights: Folders of graph readers' weights.
        competition: Those for pictures in the competition's style.
        labels: The folder of a label reader's weights.
        bonds: The folder of a bond classifier's weights.
        seconds: Processor time for one picture, and at most as much for each question to the
            chemistry.
        jobs: Processes.
        refuse: Whether pictures without a molecule get no answer.
    """

    weights: tuple[Path, ...]
    competition: tuple[Path, ...] = ()
    labels: Path | None = None
    bonds: Path | None = None
    seconds: float = SECONDS
    jobs: int = 1
    refuse: bool = True

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise ValueError(f"'seconds' is {self.seconds:g}; it must be more than 0")
        if self.jobs < 1:
            raise ValueError(f"'jobs' is {self.jobs}; it must be at least 1")

    @classmethod
    def from_pretrained(
        cls,
        weights: Sequence[Path] = (),
        labels: Path | None = None,
        *,
        seconds: float = SECONDS,
        refuse: bool = True,
    ) -> ReadingSettings:
        """Settings with the shipped weights, or with those of other folders.

        Args:
            weights: Folders of graph readers' weights; none for the shipped ones.
            labels: The folder of a label reader's weights; None for the shipped ones.
            seconds: Processor time for one picture.
            refuse: Whether pictures without a molecule get no answer.

        Raises:
            ValueError: A folder has no weights, or weights of another kind of reader.
        """
        _, folders = choose_reader(READERS[0], weights)
        return cls(
            weights=tuple(folders),
            competition=tuple(of_competition(folders)),
            labels=shipped("label") if labels is None else labels_of(labels),
            bonds=shipped("bond_kind"),
            seconds=seconds,
            refuse=refuse,
        )


class ReadingPool:
    """Processes that read pictures; each starts when it is first needed.

    ``answer`` is what they run, by default the graph reader. Threads may share a pool.
    """

    def __init__(
        self,
        settings: ReadingSettings,
        answer: Callable[[Question, ReadingSettings], Prediction] | None = None,
    ) -> None:
        self.settings = settings
        job = partial(_ask, answer or answer_by_graph, settings)
        limit = PoolSettings(deadline=settings.seconds)
        ready = partial(prepare, settings) if answer is None else None
        self._pools = [WorkerPool(job, limit, ready) for _ in range(settings.jobs)]
        self._free: SimpleQueue[WorkerPool] = SimpleQueue()
        for pool in self._pools:
            self._free.put(pool)

    def read(self, questions: Iterable[Question]) -> Iterator[Prediction]:
        """Read pictures in the pool's processes.

        Args:
            questions: The pictures; a few are taken ahead of those that are being read.

        Returns:
            One prediction for each question, in order.

        Raises:
            RuntimeError: A process cannot start (damaged weights, no RDKit).
        """
        jobs = self.settings.jobs
        threads = ThreadPoolExecutor(jobs)
        pending: deque[Future[Prediction]] = deque()
        try:
            for question in questions:
                pending.append(threads.submit(self.ask, question))
                if len(pending) > AHEAD * jobs:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    def ask(self, question: Question) -> Prediction:
        """Read one picture in a process that is free.

        Args:
            question: The picture.

        Returns:
            The prediction; where the process ended, that of the first view with an error.
        """
        if question.error:
            return Prediction(question.image_id, "", error=question.error)
        outcome, seconds = self._outcome(question)
        if isinstance(outcome.value, Prediction):
            return outcome.value
        return _unfinished(question, outcome, seconds)

    def verify(self, question: Question, claim: Claim) -> VerificationResult:
        """Check in a process that is free whether a picture shows a molecule.

        Args:
            question: The picture.
            claim: The molecule.
        """
        if question.error:
            unread = Prediction(question.image_id, "", error=question.error)
            return VerificationResult(claim.inchi, unread, error=question.error)
        outcome, seconds = self._outcome((question, claim))
        if isinstance(outcome.value, VerificationResult):
            return outcome.value
        prediction = outcome.value
        if not isinstance(prediction, Prediction):
            prediction = _unfinished(question, outcome, seconds)
        return VerificationResult(claim.inchi, prediction, error=prediction.error)

    def close(self) -> None:
        """Ends the processes; the next question starts them again."""
        for pool in self._pools:
            pool.close()

    def _outcome(self, item: Question | tuple[Question, Claim]) -> tuple[Outcome, float]:
        """What a free process makes of an item, and how many seconds that took."""
        pool = self._free.get()
        started = time.perf_counter()
        try:
            outcome = pool.run([item])[0]
        finally:
            self._free.put(pool)
        return outcome, time.perf_counter() - started


def read_pictures(
    questions: Iterable[Question],
    settings: ReadingSettings,
    answer: Callable[[Question, ReadingSettings], Prediction] | None = None,
) -> Iterator[Prediction]:
    """One prediction for each question, in order, from processes that end with the last one."""
    pool = ReadingPool(settings, answer)
    try:
        yield from pool.read(questions)
    finally:
        pool.close()


def _unfinished(question: Question, outcome: Outcome, seconds: float) -> Prediction:
    """What stands where a process ended over a picture: its first view, if there was one."""
    error = f"{question.about}reading it {outcome.error}"
    if not isinstance(outcome.early, Prediction):
        return Prediction(question.image_id, "", error=error, seconds=seconds)
    first_error = f"{outcome.early.error}; " if outcome.early.error else ""
    error = f"{first_error}{error}; this is what the first view showed, which nothing has verified"
    return _with_overlay(question, replace(outcome.early, error=error, seconds=seconds))


def _ask(
    answer: Callable[[Question, ReadingSettings], Prediction],
    settings: ReadingSettings,
    item: Question | tuple[Question, Claim],
) -> Prediction | VerificationResult:
    """A process's job. What Python can catch is told as any other error."""
    question = item if isinstance(item, Question) else item[0]
    try:
        if isinstance(item, Question):
            return answer(item, settings)
        from inchify.readers.claims import verified_claim

        claim = item[1]
        source = (question.image_id, question.path)
        return verified_claim(_reader(settings), source, claim.inchi, claim.smiles, report)
    except Exception as error:
        message = f"{question.about}{type(error).__name__}: {error}"
        return Prediction(question.image_id, "", error=message)


@cache
def _reader(settings: ReadingSettings) -> VerifiedReader:
    """This process's reader."""
    from inchify.readers.graph_settings import GraphReaderSettings
    from inchify.readers.verified import VerifiedReader, VerifiedReaderSettings
    from inchify.readers.views.scale_search import ScaleSettings
    from inchify.verification.verifier import VerifierSettings

    verifier, reading = VerifierSettings(), GraphReaderSettings()
    return VerifiedReader.load(
        settings.weights,
        VerifiedReaderSettings(
            verifier=replace(verifier, seconds=min(verifier.seconds, settings.seconds))
        ),
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
    """What the first picture would wait for: imports and weights."""
    _reader(settings)


def answer_by_graph(question: Question, settings: ReadingSettings) -> Prediction:
    """The reader's answer; what its first view showed is reported before."""
    examination = _reader(settings).examined(question.image_id, question.path, report)
    gray = None if examination.image is None else examination.image.gray
    return _with_overlay(question, examination.prediction, gray)


def _with_overlay(
    question: Question, prediction: Prediction, gray: np.ndarray | None = None
) -> Prediction:
    """The prediction, once its overlay, where one is wanted, is on the disk; ``gray`` is the
    decoded picture, where somebody has it."""
    if question.overlay is None:
        return prediction
    from inchify.data.pictures.preparation import PictureError, read_picture
    from inchify.reports.overlay import write_overlay

    try:
        gray = read_picture(question.path) if gray is None else gray
    except PictureError:
        return prediction  # its error says so already
    try:
        write_overlay(question.overlay, gray, prediction)
    except OSError as error:
        before = f"{prediction.error}; " if prediction.error else ""
        return replace(prediction, error=f"{before}the overlay was not written: {error}")
    return prediction
