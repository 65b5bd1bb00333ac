"""Ends of level bonds and short bonds beside letters are no letters; a charge's minus stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from inchify.readers.labels.bond_ends_in_rows import without_bond_ends, without_short_bonds
from inchify.readers.letters.connected_components import ComponentMap
from inchify.readers.letters.letter_rows import LetterRow

LETTER = (60, 30, 74, 50)


def row_in(box: tuple[int, int, int, int], *readings: tuple[str, float]) -> tuple[LetterRow, ...]:
    """The row of what lies in a box, in a picture of an O with a level double bond to its left and
    a minus to its right; the row alone and without ends."""
    intensity = np.zeros((80, 160), np.uint8)
    intensity[30:50, 60:74] = 255
    intensity[33:47, 64:70] = 0
    intensity[35:37, 5:57] = intensity[43:45, 5:57] = intensity[35:45, 5:7] = 255
    intensity[31:33, 78:86] = 255
    picture = ComponentMap.of(intensity)
    parts = [part for c in picture.components if (part := picture.part(c, box)) is not None]
    row = LetterRow(tuple(sorted(parts, key=lambda c: c.left)), readings)
    return row, *without_bond_ends(picture, [row])


@pytest.mark.parametrize("sign", ["=", "-"])
def test_the_lines_of_a_bond_before_a_letter(sign: str) -> None:
    before, after = row_in((45, 30, 74, 50), (f"{sign}O", 0.6), ("O", 0.3))
    assert len(before.letters) == 2
    assert after.box == tuple(map(float, LETTER))
    ((text, sure),) = after.readings
    assert text == "O" and sure == pytest.approx(0.9)


def test_a_minus_stays() -> None:
    before, after = row_in((60, 30, 90, 50), ("O-", 0.9))
    assert len(before.letters) == 2 and after == before


def test_a_part_that_is_read_as_a_letter_stays() -> None:
    before, after = row_in((45, 30, 74, 50), ("HO", 0.9))
    assert after == before


def shortened(whole: tuple[str, float], alone: tuple[str, float]) -> tuple[LetterRow, LetterRow]:
    """The row of an O and a short slanting line beside it, before and after; ``alone``: what is
    read where the O is left alone."""
    intensity = np.zeros((80, 160), np.uint8)
    intensity[30:50, 60:74] = 255
    intensity[33:47, 64:70] = 0
    for step in range(8):
        intensity[30 - step : 34 - step, 78 + step] = 255
    picture = ComponentMap.of(intensity)
    row = LetterRow(tuple(sorted(picture.components, key=lambda c: c.left)), (whole,))

    def read(rows: Sequence[LetterRow]) -> list[LetterRow]:
        return [replace(one, readings=(alone,)) for one in rows]

    (after,) = without_short_bonds([row], 20.0, read)
    return row, after


def test_a_short_line_that_adds_nothing_is_no_letter() -> None:
    before, after = shortened(("O", 0.8), ("O", 0.99))
    assert len(before.letters) == 2 and after.box == tuple(map(float, LETTER))
    before, after = shortened(("S", 0.3), ("O", 0.9))
    assert after.text == "O" and len(after.letters) == 1


def test_a_short_line_that_is_read_stays() -> None:
    for whole, alone in (
        (("O-", 0.9), ("O", 0.99)),
        (("O", 0.95), ("D", 0.99)),
        (("O", 0.95), ("O", 0.7)),
    ):
        before, after = shortened(whole, alone)
        assert after == before
