"""Lines get all their letters, and short lines that no finder saw are found among the ink."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from tests.documents.composed import Sheet

from inchify.documents.connected_components import Components, components_of
from inchify.documents.line_refinement import claimable, missed, refined, without_bonds
from inchify.types import Box, TextLine


def sheet(*texts: tuple[str, float, float]) -> tuple[list[Box], Components]:
    drawn = Sheet()
    for text, left, top in texts:
        drawn.line(text, left, top)
    done = drawn.done()
    return [line.box for line in done.lines], components_of(done.intensity, [])


@pytest.mark.parametrize("text", ["12a", "B-2", "(24)", "rac-13b"])
@pytest.mark.parametrize("side", [0, 2])
def test_a_line_that_lost_an_end_gets_it_back(text: str, side: int) -> None:
    (box,), pieces = sheet((text, 200, 300))
    cut = list(box)
    cut[side] = (box[0] + box[2]) / 2
    (found,) = refined([TextLine(tuple(cut))], pieces)  # type: ignore[arg-type]
    assert np.abs(np.subtract(found.box, box)).max() <= 2


def test_a_loose_box_becomes_tight_and_neighbors_keep_their_letters() -> None:
    (one, other), pieces = sheet(("12a", 200, 300), ("92%", 262, 300))
    loose = (one[0] - 6, one[1] - 6, one[2] + 4, one[3] + 6)
    first, second = refined([TextLine(loose), TextLine(other)], pieces)
    assert np.abs(np.subtract(first.box, one)).max() <= 2
    assert np.abs(np.subtract(second.box, other)).max() <= 2


def test_what_is_likely_a_molecules_is_in_no_line() -> None:
    (box,), pieces = sheet(("12a", 200, 300))
    votes_N = np.ones(pieces.count)
    cut = (box[0], box[1], (box[0] + box[2]) / 2, box[3])
    (found,) = refined([TextLine(cut)], pieces, votes_N)
    assert found.box[2] < box[2] - 2
    assert not missed([], pieces, votes_N)


def test_turned_lines_stay_as_they_are() -> None:
    (box,), pieces = sheet(("12a", 200, 300))
    line = TextLine((box[0], box[1], box[2] - 9, box[3]), angle=30.0)
    assert refined([line], pieces) == [line]


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
    lines = [TextLine(stroke, "1"), TextLine(label, "1")]
    assert without_bonds(lines, pieces, votes_N) == lines[1:]


def strokes(*ends: tuple[int, int, int, int], thickness: int = 2) -> tuple[list[Box], Components]:
    """A page with straight strokes (from x, y to x, y) and a row of text."""
    drawn = Sheet()
    drawn.line("words of an ordinary size", 100, 900)
    intensity = drawn.done().intensity.copy()
    for left, top, right, bottom in ends:
        cv2.line(intensity, (left, top), (right, bottom), 255, thickness, cv2.LINE_AA)
    boxes: list[Box] = [
        (min(a, c) - 3.0, min(b, d) - 3.0, max(a, c) + 4.0, max(b, d) + 4.0) for a, b, c, d in ends
    ]
    return boxes, components_of(intensity, [])


@pytest.mark.parametrize("thickness", [1, 2, 4])
@pytest.mark.parametrize("length", [20, 28, 40])
def test_straight_strokes_are_told_from_letters(length: int, thickness: int) -> None:
    ends = [
        (300 + round(100 * k), 300, *(300 + round(100 * k + length * x), round(300 + length * y)))
        for k, (x, y) in enumerate(((0.87, 0.5), (0.5, 0.87), (1, 0), (0, 1), (-0.7, 0.7)))
    ]
    boxes, pieces = strokes(*ends, thickness=thickness)
    found = [int(np.argmax(pieces.share_inside(box))) for box in boxes]
    assert pieces.straight_N[found].all()
    assert pieces.slanted_N[found].tolist() == [True, True, False, False, True]


def test_digits_and_letters_are_no_slanted_strokes() -> None:
    _, pieces = sheet(("2345678 90 aCEFSZXYWAV", 200, 300), ("N7z&", 200, 500))
    assert not pieces.slanted_N.any()


@pytest.mark.parametrize("chance", [0.45, 0.65, 0.79])
def test_inner_lines_of_double_bonds_are_no_text(chance: float) -> None:
    (slanted, upright), pieces = strokes((300, 300, 324, 314), (400, 300, 400, 326))
    votes_N = np.where(pieces.share_inside((250, 250, 500, 400)) > 0.5, chance, 0.01)
    assert not [line for line in missed([], pieces, votes_N) if line.box[0] < 350]
    lines = [TextLine(slanted, "2"), TextLine(slanted, "/"), TextLine(upright, "8")]
    assert without_bonds(lines, pieces, votes_N) == []
    # a line of text that has them in its box has no claim to those that slant
    inside_N = pieces.share_inside(slanted) > 0.5
    assert inside_N.any() and not claimable(pieces, votes_N)[inside_N].any()


def test_strokes_that_are_hardly_a_molecules_stay_text() -> None:
    (slanted, upright), pieces = strokes((300, 300, 324, 314), (400, 300, 400, 326))
    votes_N = np.full(pieces.count, 0.1)
    lines = [TextLine(slanted, "/"), TextLine(upright, "8")]
    assert without_bonds(lines, pieces, votes_N) == lines


def test_a_letter_that_its_bond_touches_is_an_atoms() -> None:
    drawn = Sheet()
    drawn.line("words of an ordinary size", 100, 900)
    drawn.line("8", 300, 300)
    drawn.line("8", 500, 300)
    done = drawn.done()
    intensity, box = done.intensity.copy(), done.lines[1].box
    # a bond that ends 3 pixels from the first, too long to be a letter
    cv2.line(
        intensity, (int(box[2]) + 4, int(box[3])), (int(box[2]) + 60, int(box[3]) + 40), 255, 2
    )
    pieces = components_of(intensity, [])
    votes_N = np.where(pieces.share_inside((200, 200, 700, 500)) > 0.5, 0.7, 0.01)
    found = [line.box for line in missed([], pieces, votes_N) if line.box[1] < 600]
    assert len(found) == 1 and found[0][0] > 450
    assert len([x for x in missed([], pieces, 0.4 * votes_N) if x.box[1] < 600]) == 2
