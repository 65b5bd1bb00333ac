"""An arrow alone is no molecule; bonds and wedges are no arrows."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from inchify.readers.refusal.reaction_arrow import is_reaction_arrow
from inchify.synthetic.style_mix import draw_molecule


def arrow(angle: float, length: float, head: float, line: int, filled: bool) -> np.ndarray:
    intensity = np.zeros((400, 400), np.uint8)
    way = np.array((np.cos(angle), np.sin(angle)))
    side = np.array((-way[1], way[0]))
    begin, end = 200 - way * length / 2, 200 + way * length / 2
    ends = [np.rint(spot).astype(int).tolist() for spot in (begin, end)]
    cv2.line(intensity, ends[0], ends[1], 255, line, cv2.LINE_AA)
    wings = [end - way * 1.6 * head + side * head * sign for sign in (-1, 1)]
    corners = np.rint(np.stack([wings[0], end, wings[1]])).astype(np.int32)
    if filled:
        cv2.fillConvexPoly(intensity, corners, 255, cv2.LINE_AA)
    else:
        cv2.polylines(intensity, [corners], False, 255, line, cv2.LINE_AA)
    return intensity


@pytest.mark.parametrize("angle", [0.0, np.pi, 0.5, -2.0])
@pytest.mark.parametrize(
    ("length", "head", "line"), [(200.0, 8.0, 2), (120.0, 10.0, 3), (300.0, 15.0, 4)]
)
@pytest.mark.parametrize("filled", [True, False])
def test_arrows_are_seen(angle: float, length: float, head: float, line: int, filled: bool) -> None:
    assert is_reaction_arrow(arrow(angle, length, head, line, filled))


def test_lines_and_wedges_are_no_arrows() -> None:
    line = np.zeros((60, 200), np.uint8)
    cv2.line(line, (10, 30), (190, 30), 255, 3)
    wedge = np.zeros((60, 200), np.uint8)
    cv2.fillConvexPoly(wedge, np.array([(10, 30), (190, 20), (190, 40)], np.int32), 255)
    assert not is_reaction_arrow(line) and not is_reaction_arrow(wedge)
    assert not is_reaction_arrow(np.zeros((9, 9), np.uint8))


@pytest.mark.parametrize("smiles", ["CC", "C=C", "CC#C", "CCC", "CCCCCCCC", "CC(C)CCCCCC(C)(C)C"])
def test_molecules_are_no_arrows(smiles: str) -> None:
    for seed in range(6):
        picture = draw_molecule(smiles, "own", np.random.default_rng(seed))
        assert not is_reaction_arrow(picture.intensity)
