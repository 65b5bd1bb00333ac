"""Recognition of the text in a picture: rows of letters with their readings, and the height of
capitals.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Protocol

import numpy as np

from inchify.chemistry.abbreviations.expansion import expand_label
from inchify.chemistry.abbreviations.formula_tokens import ELEMENTS
from inchify.readers.labels.bond_ends_in_rows import without_bond_ends, without_short_bonds
from inchify.readers.letters.connected_components import Component, ComponentMap
from inchify.readers.letters.fused_letters import FusedLetterSettings, fused_letters
from inchify.readers.letters.letter_rows import (
    LetterRow,
    LetterRowSettings,
    dotted_rows,
    letter_rows,
)
from inchify.readers.letters.lone_iodine import lone_iodines
from inchify.readers.letters.stacked_letters import stacked_together
from inchify.readers.letters.touching_letters import bridged_rows, extended_rows
from inchify.readers.surroundings.caption_lines import caption_lines

# Pictures whose text is cached: one as it is and without what is not part of the drawing.
REMEMBERED = 4
# Letters of hydrogen's isotopes, which are more often the first of two (Ti).
HYDROGEN_ISOTOPES = frozenset("DT")
# A dash after a capital is rather a bond (O-Ti) than a part of a name (t-Bu).
BOND_DASH = re.compile("[A-Z]-.")
# Numbers of bonds that are tried to find out whether a label is understood.
ATTACHMENTS = (1, 2, 0, 3, 4)


class Labels(Protocol):
    """Recognizer of atom labels in crops."""

    def readings(
        self, crops: Sequence[np.ndarray], max_texts: int
    ) -> list[list[tuple[str, float]]]:
        """Read crops of labels.

        Args:
            crops: Foreground of each label, uint8 (H, W).
            max_texts: Maximum number of texts per crop.

        Returns:
            For each crop its texts with their confidence, the likeliest first.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class PictureTextSettings:
    """``trusted``: minimum confidence of an understood reading that counts for the height of
    capitals, ``long_trusted`` if it has three letters or more, ``certain`` of any other reading.
    Heights that differ by at most the share ``alike`` count as equal. A picture with more than
    ``most_components`` or ``most_rows`` is not a drawing of a molecule. ``readings``: number of
    texts kept for each row."""

    rows: LetterRowSettings = field(default_factory=LetterRowSettings)
    fused: FusedLetterSettings = field(default_factory=FusedLetterSettings)
    trusted: float = 0.7
    long_trusted: float = 0.5
    certain: float = 0.9
    alike: float = 0.2
    most_components: int = 1500
    most_rows: int = 200
    readings: int = 3


@dataclass(frozen=True)
class PictureText:
    """``rows`` with their readings; ``capital``: height of a capital in pixels, 0 if no text is
    certain enough to measure it; ``components``: the picture's connected components; ``captions``:
    isolated lines, each read as a whole, whose letters may stand in rows too."""

    components: ComponentMap
    rows: tuple[LetterRow, ...] = ()
    capital: float = 0.0
    captions: tuple[LetterRow, ...] = ()


