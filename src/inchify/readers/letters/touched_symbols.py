"""Element symbols that bonds touch, so that they are not separate connected components.

In a window around each atom the strokes of its bonds are removed. The rest that ends within the
window belongs to a letter: its box locates the letters, and everything drawn in that box is read.
Coordinates are pixels of the foreground.

Shape letters: A atom candidates, B bond candidates; H and W pixels of a window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from inchify.chemistry.graph_assembly.candidates import (
    NONE,
    AtomCandidates,
    BondCandidates,
    bond_length,
)
from inchify.readers.labels.picture_text import (
    HYDROGEN_ISOTOPES,
    Labels,
    PictureText,
    is_understood,
)
from inchify.readers.labels.single_atom_label import plain_label
from inchify.readers.labels.windowed_rows import ROUND_LETTERS, STROKE_LETTERS
from inchify.readers.letters.connected_components import Component
from inchify.readers.letters.letter_rows import LetterRow
from inchify.readers.views.coordinates import Frame
from inchify.readers.views.crops import FOREGROUND_LEVEL, Box
from inchify.readers.views.scale_search import line_width


@dataclass(frozen=True, kw_only=True)
class TouchedSymbolSettings:
    """``min_confidence`` of a reading. Bonds with at least the probability ``bond`` are removed,
    ``corridor`` line widths wide. A capital is ``capital`` bond lengths high if no text defines it,
    and at most ``max_capital``. In heights of a capital: ``window``: half its width and height
    around an atom; ``height``: range of the letters' height; their box's middle lies at most
    ``away`` from the atom; strokes that enter the window at most ``beside`` a bond's axis are its
    lines; parts of letters are at most ``gap`` (across, down) apart; farther than ``clear`` from
    the atom bonds may be ``broad`` (wedges, hashes). A row of letters counts as the same if the
    intersection over union of both boxes exceeds ``alike``, or if the row is wider than ``wider``
    boxes and covers the share ``inside`` of the box."""

    min_confidence: float = 0.8
    bond: float = 0.5
    corridor: float = 1.6
    capital: float = 0.45
    max_capital: float = 0.65
    window: tuple[float, float] = (1.5, 0.95)
    height: tuple[float, float] = (0.55, 1.45)
    away: float = 0.7
    beside: float = 0.35
    gap: tuple[float, float] = (0.6, 0.5)
    clear: float = 1.1
    broad: float = 0.7
    alike: float = 0.8
    wider: float = 1.5
    inside: float = 0.8


@dataclass(frozen=True)
class _Place:
    """An atom at ``xy_2``, the unit vectors to its neighbors and their distances."""

    xy_2: np.ndarray
    ways_N2: np.ndarray
    far_N: np.ndarray


def touched_symbols(
    atoms: AtomCandidates,
    bonds: BondCandidates,
    text: PictureText,
    frame: Frame,
    labels: Labels,
    settings: TouchedSymbolSettings | None = None,
) -> list[LetterRow]:
    """Read element symbols at atoms where no row has their letters.

    Args:
        atoms: Atom candidates, in pixels of the network's picture.
        bonds: Bond candidates between those atoms.
        text: Recognized text of the picture, with its components.
        frame: Transform between the foreground and the network's picture.
        labels: Recognizer of possible symbols.
        settings: Sizes and limits.

    Returns:
        A row with one reading for each symbol, in pixels of the foreground.
    """
    settings = settings or TouchedSymbolSettings()
    unit = bond_length(atoms, bonds) / float(np.mean(frame.factors))
    # the height may have been measured on letters that strokes touch
    capital = min(text.capital or settings.capital * unit, settings.max_capital * unit)
    if not len(bonds) or not capital:
        return []
    width = line_width(text.components.intensity)
    boxes = []
    for place in _places(atoms, bonds, frame, settings):
        box = _letters_box(place, text, capital, width, settings)
        if box is not None and not _has_row(box, text.rows, settings):
            boxes.append(box)
    crops = [np.pad(window(text.components.intensity, box), 2) for box in boxes]
    readings = labels.readings(crops, 1) if crops else []
    rows = []
    for box, ((symbol, confidence), *_) in zip(boxes, readings, strict=True):
        if (
            confidence >= settings.min_confidence
            and is_symbol(symbol)
            and not _is_part(symbol, box, text.rows)
        ):
            left, top, right, bottom = box
            area = (right - left) * (bottom - top)
            rows.append(LetterRow((Component(-1, *box, area),), ((symbol, confidence),)))
    return rows


def is_symbol(text: str) -> bool:
    """Whether a text may be an element's symbol: a capital that neither strokes nor rings resemble,
    or a capital and a small letter that are understood."""
    if len(text) == 2:
        return text[0].isupper() and text[1].islower() and is_understood(text)
    known = plain_label(text) is not None and text not in HYDROGEN_ISOTOPES
    return known and len(text) == 1 and text not in (STROKE_LETTERS - {"N"}) | ROUND_LETTERS


def without_parts(rows: Sequence[LetterRow], symbols: Sequence[LetterRow]) -> list[LetterRow]:
    """The rows except those that overlap one of the ``symbols``."""
    return [
        row for row in rows if not any(_shared(row.box, symbol.box) > 0.5 for symbol in symbols)
    ]


def _is_part(symbol: str, box: Box, rows: Sequence[LetterRow]) -> bool:
    """Whether a symbol is only a part of a row's text."""
    return any(_shared(box, row.box) > 0.5 and symbol in row.text for row in rows)


