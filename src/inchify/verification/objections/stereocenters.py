"""Plain bonds at possible stereocentres with labels (S, P, Si, N+) whose strokes are not clearly
plain.

The letter hides a part of such a stroke, often the larger one: what is left of a wedge is a short
line. Without a clear stroke it is unknown whether the center is drawn flat. Shape letters: B
bonds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inchify.data.strokes.visible_strokes import VisibleStroke, visible_stroke
from inchify.types import MoleculeGraph
from inchify.verification.graph_match.match import Inspection

# Elements that may be stereocentres beside carbon, and their least number of drawn neighbors.
CENTERS = {"S": 3, "Se": 3, "Te": 3, "P": 3, "As": 3, "Sb": 3, "Si": 3, "Ge": 3, "Sn": 3, "N": 4}
# Kinds that mark the center at their start.
MARKS = ("wedge", "hash", "wavy")
# A part of a bond from a bare corner, in bonds, where other strokes meet it.
CORNER = 0.15
# Pixels beside a label's box where its letter may still be seen.
RIM = 1.5


@dataclass(frozen=True, kw_only=True)
class StereocenterSettings:
    """A stroke is clearly plain where at least ``pixels`` and ``visible_length`` bonds of it show,
    it is at least ``dark``, has no gap, is nowhere more than ``broad`` and widens less than
    ``widens`` times (widths in those of the picture's lines)."""

    pixels: float = 4.0
    visible_length: float = 0.15
    dark: float = 0.45
    broad: float = 1.8
    widens: float = 1.45


def doubtful_center_strokes(
    intensity_HW: np.ndarray, inspection: Inspection, settings: StereocenterSettings | None = None
) -> Iterator[tuple[int, str]]:
    """The numbers of plain bonds at possible centers that are drawn flat, whose strokes may be
    wedged or hashed, and why.

    Args:
        intensity_HW: uint8, 255 full foreground, at the picture's full resolution.
        inspection: the graph as it was measured on that foreground.
        settings: what a plain stroke is.
    """
    settings = settings or StereocenterSettings()
    paper, graph, unit, observed = inspection
    centers = flat_centers(graph)
    if not centers:
        return
    width = observed.line_width * unit / paper.scale
    for number, bond in enumerate(graph.bonds):
        ends_22 = observed.ends_B4[number].reshape(2, 2) / paper.scale
        atoms = [bond.begin, bond.end]
        if bond.kind in MARKS and bond.end in centers:
            yield number, "it may be turned round at a possible centre"
        if bond.kind != "single" or not centers & set(atoms):
            continue
        if atoms[0] not in centers:
            ends_22, atoms = ends_22[::-1], atoms[::-1]
        corner = CORNER * unit / paper.scale
        gaps = [RIM if atom in observed.boxes else corner for atom in atoms]
        begin_2, end_2 = _shortened(ends_22, gaps)
        stroke = visible_stroke(intensity_HW, begin_2, end_2, unit / paper.scale, width)
        doubt = _doubt(stroke, unit / paper.scale, settings)
        if doubt:
            yield number, f"{doubt} at a possible centre"


def _shortened(ends_22: np.ndarray, gaps: list[float]) -> np.ndarray:
    """A line cut by these numbers of pixels at its start and end."""
    along_2 = ends_22[1] - ends_22[0]
    shares = np.minimum(np.array(gaps) / max(float(np.hypot(*along_2)), 1e-6), 0.45)
    return np.asarray(ends_22 + np.array((shares[0], -shares[1]))[:, None] * along_2)


def _doubt(stroke: VisibleStroke, unit: float, settings: StereocenterSettings) -> str:
    """Why a stroke may be more than a plain one, "" where it is not."""
    if stroke.pixels < max(settings.pixels, settings.visible_length * unit):
        return "hardly seen"
    if stroke.gaps or stroke.darkness < settings.dark:
        return "pale or broken"
    if max(stroke.widening, 1.0 / max(stroke.widening, 1e-3)) > settings.widens:
        return "widening"
    return "broad" if stroke.broadest > settings.broad else ""


def flat_centers(graph: MoleculeGraph) -> set[int]:
    """The atoms of ``CENTERS`` without wedge or hash whose drawn neighbors all differ."""
    neighbors: list[list[tuple[str, int]]] = [[] for _ in graph.atoms]
    marked = set()
    for bond in graph.bonds:
        neighbors[bond.begin].append((_order(bond.kind), bond.end))
        neighbors[bond.end].append((_order(bond.kind), bond.begin))
        if bond.kind in ("wedge", "hash", "wavy"):
            marked.add(bond.begin)
    candidates = {
        place
        for place, atom in enumerate(graph.atoms)
        if len(neighbors[place]) >= CENTERS.get(atom.symbol, 99) and place not in marked
    }
    if not candidates:
        return set()
    colors = _colors(graph, neighbors)
    return {
        p for p in candidates if len({(o, colors[q]) for o, q in neighbors[p]}) == len(neighbors[p])
    }


def _order(kind: str) -> str:
    """A bond's order in words; wedges are single bonds."""
    return kind if kind in ("double", "triple", "aromatic") else "single"


def _colors(graph: MoleculeGraph, neighbors: list[list[tuple[str, int]]]) -> list[int]:
    """A number for each atom; atoms that differ by what is bonded to them differ, however far."""
    keys: list[object] = [
        (atom.symbol, atom.symbol == "" and atom.text, atom.charge, atom.hydrogens, atom.isotope)
        for atom in graph.atoms
    ]
    colors = _numbered(keys)
    while True:
        further = _numbered(
            [
                (color, tuple(sorted((order, colors[other]) for order, other in around)))
                for color, around in zip(colors, neighbors, strict=True)
            ]
        )
        if len(set(further)) == len(set(colors)):
            return colors
        colors = further


def _numbered(keys: list[object]) -> list[int]:
    """Equal numbers for equal keys."""
    numbers: dict[object, int] = {}
    return [numbers.setdefault(key, len(numbers)) for key in keys]
