"""Connected components of a drawing's ink come in; the rows of letters among them go out, each with
its crop for a text reader.

No network is asked: a letter is a component that is neither large nor thin nor a straight stroke,
and a row is letters that follow one another without a wide gap. Ink is uint8 (H, W), 255 full ink;
boxes are left, top, right, bottom in its pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from inchify.readers.crops import EDGE, INK, Box

# Cosine of the angle to the vertical up to which a stroke stands upright.
UPRIGHT = 0.906


@dataclass(frozen=True, kw_only=True)
class LetterRowSettings:
    """Heights and gaps are in heights of a capital, ``least_height`` in pixels. ``fill``: least
    share of a letter's box that is ink (rings of a drawing have less). A component this many times
    as long as thick (``straight``; ``slanting`` where it does not stand upright) is a stroke.
    Letters are at least ``low`` and at most ``high`` high and ``wide`` wide. They follow each other
    at most ``gap`` apart and share ``overlap`` of the lower one's height; one that is at most
    ``index`` as high as the other (a subscript) and at most ``index_gap`` apart need only touch its
    height. A dash is at most ``dash`` long. ``letter_widths``: those tried for a letter that a bond
    touches."""

    least_height: int = 5
    fill: float = 0.2
    straight: float = 4.5
    slanting: float = 2.7
    low: float = 0.35
    high: float = 1.45
    wide: float = 1.6
    gap: float = 0.3
    overlap: float = 0.25
    index: float = 0.75
    index_gap: float = 0.2
    dash: float = 0.6
    letter_widths: tuple[float, ...] = (0.5, 0.7, 0.9, 1.1)


@dataclass(frozen=True)
class Component:
    """A connected component, or the part of it in a box: its ``number`` in the labelled picture,
    the box, how many pixels it has, how many times as long as thick it is, and whether its longer
    axis stands upright."""

    number: int
    left: int
    top: int
    right: int
    bottom: int
    area: int
    elongation: float = 1.0
    upright: bool = True

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
                Component(number, left, top, left + width, top + height, area, *shape(here))
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

    def without(self, letters: Iterable[Component]) -> np.ndarray:
        """The ink without these components, uint8 (H, W)."""
        gone = np.zeros(self.numbers_HW.shape, np.uint8)
        for c in letters:
            part = gone[c.top : c.bottom, c.left : c.right]
            part[self.numbers_HW[c.top : c.bottom, c.left : c.right] == c.number] = 1
        return self.ink * (1 - cv2.dilate(gone, np.ones((3, 3), np.uint8)))

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
            *shape(mine),
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


def shape(mask_HW: np.ndarray) -> tuple[float, bool]:
    """How many times as long as thick a bool mask is, were it a straight bar, and whether its long
    axis is within 25 degrees of upright."""
    rows, columns = np.nonzero(mask_HW)
    if len(rows) < 2:
        return 1.0, True
    spread, axes = np.linalg.eigh(np.cov(np.stack([rows, columns]).astype(np.float64), bias=True))
    thick, long = np.sqrt(12 * np.maximum(spread, 0.0) + 1.0)
    return float(long / thick), bool(abs(axes[0, 1]) > UPRIGHT)


def is_stroke(piece: Component, settings: LetterRowSettings) -> bool:
    """Whether a component is a straight stroke."""
    return piece.elongation >= (settings.straight if piece.upright else settings.slanting)


def letter_rows(
    components: Sequence[Component],
    capital: float | None = None,
    settings: LetterRowSettings | None = None,
) -> list[LetterRow]:
    """The rows of letters, from top to bottom; where dashes may join several, both the parts and
    the whole, for a dash may be a bond.

    ``capital``: the height of a capital in pixels; None where nobody knows it yet, then letters of
    every size are found, and what is no letter must be told by who reads them.
    """
    settings = settings or LetterRowSettings()
    solid = [c for c in components if _may_be_letter(c, capital, settings)]
    rows = _joined(solid, capital, settings)
    strokes = [c for c in components if is_stroke(c, settings)]
    plain = [_with_strokes(row, strokes, (), capital, settings) for row in rows]
    dashed = [_with_strokes(row, strokes, solid, capital, settings) for row in rows]
    found = {
        row.letters: row
        for variant in (plain, dashed)
        for row in _joined_rows(variant, capital, settings)
    }
    return sorted(found.values(), key=lambda row: (row.box[1], row.box[0]))


def _may_be_letter(piece: Component, capital: float | None, settings: LetterRowSettings) -> bool:
    if is_stroke(piece, settings) or piece.fill < settings.fill:
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
        return gap > -0.3 * lower and shared >= 0
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
    solid: Sequence[Component],
    capital: float | None,
    settings: LetterRowSettings,
) -> LetterRow:
    """The row with the strokes that are its letters: I, l and 1 beside others, and, where there are
    ``solid`` letters, dashes between two of them or above the end of a row."""
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
            elif not (
                solid and dash and beside and _is_dash(stroke, letters, solid, box, settings, size)
            ):
                continue
            letters.append(stroke)
            pending.remove(stroke)
            changed = True
    return LetterRow(tuple(sorted(letters, key=lambda c: c.left)))


def _leans(stroke: Component) -> bool:
    """Whether an upright stroke is rather a slanting one: its box is wider than the stroke."""
    thick = stroke.area / max(stroke.height, 1)
    return stroke.width > 2.5 * thick + 1


def _is_dash(
    stroke: Component,
    letters: Sequence[Component],
    solid: Sequence[Component],
    box: Box,
    settings: LetterRowSettings,
    size: float,
) -> bool:
    """Whether a short level stroke stands between two letters, or as a sign after several."""
    gap = settings.gap * size
    middle = (stroke.top + stroke.bottom) / 2
    level = [c for c in (*letters, *solid) if c.top < middle < c.bottom]
    before = any(0 <= stroke.left - c.right + 1 <= gap + 1 for c in level)
    after = any(0 <= c.left - stroke.right + 1 <= gap + 1 for c in level)
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


def extended_rows(
    picture: ComponentMap,
    rows: Sequence[LetterRow],
    capital: float,
    is_whole: Callable[[LetterRow], bool],
    settings: LetterRowSettings | None = None,
) -> list[LetterRow]:
    """Rows with one more letter at either end, where what stands there hangs on the drawing (a bond
    touches it). Whether it is a letter, its reader must tell. Only a row that is not whole may want
    a letter that is as thin as a bond (Li)."""
    settings = settings or LetterRowSettings()
    used = {c.number for row in rows for c in row.letters}
    large = [c for c in picture.components if c.number not in used]
    found = []
    for row in rows:
        left, top, right, bottom = (int(side) for side in row.box)
        top = min(top, int(bottom - capital))
        for wide in settings.letter_widths:
            reach = round(wide * capital)
            for frame in ((right, top, right + reach, bottom), (left - reach, top, left, bottom)):
                for piece in large:
                    letter = picture.part(piece, frame)
                    if letter is None or letter.height < 0.45 * capital:
                        continue
                    thin = letter.elongation > 3.2 or letter.fill < settings.fill
                    if thin and is_whole(row):
                        continue
                    if _follows(_box(letter), row.box, capital, settings, 0.3):
                        letters = sorted((*row.letters, letter), key=lambda c: c.left)
                        found.append(LetterRow(tuple(letters)))
    return found
