"""Two strokes that cross are told from everything else that is drawn along a bond."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from inchify.data.strokes.crossed import crossed_scores

Stroke = tuple[tuple[float, float], tuple[float, float]]
# Strokes from (0, 0) to (1, 0), ends as (along, aside) in bonds.
CROSSES: dict[str, tuple[Stroke, ...]] = {
    "both sides": (((0.0, -0.08), (1.0, 0.08)), ((0.0, 0.08), (1.0, -0.08))),
    "from the atoms": (((0.0, 0.0), (0.9, 0.14)), ((0.1, 0.14), (1.0, 0.0))),
    "before a label": (((0.0, -0.1), (0.65, 0.1)), ((0.0, 0.1), (0.65, -0.1))),
    "between labels": (((0.28, -0.1), (0.72, 0.1)), ((0.28, 0.1), (0.72, -0.1))),
}
OTHERS: dict[str, tuple[Stroke, ...]] = {
    "nothing": (),
    "single": (((0.0, 0.0), (1.0, 0.0)),),
    "double": (((0.0, -0.08), (1.0, -0.08)), ((0.0, 0.08), (1.0, 0.08))),
    "inner line": (((0.0, 0.0), (1.0, 0.0)), ((0.12, 0.14), (0.88, 0.14))),
    "inner lines beside": (
        *(((0.0, 0.0), (1.0, 0.0)), ((-0.5, -0.7), (0.1, 0.13))),
        ((1.5, -0.7), (0.9, 0.13)),
    ),
    "crossing bonds": (((0.0, 0.0), (1.0, 0.0)), ((0.5, -0.6), (0.5, 0.6))),
    "narrowing": (((0.0, -0.1), (1.0, 0.0)), ((0.0, 0.1), (1.0, 0.0))),
}


def picture(
    strokes: tuple[Stroke, ...], unit: float, degrees: float, line: float
) -> tuple[np.ndarray, np.ndarray]:
    """Foreground of strokes and the line (1, 4) that they were drawn along."""
    side = int(4 * unit)
    begin = np.array((side / 2 - 0.4 * unit, side / 2 + 0.2 * unit))
    along = unit * np.array((math.cos(math.radians(degrees)), math.sin(math.radians(degrees))))
    aside = np.array((-along[1], along[0]))
    fine = 8
    intensity = np.zeros((side * fine, side * fine), np.uint8)
    for ends in strokes:
        points = [(begin + share * along + away * aside) * fine for share, away in ends]
        one, other = (tuple(np.rint(point).astype(int).tolist()) for point in points)
        cv2.line(intensity, one, other, 255, max(1, round(line * unit * fine)))
    intensity = cv2.resize(intensity, (side, side), interpolation=cv2.INTER_AREA)
    return intensity, np.array([[*begin, *(begin + along)]])


def score(strokes: tuple[Stroke, ...], unit: float, degrees: float, line: float) -> float:
    intensity, ends_B4 = picture(strokes, unit, degrees, line)
    return float(crossed_scores(intensity, ends_B4, unit)[0])


@pytest.mark.parametrize("degrees", [0.0, 17.0, 90.0, -150.0])
@pytest.mark.parametrize("unit", [24.0, 40.0, 90.0])
@pytest.mark.parametrize("name", CROSSES)
def test_crosses(name: str, unit: float, degrees: float) -> None:
    assert score(CROSSES[name], unit, degrees, 0.05) > 0.1


@pytest.mark.parametrize("degrees", [0.0, 17.0, 90.0, -150.0])
@pytest.mark.parametrize("unit", [20.0, 40.0, 90.0])
@pytest.mark.parametrize("line", [0.04, 0.09])
@pytest.mark.parametrize("name", OTHERS)
def test_other_strokes(name: str, line: float, unit: float, degrees: float) -> None:
    assert score(OTHERS[name], unit, degrees, line) < 0.03


def test_no_lines() -> None:
    assert crossed_scores(np.zeros((9, 9), np.uint8), np.zeros((0, 4)), 20.0).shape == (0,)
