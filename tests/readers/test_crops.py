"""A label's box grows along its letters and stops at paper."""

from __future__ import annotations

import numpy as np

from inchify.readers.crops import crop_of, grown_box


def letters() -> np.ndarray:
    """Four letters of 10 x 10 pixels two pixels apart, then paper, then something else."""
    ink = np.zeros((40, 200), np.uint8)
    for left in (50, 62, 74, 86):
        ink[15:25, left : left + 10] = 255
    ink[15:25, 130:140] = 255
    return ink


def test_a_box_follows_its_letters_and_no_further() -> None:
    assert grown_box(letters(), (50, 15, 68, 25), False, True) == (50, 15, 96, 25)
    assert grown_box(letters(), (80, 15, 96, 25), True, False) == (50, 15, 96, 25)
    assert grown_box(letters(), (62, 15, 72, 25), True, True) == (50, 15, 96, 25)


def test_a_side_with_a_bond_stays() -> None:
    assert grown_box(letters(), (62, 15, 72, 25), False, False) == (62, 15, 72, 25)


def test_boxes_outside_the_picture_give_paper() -> None:
    for box in ((300.0, 5.0, 320.0, 9.0), (-50.0, -9.0, -20.0, -3.0), (5.0, 900.0, 9.0, 950.0)):
        assert crop_of(letters(), box).size >= 1
        assert len(grown_box(letters(), box, True, True)) == 4
