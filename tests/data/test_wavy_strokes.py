"""A wavy line is told from straight strokes, wedges, hashes and double lines."""

from __future__ import annotations

import math
from itertools import pairwise

import cv2
import numpy as np
import pytest

from inchify.data.strokes.wavy import NONE, visible_ends, wavy_scores

FINE = 8


def picture(
    lines: list[list[tuple[float, float, float]]], unit: float, degrees: float, line: float
) -> tuple[np.ndarray, np.ndarray]:
    """Foreground of strokes, by points (along, aside, width in bonds), and the bond's line (1,
    4)."""
    side = int(3 * unit)
    begin = np.array((side / 2 - 0.4 * unit, side / 2 + 0.2 * unit))
    along = unit * np.array((math.cos(math.radians(degrees)), math.sin(math.radians(degrees))))
    aside = np.array((-along[1], along[0]))
    intensity = np.zeros((side * FINE, side * FINE), np.uint8)
    for points in lines:
        for (at, away, width), (at2, away2, _) in pairwise(points):
            ends = [(begin + a * along + b * aside) * FINE for a, b in ((at, away), (at2, away2))]
            one, other = (tuple(np.rint(end).astype(int).tolist()) for end in ends)
            cv2.line(intensity, one, other, 255, max(1, round((width or line) * unit * FINE)))
    return cv2.resize(intensity, (side, side), interpolation=cv2.INTER_AREA), np.array(
        [[*begin, *(begin + along)]]
    )


def wave(count: float, swing: float, grows: float = 0.0) -> list[list[tuple[float, float, float]]]:
    shares = np.linspace(0.0, 1.0, 200).tolist()
    heights = [swing * (1 - grows + grows * share) for share in shares]
    turns = [math.sin(2 * math.pi * count * share) for share in shares]
    return [[(s, high * turn, 0) for s, high, turn in zip(shares, heights, turns, strict=True)]]


WAVES = {
    "few": wave(3.0, 0.08),
    "many": wave(5.5, 0.07),
    "growing": wave(5.0, 0.12, grows=0.9),
    "to a label": [[point for point in wave(5.0, 0.08)[0] if point[0] < 0.65]],
}
OTHERS = {
    "nothing": [],
    "single": [[(0, 0, 0), (1, 0, 0)]],
    "aslant": [[(0, -0.03, 0), (1, 0.03, 0)]],
    "double": [[(0, -0.06, 0), (1, -0.06, 0)], [(0, 0.06, 0), (1, 0.06, 0)]],
    "wedge": [[(s / 40, 0, 0.02 + 0.18 * s / 40) for s in range(41)]],
    "hash": [[(s / 8, -0.09 * s / 8, 0), (s / 8, 0.09 * s / 8, 0)] for s in range(1, 9)],
}


def score(lines: list[list[tuple[float, float, float]]], unit: float, degrees: float) -> float:
    intensity, ends_B4 = picture(lines, unit, degrees, 0.05)
    return float(wavy_scores(intensity, ends_B4, unit)[0])


@pytest.mark.parametrize("degrees", [0.0, 30.0, 77.0, -150.0])
@pytest.mark.parametrize("unit", [28.0, 40.0, 90.0])
@pytest.mark.parametrize("name", WAVES)
def test_waves(name: str, unit: float, degrees: float) -> None:
    assert score(WAVES[name], unit, degrees) > -1.0


@pytest.mark.parametrize("degrees", [0.0, 8.0, 30.0, 77.0, -150.0])
@pytest.mark.parametrize("unit", [16.0, 28.0, 40.0, 90.0])
@pytest.mark.parametrize("name", OTHERS)
def test_other_strokes(name: str, unit: float, degrees: float) -> None:
    assert score(OTHERS[name], unit, degrees) < -3.0


def test_without_ink_or_strokes() -> None:
    blank = np.zeros((40, 40), np.uint8)
    assert wavy_scores(blank, np.zeros((0, 4)), 20.0).shape == (0,)
    assert wavy_scores(blank, np.array([[5.0, 5.0, 25.0, 5.0]]), 20.0).tolist() == [NONE]


def test_a_stroke_ends_before_its_label() -> None:
    ends = visible_ends(
        np.array((10.0, 20.0)), np.array((50.0, 20.0)), [None, (44, 14, 56, 26)], 40.0
    )
    assert 10.0 < ends[0] < 14.0 and 40.0 < ends[2] < 44.0 and ends[1] == ends[3] == 20.0
