"""Atoms that stand in a row of letters, and bare corners that are only the ends of its bonds.

Shape letters: A atom candidates.
"""

from __future__ import annotations

from math import log

import numpy as np

from inchify.chemistry.graph_assembly.candidates import NONE, AtomCandidates, BondCandidates
from inchify.chemistry.symbols import ATOM_CLASSES, CORNER
from inchify.readers.letters.letter_rows import LetterRow
from inchify.readers.views.coordinates import Frame

# Share of a row's height above and below where no bond comes from its side.
LEVEL = 0.15


def members(atoms: AtomCandidates, row: LetterRow, frame: Frame, edge: float) -> np.ndarray:
    """Select the atoms that stand in a row of letters.

    Args:
        atoms: Atom candidates, in pixels of the network's picture.
        row: Row of letters, in pixels of the foreground.
        frame: Transform between both.
        edge: Margin around the row's box in foreground pixels.

    Returns:
        Mask of the atoms, bool (A,).
    """
    left, top, right, bottom = row.box
    x, y = frame.to_picture(atoms.xy_A2).T
    across = (x > left - edge) & (x < right + edge)
    return np.asarray(across & (y > top - edge) & (y < bottom + edge))


def ends_of_bonds(
    atoms: AtomCandidates,
    bonds: BondCandidates,
    row: LetterRow,
    frame: Frame,
    reach: float,
    inside_A: np.ndarray,
) -> np.ndarray:
    """Select bare corners beside a row of letters that are only the ends of the label's bonds.

    At most one bond leads from such a corner to an atom outside of the row.

    Args:
        atoms: Atom candidates, in pixels of the network's picture.
        bonds: Bond candidates between those atoms.
        row: Row of letters, in pixels of the foreground.
        frame: Transform between both.
        reach: Greatest distance to the left or right of the row in foreground pixels.
        inside_A: Atoms that stand in the row, bool (A,).

    Returns:
        Mask of the corners, bool (A,).
    """
    left, top, right, bottom = row.box
    x, y = frame.to_picture(atoms.xy_A2).T
    level = (y > top + LEVEL * (bottom - top)) & (y < bottom - LEVEL * (bottom - top))
    bare = atoms.class_AK.argmax(axis=1) == ATOM_CLASSES.index(CORNER)
    near_A = np.asarray(bare & level & (x > left - reach) & (x < right + reach))
    away_B2 = bonds.pairs_B2[bonds.log_kind_BK[:, NONE] < log(0.5)]
    away_B2 = away_B2[~(inside_A | near_A)[away_B2].all(axis=1)]
    count_A = np.bincount(away_B2[~inside_A[away_B2].any(axis=1)].ravel(), minlength=len(atoms))
    return near_A & (count_A < 2)
