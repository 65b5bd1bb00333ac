"""The I of an iodine is told from strokes of a drawing by what stands round it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from inchify.readers.letters.connected_components import ComponentMap
from inchify.readers.letters.letter_rows import letter_rows
from inchify.readers.letters.lone_iodine import lone_iodines

CAPITAL = 20
# The letter: from (100, 60) to (103, 79), as fonts without serifs have it.
LETTER = (100, 60, 102, 79)
Line = tuple[int, int, int, int]


def found(*lines: Line, bar: Line = LETTER, capital: float = CAPITAL) -> int:
    """How many such letters there are beside lines two pixels thick."""
    picture = Image.new("L", (240, 180), 0)
    pen = ImageDraw.Draw(picture)
    pen.rectangle(bar, fill=255)
    for line in lines:
        pen.line(line, fill=255, width=2)
    components = ComponentMap.of(np.asarray(picture))
    return len(lone_iodines(components, [], capital))


@pytest.mark.parametrize(
    "bond",
    [(101, 88, 101, 130), (109, 70, 160, 70), (108, 86, 150, 115), (94, 54, 60, 30)],
    ids=["below", "right", "aslant", "above"],
)
@pytest.mark.parametrize("capital", [CAPITAL, 0], ids=["scaled", "unscaled"])
def test_a_bar_at_the_end_of_one_bond_is_iodine(bond: Line, capital: float) -> None:
    assert found(bond, capital=capital) == 1


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [(94, 40, 94, 100)],
        [(101, 88, 101, 130), (101, 20, 101, 52)],
        [(101, 78, 101, 130)],
    ],
    ids=["no bond", "second line of a double bond", "between two strokes", "joined to a bond"],
)
def test_other_bars_are_strokes(lines: list[Line]) -> None:
    assert found(*lines) == 0


def test_a_bar_of_another_height_is_a_stroke() -> None:
    assert found((101, 98, 101, 140), bar=(100, 60, 102, 89)) == 0


def test_faint_ink_joins_the_pieces_of_a_thin_line() -> None:
    picture = np.zeros((180, 240), np.uint8)
    picture[60:80, 100:102] = 255
    picture[83:130, 101:103] = 255
    assert len(lone_iodines(ComponentMap.of(picture), [], CAPITAL)) == 1
    picture[80:83, 101] = 80
    assert lone_iodines(ComponentMap.of(picture), [], CAPITAL) == []


def test_the_stem_beside_a_letter_is_no_iodine() -> None:
    picture = np.zeros((180, 240), np.uint8)
    picture[60:80, 100:102] = 255
    picture[60:80, 88:96] = 255
    components = ComponentMap.of(picture)
    rows = letter_rows(components.components, CAPITAL)
    assert lone_iodines(components, rows, CAPITAL) == []
