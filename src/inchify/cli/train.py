"""The verb that trains."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inchify.cli.common import Quiet, Set


def train(
    config: Annotated[Path, typer.Argument(help="A file of configs/.")],
    output: Annotated[
        Path | None, typer.Option("--output", help="Checkpoints and logs go here.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="sequence: a work folder made by preprocess (needed)."),
    ] = None,
    fold: Annotated[
        int | None,
        typer.Option(help="sequence: the fold to validate on (default 0); -1 trains on all."),
    ] = None,
    init_from: Annotated[
        Path | None, typer.Option(help="Start from the weights of this checkpoint (phase two).")
    ] = None,
    resume: Annotated[bool, typer.Option(help="Continue what --output holds.")] = True,
    stop_after: Annotated[
        float | None, typer.Option(help="Save and stop after so many seconds, to go on later.")
    ] = None,
    runs: Annotated[
        Path | None,
        typer.Option(help="Instead of --output: a folder of runs; this goes to DATA/NETWORK/TIME."),
    ] = None,
    assignments: Set = None,
    quiet: Quiet = False,
) -> None:
    """Train one configuration; stopped at any moment it resumes to the same weights.

    Only sequence readers take --data and --fold; for the others pictures are drawn as training
    goes. A run of --runs is continued with --output and its folder. For several devices start it
    with `torchrun --nproc_per_node 4 -m inchify train ...` and --output.
    """
    from inchify.cli.jobs import run_folder, train_job

    if (output is None) == (runs is None):
        raise ValueError("train needs one of --output FOLDER and --runs ROOT")
    if output is None:
        assert runs is not None
        output = run_folder(runs, config, assignments or ())
        typer.echo(f"{output}")
    train_job(
        config,
        output,
        data,
        fold,
        init_from=init_from,
        resume=resume,
        stop_after=stop_after,
        assignments=assignments or (),
        progress=not quiet,
    )


VERBS = (train,)
