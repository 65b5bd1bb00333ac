"""Evenly dashed lines count as hashed bonds of any width; strokes broken by chance do not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from inchify.data.strokes.dashed import dashed_strokes
from inchify.types import GraphAtom, GraphBond, MoleculeGraph
from inchify.verification.graph_match.likelihood import bond_chances
from inchify.verification.graph_match.match import assessed, dashed_bonds, inspected, marking_dashes
from inchify.verification.objections.corners import parted_corners
from inchify.verification.objections.plain_bonds import StrokeSettings, doubtful_strokes
from inchify.verification.objections.wedges import WedgeSettings, doubtful_wedges

# A branched chain (x, y in pixels); its second bond is dashed.
PLACES = ((20, 60), (54, 40), (54, 80), (88, 60), (122, 40), (156, 60), (122, 80))
PAIRS = ((0, 1), (1, 3), (3, 4), (4, 5), (0, 2))


def line(intensity: np.ndarray, begin: tuple[float, float], end: tuple[float, float]) -> None:
    """A stroke of 1.3 pixels with soft edges."""
    large = np.zeros((intensity.shape[0] * 8, intensity.shape[1] * 8), np.uint8)
    ends = [(round(8 * x), round(8 * y)) for x, y in (begin, end)]
    cv2.line(large, *ends, 255, 10)
    small = cv2.resize(large, intensity.shape[::-1], interpolation=cv2.INTER_AREA)
    np.maximum(intensity, small, out=intensity)


def dashed_line(
    intensity: np.ndarray, begin: tuple[float, float], end: tuple[float, float], dashes: int
) -> None:
    along = np.array(end, float) - begin
    for number in range(dashes):
        shares = (number + 0.25) / dashes, (number + 0.75) / dashes
        first, last = ((x, y) for x, y in (begin + share * along for share in shares))
        line(intensity, first, last)


def picture(dashes: int) -> np.ndarray:
    intensity = np.zeros((110, 180), np.uint8)
    for number, (begin, end) in enumerate(PAIRS):
        if number == 1 and dashes:
            dashed_line(intensity, PLACES[begin], PLACES[end], dashes)
        else:
            line(intensity, PLACES[begin], PLACES[end])
    return intensity


def graph(*, branched: bool = False) -> MoleculeGraph:
    atoms = tuple(GraphAtom(float(x), float(y)) for x, y in PLACES[: 7 if branched else 6])
    kinds = ["hash" if number == 1 else "single" for number in range(len(PAIRS))]
    bonds = tuple(
        GraphBond(begin, end, kind)  # type: ignore[arg-type]
        for (begin, end), kind in zip(PAIRS, kinds, strict=True)
    )
    return MoleculeGraph(atoms, bonds)


@pytest.mark.parametrize("dashes", [4, 5, 7])
def test_an_evenly_dashed_line_is_a_hashed_bond(dashes: int) -> None:
    seen = inspected(picture(dashes), graph())
    assert seen is not None
    told = assessed(seen).bonds[1]
    assert bond_chances(seen.observed.features_BX, graph().bonds)[1] < 0.5 < told


def test_a_plain_stroke_is_none() -> None:
    seen = inspected(picture(0), graph())
    assert seen is not None and assessed(seen).bonds[1] < 0.1


def test_gaps_by_chance_are_not_even() -> None:
    ends = np.array([[20.0, 40.0, 60.0, 40.0]])
    even, chance = np.zeros((80, 80), np.uint8), np.zeros((80, 80), np.uint8)
    for intensity in (even, chance):
        line(intensity, (20, 40), (60, 40))
    for x in (25, 33, 41, 49, 57):
        even[:, x : x + 3] = 0
    for x in (24, 29, 45, 56):
        chance[:, x : x + 2] = 0
    assert dashed_strokes(even, ends, 40.0).tolist() == [True]
    assert dashed_strokes(chance, ends, 40.0).tolist() == [False]
    chance[:, 24:50] = 0
    assert dashed_strokes(chance, ends, 40.0).tolist() == [False]


def test_dashes_between_two_possible_centers_have_no_direction() -> None:
    def doubts(*more: GraphBond) -> list[str]:
        intensity, plain = picture(5), graph(branched=True)
        for bond in more:
            line(intensity, PLACES[bond.begin], PLACES[bond.end])
        seen = inspected(intensity, MoleculeGraph(plain.atoms, (*plain.bonds, *more)))
        assert seen is not None
        return [why for _, why in doubtful_wedges(intensity, seen, WedgeSettings())]

    ring, branch = GraphBond(1, 2), GraphBond(3, 6)
    assert doubts() == ["its narrow end is no centre"]
    assert doubts(ring) == []
    assert doubts(ring, branch) == ["dashes between two possible centres"]


def test_dashes_to_two_equal_ends_are_plain_bonds() -> None:
    """Some programs dash the methyls of a tert-butyl group."""
    places = ((20.0, 60.0), (60.0, 60.0), (100.0, 60.0), (60.0, 20.0), (60.0, 100.0), (130.0, 80.0))
    pairs = ((0, 1), (1, 2), (1, 3), (1, 4), (2, 5))
    intensity = np.zeros((120, 150), np.uint8)
    for begin, end in pairs:
        if end in (3, 4):
            dashed_line(intensity, places[begin], places[end], 5)
        else:
            line(intensity, places[begin], places[end])
    atoms = tuple(GraphAtom(x, y) for x, y in places)
    seen = inspected(intensity, MoleculeGraph(atoms, tuple(GraphBond(*pair) for pair in pairs)))
    assert seen is not None and dashed_bonds(seen).tolist() == [False, False, True, True, False]
    assert not marking_dashes(seen).any()
    assert list(doubtful_strokes(intensity, seen, StrokeSettings())) == []
    assert parted_corners(intensity, seen) == []
    # with ends that differ, dashes may mark a centre
    first, fourth = (
        GraphAtom(*places[number], symbol, symbol, hydrogens=0)
        for number, symbol in ((0, "Cl"), (3, "F"))
    )
    other = (first, *atoms[1:3], fourth, *atoms[4:])
    seen = inspected(intensity, MoleculeGraph(other, tuple(GraphBond(*pair) for pair in pairs)))
    assert seen is not None and marking_dashes(seen).any()
