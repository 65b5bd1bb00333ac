"""Streaming reader of label files in chunks of checked rows.

Rows are streamed, so a file of millions of rows costs a few bytes a row.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

ID, TRUTH = "image_id", "InChI"
LONGEST_ID = 128
# An id becomes part of a path, so it must not leave its folder.
_ID = re.compile(r"(?!\.{1,2}$)[^/\\\x00-\x1f]+")


class LabelRow(NamedTuple):
    """One row: ``problem`` says why it cannot be used, and is empty for a good one."""

    image_id: str
    inchi: str
    problem: str = ""


@dataclass(frozen=True)
class LabelFileScan:
    """Result of one pass over a label file: rows, SHA-256, and which rows repeat an id."""

    path: Path
    rows: int
    digest: str
    repeated: frozenset[int]

    def chunks(self, size: int) -> Iterator[tuple[int, list[LabelRow]]]:
        """(number, rows) of ``size`` rows each, in the order of the file."""
        chunk: list[LabelRow] = []
        for row, label in enumerate(read_labels(self.path)):
            if row in self.repeated and not label.problem:
                label = label._replace(problem="this image_id stands in an earlier row")
            chunk.append(label)
            if len(chunk) == size:
                yield row // size, chunk
                chunk = []
        if chunk:
            yield (self.rows - 1) // size, chunk


def read_labels(path: Path) -> Iterator[LabelRow]:
    """Stream the rows of a label file.

    Args:
        path: A CSV file with the columns ``ID`` and ``TRUTH``.

    Returns:
        The rows in order; ``problem`` says what is wrong with one.

    Raises:
        ValueError: The file is missing, its header is wrong, or its quotes or encoding are broken.
    """
    if not path.is_file():
        raise ValueError(f"{path}: there is no such label file")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        try:
            header = next(reader, [])
            id_column, truth_column = _columns(path, header)
            for fields in reader:
                if fields:
                    yield _label(fields, len(header), id_column, truth_column)
        except csv.Error as error:
            raise ValueError(f"{path}, line {reader.line_num}: {error}") from error
        except UnicodeDecodeError as error:
            raise ValueError(f"{path}: this is not UTF-8 text ({error})") from error


def _columns(path: Path, header: list[str]) -> tuple[int, int]:
    for name in (ID, TRUTH):
        if header.count(name) != 1:
            shown = ",".join(header)[:200]
            raise ValueError(f"{path}: the first line must name {ID} and {TRUTH}, it is '{shown}'")
    return header.index(ID), header.index(TRUTH)


def _label(fields: list[str], wanted: int, id_column: int, truth_column: int) -> LabelRow:
    image_id = fields[id_column] if id_column < len(fields) else ""
    if len(fields) != wanted:
        return LabelRow(image_id, "", f"{len(fields)} fields instead of {wanted}")
    inchi = fields[truth_column]
    if not image_id:
        return LabelRow(image_id, inchi, "the image_id is empty")
    if len(image_id) > LONGEST_ID:
        return LabelRow(
            image_id[:LONGEST_ID], inchi, f"the image_id is over {LONGEST_ID} characters"
        )
    if not _ID.fullmatch(image_id):
        return LabelRow(image_id, inchi, "the image_id cannot be a file name")
    return LabelRow(image_id, inchi, "" if inchi.strip() else "the label is empty")


def scan_label_file(path: Path) -> LabelFileScan:
    """Read a label file once. Memory: the ids as bytes, to detect repeated ones.

    Args:
        path: The label file.

    Returns:
        Number of rows, SHA-256 and repeated ids.

    Raises:
        ValueError: As for ``read_labels``.
    """
    arrays: list[np.ndarray] = []
    ids: list[bytes] = []
    rows = 0
    for label in read_labels(path):
        ids.append(label.image_id.encode())
        rows += 1
        if len(ids) == 50_000:
            arrays.append(np.array(ids))
            ids = []
    arrays.append(np.array(ids, dtype=None if ids else "S1"))
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return LabelFileScan(path, rows, digest, _repeated(np.concatenate(arrays)))


def _repeated(ids: np.ndarray) -> frozenset[int]:
    order = np.argsort(ids, kind="stable")
    same = ids[order[1:]] == ids[order[:-1]]
    return frozenset(order[1:][same].tolist())


def truths(labels: Iterable[LabelRow]) -> Iterator[str]:
    """The InChIs of the rows without a fault."""
    return (label.inchi for label in labels if not label.problem)
