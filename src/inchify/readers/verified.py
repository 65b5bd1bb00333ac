"""The verified reader: the verifier's choice among the candidates of several views.

The first view is cheap; a picture that it leaves unverified gets further views (another scale,
another orientation, other weights, another kind of reader) until one is verified or all have been
used. The budget is a number of views, not a time, so the answer does not depend on the machine.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from inchify import config
from inchify.chemistry.inchi import without_stereo
from inchify.chemistry.normalization import examine
from inchify.data.pictures.binarized import BinarizedImage
from inchify.data.pictures.image_io import Picture
from inchify.data.pictures.preparation import PictureError, read_picture
from inchify.readers.bonds.bond_check import BondChecker
from inchify.readers.graph import GraphReader
from inchify.readers.graph_settings import GraphReaderSettings
from inchify.readers.labels.picture_text import Labels
from inchify.readers.line_recognizer import LineRecognizer
from inchify.readers.refusal.model import is_refused
from inchify.readers.views.view import View
from inchify.types import Candidate, Prediction, Reader
from inchify.verification.objections.label_agreement import LabelTexts
from inchify.verification.ranking import CandidateRanking
from inchify.verification.verifier import Verifier, VerifierSettings


@dataclass(frozen=True)
class PlannedView:
    """One way to look: with which of the graph readers, and how."""

    view: View
    reader: int = 0


def usual_views(readers: int, *, drawn: bool) -> tuple[PlannedView, ...]:
    """After the first view: a longer list, other scales and, for the competition's style whose
    strokes stand in all directions, other orientations, in turn with every reader's weights."""
    turned = (View(quarter_turns=2, n_best=12), View(quarter_turns=1, n_best=12)) if drawn else ()
    views = (View(n_best=24), View(scale=1.12, n_best=12), View(scale=0.9, n_best=12), *turned)
    return tuple(PlannedView(view, reader) for view in views for reader in range(readers))


@dataclass(frozen=True, kw_only=True)
class VerifiedReaderSettings:
    """``first``: candidates of the first view. Where no answer is verified, up to ``further_views``
    more follow."""

    verifier: VerifierSettings = field(default_factory=VerifierSettings)
    first: int = 2
    further_views: int = 10


@dataclass(frozen=True)
class Examination:
    """A prediction and what led to it.

    Attributes:
        prediction: The answer, or why there is none.
        reader: The graph reader of the first view.
        image: The decoded picture; None where it could not be decoded.
        candidates: What all views proposed.
        ranking: Without opinions where nothing was weighed: the picture was refused, or nothing was
            found in it.
        drawn: Whether the picture is in the competition's style.
        weigh: Weighs other candidates against the same picture, and draws them all.
    """

    prediction: Prediction
    reader: GraphReader
    image: BinarizedImage | None = None
    candidates: tuple[Candidate, ...] = ()
    ranking: CandidateRanking = field(default_factory=CandidateRanking)
    drawn: bool = False
    weigh: Callable[[Sequence[Candidate]], CandidateRanking] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """The picture's width and height in pixels."""
        return (0, 0) if self.image is None else self.image.gray.shape[::-1]


