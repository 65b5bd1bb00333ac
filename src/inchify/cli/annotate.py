"""The verb that places the molecules of labeled pictures, for a graph reader to learn them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def annotate(
    pictures: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of pictures.")],
    labels: Annotated[
        Path, typer.Argument(metavar="LABELS", help="A .csv with the columns image_id and InChI.")
    ],
    output: Annotated[Path, typer.Option("--output", help="Folder to write.")],
    weights: Annotated[
        list[Path] | None,
        typer.Option("--weights", help="Weights of a graph reader. Default: the shipped ones."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Hide the progress bar.")] = False,
) -> None:
    """Locate the atoms and bonds of labeled pictures, so that a reader can be trained on them.

    Train a graph reader on the folder with --set 'data.real=[{folder: OUTPUT, share: 0.1}]'. Where
    no reading is the true molecule, the part that both share is kept and the rest is marked as
    unknown. A run that was stopped continues where it stopped.
    """
    from inchify.readers.annotation_folder import annotate_folder

    done = annotate_folder(pictures, labels, output, weights or (), progress=not quiet)
    counts = ", ".join(f"{number} {name}" for name, number in sorted(done.counts.items()))
    typer.echo(f"{output}: {done.pictures} pictures ({counts}); {done.missing} not found")


VERBS = (annotate,)
