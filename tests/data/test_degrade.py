"""What scanning and photographing do to drawings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.data.drawings import line_drawing

from inchify.data.degrade import DegradeSettings, degrade

FOREGROUND_LEVEL = line_drawing(1).astype(np.uint8) * np.uint8(255)
NOTHING = DegradeSettings(**dict.fromkeys(vars(DegradeSettings()), 0.0))


def test_fading_light_weakens_strokes_smoothly_and_adds_none() -> None:
    faded = degrade(FOREGROUND_LEVEL, 25.0, replace(NOTHING, light=1.0), np.random.default_rng(0))
    assert not faded[FOREGROUND_LEVEL == 0].any()
    strengths = faded[FOREGROUND_LEVEL > 0]
    assert strengths.min() >= 114 and int(strengths.max()) - int(strengths.min()) > 20
    steps = np.abs(np.diff(faded.astype(int), axis=1))[
        (FOREGROUND_LEVEL[:, 1:] > 0) & (FOREGROUND_LEVEL[:, :-1] > 0)
    ]
    assert steps.max() <= 6


@pytest.mark.parametrize("seed", range(3))
def test_an_option_that_is_off_draws_no_random_number(seed: int) -> None:
    generators = [np.random.default_rng(seed) for _ in range(2)]
    assert np.array_equal(degrade(FOREGROUND_LEVEL, 25.0, NOTHING, generators[0]), FOREGROUND_LEVEL)
    for _ in range(11):  # the chances that there were before
        generators[1].random()
    assert generators[0].random() == generators[1].random()
