"""Iodine atoms drawn as upright strokes, with bonds at or through them.

An I is a stroke, and strokes alone are pieces of bonds; but no bond is an upright stroke as high as
a capital that stands by itself where several bonds end before it, nor one that goes half a capital
beyond the place where bonds meet and ends there.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from inchify.chemistry.graph_assembly.candidates import (
    NONE,
    AtomCandidates,
    BondCandidates,
    bond_length,
)
from inchify.chemistry.symbols import ATOM_CLASSES, CORNER
from inchify.readers.labels.picture_text import PictureText
from inchify.readers.letters.connected_components import Component
from inchify.readers.letters.letter_rows import LetterRow
from inchify.readers.views.coordinates import Frame
from inchify.readers.views.crops import FOREGROUND_LEVEL
from inchify.readers.views.scale_search import FAINT, line_width

IODINE = "I"
# Confidence that such a stroke is an I.
CONFIDENCE = 0.95
# What a serif I is read as.
READ = frozenset(("I", "l", "1", "|", "i"))
# Minimum number of bonds that end there; by what share of a capital's height an I may differ from
# it; greatest distance of its middle from the atom in that height; minimum height over width.
BONDS, ALIKE, MAX_DISTANCE, SLIM = 2, 0.25, 0.4, 1.8
# How far such a stroke goes beyond a corner, in heights of a capital or, if no text defines it, in
# bond lengths; by what share of that its ends may differ; its width in line widths; greatest sine
# of the angle to the vertical at which a bond has the stroke's direction.
BEYOND, BEYOND_BONDS, EVEN, WIDE, LEANING = (0.3, 0.65), (0.12, 0.26), 1.0, 1.8, 0.45
# Greatest shift of the middle of such a stroke in line widths; minimum pixels that it goes beyond
# the corner; in line widths, how far beside slanting ones it ends.
STRAIGHT, LEAST, CLEAR = 0.15, 3.0, 1.5


def iodine_rows(
    atoms: AtomCandidates, bonds: BondCandidates, text: PictureText, frame: Frame
) -> list[LetterRow]:
    """Find iodine atoms drawn as upright strokes at bare corners.

    Such a stroke stands alone where several bonds end before it, or goes beyond a corner of bonds.

    Args:
        atoms: Atom candidates, in pixels of the network's picture.
        bonds: Bond candidates between those atoms.
        text: Recognized text of the picture.
        frame: Transform between the foreground and the network's picture.

    Returns:
        A row that reads I for each such stroke, in pixels of the foreground.
    """
    likely_B = bonds.log_kind_BK[:, NONE] < np.log(0.5)
    degree_A = np.bincount(bonds.pairs_B2[likely_B].reshape(-1), minlength=len(atoms))
    bare_A = atoms.class_AK.argmax(axis=1) == ATOM_CLASSES.index(CORNER)
    return _standing_alone(atoms, text, frame, bare_A & (degree_A >= BONDS)) + [
        row
        for atom in np.flatnonzero(bare_A & (degree_A > 0)).tolist()
        if (row := _touched(atoms, bonds, text, frame, atom)) is not None
    ]


def _standing_alone(
    atoms: AtomCandidates, text: PictureText, frame: Frame, candidate_A: np.ndarray
) -> list[LetterRow]:
    """Rows for the upright strokes at candidate atoms that are separate components."""
    if not text.capital or not candidate_A.any():
        return []
    places_N2 = frame.to_picture(atoms.xy_A2[candidate_A])
    used = {c.number for row in text.rows if row.text not in READ for c in row.letters}
    rows = []
    for piece in text.components.components:
        if piece.number in used or not _is_upright(piece, text.capital):
            continue
        middle_2 = np.array((piece.left + piece.right, piece.top + piece.bottom)) / 2
        if np.hypot(*(places_N2 - middle_2).T).min() <= MAX_DISTANCE * text.capital:
            row = next((r for r in text.rows if r.letters == (piece,)), LetterRow((piece,)))
            rows.append(replace(row, readings=((IODINE, CONFIDENCE),)))
    return rows


def _is_upright(piece: Component, capital: float) -> bool:
    """Whether a component has the height and shape of an I."""
    alike = abs(piece.height - capital) <= ALIKE * capital + 1.0
    return alike and piece.height >= SLIM * piece.width and piece.upright


def _touched(
    atoms: AtomCandidates, bonds: BondCandidates, text: PictureText, frame: Frame, atom: int
) -> LetterRow | None:
    """The row of an I that bonds touch: a thin upright stroke that goes beyond the atom where no
    bond does, up and down alike where its bonds come from the sides."""
    xy_A2 = frame.to_picture(atoms.xy_A2)
    pairs_B2 = bonds.pairs_B2[bonds.log_kind_BK[:, NONE] < np.log(0.5)]
    others_N = np.concatenate(
        [pairs_B2[pairs_B2[:, 0] == atom, 1], pairs_B2[pairs_B2[:, 1] == atom, 0]]
    )
    steps_N2 = xy_A2[others_N] - xy_A2[atom]
    ways_N2 = steps_N2 / np.maximum(np.hypot(*steps_N2.T), 1e-9)[:, None]
    upright_N = np.abs(ways_N2[:, 0]) < LEANING
    free = [sign for sign in (-1, 1) if not (upright_N & (sign * ways_N2[:, 1] > 0)).any()]
    unit = bond_length(atoms, bonds) / float(np.mean(frame.factors))
    low, high = (
        np.array(BEYOND) * text.capital if text.capital else np.array(BEYOND_BONDS) * unit
    ).tolist()
    width = line_width(text.components.intensity)
    x, y = _column(text.components.intensity, xy_A2[atom], width, high)
    if not free:
        return None
    max_length = high * (1.0 + EVEN / 2 * (len(free) == 2))
    strokes = {
        sign: _reach(text.components.intensity, x, y, sign, width, max_length) for sign in free
    }
    reach = {sign: length for sign, (length, _) in strokes.items()}
    if not any(straight for _, straight in strokes.values()):
        return None
    mean = sum(reach.values()) / len(reach)
    clear = max(_clear_of(ways_N2[sign * ways_N2[:, 1] > 0], width) for sign in free)
    if not max(low, 1.5 * width, LEAST, clear) <= mean <= high or min(reach.values()) <= 0:
        return None
    if max(reach.values()) - min(reach.values()) > EVEN * mean:
        return None
    up, down = (reach.get(sign, reach[free[0]]) for sign in (-1, 1))
    half = max(1, round(width / 2))
    box = (x - half, round(y - up), x + half + 1, round(y + down) + 1)
    piece = Component(-1, *box, (box[2] - box[0]) * (box[3] - box[1]))
    return LetterRow((piece,), ((IODINE, CONFIDENCE),), alone=True)


def _clear_of(ways_N2: np.ndarray, width: float) -> float:
    """Minimum length of an upright stroke that protrudes from slanting ones on its side."""
    slopes_N = np.abs(ways_N2[:, 0] / ways_N2[:, 1])
    return CLEAR * width / max(float(slopes_N.min(initial=np.inf)), 1e-9)


def _column(intensity: np.ndarray, xy_2: np.ndarray, width: float, high: float) -> tuple[int, int]:
    """The column of pixels near a place with most foreground above and below it, and the row of the
    place."""
    x, y = (int(c) for c in np.clip(np.round(xy_2), 0, np.array(intensity.shape[::-1]) - 1))
    half_width, half_height = max(1, round(width)), max(1, round(high))
    left = max(0, x - half_width)
    part = intensity[max(0, y - half_height) : y + half_height + 1, left : x + half_width + 1]
    return left + int(part.sum(axis=0, dtype=np.int64).argmax()), y


def _reach(
    intensity: np.ndarray, x: int, y: int, sign: int, width: float, high: float
) -> tuple[float, bool]:
    """Length of a stroke from a place up (-1) or down (1), if it is thin at its end.

    Returns the length in pixels, 0 if no stroke ends within ``high`` pixels and one more, and
    whether the stroke is thin and straight from its middle on."""
    column = (intensity[:, x] > FOREGROUND_LEVEL)[y::sign]
    length = int(column.argmin()) if not column.all() else len(column)
    if not length or length > high + 1:
        return 0.0, False
    middle, end = (
        _middle(intensity[y + sign * round(share * (length - 1))], x, WIDE * width + 1)
        for share in (0.55, 0.95)
    )
    if end is None:
        return 0.0, False
    return length - 0.5, middle is not None and abs(middle - end) <= STRAIGHT * width


def _middle(row: np.ndarray, x: int, max_width: float) -> float | None:
    """The middle of the stroke that crosses a row of pixels at ``x``, None if it is wider than
    ``max_width``."""
    left = x - int((row[x::-1] <= FAINT).argmax() or x + 1) + 1
    right = x + int((row[x:] <= FAINT).argmax() or len(row) - x)
    if right - left > max_width:
        return None
    return float(np.average(np.arange(left, right), weights=row[left:right].astype(float)))
