"""Correction of the assignment of connected components to molecules: stray groups of components.

A loose box may contain the end of a neighboring drawing. The components assigned to a drawing are
therefore clustered by distance: the largest cluster is the drawing, and a smaller one that is
nearer to another drawing is reassigned to it (a counter-ion is nearest to its salt).

Shape letters: H and W pixels, N connected components (0 is background).
"""

from __future__ import annotations

import cv2
import numpy as np

from inchify.documents.connected_components import MOST_LETTERS, Components

# In heights of letters: paper within a group, and how near another drawing must be.
TOGETHER, MAX_DISTANCE = 0.7, 1.2
# How near letters stand to the bonds that they are bonded by, and parts of a bond to each other.
BONDED, BESIDE = 0.4, 0.3


def with_groups_assigned(of_N: np.ndarray, components: Components) -> np.ndarray:
    """Reassign stray groups of components to the nearest drawing.

    Args:
        of_N: The region of each component, k + 1 for region k and 0 for none.
        components: The page's connected components.

    Returns:
        A copy of ``of_N`` with the changes.
    """
    main_N = np.zeros(components.count, bool)
    stray: list[np.ndarray] = []
    for region in np.unique(of_N[of_N > 0]).tolist():
        groups = _groups(np.flatnonzero(of_N == region), components)
        areas = [int(components.areas_N[group].sum()) for group in groups]
        largest = int(np.argmax(areas))
        main_N[groups[largest]] = True
        stray += [group for place, group in enumerate(groups) if place != largest]
    if not stray:
        return of_N
    away, assigned_regions = nearest_regions(np.where(main_N, of_N, 0), components)
    assigned_N = of_N.copy()
    for group in stray:
        best = min(
            reach_of(int(component), components, away, assigned_regions) for component in group
        )
        if best[0] <= MAX_DISTANCE * components.letter_height:
            assigned_N[group] = best[1]
    return assigned_N


def with_parts_joined(of_N: np.ndarray, components: Components) -> np.ndarray:
    """Merge drawings that are connected: a detector may split a long molecule in two.

    They are connected where one atom's letters stand at bonds of both, or where bonds of both end
    beside each other, as hashed ones do. The one with more foreground gets all.

    Args:
        of_N: The region of each component, k + 1 for region k and 0 for none.
        components: The page's connected components.

    Returns:
        A copy of ``of_N`` with the changes.
    """
    strokes_N = (of_N > 0) & ~components.letter_N
    usual = components.letter_height
    atoms = [run for run in components.runs(BONDED * usual) if len(run) <= MOST_LETTERS]
    hinges = [(run, BONDED * usual) for run in atoms if (of_N[run] > 0).all()]
    hinges += [
        (np.flatnonzero(strokes_N & (of_N == region)), BESIDE * usual)
        for region in np.unique(of_N[strokes_N]).tolist()
    ]
    intensity = np.bincount(of_N, weights=components.areas_N)
    joined_N = of_N.copy()
    for hinge, reach in hinges:
        strokes = touching(hinge, strokes_N, components, reach)
        assigned_regions = sorted({int(joined_N[component]) for component in strokes})
        if len(assigned_regions) > 1:
            largest = max(assigned_regions, key=lambda region: intensity[region])
            joined_N[np.isin(joined_N, assigned_regions)] = largest
            intensity[largest] = intensity[assigned_regions].sum()
    return joined_N


def touching(
    hinge: np.ndarray, strokes_N: np.ndarray, components: Components, reach: float
) -> np.ndarray:
    """Find strokes near some components, the components themselves included.

    Args:
        hinge: Numbers of the components.
        strokes_N: Bool, which components are strokes.
        components: The page's connected components.
        reach: The largest distance in pixels.

    Returns:
        Numbers of the strokes.
    """
    margin = int(reach) + 2
    boxes = components.boxes_N4[hinge].astype(int)
    left, top = np.maximum(boxes[:, :2].min(axis=0) - margin, 0)
    right, bottom = boxes[:, 2:].max(axis=0) + margin
    window = components.labels_HW[top:bottom, left:right]
    strokes = strokes_N[window]
    if not strokes.any():
        return np.zeros(0, np.int64)
    own_N = np.zeros(components.count, bool)
    own_N[hinge] = True
    away = cv2.distanceTransform((~own_N[window]).view(np.uint8), cv2.DIST_L2, 3)
    return np.unique(window[strokes & (away <= reach)])


def _groups(members: np.ndarray, components: Components) -> list[np.ndarray]:
    """Numbers of components that stand together, group by group."""
    if len(members) == 1:
        return [members]
    half = 0.5 * TOGETHER * components.letter_height
    margin = int(half) + 2
    boxes = components.boxes_N4[members].astype(int)
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = boxes[:, 2:].max(axis=0)
    own_N = np.zeros(components.count, bool)
    own_N[members] = True
    labels = components.labels_HW[top:bottom, left:right]
    mask = np.pad(own_N[labels], margin)
    away = cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, 3)
    count, group_HW = cv2.connectedComponents((away <= half).view(np.uint8), connectivity=8)
    group_of_N = np.zeros(components.count, np.int64)
    inside = group_HW[margin:-margin, margin:-margin]
    group_of_N[labels[own_N[labels]]] = inside[own_N[labels]]
    return [members[group_of_N[members] == group] for group in range(1, count)]


def nearest_regions(of_N: np.ndarray, components: Components) -> tuple[np.ndarray, np.ndarray]:
    """Find the nearest assigned foreground of every pixel.

    Args:
        of_N: The region of each component, k + 1 for region k and 0 for none.
        components: The page's connected components.

    Returns:
        Its distance in pixels, float32 (H, W), and its region plus one, int64 (H, W).
    """
    region_HW = of_N[components.labels_HW]
    away, nearest = cv2.distanceTransformWithLabels(
        (region_HW == 0).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    assigned_regions = np.zeros(int(nearest.max()) + 1, np.int64)
    assigned = region_HW > 0
    assigned_regions[nearest[assigned]] = region_HW[assigned]
    return away, assigned_regions[nearest]


def reach_of(
    component: int, components: Components, away: np.ndarray, assigned_regions: np.ndarray
) -> tuple[float, int]:
    """Find the assigned foreground that is nearest to a component.

    Args:
        component: The component's number.
        components: The page's connected components.
        away: The distance of assigned foreground from every pixel.
        assigned_regions: Its region plus one.

    Returns:
        The distance in pixels and the region plus one.
    """
    left, top, right, bottom = components.boxes_N4[component].astype(int)
    window = (slice(top, bottom), slice(left, right))
    mask = components.labels_HW[window] == component
    place = int(np.where(mask, away[window], np.inf).argmin())
    return float(away[window].flat[place]), int(assigned_regions[window].flat[place])
