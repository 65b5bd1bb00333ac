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
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Pictures, or folders of pictures.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", help="Write a .csv. Default: print the table.")
    ] = None,
    sdf: Annotated[
        Path | None,
        typer.Option("--sdf", help="Write an .sdf with pixel coordinates and confidences."),
    ] = None,
    overlays: Annotated[
        Path | None,
        typer.Option(
            "--overlays", help="Write into this folder each picture overlaid with what was read."
        ),
    ] = None,
    weights: Annotated[
        list[Path] | None,
        typer.Option(
            "--weights",
            help="Weights; they decide which reader is used. Default: the shipped ones.",
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            "--labels", help="graph: weights that read atom labels. Default: the shipped ones."
        ),
    ] = None,
    reader: Annotated[
        str | None, typer.Option("--reader", help="Reader to use: graph (default) or sequence.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help=f"graph: limit in {LIMIT_HELP} (default {SECONDS:g}).")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(help="graph: number of processes; -1 for one per core (default 1)."),
    ] = None,
    beams: Annotated[
        int | None, typer.Option(min=1, help="sequence: beam width (default 4).")
    ] = None,
    batch: Annotated[
        int | None, typer.Option(min=1, help="sequence: batch size (default 16).")
    ] = None,
    int8: Annotated[
        bool,
        typer.Option("--int8", help="sequence: decode with int8 weights: faster, on the CPU only."),
    ] = False,
    always_answer: Annotated[
        bool,
        typer.Option(
            "--always-answer", help="graph: answer even if a picture seems to show no molecule."
        ),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Hide the progress bar.")] = False,
) -> None:
    """Read pictures of single molecules into a table.

    The columns are image_id (the file name without its ending), InChI, SMILES, confidence,
    verified, seconds, error and path (the file as given). A picture that cannot be read has an
    empty InChI and an error; the exit code is still 0. A picture that most likely shows no molecule
    gets the error "no molecule found" with the probability of a molecule. Each page of a TIFF and
    each complete drawing of an animation has its own row (name#2 and so on).

    The records of --sdf have coordinates in pixels of the picture (y upwards) and the fields
    image_id, InChI, SMILES, confidence, atom_confidences, bond_confidences, error and path.
    """
    inputs = find_pictures(paths)
    pictures = inputs.pictures
    if skipped := inputs.message():
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
            raise ValueError(f"{name} cannot be used with the {reader} reader")


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
