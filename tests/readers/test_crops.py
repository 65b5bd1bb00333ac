"""A label's box grows along its letters and stops at paper."""

from __future__ import annotations

import numpy as np

from inchify.readers.views.crops import crop_of, expanded_box, without_margins


def letters() -> np.ndarray:
    """Four letters of 10 x 10 pixels two pixels apart, then paper, then something else."""
    intensity = np.zeros((40, 200), np.uint8)
    for left in (50, 62, 74, 86):
        intensity[15:25, left : left + 10] = 255
    intensity[15:25, 130:140] = 255
    return intensity


def test_a_box_follows_its_letters_and_no_further() -> None:
    assert expanded_box(letters(), (50, 15, 68, 25), False, True) == (50, 15, 96, 25)
    assert expanded_box(letters(), (80, 15, 96, 25), True, False) == (50, 15, 96, 25)
    assert expanded_box(letters(), (62, 15, 72, 25), True, True) == (50, 15, 96, 25)


def test_a_side_with_a_bond_stays() -> None:
    assert expanded_box(letters(), (62, 15, 72, 25), False, False) == (62, 15, 72, 25)


def test_boxes_outside_the_picture_give_paper() -> None:
    for box in ((300.0, 5.0, 320.0, 9.0), (-50.0, -9.0, -20.0, -3.0), (5.0, 900.0, 9.0, 950.0)):
        assert crop_of(letters(), box).size >= 1
        assert len(expanded_box(letters(), box, True, True)) == 4


def test_wide_margins_go_and_narrow_ones_stay() -> None:
    word = np.zeros((20, 80), np.uint8)
    word[2:18, 3:77:5] = 200
    assert np.array_equal(without_margins(word), word)
    cell = np.pad(word, ((30, 14), (60, 90)))
    found = without_margins(cell)
    assert found.shape[0] <= 24 and found.shape[1] <= 84
    assert int(found.sum()) == int(word.sum())


def test_faint_points_are_kept_and_dashes_keep_their_place() -> None:
    cell = np.zeros((60, 200), np.uint8)
    cell[20:36, 40:90:4] = 255
    cell[34:36, 100] = 60  # a faint point at the end
    assert (without_margins(cell) == 60).any()
    dash = np.zeros((40, 120), np.uint8)
    dash[20:22, 50:70] = 255
    assert len(without_margins(dash)) == 40
    empty = np.zeros((9, 9), np.uint8)
    assert np.array_equal(without_margins(empty), empty)
