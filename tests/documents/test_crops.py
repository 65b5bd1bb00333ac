"""A drawing whose bond goes on in ink of another is cut."""

from __future__ import annotations

import numpy as np

from inchify.documents.crops import is_cut
from inchify.types import Region


def test_ink_of_a_neighbour_that_touches() -> None:
    ink = np.zeros((60, 100), np.uint8)
    ink[28:31, 10:90] = 255
    owner = np.zeros(ink.shape, np.uint16)
    owner[28:31, 10:50], owner[28:31, 50:90] = 1, 2
    one, other = Region((10, 28, 50, 31)), Region((50, 28, 90, 31))
    assert is_cut(ink, one, owner, 0) and is_cut(ink, other, owner, 1)
    ink[:, 46:56] = 0
    owner[:, 46:56] = 0
    assert not is_cut(ink, one, owner, 0) and not is_cut(ink, other, owner, 1)


def test_the_pages_border_cuts() -> None:
    ink = np.zeros((60, 100), np.uint8)
    ink[28:31, 0:50] = 255
    owner = (ink > 0).astype(np.uint16)
    assert is_cut(ink, Region((0, 28, 50, 31)), owner, 0)
