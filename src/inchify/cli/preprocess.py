"""The verb that turns a competition folder into a work folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from inchify.cli.common import Jobs, Quiet


def preprocess(
    input: Annotated[
        Path, typer.Argument(help="Competition folder with train_labels.csv and train/.")
    ],
    output: Annotated[Path, typer.Option("--output", help="Work folder to write.")],
    tokenizer: Annotated[str, typer.Option(help="Tokenizer: inchi or smiles.")] = "inchi",
    vocabulary: Annotated[
        str,
        typer.Option(help="Symbols: default (the competition's) or fitted (those in the labels)."),
    ] = "default",
    folds: Annotated[
        int, typer.Option(min=2, help="Number of folds, stratified by caption length.")
    ] = 5,
    seed: Annotated[int, typer.Option(help="Seed of the folds.")] = 42,
    jobs: Jobs = -1,
    cluster: Annotated[
        str,
        typer.Option(help="Address of a Dask scheduler (tcp://...), or 'local' to start one here."),
    ] = "",
    quiet: Quiet = False,
) -> None:
    """Turn labels and pictures into tables bucketed by caption length and one picture store.

    Rows that cannot be used are listed with the reason in rejected.csv. A run that was stopped
    continues where it stopped and ends with the same bytes.
    """
    from inchify.config import build
    from inchify.data.preprocessing.preprocess import PreprocessSettings
    from inchify.data.preprocessing.preprocess import preprocess as run

    words: dict[str, Any] = {"tokenizer": tokenizer, "vocabulary": vocabulary, "cluster": cluster}
    numbers = {"folds": folds, "seed": seed, "jobs": jobs, "progress": not quiet}
    settings = build(PreprocessSettings, words | numbers)
    counts = run(input, output, settings)["counts"]
    typer.echo(
        f"{output}: {counts['kept']} pictures kept, {counts['rejected']} rejected (rejected.csv)"
    )


VERBS = (preprocess,)
