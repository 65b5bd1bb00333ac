"""Labels written in two lines, such as SO2 with O2 above or below its S, joined into one row.

Hydrogens above or below a symbol stay rows of their own: the network counts them.
"""

from __future__ import annotations

from collections.abc import Sequence

from inchify.readers.letters.letter_rows import LetterRow

# Symbols that have such letters above or below them, and what these are.
SYMBOLS = frozenset("SCNP")
PARTS = frozenset(("O2", "O3", "F2", "F3"))
WRITTEN = frozenset(("SO2", "SO3", "NO2", "PO2", "PO3", "CF2", "CF3", "SF2", "SF3"))
# Least confidence of both; in heights of a capital: the paper between them at most, and how far
# their first letters may stand from being one above the other.
SURE, GAP, ASIDE = 0.9, 0.5, 0.35


def stacked_together(rows: Sequence[LetterRow], capital: float) -> list[LetterRow]:
    """The rows, from top to bottom, with each symbol and its letters above or below as one row.

    Args:
        rows: With their readings.
        capital: The height of a capital in pixels.
    """
    parts = [row for row in rows if row.text in PARTS and row.confidence >= SURE]
    joined: list[LetterRow] = []
    used: set[int] = set()
    for row in rows:
        if row.text not in SYMBOLS or row.confidence < SURE:
            continue
        near = [p for p in parts if id(p) not in used and _is_stacked(row, p, capital)]
        if len(near) == 1 and row.text + near[0].text in WRITTEN:
            used |= {id(row), id(near[0])}
            sure = row.confidence * near[0].confidence
            readings = ((row.text + near[0].text, sure),)
            joined.append(LetterRow((*row.letters, *near[0].letters), readings))
    if not joined:
        return list(rows)
    kept = [row for row in rows if id(row) not in used]
    return sorted((*kept, *joined), key=lambda row: (row.box[1], row.box[0]))


def _is_stacked(symbol: LetterRow, part: LetterRow, capital: float) -> bool:
    """Whether the letters of ``part`` begin above or below a symbol."""
    one, other = symbol.letters[0], part.letters[0]
    gap = max(one.top - part.box[3], part.box[1] - one.bottom)
    aside = abs(one.left + one.right - other.left - other.right) / 2
    return 0 <= gap <= GAP * capital and aside <= ASIDE * capital
