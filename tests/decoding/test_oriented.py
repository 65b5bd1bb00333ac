"""Turned boxes: what they share, which remain."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inchify.decoding.oriented import OrientedBox, angle_between, oriented_overlap, strongest

boxes = st.builds(
    OrientedBox,
    st.floats(-50, 50),
    st.floats(-50, 50),
    st.floats(4, 80),
    st.floats(4, 80),
    st.floats(-180, 180),
    st.floats(0, 1),
)


def upright_overlap(one: OrientedBox, other: OrientedBox) -> float:
    a, b = one.upright(), other.upright()
    wide = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    high = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    area = [(c[2] - c[0]) * (c[3] - c[1]) for c in (a, b)]
    return wide * high / (sum(area) - wide * high)


@given(boxes, boxes)
def test_upright_boxes_share_what_arithmetic_says(one: OrientedBox, other: OrientedBox) -> None:
    one, other = one._replace(angle=0.0), other._replace(angle=0.0)
    assert oriented_overlap(one, other) == pytest.approx(upright_overlap(one, other), abs=2e-3)


@given(boxes, boxes, st.floats(-180, 180))
def test_turning_both_changes_nothing(one: OrientedBox, other: OrientedBox, turn: float) -> None:
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))

    def turned(box: OrientedBox) -> OrientedBox:
        x, y = box.x * cosine - box.y * sine, box.x * sine + box.y * cosine
        return box._replace(x=x, y=y, angle=box.angle + turn)

    assert oriented_overlap(turned(one), turned(other)) == pytest.approx(
        oriented_overlap(one, other), abs=5e-3
    )


@given(boxes)
def test_a_box_shares_all_with_itself_and_with_itself_turned_by_half(box: OrientedBox) -> None:
    assert oriented_overlap(box, box) == pytest.approx(1.0, abs=1e-2)
    assert oriented_overlap(box, box._replace(angle=box.angle + 180)) == pytest.approx(1, abs=1e-2)


def test_corners_go_clockwise_on_a_page_whose_y_is_down() -> None:
    box = OrientedBox(10, 20, 8, 2, 90)
    expected = np.array([(11, 16), (11, 24), (9, 24), (9, 16)])
    np.testing.assert_allclose(box.corners(), expected, atol=1e-9)


def test_a_scaled_box_has_the_corners_of_the_box_times_the_factor() -> None:
    box = OrientedBox(10.0, 20.0, 8.0, 4.0, 30.0, 0.7)
    larger = box.scaled(2.5)
    assert np.allclose(larger.corners(), 2.5 * box.corners())
    assert (larger.angle, larger.score) == (30.0, 0.7)


def test_the_strongest_of_boxes_that_share_too_much_remains() -> None:
    first = OrientedBox(0, 0, 10, 10, 0, 0.6)
    better = OrientedBox(1, 0, 10, 10, 0, 0.9)
    elsewhere = OrientedBox(30, 0, 10, 10, 0, 0.2)
    assert strongest([first, elsewhere, better], 0.3) == [better, elsewhere]


@pytest.mark.parametrize(
    ("one", "other", "period", "apart"), [(5, 355, 360, 10), (5, 175, 180, 10), (0, 180, 360, 180)]
)
def test_angles_come_back_after_their_period(
    one: float, other: float, period: float, apart: float
) -> None:
    assert angle_between(one, other, period) == apart
