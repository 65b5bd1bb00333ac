"""Folders of annotated pictures, which graph readers train on, from labeled pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
from tqdm import tqdm

from inchify.data.annotated_pictures import (
    ANNOTATIONS,
    PICTURES,
    Agreement,
    AnnotatedPicture,
    complete_lines,
)
from inchify.data.pictures.preparation import read_picture
from inchify.data.preprocessing.captions import read_labels
from inchify.readers.annotation import annotate
from inchify.readers.bonds.bond_check import BondChecker
from inchify.readers.files.picture_files import find_pictures
from inchify.readers.graph import GraphReader
from inchify.readers.graph_settings import GraphReaderSettings
from inchify.readers.line_recognizer import LineRecognizer
from inchify.readers.pretrained import choose_reader, shipped


class AnnotatedFolder(NamedTuple):
    """The number of annotations by agreement, of pictures with a label, and of labels without a
    picture."""

    counts: Counter[Agreement]
    pictures: int
    missing: int


def annotate_folder(
    pictures: Path,
    labels: Path,
    output: Path,
    weights: Sequence[Path] = (),
    *,
    progress: bool = False,
) -> AnnotatedFolder:
    """Annotate labeled pictures; a folder that was begun is continued.

    Args:
        pictures: The folder of pictures.
        labels: A .csv with the columns image_id and InChI.
        output: The folder to write.
        weights: Weights of a graph reader; the shipped ones by default.
        progress: Show a progress bar.

    Returns:
        Counts, those of an earlier run included.

    Raises:
        ValueError: No label names a picture, or the weights are of another reader.
    """
    _, folders = choose_reader("graph", weights)
    paths = {picture.image_id: picture.path for picture in find_pictures([pictures]).pictures}
    rows = [(row.image_id, row.inchi) for row in read_labels(labels) if not row.problem]
    wanted = [(name, inchi, paths[name]) for name, inchi in rows if name in paths]
    if not wanted:
        raise ValueError(f"{labels}: none of its image_ids names a picture in {pictures}")
    counts = _write(folders[0], wanted, output, shown=progress)
    return AnnotatedFolder(counts, len(wanted), len(rows) - len(wanted))


def _write(
    weights: Path, wanted: list[tuple[str, str, Path]], output: Path, *, shown: bool
) -> Counter[Agreement]:
    """Write the missing lines; returns the number of annotations by agreement."""
    (output / PICTURES).mkdir(parents=True, exist_ok=True)
    path = output / ANNOTATIONS
    done = complete_lines(path)
    counts = Counter(picture.agreement for picture in done)
    known = {picture.image_id for picture in done}
    todo = [row for row in wanted if row[0] not in known]
    if not todo:
        return counts
    reader = _reader(weights)
    try:
        with path.open("a", encoding="utf-8") as stream:
            for line, agreement in tqdm(
                _lines(reader, todo, output / PICTURES),
                total=len(todo),
                unit=" pictures",
                disable=not shown,
            ):
                stream.write(line)
                stream.flush()
                counts[agreement] += 1
    finally:
        reader.close()
    return counts


def _lines(
    reader: GraphReader, todo: list[tuple[str, str, Path]], pictures: Path
) -> Iterator[tuple[str, Agreement]]:
    """Yield a line for each picture, once its pixels are on the disk; a picture that cannot be read
    or annotated affects only its own line."""
    for name, inchi, path in todo:
        try:
            gray = read_picture(path)
            annotation = annotate(reader, name, gray, inchi)
        except Exception:  # an error affects only this picture's row
            annotation = AnnotatedPicture(name, inchi)
        if annotation.agreement != "none" and not cv2.imwrite(str(pictures / f"{name}.png"), gray):
            raise OSError(f"{pictures / name}.png could not be written")
        yield annotation.to_line() + "\n", annotation.agreement


def _reader(weights: Path) -> GraphReader:
    labels, bonds = shipped("label"), shipped("bond_kind")
    return GraphReader.load(
        weights,
        GraphReaderSettings(n_best=2, refuse=False),
        labels=None if labels is None else LineRecognizer.load(labels),
        bonds=None if bonds is None else BondChecker.load(bonds),
    )
