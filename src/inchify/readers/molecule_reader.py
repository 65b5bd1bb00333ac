"""The public reader of molecules: pictures to predictions, and checks of known molecules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from inchify.isolation.threads import process_count
from inchify.readers.files.pool import (
    SECONDS,
    Claim,
    Question,
    ReadingPool,
    ReadingSettings,
    read_pictures,
)
from inchify.types import Prediction
from inchify.verification.result import VerificationResult

if TYPE_CHECKING:
    from inchify.data.pictures.image_io import Picture

Weights = str | Path | Sequence[str | Path] | None


class MoleculeReader:
    """Reads pictures of single molecules.

    The networks and the chemistry run in separate processes, which start with the first picture and
    end with ``close``, the ``with`` block or the program: a picture that crashes one or takes
    forever affects only its prediction, never the program. Threads may share a reader.

    Example:
        >>> from inchify import MoleculeReader
        >>> with MoleculeReader.from_pretrained() as reader:
        ...     prediction = reader.predict("tests/readers/strokes/aspirin_of_a_page.png")
        >>> prediction.smiles
        'CC(=O)Oc1ccccc1C(=O)O'
        >>> prediction.inchi
        'InChI=1S/C9H8O4/c1-6(10)13-8-5-3-2-4-7(8)9(11)12/h2-5H,1H3,(H,11,12)'
        >>> len(prediction.atoms), len(prediction.bonds)
        (13, 13)
    """

    def __init__(
        self,
        settings: ReadingSettings,
        answer: Callable[[Question, ReadingSettings], Prediction] | None = None,
    ) -> None:
        """Most users want ``from_pretrained``.

        Args:
            settings: Weights and limits.
            answer: Reads a picture in place of the graph reader; processes must be able to import
                it.
        """
        self.settings, self._answer = settings, answer
        self._pool = ReadingPool(replace(settings, jobs=1), answer)

    @classmethod
    def from_pretrained(
        cls,
        weights: Weights = None,
        *,
        labels: str | Path | None = None,
        seconds: float = SECONDS,
        always_answer: bool = False,
    ) -> MoleculeReader:
        """Make a reader with the weights that come with the package, or with others.

        Args:
            weights: A folder of a graph reader's weights, or several that read together.
            labels: A folder of weights that read atom labels.
            seconds: Processor time for one picture, far more than any needs. One that runs away
                gets the answer of its first view, unverified and with a note in ``error``.
            always_answer: Read pictures too that seem to show no molecule.

        Returns:
            The reader. Nothing is loaded before the first picture.

        Raises:
            ValueError: Where a folder holds no weights, or those of another kind of reader.
        """
        return cls(
            ReadingSettings.from_pretrained(
                folders_of(weights),
                None if labels is None else Path(labels),
                seconds=seconds,
                refuse=not always_answer,
            )
        )

    def predict(self, image: Picture) -> Prediction:
        """Read one picture.

        Args:
            image: A file's path, its bytes, a Pillow image, or a uint8 array of shape (H, W),
                (H, W, 3) in the order red, green, blue, or (H, W, 4) with opacity last.

        Returns:
            The prediction. A picture that cannot be read, or that most likely shows no molecule,
            has an empty ``inchi`` and an ``error`` that says why.

        Raises:
            RuntimeError: Where the reader itself cannot start (damaged weights, no RDKit).
        """
        return self._pool.ask(question_of(image))

    def predict_many(
        self, images: Iterable[Picture | Question], jobs: int = 1
    ) -> Iterator[Prediction]:
        """Read many pictures.

        Args:
            images: Pictures as ``predict`` takes them, from any iterable; a few are taken ahead. A
                ``Question`` names its row and the file of its overlay itself.
            jobs: Processes that read; -1 for one per core.

        Yields:
            One prediction for each picture, in order.

        Raises:
            ValueError: Where ``jobs`` is 0 or below -1.
        """
        jobs = process_count(jobs)
        return self._predictions(map(question_of, images), jobs)

    def _predictions(self, questions: Iterable[Question], jobs: int) -> Iterator[Prediction]:
        if jobs == 1:
            yield from self._pool.read(questions)
            return
        yield from read_pictures(questions, replace(self.settings, jobs=jobs), self._answer)

    def verify(
        self,
        image: Picture,
        *,
        smiles: str | None = None,
        inchi: str | None = None,
        molfile: str | None = None,
    ) -> VerificationResult:
        """Check whether a picture shows a known molecule.

        The molecule is compared by its normalized standard InChI, stereo included. The reader first
        reads the picture without knowing it. Where its answer is the molecule, ``score`` is the
        answer's confidence. Where it is another one, the molecule is weighed against the likeliest
        readings by the same evidence (its drawing or its graph laid on the picture), and ``score``
        is its probability there: usually close to 0, since all probabilities add up to at most 1.
        The claim itself is no evidence. ``score`` is 0 where no reading of the picture, nor the
        best one with other elements in its places, is the molecule.

        Args:
            image: The picture, as ``predict`` takes it.
            smiles: The molecule as SMILES; exactly one of the three is given.
            inchi: The molecule as InChI.
            molfile: The molecule as a molfile.

        Returns:
            The result. ``verified`` is true only where the verifier accepts that very molecule as
            all that the picture shows. A picture that cannot be read has a score of 0 and an
            ``error``.

        Raises:
            ValueError: Where the molecule is not given once, or has no standard InChI.
        """
        claim = claim_of(smiles=smiles, inchi=inchi, molfile=molfile)
        return self._pool.verify(question_of(image), claim)

    def close(self) -> None:
        """End the processes. The reader can be used again and starts new ones."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: object, trace: TracebackType | None
    ) -> None:
        self.close()


