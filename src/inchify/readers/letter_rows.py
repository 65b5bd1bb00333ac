"""Connected components of a drawing's ink come in; the rows of letters among them go out, each with
its crop for a text reader.

No network is asked: a letter is a component that is neither large nor thin nor a straight stroke,
and a row is letters that follow one another without a wide gap. Ink is uint8 (H, W), 255 full ink;
boxes are left, top, right, bottom in its pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from inchify.readers.crops import EDGE, INK, Box


@dataclass(frozen=True, kw_only=True)
class LetterRowSettings:
    """Heights and gaps are in heights of a capital, ``least_height`` in pixels. ``fill``: least
    share of a letter's box that is ink (rings of a drawing have less). A component this many times
    as long as thick (``straight``) is a stroke. Letters follow each other at most ``gap`` apart and
    share ``overlap`` of the lower one's height; one that is at most ``index`` as high as the other
    (a subscript) and at most ``index_gap`` apart need only touch its height. A dash is at most
    ``dash`` long."""

    least_height: int = 5
    fill: float = 0.2
    straight: float = 4.5
    low: float = 0.35
    high: float = 1.45
    wide: float = 1.6
    gap: float = 0.3
    overlap: float = 0.25
    index: float = 0.75
    index_gap: float = 0.2
    dash: float = 0.6


@dataclass(frozen=True)
class Component:
    """A connected component, or the part of it in a box: its ``number`` in the labelled picture,
    the box, how many pixels it has, and how many times as long as thick it is."""

    number: int
    left: int
    top: int
    right: int
    bottom: int
    area: int
    elongation: float = 1.0

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def fill(self) -> float:
        return self.area / max(self.width * self.height, 1)


@dataclass(frozen=True)
class LetterRow:
    """Letters that stand side by side, from left to right."""

    letters: tuple[Component, ...]
    readings: tuple[tuple[str, float], ...] = ()

    @cached_property
    def box(self) -> Box:
        return (
            float(min(c.left for c in self.letters)),
            float(min(c.top for c in self.letters)),
            float(max(c.right for c in self.letters)),
            float(max(c.bottom for c in self.letters)),
        )

    @property
    def capital(self) -> int:
        """The height of its highest letter in pixels."""
        return max(c.height for c in self.letters)

    @property
    def text(self) -> str:
        """The likeliest reading, "" before it is read."""
        return self.readings[0][0] if self.readings else ""

    @property
    def confidence(self) -> float:
        return self.readings[0][1] if self.readings else 0.0


@dataclass(frozen=True)
class ComponentMap:
    """A picture's components; ``numbers_HW`` int32 tells each pixel's, 0 on paper."""

    ink: np.ndarray
    numbers_HW: np.ndarray = field(repr=False)
    components: tuple[Component, ...] = ()

    @classmethod
    def of(cls, ink: np.ndarray) -> ComponentMap:
        """The components of uint8 ink (H, W), where more than ``crops.INK`` counts as ink."""
        count, numbers_HW, stats, _ = cv2.connectedComponentsWithStats(
            (ink > INK).view(np.uint8), connectivity=8
        )
        found = []
        for number in range(1, count):
            left, top, width, height, area = stats[number].tolist()
            here = numbers_HW[top : top + height, left : left + width] == number
            found.append(
                Component(number, left, top, left + width, top + height, area, elongation(here))
            )
        return cls(ink, numbers_HW, tuple(found))

    def crop(self, letters: Sequence[Component]) -> np.ndarray:
        """The ink of these components alone, with a little paper round it."""
        left, right = min(c.left for c in letters), max(c.right for c in letters)
        top, bottom = min(c.top for c in letters), max(c.bottom for c in letters)
        edge = max(1, round(EDGE * (bottom - top)))
        mine = np.zeros((bottom - top, right - left), np.uint8)
        for c in letters:
            part = mine[c.top - top : c.bottom - top, c.left - left : c.right - left]
            part[self.numbers_HW[c.top : c.bottom, c.left : c.right] == c.number] = 1
        mine = cv2.dilate(np.pad(mine, edge), np.ones((3, 3), np.uint8))
        window = np.zeros_like(mine)
        # the paper round it may lie outside of the picture
        y, x = max(0, edge - top), max(0, edge - left)
        near = self.ink[max(0, top - edge) : bottom + edge, max(0, left - edge) : right + edge]
        window[y : y + near.shape[0], x : x + near.shape[1]] = near
        return window * mine

    def part(self, piece: Component, box: tuple[int, int, int, int]) -> Component | None:
        """What of a component lies in a box (left, top, right, bottom), None where nothing does."""
        left, top, right, bottom = box
        left, top = max(left, piece.left), max(top, piece.top)
        right, bottom = min(right, piece.right), min(bottom, piece.bottom)
        if left >= right or top >= bottom:
            return None
        mine = self.numbers_HW[top:bottom, left:right] == piece.number
        rows, columns = np.flatnonzero(mine.any(axis=1)), np.flatnonzero(mine.any(axis=0))
        if not len(rows):
            return None
        mine = mine[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        return Component(
            piece.number,
            int(left + columns[0]),
            int(top + rows[0]),
            int(left + columns[-1] + 1),
            int(top + rows[-1] + 1),
            int(mine.sum()),
            elongation(mine),
        )


def bridged_rows(
    picture: ComponentMap,
    rows: Sequence[LetterRow],
    capital: float,
    settings: LetterRowSettings | None = None,
) -> list[LetterRow]:
    """Pairs of rows between which one letter hangs on the drawing (a bond touches it), with what of
    the drawing stands between them as that letter. Whether it is one, its reader must tell."""
    settings = settings or LetterRowSettings()
    used = {c.number for row in rows for c in row.letters}
    large = [c for c in picture.components if c.number not in used]
    found = []
    for one in rows:
        for other in rows:
            gap = other.box[0] - one.box[2]
            if not settings.gap * capital < gap <= settings.wide * capital:
                continue
            shared = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
            if shared < -0.1 * capital:
                continue
            base = max(one.box[3], other.box[3]) if shared < 0 else min(one.box[3], other.box[3])
            top = int(min(one.box[1], other.box[1]))
            frame = (int(one.box[2]), top, int(other.box[0]), int(max(base, top + capital)))
            for piece in large:
                letter = picture.part(piece, frame)
                if letter and letter.height >= 0.7 * capital and letter.fill >= settings.fill:
                    found.append(LetterRow((*one.letters, letter, *other.letters)))
    return found


def elongation(mask_HW: np.ndarray) -> float:
    """How many times as long as thick a bool mask is, were it a straight bar."""
    rows, columns = np.nonzero(mask_HW)
    if len(rows) < 2:
        return 1.0
    spread = np.linalg.eigvalsh(np.cov(np.stack([rows, columns]).astype(np.float64), bias=True))
    thick, long = np.sqrt(12 * np.maximum(spread, 0.0) + 1.0)
    return float(long / thick)


def letter_rows(
    components: Sequence[Component],
    capital: float | None = None,
    settings: LetterRowSettings | None = None,
) -> list[LetterRow]:
    """The rows of letters, from top to bottom.

    ``capital``: the height of a capital in pixels; None where nobody knows it yet, then letters of
    every size are found, and what is no letter must be told by who reads them.
    """
    settings = settings or LetterRowSettings()
    solid = [c for c in components if _may_be_letter(c, capital, settings)]
    rows = _joined(solid, capital, settings)
    strokes = [c for c in components if c.elongation >= settings.straight]
    rows = [_with_strokes(row, strokes, capital, settings) for row in rows]
    rows = _joined_rows(rows, capital, settings)
    return sorted(rows, key=lambda row: (row.box[1], row.box[0]))


def _may_be_letter(piece: Component, capital: float | None, settings: LetterRowSettings) -> bool:
    if piece.elongation >= settings.straight or piece.fill < settings.fill:
        return False
    if capital is None:
        return piece.height >= settings.least_height and piece.width <= settings.wide * piece.height
    low = max(settings.low * capital, 3.0)
    return low <= piece.height <= settings.high * capital and piece.width <= settings.wide * capital


def _follows(
    one: Box, other: Box, capital: float, settings: LetterRowSettings, share: float
) -> bool:
    """Whether one box stands beside the other in a row."""
    gap = max(other[0] - one[2], one[0] - other[2])
    shared = min(one[3], other[3]) - max(one[1], other[1])
    lower, higher = sorted((one[3] - one[1], other[3] - other[1]))
    if lower <= settings.index * higher and gap <= settings.index_gap * capital:
        return gap > -lower and shared >= 0
    return gap <= settings.gap * capital and shared >= share * lower


def _box(piece: Component) -> Box:
    return piece.left, piece.top, piece.right, piece.bottom


def _joined(
    letters: Sequence[Component], capital: float | None, settings: LetterRowSettings
) -> list[LetterRow]:
    groups: list[list[Component]] = []
    for piece in sorted(letters, key=lambda c: c.left):
        size = capital or 0.0
        near = [
            group
            for group in groups
            if any(
                _follows(
                    _box(piece),
                    _box(other),
                    size or max(piece.height, other.height),
                    settings,
                    settings.overlap,
                )
                for other in group[-4:]
            )
        ]
        merged = [c for group in near for c in group] + [piece]
        groups = [group for group in groups if group not in near] + [merged]
    return [LetterRow(tuple(sorted(group, key=lambda c: c.left))) for group in groups]


def _with_strokes(
    row: LetterRow,
    strokes: Sequence[Component],
    capital: float | None,
    settings: LetterRowSettings,
) -> LetterRow:
    """The row with the strokes that are its letters: I, l and 1 beside others, and dashes between
    two letters or above the end of a row."""
    size = capital or row.capital
    letters = list(row.letters)
    pending = [s for s in strokes if max(s.height, s.width) <= settings.high * size]
    changed = True
    while changed:
        changed = False
        box = LetterRow(tuple(letters)).box
        for stroke in list(pending):
            upright = stroke.height >= settings.low * size and stroke.width <= 0.35 * size
            dash = stroke.height <= 0.3 * size and stroke.width <= settings.dash * size
            beside = _follows(_box(stroke), box, size, settings, 0.6)
            if upright and beside and not _leans(stroke):
                pass
            elif not (dash and beside and _is_dash(stroke, letters, box, size, settings)):
                continue
            letters.append(stroke)
            pending.remove(stroke)
            changed = True
    return LetterRow(tuple(sorted(letters, key=lambda c: c.left)))


def _leans(stroke: Component) -> bool:
    """Whether an upright stroke is rather a slanting one: its box is wider than the stroke."""
    thick = stroke.area / max(stroke.height, 1)
    return stroke.width > 2.0 * thick + 1


def _is_dash(
    stroke: Component,
    letters: Sequence[Component],
    box: Box,
    size: float,
    settings: LetterRowSettings,
) -> bool:
    """Whether a short level stroke stands between two letters, or as a sign after several."""
    gap = settings.gap * size
    before = any(0 <= stroke.left - c.right + 1 <= gap + 1 for c in letters)
    after = any(0 <= c.left - stroke.right + 1 <= gap + 1 for c in letters)
    middle = (stroke.top + stroke.bottom) / 2
    return (before and after) or (
        before and len(letters) > 1 and middle < box[1] + 0.4 * (box[3] - box[1])
    )


def _joined_rows(
    rows: Sequence[LetterRow], capital: float | None, settings: LetterRowSettings
) -> list[LetterRow]:
    """Rows that strokes have brought together become one."""
    done: list[LetterRow] = []
    for row in sorted(rows, key=lambda row: row.box[0]):
        numbers = {c.number for c in row.letters}
        size = capital or row.capital
        near = [
            other
            for other in done
            if numbers & {c.number for c in other.letters}
            or _follows(row.box, other.box, min(size, other.capital), settings, 0.5)
        ]
        letters = {c.number: c for part in (*near, row) for c in part.letters}
        done = [other for other in done if other not in near]
        done.append(LetterRow(tuple(sorted(letters.values(), key=lambda c: c.left))))
    return done
