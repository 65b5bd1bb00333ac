"""Lines that stand alone and are numbers of compounds; bars of hashed bonds and labels are none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from inchify.readers.labels.picture_text import PictureText
from inchify.readers.letters.connected_components import ComponentMap
from inchify.readers.letters.letter_rows import LetterRow
from inchify.readers.surroundings.caption_lines import caption_lines, is_caption_line
from inchify.readers.surroundings.side_text import side_text

CAPITAL = 20


def page(*words: tuple[str, int, int]) -> np.ndarray:
    """A zigzag at the left and words at (x, y)."""
    intensity = np.zeros((160, 420), np.uint8)
    cv2.polylines(
        intensity, [np.array([(10, 100), (60, 70), (110, 100), (160, 70)])], False, 255, 2
    )
    for word, x, y in words:
        cv2.putText(intensity, word, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2)
    return intensity


def test_a_line_that_stands_alone_is_read_as_a_whole() -> None:
    (line,) = caption_lines(ComponentMap.of(page(("B-17", 300, 40))), CAPITAL)
    assert len(line.letters) == 4 and line.box[0] >= 300


@pytest.mark.parametrize("place", [(150, 90), (168, 110)])
def test_a_line_near_the_drawing_is_none(place: tuple[int, int]) -> None:
    assert caption_lines(ComponentMap.of(page(("B17", *place))), CAPITAL) == []


def test_bars_alone_may_be_a_hashed_bond() -> None:
    intensity = page()
    for number in range(5):
        intensity[40 - 2 * number : 44 + 2 * number, 300 + 8 * number : 302 + 8 * number] = 255
    assert caption_lines(ComponentMap.of(intensity), CAPITAL) == []


def line(*texts: str) -> LetterRow:
    intensity = page(("B-17", 300, 40))
    (found,) = caption_lines(ComponentMap.of(intensity), CAPITAL)
    return LetterRow(found.letters, tuple((text, 0.9 / len(texts)) for text in texts))


@pytest.mark.parametrize(
    "text",
    [
        "B-27",
        "B17",
        "155",
        "1SS",
        "(IIj)",
        "[II]",
        "12a",
        "(3)",
        "A-1-3",
        "No. 12",
        "(C)",
        "Chiral",
        "ChIral",
    ],
)
def test_numbers_of_compounds_and_chiral(text: str) -> None:
    assert is_caption_line(line(text))


@pytest.mark.parametrize(
    "text",
    [
        "CO2",
        "BF4",
        "HCl",
        "Na",
        "SO",
        "I",
        "H2",
        "NaI",
        "CF3",
        "HI",
        "R1",
        "O-",
        "SO2",
        "I2",
        "(R)",
        "(Z)",
    ],
)
def test_formulas_are_no_numbers(text: str) -> None:
    assert not is_caption_line(line(text))


def test_every_likely_reading_must_be_a_number() -> None:
    assert is_caption_line(line("1SS", "15S", "1δS"))
    assert not is_caption_line(line("155", "ISO"))
    assert not is_caption_line(LetterRow(line("155").letters))


def test_such_a_line_is_understood_and_is_no_label() -> None:
    row = line("B-17")
    picture = ComponentMap.of(page(("B-17", 300, 40)))
    # the dash is no letter for those who look for labels
    part = LetterRow(row.letters[:1], (("B", 0.99),))
    found = side_text(PictureText(picture, (part,), CAPITAL, (row,)))
    assert [one.text for one in found.captions] == ["B-17"]
    assert set(found.explained) == set(row.letters) and found.species == ()
    other = LetterRow(row.letters, (("BF4", 0.9),))
    assert side_text(PictureText(picture, (part,), CAPITAL, (other,))).explained == ()