def read_text(
    intensity: np.ndarray, labels: Labels, settings: PictureTextSettings | None = None
) -> PictureText:
    """Find and read all rows of letters in a picture.

    Rows are found without a scale first, then by the height of the letters that were read with
    confidence.

    Args:
        intensity: Foreground of the picture, uint8 (H, W).
        labels: Recognizer of the rows.
        settings: Thresholds and limits.

    Returns:
        The rows with readings; none if the picture has too many components or rows.
    """
    settings = settings or PictureTextSettings()
    picture = ComponentMap.of(intensity)
    if len(picture.components) > settings.most_components:
        return PictureText(picture)
    rows = letter_rows(picture.components, None, settings.rows)
    if len(rows) > settings.most_rows:
        return PictureText(picture)
    rows = read_rows(picture, rows, labels, settings.readings)
    rows = without_doubles(rows, settings.trusted)
    capital = capital_height(rows, settings)
    if not capital:
        return PictureText(picture, (*rows, *lone_iodines(picture, rows, 0.0)))
    known = {row.letters: row for row in rows}
    fused = fused_letters(picture, capital, settings.fused)
    candidates = letter_rows(picture.components, capital, settings.rows, fused)
    new = [row for row in candidates if row.letters not in known]
    known |= {row.letters: row for row in read_rows(picture, new, labels, settings.readings)}
    longer = [
        *bridged_rows(picture, candidates, capital, settings.rows),
        *dotted_rows(picture.components, candidates, capital, settings.rows),
        *extended_rows(
            picture,
            [known.get(row.letters, row) for row in candidates],
            capital,
            _is_complete,
            settings.rows,
        ),
    ]
    candidates += longer
    new = [row for row in candidates if row.letters not in known]
    known |= {row.letters: row for row in read_rows(picture, new, labels, settings.readings)}
    # text beside a drawing may be larger than its labels
    larger = [row for row in rows if row.capital > capital and row.confidence >= settings.trusted]
    candidates += [row for row in larger if is_understood(row.text) or row.text.isdigit()]
    rows = without_doubles([known[row.letters] for row in candidates], settings.trusted)
    rows = without_short_bonds(
        rows, capital, lambda new: read_rows(picture, new, labels, settings.readings)
    )
    rows = stacked_together(without_bond_ends(picture, rows), capital)
    rows = [*rows, *lone_iodines(picture, rows, capital)]
    captions = read_rows(picture, caption_lines(picture, capital), labels, settings.readings)
    return PictureText(picture, tuple(rows), capital, tuple(captions))


def read_rows(
    picture: ComponentMap, rows: Sequence[LetterRow], labels: Labels, max_readings: int
) -> list[LetterRow]:
    """Read rows of letters.

    Digits above others (an isotope over a count of hydrogens) are read separately and inserted.

    Args:
        picture: Components of the picture.
        rows: Rows to read.
        labels: Recognizer of the rows.
        max_readings: Maximum number of texts per row.

    Returns:
        The rows in the same order, with readings.
    """
    above = [superscript_over_subscript(row) for row in rows]
    bases = [
        [c for c in row.letters if c not in high] for row, high in zip(rows, above, strict=True)
    ]
    stacked = [place for place, high in enumerate(above) if high]
    crops = [picture.crop(base) for base in bases]
    crops += [picture.crop(above[place]) for place in stacked]
    readings_by_crop = labels.readings(crops, max_readings)
    texts = [alike_together(readings) for readings in readings_by_crop[: len(rows)]]
    for place, readings in zip(stacked, readings_by_crop[len(rows) :], strict=True):
        texts[place] = _with_superscript(texts[place], readings, bases[place], above[place])
    return [replace(row, readings=tuple(r)) for row, r in zip(rows, texts, strict=True)]


def superscript_over_subscript(row: LetterRow) -> list[Component]:
    """The small letters of a row that stand above other small letters of it."""
    small = [c for c in row.letters if c.height <= 0.8 * row.capital]
    return [
        c
        for c in small
        if any(
            c.bottom <= other.top + 0.25 * c.height
            and min(c.right, other.right) - max(c.left, other.left) > 0.3 * c.width
            for other in small
        )
        or any(
            c.bottom <= other.top + 0.25 * c.height and abs(c.left - other.right) < 0.3 * c.height
            for other in small
            if len(small) > 2
        )
    ]


def _with_superscript(
    base: list[tuple[str, float]],
    high: list[tuple[str, float]],
    letters: Sequence[Component],
    above: Sequence[Component],
) -> list[tuple[str, float]]:
    """Readings with the superscript's digits inserted at their place among the letters of the
    line."""
    digits, digit_confidence = high[0]
    right = max(c.right for c in above)
    before = sum((c.left + c.right) / 2 < right for c in letters)
    joined = []
    for text, confidence in base:
        if len(text) == len(letters):
            joined.append((text[:before] + digits + text[before:], confidence * digit_confidence))
    return joined or base


