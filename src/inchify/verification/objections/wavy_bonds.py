"""Bonds that may be drawn as wavy lines although the graph says otherwise. Shape letters: H and W
pixels, B bonds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inchify.data.strokes.wavy import visible_ends, wavy_scores
from inchify.types import MoleculeGraph
from inchify.verification.graph_match.match import Inspection
from inchify.verification.objections.possible_centers import degrees_of

KINDS = ("single", "wedge", "hash")


@dataclass(frozen=True, kw_only=True)
class WavyBondSettings:
    """Scores of ``data.strokes.wavy`` that forbid verification: ``plain`` of a single bond,
    ``marked`` of a wedge or hash; where bonds are shorter than ``fine`` pixels, ``coarse`` more."""

    plain: float = -1.5
    marked: float = -2.0
    fine: float = 20.0
    coarse: float = 0.5


def wavy_bonds(
    intensity_HW: np.ndarray, inspection: Inspection, settings: WavyBondSettings
) -> Iterator[int]:
    """The numbers of bonds that may be wavy in the picture and are not in the graph.

    Args:
        intensity_HW: uint8, 255 full foreground, at the picture's full resolution.
        inspection: the graph as it was measured on that foreground.
        settings: the scores from which a bond counts as wavy.
    """
    graph, observed, scale = inspection.graph, inspection.observed, inspection.paper.scale
    candidates = _candidates(graph)
    if not candidates:
        return
    unit = inspection.unit / scale
    ends = []
    for number in candidates:
        bond = graph.bonds[number]
        begin_2, end_2 = (
            np.array((graph.atoms[p].x, graph.atoms[p].y)) for p in (bond.begin, bond.end)
        )
        boxes = [observed.boxes.get(place) for place in (bond.begin, bond.end)]
        ends.append(visible_ends(begin_2, end_2, boxes, inspection.unit) / scale)
    ends_B4 = np.array(ends)
    more = settings.coarse if unit < settings.fine else 0.0
    scores = wavy_scores(intensity_HW, ends_B4, unit).tolist()
    for number, score in zip(candidates, scores, strict=True):
        kind = graph.bonds[number].kind
        if score > (settings.plain if kind == "single" else settings.marked) + more:
            yield number


def _candidates(graph: MoleculeGraph) -> list[int]:
    """Bonds on which a wave has a meaning: at an atom with two others or beside a double bond."""
    degree = degrees_of(graph)
    double = np.zeros(len(graph.atoms), bool)
    for bond in graph.bonds:
        if bond.kind in ("double", "crossed"):
            double[[bond.begin, bond.end]] = True
    open_ends = (degree >= 3) | (double & (degree >= 2))
    return [
        number
        for number, bond in enumerate(graph.bonds)
        if bond.kind in KINDS and (open_ends[bond.begin] or open_ends[bond.end])
    ]
