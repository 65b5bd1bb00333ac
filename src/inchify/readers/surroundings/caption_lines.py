"""Isolated text lines, which may be compound identifiers or names of the drawing.

Compound numbers contain strokes (1, I, -) that are not letters near a drawing: a line is read as a
whole here, and only where it stands alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from inchify.readers.letters.connected_components import Component, ComponentMap
from inchify.readers.letters.letter_rows import LetterRow

# Letters that recognizers of labels confuse with digits.
DIGITS = str.maketrans("OoIlSsδ", "0011556")
# A compound's number, perhaps after letters (B-27, Ia, B17, A-1-3), or a Roman one in brackets. One
# digit after a letter may be a formula (CO2).
NUMBER = re.compile(
    r"(?:No\.?)?[(\[]?(?:[A-Z]{1,3}(?=[0-9]{2})|[A-Z]{1,3}-)?[0-9]{1,6}(?:[-.][0-9]{1,4}){0,2}"
    r"[a-z]?'?[)\].:]?"
)
PLAIN = re.compile(r"[(\[]?[0-9]{1,6}[)\].:]?")
ROMAN = re.compile(r"\([IVXijlvx1]{1,5}[a-z]?\)|\[[IVXijlvx1]{1,5}[a-z]?\]")
# A letter in brackets that is not a descriptor of a center or double bond; the word that programs
# write beside drawings with stereocenters, as it may be read.
LETTER = re.compile(r"\([A-DF-QT-Y]\)")
WORD = re.compile(r"C[hb][iIl1]ra[lI1]")


@dataclass(frozen=True, kw_only=True)
class CaptionLineSettings:
    """In heights of a capital: letters are ``low`` to ``high`` high and at most ``wide`` wide,
    strokes among them (1, -) at most as long; one of them is at least ``tall``. They follow each
    other at most ``gap`` apart, and everything else is at least ``away``. A line has at most
    ``letters`` components, one of which is no thin stroke (elongation below ``straight``), since
    they may be a hashed bond. Readings with a confidence below ``unsure`` are ignored."""

    low: float = 0.1
    high: float = 1.5
    wide: float = 1.5
    tall: float = 0.65
    gap: float = 1.0
    away: float = 1.5
    letters: int = 16
    straight: float = 3.0
    unsure: float = 0.05


def caption_lines(
    picture: ComponentMap, capital: float, settings: CaptionLineSettings | None = None
) -> list[LetterRow]:
    """Find lines of at least two components that stand alone.

    Args:
        picture: Components of the picture.
        capital: Height of a capital in pixels.
        settings: Sizes and gaps of a line.

    Returns:
        The lines from left to right, without readings.
    """
    settings = settings or CaptionLineSettings()
    low, high, wide = (capital * s for s in (settings.low, settings.high, settings.wide))
    lines: list[list[Component]] = []
    for piece in sorted(picture.components, key=lambda c: c.left):
        if not (low <= max(piece.width, piece.height) and piece.height <= high):
            continue
        if piece.width > wide:
            continue
        line = next(
            (known for known in lines if _follows(piece, known, settings.gap * capital)), None
        )
        if line is None:
            lines.append([piece])
        else:
            line.append(piece)
    return [
        LetterRow(tuple(line))
        for line in lines
        if 2 <= len(line) <= settings.letters
        and max(c.height for c in line) >= settings.tall * capital
        and any(c.elongation < settings.straight and c.height >= 0.5 * capital for c in line)
        and _stands_alone(picture, line, settings.away * capital)
    ]


def _follows(piece: Component, line: Sequence[Component], gap: float) -> bool:
    """Whether a component continues a line at its height."""
    top, bottom = min(c.top for c in line), max(c.bottom for c in line)
    middle = (piece.top + piece.bottom) / 2
    return piece.left - max(c.right for c in line) <= gap and top <= middle <= bottom


def _stands_alone(picture: ComponentMap, line: Sequence[Component], away: float) -> bool:
    """Whether nothing else is within ``away`` pixels of a line's box."""
    others = (picture.erase(line) > 127).astype(np.uint8)
    reach = int(np.ceil(away))
    left, top = min(c.left for c in line), min(c.top for c in line)
    right, bottom = max(c.right for c in line), max(c.bottom for c in line)
    window = np.zeros_like(others)
    cv2.rectangle(window, (left, top), (right - 1, bottom - 1), 1, -1)
    shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    zone: np.ndarray = cv2.dilate(window, shape)
    return not (others & zone).any()


def is_caption_line(row: LetterRow, settings: CaptionLineSettings | None = None) -> bool:
    """Whether all likely readings of a line are compound numbers or such words.

    Args:
        row: Line with readings.
        settings: Minimum confidence of a reading.
    """
    settings = settings or CaptionLineSettings()
    likely = [text for text, confidence in row.readings if confidence >= settings.unsure]
    return bool(likely) and all(_is_name(text.replace(" ", "")) for text in likely)


def _is_name(text: str) -> bool:
    if any(kind.fullmatch(text) for kind in (ROMAN, NUMBER, LETTER, WORD)):
        return True
    # a letter at the start may be an element (SO2, I2)
    digits = text.translate(DIGITS) if re.match(r"[(\[]?[0-9l]", text) else text
    return PLAIN.fullmatch(digits) is not None and any(c.isdigit() for c in text)
