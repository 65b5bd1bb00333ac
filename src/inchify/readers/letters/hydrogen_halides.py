"""Hydrogen halides beside a drawing, in two styles of drawing programs: ClH whose l and H touch, or
H and Cl with a bond between them.

Boxes are left, top, right, bottom in pixels of the foreground.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from inchify.readers.bonds.short import ShortBondSettings, short_bonds
from inchify.readers.labels.picture_text import PictureText
from inchify.readers.letters.connected_components import Component, ComponentMap
from inchify.readers.letters.letter_rows import LetterRow
from inchify.readers.views.scale_search import line_width

# Labels that are not atoms of a drawing: a halogen with hydrogen has no free bond.
HALIDES = frozenset(("HCl", "ClH", "HBr", "BrH", "HI", "HF"))
HALOGENS = frozenset(("F", "Cl", "Br", "I"))
# Reading of ClH whose l is a part of the H, and the reading that it stands for.
WITHOUT_L, WITH_L = "CH", "ClH"
# Minimum ratio of the foreground's widths left and right of the bar of an H with an l at its left.
DOUBLED = 1.4
# Heights of an H, from its top, where its stems stand alone.
STEMS = ((0.15, 0.38), (0.62, 0.85))
# Maximum length of the bond between H and a halogen, in heights of a capital.
BOND = ShortBondSettings(longest=3.0)


@dataclass(frozen=True)
class BondedHalide:
    """The letters of H and a halogen, from left to right, and the bond between them."""

    rows: tuple[LetterRow, LetterRow]
    bond: Component


def with_joined_l(picture: ComponentMap, row: LetterRow) -> LetterRow:
    """Correct the reading CH to ClH where the l is part of the H.

    Only for rows beside a drawing, where CH has no meaning.

    Args:
        picture: Components of the picture.
        row: Row with readings.

    Returns:
        The row as ClH if the left stem of its H is as broad as two, else unchanged.
    """
    texts = dict(row.readings)
    is_candidate = len(row.letters) == 2 and row.text == WITHOUT_L and WITH_L in texts
    if not is_candidate or not _has_doubled_stem(picture, row.letters[1]):
        return row
    return replace(row, readings=((WITH_L, texts[WITHOUT_L] + texts[WITH_L]),))


def _has_doubled_stem(picture: ComponentMap, letter: Component) -> bool:
    """Whether the foreground left of the bar of an H is broader than its right stem."""
    box = picture.numbers_HW[letter.top : letter.bottom, letter.left : letter.right]
    mask_HW = box == letter.number
    ratios = []
    for low, high in STEMS:
        rows = range(int(low * letter.height), max(int(high * letter.height), 1))
        for foreground_W in (mask_HW[row] for row in rows):
            gaps = np.flatnonzero(~foreground_W)
            if not len(gaps) or not foreground_W[-1]:
                continue
            right = len(foreground_W) - 1 - int(gaps[-1])
            ratios.append((int(foreground_W.sum()) - right) / max(right, 1))
    return bool(ratios) and float(np.median(ratios)) >= DOUBLED


def bonded_halides(text: PictureText, rows: Sequence[LetterRow]) -> list[BondedHalide]:
    """Find pairs of H and a halogen with a single bond between them.

    Args:
        text: Recognized text of the picture.
        rows: Rows to pair.

    Returns:
        The pairs with their bonds.
    """
    hydrogens = [row for row in rows if row.text == "H"]
    halogens = [row for row in rows if row.text in HALOGENS]
    if not hydrogens or not halogens:
        return []
    picture = text.components
    lines = picture.erase(c for row in text.rows for c in row.letters)
    width = line_width(lines)
    halides = []
    for hydrogen in hydrogens:
        for halogen in halogens:
            for bond in short_bonds(lines, (hydrogen.box, halogen.box), width, BOND):
                x, y = np.mean([s.ends_22.mean(axis=0) for s in bond.strokes], axis=0).tolist()
                number = picture.numbers_HW[int(y), int(x)]
                bonds = [c for c in picture.components if c.number == number]
                if bonds and len(bond.strokes) == 1:
                    left, right = sorted((hydrogen, halogen), key=lambda row: row.box[0])
                    halides.append(BondedHalide((left, right), bonds[0]))
    return halides
