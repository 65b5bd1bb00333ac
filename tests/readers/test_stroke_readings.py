"""Drawings of straight strokes, labels and stereo bonds alone are read by their strokes."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from tests.readers.test_crossings import SAME, Pair, Place, candidates, drawn

from inchify.chemistry.graph_assembly.candidates import NONE
from inchify.chemistry.symbols import BOND_KINDS
from inchify.readers.bonds.crossings import CrossingReading
from inchify.readers.stroke_graph.readings import stroke_readings

# A cubane of RDKit's ring templates; two of its bonds cross two others.
CUBANE: list[Place] = [
    *((104.4, 111.4), (12.0, 62.1), (55.6, 17.5), (147.6, 66.9)),
    *((51.7, 113.3), (108.4, 15.7), (52.3, 62.1), (107.7, 66.9)),
]
CUBANE_BONDS: list[Pair] = [
    *((0, 4), (0, 3), (0, 6), (1, 4), (1, 2), (1, 6), (2, 5), (2, 7), (3, 5), (3, 7)),
    *((4, 7), (5, 6)),
]
CROSSINGS: list[Place] = [(80.0, 38.6), (80.0, 89.2)]
# A gem-dimethyl whose short bonds go on where two bonds of a ring meet (alpha-pinene, CoordGen).
PINENE: list[Place] = [
    *((10.0, 60.0), (50.0, 30.0), (50.0, 90.0), (76.0, 60.0), (92.0, 42.0), (92.0, 78.0)),
]
PINENE_BONDS: list[Pair] = [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4), (3, 5)]


def likely(reading: CrossingReading) -> list[tuple[Place, Place, str]]:
    """The bonds as places of their ends and kinds."""
    at = reading.atoms.xy_A2.tolist()
    return [
        (tuple(at[one]), tuple(at[other]), BOND_KINDS[logs[1:].argmax()])
        for (one, other), logs in zip(
            reading.bonds.pairs_B2.tolist(), reading.bonds.log_kind_BK, strict=True
        )
        if logs[NONE] < np.log(0.5)
    ]


def matches(
    reading: CrossingReading, places: Sequence[Place], bonds: Sequence[Pair], near: float
) -> bool:
    """Whether a reading has just these bonds, with ends that lie near these places."""
    place_A2 = np.array(places)
    found = set()
    for *ends, _ in likely(reading):
        away = [np.hypot(*(place_A2 - np.array(end)).T) for end in ends]
        if max(one.min() for one in away) > near:
            return False
        found.add(tuple(sorted(int(one.argmin()) for one in away)))
    return found == {tuple(sorted(pair)) for pair in bonds}


def scaled(places: Sequence[Place], size: float) -> list[Place]:
    return [(x * size, y * size) for x, y in places]


@pytest.mark.parametrize("size", [0.6, 1.0, 2.0])
@pytest.mark.parametrize("width", [1, 2, 3])
def test_bonds_of_a_cage_cross_where_a_network_sees_atoms(size: float, width: int) -> None:
    intensity = drawn(CUBANE, CUBANE_BONDS, size, width)
    seen = [*CUBANE, *CROSSINGS]
    cut = [(2, 8), (8, 7), (5, 8), (8, 6), (4, 9), (9, 7), (0, 9), (9, 6)]
    bonds = [pair for pair in CUBANE_BONDS if pair not in ((2, 7), (5, 6), (4, 7), (0, 6))]
    atoms, pairs = candidates(scaled(seen, size), {pair: 0.97 for pair in [*bonds, *cut]})
    first, *_ = stroke_readings(atoms, pairs, intensity, [], SAME)
    assert first.complete
    assert first.crossed
    assert matches(first, scaled(CUBANE, size), CUBANE_BONDS, 5.0 * size)


@pytest.mark.parametrize("width", [2, 3])
def test_bonds_that_both_end_beyond_a_crossing_meet_there(width: int) -> None:
    intensity = drawn(PINENE, PINENE_BONDS, 1.0, width)
    atoms, pairs = candidates(PINENE[:4], {pair: 0.97 for pair in PINENE_BONDS[:4]})
    first, *_ = stroke_readings(atoms, pairs, intensity, [], SAME)
    assert not first.crossed
    assert matches(first, PINENE, PINENE_BONDS, 5.0)


def test_a_triple_bond_in_line_with_a_single_one() -> None:
    places: list[Place] = [(10.0, 80.0), (40.0, 60.0), (75.0, 60.0), (110.0, 60.0)]
    intensity = drawn(places, [(0, 1), (1, 3)], 1.0, 2)
    for y in (55, 65):
        cv2.line(intensity, (75, y), (110, y), 255, 2, cv2.LINE_AA)
    atoms, pairs = candidates(places, {(0, 1): 0.97, (1, 2): 0.97, (2, 3): 0.6})
    first, *_ = stroke_readings(atoms, pairs, intensity, [], SAME)
    assert sorted(kind for *_, kind in likely(first)) == ["single", "single", "triple"]


def test_nothing_is_said_where_other_things_are_drawn() -> None:
    intensity = drawn(CUBANE, CUBANE_BONDS, 1.0, 2)
    cv2.circle(intensity, (30, 20), 8, 255, -1)
    atoms, pairs = candidates(CUBANE, {pair: 0.97 for pair in CUBANE_BONDS})
    assert stroke_readings(atoms, pairs, intensity, [], SAME) == []


def test_nothing_is_said_of_very_small_drawings() -> None:
    intensity = drawn(CUBANE, CUBANE_BONDS, 0.2, 1)
    atoms, pairs = candidates(scaled(CUBANE, 0.2), {pair: 0.97 for pair in CUBANE_BONDS})
    assert stroke_readings(atoms, pairs, intensity, [], SAME) == []


def test_an_order_that_the_network_is_sure_to_be_another_forbids() -> None:
    places: list[Place] = [(10.0, 80.0), (45.0, 60.0), (80.0, 80.0)]
    intensity = drawn(places, [(0, 1), (1, 2)], 1.0, 2)
    cv2.line(intensity, (15, 86), (47, 67), 255, 2, cv2.LINE_AA)
    atoms, pairs = candidates(places, {(0, 1): 0.99, (1, 2): 0.99})
    assert stroke_readings(atoms, pairs, intensity, [], SAME) == []
    atoms, pairs = candidates(places, {(0, 1): 0.7, (1, 2): 0.99})
    first, *_ = stroke_readings(atoms, pairs, intensity, [], SAME)
    assert sorted(kind for *_, kind in likely(first)) == ["double", "single"]
