"""Values between pixels, of pictures and tables of places of any size."""

from __future__ import annotations

import numpy as np
import pytest

from inchify.data.pictures.interpolation import LONGEST, sampled_at


@pytest.mark.parametrize("shape", [(40, 60), (8, LONGEST + 10)])
@pytest.mark.parametrize("count", [5, LONGEST + 7])
def test_values_are_those_between_the_pixels(shape: tuple[int, int], count: int) -> None:
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    generator = np.random.default_rng(0)
    x = generator.uniform(0, 30, (count, 3))
    y = generator.uniform(0, 7, (count, 3))
    found = sampled_at(2 * columns + rows, x, y)
    assert found.shape == (count, 3)
    assert np.abs(found - (2 * x + y)).max() < 0.1


def test_outside_of_the_picture_there_is_nothing() -> None:
    assert sampled_at(np.full((9, 9), 7, np.uint8), np.array([[50.0]]), np.array([[4.0]])) == 0