def alike_together(readings: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Merge readings that mean the same structure (TIPS, TlPS) into the likeliest of them."""
    merged: dict[object, tuple[str, float]] = {}
    for text, confidence in readings:
        key = meaning(text) or text
        known = merged.get(key)
        merged[key] = (text, confidence) if known is None else (known[0], known[1] + confidence)
    return sorted(merged.values(), key=lambda reading: -reading[1])


@lru_cache(maxsize=20_000)
def meaning(text: str) -> str:
    """SMILES of a label with one bond, or else with two; "" if none is known."""
    expanded = expand_label(text, 1) or expand_label(text, 2)
    return "" if expanded is None or expanded.r_groups else expanded.smiles


def capital_height(rows: Sequence[LetterRow], settings: PictureTextSettings) -> float:
    """Measure the height of capitals by the rows that are read with confidence and understood.

    Args:
        rows: Rows with readings.
        settings: Confidence thresholds, and which heights count as equal.

    Returns:
        The most common height of their letters in pixels, 0 if there is no such row.
    """
    votes = []
    for row in rows:
        written = len(row.text) > 1 and row.text.isalpha() and row.confidence > settings.certain
        least = settings.trusted if len(row.letters) < 3 else settings.long_trusted
        if row.confidence < least or not (written or is_understood(row.text)):
            continue
        if not any(letter.isupper() for letter in row.text):
            continue
        highest = row.capital
        heights = [c.height for c in row.letters if c.height >= 0.75 * highest]
        votes.append((float(np.median(heights)), len(row.letters)))
    if not votes:
        return 0.0
    low, high = 1 - settings.alike, 1 + settings.alike

    def weight(height: float) -> int:
        return sum(count for other, count in votes if low * height <= other <= high * height)

    best = max(votes, key=lambda vote: (weight(vote[0]), -vote[0]))[0]
    return float(np.median([other for other, _ in votes if low * best <= other <= high * best]))


@lru_cache(maxsize=20_000)
def is_understood(text: str) -> bool:
    """Whether a structure is known for a label, with any number of bonds."""
    return any(expand_label(text, count) is not None for count in ATTACHMENTS)


def _is_complete(row: LetterRow) -> bool:
    """Whether a row may be a label as it is; a letter that is no element lacks another one."""
    return is_understood(row.text) and (
        len(row.text) > 1 or row.text in ELEMENTS - HYDROGEN_ISOTOPES
    )


def without_doubles(rows: Sequence[LetterRow], min_confidence: float) -> list[LetterRow]:
    """Select rows that share no letters.

    Of overlapping rows the longest is kept. A row that contains others only counts if it is read
    with confidence, understood, and contains what they say.

    Args:
        rows: Rows with readings.
        min_confidence: Minimum confidence of a row that contains others.

    Returns:
        The selected rows, from top to bottom.
    """
    numbers = [frozenset((c.number, c.left, c.right) for c in row.letters) for row in rows]

    def counts(place: int) -> bool:
        row = rows[place]
        parts = [p for p in range(len(rows)) if numbers[p] < numbers[place]]
        if not parts:
            return True
        says_more = all(rows[p].text in row.text for p in parts)
        if not says_more or BOND_DASH.search(row.text):
            return False
        return row.confidence >= min_confidence and is_understood(row.text)

    kept: list[LetterRow] = []
    used: set[tuple[int, int, int]] = set()
    for place in sorted(
        filter(counts, range(len(rows))),
        key=lambda p: (len(rows[p].letters), rows[p].confidence),
        reverse=True,
    ):
        if not numbers[place] & used:
            used |= numbers[place]
            kept.append(rows[place])
    return sorted(kept, key=lambda row: (row.box[1], row.box[0]))


def lines_of(text: PictureText) -> np.ndarray:
    """The picture's foreground without the letters of understood rows, uint8 (H, W)."""
    return text.components.erase(c for row in understood_rows(text) for c in row.letters)


def understood_rows(text: PictureText) -> list[LetterRow]:
    """The rows of letters that were read with confidence and understood."""
    return [row for row in text.rows if row.confidence >= 0.5 and is_understood(row.text)]


class PictureTextReader:
    """Reader of the text of pictures, with a cache of the last few for further views of them."""

    def __init__(self, labels: Labels, settings: PictureTextSettings | None = None) -> None:
        self.labels, self.settings = labels, settings or PictureTextSettings()
        self._known: OrderedDict[bytes, PictureText] = OrderedDict()

    def of(self, intensity: np.ndarray) -> PictureText:
        """The text of a picture; ``intensity``: its foreground, uint8 (H, W)."""
        key = hashlib.sha256(repr(intensity.shape).encode() + intensity.tobytes()).digest()
        if key not in self._known:
            self._known[key] = read_text(intensity, self.labels, self.settings)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return self._known[key]
