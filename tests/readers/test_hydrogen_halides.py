"""Hydrogen halides beside a drawing: grown together, with their bond, several of them."""

from __future__ import annotations

import numpy as np
import pytest

from inchify.readers.labels.picture_text import PictureText
from inchify.readers.letters.connected_components import ComponentMap
from inchify.readers.letters.hydrogen_halides import bonded_halides, with_joined_l
from inchify.readers.letters.letter_rows import LetterRow
from inchify.readers.surroundings.side_text import side_text

LEFT, TOP = 150, 60


def page() -> np.ndarray:
    """Paper with a long line of a drawing at its left."""
    intensity = np.zeros((200, 400), np.uint8)
    intensity[60:64, 10:100] = 255
    return intensity


def put_h(intensity: np.ndarray, left: int, *, stem: int = 4, joined: int = 0) -> None:
    """An H of 20 x 24 pixels; an l of ``joined`` pixels on its left stem."""
    intensity[TOP : TOP + 24, left - joined : left + stem] = 255
    intensity[TOP : TOP + 24, left + 16 : left + 20] = 255
    intensity[TOP + 10 : TOP + 14, left : left + 20] = 255


def put_c(intensity: np.ndarray, left: int) -> None:
    intensity[TOP : TOP + 24, left : left + 20] = 255
    intensity[TOP + 4 : TOP + 20, left + 4 : left + 20] = 0


def row_of(picture: ComponentMap, left: int, right: int, *readings: tuple[str, float]) -> LetterRow:
    letters = [c for c in picture.components if left <= c.left and c.right <= right]
    return LetterRow(tuple(sorted(letters, key=lambda c: c.left)), readings)


READ_AS_CH = ("CH", 0.99), ("ClH", 0.005)


@pytest.mark.parametrize(("joined", "text"), [(0, "CH"), (3, "ClH"), (4, "ClH")])
def test_an_l_on_the_stem_of_an_h(joined: int, text: str) -> None:
    intensity = page()
    put_c(intensity, LEFT)
    put_h(intensity, LEFT + 28, joined=joined)
    picture = ComponentMap.of(intensity)
    row = row_of(picture, LEFT, LEFT + 60, *READ_AS_CH)
    found = with_joined_l(picture, row)
    assert len(row.letters) == 2 and found.text == text
    assert found.confidence == pytest.approx(0.99, abs=0.01)
    said = side_text(PictureText(picture, (row,), 24.0)).species
    assert [line.text for line in said] == (["ClH"] if joined else [])


def test_another_reading_is_left_as_it_is() -> None:
    intensity = page()
    put_c(intensity, LEFT)
    put_h(intensity, LEFT + 28, joined=4)
    picture = ComponentMap.of(intensity)
    for readings in ((("OH", 0.9), ("ClH", 0.05)), (("CH", 0.9), ("OH", 0.05))):
        row = row_of(picture, LEFT, LEFT + 60, *readings)
        assert with_joined_l(picture, row) == row


def with_bond(bonded: bool, *, left: int = LEFT, lead: bool = False) -> PictureText:
    """H and Cl, with a bond between them or without; with ``lead`` a line goes on from the Cl."""
    intensity = page()
    put_h(intensity, left)
    put_c(intensity, left + 60)
    if bonded:
        intensity[TOP + 10 : TOP + 14, left + 26 : left + 54] = 255
    if lead:
        intensity[TOP + 10 : TOP + 14, left + 84 : left + 140] = 255
    picture = ComponentMap.of(intensity)
    h = row_of(picture, left, left + 20, ("H", 0.99))
    cl = row_of(picture, left + 60, left + 80, ("Cl", 0.99))
    return PictureText(picture, (h, cl), 24.0)


def test_a_bond_between_h_and_a_halogen() -> None:
    text = with_bond(True)
    (found,) = bonded_halides(text, text.rows)
    assert found.rows == text.rows and found.bond.width == 28
    beside = side_text(text)
    assert [line.text for line in beside.species] == ["H Cl"]
    assert found.bond in beside.letters


def test_no_bond_and_a_line_that_goes_on() -> None:
    text = with_bond(False)
    assert bonded_halides(text, text.rows) == []
    assert side_text(with_bond(True, lead=True)).species == ()


def test_two_in_a_line_are_two() -> None:
    intensity = page()
    for left in (LEFT, LEFT + 74):
        put_c(intensity, left)
        put_h(intensity, left + 28, joined=4)
    picture = ComponentMap.of(intensity)
    rows = tuple(row_of(picture, left, left + 60, *READ_AS_CH) for left in (LEFT, LEFT + 74))
    found = side_text(PictureText(picture, rows, 24.0)).species
    assert [line.text for line in found] == ["ClH", "ClH"]


def test_a_hydrogen_halide_may_stand_near_the_drawing_and_a_label_may_not() -> None:
    for text, near in (("HCl", True), ("Cl", False)):
        intensity = page()
        left = 100 + 24  # one capital from the line
        put_c(intensity, left)
        put_h(intensity, left + 28)
        picture = ComponentMap.of(intensity)
        row = row_of(picture, left, left + 60, (text, 0.99))
        assert bool(side_text(PictureText(picture, (row,), 24.0)).species) is near
