"""The verb that draws a small competition."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inchify.cli.common import SAMPLE_MOLECULES, Jobs, Quiet
from inchify.isolation.threads import process_count


def synth(
    output: Annotated[Path, typer.Option("--output", help="The competition folder to write.")],
    molecules: Annotated[
        Path, typer.Option(help="SMILES or InChI in the first column of .smi, .tsv, .csv (.gz).")
    ] = SAMPLE_MOLECULES,
    train: Annotated[int, typer.Option(min=0, help="Pictures with labels.")] = 2000,
    test: Annotated[int, typer.Option(min=0, help="Pictures whose labels are withheld.")] = 200,
    seed: Annotated[int, typer.Option(help="Another seed, other molecules and noise.")] = 0,
    noise: Annotated[bool, typer.Option(help="The competition's salt and pepper.")] = True,
    turn: Annotated[
        bool, typer.Option(help="Turn half of the test pictures by 90 degrees.")
    ] = True,
    match_lengths: Annotated[
        bool, typer.Option(help="Choose by the competition's histogram of caption lengths.")
    ] = False,
    other_faces: Annotated[
        float, typer.Option(min=0, max=1, help="The share with letters of another sans face.")
    ] = 0.0,
    jobs: Jobs = -1,
    quiet: Quiet = False,
) -> None:
    """Draw a competition: pictures in its own style, labels, and the withheld test labels.

    Stopped and started again it continues; the bytes depend on seed and molecules alone.
    """
    from inchify.synthetic.competition_folder import SynthSettings, make_competition

    settings = SynthSettings(
        train=train, test=test, seed=seed, noise=noise, rotate=turn, other_faces=other_faces
    )
    made = make_competition(
        output,
        molecules,
        settings,
        match_lengths=match_lengths,
        jobs=process_count(jobs),
        progress=not quiet,
    )
    typer.echo(
        f"{output}: {made['train']} train and {made['test']} test pictures, "
        f"{made['rejected']} molecules could not be drawn"
    )


VERBS = (synth,)
