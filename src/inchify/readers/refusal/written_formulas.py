"""Whether nearly all that is drawn in a picture are formulas of groups, such as CH2 and SO2NH.

Patents print chains as formulas in a row with dashes between them. A network that sees atoms and
bonds knows little of such a picture, and what is written says that it shows a molecule.
"""

from __future__ import annotations

from inchify.readers.labels.picture_text import PictureText, is_understood
from inchify.readers.letters.letter_rows import LetterRow

# The least confidence of a row, the characters of a formula (one or two may be a logo that looks
# like a letter), and shares of the foreground: of formulas at least, of other letters at most.
SURE, SHORTEST, SHARE, OTHERS = 0.6, 3, 0.5, 0.1


def is_written_out(text: PictureText) -> bool:
    """Whether at least two rows of letters are formulas that chemistry understands, and those of
    three characters or more hold half of the foreground, rows that are no formulas a tenth."""
    understood = [row for row in text.rows if row.confidence >= SURE and is_understood(row.text)]
    if len(understood) < 2:
        return False
    whole = sum(component.area for component in text.components.components)
    others = _area([row for row in text.rows if row not in understood])
    long = _area([row for row in understood if len(row.text) >= SHORTEST])
    return long >= SHARE * whole and others <= OTHERS * whole


def _area(rows: list[LetterRow]) -> int:
    return sum(letter.area for row in rows for letter in row.letters)
