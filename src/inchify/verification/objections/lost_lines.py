"""Places where a line may have been lost before the picture was read, and whether strokes are all
that is drawn.

In a bilevel picture a level or vertical line thinner than a pixel may lie between two rows of
pixels and vanish. Nothing of the picture shows that, but few rings lack one double bond to be
aromatic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import atan2, degrees, pi

import numpy as np

from inchify.types import MoleculeGraph
from inchify.verification.graph_match.match import Inspection

# Kinds with more than one line, which make aromatic rings.
MULTIPLE = ("double", "aromatic", "crossed")
# Most bonds of atoms that may have one more; others have none to spare.
MOST_BONDS = {"C": 3, "N": 2}
# Symbols that complete an aromatic ring of five.
IN_FIVE = ("N", "O", "S", "Se")


@dataclass(frozen=True, kw_only=True)
class LostLineSettings:
    """``thin``: lines of a bilevel picture that are not as wide in pixels may vanish; ``level``:
    how near to the picture's rows or columns, in degrees; ``gray_share``: the share of foreground
    between ``paper`` and ``full`` intensity that a bilevel picture may have. ``parallel``: strokes
    whose directions differ by less, in degrees, may be a sign."""

    thin: float = 1.3
    level: float = 5.0
    gray_share: float = 0.03
    paper: int = 24
    full: int = 231
    parallel: float = 10.0


def vanished_lines(
    intensity_HW: np.ndarray, inspection: Inspection, settings: LostLineSettings | None = None
) -> Iterator[int]:
    """The numbers of single bonds that one more line would make part of an aromatic ring, where the
    picture may have lost that line.

    Args:
        intensity_HW: uint8, 255 full foreground, at the picture's full resolution.
        inspection: the graph as it was measured on that foreground.
        settings: which lines vanish.
    """
    settings = settings or LostLineSettings()
    if not may_lose_lines(intensity_HW, inspection, settings):
        return
    graph = inspection.graph
    neighbors = _neighbours(graph)
    for number, bond in enumerate(graph.bonds):
        slant = _direction(graph, number) % (pi / 2)
        if bond.kind != "single" or degrees(min(slant, pi / 2 - slant)) > settings.level:
            continue
        if _completes_a_ring(graph, neighbors, bond.begin, bond.end):
            yield number


def may_lose_lines(
    intensity_HW: np.ndarray, inspection: Inspection, settings: LostLineSettings | None = None
) -> bool:
    """Whether a picture is bilevel and its lines so thin that some may have vanished.

    Args:
        intensity_HW: uint8, 255 full foreground, at the picture's full resolution.
        inspection: the graph as it was measured on that foreground.
        settings: which lines vanish.
    """
    settings = settings or LostLineSettings()
    width = inspection.observed.line_width * inspection.unit / inspection.paper.scale
    return width < settings.thin and _is_bilevel(intensity_HW, settings)


def has_only_parallel_strokes(
    graph: MoleculeGraph, settings: LostLineSettings | None = None
) -> bool:
    """Whether a graph without labels has only bonds of one direction (a dash, an equals sign), or
    is one double bond, in which a bare carbon between two (S=C=S) is not seen."""
    settings = settings or LostLineSettings()
    if [bond.kind for bond in graph.bonds] == ["double"]:
        return True
    if not graph.bonds or any(atom.text for atom in graph.atoms):
        return False
    turns = np.array([_direction(graph, number) for number in range(len(graph.bonds))])
    apart = np.abs((turns - turns[0] + pi / 2) % pi - pi / 2)
    return bool(np.degrees(apart.max()) < settings.parallel)


def _is_bilevel(intensity_HW: np.ndarray, settings: LostLineSettings) -> bool:
    foreground = intensity_HW[intensity_HW > settings.paper]
    return (
        bool(foreground.size) and float((foreground < settings.full).mean()) < settings.gray_share
    )


def _direction(graph: MoleculeGraph, number: int) -> float:
    bond = graph.bonds[number]
    begin, end = graph.atoms[bond.begin], graph.atoms[bond.end]
    return atan2(end.y - begin.y, end.x - begin.x)


def _neighbours(graph: MoleculeGraph) -> list[dict[int, bool]]:
    """For each atom its neighbors, and whether they are bonded by several lines."""
    neighbors: list[dict[int, bool]] = [{} for _ in graph.atoms]
    for bond in graph.bonds:
        neighbors[bond.begin][bond.end] = neighbors[bond.end][bond.begin] = bond.kind in MULTIPLE
    return neighbors


def _completes_a_ring(
    graph: MoleculeGraph, neighbors: list[dict[int, bool]], begin: int, end: int
) -> bool:
    """Whether a double bond between two atoms that have none completes an aromatic ring."""
    for place in (begin, end):
        max_bonds = MOST_BONDS.get(graph.atoms[place].symbol, 0)
        if any(neighbors[place].values()) or len(neighbors[place]) > max_bonds:
            return False
    paths = [[begin]]
    for length in range(2, 7):
        paths = [[*path, n] for path in paths for n in neighbors[path[-1]] if n not in path]
        for path in paths:
            if length >= 5 and path[-1] == end:
                others = path[1:-1]
                bare = [place for place in others if not _in_ring_bond(neighbors, place)]
                if not bare and length == 6:
                    return True
                if length == 5 and len(bare) == 1 and graph.atoms[bare[0]].symbol in IN_FIVE:
                    return True
        paths = [path for path in paths if path[-1] != end]
    return False


def _in_ring_bond(neighbors: list[dict[int, bool]], place: int) -> bool:
    """Whether an atom has a double bond to one that is no end of the graph."""
    return any(double and len(neighbors[other]) > 1 for other, double in neighbors[place].items())
