"""Pieces of bonds between two labels are bonds; signs, hydrogen bonds and hyphens are none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from inchify.readers.bonds.short import short_bonds
from inchify.readers.stroke_graph.graph import StrokeGraphReader
from inchify.readers.views.crops import Box

WIDTH = 8
NITROGEN, OXYGEN = (200.0, 20.0, 240.0, 70.0), (118.0, 70.0, 166.0, 120.0)


def drawn(*lines: tuple[tuple[int, int], tuple[int, int]], width: int = WIDTH) -> np.ndarray:
    intensity = np.zeros((200, 300), np.uint8)
    for begin, end in lines:
        cv2.line(intensity, begin, end, 255, width)
    return intensity


def joined(intensity: np.ndarray, *boxes: Box) -> list[tuple[tuple[int, int], int]]:
    return [
        (bond.labels, len(bond.strokes)) for bond in short_bonds(intensity, boxes, float(WIDTH))
    ]


def test_a_piece_on_the_line_between_two_letters_is_their_bond() -> None:
    assert joined(drawn(((176, 73), (187, 65))), NITROGEN, OXYGEN) == [((0, 1), 1)]


def test_a_level_and_an_upright_piece() -> None:
    level = [(10.0, 50.0, 50.0, 100.0), (90.0, 50.0, 130.0, 100.0)]
    assert joined(drawn(((62, 75), (78, 75))), *level) == [((0, 1), 1)]
    upright = [(50.0, 10.0, 90.0, 60.0), (46.0, 98.0, 94.0, 148.0)]
    assert joined(drawn(((70, 72), (70, 86))), *upright) == [((0, 1), 1)]


def test_two_lines_beside_each_other_are_one_double_bond() -> None:
    level = [(10.0, 50.0, 50.0, 100.0), (90.0, 50.0, 130.0, 100.0)]
    intensity = drawn(((60, 67), (80, 67)), ((60, 83), (80, 83)))
    assert joined(intensity, *level) == [((0, 1), 2)]


@pytest.mark.parametrize(
    "lines",
    [
        [((62, 55), (78, 55))],  # a raised minus
        [((70, 66), (70, 84))],  # a line across
        [((70, 75), (71, 75))],  # a point
        [((58, 75), (64, 75)), ((76, 75), (82, 75))],  # dashes of a hydrogen bond
        [((62, 75), (78, 75), (70, 67)), ((70, 65), (70, 85))],  # a plus
    ],
)
def test_other_marks_between_letters(lines: list[tuple[tuple[int, int], ...]]) -> None:
    level = [(10.0, 50.0, 50.0, 100.0), (90.0, 50.0, 130.0, 100.0)]
    intensity = drawn(*((line[0], line[1]) for line in lines))
    assert joined(intensity, *level) == []


def test_far_labels_and_one_label_have_none() -> None:
    intensity = drawn(((100, 75), (120, 75)))
    assert joined(intensity, (10.0, 50.0, 50.0, 100.0), (180.0, 50.0, 220.0, 100.0)) == []
    assert joined(intensity, (10.0, 50.0, 50.0, 100.0)) == []


def test_a_reading_by_strokes_has_the_bond_between_its_letters() -> None:
    """The five-membered ring of an isoxazole: O and N, three bare corners."""
    o, n = (77.0, 167.0, 123.0, 217.0), (160.0, 130.0, 200.0, 180.0)
    left, top, right = (40, 110), (100, 60), (170, 80)
    intensity = np.zeros((260, 260), np.uint8)
    for begin, end in (
        ((82, 158), left),
        (left, top),
        (top, right),
        (right, (178, 120)),
        ((134, 178), (146, 171)),
    ):
        cv2.line(intensity, begin, end, 255, WIDTH)
    (graph,) = StrokeGraphReader(intensity, [o, n], [], 90.0, lambda place: -5.0).graphs()
    assert (0, 1) in {tuple(sorted((bond.begin, bond.end))) for bond in graph.bonds}
    assert len(graph.bonds) == 5
