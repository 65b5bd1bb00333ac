"""What several verbs share: options, and the sentence at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SAMPLE_MOLECULES = Path(__file__).parents[3] / "input" / "sample" / "molecules.smi.gz"
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one setting. May be repeated."),
]
Jobs = Annotated[int, typer.Option(help="Number of processes; -1 for one per core.")]
Int8 = Annotated[
    bool, typer.Option("--int8", help="Decode with int8 weights: faster, on the CPU only.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Hide progress bars.")]


def tell_result(result: Path) -> None:
    """Print the file that a run has written; of a finished run also what it could not read."""
    from inchify.competition.finish import not_read

    typer.echo(str(result))
    if result.name == "submission.csv" and (message := not_read(result.parent)):
        typer.echo(message, err=True)
