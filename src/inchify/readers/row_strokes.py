"""Rows of letters come in; they go out without the ends of level bonds before and after them, which
readers of labels take for = and -."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from inchify.readers.connected_components import Component, ComponentMap
from inchify.readers.letter_rows import LetterRow

# What readers take such lines for.
SIGNS = "=-"


def without_bond_ends(picture: ComponentMap, rows: Sequence[LetterRow]) -> list[LetterRow]:
    """The rows without an end that is read as = or - and is a part of a component which goes on
    beyond the row: a sign does not.

    Args:
        picture: All components.
        rows: Rows with readings, whose letters may be parts of components.
    """
    whole = {c.number: c for c in picture.components}
    return [_trimmed(row, whole) for row in rows]


def _trimmed(row: LetterRow, whole: dict[int, Component]) -> LetterRow:
    for first in (True, False):
        letters = sorted(row.letters, key=lambda c: c.left if first else -c.right)
        sign = row.text[:1] if first else row.text[-1:]
        if len(letters) < 2 or not sign or sign not in SIGNS:
            continue
        end, entire = letters[0], whole.get(letters[0].number, letters[0])
        if entire.left < end.left if first else entire.right > end.right:
            kept = tuple(c for c in row.letters if c is not end)
            texts = [(t.lstrip(SIGNS) if first else t.rstrip(SIGNS), s) for t, s in row.readings]
            row = replace(row, letters=kept, readings=_joined(texts))
    return row


def _joined(readings: Sequence[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """Each text once, with all its confidence, the likeliest first."""
    found: dict[str, float] = {}
    for text, sure in readings:
        if text:
            found[text] = found.get(text, 0.0) + sure
    return tuple(sorted(found.items(), key=lambda reading: -reading[1]))
