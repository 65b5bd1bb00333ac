"""The verb that answers a competition's test pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inchify.cli.common import Int8, Quiet, tell_result


def submit(
    input: Annotated[
        Path,
        typer.Option("--input", help="Competition folder with sample_submission.csv and test/."),
    ],
    output: Annotated[
        Path, typer.Option("--output", help="Folder for candidates and submission.csv.")
    ],
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            "--checkpoint",
            help="Checkpoint folder, or several of one kind. Default: the shipped graph readers.",
        ),
    ] = None,
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Process only shard I of N, counted from 1.")
    ] = "1/1",
    views: Annotated[
        int,
        typer.Option(
            "--views",
            "--looks",
            min=0,
            help="graph: number of further views of a picture in doubt.",
        ),
    ] = 10,
    beams: Annotated[
        int, typer.Option(min=1, help="sequence: beam width; 1 is greedy search.")
    ] = 4,
    n_best: Annotated[
        int, typer.Option(min=1, help="sequence: number of candidates per picture.")
    ] = 4,
    batch: Annotated[int, typer.Option(min=1, help="sequence: batch size.")] = 16,
    window: Annotated[
        int,
        typer.Option(
            min=1, help="Number of pictures that are sorted by size and written together."
        ),
    ] = 256,
    int8: Int8 = False,
    quiet: Quiet = False,
) -> None:
    """Answer the test pictures of a competition: write candidates, then submission.csv.

    The checkpoints decide which reader is used. Answers of graph readers are drawn and compared
    with the picture: verdicts.csv lists how likely each answer is, whether its drawing explains the
    picture (verified), and why a picture could not be read (error). Sequence checkpoints decode as
    an ensemble; to have their candidates verified, pass them to `ensemble --input`. A run that was
    stopped continues where it stopped.
    """
    from inchify.competition.reader import competition_reader
    from inchify.competition.run import submit as run
    from inchify.competition.sample import parse_shard

    reader = competition_reader(
        checkpoint or [],
        further_views=views,
        beams=beams,
        n_best=n_best,
        batch=batch,
        window=window,
        int8=int8,
    )
    result = run(
        reader,
        input,
        output,
        shard=parse_shard(shard),
        window=window,
        about=reader.about,
        progress=not quiet,
    )
    tell_result(result)


VERBS = (submit,)
