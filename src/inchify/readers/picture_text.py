"""A picture's ink comes in; what is written in it goes out: rows of letters with their readings,
and how high its capitals are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Protocol

import numpy as np

from inchify.chem.abbreviations import expand_label
from inchify.readers.letter_rows import (
    ComponentMap,
    LetterRow,
    LetterRowSettings,
    bridged_rows,
    letter_rows,
)

# Bonds that a label is tried with to see whether it is understood.
ATTACHMENTS = (1, 2, 0, 3, 4)


class Labels(Protocol):
    """Reads crops of labels (uint8 ink): for each up to so many texts with their confidence."""

    def readings(self, crops: Sequence[np.ndarray], most: int) -> list[list[tuple[str, float]]]: ...


@dataclass(frozen=True, kw_only=True)
class PictureTextSettings:
    """``trusted``: least confidence of a reading that tells how high letters are. Heights within
    ``alike`` (a share) are one height. A picture with more than ``most_components`` or
    ``most_rows`` is no drawing of a molecule. ``readings`` of each row are kept."""

    rows: LetterRowSettings = field(default_factory=LetterRowSettings)
    trusted: float = 0.7
    alike: float = 0.2
    most_components: int = 1500
    most_rows: int = 200
    readings: int = 3


@dataclass(frozen=True)
class PictureText:
    """``rows`` with their readings; ``capital`` in pixels, 0 where no text is sure enough to tell.
    ``components``: the picture's connected components."""

    components: ComponentMap
    rows: tuple[LetterRow, ...] = ()
    capital: float = 0.0


def read_text(
    ink: np.ndarray, labels: Labels, settings: PictureTextSettings | None = None
) -> PictureText:
    """All rows of letters in a picture: found without a scale first, then by the height of the
    letters that were read surely."""
    settings = settings or PictureTextSettings()
    picture = ComponentMap.of(ink)
    if len(picture.components) > settings.most_components:
        return PictureText(picture)
    rows = letter_rows(picture.components, None, settings.rows)
    if len(rows) > settings.most_rows:
        return PictureText(picture)
    rows = read_rows(picture, rows, labels, settings.readings)
    capital = capital_height(rows, settings)
    if not capital:
        return PictureText(picture, tuple(rows))
    known = {row.letters: row for row in rows}
    found = letter_rows(picture.components, capital, settings.rows)
    found += bridged_rows(picture, found, capital, settings.rows)
    new = [row for row in found if row.letters not in known]
    known |= {row.letters: row for row in read_rows(picture, new, labels, settings.readings)}
    rows = _without_doubles([known[row.letters] for row in found], settings.trusted)
    return PictureText(picture, tuple(rows), capital)


def read_rows(
    picture: ComponentMap, rows: Sequence[LetterRow], labels: Labels, most: int
) -> list[LetterRow]:
    """The rows with their readings."""
    found = labels.readings([picture.crop(row.letters) for row in rows], most)
    return [replace(row, readings=tuple(r)) for row, r in zip(rows, found, strict=True)]


def capital_height(rows: Sequence[LetterRow], settings: PictureTextSettings) -> float:
    """The height of capitals in pixels by the rows whose text is surely read and understood, the
    height that most of their letters have; 0 where there is none."""
    votes = []
    for row in rows:
        if row.confidence < settings.trusted or not is_understood(row.text):
            continue
        if not any(letter.isupper() for letter in row.text):
            continue
        highest = row.capital
        heights = [c.height for c in row.letters if c.height >= 0.75 * highest]
        votes.append((float(np.median(heights)), len(row.letters)))
    if not votes:
        return 0.0
    near, far = 1 - settings.alike, 1 + settings.alike

    def weight(height: float) -> int:
        return sum(count for other, count in votes if near * height <= other <= far * height)

    best = max(votes, key=lambda vote: (weight(vote[0]), -vote[0]))[0]
    return float(np.median([other for other, _ in votes if near * best <= other <= far * best]))


@lru_cache(maxsize=20_000)
def is_understood(text: str) -> bool:
    """Whether chemistry knows a structure for a label with any number of bonds."""
    return any(expand_label(text, count) is not None for count in ATTACHMENTS)


def _without_doubles(rows: Sequence[LetterRow], sure: float) -> list[LetterRow]:
    """Rows of which none has a letter of another: a joined one that is understood counts before its
    parts, else they stay."""
    kept: list[LetterRow] = []
    used: set[tuple[int, int]] = set()

    def rank(row: LetterRow) -> tuple[bool, int]:
        return row.confidence >= sure and is_understood(row.text), len(row.letters)

    numbers = [{(c.number, c.left) for c in row.letters} for row in rows]
    alone = {
        place for place, mine in enumerate(numbers) if not any(mine < other for other in numbers)
    }
    for place in sorted(range(len(rows)), key=lambda p: rank(rows[p]), reverse=True):
        joined = place in alone and any(other < numbers[place] for other in numbers)
        if numbers[place] & used or (joined and not rank(rows[place])[0]):
            continue
        used |= numbers[place]
        kept.append(rows[place])
    return sorted(kept, key=lambda row: (row.box[1], row.box[0]))


class TextFinder:
    """Reads the text of pictures; that of the last one is kept for its further views."""

    def __init__(self, labels: Labels, settings: PictureTextSettings | None = None) -> None:
        self.labels, self.settings = labels, settings or PictureTextSettings()
        self._last: tuple[bytes, PictureText] | None = None

    def of(self, ink: np.ndarray) -> PictureText:
        """The text of a picture, uint8 ink (H, W)."""
        key = hashlib.sha256(repr(ink.shape).encode() + ink.tobytes()).digest()
        if self._last is None or self._last[0] != key:
            self._last = key, read_text(ink, self.labels, self.settings)
        return self._last[1]
