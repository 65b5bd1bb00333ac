"""Lines get all their letters, and short lines that no finder saw are found among the ink."""

from __future__ import annotations

import numpy as np
import pytest
from tests.page.composed import Sheet

from inchify.page.mending import mended, missed, without_bonds
from inchify.page.pieces import Pieces, pieces_of
from inchify.types import Box, TextLine


def sheet(*texts: tuple[str, float, float]) -> tuple[list[Box], Pieces]:
    drawn = Sheet()
    for text, left, top in texts:
        drawn.line(text, left, top)
    done = drawn.done()
    return [line.box for line in done.lines], pieces_of(done.ink, [])


@pytest.mark.parametrize("text", ["12a", "B-2", "(24)", "rac-13b"])
@pytest.mark.parametrize("side", [0, 2])
def test_a_line_that_lost_an_end_gets_it_back(text: str, side: int) -> None:
    (box,), pieces = sheet((text, 200, 300))
    cut = list(box)
    cut[side] = (box[0] + box[2]) / 2
    (found,) = mended([TextLine(tuple(cut))], pieces)  # type: ignore[arg-type]
    assert np.abs(np.subtract(found.box, box)).max() <= 2


def test_a_loose_box_becomes_tight_and_neighbours_keep_their_letters() -> None:
    (one, other), pieces = sheet(("12a", 200, 300), ("92%", 262, 300))
    loose = (one[0] - 6, one[1] - 6, one[2] + 4, one[3] + 6)
    first, second = mended([TextLine(loose), TextLine(other)], pieces)
    assert np.abs(np.subtract(first.box, one)).max() <= 2
    assert np.abs(np.subtract(second.box, other)).max() <= 2


def test_what_is_likely_a_molecules_is_in_no_line() -> None:
    (box,), pieces = sheet(("12a", 200, 300))
    votes_N = np.ones(pieces.count)
    cut = (box[0], box[1], (box[0] + box[2]) / 2, box[3])
    (found,) = mended([TextLine(cut)], pieces, votes_N)
    assert found.box[2] < box[2] - 2
    assert not missed([], pieces, votes_N)


def test_turned_lines_stay_as_they_are() -> None:
    (box,), pieces = sheet(("12a", 200, 300))
    line = TextLine((box[0], box[1], box[2] - 9, box[3]), angle=30.0)
    assert mended([line], pieces) == [line]


def test_short_rows_that_are_in_no_line_are_found_and_long_ones_are_not() -> None:
    boxes, pieces = sheet(
        ("12a", 200, 300), ("7", 500, 300), ("text that runs on and on", 200, 600), ("9b", 700, 700)
    )
    found = missed([TextLine(boxes[3])], pieces, np.zeros(pieces.count))
    assert [line.score for line in found] == [0.0, 0.0]
    for line, box in zip(found, boxes, strict=False):
        assert np.abs(np.subtract(line.box, box)).max() <= 2


def test_a_bond_that_reads_as_a_one_is_no_line_and_a_label_that_does_is() -> None:
    (stroke, label), pieces = sheet(("l", 200, 300), ("1", 500, 300))
    votes_N = np.where(pieces.share_inside(stroke) > 0.5, 0.9, 0.05)
    lines = [TextLine(stroke, "1"), TextLine(label, "1"), TextLine(stroke, "12a")]
    assert without_bonds(lines, pieces, votes_N) == lines[1:]
