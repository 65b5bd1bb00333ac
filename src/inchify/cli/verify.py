"""The verb that checks a known molecule against its picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inchify.readers.files.pool import LIMIT_HELP, SECONDS

if TYPE_CHECKING:
    from inchify.verification.result import VerificationResult


def verify(
    picture: Annotated[Path, typer.Argument(metavar="PICTURE", help="The picture to check.")],
    smiles: Annotated[str | None, typer.Option("--smiles", help="The molecule as SMILES.")] = None,
    inchi: Annotated[str | None, typer.Option("--inchi", help="The molecule as InChI.")] = None,
    molfile: Annotated[
        Path | None, typer.Option("--molfile", help="A molfile with the molecule.")
    ] = None,
    weights: Annotated[
        list[Path] | None,
        typer.Option("--weights", help="Weights of graph readers. Default: the shipped weights."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", help="Weights that read atom labels. Default: the shipped ones."),
    ] = None,
    seconds: Annotated[float, typer.Option(help=f"Limit in {LIMIT_HELP}.")] = SECONDS,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> int:
    """Check whether a picture shows a given molecule.

    Name the molecule by exactly one of --smiles, --inchi and --molfile. Prints the score (the
    chance, 0 to 1, that the picture shows that very molecule, stereo included), whether it is
    verified, what was read, and where the two disagree: the kind, the box in pixels of the picture
    (left, top, right, bottom) and the reason.

    inchify verify picture.png --smiles "CCO"

    The exit code is 0 if the molecule is verified, 1 if it is not, and 2 if the picture cannot be
    read or the arguments are wrong.
    """
    from inchify.readers.molecule_reader import MoleculeReader

    with MoleculeReader.from_pretrained(weights, labels=labels, seconds=seconds) as reader:
        result = reader.verify(
            picture,
            smiles=smiles,
            inchi=inchi,
            molfile=None if molfile is None else molfile.read_text(encoding="utf-8"),
        )
    if as_json:
        typer.echo(json.dumps(result.to_dict(), ensure_ascii=False))
    else:
        _show(result)
    if result.error:
        typer.echo(f"error: {result.error}", err=True)
        return 2
    return 0 if result.verified else 1


def _show(result: VerificationResult) -> None:
    """The result in lines; what was read only where it is another molecule."""
    typer.echo(f"score     {result.score:.4f}")
    typer.echo(f"verified  {'yes' if result.verified else 'no'}")
    read = result.prediction
    if read.inchi != result.inchi:
        typer.echo(f"read      {read.smiles or read.inchi or 'nothing'}")
    for item in result.disagreements:
        box = ",".join(f"{side:.0f}" for side in item.box)
        typer.echo(f"{item.kind}  {box}  {item.reason}")


VERBS = (verify,)
