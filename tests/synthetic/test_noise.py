"""Noise comes at the rates asked for, from the seed alone, and a turn is clockwise."""

from __future__ import annotations

import numpy as np
import pytest

from inchify.synthetic.bms_noise import SALT, add_noise, rotate_clockwise


def test_rates() -> None:
    intensity = np.zeros((1500, 1500), dtype=bool)
    intensity[:500] = True
    noisy = add_noise(intensity, np.random.default_rng(0), pepper=1.3e-3)
    salt, pepper = 1 - noisy[:500].mean(), noisy[500:].mean()
    assert salt == pytest.approx(SALT, abs=4 * np.sqrt(SALT / intensity[:500].size))
    assert pepper == pytest.approx(1.3e-3, abs=4 * np.sqrt(1.3e-3 / intensity[500:].size))
    assert intensity[:500].all() and not intensity[500:].any(), "the clean picture stays"


def test_seed_decides_and_no_noise_changes_nothing() -> None:
    intensity = np.random.default_rng(1).random((200, 300)) < 0.1
    one, two, other = (add_noise(intensity, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(one, two) and not np.array_equal(one, other)
    assert np.array_equal(
        add_noise(intensity, np.random.default_rng(0), salt=0, pepper=0), intensity
    )
    with pytest.raises(ValueError, match=r".salt. is 1\.5"):
        add_noise(intensity, np.random.default_rng(0), salt=1.5)


def test_turned_clockwise_and_undone_as_readers_do() -> None:
    intensity = np.zeros((2, 3), dtype=bool)
    intensity[0, 2] = True  # top right goes to bottom right
    turned = rotate_clockwise(intensity)
    assert turned.shape == (3, 2) and turned[2, 1] and turned.sum() == 1
    assert np.array_equal(turned.T[::-1], intensity)  # transpose, then flip vertically
