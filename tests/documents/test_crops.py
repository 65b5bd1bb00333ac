"""A drawing whose bond goes on in ink of another is cut."""

from __future__ import annotations

import numpy as np

from inchify.documents.crops import is_cut
from inchify.types import Region


def test_ink_of_a_neighbor_that_touches() -> None:
    intensity = np.zeros((60, 100), np.uint8)
    intensity[28:31, 10:90] = 255
    region_ids = np.zeros(intensity.shape, np.uint16)
    region_ids[28:31, 10:50], region_ids[28:31, 50:90] = 1, 2
    one, other = Region((10, 28, 50, 31)), Region((50, 28, 90, 31))
    assert is_cut(intensity, one, region_ids, 0) and is_cut(intensity, other, region_ids, 1)
    intensity[:, 46:56] = 0
    region_ids[:, 46:56] = 0
    assert not is_cut(intensity, one, region_ids, 0) and not is_cut(intensity, other, region_ids, 1)


def test_the_pages_border_cuts() -> None:
    intensity = np.zeros((60, 100), np.uint8)
    intensity[28:31, 0:50] = 255
    region_ids = (intensity > 0).astype(np.uint16)
    assert is_cut(intensity, Region((0, 28, 50, 31)), region_ids, 0)
