"""Signs beside labels are seen in pictures that are reduced for measuring, thin strokes of letters
are none."""

from __future__ import annotations

import cv2
import numpy as np

from inchify.types import GraphAtom, GraphBond, MoleculeGraph
from inchify.verification.graph_match.match import inspected
from inchify.verification.objections.label_signs import signs_near_labels

# An N of 20 pixels, as Times has it, between bonds of 66 pixels.
LEFT, TOP, RIGHT, BOTTOM = 84, 61, 104, 80
PLACES = ((10.0, 80.0), (45.0, 24.0), (94.0, 70.0), (152.0, 40.0), (172.0, 100.0))


def picture(shift: int = 0) -> np.ndarray:
    """``shift``: pixels to the right, for reduced pictures have stems on or between pixels."""
    intensity = np.zeros((130, 220 + shift), np.uint8)
    for begin, end in ((PLACES[0], PLACES[1]), (PLACES[3], PLACES[4])):
        cv2.line(intensity, (int(begin[0]), int(begin[1])), (int(end[0]), int(end[1])), 255, 2)
    cv2.line(intensity, (45, 24), (81, 58), 255, 2)
    cv2.line(intensity, (108, 63), (152, 40), 255, 2)
    for step in range(BOTTOM - TOP):
        y, x = TOP + step, LEFT + 4 + round(0.7 * step)
        intensity[y, x : x + 2 + (step % 2)] = 255
    intensity[TOP:BOTTOM, [LEFT + 4, RIGHT - 4]] = 255
    intensity[TOP, LEFT : LEFT + 5] = intensity[TOP, RIGHT - 7 : RIGHT] = 255
    intensity[BOTTOM - 1, LEFT + 1 : LEFT + 8] = 255
    return np.roll(intensity, shift, axis=1)


def graph(shift: int) -> MoleculeGraph:
    atoms = [GraphAtom(x, y) for x, y in PLACES]
    box = (float(LEFT), float(TOP), float(RIGHT), float(BOTTOM))
    atoms[2] = GraphAtom(*PLACES[2], "N", "N", hydrogens=0, box=box)
    bonds = tuple(GraphBond(n, n + 1) for n in range(len(PLACES) - 1))
    return MoleculeGraph(tuple(atoms), bonds).moved(1.0, (float(shift), 0.0))


def signs(intensity: np.ndarray, shift: int = 0) -> int:
    seen = inspected(intensity, graph(shift))
    assert seen is not None and seen.paper.scale < 0.7
    return len(list(signs_near_labels(seen)))


def test_a_letters_thin_stems_are_no_signs() -> None:
    for shift in range(8):
        assert signs(picture(shift), shift) == 0, shift


def test_a_sign_beside_the_letter_is_seen() -> None:
    for x, y in ((RIGHT + 3, BOTTOM - 6), (RIGHT + 1, BOTTOM - 4), (LEFT + 8, TOP - 6)):
        intensity = picture()
        intensity[y : y + 2, x : x + 9] = 255
        assert signs(intensity) == 1, (x, y)
