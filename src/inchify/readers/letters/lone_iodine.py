"""The letter I of terminal iodine atoms among upright strokes.

In a font without serifs that letter is a stroke like any other. It is isolated, exactly upright and
as high as a capital, and one bond ends before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from inchify.readers.letters.connected_components import Component, ComponentMap
from inchify.readers.letters.letter_rows import LetterRow


@dataclass(frozen=True, kw_only=True)
class LoneIodineSettings:
    """``elongation``: range of the letter's length over its thickness; ``height``: range of its
    height in heights of a capital, or in shares of the picture's longer side if no capital was read
    (``unscaled``), with a tolerance of ``rounding`` pixels. Within ``reach`` of its heights one
    bond ends, no letter stands, and nothing runs ``beside`` more than this share of it. Foreground
    above ``faint`` does not connect it to anything, as it does the pieces of a thin slanting line.
    ``confidence``: of the reading."""

    elongation: tuple[float, float] = (4.5, 14.0)
    height: tuple[float, float] = (0.88, 1.12)
    unscaled: tuple[float, float] = (0.04, 0.16)
    rounding: float = 0.6
    reach: float = 0.6
    beside: float = 0.6
    faint: int = 72
    confidence: float = 0.95


def lone_iodines(
    picture: ComponentMap,
    rows: Sequence[LetterRow],
    capital: float,
    settings: LoneIodineSettings | None = None,
) -> list[LetterRow]:
    """Find upright strokes that can only be the letter I.

    Args:
        picture: Components of the drawing.
        rows: Rows of letters that are known.
        capital: Height of a capital in pixels, 0 if none was read.
        settings: Shape and surroundings of such a letter.

    Returns:
        A row with the reading "I" for each such stroke.
    """
    settings = settings or LoneIodineSettings()
    taken = {c.number for row in rows for c in row.letters}
    low, high = settings.height if capital else settings.unscaled
    size = capital or float(max(picture.intensity.shape))
    min_height, max_height = low * size - settings.rounding, high * size + settings.rounding
    return [
        LetterRow((piece,), (("I", settings.confidence),), alone=True)
        for piece in picture.components
        if piece.number not in taken
        and min_height <= piece.height <= max_height
        and _is_upright_bar(piece, settings)
        and _stands_free(picture.intensity, piece, settings)
        and _ends_one_bond(picture, piece, taken, settings)
    ]


def _is_upright_bar(piece: Component, settings: LoneIodineSettings) -> bool:
    """Whether a component is a straight stroke without any slant: its box is full."""
    low, high = settings.elongation
    return piece.upright and low <= piece.elongation <= high and piece.fill >= 0.8


def _stands_free(intensity: np.ndarray, piece: Component, settings: LoneIodineSettings) -> bool:
    """Whether no faint foreground connects a bar to anything above or below it."""
    edge = max(2, round(0.15 * piece.height))
    top, left = max(0, piece.top - edge), max(0, piece.left - edge)
    window_HW = intensity[top : piece.bottom + edge, left : piece.right + edge] > settings.faint
    _, numbers_HW = cv2.connectedComponents(window_HW.astype(np.uint8), connectivity=8)
    # the corners of a bar with round ends may be paper: start from its middle
    middle = (piece.top + piece.bottom) // 2 - top, (piece.left + piece.right) // 2 - left
    bar_HW = numbers_HW == numbers_HW[middle]
    rows = np.flatnonzero(bar_HW.any(axis=1)) + top
    return bool(rows[0] >= piece.top - 1 and rows[-1] <= piece.bottom)


def _ends_one_bond(
    picture: ComponentMap, piece: Component, taken: set[int], settings: LoneIodineSettings
) -> bool:
    """Whether the surroundings of a bar are the end of one stroke that does not run beside it."""
    reach = max(2, round(settings.reach * piece.height))
    top, left = max(0, piece.top - reach), max(0, piece.left - reach)
    window_HW = picture.numbers_HW[top : piece.bottom + reach, left : piece.right + reach]
    others_HW = (window_HW > 0) & (window_HW != piece.number)
    count, _ = cv2.connectedComponents(others_HW.astype(np.uint8), connectivity=8)
    if count != 2 or taken & set(np.unique(window_HW[others_HW]).tolist()):
        return False
    rows = others_HW[piece.top - top : piece.bottom - top]
    middle = piece.left - left
    sides = (rows[:, :middle], rows[:, middle + piece.width :])
    return all(side.any(axis=1).mean() <= settings.beside for side in sides if side.size)
