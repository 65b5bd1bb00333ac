"""Rows of a CSV table and SDF records of predictions."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inchify.types import Prediction

COLUMNS = ("image_id", "InChI", "SMILES", "confidence", "verified", "seconds", "error", "path")
# Longest line of an SDF's data.
LINE = 200
EMPTY = "\n     inchify\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n"


def plain(text: str) -> str:
    """Make a text fit for any file: one line of valid UTF-8.

    Args:
        text: Any text; a file name may have bytes that are not UTF-8 (as lone surrogates).

    Returns:
        The lines joined by spaces, with undecodable bytes as backslash escapes.
    """
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return " ".join(text.splitlines())


def table_row(prediction: Prediction, path: str = "") -> tuple[str, ...]:
    """The row of a prediction in the CSV table.

    Args:
        prediction: The answer for one picture.
        path: The picture's file.

    Returns:
        The cells in the order of ``COLUMNS``.
    """
    confidence = "" if prediction.confidence is None else f"{prediction.confidence:.4f}"
    return (
        plain(prediction.image_id),
        prediction.inchi,
        prediction.smiles,
        confidence,
        "true" if prediction.verified else "false",
        f"{prediction.seconds:.3f}",
        plain(prediction.error),
        plain(path),
    )


def sdf_record(prediction: Prediction, path: str = "") -> str:
    """The SDF record of a prediction.

    A picture without a molecule has a record without atoms, so that records and rows of the table
    correspond.

    Args:
        prediction: The answer for one picture.
        path: The picture's file.

    Returns:
        The molfile in pixels of the picture (y times -1), followed by data items. Confidences are
        in the order of the molfile's atoms and bonds.
    """
    _, _, molfile = (prediction.molfile or EMPTY).partition("\n")
    values = dict(zip(COLUMNS, table_row(prediction, path), strict=True))
    properties = {name: values[name] for name in ("image_id", "InChI", "SMILES", "confidence")}
    if prediction.graph is not None and prediction.molfile:
        atoms = [f"{atom.confidence:.4f}" for atom in prediction.graph.atoms]
        properties["atom_confidences"] = " ".join(atoms)
        properties["bond_confidences"] = " ".join(_bond_confidences(prediction))
    properties |= {name: values[name] for name in ("error", "path")}
    lines = [f"{values['image_id']}\n{molfile.rstrip()}\n"]
    for name, value in properties.items():
        if not value:
            continue
        # an identifier is not wrapped: a reader could not tell where
        cut = textwrap.wrap(value, LINE) if name.endswith("confidences") else [value]
        lines.append(f">  <{name}>\n" + "\n".join(cut) + "\n\n")
    return "".join(lines) + "$$$$\n"


def _bond_confidences(prediction: Prediction) -> list[str]:
    """For each bond of the molfile (V2000) the confidence of the graph's bond between its atoms."""
    assert prediction.graph is not None
    known = {frozenset((bond.begin, bond.end)): bond.confidence for bond in prediction.graph.bonds}
    lines = prediction.molfile.split("\n")
    atoms, bonds = int(lines[3][:3]), int(lines[3][3:6])
    confidences = []
    for line in lines[4 + atoms : 4 + atoms + bonds]:
        ends = frozenset((int(line[:3]) - 1, int(line[3:6]) - 1))
        confidences.append(f"{known.get(ends, 1.0):.4f}")
    return confidences
