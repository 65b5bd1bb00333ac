"""Bonds that meet in the graph and may only cross, or the other way round.

The same strokes show both; only lengths and angles tell them apart. Shape letters: A atoms, B
bonds, N neighbors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from inchify.types import MoleculeGraph

PLAIN = ("single", "bold")


@dataclass(frozen=True, kw_only=True)
class CrossingObjectionSettings:
    """``short``: the least length, in usual bonds, of a real center's bonds and of all four parts
    of bonds that may rather meet. ``straight``: the cosine of bonds in one line."""

    short: float = 0.75
    straight: float = 0.978


def doubtful_crossings(
    graph: MoleculeGraph, settings: CrossingObjectionSettings | None = None
) -> Iterator[tuple[float, float]]:
    """Places (x, y) at which a corner may be a crossing, or a crossing may be a corner.

    Args:
        graph: As it was drawn, in pixels.
        settings: Lengths and angles.
    """
    settings = settings or CrossingObjectionSettings()
    if len(graph.bonds) < 3:
        return
    place_A2 = np.array([(atom.x, atom.y) for atom in graph.atoms])
    pairs_B2 = np.array([(bond.begin, bond.end) for bond in graph.bonds])
    usual = float(np.median(np.hypot(*(place_A2[pairs_B2[:, 0]] - place_A2[pairs_B2[:, 1]]).T)))
    for place in _straight_corners(graph, place_A2, usual, settings):
        yield graph.atoms[place].x, graph.atoms[place].y
    for first, second in combinations(pairs_B2.tolist(), 2):
        where = None if set(first) & set(second) else meeting(place_A2[first], place_A2[second])
        if where is None:
            continue
        parts = np.hypot(*(place_A2[[*first, *second]] - where).T)
        if parts.min() >= settings.short * usual:
            yield float(where[0]), float(where[1])


def _straight_corners(
    graph: MoleculeGraph, place_A2: np.ndarray, usual: float, settings: CrossingObjectionSettings
) -> Iterator[int]:
    """Bare corners whose plain bonds are one straight line, or two of which a part is short."""
    neighbors: dict[int, list[int]] = {}
    other_kinds = set()
    for bond in graph.bonds:
        neighbors.setdefault(bond.begin, []).append(bond.end)
        neighbors.setdefault(bond.end, []).append(bond.begin)
        if bond.kind not in PLAIN:
            other_kinds |= {bond.begin, bond.end}
    for place, around in sorted(neighbors.items()):
        if graph.atoms[place].text or len(around) not in (2, 4):
            continue
        if len(around) == 2 and place in other_kinds:
            continue
        way_N2 = place_A2[around] - place_A2[place]
        length_N = np.hypot(*way_N2.T)
        cosine_NN = (way_N2 @ way_N2.T) / np.maximum(np.outer(length_N, length_N), 1e-9)
        opposite = bool((cosine_NN.min(axis=1) < -settings.straight).all())
        if opposite and (len(around) == 2 or length_N.min() < settings.short * usual):
            yield place


def meeting(one_22: np.ndarray, other_22: np.ndarray) -> np.ndarray | None:
    """Intersect two line segments.

    Args:
        one_22: The ends (x, y) of a segment.
        other_22: The ends (x, y) of the other.

    Returns:
        The point (x, y) where they cross, float64 (2,), or None where they do not.
    """
    way, turned = one_22[1] - one_22[0], other_22[1] - other_22[0]
    steep = float(way[0] * turned[1] - way[1] * turned[0])
    if abs(steep) < 1e-9:
        return None
    step = other_22[0] - one_22[0]
    share = float(step[0] * turned[1] - step[1] * turned[0]) / steep
    along = float(step[0] * way[1] - step[1] * way[0]) / steep
    inside = 0.0 < share < 1.0 and 0.0 < along < 1.0
    return np.asarray(one_22[0] + share * way) if inside else None
