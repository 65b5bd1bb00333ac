"""Drawings of a few straight strokes are read exactly, and nothing else is."""

import cv2
import numpy as np
import pytest

from inchify.readers.labels.picture_text import PictureText
from inchify.readers.letters.connected_components import ComponentMap
from inchify.readers.letters.letter_rows import LetterRow
from inchify.readers.stroke_graph.line_segments import straight_strokes
from inchify.readers.stroke_graph.small_drawings import graph_of_strokes

Line = tuple[int, int, int, int]


def drawn(*lines: Line, size: tuple[int, int] = (140, 220), width: int = 3) -> np.ndarray:
    intensity = np.zeros(size, np.uint8)
    for x1, y1, x2, y2 in lines:
        cv2.line(intensity, (x1, y1), (x2, y2), 255, width, cv2.LINE_AA)
    return intensity


def text_of(intensity: np.ndarray, *labels: tuple[str, int, int]) -> PictureText:
    """The picture with a solid box of 16 x 20 pixels as the letters of each label."""
    boxes = []
    for _, x, y in labels:
        intensity[y : y + 20, x : x + 16] = 255
        boxes.append((x, y, x + 16, y + 20))
    picture = ComponentMap.of(intensity)
    rows = []
    for (word, *_), box in zip(labels, boxes, strict=True):
        found = next(c for c in picture.components if (c.left, c.top, c.right, c.bottom) == box)
        rows.append(LetterRow((found,), ((word, 1.0),)))
    return PictureText(picture, tuple(rows), 20.0 if labels else 0.0)


@pytest.mark.parametrize(
    ("lines", "kinds"),
    [
        ([(20, 70, 120, 70)], ["single"]),
        ([(20, 62, 120, 62), (20, 78, 120, 78)], ["double"]),
        ([(20, 55, 120, 55), (20, 70, 120, 70), (20, 85, 120, 85)], ["triple"]),
        ([(20, 100, 90, 60), (90, 60, 160, 100)], ["single", "single"]),
        ([(20, 100, 90, 60), (90, 60, 160, 100), (35, 108, 92, 76)], ["double", "single"]),
        ([(60, 110, 140, 110), (140, 110, 100, 41), (100, 41, 60, 110)], ["single"] * 3),
        # CH3-C#CH: one line of two bonds
        ([(20, 70, 180, 70), (100, 60, 180, 60), (100, 80, 180, 80)], ["single", "triple"]),
    ],
)
def test_bonds_without_letters(lines: list[Line], kinds: list[str]) -> None:
    graph = graph_of_strokes(text_of(drawn(*lines)))
    assert graph is not None
    assert sorted(bond.kind for bond in graph.bonds) == sorted(kinds)


def test_a_stroke_at_a_label_is_its_bond() -> None:
    graph = graph_of_strokes(text_of(drawn((20, 70, 100, 70)), ("OH", 110, 60)))
    assert graph is not None
    assert [(a.symbol, a.hydrogens) for a in graph.atoms] == [("O", 1), ("C", None)]
    assert [(b.begin, b.end, b.kind) for b in graph.bonds] == [(1, 0, "single")]


def test_an_upright_stroke_at_the_end_of_a_bond_is_iodine() -> None:
    graph = graph_of_strokes(text_of(drawn((20, 70, 120, 70), (130, 58, 130, 82))))
    assert graph is not None
    assert sorted(atom.symbol for atom in graph.atoms) == ["C", "I"]


def test_what_is_more_than_straight_strokes_is_left_alone() -> None:
    ring = np.zeros((140, 220), np.uint8)
    cv2.circle(ring, (100, 70), 40, 255, 3, cv2.LINE_AA)
    assert graph_of_strokes(text_of(ring)) is None
    arrow = drawn((20, 70, 150, 70))
    cv2.fillPoly(arrow, [np.array([[150, 58], [180, 70], [150, 82]])], 255)
    assert graph_of_strokes(text_of(arrow)) is None
    apart = text_of(drawn((20, 30, 120, 30), (20, 110, 120, 130)))
    assert graph_of_strokes(apart) is None
    assert graph_of_strokes(text_of(np.zeros((40, 40), np.uint8))) is None


@pytest.mark.parametrize(("radius", "thickness"), [(3, 2), (4, 4), (5, 3)])
def test_small_rings_have_no_stroke(radius: int, thickness: int) -> None:
    ring = np.zeros((60, 60), np.uint8)
    cv2.circle(ring, (30, 30), radius, 255, thickness, cv2.LINE_AA)
    assert straight_strokes(ring, max_strokes=9) is None
    assert straight_strokes(ring, max_strokes=9, alone=False) is None


def test_a_label_without_a_bond_or_a_broken_valence_is_left_alone() -> None:
    assert graph_of_strokes(text_of(drawn((20, 70, 80, 70)), ("O", 160, 20))) is None
    five = [(110, 70, 110 + x, 70 + y) for x, y in ((60, 0), (20, 55), (-50, 35), (-50, -35))]
    two = [*five, (110, 70, 130, 15)]
    assert graph_of_strokes(text_of(drawn(*two))) is None


def test_strokes_are_measured() -> None:
    found = straight_strokes(drawn((20, 70, 120, 70)), max_strokes=3)
    assert found is not None
    (stroke,), width = found
    assert stroke.length == pytest.approx(103, abs=3)
    assert 2 < width < 5
    assert stroke.distance(np.array([50.0, 80.0])) == pytest.approx(10, abs=1)


def test_strokes_as_sharp_as_those_of_a_letter_are_no_bonds() -> None:
    assert graph_of_strokes(text_of(drawn((20, 100, 90, 60), (90, 60, 130, 90)))) is not None
    sharp = drawn((20, 110, 90, 60), (90, 60, 95, 120), (95, 120, 130, 60))
    assert graph_of_strokes(text_of(sharp)) is None


def test_a_double_bond_may_end_beside_the_middle_of_its_label() -> None:
    picture = drawn((58, 64, 120, 100), (60, 48, 125, 86), (120, 100, 185, 63))
    graph = graph_of_strokes(text_of(picture, ("O", 38, 46)))
    assert graph is not None
    assert sorted(bond.kind for bond in graph.bonds) == ["double", "single"]


def test_a_triple_bond_in_the_middle_of_a_stroke() -> None:
    lines = ((20, 70, 200, 70), (84, 58, 136, 58), (84, 82, 136, 82))
    graph = graph_of_strokes(text_of(drawn(*lines)))
    assert graph is not None
    assert sorted(bond.kind for bond in graph.bonds) == ["single", "single", "triple"]
