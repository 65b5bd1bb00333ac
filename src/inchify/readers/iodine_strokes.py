"""Candidates for atoms and bonds and a picture's text come in; the rows of iodine atoms between
bonds, which look like upright strokes, go out.

An I is a stroke, and strokes alone are pieces of bonds; but no bond is an upright stroke as high as
a capital that stands by itself where several bonds end before it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from inchify.chem.assembly_candidates import NONE, AtomCandidates, BondCandidates
from inchify.chem.symbols import ATOM_CLASSES, CORNER
from inchify.readers.connected_components import Component
from inchify.readers.frames import Frame
from inchify.readers.letter_rows import LetterRow
from inchify.readers.picture_text import PictureText

IODINE = "I"
# How surely such a stroke is an I.
SURE = 0.95
# What a serif I is read as.
READ = frozenset(("I", "l", "1", "|", "i"))
# Bonds that end there, and what of the height of a capital an I may differ by, how far its middle
# may lie from the atom, and how many times it is at least as high as wide.
BONDS, ALIKE, NEAR, SLIM = 2, 0.25, 0.4, 1.8


def iodine_rows(
    atoms: AtomCandidates, bonds: BondCandidates, text: PictureText, frame: Frame
) -> list[LetterRow]:
    """Rows that say I, for the bare corners with several bonds where such a stroke stands alone."""
    likely_B = bonds.log_kind_BK[:, NONE] < np.log(0.5)
    degree_A = np.bincount(bonds.pairs_B2[likely_B].reshape(-1), minlength=len(atoms))
    bare_A = atoms.class_AK.argmax(axis=1) == ATOM_CLASSES.index(CORNER)
    asked_A = bare_A & (degree_A >= BONDS)
    if not text.capital or not asked_A.any():
        return []
    places_N2 = frame.ink(atoms.xy_A2[asked_A])
    used = {c.number for row in text.rows if row.text not in READ for c in row.letters}
    found = []
    for piece in text.components.components:
        if piece.number in used or not _is_upright(piece, text.capital):
            continue
        middle_2 = np.array((piece.left + piece.right, piece.top + piece.bottom)) / 2
        if np.hypot(*(places_N2 - middle_2).T).min() <= NEAR * text.capital:
            row = next((r for r in text.rows if r.letters == (piece,)), LetterRow((piece,)))
            found.append(replace(row, readings=((IODINE, SURE),)))
    return found


def _is_upright(piece: Component, capital: float) -> bool:
    """Whether a component has an I's height and shape."""
    alike = abs(piece.height - capital) <= ALIKE * capital + 1.0
    return alike and piece.height >= SLIM * piece.width and piece.upright
