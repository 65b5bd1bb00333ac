"""Detection of drawings too large for the detector's scale, on 2, 4 and 8 times smaller pages.

A detector is trained on one range of bond lengths; a structure that fills a page or a slide is
detected in fragments. Where a connected component is too large to belong to any detected molecule,
the page is downscaled and detected again, and those detections replace the fragments.

Shape letters: H and W pixels, h and w cells of the detector's map, N connected components of the
foreground (0 is background).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from inchify.data.pictures.scaling import normalize_contrast
from inchify.decoding.oriented import OrientedBox
from inchify.types import Box

# So many times smaller.
REDUCTIONS = (2, 4, 8)
# Foreground of the finder's picture from which a pixel counts, and the least side of a component
# that is too large for letters and usual rings, in pixels.
FOREGROUND_LEVEL, LARGE = 80, 56
# No page smaller than this is looked at, in pixels.
SMALLEST = 40
# A drawing holds a component of which this share is in its box.
HELD, ASSIGNED = 0.7, 0.8
# Least mean chance of components that ask for a larger drawing, and their least share of its
# foreground.
CHANCE, SHARE = 0.5, 0.3
# A found drawing is a piece of a larger one of which this share is in that one's box.
INSIDE = 0.5
# Turned by no more degrees a drawing stands upright.
UPRIGHT = 10.0
# Room around a larger drawing's box, as a share of its longer side, and how many times its box
# grows by what stands there.
ROOM, ROUNDS = 0.08, 3

NetworkPass = Callable[[np.ndarray], tuple[list[OrientedBox], np.ndarray]]
"""Intensity uint8 (H, W) -> its molecules and the probability (h, w) of foreground to be theirs."""


@dataclass(frozen=True)
class _Components:
    """``labels_HW`` int32, ``boxes_N4`` left, top, right, bottom, ``areas_N`` pixels; ``large_N``
    bool: those to be held by a drawing."""

    labels_HW: np.ndarray
    boxes_N4: np.ndarray
    areas_N: np.ndarray
    large_N: np.ndarray

    def inside(self, box: Box) -> np.ndarray:
        """Share (N) of every component's pixels that a box holds."""
        left, top = (max(0, int(side)) for side in box[:2])
        right, bottom = (max(0, int(np.ceil(side))) for side in box[2:])
        window = self.labels_HW[top:bottom, left:right]
        counts_N = np.bincount(window.ravel(), minlength=len(self.areas_N)).astype(np.float64)
        counts_N[0] = 0
        return counts_N / self.areas_N

    def held(self, boxes: list[OrientedBox]) -> np.ndarray:
        """Bool (N): components that stand in one of the boxes."""
        held_N = np.zeros(len(self.areas_N), bool)
        for box in boxes:
            held_N |= self.inside(box.upright()) >= HELD
        return held_N

    def chances(self, seen: np.ndarray) -> np.ndarray:
        """Mean chance (N) of every component's pixels, from cells (h, w)."""
        rows, columns = np.nonzero(self.labels_HW)
        height, width = self.labels_HW.shape
        cells = seen[rows * seen.shape[0] // height, columns * seen.shape[1] // width]
        labels = self.labels_HW[rows, columns]
        return np.bincount(labels, weights=cells, minlength=len(self.areas_N)) / self.areas_N


def with_larger(
    intensity: np.ndarray, found: list[OrientedBox], chances: np.ndarray, network_pass: NetworkPass
) -> tuple[list[OrientedBox], np.ndarray]:
    """``found`` and ``chances`` (h, w), those of ``intensity`` uint8 (H, W), with larger drawings
    in the places of their pieces."""
    components = _components(intensity)
    for reduction in REDUCTIONS:
        size = (intensity.shape[1] // reduction, intensity.shape[0] // reduction)
        if min(size) < SMALLEST or not (components.large_N & ~components.held(found)).any():
            break
        small = normalize_contrast(cv2.resize(intensity, size, interpolation=cv2.INTER_AREA))
        boxes, seen = network_pass(small)
        seen = cv2.resize(seen, chances.shape[::-1], interpolation=cv2.INTER_LINEAR)
        seen_N = components.chances(seen)
        for box in sorted(boxes, key=lambda one: -one.score):
            larger = box.scaled(reduction)
            if _is_missing(larger, found, components, seen_N):
                larger = _fitted(larger, components, seen_N)
                found = [one for one in found if _inside(one, larger) < INSIDE] + [larger]
                chances = _raised(chances, seen, larger, intensity.shape)
    return found, chances


def _components(intensity: np.ndarray) -> _Components:
    foreground = (intensity > FOREGROUND_LEVEL).view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(foreground, connectivity=8)
    sides = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    large_N = sides.max(axis=1) >= LARGE
    large_N[0] = False
    corners = stats[:, [cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP]]
    boxes_N4 = np.concatenate([corners, corners + sides], axis=1).astype(np.float64)
    areas_N = np.maximum(stats[:, cv2.CC_STAT_AREA], 1)
    return _Components(labels, boxes_N4, areas_N, large_N)


def _is_missing(
    box: OrientedBox, found: list[OrientedBox], components: _Components, seen_N: np.ndarray
) -> bool:
    """Whether much of a drawing's foreground hangs together in components that no found drawing
    holds."""
    inside_N = components.inside(_roomy(box.upright()))
    own_N = components.large_N & (inside_N >= ASSIGNED) & ~components.held(found)
    areas_N = components.areas_N
    if areas_N[own_N].sum() < SHARE * (inside_N * areas_N).sum() or not own_N.any():
        return False
    return float(np.average(seen_N[own_N], weights=areas_N[own_N])) >= CHANCE


def _fitted(box: OrientedBox, components: _Components, seen_N: np.ndarray) -> OrientedBox:
    """The box with all likely foreground that reaches into it or stands close to it, as large
    letters at the ends of bonds do; one that is turned stays as it is."""
    if abs((box.angle + 180) % 360 - 180) > UPRIGHT:
        return box
    left, top, right, bottom = box.upright()
    for _ in range(ROUNDS):
        near = _roomy((left, top, right, bottom))
        b_N4 = components.boxes_N4
        own_N = (b_N4[:, 0] < near[2]) & (b_N4[:, 2] > near[0])
        own_N &= (b_N4[:, 1] < near[3]) & (b_N4[:, 3] > near[1]) & (seen_N >= CHANCE)
        own_N[0] = False
        if not own_N.any():
            return box
        left, top = np.minimum((left, top), b_N4[own_N, :2].min(axis=0)).tolist()
        right, bottom = np.maximum((right, bottom), b_N4[own_N, 2:].max(axis=0)).tolist()
    middle = (left + right) / 2, (top + bottom) / 2
    return OrientedBox(*middle, right - left, bottom - top, box.angle, box.score)


def _roomy(box: Box) -> Box:
    room = ROOM * max(box[2] - box[0], box[3] - box[1])
    return box[0] - room, box[1] - room, box[2] + room, box[3] + room


def _inside(box: OrientedBox, larger: OrientedBox) -> float:
    """Share of a box that another holds."""
    one, other = box.upright(), larger.upright()
    across = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    down = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    return across * down / max((one[2] - one[0]) * (one[3] - one[1]), 1e-6)


def _raised(
    chances: np.ndarray, seen: np.ndarray, box: OrientedBox, shape: tuple[int, ...]
) -> np.ndarray:
    """The chances, in a drawing's box at least what was seen there."""
    left, top, right, bottom = _roomy(box.upright())
    down, across = chances.shape[0] / shape[0], chances.shape[1] / shape[1]
    rows = slice(max(0, int(top * down)), max(0, int(np.ceil(bottom * down))))
    columns = slice(max(0, int(left * across)), max(0, int(np.ceil(right * across))))
    raised = chances.copy()
    raised[rows, columns] = np.maximum(chances[rows, columns], seen[rows, columns])
    return raised
