"""Printed lines: texts of the alphabet alone, pictures that hold them, letters high and low."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from inchify.chemistry.line_characters import (
    LINE_ALPHABET,
    LOWERED,
    PLAIN,
    RAISED,
    unknown_letters,
    written,
)
from inchify.synthetic.text_lines.pictures import draw_text, line_fonts, set_line
from inchify.synthetic.text_lines.words import KINDS, line_text


def test_the_alphabet_names_each_letter_once() -> None:
    assert len(set(LINE_ALPHABET)) == len(LINE_ALPHABET) == 181
    assert set(PLAIN) == set(LOWERED + RAISED) <= set(LINE_ALPHABET)
    assert written(LINE_ALPHABET).replace(" ", "") == LINE_ALPHABET.replace(" ", "")


def test_other_writings_become_one() -> None:
    assert written("5 µM  −3 “a”\u00a0b’s") == '5 μM –3 "a" b\'s'
    assert written("e\u0301") == "é" and written("a`b") == "a`b"
    assert unknown_letters("a合b計") == "合計"


def test_texts_keep_to_alphabet_and_limits() -> None:
    generator = np.random.default_rng(0)
    for limits in ((1, 60), (1, 8), (5, 5), (20, 30)):
        for _ in range(120):
            text = line_text(generator, limits)
            assert limits[0] <= len(text) <= limits[1] and not unknown_letters(text)
            assert text == text.strip() and "  " not in text


def test_every_letter_comes_up_and_upper_case_often() -> None:
    generator = np.random.default_rng(1)
    letters = Counter("".join(line_text(generator) for _ in range(6000)))
    assert not set(LINE_ALPHABET) - set(letters)
    upper = sum(letters[chr(code)] for code in range(65, 91))
    lower = sum(letters[chr(code)] for code in range(97, 123))
    assert 0.2 < upper / lower < 1.0


def test_every_kind_gives_something() -> None:
    generator = np.random.default_rng(2)
    for kind, _ in KINDS:
        assert len({kind(generator) for _ in range(30)}) > 10


def test_every_letter_can_be_drawn() -> None:
    generator = np.random.default_rng(3)
    for letter in LINE_ALPHABET.strip():
        picture = draw_text(letter, generator)
        assert (
            picture.text == letter
            and int(picture.intensity.max()) - int(picture.intensity.min()) > 50
        )


def test_pictures_are_as_a_finder_cuts_them() -> None:
    generator = np.random.default_rng(4)
    shares = []
    for _ in range(80):
        picture = draw_text("Compound 12a", generator)
        assert picture.intensity.dtype == np.uint8 and picture.intensity.ndim == 2
        height, width = picture.intensity.shape
        shares.append(picture.capital / height)
        assert width > 2 * height
    assert min(shares) > 0.3 and max(shares) < 1.2 and np.std(shares) > 0.03


def test_lowered_and_raised_letters_stand_low_and_high() -> None:
    font = line_fonts()[0]
    middles = {}
    for letter in ("2", "₂", "²"):
        intensity, rows = set_line("H" + letter, font, 60, np.random.default_rng(0))
        assert rows is not None
        right = intensity[:, int(0.78 * intensity.shape[1]) :]
        foreground = np.flatnonzero(right.max(axis=1))
        middles[letter] = float(foreground.mean()) + rows[0], np.ptp(foreground)
    assert middles["²"][0] < middles["2"][0] < middles["₂"][0]
    assert middles["₂"][1] < 0.85 * middles["2"][1] > middles["²"][1]


def test_letters_without_a_font_are_named() -> None:
    with pytest.raises(ValueError, match="no font"):
        line_fonts("\U000e0041")
    with pytest.raises(ValueError, match="no font"):
        draw_text("a\U000e0041", np.random.default_rng(0))
