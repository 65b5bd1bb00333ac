"""The verb that joins the answers of several readers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inchify.cli.common import Quiet, tell_result


def ensemble(
    files: Annotated[
        list[Path], typer.Argument(help="candidates.jsonl files or submissions; first is trusted")
    ],
    output: Annotated[Path, typer.Option("--output", help="The submission to write.")],
    sample: Annotated[
        Path | None,
        typer.Option("--sample", help="The sample_submission.csv. Default: that of --input."),
    ] = None,
    input: Annotated[
        Path | None,
        typer.Option("--input", help="The competition folder: the judge looks at its pictures."),
    ] = None,
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="With --input: only part I of N (from 1).")
    ] = "1/1",
    weights: Annotated[
        list[float] | None,
        typer.Option("--weight", help="Without --input: one for each file; equal if left out."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Merge candidates of several readers, folds or submissions into one submission.

    Without pictures they vote. With --input the judge draws what they propose and holds it against
    the picture; it writes its candidates, verdicts.csv and manifest beside the output, which must
    be called submission.csv, and resumes when stopped.
    """
    from inchify.competition.ensemble import ensemble as run

    if input is None:
        if sample is None:
            raise ValueError("--sample is needed, or --input with its sample_submission.csv")
        run(files, output, weights=weights or None, sample=sample, progress=not quiet)
        typer.echo(str(output))
        return
    if weights:
        raise ValueError("--weight is of no use with --input: the judge weighs by the pictures")
    if output.name != "submission.csv":
        raise ValueError(f"--output is {output}; with --input it must be called submission.csv")
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
