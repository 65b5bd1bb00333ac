"""Whether nearly all that is drawn in a picture are formulas of groups, such as CH2 and SO2NH.

Patents print chains as formulas in a row with dashes between them. A network for atoms and bonds
finds little in such a picture, but its text shows that it is a molecule.
"""

from __future__ import annotations

from inchify.readers.labels.picture_text import PictureText, is_understood
from inchify.readers.letters.letter_rows import LetterRow

# The least confidence of a row, the least number of characters of a formula (one or two may be a
# logo that resembles a letter), the least share of formulas in the foreground, and the largest
# share of other letters.
MIN_CONFIDENCE, SHORTEST, SHARE, OTHERS = 0.6, 3, 0.5, 0.1


def is_written_out(text: PictureText) -> bool:
    """Whether a picture consists of written formulas.

    At least two rows of letters are formulas that chemistry understands; those of three characters
    or more have at least half of the foreground, other rows at most a tenth.

    Args:
        text: The text in the picture, with its connected components.
    """
    understood = [
        row for row in text.rows if row.confidence >= MIN_CONFIDENCE and is_understood(row.text)
    ]
    if len(understood) < 2:
        return False
    total = sum(component.area for component in text.components.components)
    others = _area([row for row in text.rows if row not in understood])
    long = _area([row for row in understood if len(row.text) >= SHORTEST])
    return long >= SHARE * total and others <= OTHERS * total


def _area(rows: list[LetterRow]) -> int:
    return sum(letter.area for row in rows for letter in row.letters)
