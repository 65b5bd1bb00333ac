"""Letters whose serifs touch are letters of their row; chains, bonds and rings as low are not."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from inchify.readers.labels.picture_text import without_doubles
from inchify.readers.letters.connected_components import ComponentMap
from inchify.readers.letters.fused_letters import fused_letters
from inchify.readers.letters.letter_rows import LetterRow, letter_rows

CAPITAL = 20


def canvas(width: int = 260, height: int = 60) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("L", (width, height), 0)
    return picture, ImageDraw.Draw(picture)


def write_nh(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    """N and H with serifs, which run into each other."""
    bottom, right = y + CAPITAL - 1, x + 16
    for left in (x + 2, right):
        pen.line((left, y, left, bottom), fill=255, width=2)
    pen.line((x + 2, y, right, bottom), fill=255, width=2)
    for left in (right + 9, right + 21):
        pen.line((left, y, left, bottom), fill=255, width=2)
    pen.line((right + 9, y + 10, right + 21, y + 10), fill=255, width=2)
    for left, end in ((x, x + 5), (right - 4, right + 13), (right + 17, right + 25)):
        pen.line((left, y, end, y), fill=255)
    pen.line((right + 5, bottom, right + 13, bottom), fill=255)
    pen.line((right + 17, bottom, right + 25, bottom), fill=255)


def write_two(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    """A subscript 2."""
    pen.rectangle((x, y + 9, x + 8, y + 22), outline=255, width=3)


def fused_in(picture: Image.Image, capital: float = CAPITAL) -> list[int]:
    return [c.width for c in fused_letters(ComponentMap.of(np.asarray(picture)), capital)]


def test_two_letters_that_touch_are_letters_with_or_without_a_known_height() -> None:
    picture, pen = canvas()
    write_nh(pen, 20, 20)
    assert fused_in(picture) == fused_in(picture, 0.0) == [42]


def test_a_row_goes_over_letters_that_touch() -> None:
    picture, pen = canvas()
    write_two(pen, 8, 20)
    write_nh(pen, 20, 20)
    write_two(pen, 64, 20)
    components = ComponentMap.of(np.asarray(picture))
    fused = fused_letters(components, CAPITAL)
    assert [len(row.letters) for row in letter_rows(components.components, CAPITAL)] == [1, 1]
    (row,) = letter_rows(components.components, CAPITAL, fused=fused)
    assert row.box[0] == 8.0 and row.box[2] == 73.0
    assert row.capital == 14  # that of a letter by itself


@pytest.mark.parametrize("width", [2, 4])
def test_a_zigzag_chain_as_low_as_letters_is_none(width: int) -> None:
    picture, pen = canvas()
    corners = [(20 + 18 * step, 22 + 17 * (step % 2)) for step in range(7)]
    pen.line(corners, fill=255, width=width)
    assert fused_in(picture) == []


def test_a_level_wedge_and_a_ring_are_none() -> None:
    picture, pen = canvas()
    pen.polygon([(10, 30), (70, 20), (70, 39)], fill=255)
    pen.ellipse((100, 20, 150, 39), outline=255, width=3)
    assert fused_in(picture) == []


def test_what_is_higher_or_lower_than_letters_is_none() -> None:
    picture, pen = canvas()
    write_nh(pen, 20, 20)
    assert fused_in(picture, 12.0) == fused_in(picture, 28.0) == []


def test_a_row_counts_that_says_what_a_part_in_its_middle_says() -> None:
    picture, pen = canvas()
    for x in (10, 30, 50):
        write_two(pen, x, 10)
    pieces = ComponentMap.of(np.asarray(picture)).components
    part = LetterRow((pieces[1],), (("O", 1.0),))
    for text, count in (("NOH", 1), ("NSH", 0)):
        whole = LetterRow(pieces, ((text, 1.0),))
        assert sum(row is whole for row in without_doubles([part, whole], 0.7)) == count


@pytest.mark.parametrize(("left", "right"), [(4, 22), (58, 78), (None, None)])
def test_letters_that_a_level_bond_touches_are_left_to_who_cuts_them(
    left: int | None, right: int | None
) -> None:
    picture, pen = canvas()
    if left is None or right is None:
        for x in (20, 62):
            pen.line((x, 20, x, 39), fill=255, width=2)
            pen.line((x + 10, 20, x + 10, 39), fill=255, width=2)
            pen.line((x, 20, x + 10, 39), fill=255, width=2)
        pen.line((30, 30, 62, 30), fill=255, width=2)
    else:
        write_nh(pen, 20, 20)
        pen.line((left, 30, right, 30), fill=255, width=2)
    assert fused_in(picture) == []
