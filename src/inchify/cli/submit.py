"""The verb that answers a competition's test pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inchify.cli.common import Int8, Quiet, tell_result


def submit(
    input: Annotated[Path, typer.Option("--input", help="Folder with sample_submission.csv.")],
    output: Annotated[Path, typer.Option("--output", help="Candidates and submission.csv.")],
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            "--checkpoint",
            help="A checkpoint folder, or several of one kind. Default: the shipped graph readers.",
        ),
    ] = None,
    shard: Annotated[str, typer.Option(metavar="I/N", help="Only part I of N (from 1).")] = "1/1",
    looks: Annotated[
        int, typer.Option(min=0, help="graph: further looks at a picture that is in doubt.")
    ] = 10,
    beams: Annotated[
        int, typer.Option(min=1, help="sequence: width of the beam; 1 is greedy.")
    ] = 4,
    n_best: Annotated[int, typer.Option(min=1, help="sequence: candidates for a picture.")] = 4,
    batch: Annotated[int, typer.Option(min=1, help="sequence: pictures decoded together.")] = 16,
    window: Annotated[
        int, typer.Option(min=1, help="Pictures sorted by size and kept at a time.")
    ] = 256,
    int8: Int8 = False,
    quiet: Quiet = False,
) -> None:
    """Answer the test pictures: candidates, then submission.csv. Resumes when stopped.

    The checkpoints decide the reader. What graph readers propose is drawn and held against the
    picture: verdicts.csv says how likely each answer is, whether its drawing explains the picture
    (verified), and why a picture could not be read (error). Sequence checkpoints decode together;
    give their candidates to `ensemble --input` to have them judged.
    """
    from inchify.competition.reader import competition_reader
    from inchify.competition.run import submit as run
    from inchify.competition.sample import parse_shard

    reader = competition_reader(
        checkpoint or [],
        looks=looks,
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
