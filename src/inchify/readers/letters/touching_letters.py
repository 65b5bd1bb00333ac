"""Rows of letters completed by letters that a bond touches. The line recognizer decides whether
such a component is a letter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from inchify.readers.letters.connected_components import Component, ComponentMap
from inchify.readers.letters.letter_rows import LetterRow, LetterRowSettings, box_of, follows

# Length over thickness above which a letter may be a bond.
THIN = 3.2


def bridged_rows(
    picture: ComponentMap,
    rows: Sequence[LetterRow],
    capital: float,
    settings: LetterRowSettings | None = None,
) -> list[LetterRow]:
    """Join pairs of rows with a letter between them that a bond touches.

    Whatever of the drawing stands between the two rows becomes that letter; the recognizer decides
    whether it is one.

    Args:
        picture: Components of the picture.
        rows: Rows of letters.
        capital: Height of a capital in pixels.
        settings: Gaps and shapes of letters.

    Returns:
        Additional rows without readings.
    """
    settings = settings or LetterRowSettings()
    used = {c.number for row in rows for c in row.letters}
    large = [c for c in picture.components if c.number not in used]
    bridged = []
    for row in rows:
        for other in rows:
            gap = other.box[0] - row.box[2]
            if not settings.gap * capital < gap <= settings.wide * capital:
                continue
            shared = min(row.box[3], other.box[3]) - max(row.box[1], other.box[1])
            if shared < -0.1 * capital:
                continue
            base = max(row.box[3], other.box[3]) if shared < 0 else min(row.box[3], other.box[3])
            top = int(min(row.box[1], other.box[1]))
            frame = (int(row.box[2]), top, int(other.box[0]), int(max(base, top + capital)))
            for piece in large:
                letter = picture.part(piece, frame)
                # what is as thin as a bond is rather the l at the end of the first (Cl and Cl)
                if letter is None or letter.elongation > THIN:
                    continue
                if letter.height >= 0.7 * capital and letter.fill >= settings.fill:
                    bridged.append(LetterRow((*row.letters, letter, *other.letters)))
    return bridged


def extended_rows(
    picture: ComponentMap,
    rows: Sequence[LetterRow],
    capital: float,
    is_complete: Callable[[LetterRow], bool],
    settings: LetterRowSettings | None = None,
) -> list[LetterRow]:
    """Extend rows at either end by a letter that a bond touches.

    The recognizer decides whether it is a letter. Only a row that is not complete may be extended
    by a letter as thin as a bond (Li).

    Args:
        picture: Components of the picture.
        rows: Rows of letters, with readings where known.
        capital: Height of a capital in pixels.
        is_complete: Whether a row may be a label as it is.
        settings: Gaps and shapes of letters.

    Returns:
        Additional rows without readings.
    """
    settings = settings or LetterRowSettings()
    used = {c.number for row in rows for c in row.letters}
    large = [c for c in picture.components if c.number not in used]
    extended = []
    for row in rows:
        left, top, right, bottom = (int(side) for side in row.box)
        top = min(top, int(bottom - capital))
        for wide in settings.letter_widths:
            reach = round(wide * capital)
            for frame in ((right, top, right + reach, bottom), (left - reach, top, left, bottom)):
                for piece in large:
                    letter = picture.part(piece, frame)
                    if letter is None or letter.height < 0.45 * capital:
                        continue
                    thin = letter.elongation > THIN or letter.fill < settings.fill
                    if thin and is_complete(row):
                        continue
                    if follows(box_of(letter), row.box, capital, settings, 0.3):
                        # the dot of an i, where its stem is a bond's
                        dots = [c for c in large if _is_dot_of(c, letter, frame, capital)]
                        letters = sorted((*row.letters, letter, *dots), key=lambda c: c.left)
                        extended.append(LetterRow(tuple(letters)))
    return extended


def _is_dot_of(
    piece: Component, stem: Component, frame: tuple[int, int, int, int], capital: float
) -> bool:
    """Whether a small component stands right above a stem, as the dot of an i does."""
    small = max(piece.width, piece.height) <= 0.3 * capital
    inside = frame[0] <= piece.left and piece.right <= frame[2] + 1 and piece.top >= frame[1] - 2
    return small and inside and piece.bottom <= stem.top + 1
