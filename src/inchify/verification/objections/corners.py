"""Corners whose strokes do not meet (a thin letter such as I may stand there), corners that are
places on a straight stroke, foreground beside a corner's strokes, and ends of bonds so near another
atom that they may be one.

Shape letters: H and W pixels, A atoms, B bonds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from inchify.verification.graph_match.binarized import black_of
from inchify.verification.graph_match.match import Inspection, dashed_bonds
from inchify.verification.objections.possible_centers import degrees_of

# Parts of a bond from its corner: where its stroke must have arrived, and where it always is.
AT_CORNER, ALONG = (0.0, 0.15), (0.25, 0.5)
SAMPLES = 9
# Kinds with a stroke on the axis, which ends in the corner.
AXIAL = ("single", "triple")
# How far a stroke may lie beside its bond's axis, in bonds.
BESIDE = 0.05
# Beside the level of black what still joins two strokes.
JOINED = 0.8
# The radius around a corner (in bonds) in which a letter would be visible; how far beside the axis
# of a bond its foreground lies, without half a line.
ROUND = 0.33
ASIDE = {"single": 0.0, "double": 0.2, "triple": 0.2, "aromatic": 0.3}
BROAD_ASIDE = 0.15

# A stroke that bends less than this, in degrees, has no corner.
BEND = 25.0
# Nearer than this, in bonds, the bare end of one bond is another atom's.
TWIN = 0.35


@dataclass(frozen=True, kw_only=True)
class CornerSettings:
    """``min_confidence``: of a bare corner; where bonds have at least ``fine`` pixels, strokes too
    can show that no letter stands there: less than ``beside`` (in bonds' worth) of foreground is
    beside them. A bond that ends bare is a letter's stroke where it is shorter than ``short`` usual
    bonds and ``letter`` capitals."""

    min_confidence: float = 0.75
    fine: float = 22.0
    beside: float = 0.02
    short: float = 0.7
    letter: float = 1.35


def straight_corners(inspection: Inspection) -> Iterator[int]:
    """The numbers of bare corners of two single bonds between which the stroke does not bend, one
    of which leads to a label: the stroke ends at the label, and no one draws an atom there."""
    graph, boxes = inspection.graph, inspection.observed.boxes
    neighbors: dict[int, list[int]] = {}
    for bond in graph.bonds:
        for atom, other in ((bond.begin, bond.end), (bond.end, bond.begin)):
            neighbors.setdefault(atom, []).append(other if bond.kind == "single" else -1)
    for corner, others in neighbors.items():
        if corner in boxes or len(others) != 2 or -1 in others or not set(others) & set(boxes):
            continue
        at = graph.atoms[corner]
        angles = [np.arctan2(graph.atoms[o].y - at.y, graph.atoms[o].x - at.x) for o in others]
        bend = abs(np.degrees(angles[0] - angles[1])) % 360.0
        if abs(bend - 180.0) < BEND:
            yield corner


def twin_ends(inspection: Inspection) -> list[int]:
    """The numbers of bare atoms at the end of one bond beside which an atom or label stands to
    which they are not bonded, nearer than any two atoms are drawn: a small ring was taken apart
    there."""
    graph, unit = inspection.graph, inspection.unit
    degree = degrees_of(graph)
    bonded = {frozenset((bond.begin, bond.end)) for bond in graph.bonds}
    return [
        number
        for number in range(len(graph.atoms))
        if degree[number] == 1
        and number not in inspection.observed.boxes
        and any(
            number != other
            and frozenset((number, other)) not in bonded
            and _gap(inspection, number, other) < TWIN * unit
            for other in range(len(graph.atoms))
        )
    ]


def _gap(inspection: Inspection, number: int, other: int) -> float:
    """How far an atom lies from another or from its label."""
    atom, mate = inspection.graph.atoms[number], inspection.graph.atoms[other]
    left, top, right, bottom = inspection.observed.boxes.get(
        other, (mate.x, mate.y, mate.x, mate.y)
    )
    across = max(left - atom.x, atom.x - right, 0.0)
    return float(np.hypot(across, max(top - atom.y, atom.y - bottom, 0.0)))


def lettered_corners(
    intensity_HW: np.ndarray, inspection: Inspection, settings: CornerSettings
) -> list[int]:
    """The numbers of bare corners at which a letter may stand that touches the strokes.

    Nearly all programs write the carbon between two double bonds, and between the bonds' lines the
    strokes of an N are hardly seen: a bare one is always in doubt.

    Args:
        intensity_HW: uint8, 255 full foreground, at the picture's full resolution.
        inspection: the graph as it was measured on that foreground.
        settings: when the reader or the strokes exclude one.
    """
    graph, boxes = inspection.graph, inspection.observed.boxes
    fine = inspection.unit / inspection.paper.scale >= settings.fine
    doubles = np.zeros(len(graph.atoms), int)
    for bond in graph.bonds:
        doubles[[bond.begin, bond.end]] += bond.kind in ("double", "crossed")
    short = _short_ends(inspection, settings)
    return [
        number
        for number, atom in enumerate(graph.atoms)
        if number not in boxes
        and (
            doubles[number] > 1
            or number in short
            or (
                atom.confidence < settings.min_confidence
                and not (
                    fine
                    and foreground_beside_strokes(intensity_HW, inspection, number)
                    < settings.beside
                )
            )
        )
    ]


def _short_ends(inspection: Inspection, settings: CornerSettings) -> set[int]:
    """The numbers of atoms at which a bond as short as a letter's stroke ends."""
    graph, observed = inspection.graph, inspection.observed
    longest = min(settings.short * inspection.unit, settings.letter * observed.letter_height)
    degree = degrees_of(graph)
    ends = set()
    for bond in graph.bonds:
        begin, end = graph.atoms[bond.begin], graph.atoms[bond.end]
        if np.hypot(begin.x - end.x, begin.y - end.y) < longest:
            ends |= {place for place in (bond.begin, bond.end) if degree[place] == 1}
    return ends


def parted_corners(intensity_HW: np.ndarray, inspection: Inspection) -> list[int]:
    """The numbers of bare corners to which the connected component of a bond's stroke does not
    reach, or where bonds are different components. Only bonds with a stroke on their axis count.

    Args:
        intensity_HW: uint8, 255 full foreground, at the picture's full resolution.
        inspection: the graph as it was measured on that foreground.
    """
    paper, unit = inspection.paper, inspection.unit
    parted = _parted(inspection, paper.piece_HW, 1.0)
    if parted:
        # thin lines that meet may part where the paper was shrunk, or in a pale pixel
        black_HW = black_of(intensity_HW, unit / paper.scale, JOINED)
        parted &= _parted(inspection, cv2.connectedComponents(black_HW)[1], paper.scale)
    return sorted(parted)


def _parted(inspection: Inspection, piece_HW: np.ndarray, scale: float) -> set[int]:
    """The same on a map of components; ``scale``: the paper's size over the map's."""
    graph, observed, unit = inspection.graph, inspection.observed, inspection.unit / scale
    components: dict[int, set[int]] = {}
    parted = set()
    dashed_B = dashed_bonds(inspection)
    for bond, dashed, ends in zip(graph.bonds, dashed_B, observed.ends_B4 / scale, strict=True):
        if bond.kind not in AXIAL or dashed:
            continue
        for corner, begin, end in (
            (bond.begin, ends[:2], ends[2:]),
            (bond.end, ends[2:], ends[:2]),
        ):
            if corner in observed.boxes:
                continue
            along = _components(piece_HW, unit, begin, end, ALONG)
            if not len(along):
                continue
            component = int(np.bincount(along).argmax())
            components.setdefault(corner, set()).add(component)
            if component not in _components(piece_HW, unit, begin, end, AT_CORNER):
                parted.add(corner)
    return parted | {corner for corner, numbers in components.items() if len(numbers) > 1}


def _components(
    piece_HW: np.ndarray, unit: float, begin: np.ndarray, end: np.ndarray, part: tuple[float, float]
) -> np.ndarray:
    """The numbers of the components on and close beside a part of a line."""
    reach = max(1, round(BESIDE * unit))
    offsets = np.arange(-reach, reach + 1)
    share = np.linspace(*part, SAMPLES)[:, None]
    x, y = (begin * (1 - share) + end * share).T
    rows = np.floor(y)[:, None, None] + offsets[:, None]
    columns = np.floor(x)[:, None, None] + offsets
    height, width = piece_HW.shape
    rows = rows.clip(0, height - 1).astype(int)
    columns = columns.clip(0, width - 1).astype(int)
    numbers = piece_HW[rows, columns].ravel()
    return np.asarray(numbers[numbers > 0])


def foreground_beside_strokes(
    intensity_HW: np.ndarray, inspection: Inspection, corner: int
) -> float:
    """How much foreground stands around a bare corner beside the strokes of its bonds, in bonds'
    worth: a letter leaves some, strokes that meet leave none.

    Args:
        intensity_HW: uint8, 255 full foreground, at the picture's full resolution.
        inspection: the graph as it was measured on that foreground.
        corner: the number of its atom.
    """
    paper, graph = inspection.paper, inspection.graph
    unit = inspection.unit / paper.scale
    width = inspection.observed.line_width * unit
    place_A2 = np.array([(atom.x, atom.y) for atom in graph.atoms]) / paper.scale
    at, reach = place_A2[corner], ROUND * unit
    low = np.maximum(np.floor(at - reach).astype(int), 0)
    high = np.maximum(np.ceil(at + reach).astype(int) + 1, low)
    window_HW = intensity_HW[low[1] : high[1], low[0] : high[0]]
    rows, columns = np.indices(window_HW.shape)
    way_HW2 = np.stack([columns + low[0], rows + low[1]], axis=2) + 0.5 - at
    beside_HW = np.hypot(way_HW2[..., 0], way_HW2[..., 1]) < reach
    for bond in graph.bonds:
        if corner not in (bond.begin, bond.end):
            continue
        along = place_A2[bond.begin + bond.end - corner] - at
        along = along / max(float(np.hypot(*along)), 1e-6)
        across_HW = np.abs(way_HW2 @ np.array((-along[1], along[0])))
        half = ASIDE.get(bond.kind, BROAD_ASIDE) * unit + width / 2 + 1.0
        beside_HW &= (across_HW > half) | (way_HW2 @ along < -width / 2 - 1.0)
    return float(window_HW[beside_HW].sum()) / 255.0 / max(width * unit, 1e-6)
