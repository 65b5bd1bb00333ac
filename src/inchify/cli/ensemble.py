"""The verb that joins the answers of several readers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inchify.cli.common import Quiet, tell_result


def ensemble(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Candidates (.jsonl), folders of shards, or submissions; the first is preferred."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", help="Submission to write.")],
    sample: Annotated[
        Path | None,
        typer.Option("--sample", help="The sample_submission.csv. Default: the one in --input."),
    ] = None,
    input: Annotated[
        Path | None,
        typer.Option(
            "--input",
            help="Competition folder: let the verifier weigh the answers by its pictures.",
        ),
    ] = None,
    shard: Annotated[
        str,
        typer.Option(
            metavar="I/N", help="With --input: process only shard I of N, counted from 1."
        ),
    ] = "1/1",
    weights: Annotated[
        list[float] | None,
        typer.Option(
            "--weight", help="Without --input: one weight per file. Default: equal weights."
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Merge candidates of several readers, folds or submissions into one submission.

    Without pictures the candidates vote. With --input the verifier draws each candidate and
    compares it with the picture; it writes its candidates, results.csv and a manifest next to the
    output, whose name must be submission.csv. A run that was stopped continues where it stopped.
    """
    from inchify.competition.ensemble import ensemble as run

    if input is None:
        if sample is None:
            raise ValueError(
                "either --sample or --input (a folder with sample_submission.csv) is needed"
            )
        run(files, output, weights=weights or None, sample=sample, progress=not quiet)
        typer.echo(str(output))
        return
    if weights:
        raise ValueError(
            "--weight cannot be used with --input: the verifier weighs answers by the pictures"
        )
    if output.name != "submission.csv":
        raise ValueError(f"--output is {output}; with --input its name must be submission.csv")
    from inchify.competition.judged import CandidatesReader
    from inchify.competition.run import submit as answer
    from inchify.competition.sample import parse_shard

    sample = sample or input / "sample_submission.csv"
    reader = CandidatesReader(files, sample)
    result = answer(
        reader,
        input,
        output.parent,
        shard=parse_shard(shard),
        sample_submission=sample,
        about=reader.about,
        progress=not quiet,
    )
    tell_result(result)


VERBS = (ensemble,)
