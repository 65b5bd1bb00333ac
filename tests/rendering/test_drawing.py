"""The rasteriser: exact cover, unions, thin lines, and what does not depend on the place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inchify.rendering.rasterizer import (
    Drawing,
    cover,
    same_way_round,
)

NOTHING = np.zeros((0, 5))


def outline(*corners: tuple[float, float]) -> np.ndarray:
    points = np.array(corners)
    return np.concatenate([points, np.roll(points, -1, axis=0)], axis=1)


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return outline((left, top), (right, top), (right, bottom), (left, bottom))


def shapes(*edges: np.ndarray) -> Drawing:
    return Drawing(NOTHING, np.concatenate([same_way_round(one) for one in edges]))


def test_cover_of_a_box_is_its_share_of_each_pixel() -> None:
    got = cover(shapes(box(0.25, 0.5, 2.0, 2.25)), (1, 1), (0, 0), (3, 3))
    expected = np.outer([0.5, 1.0, 0.25], [0.75, 1.0, 0.0])
    np.testing.assert_allclose(got, expected, atol=1e-6)


def test_scale_and_shift_move_the_shape_and_the_rest_is_cut_off() -> None:
    got = cover(shapes(box(0, 0, 1, 1)), (4, 2), (-2, 1), (2, 3))
    np.testing.assert_allclose(got, [[0, 0, 0], [1, 1, 0]], atol=1e-6)


def test_overlapping_shapes_count_once_and_holes_stay_open() -> None:
    twice = shapes(box(0, 0, 3, 3), box(1, 1, 3, 3)[::-1][:, [2, 3, 0, 1]])
    assert cover(twice, (1, 1), (0, 0), (3, 3)).max() == pytest.approx(1.0)
    ring = np.concatenate([box(0, 0, 3, 3), box(1, 1, 2, 2)[:, [2, 3, 0, 1]]])
    expected = np.ones((3, 3))
    expected[1, 1] = 0
    for turned in (ring, ring[:, [2, 3, 0, 1]]):
        np.testing.assert_allclose(cover(shapes(turned), (1, 1), (0, 0), (3, 3)), expected)


def test_a_stroke_is_its_rectangle_whichever_way_it_runs() -> None:
    for stroke in ([1, 2, 5, 2, 2], [5, 2, 1, 2, 2]):
        drawing = Drawing(np.array([stroke], dtype=float), np.zeros((0, 4)))
        assert drawing.box == (1, 1, 5, 3)
        assert cover(drawing, (1, 1), (0, 0), (4, 6)).sum() == pytest.approx(8.0)


@given(
    corners=st.lists(st.tuples(st.floats(1, 9), st.floats(1, 9)), min_size=3, max_size=3),
    whole=st.tuples(st.integers(0, 3), st.integers(0, 3)),
)
def test_cover_adds_up_to_the_area_and_moves_by_whole_pixels(
    corners: list[tuple[float, float]], whole: tuple[int, int]
) -> None:
    edges = outline(*corners)
    area = abs((edges[:, 0] * edges[:, 3] - edges[:, 2] * edges[:, 1]).sum()) / 2
    got = cover(shapes(edges), (1, 1), (0, 0), (14, 14))
    assert got.sum() == pytest.approx(area, abs=0.6)  # rows are sampled 16 times
    moved = cover(shapes(edges), (1, 1), whole, (14, 14))
    across, down = whole
    np.testing.assert_allclose(moved[down:, across:], got[: 14 - down, : 14 - across], atol=0.07)


def test_a_drawing_without_shapes_has_no_box() -> None:
    with pytest.raises(ValueError, match="without any shape"):
        _ = Drawing(NOTHING, np.zeros((0, 4))).box
