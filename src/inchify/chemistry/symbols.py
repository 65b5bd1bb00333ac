"""Classes that a graph reader distinguishes at one position of a drawing, in the order of its
maps.
"""

from __future__ import annotations

from typing import get_args

from inchify.types import BondKind, GraphAtom

# "corner": a bare corner of the skeleton. "text": a longer label, or an element that is not listed;
# a text reader must read it.
CORNER, TEXT = "corner", "text"
ATOM_CLASSES = (
    *(CORNER, "C", "N", "O", "S", "P", "F", "Cl", "Br", "I", "H", "B", "Si", "Se", "Na", TEXT),
)
CHARGES = (-2, -1, 0, 1, 2)
# Hydrogens written beside the symbol.
HYDROGENS = (0, 1, 2, 3, 4)
# Isotopes written beside the symbol, 0 for none; "D" and "T" are hydrogen with 2 and 3.
ISOTOPES = (0, 2, 3, 11, 13, 14, 15, 18)
BOND_KINDS: tuple[BondKind, ...] = get_args(BondKind)
# Kinds whose two ends differ.
DIRECTED: frozenset[BondKind] = frozenset(("wedge", "hash", "dative"))


def atom_class(atom: GraphAtom) -> str:
    """The class of an atom of a drawn graph.

    Args:
        atom: The atom with its label.

    Returns:
        A name in ``ATOM_CLASSES``.
    """
    if not atom.text:
        return CORNER
    known = (
        atom.symbol in ATOM_CLASSES
        and atom.charge in CHARGES
        and (atom.hydrogens or 0) in HYDROGENS
        and atom.isotope in ISOTOPES
    )
    return atom.symbol if known else TEXT
