"""An inspected graph goes in; at which bare corners the strokes of its bonds do not meet, so that a
thin letter (I) may stand there, and which are no corners but places on a stroke, comes out.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inchify.judge.redraw import Inspection

# Parts of a bond from its corner: where its stroke must have arrived, and where it surely is.
NEAR, ALONG = (0.0, 0.15), (0.25, 0.5)
SAMPLES = 9
# Kinds with a stroke on the axis, which ends in the corner.
AXIAL = ("single", "triple")
# How far a stroke may lie beside its bond's axis, in bonds.
BESIDE = 0.05

# A stroke that bends less than this, in degrees, has no corner.
BEND = 25.0


def straight_corners(inspection: Inspection) -> Iterator[int]:
    """The numbers of bare corners of two single bonds between which the stroke does not bend, one
    of which leads to a label: the stroke ends at the label, and nobody draws an atom there."""
    graph, boxes = inspection.graph, inspection.seen.boxes
    near: dict[int, list[int]] = {}
    for bond in graph.bonds:
        for atom, other in ((bond.begin, bond.end), (bond.end, bond.begin)):
            near.setdefault(atom, []).append(other if bond.kind == "single" else -1)
    for corner, others in near.items():
        if corner in boxes or len(others) != 2 or -1 in others or not set(others) & set(boxes):
            continue
        at = graph.atoms[corner]
        angles = [np.arctan2(graph.atoms[o].y - at.y, graph.atoms[o].x - at.x) for o in others]
        bend = abs(np.degrees(angles[0] - angles[1])) % 360.0
        if abs(bend - 180.0) < BEND:
            yield corner


def parted_corners(inspection: Inspection) -> Iterator[int]:
    """The numbers of bare corners to which the connected component of a bond's stroke does not
    reach, or where bonds are different components. Only bonds with a stroke on their axis count."""
    graph, seen = inspection.graph, inspection.seen
    found: dict[int, set[int]] = {}
    parted = set()
    for bond, ends in zip(graph.bonds, seen.ends_B4, strict=True):
        if bond.kind not in AXIAL:
            continue
        for corner, begin, end in (
            (bond.begin, ends[:2], ends[2:]),
            (bond.end, ends[2:], ends[:2]),
        ):
            if corner in seen.boxes:
                continue
            along = _components(inspection, begin, end, ALONG)
            if not len(along):
                continue
            own = int(np.bincount(along).argmax())
            found.setdefault(corner, set()).add(own)
            if own not in _components(inspection, begin, end, NEAR):
                parted.add(corner)
    parted |= {corner for corner, numbers in found.items() if len(numbers) > 1}
    yield from sorted(parted)


def _components(
    inspection: Inspection, begin: np.ndarray, end: np.ndarray, part: tuple[float, float]
) -> np.ndarray:
    """The numbers of the components on and close beside a part of a line."""
    paper = inspection.paper
    reach = max(1, round(BESIDE * inspection.unit))
    offsets = np.arange(-reach, reach + 1)
    share = np.linspace(*part, SAMPLES)[:, None]
    x, y = (begin * (1 - share) + end * share).T
    rows = np.floor(y)[:, None, None] + offsets[:, None]
    columns = np.floor(x)[:, None, None] + offsets
    height, width = paper.piece_HW.shape
    rows = rows.clip(0, height - 1).astype(int)
    columns = columns.clip(0, width - 1).astype(int)
    numbers = paper.piece_HW[rows, columns].ravel()
    return np.asarray(numbers[numbers > 0])
