"""The verb that turns a competition folder into a work folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from inchify.cli.common import Jobs, Quiet


def preprocess(
    input: Annotated[Path, typer.Argument(help="Folder with train_labels.csv and train/.")],
    output: Annotated[Path, typer.Option("--output", help="The work folder to write.")],
    tokenizer: Annotated[str, typer.Option(help="inchi or smiles.")] = "inchi",
    vocabulary: Annotated[
        str, typer.Option(help="default: the competition's symbols; fitted: those of the labels.")
    ] = "default",
    folds: Annotated[int, typer.Option(min=2, help="Folds, stratified by length.")] = 5,
    seed: Annotated[int, typer.Option(help="Seed of the folds.")] = 42,
    jobs: Jobs = -1,
    cluster: Annotated[
        str,
        typer.Option(help="A Dask scheduler's address (tcp://...), or 'local' for one made here."),
    ] = "",
    quiet: Quiet = False,
) -> None:
    """Turn labels and pictures into bucket tables by caption length and one picture store.

    Rows that cannot be used are listed in rejected.csv with the reason. Stopped and started again
    it continues and ends with the same bytes.
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
