"""A wedge whose broad end is cut for the next bond is as dark as any; melted bars are pale."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from tests.verification.test_dashed_strokes import line

from inchify.types import GraphAtom, GraphBond, MoleculeGraph
from inchify.verification.graph_match.match import inspected
from inchify.verification.objections.wedges import WedgeSettings, doubtful_wedges

PLACES = ((20.0, 60.0), (54.0, 40.0), (88.0, 60.0), (122.0, 40.0), (54.0, 10.0))
PAIRS = ((0, 1), (1, 2), (2, 3), (1, 4))


def doubts(
    corners: list[tuple[float, float]], dark: int, pairs: Sequence[tuple[int, int]] = PAIRS
) -> list[str]:
    """What speaks against a wedge, the second pair of atoms, that is drawn as a polygon."""
    intensity = np.zeros((90, 150), np.uint8)
    for number, (begin, end) in enumerate(PAIRS):
        if number != 1:
            line(intensity, PLACES[begin], PLACES[end])
    large = np.zeros((intensity.shape[0] * 8, intensity.shape[1] * 8), np.uint8)
    cv2.fillPoly(large, [np.array([(8 * x, 8 * y) for x, y in corners], np.int32)], dark)
    np.maximum(
        intensity,
        cv2.resize(large, intensity.shape[::-1], interpolation=cv2.INTER_AREA),
        out=intensity,
    )
    atoms = tuple(GraphAtom(x, y) for x, y in PLACES)
    kinds = ("single", "wedge", "single", "single")
    bonds = tuple(GraphBond(*pair, kind) for pair, kind in zip(pairs, kinds, strict=True))  # type: ignore[arg-type]
    seen = inspected(intensity, MoleculeGraph(atoms, bonds))
    assert seen is not None
    return [why for _, why in doubtful_wedges(intensity, seen, WedgeSettings())]


@pytest.mark.parametrize("aside", [0.0, 1.5, 2.5])
def test_a_wedge_beside_its_axis_is_dark(aside: float) -> None:
    tip, broad = (54.0, 40.0), (88.0 - 0.5 * aside, 60.0 + 0.86 * aside)
    ends = [(broad[0] - 1.6, broad[1] + 2.7), (broad[0] + 1.6, broad[1] - 2.7)]
    assert doubts([tip, *ends], 255) == []


def test_a_gray_one_is_pale() -> None:
    (told,) = doubts([(54.0, 40.0), (86.4, 62.7), (89.6, 57.3)], 150)
    assert "pale" in told


def test_a_wedge_begins_where_three_bonds_meet() -> None:
    corners = [(54.0, 40.0), (86.4, 62.7), (89.6, 57.3)]
    assert doubts(corners, 255) == []
    turned = (PAIRS[0], (2, 1), *PAIRS[2:])
    assert "its narrow end is no centre" in doubts(corners, 255, turned)
