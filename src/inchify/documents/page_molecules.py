"""Molecule reading of page crops, concurrent with the detection on the next page."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from inchify.chemistry.molfiles import molfile_of_inchi
from inchify.documents.page_reader import ReadPage, unless_cut
from inchify.isolation.pool import PoolSettings, WorkerPool
from inchify.isolation.processes import shared_process
from inchify.readers.files.pool import Question, ReadingPool
from inchify.types import Prediction

Key = TypeVar("Key")


@dataclass
class AnalyzedPage(Generic[Key]):
    """A page whose regions are known, with a question for each; ``key`` is the caller's."""

    key: Key
    read: ReadPage
    questions: tuple[Question, ...] = ()
    predictions: list[Prediction] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether all questions are answered."""
        return len(self.predictions) == len(self.questions)


class PageMolecules:
    """Reads the molecules of pages in processes that can be killed."""

    def __init__(self, pool: ReadingPool) -> None:
        self.pool = pool
        limits = PoolSettings(deadline=5.0)
        self._molfiles = WorkerPool(molfile_of_inchi, limits, processes=shared_process())

    def read(self, pages: Iterable[AnalyzedPage[Key]]) -> Iterator[AnalyzedPage[Key]]:
        """The pages in order, each when the predictions of all its regions are there.

        A region that its crop does not show whole is not verified; an InChI without a drawing gets
        a molfile that is laid out anew.
        """
        waiting: deque[AnalyzedPage[Key]] = deque()

        def questions() -> Iterator[Question]:
            for page in pages:
                waiting.append(page)
                yield from page.questions

        for prediction in self.pool.read(questions()):
            first = next(page for page in waiting if not page.complete)
            first.predictions.append(prediction)
            while waiting and waiting[0].complete:
                yield self._finished(waiting.popleft())
        while waiting:
            yield self._finished(waiting.popleft())

    def close(self) -> None:
        """Ends all processes."""
        self.pool.close()
        self._molfiles.close()

    def _finished(self, page: AnalyzedPage[Key]) -> AnalyzedPage[Key]:
        pairs = zip(page.predictions, page.read.cut, strict=True)
        page.predictions = [
            self._with_molfile(unless_cut(prediction, cut)) for prediction, cut in pairs
        ]
        return page

    def _with_molfile(self, prediction: Prediction) -> Prediction:
        if not prediction.inchi or prediction.molfile:
            return prediction
        outcome = self._molfiles.run([prediction.inchi])[0]
        return replace(prediction, molfile=outcome.value or "")
