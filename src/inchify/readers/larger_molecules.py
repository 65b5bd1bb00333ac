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

# Factors by which a page is downscaled.
REDUCTIONS = (2, 4, 8)
# Least foreground value of the detector's picture, and the least side of a component that is too
# large for letters and usual rings, in pixels.
FOREGROUND_LEVEL, LARGE = 80, 56
# Least side in pixels of a page that is detected again.
SMALLEST = 40
# A drawing contains a component if this share of it is in its box; the second is for a larger box.
HELD, ASSIGNED = 0.7, 0.8
# Least mean chance of components that require a larger drawing, and their least share of its
# foreground.
CHANCE, SHARE = 0.5, 0.3
# A detected drawing is a fragment of a larger one if this share of it is in the larger box.
INSIDE = 0.5
# Largest rotation in degrees of an upright drawing.
UPRIGHT = 10.0
# Margin around a larger drawing's box, as a share of its longer side, and how many times the box is
# extended by the foreground there.
MARGIN_SHARE, ROUNDS = 0.08, 3

NetworkPass = Callable[[np.ndarray], tuple[list[OrientedBox], np.ndarray]]
"""Intensity uint8 (H, W) -> its molecules and the probability (h, w) that foreground is theirs."""


@dataclass(frozen=True)
class _Components:
    """``labels_HW`` int32, ``boxes_N4`` left, top, right, bottom, ``areas_N`` pixels; ``large_N``
    bool: those that a drawing must contain."""

    labels_HW: np.ndarray
    boxes_N4: np.ndarray
    areas_N: np.ndarray
    large_N: np.ndarray

    def inside(self, box: Box) -> np.ndarray:
        """Share (N,) of every component's pixels that is in a box."""
        left, top = (max(0, int(side)) for side in box[:2])
        right, bottom = (max(0, int(np.ceil(side))) for side in box[2:])
        window = self.labels_HW[top:bottom, left:right]
        counts_N = np.bincount(window.ravel(), minlength=len(self.areas_N)).astype(np.float64)
        counts_N[0] = 0
        return counts_N / self.areas_N

    def held(self, boxes: list[OrientedBox]) -> np.ndarray:
        """Bool (N,): components that are in one of the boxes."""
        held_N = np.zeros(len(self.areas_N), bool)
        for box in boxes:
            held_N |= self.inside(box.upright()) >= HELD
        return held_N

    def chances(self, probabilities: np.ndarray) -> np.ndarray:
        """Mean chance (N,) of every component's pixels, from cells (h, w)."""
        rows, columns = np.nonzero(self.labels_HW)
        height, width = self.labels_HW.shape
        cells = probabilities[
            rows * probabilities.shape[0] // height, columns * probabilities.shape[1] // width
        ]
        labels = self.labels_HW[rows, columns]
        return np.bincount(labels, weights=cells, minlength=len(self.areas_N)) / self.areas_N


def with_larger(
    intensity: np.ndarray, boxes: list[OrientedBox], chances: np.ndarray, network_pass: NetworkPass
) -> tuple[list[OrientedBox], np.ndarray]:
    """Replace fragments of large drawings by detections on a downscaled page.

    Args:
        intensity: Foreground of the page, uint8 (H, W).
        boxes: The molecules detected on it.
        chances: For each cell (h, w) the probability that its foreground is a molecule's.
        network_pass: Detects molecules.

    Returns:
        The boxes and chances with the larger drawings.
    """
    components = _components(intensity)
    for reduction in REDUCTIONS:
        size = (intensity.shape[1] // reduction, intensity.shape[0] // reduction)
        if min(size) < SMALLEST or not (components.large_N & ~components.held(boxes)).any():
            break
        small = normalize_contrast(cv2.resize(intensity, size, interpolation=cv2.INTER_AREA))
        large_boxes, probabilities = network_pass(small)
        probabilities = cv2.resize(
            probabilities, chances.shape[::-1], interpolation=cv2.INTER_LINEAR
        )
        probability_N = components.chances(probabilities)
        for box in sorted(large_boxes, key=lambda item: -item.score):
            larger = box.scaled(reduction)
            if _is_missing(larger, boxes, components, probability_N):
                larger = _fitted(larger, components, probability_N)
                boxes = [item for item in boxes if _inside(item, larger) < INSIDE] + [larger]
                chances = _raised(chances, probabilities, larger, intensity.shape)
    return boxes, chances


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
    box: OrientedBox, boxes: list[OrientedBox], components: _Components, probability_N: np.ndarray
) -> bool:
    """Whether much of a drawing's foreground is in components that no detected box contains."""
    inside_N = components.inside(_roomy(box.upright()))
    component_N = components.large_N & (inside_N >= ASSIGNED) & ~components.held(boxes)
    areas_N = components.areas_N
    if areas_N[component_N].sum() < SHARE * (inside_N * areas_N).sum() or not component_N.any():
        return False
    return float(np.average(probability_N[component_N], weights=areas_N[component_N])) >= CHANCE


def _fitted(box: OrientedBox, components: _Components, probability_N: np.ndarray) -> OrientedBox:
    """The box extended to all likely foreground that overlaps it or is close to it, such as large
    letters at the ends of bonds; a rotated box is returned as it is."""
    if abs((box.angle + 180) % 360 - 180) > UPRIGHT:
        return box
    left, top, right, bottom = box.upright()
    for _ in range(ROUNDS):
        nearby = _roomy((left, top, right, bottom))
        b_N4 = components.boxes_N4
        nearby_N = (b_N4[:, 0] < nearby[2]) & (b_N4[:, 2] > nearby[0])
        nearby_N &= (b_N4[:, 1] < nearby[3]) & (b_N4[:, 3] > nearby[1]) & (probability_N >= CHANCE)
        nearby_N[0] = False
        if not nearby_N.any():
            return box
        left, top = np.minimum((left, top), b_N4[nearby_N, :2].min(axis=0)).tolist()
        right, bottom = np.maximum((right, bottom), b_N4[nearby_N, 2:].max(axis=0)).tolist()
    middle = (left + right) / 2, (top + bottom) / 2
    return OrientedBox(*middle, right - left, bottom - top, box.angle, box.score)


def _roomy(box: Box) -> Box:
    margin = MARGIN_SHARE * max(box[2] - box[0], box[3] - box[1])
    return box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin


def _inside(box: OrientedBox, larger: OrientedBox) -> float:
    """Share of a box that is in another."""
    first, second = box.upright(), larger.upright()
    across = max(0.0, min(first[2], second[2]) - max(first[0], second[0]))
    down = max(0.0, min(first[3], second[3]) - max(first[1], second[1]))
    return across * down / max((first[2] - first[0]) * (first[3] - first[1]), 1e-6)


def _raised(
    chances: np.ndarray, probabilities: np.ndarray, box: OrientedBox, shape: tuple[int, ...]
) -> np.ndarray:
    """The chances, in a drawing's box at least the given ``probabilities``."""
    left, top, right, bottom = _roomy(box.upright())
    down, across = chances.shape[0] / shape[0], chances.shape[1] / shape[1]
    rows = slice(max(0, int(top * down)), max(0, int(np.ceil(bottom * down))))
    columns = slice(max(0, int(left * across)), max(0, int(np.ceil(right * across))))
    raised = chances.copy()
    raised[rows, columns] = np.maximum(chances[rows, columns], probabilities[rows, columns])
    return raised
