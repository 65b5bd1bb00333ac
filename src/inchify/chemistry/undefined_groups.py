"""Undefined groups (R1, X, Ar, PG): their names, CXSMILES labels and molfile entries.

RDKit's conventions: ``_R1`` as a CXSMILES atom label and ``M  RGP`` in a molfile for numbered R
groups, the name itself and a molfile alias for all others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from inchify.chemistry.abbreviations.table import plain_text
from inchify.chemistry.convert import quiet_chem
from inchify.types import GraphAtom

NUMBERED = re.compile(r"R([0-9]{1,2})")
_LABEL = "atomLabel"
# RDKit's files and Python's strings disagree on other letters.
_ASCII = str.maketrans(
    {
        **dict.fromkeys("●⬤⚫○◯⚪", "bead"),
        **{"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta"},
    }
)
# Isotopes that stand for names while atoms are put into canonical order.
_FIRST_MARK = 1001


def undefined_groups(atoms: Iterable[GraphAtom]) -> str:
    """The error of a molecule with undefined groups, naming each and its place in pixels."""
    names = ", ".join(f"{atom.text or '*'} at ({atom.x:.0f}, {atom.y:.0f})" for atom in atoms)
    return f"contains undefined groups: {names}"


def name_open_end(atom: Any, text: str) -> None:
    """Give a dummy atom the name of the group that it stands for, for CXSMILES and molfiles."""
    name = (plain_text(text) or text).translate(_ASCII).encode("ascii", "replace").decode()
    if name in ("", "*"):
        return
    number = NUMBERED.fullmatch(name)
    atom.SetProp(_LABEL, f"_{name}" if number else name)
    if number:
        atom.SetUnsignedProp("_MolFileRLabel", int(number[1]))
        atom.SetProp("dummyLabel", name)
    else:
        atom.SetProp("molFileAlias", name)


def open_end_name(atom: Any) -> str:
    """The name of a dummy atom, ``*`` where it has none."""
    label = str(atom.GetProp(_LABEL)) if atom.HasProp(_LABEL) else ""
    return label.removeprefix("_") or "*"


def canonical_cxsmiles(molecule: Any) -> str:
    """Write a molecule with undefined groups as canonical CXSMILES.

    Molecules that differ in nothing but the order of their atoms have the same text; atoms with
    different names count as different for order and stereo.

    Args:
        molecule: RDKit molecule; dummy atoms have the names that ``name_open_end`` gave.

    Returns:
        Canonical isomeric SMILES, followed by the names of dummy atoms where they have any.
    """
    chem = quiet_chem()
    marked = chem.Mol(molecule)
    labels = {
        atom.GetIdx(): str(atom.GetProp(_LABEL))
        for atom in marked.GetAtoms()
        if not atom.GetAtomicNum() and atom.HasProp(_LABEL)
    }
    if not labels:
        return str(chem.MolToSmiles(marked))
    marks = {label: _FIRST_MARK + n for n, label in enumerate(sorted(set(labels.values())))}
    for place, label in labels.items():
        marked.GetAtomWithIdx(place).SetIsotope(marks[label])
    chem.AssignStereochemistry(marked, cleanIt=False, force=True)
    smiles = re.sub(r"\[[0-9]{4}\*", "[*", chem.MolToSmiles(marked)).replace("[*]", "*")
    order = marked.GetPropsAsDict(True, True)["_smilesAtomOutputOrder"]
    names = ";".join(_quoted(labels.get(place, "")) for place in order)
    return f"{smiles} |${names}$|"


def _quoted(name: str) -> str:
    """A name with all but letters, digits and underscores as CXSMILES entities."""
    plain = re.compile(r"[A-Za-z0-9_]")
    return "".join(c if plain.fullmatch(c) else f"&#{ord(c)};" for c in name)
