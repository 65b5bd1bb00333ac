"""Correction of the assignment of connected components to molecules: stray groups of components.

A loose box may contain the end of a neighboring drawing. The components assigned to a drawing are
therefore clustered by distance: the largest cluster is the drawing, and a smaller one that is
nearer to another drawing is reassigned to it (a counter-ion is nearest to its own).

Shape letters: H and W pixels, N connected components (0 is background).
"""

from __future__ import annotations

import cv2
import numpy as np

from inchify.documents.connected_components import MOST_LETTERS, Pieces

# In heights of letters: paper within a group, and how near another drawing must be.
TOGETHER, NEAR = 0.7, 1.2
# How near letters stand to the bonds that they are bonded by, and parts of a bond to each other.
BONDED, BESIDE = 0.4, 0.3


def with_groups_assigned(of_N: np.ndarray, pieces: Pieces) -> np.ndarray:
    """``of_N``: 0 no one's, k + 1 of region k; a copy with stray groups at their neighbors."""
    main_N = np.zeros(pieces.count, bool)
    stray: list[np.ndarray] = []
    for region in np.unique(of_N[of_N > 0]).tolist():
        groups = _groups(np.flatnonzero(of_N == region), pieces)
        areas = [int(pieces.areas_N[group].sum()) for group in groups]
        largest = int(np.argmax(areas))
        main_N[groups[largest]] = True
        stray += [group for place, group in enumerate(groups) if place != largest]
    if not stray:
        return of_N
    away, assigned_regions = nearest_regions(np.where(main_N, of_N, 0), pieces)
    assigned_N = of_N.copy()
    for group in stray:
        best = min(reach_of(int(piece), pieces, away, assigned_regions) for piece in group)
        if best[0] <= NEAR * pieces.letter_height:
            assigned_N[group] = best[1]
    return assigned_N


def with_parts_joined(of_N: np.ndarray, pieces: Pieces) -> np.ndarray:
    """A copy in which drawings that hang together are one: a finder may see a long molecule as two.
    They do where one atom's letters stand at bonds of both, or bonds of both end beside each other,
    as hashed ones do. The one with more foreground gets all."""
    strokes_N = (of_N > 0) & ~pieces.letter_N
    usual = pieces.letter_height
    atoms = [run for run in pieces.runs(BONDED * usual) if len(run) <= MOST_LETTERS]
    hinges = [(run, BONDED * usual) for run in atoms if (of_N[run] > 0).all()]
    hinges += [
        (np.flatnonzero(strokes_N & (of_N == region)), BESIDE * usual)
        for region in np.unique(of_N[strokes_N]).tolist()
    ]
    intensity = np.bincount(of_N, weights=pieces.areas_N)
    joined_N = of_N.copy()
    for hinge, reach in hinges:
        near = touching(hinge, strokes_N, pieces, reach)
        assigned_regions = sorted({int(joined_N[piece]) for piece in near})
        if len(assigned_regions) > 1:
            most = max(assigned_regions, key=lambda region: intensity[region])
            joined_N[np.isin(joined_N, assigned_regions)] = most
            intensity[most] = intensity[assigned_regions].sum()
    return joined_N


def touching(own: np.ndarray, strokes_N: np.ndarray, pieces: Pieces, reach: float) -> np.ndarray:
    """Numbers of the strokes within reach (pixels) of the pieces ``own``, themselves included."""
    room = int(reach) + 2
    boxes = pieces.boxes_N4[own].astype(int)
    left, top = np.maximum(boxes[:, :2].min(axis=0) - room, 0)
    right, bottom = boxes[:, 2:].max(axis=0) + room
    window = pieces.labels_HW[top:bottom, left:right]
    strokes = strokes_N[window]
    if not strokes.any():
        return np.zeros(0, np.int64)
    own_N = np.zeros(pieces.count, bool)
    own_N[own] = True
    away = cv2.distanceTransform((~own_N[window]).view(np.uint8), cv2.DIST_L2, 3)
    return np.unique(window[strokes & (away <= reach)])


def _groups(own: np.ndarray, pieces: Pieces) -> list[np.ndarray]:
    """Numbers of pieces that stand together, group by group."""
    if len(own) == 1:
        return [own]
    half = 0.5 * TOGETHER * pieces.letter_height
    room = int(half) + 2
    boxes = pieces.boxes_N4[own].astype(int)
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = boxes[:, 2:].max(axis=0)
    own_N = np.zeros(pieces.count, bool)
    own_N[own] = True
    labels = pieces.labels_HW[top:bottom, left:right]
    mask = np.pad(own_N[labels], room)
    away = cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, 3)
    count, group_HW = cv2.connectedComponents((away <= half).view(np.uint8), connectivity=8)
    group_of_N = np.zeros(pieces.count, np.int64)
    inside = group_HW[room:-room, room:-room]
    group_of_N[labels[own_N[labels]]] = inside[own_N[labels]]
    return [own[group_of_N[own] == group] for group in range(1, count)]


def nearest_regions(of_N: np.ndarray, pieces: Pieces) -> tuple[np.ndarray, np.ndarray]:
    """For every pixel how far owned foreground is, float32 (H, W), and whose it is."""
    region_HW = of_N[pieces.labels_HW]
    away, nearest = cv2.distanceTransformWithLabels(
        (region_HW == 0).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    assigned_regions = np.zeros(int(nearest.max()) + 1, np.int64)
    assigned = region_HW > 0
    assigned_regions[nearest[assigned]] = region_HW[assigned]
    return away, assigned_regions[nearest]


def reach_of(
    piece: int, pieces: Pieces, away: np.ndarray, assigned_regions: np.ndarray
) -> tuple[float, int]:
    """How far the nearest owned foreground is from a piece, and whose it is."""
    left, top, right, bottom = pieces.boxes_N4[piece].astype(int)
    window = (slice(top, bottom), slice(left, right))
    own = pieces.labels_HW[window] == piece
    place = int(np.where(own, away[window], np.inf).argmin())
    return float(away[window].flat[place]), int(assigned_regions[window].flat[place])