class VerifiedReader:
    """Graph readers, perhaps a reader of another kind, and the verifier, behind one ``read``."""

    def __init__(
        self,
        readers: Sequence[GraphReader],
        settings: VerifiedReaderSettings | None = None,
        *,
        competition: Sequence[GraphReader] = (),
        other: Reader | None = None,
        texts: LabelTexts | None = None,
    ) -> None:
        """``competition``: the readers of pictures in the competition's style, where others are
        better at it; ``other`` is asked last; ``texts`` reads labels a second time before an answer
        is verified."""
        if not readers:
            raise ValueError("at least one graph reader is needed")
        self.readers, self.competition = list(readers), list(competition or readers)
        self.settings, self.other = settings or VerifiedReaderSettings(), other
        self.verifier = Verifier(normal_forms, self.settings.verifier, texts=texts)
        parts = [*self.readers, *competition, *([other] if other else [])]
        self.about = {
            "readers": [getattr(part, "about", {}) for part in parts],
            "judged": config.to_dict(self.settings),
        }

    @classmethod
    def load(
        cls,
        weights: Sequence[Path],
        settings: VerifiedReaderSettings | None = None,
        *,
        competition: Sequence[Path] = (),
        labels: Path | None = None,
        bonds: Path | None = None,
        reading: GraphReaderSettings | None = None,
        threads: int = 1,
    ) -> VerifiedReader:
        """Load a reader from folders of weights.

        Args:
            weights: Folders of graph readers.
            settings: Number of views, and the verifier's settings.
            competition: Folders of the graph readers for pictures in the competition's style.
            labels: Folder of a label reader.
            bonds: Folder of a bond classifier.
            reading: Settings of the graph readers.
            threads: With how many each network computes.

        Raises:
            ValueError: A folder holds no such weights.
        """
        settings = settings or VerifiedReaderSettings()
        reading = replace(reading or GraphReaderSettings(), n_best=settings.first)
        text = None if labels is None else LineRecognizer.load(labels, threads=threads)
        checker = None if bonds is None else BondChecker.load(bonds, threads=threads)
        known = {
            folder: GraphReader.load(folder, reading, labels=text, bonds=checker, threads=threads)
            for folder in dict.fromkeys((*weights, *competition))
        }
        return cls(
            [known[folder] for folder in weights],
            settings,
            competition=[known[folder] for folder in competition],
            texts=None if text is None else partial(likeliest_texts, text),
        )

    def close(self) -> None:
        """Ends all processes."""
        for reader in (*self.readers, *self.competition):
            reader.close()
        self.verifier.close()

    def read(
        self,
        pictures: Iterable[tuple[str, Picture]],
        early: Callable[[Prediction], None] | None = None,
    ) -> Iterator[Prediction]:
        """One prediction for each (image_id, picture), in order.

        Args:
            pictures: Names and files, or whatever else ``read_picture`` takes.
            early: Is told the answer of a picture's first view before anything else is done for
                it; that answer stands if the process ends before it has a better one.
        """
        for image_id, picture in pictures:
            yield self.examined(image_id, picture, early).prediction

    def examined(
        self,
        image_id: str,
        picture: Picture,
        early: Callable[[Prediction], None] | None = None,
    ) -> Examination:
        """Read one picture; whatever goes wrong is told in the prediction's ``error``.

        Args:
            image_id: Its name.
            picture: Whatever ``read_picture`` takes.
            early: As in ``read``.
        """
        started = time.perf_counter()
        try:
            examination = self.examine(image_id, picture, early)
        except PictureError as error:
            failed = Prediction(image_id, "", error=str(error))
            examination = Examination(failed, self.readers[0])
        except Exception as error:  # whatever a picture breaks is its own row's
            failed = Prediction(image_id, "", error=f"{type(error).__name__}: {error}")
            examination = Examination(failed, self.readers[0])
        seconds = time.perf_counter() - started
        return replace(examination, prediction=replace(examination.prediction, seconds=seconds))

    def examine(
        self,
        image_id: str,
        picture: Picture,
        early: Callable[[Prediction], None] | None = None,
    ) -> Examination:
        """Read one picture.

        Args:
            image_id: Its name.
            picture: Whatever ``read_picture`` takes.
            early: As in ``read``.

        Returns:
            The prediction and what led to it.

        Raises:
            PictureError: The picture cannot be decoded.
        """
        image = BinarizedImage.of(read_picture(picture))
        drawn = image.style == "competition"
        readers = self.competition if drawn else self.readers
        first = readers[0].read_gray(image_id, image)
        if early is not None:
            early(first)
        if is_refused(first):
            return Examination(first, readers[0], image)
        candidates = list(first.candidates)
        beside = [] if drawn else readers[0].explained_boxes(image)
        weigh = partial(self.verifier.weigh, image.intensity, drawn=drawn, explained_boxes=beside)
        ranking = weigh(candidates, wedges=False)
        further_views = usual_views(len(readers), drawn=drawn)[: self.settings.further_views]
        for number, planned in enumerate(further_views, 1):
            if ranking.final:
                break
            candidates += readers[planned.reader].candidates(image, planned.view)
            # wedges are sought twice: among the first long list, and when all has been seen
            last = number == len(further_views)
            ranking = weigh(candidates, wedges=number == 1 or last, edited=last)
        if not ranking.final and self.other is not None:
            (answer,) = self.other.read([(image_id, picture)])
            candidates += answer.candidates
            ranking = weigh(candidates)
        prediction = self._with_answer(judged(first, ranking), ranking, readers[0])
        again = partial(weigh, all_drawn=True)
        return Examination(prediction, readers[0], image, tuple(candidates), ranking, drawn, again)

    def _with_answer(
        self, prediction: Prediction, ranking: CandidateRanking, reader: GraphReader
    ) -> Prediction:
        """The prediction with SMILES, molfile and graph of the verifier's answer, and why that has
        no InChI where its ends are open; without an answer it stays as it is."""
        if not ranking.opinions:
            return prediction
        graph = next((o.proposal.graph for o in ranking.opinions[:1]), None)
        if graph is None:
            skeleton = without_stereo(ranking.inchi)
            alike = (
                opinion.proposal.graph
                for opinion in ranking.opinions
                if opinion.proposal.graph and without_stereo(opinion.proposal.inchi) == skeleton
            )
            graph = next(alike, None)
        shown = replace(prediction, smiles="", graph=None, molfile="", error="")
        if graph is not None:
            shown = reader.with_graph(shown, graph)
        if not shown.smiles and shown.inchi:
            # an open geometry, say: the graph shows one all the same
            (known,) = examine([shown.inchi], details=True)
            shown = replace(shown, smiles=known.smiles)
        return shown


def judged(first: Prediction, ranking: CandidateRanking) -> Prediction:
    """Replace a prediction's answer by the verifier's.

    Args:
        first: The prediction of the first view.
        ranking: The verifier's result.

    Returns:
        The prediction with every proposal as a candidate; ``first`` where nothing was weighed.
    """
    if not ranking.opinions:
        return first
    candidates = tuple(
        Candidate(
            opinion.proposal.inchi if opinion.proposal.valid else opinion.proposal.text,
            math.log(max(opinion.chance, 1e-12)),
            0,
            "+".join(opinion.proposal.behind) or "judge",
            graph=opinion.proposal.graph,
        )
        for opinion in ranking.opinions
    )
    return replace(
        first,
        inchi=ranking.inchi,
        error="",
        confidence=ranking.confidence,
        scored=True,
        verified=ranking.verified,
        candidates=candidates,
    )


def likeliest_texts(labels: Labels, crops: Sequence[np.ndarray]) -> list[tuple[str, float]]:
    """The likeliest text of each crop of a label and how sure the reader is."""
    return [texts[0] for texts in labels.readings(crops, 1)]


def normal_forms(texts: Sequence[str]) -> list[str]:
    """Normalize InChIs.

    Args:
        texts: InChIs, or any strings.

    Returns:
        The normal InChI of each, "" where there is none to be trusted.
    """
    return [ranking.inchi if ranking.valid else "" for ranking in examine(texts)]
