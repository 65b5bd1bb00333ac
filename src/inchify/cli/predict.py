"""The verb that reads loose pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from inchify.readers.files.picture_files import PictureFile, find_pictures, questions_of
from inchify.readers.files.pool import LIMIT_HELP, SECONDS
from inchify.readers.files.tables import write_predictions
from inchify.readers.molecule_reader import MoleculeReader
from inchify.readers.pretrained import choose_reader
from inchify.types import Prediction


def predict(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Pictures or folders.")],
    output: Annotated[
        Path | None, typer.Option("--output", help="A .csv; printed when left out.")
    ] = None,
    sdf: Annotated[
        Path | None,
        typer.Option("--sdf", help="An .sdf of the molecules in pixels, with confidences."),
    ] = None,
    overlays: Annotated[
        Path | None, typer.Option("--overlays", help="A folder: each picture with what was seen.")
    ] = None,
    weights: Annotated[
        list[Path] | None,
        typer.Option("--weights", help="Weights; they decide the reader. Default: the shipped."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", help="graph: weights that read labels. Default: the shipped."),
    ] = None,
    reader: Annotated[
        str | None, typer.Option("--reader", help="graph (the default) or sequence.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help=f"graph: {LIMIT_HELP} (default {SECONDS:g}).")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(help="graph: processes; -1 for one a core (default 1)."),
    ] = None,
    beams: Annotated[
        int | None, typer.Option(min=1, help="sequence: width of the beam (default 4).")
    ] = None,
    batch: Annotated[
        int | None, typer.Option(min=1, help="sequence: pictures at once (default 16).")
    ] = None,
    int8: Annotated[
        bool, typer.Option("--int8", help="sequence: decode with int8 weights (CPU), faster.")
    ] = False,
    always_answer: Annotated[
        bool,
        typer.Option("--always-answer", help="graph: read pictures that seem to show no molecule."),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Read loose pictures with the shipped weights (or --weights) into a table.

    Columns: image_id (file name without ending), InChI, SMILES, confidence, verified, seconds,
    error, path (the file as it was named). A picture that cannot be read has an empty InChI and its
    error; the exit code stays 0. One that most likely shows no molecule is refused: "no molecule
    found" and the chance of one. Further pages of a TIFF have rows of their own, name#2 and so on;
    of an animation each drawing has one, as it is when it is complete.

    --sdf: a record for each picture, its molfile in the picture's pixels (y upwards), with
    image_id, InChI, SMILES, confidence, atom_confidences, bond_confidences, error and path.
    """
    found = find_pictures(paths)
    pictures = found.pictures
    if skipped := found.told():
        typer.echo(skipped, err=True)
    chosen, folders = choose_reader(reader, weights or [])
    if chosen == "graph":
        _refuse(chosen, {"--beams": beams, "--batch": batch, "--int8": int8 or None})
    else:
        files = {"--sdf": sdf, "--overlays": overlays, "--labels": labels}
        numbers = {"--seconds": seconds, "--jobs": jobs}
        _refuse(chosen, {**files, **numbers, "--always-answer": always_answer or None})
    if chosen == "graph":
        graph_reader = MoleculeReader.from_pretrained(
            weights,
            labels=labels,
            seconds=SECONDS if seconds is None else seconds,
            always_answer=always_answer,
        )
        answers = _by_graph(graph_reader, pictures, overlays, 1 if jobs is None else jobs)
    else:
        answers = _by_sequence(pictures, folders, beams or 4, batch or 16, int8)
    shown = not quiet and (output is not None or sdf is not None)
    sources = [picture.file for picture in pictures]
    write_predictions(progress(answers, len(pictures), shown=shown), sources, output, sdf)
    if output is not None:
        typer.echo(f"{output}: {len(pictures)} pictures")


def _refuse(reader: str, words: Mapping[str, object]) -> None:
    """Raises ValueError for an option that the reader has no use for."""
    for name, value in words.items():
        if value is not None:
            raise ValueError(f"{name} is of no use to the {reader} reader")


def _by_graph(
    reader: MoleculeReader, pictures: Sequence[PictureFile], overlays: Path | None, jobs: int
) -> Iterator[Prediction]:
    answers = reader.predict_many(questions_of(pictures, overlays), jobs)

    def rows() -> Iterator[Prediction]:
        with reader:
            yield from answers

    return rows()


def _by_sequence(
    pictures: Sequence[PictureFile], weights: list[Path], beams: int, batch: int, int8: bool
) -> Iterator[Prediction]:
    from inchify.competition.normalized import normalized_predictions
    from inchify.readers.sequence import SequenceReader, SequenceReaderSettings

    settings = SequenceReaderSettings(
        beams=beams, n_best=min(4, beams), batch=batch, turns="both", window=64, int8=int8
    )
    named = [(picture.image_id, picture.path) for picture in pictures]
    return normalized_predictions(SequenceReader.load(weights, settings), named)


def progress(rows: Iterable[Prediction], count: int, *, shown: bool) -> Iterator[Prediction]:
    """The same, with a bar where the output is a terminal."""
    from tqdm import tqdm

    yield from tqdm(rows, total=count, unit="picture", disable=None if shown else True)


VERBS = (predict,)
