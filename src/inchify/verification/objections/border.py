"""Places at the picture's border where the drawing may go on beyond it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inchify.verification.graph_match.match import Inspection
from inchify.verification.objections.possible_centers import degrees_of

# Foreground at a picture's border (intensities of data.scaling).
FOREGROUND_LEVEL = 96
# How far a bond or label may be from foreground at the border that belongs to it, in pixels or, if
# that is more, in bonds, beside half the width of a line: a drawing that fills its picture touches
# the border with sides of strokes.
BORDER, BORDER_BONDS = 0.75, 0.045

Place = tuple[float, float, float]


def cut_places(
    intensity_HW: np.ndarray, inspection: Inspection, complete_bond: float
) -> Iterator[Place]:
    """Bare ends of short bonds at a border of the picture that foreground reaches, for the bond may
    go on beyond, and foreground at a border away from all bonds and labels.

    Args:
        intensity_HW: uint8, 255 full foreground, at the picture's full resolution.
        inspection: the graph as it was measured on that foreground.
        complete_bond: a bond of at least this length, in usual bonds, does not go on.

    Yields:
        The places (x, y) and how far around them, in pixels.
    """
    borders = (intensity_HW[:, 0], intensity_HW[0], intensity_HW[:, -1], intensity_HW[-1])
    touched = [bool((border > FOREGROUND_LEVEL).any()) for border in borders]
    if not any(touched):
        return
    graph, unit, scale = inspection.graph, inspection.unit, inspection.paper.scale
    degree = degrees_of(graph)
    edge = inspection.observed.line_width * unit / scale + 2.0
    height, width = intensity_HW.shape
    # strokes of a drawing that fills its picture touch the border with their sides
    side = inspection.observed.line_width * unit / scale / 2
    side += max(BORDER, BORDER_BONDS * unit / scale)
    for x, y in _border_places(intensity_HW):
        if _away_from_all(x, y, inspection) > side:
            yield x, y, edge
    for bond in graph.bonds:
        for end, other in ((bond.begin, bond.end), (bond.end, bond.begin)):
            atom, away = graph.atoms[end], graph.atoms[other]
            if degree[end] > 1 or end in inspection.observed.boxes:
                continue
            if np.hypot(atom.x - away.x, atom.y - away.y) > complete_bond * unit:
                continue
            x, y = atom.x / scale, atom.y / scale
            reach = (x < edge, y < edge, x > width - edge, y > height - edge)
            if any(
                is_close and foreground for is_close, foreground in zip(reach, touched, strict=True)
            ):
                yield x, y, edge


def _border_places(intensity_HW: np.ndarray) -> Iterator[tuple[float, float]]:
    """The middles (x, y) of the runs of foreground along the picture's borders."""
    height, width = intensity_HW.shape
    for side, at in ((intensity_HW[0], 0), (intensity_HW[-1], height - 1)):
        for first, last in _runs(side > FOREGROUND_LEVEL):
            yield (first + last) / 2, at + 0.5
    for side, at in ((intensity_HW[:, 0], 0), (intensity_HW[:, -1], width - 1)):
        for first, last in _runs(side > FOREGROUND_LEVEL):
            yield at + 0.5, (first + last) / 2


def _runs(foreground_N: np.ndarray) -> list[tuple[int, int]]:
    """Begin and end of each run of True."""
    steps = np.flatnonzero(np.diff(np.concatenate([[0], foreground_N.view(np.int8), [0]])))
    return list(zip(steps[::2].tolist(), steps[1::2].tolist(), strict=True))


def _away_from_all(x: float, y: float, inspection: Inspection) -> float:
    """How far a place (pixels) is from the nearest bond or label."""
    place = np.array([x, y]) * inspection.paper.scale
    away = [np.inf]
    for box in inspection.observed.boxes.values():
        nearest = np.clip(place, (box[0], box[1]), (box[2], box[3]))
        away.append(float(np.hypot(*(place - nearest))))
    begin_B2, end_B2 = inspection.observed.ends_B4[:, :2], inspection.observed.ends_B4[:, 2:]
    if len(begin_B2):
        way_B2 = end_B2 - begin_B2
        share_B = ((place - begin_B2) * way_B2).sum(axis=1) / np.maximum(
            (way_B2**2).sum(axis=1), 1e-9
        )
        nearest_B2 = begin_B2 + np.clip(share_B, 0.0, 1.0)[:, None] * way_B2
        away.append(float(np.hypot(*(place - nearest_B2).T).min()))
    return min(away) / inspection.paper.scale
