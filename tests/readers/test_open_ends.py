"""Corners with one bond move to where strokes meet, and stay where none goes on."""

import cv2
import numpy as np
import pytest

from inchify.readers.bonds.dangling_ends import OpenEnds, OpenEndSettings

PLACES = np.array([(20.0, 80.0), (50.0, 30.0), (80.0, 90.0), (20.0, 20.0)])
BONDS = [(0, 1), (1, 2)]


def moved(off: tuple[float, float], *, drawn_on: bool) -> tuple[np.ndarray, set[int]]:
    """A corner seen ``off`` its place, whose bond to the next one was missed."""
    intensity = np.zeros((110, 110), np.uint8)
    for one, other in BONDS if drawn_on else BONDS[:1]:
        begin, end = (np.round(PLACES[place]).astype(int).tolist() for place in (one, other))
        cv2.line(intensity, begin, end, 255, 2, cv2.LINE_AA)
    seen = PLACES.copy()
    seen[1] += off
    sure = np.ones(len(seen), bool)
    return OpenEnds(seen, sure, sure, intensity).moved([(0, 1)], 60.0, OpenEndSettings())


@pytest.mark.parametrize("off", [(6.0, 3.0), (-5.0, 8.0), (0.0, -9.0)])
def test_a_corner_beside_its_place(off: tuple[float, float]) -> None:
    places, which = moved(off, drawn_on=True)
    assert 1 in which
    assert np.hypot(*(places[1] - PLACES[1])) < 6.0


def test_an_end_stays() -> None:
    places, which = moved((3.0, 3.0), drawn_on=False)
    assert which == set()
    assert places[1].tolist() == [53.0, 33.0]
