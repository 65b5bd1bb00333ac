"""Atom candidates and a picture's text come in; iodines whose letter is a mere upright stroke come
out as rows of one letter.

Between two bonds the letter looks like a corner to a network that saw iodine at ends alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inchify.chem.assembly_candidates import AtomCandidates
from inchify.chem.symbols import ATOM_CLASSES, CORNER
from inchify.readers.connected_components import Component
from inchify.readers.crops import INK
from inchify.readers.frames import Frame
from inchify.readers.letter_rows import LetterRow
from inchify.readers.picture_text import PictureText

IODINE = "I"


@dataclass(frozen=True, kw_only=True)
class UprightLetterSettings:
    """In heights of a capital: an upright stroke through a bare corner, at most ``aside`` from it
    and with its middle at most ``off``, that is from ``low`` to ``high`` high and ends freely, is
    the letter I, surely by ``confidence``. ``seen``: least score of the corner.
    Its ends are ``free`` of other ink to this length."""

    aside: float = 0.15
    off: float = 0.2
    low: float = 0.85
    high: float = 1.2
    seen: float = 0.5
    confidence: float = 0.95
    free: float = 0.25


def upright_iodines(
    atoms: AtomCandidates,
    text: PictureText,
    frame: Frame,
    settings: UprightLetterSettings | None = None,
) -> list[LetterRow]:
    """A row for each bare corner where the letter I stands; none where no capital's height is
    known."""
    settings = settings or UprightLetterSettings()
    if not text.capital:
        return []
    bare_A = atoms.class_AK.argmax(axis=1) == ATOM_CLASSES.index(CORNER)
    inked = text.components.ink > INK
    rows = []
    for x, y in frame.ink(atoms.xy_A2[bare_A & (atoms.score_A >= settings.seen)]).tolist():
        box = _stroke_at(inked, x, y, text.capital, settings)
        if box is not None:
            left, top, right, bottom = box
            piece = Component(-1, left, top, right, bottom, (right - left) * (bottom - top))
            rows.append(LetterRow((piece,), ((IODINE, settings.confidence),)))
    return rows


def _stroke_at(
    inked: np.ndarray, x: float, y: float, capital: float, settings: UprightLetterSettings
) -> tuple[int, int, int, int] | None:
    """The box of an upright stroke as high as a capital round a place."""
    reach = max(1, round(settings.aside * capital))
    columns = []
    for column in range(max(0, round(x) - reach), min(inked.shape[1], round(x) + reach + 1)):
        run = _run(inked[:, column], round(y))
        if run is None:
            continue
        top, bottom = run
        centred = abs((top + bottom) / 2 - y) <= settings.off * capital + 0.5
        if centred and settings.low * capital - 1 <= bottom - top <= settings.high * capital + 1:
            columns.append((column, top, bottom))
    if not columns:
        return None
    top, bottom = min(top for _, top, _ in columns), max(bottom for *_, bottom in columns)
    box = columns[0][0], top, columns[-1][0] + 1, bottom
    return box if _ends_freely(inked, box, round(settings.free * capital)) else None


def _ends_freely(inked: np.ndarray, box: tuple[int, int, int, int], part: int) -> bool:
    """Whether paper lies on both sides of the upper and lower ``part`` pixels of a stroke: a steep
    bond goes on there, one column aside. A pixel next to it may be its own soft edge."""
    left, top, right, bottom = box
    inked = np.pad(inked, 3)
    left, top, right, bottom = left + 3, top + 3, right + 3, bottom + 3
    sides = [left - 3, left - 2, right + 1, right + 2]
    ends = (inked[top : top + part, sides], inked[bottom - part : bottom, sides])
    return not any(end.any() for end in ends)


def _run(column: np.ndarray, place: int) -> tuple[int, int] | None:
    """Begin and end of the ink in a column through a place."""
    if not 0 <= place < len(column) or not column[place]:
        return None
    paper = np.flatnonzero(~column)
    after = int(np.searchsorted(paper, place))
    top = int(paper[after - 1]) + 1 if after else 0
    bottom = int(paper[after]) if after < len(paper) else len(column)
    return top, bottom
