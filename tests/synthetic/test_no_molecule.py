"""Pictures without a molecule: every family has foreground, and a seed decides all of it."""

from __future__ import annotations

import numpy as np
import pytest

from inchify.synthetic.no_molecule.draw import FAMILIES, MIN_FOREGROUND, draw_no_molecule


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_draws_what_its_seed_says(family: str) -> None:
    first, again, other = (
        draw_no_molecule(np.random.default_rng(seed), family) for seed in (3, 3, 4)
    )
    assert (
        first.family == family and first.intensity.dtype == np.uint8 and first.intensity.ndim == 2
    )
    assert (first.intensity > 127).sum() >= MIN_FOREGROUND and min(first.intensity.shape) >= 16
    assert np.array_equal(first.intensity, again.intensity)
    assert not np.array_equal(first.intensity, other.intensity)


def test_families_are_drawn_at_random_and_unknown_ones_refused() -> None:
    generator = np.random.default_rng(0)
    assert len({draw_no_molecule(generator).family for _ in range(25)}) > 12
    with pytest.raises(ValueError, match="'family' is 'benzene'; it must be one of words"):
        draw_no_molecule(generator, "benzene")
