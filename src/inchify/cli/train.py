"""The verb that trains."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inchify.cli.common import Quiet, Set


def train(
    config: Annotated[Path, typer.Argument(help="Configuration file.")],
    output: Annotated[
        Path | None, typer.Option("--output", help="Folder for checkpoints and logs.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="sequence: work folder written by preprocess (required)."),
    ] = None,
    fold: Annotated[
        int | None,
        typer.Option(help="sequence: fold to validate on (default 0); -1 trains on all folds."),
    ] = None,
    init_from: Annotated[
        Path | None, typer.Option(help="Start from the weights of this checkpoint.")
    ] = None,
    resume: Annotated[bool, typer.Option(help="Continue the run in --output.")] = True,
    stop_after: Annotated[
        float | None, typer.Option(help="Save a checkpoint and stop after this many seconds.")
    ] = None,
    runs: Annotated[
        Path | None,
        typer.Option(
            help="Instead of --output: folder of runs; this one goes to DATA/NETWORK/TIME in it."
        ),
    ] = None,
    assignments: Set = None,
    quiet: Quiet = False,
) -> None:
    """Train the network of a configuration. A run that was stopped resumes to the same weights.

    Only sequence readers take --data and --fold; the others train on pictures that are drawn on the
    fly. To continue a run of --runs, give its folder with --output. To train on several devices,
    use `torchrun --nproc_per_node 4 -m inchify train ...` with --output.
    """
    from inchify.cli.jobs import run_folder, train_job

    if (output is None) == (runs is None):
        raise ValueError("exactly one of --output and --runs is needed")
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
