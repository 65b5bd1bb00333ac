"""The verb that draws a small competition."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inchify.cli.common import SAMPLE_MOLECULES, Jobs, Quiet
from inchify.isolation.threads import process_count


def synth(
    output: Annotated[Path, typer.Option("--output", help="Competition folder to write.")],
    molecules: Annotated[
        Path,
        typer.Option(help="SMILES or InChI in the first column of a .smi, .tsv or .csv (.gz)."),
    ] = SAMPLE_MOLECULES,
    train: Annotated[int, typer.Option(min=0, help="Number of training pictures.")] = 2000,
    test: Annotated[int, typer.Option(min=0, help="Number of test pictures.")] = 200,
    seed: Annotated[
        int, typer.Option(help="Seed of the choice of molecules and of the noise.")
    ] = 0,
    noise: Annotated[
        bool, typer.Option(help="Add the competition's salt-and-pepper noise.")
    ] = True,
    turn: Annotated[
        bool, typer.Option(help="Rotate half of the test pictures by 90 degrees.")
    ] = True,
    match_lengths: Annotated[
        bool, typer.Option(help="Choose molecules to match the competition's caption lengths.")
    ] = False,
    other_faces: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Share of pictures whose letters are of another sans-serif font."
        ),
    ] = 0.0,
    jobs: Jobs = -1,
    quiet: Quiet = False,
) -> None:
    """Draw a competition folder: pictures in the competition's style, with all labels.

    The labels of the test pictures are in a file of their own. The files depend on the seed and the
    molecules alone. A run that was stopped continues where it stopped.
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
