"""Letters of a drawing are found in rows by their components alone, and strokes are no letters."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from inchify.readers.letters.connected_components import Component, ComponentMap
from inchify.readers.letters.letter_rows import LetterRow, dotted_rows, letter_rows
from inchify.readers.letters.touching_letters import bridged_rows, extended_rows
from inchify.synthetic.text_lines.fonts import font_files

FONT = font_files()[0]


def written(*texts: tuple[str, int, int, int], size: tuple[int, int] = (300, 90)) -> np.ndarray:
    """Ink uint8 with each (text, x, y, height of the font) written at its place."""
    picture = Image.new("L", size, 255)
    pen = ImageDraw.Draw(picture)
    for text, x, y, height in texts:
        pen.text((x, y), text, fill=0, font=ImageFont.truetype(FONT, height))
    return 255 - np.asarray(picture)


def rows_of(intensity: np.ndarray, capital: float | None = None) -> list[LetterRow]:
    return letter_rows(ComponentMap.of(intensity).components, capital)


def test_letters_side_by_side_are_one_row_and_far_ones_another() -> None:
    intensity = written(("OH", 10, 20, 24), ("NH", 200, 20, 24))
    assert [len(row.letters) for row in rows_of(intensity)] == [2, 2]


def test_a_subscript_belongs_to_its_row() -> None:
    (row,) = rows_of(written(("NH", 10, 20, 24), ("2", 44, 34, 16)))
    assert len(row.letters) == 3


def test_labels_on_two_levels_are_two_rows() -> None:
    intensity = written(
        ("CH", 10, 10, 24), ("2", 44, 24, 16), ("CH", 56, 26, 24), ("2", 90, 40, 16)
    )
    assert [len(row.letters) for row in rows_of(intensity, 18.0)] == [3, 3]


def test_bonds_and_rings_are_no_letters() -> None:
    picture = Image.new("L", (200, 120), 255)
    pen = ImageDraw.Draw(picture)
    pen.line((10, 100, 60, 71), fill=0, width=2)
    pen.line((150, 20, 150, 70), fill=0, width=2)
    pen.ellipse((80, 20, 130, 70), outline=0, width=2)
    assert rows_of(255 - np.asarray(picture)) == []


def test_a_long_sign_of_equality_between_letters_joins_them_and_a_single_line_does_not() -> None:
    intensity = written(("C", 10, 20, 24), ("O", 50, 20, 24))
    for top in (30, 36):
        intensity[top : top + 2, 31:46] = 255
    assert max(len(row.letters) for row in rows_of(intensity, 18.0)) == 4
    intensity[36:38, 31:46] = 0
    assert max(len(row.letters) for row in rows_of(intensity, 18.0)) == 1


def test_a_letter_that_a_bond_touches_is_found_between_two() -> None:
    intensity = written(("C", 10, 20, 24), ("H", 29, 20, 24), ("O", 49, 20, 24))
    columns = np.flatnonzero(intensity[20:50, 30:50].any(axis=0)) + 30
    intensity[2:30, columns[0] : columns[0] + 3] = 255  # a bond from above into the H
    intensity[2:5, columns[0] : 120] = 255
    picture = ComponentMap.of(intensity)
    rows = letter_rows(picture.components, 18.0)
    joined = [row for row in bridged_rows(picture, rows, 18.0) if len(row.letters) == 3]
    assert joined and joined[0].box[2] - joined[0].box[0] > 40


def test_a_row_may_want_the_letter_that_hangs_on_the_drawing() -> None:
    intensity = written(("A", 10, 20, 24), ("s", 28, 20, 24))
    columns = np.flatnonzero(intensity[:, 29:45].any(axis=0)) + 29
    intensity[34:37, columns[-1] : 110] = 255
    picture = ComponentMap.of(intensity)
    (row,) = letter_rows(picture.components, 18.0)
    assert len(row.letters) == 1
    longer = extended_rows(picture, [row], 18.0, lambda row: False)
    assert any(len(one.letters) == 2 for one in longer)


def test_a_crop_shows_its_letters_alone() -> None:
    intensity = written(("O", 10, 20, 24), ("N", 60, 20, 24))
    picture = ComponentMap.of(intensity)
    first, second = sorted(letter_rows(picture.components), key=lambda row: row.box[0])
    crop = picture.crop(first.letters)
    assert crop.any() and crop.shape[1] < 30
    assert not picture.erase([*first.letters, *second.letters]).any()


def test_small_letters_are_as_far_apart_as_whole_pixels_allow() -> None:
    intensity = np.zeros((40, 60), np.uint8)
    for left in (10, 19):
        intensity[10:18, left : left + 6] = 255
        intensity[12:16, left + 2 : left + 4] = 0
    assert [len(row.letters) for row in rows_of(intensity, 8.0)] == [2]
    apart = np.hstack([intensity[:, :17], np.zeros((40, 2), np.uint8), intensity[:, 17:]])
    assert [len(row.letters) for row in rows_of(apart, 8.0)] == [1, 1]


def test_letters_at_different_heights_are_two_labels() -> None:
    intensity = written(("O", 10, 20, 24), ("S", 29, 9, 24))
    assert [len(row.letters) for row in rows_of(intensity)] == [1, 1]
    level = written(("O", 10, 20, 24), ("S", 29, 18, 24))
    assert [len(row.letters) for row in rows_of(level)] == [2]


def test_a_dot_beside_a_symbol_may_be_an_electron_but_not_among_dirt() -> None:
    intensity = written(("O", 40, 20, 24), size=(200, 90)).copy()
    intensity[32:35, 32:35] = 255
    pieces = ComponentMap.of(intensity).components
    rows = [row for row in letter_rows(pieces) if row.letters[0].height > 9]
    (dotted,) = dotted_rows(pieces, rows, 17.0)
    assert next(c.width for c in dotted.letters) == 3
    for place in range(5):
        intensity[60:62, 100 + 10 * place : 102 + 10 * place] = 255
    pieces = ComponentMap.of(intensity).components
    assert dotted_rows(pieces, rows, 17.0) == []


@pytest.mark.parametrize(("leaning", "count"), [(1.0, 2), (11.0, 1)])
def test_an_l_with_serifs_is_wider_than_a_bare_stem(leaning: float, count: int) -> None:
    """The l of Times is .38 of a capital wide, as is a bond that leans by eleven degrees."""
    letter = Component(1, 10, 10, 44, 50, 400)
    stroke = Component(2, 48, 8, 63, 50, 260, 6.0, True, leaning)
    (row,) = letter_rows([letter, stroke], 40.0)
    assert len(row.letters) == count
