"""Boxes cut out of pictures."""

import numpy as np

from inchify.data.pictures.crops import cut_out

FOREGROUND_LEVEL = np.arange(30, dtype=np.uint8).reshape(5, 6)


def test_all_pixels_that_a_box_touches_are_cut_out() -> None:
    assert np.array_equal(
        cut_out(FOREGROUND_LEVEL, (1.5, 1.0, 3.1, 2.9)), FOREGROUND_LEVEL[1:3, 1:4]
    )


def test_an_edge_goes_round_and_ends_at_the_border() -> None:
    assert np.array_equal(
        cut_out(FOREGROUND_LEVEL, (1.0, 1.0, 5.0, 2.0), edge=1.5), FOREGROUND_LEVEL[:4, :]
    )


def test_a_box_outside_gives_one_pixel_of_paper() -> None:
    assert cut_out(FOREGROUND_LEVEL, (20.0, 20.0, 25.0, 30.0)).tolist() == [[0]]
