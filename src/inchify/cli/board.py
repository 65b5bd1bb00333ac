"""The verb that lists submissions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def board(
    folder: Annotated[Path, typer.Argument(help="The folder of submissions.")] = Path(
        "submissions"
    ),
) -> None:
    """Write the table of submissions (README.md) from their manifests and scores."""
    from inchify.competition.board import write_board

    typer.echo(str(write_board(folder)))


VERBS = (board,)
