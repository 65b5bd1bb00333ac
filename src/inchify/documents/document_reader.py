"""The public reader of documents: PDFs, scans and photographs to molecules with compound ids."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from inchify.documents.compound_id_patterns import identifier
from inchify.documents.export import pixel_box, sdf_text
from inchify.documents.page_molecules import AnalyzedPage, PageMolecules
from inchify.documents.page_reader import PageReader, PageSettings, ReadPage, Turn
from inchify.documents.pdf_rendering import PageSourceError
from inchify.documents.pipeline import InputFile, PageRun, Summary, open_files
from inchify.documents.pretrained import PageWeights, described
from inchify.documents.sources import PageSource, SourceSettings, chosen_pages
from inchify.formats.records import plain
from inchify.isolation.threads import process_count
from inchify.readers.files.pool import SECONDS, Question, ReadingPool, ReadingSettings
from inchify.readers.molecule_reader import Weights, folders_of
from inchify.readers.refusal.model import says_no_molecule
from inchify.types import Page, Prediction, TextLine

if TYPE_CHECKING:
    import numpy as np

    from inchify.data.pictures.image_io import Picture

# How a decoded picture is kept in a file: formats that hold its kind of pixels exactly.
PNG_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")


@dataclass(frozen=True)
class DocumentMolecule:
    """A molecule on a page.

    Attributes:
        box: Left, top, right, bottom in whole pixels of the page; right and bottom are outside.
        prediction: What was read; atoms and molfile are in pixels of ``crop``.
        compound_id: The name that the page gives it ("12a"), "" without one.
        angle: Degrees by which the drawing stands rotated clockwise.
        score: Confidence of the detection in 0..1.
        crop: Its pixels without its neighbors, upright: uint8 (h, w), 255 paper.
    """

    box: tuple[int, int, int, int]
    prediction: Prediction
    compound_id: str = ""
    angle: float = 0.0
    score: float = 1.0
    crop: np.ndarray | None = field(default=None, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON, without the crop."""
        return {
            "box": list(self.box),
            "compound_id": self.compound_id,
            "angle": self.angle,
            "score": self.score,
            "prediction": self.prediction.to_dict(),
        }

    def _repr_svg_(self) -> str | None:
        return self.prediction._repr_svg_()


@dataclass(frozen=True)
class DocumentPage:
    """A page that was read.

    Attributes:
        number: From 1.
        width: In pixels, as is ``height``.
        height: In pixels.
        dots_per_inch: The resolution at which it was read.
        molecules: In reading order. Regions that turned out to show no molecule are left out.
        lines: Lines of text, in pixels of the page.
        error: Why it could not be read, "" where it was.
    """

    number: int
    width: int
    height: int
    dots_per_inch: float
    molecules: tuple[DocumentMolecule, ...] = ()
    lines: tuple[TextLine, ...] = field(default=(), repr=False)
    error: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        names = ("number", "width", "height", "dots_per_inch", "error")
        values = {name: getattr(self, name) for name in names}
        molecules = [molecule.to_dict() for molecule in self.molecules]
        return values | {"molecules": molecules, "lines": [asdict(line) for line in self.lines]}


@dataclass(frozen=True)
class Document:
    """A document that was read; ``file``: its name, "" for pixels and bytes; ``error``: why it
    could not be opened."""

    file: str
    pages: tuple[DocumentPage, ...] = ()
    error: str = ""

    @property
    def molecules(self) -> tuple[DocumentMolecule, ...]:
        """The molecules of all pages, in order."""
        return tuple(molecule for page in self.pages for molecule in page.molecules)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        pages = [page.to_dict() for page in self.pages]
        return {"file": self.file, "error": self.error, "pages": pages}

    def to_sdf(self) -> str:
        """The molecules as an SDF with compound ids; coordinates are pixels of the crops, y up."""
        records = []
        for page in self.pages:
            for molecule in page.molecules:
                prediction = molecule.prediction
                cells = {
                    "label": molecule.compound_id,
                    "page": str(page.number),
                    "InChI": prediction.inchi,
                    "SMILES": prediction.smiles,
                    "confidence": ""
                    if prediction.confidence is None
                    else f"{prediction.confidence:.4f}",
                    "verified": "true" if prediction.verified else "false",
                    "crop": "",
                    "error": plain(prediction.error),
                    "file": self.file,
                }
                records.append(sdf_text(cells, prediction.molfile))
        return "".join(records)


