"""What is seen of strokes between labels: plain, widening, broken, hidden."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from inchify.data.strokes.visible_strokes import free_part, visible_stroke

UNIT, WIDTH = 40.0, 2.0
BEGIN, END = np.array([10.5, 30.5]), np.array([50.5, 30.5])


def picture() -> np.ndarray:
    return np.zeros((60, 70), np.uint8)


def plain() -> np.ndarray:
    intensity = picture()
    intensity[30:32, 10:51] = 255
    return intensity


def wedge() -> np.ndarray:
    intensity = picture()
    corners = np.array([[10, 30], [50, 25], [50, 35]])
    cv2.fillPoly(intensity, [corners], 255)
    return intensity


def hashed() -> np.ndarray:
    intensity = picture()
    for x in range(12, 51, 5):
        half = 1 + (x - 10) // 9
        intensity[30 - half : 31 + half, x : x + 2] = 255
    return intensity


def test_a_plain_stroke_neither_widens_nor_breaks() -> None:
    seen = visible_stroke(plain(), BEGIN, END, UNIT, WIDTH)
    assert seen.widening == pytest.approx(1.0, abs=0.05)
    assert seen.broadest == pytest.approx(1.0, abs=0.1)
    assert seen.gaps == 0 and seen.darkness > 0.95
    assert seen.pixels == pytest.approx(40.0, abs=1.0)


def test_a_wedge_widens_towards_its_end() -> None:
    ahead = visible_stroke(wedge(), BEGIN, END, UNIT, WIDTH)
    back = visible_stroke(wedge(), END, BEGIN, UNIT, WIDTH)
    assert ahead.widening > 3 and back.widening < 1 / 3
    assert ahead.gaps == 0 and ahead.broadest > 3


def test_a_hashed_wedge_has_gaps() -> None:
    assert visible_stroke(hashed(), BEGIN, END, UNIT, WIDTH).gaps >= 5


def test_nothing_is_seen_of_too_short_a_line() -> None:
    assert visible_stroke(plain(), BEGIN, BEGIN + 0.5, UNIT, WIDTH).pixels == 0.0


def test_a_label_hides_its_part_of_a_line() -> None:
    first, last = free_part(BEGIN, END, [(5.0, 25.0, 20.0, 36.0)], 1.0)
    assert first[0] == pytest.approx(21.0, abs=0.5) and last[0] == pytest.approx(50.5)
    first, last = free_part(BEGIN, END, [(0.0, 20.0, 60.0, 40.0)], 1.0)
    assert (first == BEGIN).all() and (last == BEGIN).all()
