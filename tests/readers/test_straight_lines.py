"""Lines that are sorted out together are those that the test of each line refuses."""

from __future__ import annotations

import math
from itertools import product

import cv2
import numpy as np
import pytest

from inchify.readers.stroke_graph import straight_lines
from inchify.readers.stroke_graph.straight_lines import StrokeLineSettings, is_stroke

SETTINGS = StrokeLineSettings()


def one_by_one(lines_HW: np.ndarray, ends_4: np.ndarray, width: float, bond: float) -> bool:
    """``is_stroke`` as it is meant: any correction of the ends gives a stroke."""
    way = ends_4[2:] - ends_4[:2]
    normal = np.array([-way[1], way[0]]) / max(float(np.hypot(*way)), 1e-6)
    reach = max(0.0, SETTINGS.off * bond - width / 2)
    steps = np.unique(np.linspace(-reach, reach, 2 * math.ceil(reach / max(width / 2, 1.0)) + 1))
    return any(
        straight_lines._is_stroke_at(
            lines_HW,
            ends_4 + np.concatenate([begin * normal, end * normal]),
            width,
            bond,
            SETTINGS,
        )
        for begin, end in product(steps, steps)
    )


@pytest.mark.parametrize("bond", [20.0, 60.0, 120.0])
def test_many_corrections_give_what_each_alone_gives(bond: float) -> None:
    generator = np.random.default_rng(int(bond))
    answers = []
    for _ in range(12):
        lines_HW = np.zeros((120, 160), np.uint8)
        for number in range(5):
            begin, end = generator.integers(10, 110, (2, 2))
            thick = int(generator.integers(1, 4))
            cv2.line(lines_HW, begin.tolist(), end.tolist(), 255, thick, cv2.LINE_AA)
            if number % 2:  # a line that is not there
                begin, end = generator.integers(10, 110, (2, 2))
            off = generator.normal(0, 1.5, 4)
            ends_4 = np.concatenate([begin, end]) + off
            answer = is_stroke(lines_HW, ends_4, float(thick), bond, SETTINGS)
            assert answer == one_by_one(lines_HW, ends_4, float(thick), bond)
            answers.append(answer)
    assert 10 < sum(answers) < 50