class DocumentReader:
    """Reads documents: finds the molecules on their pages, reads them and their compound ids.

    Pages are analyzed in this process, PDFs are rendered and molecules read in processes that can
    be killed; they end with ``close``, the ``with`` block or the program.

    Example:
        >>> from inchify import DocumentReader
        >>> with DocumentReader.from_pretrained() as reader:
        ...     document = reader.read("tests/documents/cases/full_nicotine.pdf")
        >>> len(document.pages), document.pages[0].error
        (1, '')
        >>> document.pages[0].molecules[0].prediction.smiles
        'CN1CCC[C@H]1c1cccnc1'
    """

    def __init__(
        self,
        load: Callable[[], PageReader],
        reading: ReadingSettings,
        source: SourceSettings | None = None,
        *,
        settings: dict[str, Any] | None = None,
        missing: Sequence[str] = (),
        answer: Callable[[Question, ReadingSettings], Prediction] | None = None,
    ) -> None:
        """Most users want ``from_pretrained``.

        Args:
            load: Makes the page reader when the first page needs it.
            reading: What reads molecules, and in how many processes.
            source: How pages are rendered.
            settings: Plain data on which a page's record depends.
            missing: Which weights for text it lacks.
            answer: What reads a crop in place of the graph reader.
        """
        self.reading, self.source = reading, source or SourceSettings()
        self.missing = tuple(missing)
        self._load, self._answer, self._record_settings = load, answer, settings or {}
        self._pages: PageReader | None = None
        self._molecules = PageMolecules(ReadingPool(reading, answer))

    @classmethod
    def from_pretrained(
        cls,
        weights: Weights = None,
        *,
        regions: str | Path | None = None,
        text_lines: str | Path | None = None,
        lines: str | Path | None = None,
        labels: str | Path | None = None,
        dots_per_inch: float = 200.0,
        turn: Turn = "auto",
        seconds: float = SECONDS,
        jobs: int = 1,
    ) -> DocumentReader:
        """A reader with the weights that come with the package, or with others.

        Args:
            weights: A folder of a graph reader's weights, or several that read together.
            regions: A folder of weights that find molecules on pages.
            text_lines: A folder of weights that find lines of text.
            lines: A folder of weights that read lines of text.
            labels: A folder of weights that read atom labels.
            dots_per_inch: Resolution at which PDFs are rendered, 72 to 400, and that a picture has
                whose file says nothing.
            turn: By how many degrees clockwise pages are rotated; "auto" to detect it.
            seconds: Processor time for one molecule, far more than any needs.
            jobs: Processes that read molecules; -1 for one per core.

        Returns:
            The reader. Nothing is loaded before the first page. Without weights for text it finds
            molecules without their compound ids.

        Raises:
            ValueError: Where weights are missing or of another kind, and for a setting that is out
                of range.
        """
        named = {"regions": regions, "text_lines": text_lines, "lines": lines}
        folders = {name: None if path is None else Path(path) for name, path in named.items()}
        chosen = PageWeights.chosen(folders)
        reading = replace(
            ReadingSettings.from_pretrained(
                folders_of(weights), None if labels is None else Path(labels), seconds=seconds
            ),
            jobs=process_count(jobs),
        )
        source, settings = SourceSettings(dots_per_inch=dots_per_inch), PageSettings(turn=turn)
        record_settings = described(source, settings, chosen, reading)
        return cls(
            lambda: chosen.load(settings),
            reading,
            source,
            settings=record_settings,
            missing=chosen.missing,
        )

    def read(
        self, source: Picture, *, pages: str | Iterable[int] = "", password: str = ""
    ) -> Document:
        """Read a document.

        Args:
            source: A PDF, a TIFF of several frames or any picture of a page: its path, its bytes, a
                Pillow image, or a uint8 array of shape (H, W), (H, W, 3) or (H, W, 4).
            pages: Which pages, such as "1-20,35,90-" or (1, 2, 5); all by default.
            password: Password of an encrypted PDF.

        Returns:
            The document. A page that cannot be read has an ``error``; so has a document that cannot
            be opened.

        Raises:
            ValueError: For words that name no pages, or pages that the document does not have.
            RuntimeError: Where the reader itself cannot start.
        """
        name = Path(source).name if isinstance(source, (str, Path)) else ""
        wanted = pages if isinstance(pages, str) else ",".join(map(str, pages))
        try:
            with _file_of(source) as path:
                try:
                    opened = PageSource(path, self.source, password=password)
                except PageSourceError as error:
                    message = str(error).removeprefix(f"{path}: ")
                    return Document(name, error=f"{name}: {message}" if name else message)
                with opened:
                    numbers = chosen_pages(wanted, opened.count, name or "the document")
                    analyzed = self._molecules.read(self._analyzed(opened, numbers))
                    return Document(name, tuple(_page(page) for page in analyzed))
        except _NoDocument as error:
            return Document(name, error=str(error))

    def write(
        self,
        files: Sequence[InputFile],
        output: Path,
        done: Callable[[int], object] = lambda count: None,
    ) -> Summary:
        """Read files into a folder, as ``inchify read`` does: a run that was stopped goes on.

        Args:
            files: As ``open`` gives them.
            output: The folder.
            done: Called with the number of pages that are done.

        Returns:
            How many pages and molecules were read, and what was not.
        """
        run = PageRun(output, self._page_reader, self.reading, self._record_settings, self._answer)
        return run.read(files, done)

    def open(
        self, paths: Sequence[Path], *, pages: str = "", password: str = ""
    ) -> list[InputFile]:
        """Open files for ``write``.

        Args:
            paths: The files.
            pages: Which pages of each, such as "1-20,35,90-"; all by default.
            password: Password of encrypted PDFs.

        Returns:
            The files in order. One that cannot be opened has an ``error``.

        Raises:
            ValueError: If a file does not exist or has no such page.
        """
        return open_files(paths, self.source, pages, password)

    def close(self) -> None:
        """End the processes. The reader can be used again and starts new ones."""
        self._molecules.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: object, trace: TracebackType | None
    ) -> None:
        self.close()

    def _page_reader(self) -> PageReader:
        if self._pages is None:
            self._pages = self._load()
        return self._pages

    def _analyzed(
        self, source: PageSource, numbers: Sequence[int]
    ) -> Iterator[AnalyzedPage[float]]:
        """Pages whose molecules have been found and not yet read."""
        for number in numbers:
            picture = source.page(number)
            if picture.error:
                read = ReadPage(Page(number, 0, 0, error=picture.error))
            else:
                read = self._page_reader().read(picture.gray, number, picture.dots_per_inch)
            questions = tuple(
                Question(f"p{number:03d}_m{place:02d}", crop)
                for place, crop in enumerate(read.crops, 1)
            )
            yield AnalyzedPage(picture.dots_per_inch, read, questions)


