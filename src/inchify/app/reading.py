"""The verbs for loose pictures and scores: predict and evaluate."""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Annotated

import typer

from inchify.types import Prediction, Reader

ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".webp", ".bmp")
COLUMNS = ("image_id", "InChI", "SMILES", "confidence", "verified", "seconds", "error")
WEIGHTS = Path(__file__).parents[3] / "input" / "weights" / "sequence"


def find_pictures(paths: list[Path]) -> list[tuple[str, Path]]:
    """Files as they are named, folders searched through, as (file stem, path) in sorted order.

    Raises ValueError for a path that does not exist or a folder without pictures.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(
                item
                for item in path.rglob("*")
                if item.suffix.lower() in ENDINGS and item.is_file()
            )
            if not inside:
                raise ValueError(f"{path}: no picture in this folder ({', '.join(ENDINGS)})")
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise ValueError(f"{path}: there is no such file or folder")
    return [(path.stem, path) for path in found]


def predict(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Pictures or folders.")],
    output: Annotated[
        Path | None, typer.Option("--output", help="A .csv; printed when left out.")
    ] = None,
    weights: Annotated[
        list[Path] | None,
        typer.Option("--weights", help="Checkpoint folder; several decode together."),
    ] = None,
    beams: Annotated[int, typer.Option(min=1, help="Width of the beam; 1 is greedy.")] = 4,
    batch: Annotated[int, typer.Option(min=1, help="Pictures decoded together.")] = 16,
    int8: Annotated[
        bool, typer.Option("--int8", help="Decode with int8 weights (CPU): faster.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Read loose pictures with the shipped weights (or --weights) into a table.

    Columns: image_id (file name without ending), InChI, SMILES, confidence, verified, seconds,
    error. A picture that cannot be read has an empty InChI and its error; the exit code stays 0.
    """
    pictures = find_pictures(paths)
    from inchify.readers.sequence import SequenceReader, SequenceReaderSettings

    settings = SequenceReaderSettings(
        beams=beams, n_best=min(4, beams), batch=batch, turns="both", window=64, int8=int8
    )
    reader = SequenceReader.load(weights or [WEIGHTS], settings)
    rows = predictions(reader, pictures, progress=not quiet and output is not None)
    if output is None:
        _write(rows, sys.stdout)
        return
    from inchify.submit.files import atomic_text

    with atomic_text(output) as stream:
        _write(rows, stream)
    typer.echo(f"{output}: {len(pictures)} pictures")


def predictions(
    reader: Reader, pictures: list[tuple[str, Path]], *, progress: bool
) -> Iterator[Prediction]:
    """Predictions whose InChI was chosen among the candidates and normalised, with its SMILES."""
    from tqdm import tqdm

    from inchify.chem.normalise import examine
    from inchify.submit.choose import choose, ranked

    bar = tqdm(
        reader.read(pictures),
        total=len(pictures),
        unit="picture",
        disable=None if progress else True,
    )
    for prediction in bar:
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


def _write(rows: Iterator[Prediction], stream: IO[str]) -> None:
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(COLUMNS)
    for row in rows:
        confidence = "" if row.confidence is None else f"{row.confidence:.4f}"
        verified = "true" if row.verified else "false"
        table.writerow(
            (
                row.image_id,
                row.inchi,
                row.smiles,
                confidence,
                verified,
                f"{row.seconds:.3f}",
                row.error,
            )
        )


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
    from inchify.app.evaluate import evaluate as run
    from inchify.submit.files import write_json

    result = run(predictions, truth, html=html, images=images, worst=worst)
    if score is not None:
        write_json(score, result.to_json())


VERBS = (predict, evaluate)
