"""Text that is not part of the drawing: counter-ions and solvates beside it, atom numbers,
captions.

Boxes are left, top, right, bottom in pixels of the foreground; lengths in the settings are in
heights of a capital.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import cv2
import numpy as np

from inchify.chemistry.species import species_of_text
from inchify.readers.labels.picture_text import PictureText, PictureTextReader
from inchify.readers.labels.single_atom_label import plain_label
from inchify.readers.letters.connected_components import Component
from inchify.readers.letters.hydrogen_halides import HALIDES, bonded_halides, with_joined_l
from inchify.readers.letters.letter_rows import LetterRow
from inchify.readers.surroundings.caption_lines import is_caption_line
from inchify.readers.views.crops import Box
from inchify.readers.views.view import PictureCut
from inchify.types import GraphAtom

# A compound's number or a word, which names a drawing but is not part of it.
CAPTION = re.compile(r"\(?[0-9]{1,3}[a-z]?\)?|.*[a-z]{4,}.*")
# Words of captions that may describe a counter-ion, several molecules or a polymer.
TELLING = re.compile(
    r"ium|ide\b|ate\b|salt|acid|base|hydr|solv|mix|poly|isomer|epimer|racem|ratio|equiv|complex",
    re.IGNORECASE,
)
# Minimum confidence of a caption that counts as understood.
CERTAIN = 0.85
# Components lower than this share of a capital are points or signs; bullets are lower still.
POINT, BULLET = 0.6, 0.35
# A stroke of this elongation is no point, except at most this many heights of a capital after a
# label, as its minus.
SHORT_BOND, SIGN_GAP = 2.0, 0.4
# A disc fills at least this share of its box (pi / 4 of it, letters less) and is lower than the
# capitals after it by this factor.
DISC, DISC_HEIGHT = 0.72, 0.75
# Maximum gap of a bond's dashes in heights of a capital, and minimum cosine between their steps.
DASH_GAP, DASH_LINE = 0.9, 0.95
# Letters that recognizers of labels confuse with digits.
DIGITS = str.maketrans("OoIliBaSzZgqGδb", "001118852299666")
NUMBER = re.compile("[0-9]{1,3}")
# Atom numbers that are read with little confidence are lower than this share of a capital.
SMALL = 0.8


@dataclass(frozen=True, kw_only=True)
class SideTextSettings:
    """Rows at most ``word_gap`` apart form one line. A line at least ``away`` from every line of
    the drawing stands beside it, a single atom's label at least ``label_away``. ``read``: minimum
    confidence of a line. At least ``numbers`` numbers that fill the share ``series`` of 1 to their
    largest are atom numbers, including small ones with a confidence of ``doubtful``."""

    word_gap: float = 1.1
    away: float = 0.7
    label_away: float = 1.8
    read: float = 0.7
    numbers: int = 4
    series: float = 0.6
    doubtful: float = 0.1


@dataclass(frozen=True)
class SideLine:
    """Rows of letters in one line beside a drawing, and their text; ``bonds`` between them."""

    rows: tuple[LetterRow, ...]
    bonds: tuple[Component, ...] = ()

    @property
    def text(self) -> str:
        return " ".join(row.text for row in self.rows)

    @property
    def confidence(self) -> float:
        return min(row.confidence for row in self.rows)

    @cached_property
    def box(self) -> Box:
        sides = np.array([row.box for row in self.rows])
        left, top = sides[:, :2].min(axis=0).tolist()
        right, bottom = sides[:, 2:].max(axis=0).tolist()
        return left, top, right, bottom

    @property
    def letters(self) -> tuple[Component, ...]:
        return (*(c for row in self.rows for c in row.letters), *self.bonds)


@dataclass(frozen=True)
class SideText:
    """``species``: lines that name molecules or ions; ``captions``: lines that name the drawing;
    ``numbers``: the letters of atom numbers; ``bullets``: points before species."""

    species: tuple[SideLine, ...] = ()
    captions: tuple[SideLine, ...] = ()
    numbers: tuple[Component, ...] = ()
    bullets: tuple[Component, ...] = ()

    @property
    def letters(self) -> tuple[Component, ...]:
        """All letters that must be hidden from a reader of the drawing."""
        lines = (*self.species, *self.captions)
        return (*self.numbers, *self.bullets, *(c for line in lines for c in line.letters))

    @property
    def explained(self) -> tuple[Component, ...]:
        """The letters that were understood: all but those of captions that describe the molecule or
        are not read with confidence."""
        known = [
            line
            for line in self.captions
            if (line.confidence >= CERTAIN and not TELLING.search(line.text))
            or (len(line.rows) == 1 and is_caption_line(line.rows[0]))
        ]
        lines = (*self.species, *known)
        return (*self.numbers, *self.bullets, *(c for line in lines for c in line.letters))

    def atoms(self) -> list[GraphAtom]:
        """A label for each line that names species, with its text."""
        return [
            GraphAtom(
                (line.box[0] + line.box[2]) / 2,
                (line.box[1] + line.box[3]) / 2,
                "",
                line.text,
                box=line.box,
                confidence=line.confidence,
            )
            for line in self.species
        ]


def side_text(text: PictureText, settings: SideTextSettings | None = None) -> SideText:
    """Separate text beside a drawing from the drawing.

    Args:
        text: Recognized text of the picture.
        settings: Gaps and thresholds.

    Returns:
        The counter-ions and solvates, captions, atom numbers and bullets.
    """
    settings = settings or SideTextSettings()
    numbers = atom_numbers(text, settings)
    named = [row for row in text.captions if is_caption_line(row)]
    gone = {(c.number, c.left) for c in (*numbers, *(c for row in named for c in row.letters))}
    rows = [row for row in text.rows if not {(c.number, c.left) for c in row.letters} & gone]
    size = text.capital or max((row.capital for row in rows), default=0)
    if not size:
        return SideText(captions=tuple(SideLine((row,)) for row in named), numbers=numbers)
    rows = [row for row in rows if row.capital > POINT * size or row.confidence >= settings.read]
    points = {row.letters for row in rows if _is_bullet_before_any(row, rows, size)}
    rows = [row for row in rows if row.letters not in points]
    bonded = _bonded_lines(text, rows, settings.away * size, settings.read)
    halides = {row.letters for line in bonded for row in line.rows}
    rows = [row for row in rows if row.letters not in halides]
    free = _free_rows(text, rows, settings.away * size)
    far = {row.letters for row in _free_rows(text, rows, settings.label_away * size)}
    free = [with_joined_l(text.components, row) for row in free]
    species, captions = bonded, [SideLine((row,)) for row in named]
    for line in _halides_apart(_in_lines(free, settings.word_gap, size)):
        if line.confidence < settings.read:
            continue
        said = plain_label(line.text)
        atom = said is not None and not said.charge and line.text not in HALIDES
        if atom and line.rows[0].letters not in far:
            continue
        known = species_of_text(line.text)
        if known is not None and not known.error:
            species.append(line)
        elif text.capital and len(line.letters) > 1 and CAPTION.fullmatch(line.text):
            captions.append(line)
    return SideText(tuple(species), tuple(captions), numbers, _bullets(text, species, size))


def _bonded_lines(
    text: PictureText, rows: Sequence[LetterRow], away: float, read: float
) -> list[SideLine]:
    """Hydrogen halides that are drawn with their bond, beside the drawing."""
    lines = []
    for halide in bonded_halides(text, [row for row in rows if row.confidence >= read]):
        if len(_free_rows(text, halide.rows, away, (halide.bond,))) == len(halide.rows):
            lines.append(SideLine(halide.rows, (halide.bond,)))
    return lines


def _halides_apart(lines: Sequence[SideLine]) -> list[SideLine]:
    """The lines, with one line per molecule where all are hydrogen halides."""
    return [
        part
        for line in lines
        for part in (
            [SideLine((row,)) for row in line.rows]
            if all(row.text in HALIDES for row in line.rows)
            else [line]
        )
    ]


def explained_boxes(finder: PictureTextReader, cut: PictureCut) -> list[Box]:
    """Boxes of the letters beside a drawing that were understood.

    Args:
        finder: Reader of the picture's text.
        cut: The drawing's part of the picture.

    Returns:
        Boxes in pixels of the original picture, widened by one pixel; none if the cut was rotated.
    """
    if cut.turns:
        return []
    x, y = cut.shift
    return [
        (c.left + x - 1, c.top + y - 1, c.right + x + 1, c.bottom + y + 1)
        for c in side_text(finder.of(cut.intensity)).explained
    ]


def _is_bullet_before_any(row: LetterRow, rows: Sequence[LetterRow], size: float) -> bool:
    """Whether a supposed letter is the bullet before one of the rows."""
    return len(row.letters) == 1 and any(_is_bullet(row.letters[0], r, size) for r in rows)


def _is_bullet(piece: Component, row: LetterRow, size: float) -> bool:
    """Whether a component is the point before a row of higher letters: a small one, or a disc."""
    square = abs(piece.width - piece.height) <= 0.2 * max(piece.width, piece.height)
    largest = DISC_HEIGHT * row.capital if square and piece.fill >= DISC else BULLET * size
    return max(piece.width, piece.height) <= largest and _goes_before(piece, row)


def _goes_before(point: Component, row: LetterRow) -> bool:
    """Whether a point precedes a row of letters, halfway up."""
    left, top, _, bottom = row.box
    is_close = left - 2.5 * row.capital <= point.left and point.right <= left
    halfway = abs(point.top + point.bottom - top - bottom) < 0.5 * (bottom - top)
    return is_close and halfway


def _bullets(text: PictureText, lines: Sequence[SideLine], size: float) -> tuple[Component, ...]:
    """The points halfway up before lines that name species."""
    firsts = [line.rows[0] for line in lines]
    components = text.components.components
    return tuple(c for c in components if any(_is_bullet(c, first, size) for first in firsts))


def _free_rows(
    text: PictureText, rows: Sequence[LetterRow], away: float, bonds: Sequence[Component] = ()
) -> list[LetterRow]:
    """The rows that are at least ``away`` pixels from all lines of the drawing, except
    ``bonds``."""
    size = text.capital or max((row.capital for row in rows), default=0)
    letters = [c for row in text.rows for c in row.letters]
    points = [c for c in text.components.components if _is_point(c, text.rows, size)]
    points = _without_dashes(points, DASH_GAP * size)
    lines = text.components.erase([*letters, *points, *bonds]) > 127
    if not lines.any():
        return list(rows)
    distance = cv2.distanceTransform((~lines).astype(np.uint8), cv2.DIST_L2, 3)
    free = []
    for row in rows:
        left, top, right, bottom = (int(side) for side in row.box)
        if distance[top:bottom, left:right].min(initial=np.inf) >= away:
            free.append(row)
    return free


def _without_dashes(points: Sequence[Component], gap: float) -> list[Component]:
    """Points except those that stand in a straight row of three or more, at most ``gap`` apart from
    middle to middle: the dashes or bars of a bond."""
    if len(points) < 3:
        return list(points)
    place_N2 = np.array([((c.left + c.right) / 2, (c.top + c.bottom) / 2) for c in points])
    way_NN2 = place_N2[None] - place_N2[:, None]
    close_NN = np.hypot(*way_NN2.transpose(2, 0, 1)) <= gap
    dashes: set[int] = set()
    for middle in range(len(points)):
        others = [n for n in np.flatnonzero(close_NN[middle]).tolist() if n != middle]
        for first, second in combinations(others, 2):
            ways = way_NN2[middle, [first, second]]
            lengths = np.hypot(*ways.T)
            if ways[0] @ ways[1] < -DASH_LINE * max(float(lengths.prod()), 1e-6):
                dashes |= {middle, first, second}
    return [point for number, point in enumerate(points) if number not in dashes]


def _is_point(piece: Component, rows: Sequence[LetterRow], size: float) -> bool:
    """Whether a component is a point or the minus after a label; any other stroke as short as that
    may be a bond between labels."""
    if max(piece.width, piece.height) > POINT * size:
        return False
    if piece.elongation < SHORT_BOND:
        return True
    before, after = False, False
    for row in rows:
        left, top, right, bottom = row.box
        if top <= piece.top and piece.bottom <= bottom:
            before |= 0 <= piece.left - right + 1 <= SIGN_GAP * size + 1
            after |= 0 <= left - piece.right + 1 <= SIGN_GAP * size + 1
    return before and not after and not piece.upright


def _in_lines(rows: Sequence[LetterRow], gap: float, size: float) -> list[SideLine]:
    """Group rows that stand side by side into lines, from left to right; ``gap`` in heights of
    their capitals, which count as at least ``size`` pixels."""
    lines: list[list[LetterRow]] = []
    for row in sorted(rows, key=lambda row: row.box[0]):
        for line in lines:
            last = line[-1]
            shared = min(last.box[3], row.box[3]) - max(last.box[1], row.box[1])
            widest = gap * max(size, min(last.capital, row.capital))
            if row.box[0] - last.box[2] <= widest and shared >= 0.4 * min(
                last.capital, row.capital
            ):
                line.append(row)
                break
        else:
            lines.append([row])
    return [SideLine(tuple(line)) for line in lines]


def atom_numbers(text: PictureText, settings: SideTextSettings) -> tuple[Component, ...]:
    """Find the digits with which a program has numbered the atoms.

    They form a series of small numbers, each alone beside its atom or at the end of a label to
    which it adds nothing.

    Args:
        text: Recognized text of the picture.
        settings: Size and completeness of the series.

    Returns:
        The components of all digits, none without such a series.
    """
    alone: dict[int, list[LetterRow]] = {}
    for row in text.rows:
        if NUMBER.fullmatch(row.text) and row.confidence >= 0.5:
            alone.setdefault(int(row.text), []).append(row)
    certain = {value for value in alone if value}
    if len(certain) < settings.numbers:
        return ()
    digits = [c for rows in alone.values() for row in rows for c in row.letters]
    height = float(np.median([c.height for c in digits]))
    if height < SMALL * text.capital:
        for row in text.rows:
            value = _likely_number(row, height, settings)
            if value and row not in alone.get(value, ()):
                alone.setdefault(value, []).append(row)
    numbers = {value for value in alone if value}
    if len(numbers) < settings.series * max(numbers):
        return ()
    digits = [c for rows in alone.values() for row in rows for c in row.letters]
    for row in text.rows:
        digits += _number_in(row, numbers, height)
    return tuple(digits)


def _likely_number(row: LetterRow, height: float, settings: SideTextSettings) -> int:
    """The number that a row as high as the digits may be, 0 if none. Small digits are often read as
    other characters; a series makes up for the doubt."""
    if not all(0.75 * height <= c.height <= 1.25 * height for c in row.letters):
        return 0
    for text, confidence in row.readings:
        value = text.translate(DIGITS)
        if confidence >= settings.doubtful and NUMBER.fullmatch(value) and value[0] != "0":
            return int(value)
    return 0


def _number_in(row: LetterRow, numbers: set[int], height: float) -> list[Component]:
    """The letters of a number that stands in a row with a label or was read as letters."""
    letters = row.letters
    if len(row.text) != len(letters) or NUMBER.fullmatch(row.text):
        return []
    small = [0.75 * height <= c.height <= 1.25 * height for c in letters]
    digits = row.text.translate(DIGITS)
    parts = [(digits, letters)] if all(small) else []
    for count in (1, 2, 3):
        ends = slice(-count, None), slice(count)
        # small letters beside larger ones may be misread digits
        parts += [((digits if all(small[end]) else row.text)[end], letters[end]) for end in ends]
    for text, part in parts:
        is_number = NUMBER.fullmatch(text) and not text.startswith("0")
        if is_number and int(text) not in numbers and int(text) <= 2 * max(numbers):
            return list(part)
    return []
