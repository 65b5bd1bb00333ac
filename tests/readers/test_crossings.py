"""Bonds that cross others are found by their strokes; atoms stay where strokes of bonds meet."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from inchify.chemistry.graph_assembly.candidates import (
    COLUMNS,
    NONE,
    AtomCandidates,
    BondCandidates,
)
from inchify.chemistry.symbols import ATOM_CLASSES, BOND_KINDS, CHARGES, CORNER, HYDROGENS, ISOTOPES
from inchify.readers.bonds.crossings import crossing_readings
from inchify.readers.views.coordinates import Frame

Place = tuple[float, float]
Pair = tuple[int, int]
SAME = Frame((1.0, 1.0), 0.0)
# A norbornane drawn with one bond over another: the last place is where they cross.
NORBORNANE: list[Place] = [
    *((100.9, 93.5), (5.3, 13.9), (139.1, 3.8), (52.1, 6.9), (46.2, 96.9), (103.2, 38.1)),
    (44.4, 48.1),
]
BONDS: list[Pair] = [(0, 4), (0, 5), (1, 3), (1, 6), (2, 5), (2, 6), (3, 5), (4, 6)]
CROSSING: Place = (85.2, 28.9)


def drawn(places: Sequence[Place], bonds: Sequence[Pair], size: float, width: int) -> np.ndarray:
    intensity = np.zeros((int(120 * size), int(160 * size)), np.uint8)
    for pair in bonds:
        (x0, y0), (x1, y1) = (np.round(np.array(places[end]) * size * 16) for end in pair)
        cv2.line(intensity, (int(x0), int(y0)), (int(x1), int(y1)), 255, width, cv2.LINE_AA, 4)
    return intensity


def log_rows(count: int, columns: int, sure: int) -> np.ndarray:
    rows = np.full((count, columns), 0.001)
    rows[:, sure] = 1 - 0.001 * (columns - 1)
    return np.log(rows)


def candidates(
    places: Sequence[Place], chances: dict[Pair, float], scores: dict[int, float] | None = None
) -> tuple[AtomCandidates, BondCandidates]:
    """Bare corners at these places and single bonds with these chances."""
    count = len(places)
    score = np.array([(scores or {}).get(place, 0.95) for place in range(count)])
    atoms = AtomCandidates(
        np.array(places),
        score,
        log_rows(count, len(ATOM_CLASSES), ATOM_CLASSES.index(CORNER)),
        log_rows(count, len(CHARGES), CHARGES.index(0)),
        log_rows(count, len(HYDROGENS), 0),
        log_rows(count, len(ISOTOPES), 0),
        np.zeros((count, 4)),
    )
    kinds = np.full((len(chances), 1 + len(BOND_KINDS)), -12.0)
    kinds[:, NONE] = np.log([1 - chance for chance in chances.values()])
    kinds[:, COLUMNS["single"]] = np.log(list(chances.values()))
    return atoms, BondCandidates(np.array(list(chances)), kinds, np.full(len(chances), 0.5))


def bonds_of(atoms: AtomCandidates, bonds: BondCandidates) -> set[Pair]:
    """The likely bonds between likely atoms, by the places of atoms."""
    there = atoms.score_A >= 0.5
    return {
        (min(pair), max(pair))
        for pair, logs in zip(bonds.pairs_B2.tolist(), bonds.log_kind_BK, strict=True)
        if logs[NONE] < np.log(0.5) and there[pair].all()
    }


@pytest.mark.parametrize("size", [1.0, 3.0])
@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_crossing_seen_as_an_atom(size: float, width: int) -> None:
    intensity = drawn(NORBORNANE, BONDS, size, width)
    seen = {pair: 0.97 for pair in BONDS if pair not in ((2, 6), (3, 5))}
    seen |= {(2, 7): 0.9, (6, 7): 0.9, (3, 7): 0.9, (5, 7): 0.9}
    places = [(x * size, y * size) for x, y in (*NORBORNANE, CROSSING)]
    reading = crossing_readings(*candidates(places, seen), intensity, SAME)[0]
    assert bonds_of(reading.atoms, reading.bonds) == set(BONDS)
    assert set(reading.new_pairs) == {(2, 6), (3, 5)}


@pytest.mark.parametrize("size", [1.0, 3.0])
def test_a_bond_that_was_missed_because_it_crosses_another(size: float) -> None:
    intensity = drawn(NORBORNANE, BONDS, size, 2)
    seen = {pair: 0.97 for pair in BONDS if pair != (2, 6)}
    places = [(x * size, y * size) for x, y in NORBORNANE]
    reading = crossing_readings(*candidates(places, seen), intensity, SAME)[0]
    assert bonds_of(reading.atoms, reading.bonds) == set(BONDS)


def test_the_bond_behind_may_be_interrupted() -> None:
    front = [pair for pair in BONDS if pair != (2, 6)]
    intensity = drawn(NORBORNANE, BONDS, 2.0, 2)
    cv2.circle(intensity, (round(2 * CROSSING[0]), round(2 * CROSSING[1])), 11, 0, -1)
    intensity = np.maximum(intensity, drawn(NORBORNANE, front, 2.0, 2))
    places = [(2 * x, 2 * y) for x, y in NORBORNANE]
    reading = crossing_readings(*candidates(places, dict.fromkeys(front, 0.97)), intensity, SAME)[0]
    assert bonds_of(reading.atoms, reading.bonds) == set(BONDS)


def test_no_bond_where_there_is_no_stroke() -> None:
    shown = [pair for pair in BONDS if pair != (2, 6)]
    intensity = drawn(NORBORNANE, shown, 2.0, 2)
    places = [(2 * x, 2 * y) for x, y in NORBORNANE]
    atoms, bonds = candidates(places, dict.fromkeys(shown, 0.97))
    (reading,) = crossing_readings(atoms, bonds, intensity, SAME)
    assert reading.bonds is bonds and reading.atoms is atoms


def test_a_spiro_center_stays() -> None:
    """Its bonds stand in two straight lines, but each is as long as a bond."""
    x, y, bond = 80.0, 60.0, 30.0
    angles = np.radians([60, 120, 240, 300])
    places = [(x, y), *((x + bond * np.cos(a), y + bond * np.sin(a)) for a in angles)]
    places += [(x + dx, y + dy * bond) for dy in (1.73, -1.73) for dx in (0.0,)]
    bonds: list[Pair] = [(0, 1), (0, 2), (0, 3), (0, 4), (1, 5), (2, 5), (3, 6), (4, 6)]
    intensity = drawn(places, bonds, 1.0, 2)
    seen = candidates(places, dict.fromkeys(bonds, 0.97))
    first = crossing_readings(*seen, intensity, SAME)[0]
    assert bonds_of(first.atoms, first.bonds) == set(bonds)


def test_a_corner_in_the_middle_of_a_stroke_is_no_atom() -> None:
    places: list[Place] = [(20, 80), (50, 62), (110, 26), (140, 44), (50, 98), (80, 44)]
    drawn_bonds: list[Pair] = [(0, 1), (0, 4), (1, 2), (2, 3)]
    intensity = drawn(places, drawn_bonds, 1.0, 2)
    seen = dict.fromkeys([(0, 1), (0, 4), (1, 5), (2, 5), (2, 3)], 0.97)
    reading = crossing_readings(*candidates(places, seen), intensity, SAME)[0]
    assert reading.atoms.score_A[5] < 0.01


def test_a_weak_corner_where_strokes_meet_is_an_atom() -> None:
    intensity = drawn(NORBORNANE, BONDS, 2.0, 2)
    places = [(2 * x, 2 * y) for x, y in NORBORNANE]
    seen = {pair: 0.97 for pair in BONDS if 1 not in pair}
    reading = crossing_readings(*candidates(places, seen, {1: 0.3}), intensity, SAME)[0]
    assert bonds_of(reading.atoms, reading.bonds) == set(BONDS)


def test_a_doubtful_crossing_has_two_readings() -> None:
    """Lines that cross with parts of nearly a bond's length may meet in an atom too."""
    x, y, part = 80.0, 60.0, 22.0
    places: list[Place] = [(x, y), (x + part, y), (x - part, y), (x, y + part), (x, y - part)]
    places += [(x + part, y + 30), (x + part + 26, y + 45), (x - part, y - 30)]
    bonds: list[Pair] = [(0, 1), (0, 2), (0, 3), (0, 4), (1, 5), (5, 6), (2, 7)]
    intensity = drawn(places, bonds, 1.0, 2)
    found = crossing_readings(*candidates(places, dict.fromkeys(bonds, 0.97)), intensity, SAME)
    assert len(found) == 2
    assert found[0].price == 0.0 < found[1].price
    first, second = (reading.atoms.score_A[0] < 0.5 for reading in found)
    assert first != second