def verify(
    image: Picture,
    *,
    smiles: str | None = None,
    inchi: str | None = None,
    molfile: str | None = None,
) -> VerificationResult:
    """Check whether a picture shows a known molecule, with one shipped reader for all calls.

    Args:
        image: The picture, as ``MoleculeReader.predict`` takes it.
        smiles: The molecule as SMILES; exactly one of the three is given.
        inchi: The molecule as InChI.
        molfile: The molecule as a molfile.

    Returns:
        The result, as of ``MoleculeReader.verify``.

    Raises:
        ValueError: Where the molecule is not given once, or has no standard InChI.

    Example:
        >>> from inchify import verify
        >>> picture = "tests/readers/strokes/ment__b20.png"
        >>> verify(picture, smiles="CC(C)[C@@H]1CC[C@@H](C)C[C@H]1O").verified
        True
        >>> result = verify(picture, smiles="CC(C)[C@@H]1CC[C@@H](C)C[C@@H]1O")
        >>> result.verified, round(result.score, 2)
        (False, 0.0)
        >>> result.disagreements[0].kind
        'stereo'
    """
    return _default_reader().verify(image, smiles=smiles, inchi=inchi, molfile=molfile)


@cache
def _default_reader() -> MoleculeReader:
    return MoleculeReader.from_pretrained()


def folders_of(weights: Weights) -> tuple[Path, ...]:
    """The folders of weights as a tuple of paths.

    Args:
        weights: None, one folder or several.
    """
    if weights is None:
        return ()
    return (Path(weights),) if isinstance(weights, (str, Path)) else tuple(map(Path, weights))


def question_of(image: Any) -> Question:
    """The question for a picture of any accepted type; it has an ``error`` for other objects."""
    if isinstance(image, Question):
        return image
    if isinstance(image, (str, Path)):
        from inchify.data.pictures.image_io import file_and_frame

        path = Path(image)
        file, frame = file_and_frame(path)
        return Question(file.stem if frame == 1 else f"{file.stem}#{frame}", path)
    if isinstance(image, (bytearray, memoryview)):
        return Question("", bytes(image))
    if isinstance(image, bytes):
        return Question("", image)
    return _question_of_pixels(image)


def _question_of_pixels(image: Any) -> Question:
    """Pixels are sent to another process; an error that prevents it is reported at once."""
    from inchify.data.pictures.image_io import PictureError, portable

    try:
        return Question("", portable(image))
    except PictureError as error:
        return Question("", b"", error=str(error))


def claim_of(*, smiles: str | None, inchi: str | None, molfile: str | None) -> Claim:
    """The molecule that one of three texts describes.

    Raises:
        ValueError: Where not exactly one is given, or it has no standard InChI.
    """
    from inchify.chemistry.normalization import examine, inchis_of_smiles, smiles_of_molfiles

    given = {"smiles": smiles, "inchi": inchi, "molfile": molfile}
    named = [name for name, text in given.items() if text is not None]
    if len(named) != 1:
        message = " and ".join(named) or "none of them"
        raise ValueError(f"one of 'smiles', 'inchi' and 'molfile' is needed; given: {message}")
    (name,) = named
    text = given[name] or ""
    if name == "molfile":
        smiles, shown = smiles_of_molfiles([text])[0], "the molfile"
    else:
        text = text.strip()
        smiles, shown = smiles, f"{name!r} is {text[:200]!r}; it"
    wanted = text if name == "inchi" else inchis_of_smiles([(smiles or "").strip()])[0]
    (known,) = examine([wanted], details=True)
    if not known.valid:
        raise ValueError(f"{shown} is no molecule with a standard InChI ({known.reason})")
    return Claim(known.inchi, (smiles or known.smiles).strip())
