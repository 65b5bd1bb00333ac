"""Rows of letters without stroke fragments: ends of horizontal bonds, which a line recognizer reads
as = and -, and short bonds beside a letter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from inchify.readers.letters.connected_components import Component, ComponentMap
from inchify.readers.letters.letter_rows import LetterRow

# Characters that such lines are read as.
SIGNS = "=-"
# Maximum width and height of a short bond in heights of a capital.
SHORT = 0.75
# Readings with less confidence than this may change where a component is left out.
UNSURE = 0.5


def without_bond_ends(picture: ComponentMap, rows: Sequence[LetterRow]) -> list[LetterRow]:
    """Remove the ends of horizontal bonds, read as = or -, from rows of letters.

    Such an end belongs to a component that extends beyond the row; a written sign does not.

    Args:
        picture: All components of the picture.
        rows: Rows with readings, whose letters may be parts of components.

    Returns:
        The rows in the same order, with their readings adjusted where an end was removed.
    """
    components = {c.number: c for c in picture.components}
    return [_trimmed(row, components) for row in rows]


def without_short_bonds(
    rows: Sequence[LetterRow],
    capital: float,
    read: Callable[[Sequence[LetterRow]], Sequence[LetterRow]],
) -> list[LetterRow]:
    """Remove small components at either end of a row that add nothing to its reading.

    They are the short bond between two labels (N-O of an isoxazole), or the part of it that no
    letter hides.

    Args:
        rows: Rows with readings.
        capital: Height of a capital in pixels.
        read: Gives rows their readings.

    Returns:
        The rows in the same order. A shorter variant replaces a row if its confidence is no lower
        and it says the same, or anything at all where the row is read with little confidence.
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
    """Variants of a row with more components than its text has letters, without small ones at
    either end."""
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
    """Whether a component is smaller than a letter and stands beside all others, unlike the dot of
    an i or one of the lines of =."""
    small = max(piece.width, piece.height) <= SHORT * capital
    return small and all(piece.right <= c.left or c.right <= piece.left for c in others)


def _trimmed(row: LetterRow, components: dict[int, Component]) -> LetterRow:
    """A row without bond ends that were read as signs; ``components``: all, by their number."""
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
    """Each text once with its summed confidence, the likeliest first."""
    totals: dict[str, float] = {}
    for text, confidence in readings:
        if text:
            totals[text] = totals.get(text, 0.0) + confidence
    return tuple(sorted(totals.items(), key=lambda reading: -reading[1]))
