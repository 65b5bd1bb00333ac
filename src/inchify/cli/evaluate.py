"""The verb that scores predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


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


VERBS = (evaluate,)
