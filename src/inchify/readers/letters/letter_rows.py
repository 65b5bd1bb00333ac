"""Rows of letters among a drawing's connected components, each with its crop for a line
recognizer.

No network is involved: a letter is a component that is neither large nor thin nor a straight
stroke, and a row is letters that follow one another without a wide gap. Foreground is uint8 (H, W),
255 full foreground; boxes are left, top, right, bottom in its pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from inchify.readers.letters.connected_components import Component
from inchify.readers.views.crops import Box

# Pixels between small letters that are no gap; tolerance for gaps in whole pixels between capitals
# lower than the last number of pixels.
LEAST_GAP, ROUNDING, COARSE = 2.0, 0.5, 10.0
# Heights of a capital that the charge of a single letter lies above or below its upper edge.
RAISED = 0.32
# If more components are as small as a dot, they are noise.
MOST_DOTS = 4
# A letter of one stem leans by fewer degrees.
STRAIGHT = 5.0
# Width over height above which a component is no single letter.
FUSED = 1.6
# Share of a dot's box that is foreground.
DOT_FILL = 0.6


@dataclass(frozen=True, kw_only=True)
class LetterRowSettings:
    """Heights and gaps are in heights of a capital, ``least_height`` in pixels. ``fill``: minimum
    share of a letter's box that is foreground (rings of a drawing have less). A component with at
    least the elongation ``straight`` (``slanting`` if it is not upright) is a stroke. Letters are
    between ``low`` and ``high`` high and at most ``wide`` wide. They follow each other at most
    ``gap`` apart and share ``overlap`` of the lower one's height, or ``level`` if it is more than
    ``index`` as high as the other; a lower one (a subscript) at most ``index_gap`` apart need only
    touch the other's height. An upright stroke that is a letter is at most ``stem`` wide, with
    serifs (the l of Times) ``serif``. Maximum lengths: ``dash`` of a dash, ``double_dash`` of each
    line of an equals sign. ``dot``: range of the size of a radical's dot. ``letter_widths``: widths
    that are tried for a letter that a bond touches."""

    least_height: int = 5
    fill: float = 0.15
    straight: float = 4.5
    slanting: float = 2.7
    low: float = 0.35
    high: float = 1.45
    wide: float = 1.6
    gap: float = 0.36
    overlap: float = 0.25
    level: float = 0.5
    index: float = 0.75
    index_gap: float = 0.2
    stem: float = 0.35
    serif: float = 0.42
    dash: float = 0.6
    double_dash: float = 0.85
    dot: tuple[float, float] = (0.12, 0.35)
    letter_widths: tuple[float, ...] = (0.5, 0.7, 0.9, 1.1)


@dataclass(frozen=True)
class LetterRow:
    """Letters side by side, from left to right. ``alone``: its surroundings prove that it is a
    letter, whatever strokes it resembles."""

    letters: tuple[Component, ...]
    readings: tuple[tuple[str, float], ...] = ()
    alone: bool = False

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
        """Height of the highest letter in pixels. Letters that touch each other, which may have
        subscripts, count only if there are no others."""
        single = [c.height for c in self.letters if c.width <= FUSED * c.height]
        return max(single or (c.height for c in self.letters))

    @property
    def text(self) -> str:
        """The likeliest reading, "" before it is read."""
        return self.readings[0][0] if self.readings else ""

    @property
    def confidence(self) -> float:
        return self.readings[0][1] if self.readings else 0.0


def is_stroke(piece: Component, settings: LetterRowSettings) -> bool:
    """Whether a component is a straight stroke."""
    return piece.elongation >= (settings.straight if piece.upright else settings.slanting)


def letter_rows(
    components: Sequence[Component],
    capital: float | None = None,
    settings: LetterRowSettings | None = None,
    fused: Sequence[Component] = (),
) -> list[LetterRow]:
    """Group components into rows of letters.

    Where dashes may join several rows, both the parts and the joined row are returned, because a
    dash may be a bond.

    Args:
        components: Components of the picture.
        capital: Height of a capital in pixels. None if unknown: letters of every size are found
            then, and the recognizer must reject what is no letter.
        settings: Sizes and gaps of letters.
        fused: Those of the components that are several touching letters.

    Returns:
        Rows without readings, from top to bottom.
    """
    settings = settings or LetterRowSettings()
    solid = [c for c in components if c in fused or _may_be_letter(c, capital, settings)]
    rows = _joined(solid, capital, settings)
    strokes = [
        c for c in components if c not in fused and (is_stroke(c, settings) or _is_short_dash(c))
    ]
    plain = [_with_strokes(row, strokes, (), capital, settings) for row in rows]
    dashed = [_with_strokes(row, strokes, solid, capital, settings) for row in rows]
    rows_by_letters = {
        row.letters: row
        for variant in (plain, dashed)
        for row in _joined_rows(variant, capital, settings)
    }
    return sorted(rows_by_letters.values(), key=lambda row: (row.box[1], row.box[0]))


def _may_be_letter(piece: Component, capital: float | None, settings: LetterRowSettings) -> bool:
    if is_stroke(piece, settings) or piece.fill < settings.fill:
        return False
    if capital is None:
        return piece.height >= settings.least_height and piece.width <= settings.wide * piece.height
    low = max(settings.low * capital, 3.0)
    return low <= piece.height <= settings.high * capital and piece.width <= settings.wide * capital


def follows(
    box: Box, other: Box, capital: float, settings: LetterRowSettings, share: float
) -> bool:
    """Whether one box stands beside the other in a row.

    Args:
        box: Left, top, right, bottom in pixels.
        other: The same of the other.
        capital: Height of a capital in pixels.
        settings: Gaps and overlaps.
        share: Minimum overlap in height, as a share of the lower one's height.
    """
    gap = max(other[0] - box[2], box[0] - other[2])
    shared = min(box[3], other[3]) - max(box[1], other[1])
    lower, higher = sorted((box[3] - box[1], other[3] - other[1]))
    if lower <= settings.index * higher and gap <= settings.index_gap * capital:
        return gap > -0.3 * lower and shared >= 0
    if lower > settings.index * higher:
        share = max(share, settings.level)
    widest = max(settings.gap * capital, LEAST_GAP) + (ROUNDING if capital < COARSE else 0.0)
    return gap <= widest and shared >= share * lower


def box_of(piece: Component) -> Box:
    return piece.left, piece.top, piece.right, piece.bottom


def _joined(
    letters: Sequence[Component], capital: float | None, settings: LetterRowSettings
) -> list[LetterRow]:
    groups: list[list[Component]] = []
    for piece in sorted(letters, key=lambda c: c.left):
        least = capital or 0.0
        neighbors = [
            group
            for group in groups
            if any(
                follows(
                    box_of(piece),
                    box_of(other),
                    max(least, min(piece.height, other.height))
                    if least
                    else max(piece.height, other.height),
                    settings,
                    settings.overlap,
                )
                for other in group[-4:]
            )
        ]
        merged = [c for group in neighbors for c in group] + [piece]
        groups = [group for group in groups if group not in neighbors] + [merged]
    return [LetterRow(tuple(part)) for group in groups for part in _level_parts(group, settings)]


def _level_parts(
    letters: Sequence[Component], settings: LetterRowSettings
) -> list[list[Component]]:
    """The letters from left to right, split where a high one is on another level than the high one
    before: two labels, one of whose subscripts is close to the other (CH2 beside CH2)."""
    highest = max(c.height for c in letters)
    parts: list[list[Component]] = []
    last: Component | None = None
    for piece in sorted(letters, key=lambda c: c.left):
        high = piece.height > settings.index * highest
        if not parts or (high and last is not None and not _are_level(last, piece, settings)):
            parts.append([])
        parts[-1].append(piece)
        last = piece if high else last
    return parts


def _are_level(piece: Component, other: Component, settings: LetterRowSettings) -> bool:
    shared = min(piece.bottom, other.bottom) - max(piece.top, other.top)
    return shared >= settings.level * min(piece.height, other.height)


def _with_strokes(
    row: LetterRow,
    strokes: Sequence[Component],
    solid: Sequence[Component],
    capital: float | None,
    settings: LetterRowSettings,
) -> LetterRow:
    """The row with the strokes that are its letters: I, l and 1 beside others, and, if ``solid``
    letters are given, dashes between two of them or above the end of a row."""
    size = capital or row.capital
    letters = list(row.letters)
    pending = [s for s in strokes if max(s.height, s.width) <= settings.high * size]
    changed = True
    while changed:
        changed = False
        box = LetterRow(tuple(letters)).box
        for stroke in list(pending):
            widest = settings.serif if stroke.leaning < STRAIGHT else settings.stem
            upright = stroke.height >= settings.low * size and stroke.width <= widest * size
            longest = settings.double_dash if _is_doubled(stroke, strokes) else settings.dash
            dash = stroke.height <= 0.3 * size and stroke.width <= longest * size
            beside = follows(box_of(stroke), box, size, settings, 0.6)
            if upright and beside and not _leans(stroke):
                pass
            elif not (
                solid
                and dash
                and (
                    (beside and _is_dash(stroke, letters, solid, box, settings, size))
                    or _is_raised_dash(stroke, letters, settings, size)
                )
            ):
                continue
            letters.append(stroke)
            pending.remove(stroke)
            changed = True
    return LetterRow(tuple(sorted(letters, key=lambda c: c.left)))


def _is_doubled(stroke: Component, strokes: Sequence[Component]) -> bool:
    """Whether a horizontal stroke is one of the two of an equals sign: another of the same length
    lies above or below it, at most half its length away."""
    return any(
        abs(stroke.left - other.left) + abs(stroke.right - other.right) <= 2
        and 0 < abs(stroke.top - other.top) <= 0.5 * stroke.width + 1
        for other in strokes
    )


def _is_short_dash(piece: Component) -> bool:
    """Whether a component is a horizontal stroke, however short: the minus of a small letter."""
    return not piece.upright and piece.width >= 2 * piece.height and piece.fill >= DOT_FILL


def _leans(stroke: Component) -> bool:
    """Whether an upright stroke is rather slanting: its box is wider than the stroke."""
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
    """Whether a short horizontal stroke stands between two letters, or as a sign after several."""
    gap = settings.gap * size
    middle = (stroke.top + stroke.bottom) / 2
    level = [c for c in (*letters, *solid) if c.top < middle < c.bottom]
    before = any(0 <= stroke.left - c.right + 1 <= gap + 1 for c in level)
    after = any(0 <= c.left - stroke.right + 1 <= gap + 1 for c in level)
    return (before and after) or (
        before and len(letters) > 1 and middle < box[1] + 0.4 * (box[3] - box[1])
    )


def _is_raised_dash(
    stroke: Component, letters: Sequence[Component], settings: LetterRowSettings, size: float
) -> bool:
    """Whether a short horizontal stroke stands at the upper right corner of a row's last letter, as
    the charge of a single letter does, where no bond ends."""
    last = max(letters, key=lambda c: c.right)
    middle = (stroke.top + stroke.bottom) / 2
    beside = 0 <= stroke.left - last.right + 1 <= settings.gap * size + 1
    return beside and -RAISED * size <= middle - last.top <= RAISED * size


def dotted_rows(
    components: Sequence[Component],
    rows: Sequence[LetterRow],
    capital: float,
    settings: LetterRowSettings | None = None,
) -> list[LetterRow]:
    """Extend rows by a round dot halfway up beside their first or last letter.

    It may be an unpaired electron (O., .CH2); the recognizer decides.

    Args:
        components: Components of the picture.
        rows: Rows of letters.
        capital: Height of a capital in pixels.
        settings: Size of a dot and its gap.

    Returns:
        Additional rows without readings; none if the picture has many specks of a dot's size.
    """
    settings = settings or LetterRowSettings()
    low, high = (size * capital for size in settings.dot)
    low -= 0.5  # its edges lie between pixels
    if sum(max(c.width, c.height) <= high for c in components) > MOST_DOTS:
        return []
    dots = [
        c
        for c in components
        if low <= c.width <= high and low <= c.height <= high and c.fill >= DOT_FILL
    ]
    dotted = []
    for row in rows:
        left, top, right, bottom = row.box
        for dot in dots:
            gap = max(left - dot.right, dot.left - right)
            share = ((dot.top + dot.bottom) / 2 - top) / max(bottom - top, 1.0)
            if 0 <= gap <= settings.gap * capital and 0.25 <= share <= 0.75:
                letters = sorted((*row.letters, dot), key=lambda c: c.left)
                dotted.append(LetterRow(tuple(letters)))
    return dotted


def _joined_rows(
    rows: Sequence[LetterRow], capital: float | None, settings: LetterRowSettings
) -> list[LetterRow]:
    """Merge rows that strokes have connected."""
    done: list[LetterRow] = []
    for row in sorted(rows, key=lambda row: row.box[0]):
        numbers = {c.number for c in row.letters}
        size = capital or row.capital
        neighbors = [
            other
            for other in done
            if numbers & {c.number for c in other.letters}
            or (
                follows(row.box, other.box, min(size, other.capital), settings, 0.5)
                and len(_level_parts((*row.letters, *other.letters), settings)) == 1
            )
        ]
        letters = {c.number: c for part in (*neighbors, row) for c in part.letters}
        done = [other for other in done if other not in neighbors]
        done.append(LetterRow(tuple(sorted(letters.values(), key=lambda c: c.left))))
    return done
