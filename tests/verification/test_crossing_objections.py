"""Where bonds may cross or meet, an answer is not verified."""

import pytest

from inchify.types import GraphAtom, GraphBond, MoleculeGraph
from inchify.verification.objections.crossings import doubtful_crossings


def graph_of(places: list[tuple[float, float]], pairs: list[tuple[int, int]]) -> MoleculeGraph:
    atoms = tuple(GraphAtom(x, y) for x, y in places)
    return MoleculeGraph(atoms, tuple(GraphBond(*pair, "single") for pair in pairs))


# two chains of bonds 40 long that cross at (0, 0), as they are and with an atom there
def crossed(part: float) -> list[tuple[float, float]]:
    return [(-part, 0), (part, 0), (0, -part), (0, part), (part, 40), (-part, -40), (40, -part)]


CHAINS = [(1, 4), (0, 5), (2, 6)]


@pytest.mark.parametrize(("part", "doubtful"), [(20.0, 0), (38.0, 1)])
def test_bonds_that_cross_with_long_parts_may_meet(part: float, doubtful: int) -> None:
    graph = graph_of(crossed(part), [(0, 1), (2, 3), *CHAINS])
    assert len(list(doubtful_crossings(graph))) == doubtful


@pytest.mark.parametrize(("part", "doubtful"), [(20.0, 1), (38.0, 0)])
def test_bonds_that_meet_in_two_lines_with_short_parts_may_cross(
    part: float, doubtful: int
) -> None:
    places = [*crossed(part), (0.0, 0.0), (70.0, 60.0), (-70.0, -60.0), (60.0, -70.0)]
    pairs = [*((end, 7) for end in range(4)), *CHAINS, (4, 8), (5, 9), (6, 10)]
    assert len(list(doubtful_crossings(graph_of(places, pairs)))) == doubtful


def test_a_bare_corner_on_a_straight_line_is_doubtful() -> None:
    places = [(0.0, 0.0), (40.0, 0.0), (80.0, 0.0), (100.0, 30.0)]
    pairs = [(0, 1), (1, 2), (2, 3)]
    assert list(doubtful_crossings(graph_of(places, pairs))) == [(40.0, 0.0)]
    triple = MoleculeGraph(
        graph_of(places, pairs).atoms,
        (GraphBond(0, 1, "triple"), GraphBond(1, 2, "single"), GraphBond(2, 3, "single")),
    )
    assert list(doubtful_crossings(triple)) == []
