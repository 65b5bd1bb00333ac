"""A picture's foreground and a graph, as it was inspected, go in; which of its bonds may be drawn
as wavy lines although the graph says otherwise comes out.

Where pixels are coarser than a wave, Indigo's growing waves look like a wedge, but a grey one.
Shape letters: H and W pixels, B bonds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inchify.data.bond_patches import strips_along
from inchify.data.wavy_strokes import visible_ends, wavy_scores
from inchify.judge.redraw import Inspection
from inchify.judge.stroke_doubts import degrees_of
from inchify.types import MoleculeGraph

KINDS = ("single", "wedge", "hash")
# Of a bond from its narrow end; half the breadth of what is inside a wedge, in bonds.
BROADER_END, INSIDE = (0.35, 0.9), 0.035
# What is paler is no stroke.
INK = 64


@dataclass(frozen=True, kw_only=True)
class WavyDoubtSettings:
    """Scores of ``data.wavy_strokes`` that forbid verification: ``plain`` of a single bond,
    ``marked`` of a wedge or hash; where bonds are shorter than ``fine`` pixels, ``coarse`` more.
    ``grey``: a wedge that is paler inside, beside the picture's darkest strokes, may be a wave."""

    plain: float = -1.5
    marked: float = -2.0
    fine: float = 20.0
    coarse: float = 0.5
    grey: float = 0.82


def wavy_bonds(
    ink_HW: np.ndarray, inspection: Inspection, settings: WavyDoubtSettings
) -> Iterator[int]:
    """The numbers of bonds that may be wavy in the picture and are not in the graph.

    Args:
        ink_HW: uint8, 255 full ink, at the picture's own resolution.
        inspection: the graph as it was measured on that ink.
        settings: how surely.
    """
    graph, seen, scale = inspection.graph, inspection.seen, inspection.paper.scale
    asked = _asked(graph)
    if not asked:
        return
    unit = inspection.unit / scale
    ends = []
    for number in asked:
        bond = graph.bonds[number]
        places = [np.array((graph.atoms[p].x, graph.atoms[p].y)) for p in (bond.begin, bond.end)]
        boxes = [seen.boxes.get(place) for place in (bond.begin, bond.end)]
        ends.append(visible_ends(*places, boxes, inspection.unit) / scale)
    ends_B4 = np.array(ends)
    more = settings.coarse if unit < settings.fine else 0.0
    scores = wavy_scores(ink_HW, ends_B4, unit).tolist()
    inside = _darkness_inside(ink_HW, ends_B4, unit).tolist()
    for number, score, darkness in zip(asked, scores, inside, strict=True):
        kind = graph.bonds[number].kind
        swings = score > (settings.plain if kind == "single" else settings.marked) + more
        if swings or (kind == "wedge" and darkness < settings.grey):
            yield number


def _darkness_inside(ink_HW: np.ndarray, ends_B4: np.ndarray, unit: float) -> np.ndarray:
    """How dark bonds are inside their broader ends, in the darkness of strokes (B,)."""
    share_A = np.linspace(*BROADER_END, 40)
    aside_T = np.linspace(-INSIDE, INSIDE, 5) * unit
    dark = (
        max(float(np.quantile(ink_HW[ink_HW > INK], 0.9)), 1.0) if (ink_HW > INK).any() else 255.0
    )
    return np.asarray(strips_along(ink_HW, ends_B4, share_A, aside_T).mean(axis=(1, 2)) / dark)


def _asked(graph: MoleculeGraph) -> list[int]:
    """Bonds where a wave would say something: at an atom with two others or beside a double
    bond."""
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