def _shared(box: Box, other: Box) -> float:
    """Intersection of two boxes as a share of the smaller one's area."""
    wide = min(box[2], other[2]) - max(box[0], other[0])
    high = min(box[3], other[3]) - max(box[1], other[1])
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (box, other)]
    return max(0.0, wide) * max(0.0, high) / max(min(areas), 1.0)


def _places(
    atoms: AtomCandidates, bonds: BondCandidates, frame: Frame, settings: TouchedSymbolSettings
) -> Iterator[_Place]:
    xy_A2 = frame.to_picture(atoms.xy_A2)
    likely_B = bonds.log_kind_BK[:, NONE] < np.log(1.0 - settings.bond)
    pairs_B2 = bonds.pairs_B2[likely_B]
    for atom, xy_2 in enumerate(xy_A2):
        others_N = np.concatenate(
            [pairs_B2[pairs_B2[:, 0] == atom, 1], pairs_B2[pairs_B2[:, 1] == atom, 0]]
        )
        steps_N2 = xy_A2[others_N] - xy_2
        far_N = np.maximum(np.hypot(*steps_N2.T), 1e-9)
        yield _Place(xy_2, steps_N2 / far_N[:, None], far_N)


def _letters_box(
    place: _Place, text: PictureText, capital: float, width: float, settings: TouchedSymbolSettings
) -> tuple[int, int, int, int] | None:
    """The box of the foreground at an atom beside its bonds, None if it has not the size of a
    letter."""
    half_2 = capital * np.array(settings.window)
    left, top = np.round(place.xy_2 - half_2).astype(int).tolist()
    right, bottom = np.round(place.xy_2 + half_2).astype(int).tolist()
    drawn_HW = window(text.components.intensity, (left, top, right, bottom)) > FOREGROUND_LEVEL
    here_2 = place.xy_2 - (left, top)
    for row in text.rows:
        if _is_elsewhere(row, place.xy_2, capital, settings):
            x1, y1, x2, y2 = (max(0, round(s)) for s in np.subtract(row.box, (left, top) * 2))
            drawn_HW[y1:y2, x1:x2] = False
    rest_HW = drawn_HW & ~_bonds_of(place, drawn_HW, here_2, capital, width, settings)
    stats = cv2.connectedComponentsWithStats(rest_HW.view(np.uint8), connectivity=8)[2]
    high, wide = drawn_HW.shape
    inside = [
        (x, y, x + w, y + h)
        for x, y, w, h, area in stats[1:].tolist()
        if x > 0 and y > 0 and x + w < wide and y + h < high and area >= 0.3 * width * width
    ]
    if not inside:
        return None
    box = _joined(inside, here_2, capital * np.array(settings.gap))
    tall = (box[3] - box[1]) / capital
    middle_2 = np.array((box[0] + box[2], box[1] + box[3])) / 2
    if not settings.height[0] <= tall <= settings.height[1]:
        return None
    if np.abs(middle_2 - here_2).max() > settings.away * capital:
        return None
    return box[0] + left, box[1] + top, box[2] + left, box[3] + top


def _is_elsewhere(
    row: LetterRow, xy_2: np.ndarray, capital: float, settings: TouchedSymbolSettings
) -> bool:
    """Whether a row that was read with confidence is the label of another atom."""
    left, top, right, bottom = row.box
    x, y = xy_2
    edge = 0.3 * capital
    is_close = left - edge < x < right + edge and top - edge < y < bottom + edge
    return not is_close and row.confidence >= settings.min_confidence and is_understood(row.text)


