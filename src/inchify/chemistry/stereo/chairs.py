"""Detection of chair conformations among six-membered rings, and of the bonds that point up at
them.

Around a chair's ring the atoms lie alternately above and below the middle of their two neighbors,
as in no flat drawing. At an atom that lies above, the upright (axial) bond rises, and what points
aside (equatorial) is below the ring. Pictures have y down.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import hypot

from inchify.types import GraphAtom, MoleculeGraph

SIZE = 6
# In bonds: the least that an atom lies off the middle of its neighbors.
OFF = 0.04
# Sines of a bond's rise: more is upright; what points aside rises less against its atom's way.
UPRIGHT, ASIDE = 0.94, 0.5
PLAIN = ("single", "bold")


def chair_rings(graph: MoleculeGraph) -> list[tuple[int, ...]]:
    """Find six-membered rings that are drawn as chairs, of single bonds and in no other ring.

    Args:
        graph: The drawn graph, y down.

    Returns:
        For each ring the indices of its atoms, in order around it.
    """
    neighbors: list[list[int]] = [[] for _ in graph.atoms]
    plain = set()
    for bond in graph.bonds:
        neighbors[bond.begin].append(bond.end)
        neighbors[bond.end].append(bond.begin)
        if bond.kind in PLAIN:
            plain |= {(bond.begin, bond.end), (bond.end, bond.begin)}
    rings: dict[frozenset[int], tuple[int, ...]] = {}
    for start in range(len(graph.atoms)):
        for ring in _zigzags(graph, [start], neighbors):
            inside = frozenset(ring)
            steps = zip(ring, (*ring[1:], ring[0]), strict=True)
            if inside not in rings and all(step in plain for step in steps):
                rings[inside] = ring
    return [ring for ring in rings.values() if _stands_alone(ring, neighbors)]


def chair_signs(graph: MoleculeGraph, ring: Sequence[int]) -> dict[tuple[int, int], int] | None:
    """Tell which bonds of a chair point above the ring.

    Args:
        graph: The drawn graph, y down.
        ring: Indices of the ring's atoms, in order around it.

    Returns:
        (ring atom, neighbor) -> 1 above the ring, -1 below it; None where the drawing is ambiguous.
    """
    signs: dict[tuple[int, int], int] = {}
    for index, place in enumerate(ring):
        before, after = ring[index - 1], ring[(index + 1) % SIZE]
        way = 1 if _off(graph.atoms[before], graph.atoms[place], graph.atoms[after]) > 0 else -1
        outside = [
            bond.begin + bond.end - place
            for bond in graph.bonds
            if place in (bond.begin, bond.end) and bond.begin + bond.end - place not in ring
        ]
        for other in outside:
            rise = _rise(graph.atoms[place], graph.atoms[other])
            if abs(rise) > UPRIGHT:
                signs[place, other] = 1 if rise > 0 else -1
            elif rise * way < ASIDE:
                signs[place, other] = -way
            else:
                return None
        if len({signs[place, other] for other in outside}) < len(outside):
            return None
    return signs


def _rise(here: GraphAtom, there: GraphAtom) -> float:
    """The sine of a bond's angle with the level, positive upwards."""
    x, y = there.x - here.x, here.y - there.y
    return y / max(hypot(x, y), 1e-9)


def _off(before: GraphAtom, here: GraphAtom, after: GraphAtom) -> float:
    """How far an atom lies above the middle of its neighbors, in lengths of their bonds."""
    length = hypot(here.x - before.x, here.y - before.y) + hypot(here.x - after.x, here.y - after.y)
    return ((before.y + after.y) / 2 - here.y) / max(length / 2, 1e-9)


def _zigzags(
    graph: MoleculeGraph, path: list[int], neighbors: Sequence[Sequence[int]]
) -> Iterator[tuple[int, ...]]:
    """Rings through a path whose atoms lie above and below their neighbors alternately."""
    if len(path) == SIZE:
        closed = path[0] in neighbors[path[-1]]
        if closed and _alternate(graph, [*path, path[0], path[1]]):
            yield tuple(path)
        return
    for other in neighbors[path[-1]]:
        if other > path[0] and other not in path and _alternate(graph, [*path[-3:], other]):
            yield from _zigzags(graph, [*path, other], neighbors)


def _alternate(graph: MoleculeGraph, path: Sequence[int]) -> bool:
    atoms = [graph.atoms[place] for place in path]
    off = [_off(*atoms[at : at + 3]) for at in range(len(atoms) - 2)]
    if any(abs(offset) < OFF for offset in off):
        return False
    return all(offset * following < 0 for offset, following in pairwise(off))


def _stands_alone(ring: Sequence[int], neighbors: Sequence[Sequence[int]]) -> bool:
    """Whether no way outside the ring leads from one of its atoms to another."""
    for start in ring:
        reached, stack = {start}, [other for other in neighbors[start] if other not in ring]
        while stack:
            here = stack.pop()
            if here in ring and here != start:
                return False
            if here not in reached and here not in ring:
                reached.add(here)
                stack.extend(neighbors[here])
    return True
