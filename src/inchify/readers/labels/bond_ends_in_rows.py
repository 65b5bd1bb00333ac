"""Rows of letters without stroke fragments: ends of horizontal bonds, which a line recognizer takes
for = and -, and short bonds beside a letter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from inchify.readers.letters.connected_components import Component, ComponentMap
from inchify.readers.letters.letter_rows import LetterRow

# What readers take such lines for.
SIGNS = "=-"
# The most width and height of a short bond in heights of a capital.
SHORT = 0.75
# Readings with less confidence than this may change where a piece is left out.
UNSURE = 0.5


def without_bond_ends(picture: ComponentMap, rows: Sequence[LetterRow]) -> list[LetterRow]:
    """The rows without an end that is read as = or - and is a part of a component which goes on
    beyond the row: a sign does not.

    Args:
        picture: All components.
        rows: Rows with readings, whose letters may be parts of components.
    """
    components = {c.number: c for c in picture.components}
    return [_trimmed(row, components) for row in rows]


def without_short_bonds(
    rows: Sequence[LetterRow],
    capital: float,
    read: Callable[[Sequence[LetterRow]], Sequence[LetterRow]],
) -> list[LetterRow]:
    """The rows without a small component before or after the others that adds nothing to what is
    read: the short bond between two labels (N-O of an isoxazole), or its part that no letter hides.

    Args:
        rows: Rows with readings.
        capital: The height of a capital in pixels.
        read: Gives rows their readings.
    """
    shorter = {place: _shorter_rows(row, capital) for place, row in enumerate(rows)}
    variants = [(place, row) for place, parts in shorter.items() for row in parts]
    kept = list(rows)
    for (place, _), row in zip(variants, read([row for _, row in variants]), strict=True):
        known = kept[place]
        same = row.text == known.text or (known.confidence < UNSURE and row.text)
        if same and row.confidence >= known.confidence:
            kept[place] = row
    return kept


def _shorter_rows(row: LetterRow, capital: float) -> list[LetterRow]:
    """A row of more pieces than its text has letters, without small ones at either end."""
    letters = row.letters
    if len(letters) < 2 or len(letters) <= len(row.text):
        return []
    first = _may_be_short_bond(letters[0], letters[1:], capital)
    last = _may_be_short_bond(letters[-1], letters[:-1], capital)
    parts = [letters[1:]] if first else []
    parts += [letters[:-1]] if last else []
    parts += [letters[1:-1]] if first and last and len(letters) > 2 else []
    return [LetterRow(part) for part in parts]


def _may_be_short_bond(piece: Component, others: Sequence[Component], capital: float) -> bool:
    """Whether a piece is smaller than a letter and stands beside all others: the dot of an i and
    one of the lines of = do not."""
    small = max(piece.width, piece.height) <= SHORT * capital
    return small and all(piece.right <= c.left or c.right <= piece.left for c in others)


def _trimmed(row: LetterRow, components: dict[int, Component]) -> LetterRow:
    for first in (True, False):
        letters = sorted(row.letters, key=lambda c: c.left if first else -c.right)
        sign = row.text[:1] if first else row.text[-1:]
        if len(letters) < 2 or not sign or sign not in SIGNS:
            continue
        end, component = letters[0], components.get(letters[0].number, letters[0])
        if component.left < end.left if first else component.right > end.right:
            kept = tuple(c for c in row.letters if c is not end)
            texts = [(t.lstrip(SIGNS) if first else t.rstrip(SIGNS), s) for t, s in row.readings]
            row = replace(row, letters=kept, readings=_joined(texts))
    return row


def _joined(readings: Sequence[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """Each text once, with all its confidence, the likeliest first."""
    totals: dict[str, float] = {}
    for text, confidence in readings:
        if text:
            totals[text] = totals.get(text, 0.0) + confidence
    return tuple(sorted(totals.items(), key=lambda reading: -reading[1]))