def _bonds_of(
    place: _Place,
    drawn_HW: np.ndarray,
    here_2: np.ndarray,
    capital: float,
    width: float,
    settings: TouchedSymbolSettings,
) -> np.ndarray:
    """bool (H, W): the strokes of an atom's bonds, from where they enter the window (or else from
    its neighbors) up to the atom."""
    bonds_HW = np.zeros(drawn_HW.shape, np.uint8)
    thick = max(1, round(settings.corridor * width))
    lines, entered = [], set()
    for entry_2 in _entries(drawn_HW):
        step_2 = entry_2 - here_2
        along_N = place.ways_N2 @ step_2
        across_N = np.abs(place.ways_N2 @ np.array([-step_2[1], step_2[0]]))
        across_N[along_N <= 0] = np.inf
        if len(across_N) and across_N.min() <= settings.beside * capital + width:
            bond = int(across_N.argmin())
            entered.add(bond)
            lines.append((entry_2, entry_2 - along_N[bond] * place.ways_N2[bond]))
    for bond in set(range(len(place.far_N))) - entered:
        lines.append((here_2 + place.far_N[bond] * place.ways_N2[bond], here_2))
    for begin_2, end_2 in lines:
        cv2.line(bonds_HW, _pixel(begin_2), _pixel(end_2), 1, thick)
        # what is broader than a line (a wedge, a hash) ends before the letters
        far = float(np.hypot(*(begin_2 - end_2)))
        if far > settings.clear * capital:
            clear_2 = end_2 + (begin_2 - end_2) * settings.clear * capital / far
            broad = max(1, round(settings.broad * capital))
            cv2.line(bonds_HW, _pixel(begin_2), _pixel(clear_2), 1, broad)
    return bonds_HW > 0


def _pixel(place_2: np.ndarray) -> list[int]:
    return [round(c) for c in place_2.tolist()]


def _entries(drawn_HW: np.ndarray) -> Iterator[np.ndarray]:
    """Where strokes cross the border of a window: the middle of each run of foreground on it."""
    high, wide = drawn_HW.shape
    sides = (
        (drawn_HW[0], (0.0, 0.0), (1.0, 0.0)),
        (drawn_HW[-1], (0.0, high - 1.0), (1.0, 0.0)),
        (drawn_HW[:, 0], (0.0, 0.0), (0.0, 1.0)),
        (drawn_HW[:, -1], (wide - 1.0, 0.0), (0.0, 1.0)),
    )
    for side, begin_2, step_2 in sides:
        foreground = np.flatnonzero(side)
        if len(foreground):
            for run in np.split(foreground, np.flatnonzero(np.diff(foreground) > 1) + 1):
                yield np.array(begin_2) + run.mean() * np.array(step_2)


def _joined(
    boxes: Sequence[tuple[int, int, int, int]], here_2: np.ndarray, gap_2: np.ndarray
) -> tuple[int, int, int, int]:
    """The box of the component nearest to an atom and of those at most ``gap_2`` apart from it."""
    rest = sorted(boxes, key=lambda box: _distance(box, here_2))
    left, top, right, bottom = rest.pop(0)
    across, down = gap_2.tolist()
    changed = True
    while changed:
        neighbors = [
            b
            for b in rest
            if b[0] <= right + across
            and b[2] >= left - across
            and b[1] <= bottom + down
            and b[3] >= top - down
        ]
        rest = [b for b in rest if b not in neighbors]
        for b in neighbors:
            left, top = min(left, b[0]), min(top, b[1])
            right, bottom = max(right, b[2]), max(bottom, b[3])
        changed = bool(neighbors)
    return left, top, right, bottom


def _distance(box: tuple[int, int, int, int], xy_2: np.ndarray) -> float:
    return float(np.hypot(*(np.clip(xy_2, box[:2], box[2:]) - xy_2)))


def _has_row(box: Box, rows: Sequence[LetterRow], settings: TouchedSymbolSettings) -> bool:
    """Whether a confident and understood row stands in this box, or this box in a longer one: a
    window around the first letter of CH2SO2 may end in the next letter."""
    for row in rows:
        if row.confidence < settings.min_confidence or not is_understood(row.text):
            continue
        wide = min(box[2], row.box[2]) - max(box[0], row.box[0])
        high = min(box[3], row.box[3]) - max(box[1], row.box[1])
        shared = max(0.0, wide) * max(0.0, high)
        areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (box, row.box)]
        if shared > settings.alike * (sum(areas) - shared):
            return True
        # more than a symbol: T and a bond after it may be what is left of Ti
        longer = len(row.text) > 2
        longer &= row.box[2] - row.box[0] > settings.wider * (box[2] - box[0])
        if longer and shared >= settings.inside * areas[0]:
            return True
    return False


def window(intensity: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """Cut a window out of a picture, with paper where it exceeds it.

    Args:
        intensity: Foreground, uint8 (H, W).
        box: Left, top, right, bottom in pixels.

    Returns:
        The foreground in the box, uint8, at least one pixel wide and high.
    """
    left, top, right, bottom = box
    window = np.zeros((max(1, bottom - top), max(1, right - left)), np.uint8)
    y, x = max(0, -top), max(0, -left)
    part = intensity[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    window[y : y + part.shape[0], x : x + part.shape[1]] = part
    return window
