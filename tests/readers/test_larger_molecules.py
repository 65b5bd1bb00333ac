"""Drawings too large for the finder: pieces give way to the whole, and nothing else does."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from inchify.decoding.oriented import OrientedBox
from inchify.readers.larger_molecules import REDUCTIONS, with_larger

STRIDE = 4
SHAPE = (800, 600)


def box_of(left: float, top: float, right: float, bottom: float, score: float = 0.5) -> OrientedBox:
    return OrientedBox((left + right) / 2, (top + bottom) / 2, right - left, bottom - top, 0, score)


def chances_of(shape: tuple[int, ...], *boxes: OrientedBox, base: float = 0.05) -> np.ndarray:
    """Cells of a picture of that shape: .9 in the boxes."""
    cells = np.full((-(-shape[0] // STRIDE), -(-shape[1] // STRIDE)), base, np.float32)
    for box in boxes:
        left, top, right, bottom = (round(side / STRIDE) for side in box.upright())
        cells[max(top, 0) : bottom, max(left, 0) : right] = 0.9
    return cells


def skeleton() -> np.ndarray:
    """A page with one structure of bonds of 120 pixels, its label O apart, and a line of words."""
    intensity = np.zeros(SHAPE, np.uint8)
    corners = [(100, 300), (200, 240), (300, 300), (400, 240), (400, 360), (300, 420)]
    for one, two in pairwise(corners):
        cv2.line(intensity, one, two, 255, 4)
    cv2.circle(intensity, (500, 210), 25, 255, 5)
    cv2.putText(intensity, "words above", (100, 80), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2)
    return intensity


class Looker:
    """Sees given drawings (in pixels of the whole page) on a page so many times smaller."""

    def __init__(self, reduction: int, *boxes: OrientedBox) -> None:
        self.reduction, self.boxes, self.seen = reduction, boxes, []

    def __call__(self, intensity: np.ndarray) -> tuple[list[OrientedBox], np.ndarray]:
        reduction = SHAPE[0] // intensity.shape[0]
        self.seen.append(reduction)
        if reduction != self.reduction:
            return [], chances_of(intensity.shape)
        small = [
            OrientedBox(*(side / reduction for side in box[:4]), *box[4:]) for box in self.boxes
        ]
        # ink is told from other ink beyond a box's edge, too
        wide = [
            box_of(*np.add(box.upright(), np.array((-60, -20, 60, 20)) / reduction))
            for box in small
        ]
        return small, chances_of(intensity.shape, *wide)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_a_structure_takes_the_place_of_its_pieces(reduction: int) -> None:
    intensity = skeleton()
    pieces = [box_of(90, 230, 210, 310), box_of(290, 230, 410, 310), box_of(60, 600, 160, 700)]
    look = Looker(reduction, box_of(80, 180, 480, 440))
    chances = chances_of(SHAPE, base=0.01)
    found, after = with_larger(intensity, pieces, chances, look)
    assert look.seen == list(REDUCTIONS[: REDUCTIONS.index(reduction) + 1])
    assert len(found) == 2 and found[0] == pieces[2]  # one that stands apart stays
    left, top, right, bottom = found[1].upright()
    # all of the structure; its letter stands half outside of what was seen
    assert left <= 98 and top <= 185 and right >= 527 and bottom >= 422
    assert top > 90  # the words are not its own
    assert after[75, 75] >= 0.8 and after[180, 30] == pytest.approx(0.01)
    assert (after >= chances).all()


def test_whole_drawings_are_not_looked_at_again() -> None:
    intensity, look = skeleton(), Looker(2)
    found = [box_of(95, 235, 405, 425)]
    chances = chances_of(SHAPE, *found)
    ends = [box_of(470, 180, 530, 240)]
    again, after = with_larger(intensity, found + ends, chances, look)
    assert again == found + ends and not look.seen and after is chances


def test_frames_and_tables_make_no_drawing() -> None:
    intensity = np.zeros(SHAPE, np.uint8)
    cv2.rectangle(intensity, (50, 100), (550, 700), 255, 3)
    cv2.line(intensity, (50, 400), (550, 400), 255, 3)
    molecules = []
    for top in (200, 500):
        cv2.polylines(
            intensity, [np.array([[200, top], [230, top + 20], [260, top]])], False, 255, 3
        )
        molecules.append(box_of(195, top - 5, 265, top + 25))
    # the table is seen as a drawing, its molecules as the only likely ink
    see = Looker(2, box_of(45, 95, 555, 705, 0.9))

    def look(small: np.ndarray) -> tuple[list[OrientedBox], np.ndarray]:
        return see(small)[0], chances_of(small.shape)

    found, _ = with_larger(intensity, molecules, chances_of(SHAPE, *molecules), look)
    assert found == molecules and see.seen == list(REDUCTIONS)


def test_an_empty_page_has_nothing() -> None:
    look = Looker(2)
    found, _ = with_larger(np.zeros(SHAPE, np.uint8), [], chances_of(SHAPE), look)
    assert found == [] and not look.seen
