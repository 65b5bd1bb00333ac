"""Reading of files with pages into a folder.

A killed run resumes with the next page and ends with the same bytes. Layout analysis runs in this
process and molecules are read in killable ones: while the molecules of one page are read, the next
page is analyzed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import cv2
import numpy as np

from inchify import __version__
from inchify.documents.export import (
    VERSION,
    PageName,
    forget,
    join,
    page_entry,
    read_record,
    write_record,
)
from inchify.documents.overlay import page_overlay
from inchify.documents.page_molecules import AnalyzedPage, PageMolecules
from inchify.documents.page_reader import PageReader, ReadPage
from inchify.documents.pdf_rendering import PageSourceError
from inchify.documents.sources import PagePicture, PageSource, SourceSettings, chosen_pages
from inchify.io.atomic import digest_of, write_atomically
from inchify.readers.files.picture_files import folders_apart
from inchify.readers.files.pool import Question, ReadingPool, ReadingSettings
from inchify.types import Page, Prediction


class Summary(NamedTuple):
    """Pages that were read and that could not be, molecules on them, files that did not open."""

    pages: int
    failed: int
    molecules: int
    files: int


@dataclass(frozen=True)
class InputFile:
    """A file of the run, its pages wanted; without a ``source`` it has an ``error``. ``name`` is
    what tables call it: with the folders that tell it from others of its name."""

    path: Path
    name: str
    stem: str
    sha256: str
    source: PageSource | None
    numbers: tuple[int, ...] = ()
    error: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As page.json has it."""
        pages = 0 if self.source is None else self.source.count
        return {
            "file": self.name,
            "sha256": self.sha256,
            "pages": pages,
            "error": self.error,
        }


def open_files(
    paths: Sequence[Path], settings: SourceSettings, pages: str = "", password: str = ""
) -> list[InputFile]:
    """Open the files of a run.

    Args:
        paths: The files.
        settings: How pages are rendered.
        pages: Which pages of each, such as "1-20,35,90-"; all by default.
        password: Password of encrypted PDFs.

    Returns:
        The files in order. A file that is damaged or locked has an ``error``.

    Raises:
        ValueError: If a file does not exist or has no such page.
    """
    apart = folders_apart([path.name for path in paths], paths)
    names = ["/".join((*parts, path.name)) for parts, path in zip(apart, paths, strict=True)]
    input_files = []
    for path, name, stem in zip(paths, names, _stems(names), strict=True):
        if not path.is_file():
            raise ValueError(f"{path}: there is no such file")
        digest = digest_of(path)
        try:
            source = PageSource(path, settings, password=password)
        except PageSourceError as error:
            # only the name: a record must not depend on where the file was
            message = str(error).replace(str(path), path.name)
            input_files.append(InputFile(path, name, stem, digest, None, error=message))
            continue
        source.close()  # its process starts again when pages are wanted
        numbers = chosen_pages(pages, source.count, name)
        input_files.append(InputFile(path, name, stem, digest, source, tuple(numbers)))
    return input_files


def _stems(names: Sequence[str]) -> list[str]:
    """The prefix of the files of each input: nothing for a single one, else its name."""
    if len(names) == 1:
        return [""]
    stems: list[str] = []
    for shown in names:
        stem = re.sub(r"[^\w.-]+", "_", str(PurePosixPath(shown).with_suffix(""))) or "file"
        name, number = stem, 1
        while f"{name}_" in stems:
            number += 1
            name = f"{stem}-{number}"
        stems.append(f"{name}_")
    return stems


def page_names(files: Sequence[InputFile], settings: Mapping[str, Any]) -> list[PageName]:
    """All pages of the run, with what their records depend on."""
    common = config_digest({"version": VERSION, "inchify": __version__, "settings": settings})
    names = []
    for file in files:
        for number in file.numbers:
            made_from = hashlib.sha256(f"{common} {file.sha256} {number}".encode()).hexdigest()
            names.append(PageName(f"{file.stem}p{number:03d}", file.name, number, made_from))
    return names


def config_digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of plain data."""
    import json

    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class _PageKey(NamedTuple):
    """A page of the run. ``gray``: its pixels, for its overlay; None where it failed."""

    name: PageName
    dots_per_inch: float
    gray: np.ndarray | None


class PageRun:
    """One run over files into a folder. ``settings``: plain data that all records depend on;
    ``answer`` reads a crop in place of the graph reader, in the processes (for tests)."""

    def __init__(
        self,
        output: Path,
        reader: Callable[[], PageReader],
        reading: ReadingSettings,
        settings: Mapping[str, Any],
        answer: Callable[[Question, ReadingSettings], Prediction] | None = None,
    ) -> None:
        self.output, self.reading, self.settings, self.answer = output, reading, settings, answer
        self._load = reader
        self._reader: PageReader | None = None

    def read(
        self, files: Sequence[InputFile], done: Callable[[int], object] = lambda count: None
    ) -> Summary:
        """Read what is not read yet and write the joined files.

        Args:
            files: The files, as ``open_files`` gives them.
            done: Called with the number of pages that are done.

        Returns:
            How many pages and molecules were read, and what was not.
        """
        self.output.mkdir(parents=True, exist_ok=True)
        names = page_names(files, self.settings)
        todo = {name for name in names if read_record(self.output, name) is None}
        done(len(names) - len(todo))
        molecules_of = PageMolecules(ReadingPool(self.reading, self.answer))
        try:
            for page in molecules_of.read(self._analyzed(files, names, todo)):
                self._write(page)
                done(1)
        finally:
            molecules_of.close()
        file_entries = [file.to_dict() for file in files]
        read, failed, molecules = join(self.output, names, file_entries, self.settings)
        return Summary(read, failed, molecules, sum(file.source is None for file in files))

    def _analyzed(
        self, files: Sequence[InputFile], names: Sequence[PageName], todo: set[PageName]
    ) -> Iterator[AnalyzedPage[_PageKey]]:
        """Analyze one page after the other."""
        by_name = {name.name: name for name in names}
        for file in files:
            if file.source is None:
                continue
            with file.source as source:
                for number in file.numbers:
                    name = by_name[f"{file.stem}p{number:03d}"]
                    if name in todo:
                        yield self._analyze(name, source.page(number))

    def _analyze(self, name: PageName, picture: PagePicture) -> AnalyzedPage[_PageKey]:
        """A page's drawings as crops on the disk, and a question for each."""
        forget(self.output, name)
        if picture.error:
            read = ReadPage(Page(name.number, 0, 0, error=picture.error))
        else:
            if self._reader is None:
                self._reader = self._load()
            read = self._reader.read(picture.gray, name.number, picture.dots_per_inch)
        questions = []
        for place, crop in enumerate(read.crops):
            path = self.output / name.crop(place)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, _png(crop))
            questions.append(Question(path.stem, crop, shown=name.crop(place)))
        gray = None if picture.error else picture.gray
        return AnalyzedPage(_PageKey(name, picture.dots_per_inch, gray), read, tuple(questions))

    def _write(self, page: AnalyzedPage[_PageKey]) -> None:
        """A page's overlay and record."""
        name, dots_per_inch, gray = page.key
        entry = page_entry(name, page.read, dots_per_inch, page.predictions)
        if gray is not None:
            path = self.output / name.overlay
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, _png(page_overlay(gray, entry)))
        write_record(self.output, name, entry, [item.molfile for item in page.predictions])


def _png(picture: np.ndarray) -> bytes:
    done, png = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 4])
    assert done
    return png.tobytes()