class _NoDocument(ValueError):
    """What a caller gave can be no document."""


def _page(analyzed: AnalyzedPage[float]) -> DocumentPage:
    read, page = analyzed.read, analyzed.read.page
    molecules = []
    for place, (region, prediction) in enumerate(
        zip(page.regions, analyzed.predictions, strict=True)
    ):
        if says_no_molecule(prediction.error):
            continue
        line = read.labels[place]
        left, top, right, bottom = pixel_box(region.box)
        molecules.append(
            DocumentMolecule(
                (left, top, right, bottom),
                prediction,
                "" if line is None else identifier(page.lines[line].text),
                region.angle,
                region.score,
                read.crops[place],
            )
        )
    size = page.number, page.width, page.height, analyzed.key
    return DocumentPage(*size, tuple(molecules), page.lines, page.error)


@contextmanager
def _file_of(source: Any) -> Iterator[Path]:
    """A file that holds a document: the given one, or a temporary one."""
    if isinstance(source, (str, Path)):
        yield Path(source)
        return
    with tempfile.TemporaryDirectory(prefix="inchify-") as folder:
        path = Path(folder) / "document"
        if isinstance(source, (bytes, bytearray, memoryview)):
            path.write_bytes(source)
        else:
            _save(source, path)
        yield path


def _save(source: Any, path: Path) -> None:
    """Write an array or a Pillow image without loss. Raises _NoDocument where it is neither."""
    from PIL import ImageOps

    from inchify.data.pictures.image_io import PictureError, pillow_image

    try:
        image = ImageOps.exif_transpose(pillow_image(source))
    except PictureError as error:
        raise _NoDocument(str(error).replace("the picture is", "the document is")) from error
    words = {"dpi": image.info["dpi"]} if "dpi" in image.info else {}
    image.save(path, "PNG" if image.mode in PNG_MODES else "TIFF", **words)
