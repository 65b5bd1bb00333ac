"""Bonds drawn as two crossing strokes although the graph says otherwise. Shape letters: B bonds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inchify.data.strokes.crossed import crossed_scores
from inchify.types import MoleculeGraph
from inchify.verification.graph_match.match import Inspection

# Double bonds in smaller rings have no other geometry: drawn crossed they mean the same.
SMALLEST_RING = 8


@dataclass(frozen=True, kw_only=True)
class CrossedBondSettings:
    """Scores of ``data.strokes.crossed``: ``plain``, the highest of a bond that is no double one;
    ``double``, of a double bond, whose lines are a little like a cross; ``coarse``: added to
    both where bonds are shorter than ``fine`` pixels."""

    plain: float = 0.03
    double: float = 0.08
    fine: float = 20.0
    coarse: float = 0.04


def crossed_bonds(
    intensity_HW: np.ndarray, inspection: Inspection, settings: CrossedBondSettings
) -> Iterator[int]:
    """The numbers of bonds that are crossed in the picture and not in the graph.

    Args:
        intensity_HW: uint8, 255 full foreground, at the picture's full resolution.
        inspection: the graph as it was measured on that foreground.
        settings: the scores from which a bond counts as crossed.
    """
    graph = inspection.graph
    candidates = [
        number
        for number, bond in enumerate(graph.bonds)
        if bond.kind != "crossed"
        and not (bond.kind in ("double", "aromatic") and _in_small_ring(graph, number))
    ]
    unit = inspection.unit / inspection.paper.scale
    places = np.array([(atom.x, atom.y) for atom in graph.atoms]) / inspection.paper.scale
    pairs = np.array([(graph.bonds[n].begin, graph.bonds[n].end) for n in candidates], int)
    ends_B4 = places[pairs.reshape(-1, 2)].reshape(-1, 4)
    more = settings.coarse if unit < settings.fine else 0.0
    for number, score in zip(candidates, crossed_scores(intensity_HW, ends_B4, unit), strict=True):
        double = graph.bonds[number].kind == "double"
        if score > (settings.double if double else settings.plain) + more:
            yield number


def _in_small_ring(graph: MoleculeGraph, number: int) -> bool:
    """Whether a bond closes a ring that is too small for another geometry."""
    start, goal = graph.bonds[number].begin, graph.bonds[number].end
    reached, front = {start}, {start}
    for _ in range(SMALLEST_RING - 2):
        front = {
            there
            for place, bond in enumerate(graph.bonds)
            if place != number
            for here, there in ((bond.begin, bond.end), (bond.end, bond.begin))
            if here in front
        } - reached
        reached |= front
    return goal in reached
