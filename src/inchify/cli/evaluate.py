"""The verb that scores predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    predictions: Annotated[
        Path, typer.Argument(help="A .csv with the columns image_id and InChI.")
    ],
    truth: Annotated[Path, typer.Argument(help="A .csv with the columns image_id and InChI.")],
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Write an HTML page with drawings of the worst cases."),
    ] = None,
    images: Annotated[
        Path | None, typer.Option("--images", help="Folder of the pictures, for --html.")
    ] = None,
    worst: Annotated[int, typer.Option(min=1, help="Number of cases on the page.")] = 50,
    score: Annotated[
        Path | None, typer.Option("--score", help="Write the scores as .json, for `board`.")
    ] = None,
) -> None:
    """Score predictions: mean Levenshtein distance, exact matches and matches by layer.

    All scores come with their standard errors. A picture without a prediction counts as an empty
    answer.
    """
    from inchify.io.text_files import write_json
    from inchify.reports.evaluate import evaluate as run

    result = run(predictions, truth, html=html, images=images, worst=worst)
    if score is not None:
        write_json(score, result.to_json())


VERBS = (evaluate,)
