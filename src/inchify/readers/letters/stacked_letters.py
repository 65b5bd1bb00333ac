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
# Minimum confidence of both; in heights of a capital: maximum gap between them, and maximum
# horizontal offset of their first letters.
MIN_CONFIDENCE, GAP, ASIDE = 0.9, 0.5, 0.35


def stacked_together(rows: Sequence[LetterRow], capital: float) -> list[LetterRow]:
    """Join symbols with the letters above or below them.

    Args:
        rows: Rows with readings.
        capital: Height of a capital in pixels.

    Returns:
        All rows from top to bottom, each symbol and its letters as one row.
    """
    parts = [row for row in rows if row.text in PARTS and row.confidence >= MIN_CONFIDENCE]
    joined: list[LetterRow] = []
    used: set[int] = set()
    for row in rows:
        if row.text not in SYMBOLS or row.confidence < MIN_CONFIDENCE:
            continue
        stacked = [p for p in parts if id(p) not in used and _is_stacked(row, p, capital)]
        if len(stacked) == 1 and row.text + stacked[0].text in WRITTEN:
            used |= {id(row), id(stacked[0])}
            confidence = row.confidence * stacked[0].confidence
            readings = ((row.text + stacked[0].text, confidence),)
            joined.append(LetterRow((*row.letters, *stacked[0].letters), readings))
    if not joined:
        return list(rows)
    kept = [row for row in rows if id(row) not in used]
    return sorted((*kept, *joined), key=lambda row: (row.box[1], row.box[0]))


def _is_stacked(symbol: LetterRow, part: LetterRow, capital: float) -> bool:
    """Whether the letters of ``part`` begin above or below a symbol."""
    first, second = symbol.letters[0], part.letters[0]
    gap = max(first.top - part.box[3], part.box[1] - first.bottom)
    aside = abs(first.left + first.right - second.left - second.right) / 2
    return 0 <= gap <= GAP * capital and aside <= ASIDE * capital
