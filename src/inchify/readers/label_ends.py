"""Candidates for atoms and a row of letters come in; which atoms stand in the row, and which bare
corners are nothing but the ends of its bonds, comes out.

Shape letters: A atom candidates, B bond candidates, N directions.
"""

from __future__ import annotations

from math import log

import numpy as np

from inchify.chem.assembly_candidates import NONE, AtomCandidates, BondCandidates
from inchify.chem.symbols import ATOM_CLASSES, CORNER
from inchify.readers.crops import INK
from inchify.readers.frames import Frame
from inchify.readers.letter_rows import LetterRow
from inchify.readers.picture_text import PictureText

# Share of a row's height above and below where no bond comes from its side.
LEVEL = 0.15
# Directions in which strokes are sought at a corner, how far off it in heights of a capital, and
# how far a straight stroke may be off its direction in radians.
DIRECTIONS, BEND, STRAIGHT = 72, 0.5, 0.6


def members(atoms: AtomCandidates, row: LetterRow, frame: Frame, edge: float) -> np.ndarray:
    """bool (A,): the atoms that stand in a row of letters, or ``edge`` pixels of ink beside it."""
    left, top, right, bottom = row.box
    x, y = frame.ink(atoms.xy_A2).T
    across = (x > left - edge) & (x < right + edge)
    return np.asarray(across & (y > top - edge) & (y < bottom + edge))


def ends_of_bonds(atoms: AtomCandidates, row: LetterRow, frame: Frame, reach: float) -> np.ndarray:
    """bool (A,): bare corners at most ``reach`` pixels of ink to the left or right of a row."""
    left, top, right, bottom = row.box
    x, y = frame.ink(atoms.xy_A2).T
    level = (y > top + LEVEL * (bottom - top)) & (y < bottom - LEVEL * (bottom - top))
    bare = atoms.class_AK.argmax(axis=1) == ATOM_CLASSES.index(CORNER)
    return np.asarray(bare & level & (x > left - reach) & (x < right + reach))


def stroke_ends(
    atoms: AtomCandidates,
    bonds: BondCandidates,
    inside_A: np.ndarray,
    text: PictureText,
    near_A: np.ndarray,
    frame: Frame,
) -> np.ndarray:
    """bool (A,): bare corners near a row, above or below it, that are likely bonded to one atom
    outside it and at which the stroke does not bend: it ends at a written chain."""
    likely_B = bonds.log_kind_BK[:, NONE] < log(0.5)
    likely_B &= ~inside_A[bonds.pairs_B2].any(axis=1)
    pairs_B2 = bonds.pairs_B2[likely_B]
    degree_A = np.bincount(pairs_B2.ravel(), minlength=len(atoms))
    ends_A = near_A & (degree_A == 1)
    ends_A &= atoms.class_AK.argmax(axis=1) == ATOM_CLASSES.index(CORNER)
    places_A2 = frame.ink(atoms.xy_A2)
    for place in np.flatnonzero(ends_A).tolist():
        (pair,) = pairs_B2[(pairs_B2 == place).any(axis=1)]
        other = int(pair.sum()) - place
        ends_A[place] = not _bends(text, places_A2[place], places_A2[other])
    return ends_A


def _bends(text: PictureText, corner: np.ndarray, other: np.ndarray) -> bool:
    """Whether ink that is no letter leaves a corner in another direction than from and to the
    ``other`` end of its stroke; places in pixels of the ink."""
    letters = [piece.number for row in text.rows for piece in row.letters]
    turn_N = np.linspace(-np.pi, np.pi, DIRECTIONS, endpoint=False)
    off_N = np.minimum(np.abs(turn_N), np.pi - np.abs(turn_N))
    x, y = other - corner
    angle_N = np.arctan2(y, x) + turn_N[off_N > STRAIGHT]
    reach = max(BEND * text.capital, 4.0)
    columns = np.floor(corner[0] + reach * np.cos(angle_N)).astype(int)
    rows = np.floor(corner[1] + reach * np.sin(angle_N)).astype(int)
    height, width = text.components.ink.shape
    place = rows.clip(0, height - 1), columns.clip(0, width - 1)
    drawn_N = text.components.ink[place] > INK
    drawn_N &= ~np.isin(text.components.numbers_HW[place], letters)
    return bool(drawn_N.any())
