"""Writing of submission.csv, only when it is in the competition's format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import NoReturn

from inchify.competition.sample import HEADER, sample_ids
from inchify.io.text_files import atomic_text

PREFIX = "InChI=1S/"


def write_submission(rows: Iterable[tuple[str, str]], path: Path, sample: Path) -> Path:
    """Write a submission, check it, then move it into place.

    Args:
        rows: (image_id, InChI) in the order of ``sample``; the InChI is written in quotes.
        path: The submission.
        sample: The sample submission whose ids must be answered.

    Returns:
        ``path``.

    Raises:
        ValueError: The rows are not those of ``sample``, with line and value. A file that was at
            ``path`` before is kept.
    """
    with atomic_text(path) as stream:
        stream.write(f"{HEADER}\n")
        for image_id, inchi in rows:
            stream.write(f'{image_id},"{inchi}"\n')
        stream.flush()
        try:
            check_submission(Path(stream.name), sample)
        except ValueError as error:
            raise ValueError(str(error).replace(stream.name, str(path))) from error
    return path


def check_submission(path: Path, sample: Path) -> None:
    """Check that a file is a complete submission.

    Exactly the columns image_id and InChI; exactly the ids of ``sample``, each once, in its order;
    every InChI begins with "InChI=1S/", continues after it, has no blanks or quotes in it, and is
    quoted if it has commas; UTF-8 without a byte order mark.

    Raises:
        ValueError: Names the line and value that are wrong.
    """
    line_of: dict[str, int] = {}
    for number, (row, wanted) in enumerate(zip_longest(_rows(path), sample_ids(sample)), 2):
        if row is None:
            raise ValueError(
                f"{path}, line {number}: the file ends, but {sample.name} goes on with '{wanted}'"
            )
        image_id, inchi = row
        if image_id in line_of:
            _wrong(path, number, f"image_id '{image_id}' is already in line {line_of[image_id]}")
        line_of[image_id] = number
        if image_id != wanted:
            _wrong_id(path, number, image_id, wanted, sample)
        if not inchi.startswith(PREFIX) or len(inchi) == len(PREFIX):
            what = "empty" if not inchi else repr(inchi)
            _wrong(path, number, f"InChI is {what}; it must begin with '{PREFIX}' and continue")
        if not inchi.isascii() or not inchi.isprintable() or " " in inchi:
            _wrong(path, number, f"InChI is {inchi!r}; it may have no blanks or special characters")


def read_submission(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the (image_id, InChI) rows of a submission; ValueError names a malformed line."""
    return _rows(path)


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    if not path.is_file():
        raise ValueError(f"{path}: there is no such submission")
    with path.open("rb") as stream:
        header = stream.readline()
        if header.startswith(b"\xef\xbb\xbf"):
            _wrong(path, 1, "the file begins with a byte order mark; save it as UTF-8 without one")
        if header.rstrip(b"\r\n") != HEADER.encode():
            _wrong(path, 1, f"the header is {header[:80]!r}; it must be '{HEADER}'")
        for number, raw in enumerate(stream, 2):
            yield _row(path, number, raw)


def _row(path: Path, number: int, raw: bytes) -> tuple[str, str]:
    try:
        line = raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        _wrong(path, number, f"{raw[:80]!r} is not UTF-8")
    image_id, comma, inchi = line.partition(",")
    if len(image_id) > 1 and image_id[0] == image_id[-1] == '"':
        image_id = image_id[1:-1]
    if not comma or not image_id:
        _wrong(path, number, f"{line!r} is not an image_id and an InChI")
    if inchi.startswith('"'):
        if len(inchi) < 2 or not inchi.endswith('"'):
            _wrong(path, number, f"the quotes in {line!r} are not closed")
        inchi = inchi[1:-1]
    elif "," in inchi:
        _wrong(path, number, f"{line!r} has a comma outside quotes, so more than two columns")
    if '"' in inchi:
        _wrong(path, number, f"there are quotes inside {line!r}")
    return image_id, inchi


def _wrong_id(path: Path, number: int, image_id: str, wanted: str | None, sample: Path) -> NoReturn:
    """Report whether an unexpected id is unknown or out of order. Slow; only on error."""
    for place, known in enumerate(sample_ids(sample), 2):
        if known == image_id:
            _wrong(
                path,
                number,
                f"image_id is '{image_id}' where {sample.name} has '{wanted}'; it belongs in line "
                f"{place}: rows are missing or out of order",
            )
    _wrong(path, number, f"image_id '{image_id}' is not in {sample.name}")


def _wrong(path: Path, number: int, what: str) -> NoReturn:
    raise ValueError(f"{path}, line {number}: {what}")
