"""The verb that places the molecules of labelled pictures, for a graph reader to learn them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inchify.readers.files.picture_files import find_pictures
from inchify.readers.pretrained import choose_reader, shipped

if TYPE_CHECKING:
    from inchify.data.annotated_pictures import Agreement
    from inchify.readers.graph import GraphReader


def annotate(
    pictures: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of pictures.")],
    labels: Annotated[
        Path, typer.Argument(metavar="LABELS", help="A .csv with the columns image_id and InChI.")
    ],
    output: Annotated[Path, typer.Option("--output", help="Folder to write.")],
    weights: Annotated[
        list[Path] | None,
        typer.Option("--weights", help="Weights of a graph reader. Default: the shipped ones."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Hide the progress bar.")] = False,
) -> None:
    """Locate the atoms and bonds of labelled pictures, so that a reader can be trained on them.

    Train a graph reader on the folder with --set 'data.real=[{folder: OUTPUT, share: 0.1}]'. Where
    no reading is the true molecule, the part that both share is kept and the rest is marked as
    unknown. A run that was stopped continues where it stopped.
    """
    from inchify.data.preprocessing.captions import read_labels

    _, folders = choose_reader("graph", weights or [])
    found = {picture.image_id: picture.path for picture in find_pictures([pictures]).pictures}
    rows = [(row.image_id, row.inchi) for row in read_labels(labels) if not row.fault]
    wanted = [(name, inchi, found[name]) for name, inchi in rows if name in found]
    if not wanted:
        raise ValueError(f"{labels}: none of its image_ids names a picture in {pictures}")
    counts = _write(folders[0], wanted, output, shown=not quiet)
    told = ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
    typer.echo(f"{output}: {len(wanted)} pictures ({told}); {len(rows) - len(wanted)} not found")


def _write(
    weights: Path, wanted: list[tuple[str, str, Path]], output: Path, *, shown: bool
) -> Counter[Agreement]:
    """Writes the lines that are missing; how often each kind of agreement came out."""
    from tqdm import tqdm

    from inchify.data.annotated_pictures import ANNOTATIONS, PICTURES, complete_lines

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
    """A line for each picture, once its pixels are on the disk; one that cannot be read or placed
    costs its own."""
    import cv2

    from inchify.data.annotated_pictures import AnnotatedPicture
    from inchify.data.pictures.preparation import read_picture
    from inchify.readers.annotation import annotate as place

    for name, inchi, path in todo:
        try:
            grey = read_picture(path)
            found = place(reader, name, grey, inchi)
        except Exception:  # whatever a picture breaks is its own row's
            found = AnnotatedPicture(name, inchi)
        if found.agreement != "none" and not cv2.imwrite(str(pictures / f"{name}.png"), grey):
            raise OSError(f"{pictures / name}.png could not be written")
        yield found.to_line() + "\n", found.agreement


def _reader(weights: Path) -> GraphReader:
    from inchify.readers.bonds.bond_check import BondChecker
    from inchify.readers.graph import GraphReader, GraphReaderSettings
    from inchify.readers.line_recognizer import TextReader

    labels, bonds = shipped("label"), shipped("bond_kind")
    return GraphReader.load(
        weights,
        GraphReaderSettings(n_best=2, refuse=False),
        labels=None if labels is None else TextReader.load(labels),
        bonds=None if bonds is None else BondChecker.load(bonds),
    )


VERBS = (annotate,)
