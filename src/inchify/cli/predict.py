"""The verbs for loose pictures and scores: predict and evaluate."""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from inchify.formats.records import COLUMNS, sdf_record, table_row
from inchify.readers.files.picture_files import PictureFile, find_pictures, overlay_names
from inchify.readers.files.pool import LIMIT_HELP, SECONDS, Question
from inchify.readers.molecule_reader import MoleculeReader
from inchify.readers.pretrained import choose_reader
from inchify.types import Prediction, Reader


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
    _write(progress(answers, len(pictures), shown=shown), sources, output, sdf)
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
    if overlays is not None:
        overlays.mkdir(parents=True, exist_ok=True)
    questions = [
        Question(picture.image_id, picture.path, overlays and overlays / name)
        for picture, name in zip(pictures, overlay_names(pictures), strict=True)
    ]
    answers = reader.predict_many(questions, jobs)

    def rows() -> Iterator[Prediction]:
        with reader:
            yield from answers

    return rows()


def _by_sequence(
    pictures: Sequence[PictureFile], weights: list[Path], beams: int, batch: int, int8: bool
) -> Iterator[Prediction]:
    from inchify.readers.sequence import SequenceReader, SequenceReaderSettings

    settings = SequenceReaderSettings(
        beams=beams, n_best=min(4, beams), batch=batch, turns="both", window=64, int8=int8
    )
    named = [(picture.image_id, picture.path) for picture in pictures]
    return predictions(SequenceReader.load(weights, settings), named)


def progress(rows: Iterable[Prediction], count: int, *, shown: bool) -> Iterator[Prediction]:
    """The same, with a bar where the output is a terminal."""
    from tqdm import tqdm

    yield from tqdm(rows, total=count, unit="picture", disable=None if shown else True)


def predictions(reader: Reader, pictures: list[tuple[str, Path]]) -> Iterator[Prediction]:
    """Predictions whose InChI was chosen among the candidates and normalised, with its SMILES."""
    from inchify.chemistry.normalization import examine
    from inchify.competition.choose import choose, ranked

    for prediction in reader.read(pictures):
        if prediction.error:
            yield prediction
            continue
        verdicts = examine([item.text for item in prediction.candidates], details=True)
        normal = {item.text: item.inchi if item.valid else "" for item in verdicts}
        usable = ranked(prediction.candidates)
        if not usable:
            yield replace(
                prediction, inchi="", confidence=None, error="nothing like an InChI was read"
            )
            continue
        inchi = choose(usable, normal)
        smiles = next((item.smiles for item in verdicts if item.valid and item.inchi == inchi), "")
        # the probability of the string that was chosen, which need not be the likeliest
        chosen = next(item for item in usable if inchi in (normal.get(item.text), item.text))
        confidence = math.exp(min(chosen.score, 0.0))
        yield replace(prediction, inchi=inchi, smiles=smiles, confidence=confidence)


def _write(
    rows: Iterator[Prediction], files: Sequence[Path], output: Path | None, sdf: Path | None
) -> None:
    """The table, and the molecules where they are wanted; files appear whole or not at all."""
    from inchify.io.text_files import atomic_text

    with ExitStack() as stack:
        records = None if sdf is None else stack.enter_context(atomic_text(sdf))
        stream = sys.stdout if output is None else stack.enter_context(atomic_text(output))
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(COLUMNS)
        for row, file in zip(rows, files, strict=True):
            table.writerow(table_row(row, str(file)))
            if records is not None:
                records.write(sdf_record(row, str(file)))


def evaluate(
    predictions: Annotated[Path, typer.Argument(help="A .csv with image_id and InChI.")],
    truth: Annotated[Path, typer.Argument(help="A .csv with image_id and InChI.")],
    html: Annotated[
        Path | None, typer.Option("--html", help="A page of the worst cases, drawn.")
    ] = None,
    images: Annotated[
        Path | None, typer.Option("--images", help="Where the pictures are, for the page.")
    ] = None,
    worst: Annotated[int, typer.Option(min=1, help="Cases on the page.")] = 50,
    score: Annotated[
        Path | None, typer.Option("--score", help="A .json of the scores, for the board.")
    ] = None,
) -> None:
    """Score predictions: mean Levenshtein, exact, each layer; with its standard error.

    Both files need columns image_id and InChI. A picture without a prediction counts as empty.
    """
    from inchify.io.text_files import write_json
    from inchify.reports.evaluate import evaluate as run

    result = run(predictions, truth, html=html, images=images, worst=worst)
    if score is not None:
        write_json(score, result.to_json())


VERBS = (predict, evaluate)
