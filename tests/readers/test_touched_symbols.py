"""Symbols that bonds touch are found by what is left without the bonds' strokes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from tests.readers.test_label_check import FRAME, Nobody, best, candidates

from inchify.readers.labels.label_check import checked
from inchify.readers.labels.picture_text import PictureText
from inchify.readers.labels.unread_labels import with_texts
from inchify.readers.letters.connected_components import Component, ComponentMap
from inchify.readers.letters.iodine_strokes import iodine_rows
from inchify.readers.letters.letter_rows import LetterRow
from inchify.readers.letters.touched_symbols import is_symbol, touched_symbols, without_parts
from inchify.synthetic.text_lines.fonts import font_files
from inchify.types import GraphAtom, MoleculeGraph

CAPITAL = 18


class Reads:
    """A reader that reads one text in every crop, and keeps the crops."""

    def __init__(self, text: str, confidence: float = 0.95) -> None:
        self.answer, self.crops = (text, confidence), list[np.ndarray]()

    def readings(self, crops: Sequence[np.ndarray], most: int) -> list[list[tuple[str, float]]]:
        self.crops += crops
        return [[self.answer] for _ in crops]


def drawing(letters: str) -> tuple[PictureText, tuple[int, int, int, int]]:
    """Letters round (60, 50) that strokes from (10, 50) and (110, 50) touch, and their box."""
    picture = Image.new("L", (120, 100), 0)
    pen = ImageDraw.Draw(picture)
    if letters:
        font = ImageFont.truetype(font_files()[0], 25)
        pen.text((60, 50), letters, fill=255, font=font, anchor="mm")
    left, top, right, bottom = picture.getbbox() or (60, 50, 60, 50)
    intensity = np.asarray(picture).copy()
    cv2.line(intensity, (10, 50), (left, 50), 255, 2)
    cv2.line(intensity, (right - 1, 50), (110, 50), 255, 2)
    return PictureText(ComponentMap.of(intensity), (), CAPITAL), (left, top, right, bottom)


@pytest.mark.parametrize("letters", ["Ti", "Bi", "Sn"])
def test_a_symbol_that_strokes_touch_is_read_without_them(letters: str) -> None:
    text, box = drawing(letters)
    atoms, bonds = candidates(("corner", 10, 50), ("P", 60, 50), ("corner", 110, 50))
    (row,) = touched_symbols(atoms, bonds, text, FRAME, Reads(letters))
    assert row.text == letters
    assert np.abs(np.subtract(row.box, box)).max() <= 3


@pytest.mark.parametrize("answer", [Reads("Ti", 0.5), Reads("l"), Reads("CH"), Reads("")])
def test_only_symbols_that_are_surely_read_count(answer: Reads) -> None:
    text, _ = drawing("Ti")
    atoms, bonds = candidates(("corner", 10, 50), ("P", 60, 50), ("corner", 110, 50))
    assert touched_symbols(atoms, bonds, text, FRAME, answer) == []
    assert answer.crops


@pytest.mark.parametrize("capital", [0.4, 1.0, 3.0])
def test_capitals_of_a_pixel_are_no_error(capital: float) -> None:
    text, _ = drawing("Ti")
    atoms, bonds = candidates(("corner", 10, 50), ("P", 60, 50), ("corner", 110, 50))
    assert not touched_symbols(atoms, bonds, replace(text, capital=capital), FRAME, Reads("CH"))


def test_a_bare_corner_has_nothing_to_read() -> None:
    text, _ = drawing("")
    atoms, bonds = candidates(("corner", 10, 50), ("corner", 60, 50), ("corner", 110, 50))
    reader = Reads("Ti")
    assert touched_symbols(atoms, bonds, text, FRAME, reader) == []
    assert not reader.crops


def test_a_label_is_its_symbol_in_place_of_the_network_s_class() -> None:
    text, _ = drawing("Ti")
    atoms, bonds = candidates(("corner", 10, 50), ("P", 60, 50), ("corner", 110, 50))
    found, _ = checked(atoms, bonds, text, FRAME, Reads("Ti"))
    assert best(found) == ["corner", "text", "corner"]


def test_parts_of_a_symbol_are_no_rows() -> None:
    def row(text: str, left: int, right: int) -> LetterRow:
        return LetterRow((Component(1, left, 10, right, 28, 90),), ((text, 0.9),))

    part, other, whole = row("T", 40, 52), row("O", 80, 92), row("Ti", 40, 58)
    assert without_parts([part, other], [whole]) == [other]


@pytest.mark.parametrize(
    ("said", "confidence", "found"), [("CH2SO2", 0.97, 0), ("CH2SO2", 0.5, 1), ("T", 0.97, 1)]
)
def test_a_window_in_a_longer_label_that_is_read_is_no_symbol(
    said: str, confidence: float, found: int
) -> None:
    text, (left, top, right, bottom) = drawing("CH")
    letters = (Component(1, left, top, right + 40, bottom, 300),)
    row = LetterRow(letters, ((said, confidence),))
    atoms, bonds = candidates(("corner", 10, 50), ("Cl", 60, 50), ("corner", 110, 50))
    text = PictureText(text.components, (row,), CAPITAL)
    assert len(touched_symbols(atoms, bonds, text, FRAME, Reads("Cl"))) == found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Ti", True),
        ("N", True),
        ("S", True),
        ("I", False),
        ("O", False),
        ("T", False),
        ("Xq", False),
    ],
)
def test_symbols_that_strokes_do_not_look_like(text: str, wanted: bool) -> None:
    assert is_symbol(text) is wanted


class WithAndWithoutStrokes:
    """A reader that reads Ti only in the smallest of the crops of a label."""

    def __init__(self, near: str) -> None:
        self.near = near

    def readings(self, crops: Sequence[np.ndarray], most: int) -> list[list[tuple[str, float]]]:
        least = min(crop.shape[1] for crop in crops)
        sure = [("Ti" if crop.shape[1] == least else self.near, 0.9) for crop in crops]
        return [[one] for one in sure]


@pytest.mark.parametrize(("near", "wanted"), [("TP", "Ti"), ("OTf", "Ti"), ("TiCl3", "TiCl3")])
def test_a_symbol_is_read_without_what_is_beside_it(near: str, wanted: str) -> None:
    text, box = drawing("Ti")
    # longer than the paper round a crop, so that the box alone is the smallest crop
    label = GraphAtom(60, 50, "", "?", box=tuple(float(side) for side in box))
    (found,) = with_texts(
        [MoleculeGraph((label,), ())], text.components.intensity, WithAndWithoutStrokes(near), None
    )
    assert found.graph.atoms[0].text == wanted


def crossing_bar(up: int, down: int, *, slant: int = 0) -> PictureText:
    """A level bond from (10, 50) to (60, 50) and an upright bar there."""
    intensity = np.zeros((100, 120), np.uint8)
    cv2.line(intensity, (10, 50), (60, 50), 255, 2)
    cv2.line(intensity, (60 + slant, 50 - up), (60 - slant, 50 + down), 255, 2)
    return PictureText(ComponentMap.of(intensity), (), CAPITAL)


@pytest.mark.parametrize(
    ("bar", "wanted"),
    [
        (crossing_bar(9, 9), True),
        (crossing_bar(9, 1), False),  # a corner
        (crossing_bar(30, 30), False),  # bonds that nobody saw
        (crossing_bar(9, 9, slant=4), False),
    ],
)
def test_an_upright_bar_as_high_as_a_capital_at_the_end_of_a_bond_is_iodine(
    bar: PictureText, wanted: bool
) -> None:
    atoms, bonds = candidates(("corner", 10, 50), ("corner", 60, 50))
    assert bool(iodine_rows(atoms, bonds, bar, FRAME)) is wanted
    found, _ = checked(atoms, bonds, bar, FRAME, Nobody())
    assert best(found)[1] == ("I" if wanted else "corner")


def test_an_iodine_may_go_on_below_the_bond_from_above() -> None:
    intensity = np.zeros((100, 120), np.uint8)
    cv2.line(intensity, (60, 8), (60, 59), 255, 2)
    cv2.line(intensity, (20, 70), (60, 50), 255, 2)
    cv2.line(intensity, (100, 70), (60, 50), 255, 2)
    text = PictureText(ComponentMap.of(intensity), (), CAPITAL)
    atoms, bonds = candidates(("corner", 60, 8), ("corner", 60, 50), ("corner", 20, 70))
    assert len(iodine_rows(atoms, bonds, text, FRAME)) == 1
