"""Chains printed as rows of formulas are molecules; words, logos and single letters are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from inchify.readers.graph import GraphReader
from inchify.readers.labels.picture_text import PictureText
from inchify.readers.letters.connected_components import ComponentMap
from inchify.readers.letters.letter_rows import LetterRow
from inchify.readers.line_recognizer import LineRecognizer
from inchify.readers.refusal.model import is_refused
from inchify.readers.refusal.written_formulas import is_written_out
from inchify.rendering.depictor.glyphs import face_file

WEIGHTS = Path(__file__).parents[2] / "src" / "inchify" / "weights" / "graph"


def printed(formulas: tuple[str, ...], *, size: int = 30, above: str = "") -> np.ndarray:
    """Formulas in a row with dashes between them, ``above`` on an upright bond over the second."""
    sheet = Image.new("L", (1400, 200), 255)
    draw = ImageDraw.Draw(sheet)
    large, small = (ImageFont.truetype(str(face_file("termes")), s) for s in (size, size * 3 // 4))
    x = 20.0
    for number, formula in enumerate(formulas):
        if number:
            draw.line((x + 5, 120, x + 50, 120), fill=0, width=2)
            x += 55
        if number == 1 and above:
            draw.line((x + size / 3, 105, x + size / 3, 60), fill=0, width=2)
            draw.text((x, 60), above, font=large, fill=0, anchor="ls")
        for letter in formula:
            digit = letter.isdigit()
            face = small if digit else large
            draw.text((x, 130 + size // 5 * digit), letter, font=face, fill=0, anchor="ls")
            x += face.getlength(letter) + 1
    return np.asarray(sheet)[:, : int(x) + 20]


@pytest.mark.parametrize("size", [26, 34])
def test_chains_of_formulas_are_not_refused(size: int) -> None:
    reader = GraphReader.load(WEIGHTS, labels=LineRecognizer.load(WEIGHTS.parent / "label"))
    try:
        for formulas, above in (
            (("HO", "CH2", "CH2", "SO2", "CH2", "CH3"), ""),
            (("HOCH2CH2SO2", "CH", "CH2CH2OH"), "OH"),
        ):
            answer = reader.read_gray("", printed(formulas, size=size, above=above))
            assert not is_refused(answer), formulas
    finally:
        reader.close()


def rows_of(texts: tuple[str, ...], *, strokes: int = 0, confidence: float = 0.9) -> PictureText:
    """Rows of letters of 40 pixels each, and a stroke of so many pixels."""
    intensity = np.zeros((20 * len(texts) + 10, 400), np.uint8)
    for number, text in enumerate(texts):
        for place in range(len(text)):
            intensity[20 * number + 4 : 20 * number + 12, 8 * place : 8 * place + 5] = 255
    intensity[-3, :strokes] = 255
    components = ComponentMap.of(intensity)
    rows = [
        LetterRow(
            tuple(c for c in components.components if c.top == 20 * number + 4),
            ((text, confidence),),
        )
        for number, text in enumerate(texts)
    ]
    return PictureText(components, tuple(rows), 8.0)


def test_what_counts_as_written_out() -> None:
    assert is_written_out(rows_of(("CH3", "SO2NHCH2", "OH"), strokes=100))
    # one formula alone, logos that look like letters, words, doubtful rows, a drawing with labels
    assert not is_written_out(rows_of(("SO2NHCH2",)))
    assert not is_written_out(rows_of(("O", "C", "N")))
    assert not is_written_out(rows_of(("CH3", "Scheme", "OCH3")))
    assert not is_written_out(rows_of(("CH3", "SO2NHCH2"), confidence=0.5))
    assert not is_written_out(rows_of(("OCH3", "OCH3"), strokes=390))
