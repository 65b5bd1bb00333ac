"""Oriented boxes: IoU and non-maximum suppression (NMS).

A box is (x, y, width, height, angle): its middle and its sides in pixels, rotated clockwise by
``angle`` degrees.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from inchify.types import Box


class OrientedBox(NamedTuple):
    """Middle, sides along and across the axis in pixels, degrees clockwise, chance in 0..1."""

    x: float
    y: float
    width: float
    height: float
    angle: float
    score: float = 1.0

    def scaled(self, factor: float) -> OrientedBox:
        """Scale the box with its picture.

        Args:
            factor: Enlargement of the picture.

        Returns:
            The box in the enlarged picture.
        """
        x, y, width, height = (factor * side for side in self[:4])
        return OrientedBox(x, y, width, height, self.angle, self.score)

    def corners(self) -> np.ndarray:
        """(4, 2), x and y, clockwise from the upper left corner of the box before its rotation."""
        rotation = math.radians(self.angle)
        along = np.array((math.cos(rotation), math.sin(rotation))) * self.width / 2
        across = np.array((-math.sin(rotation), math.cos(rotation))) * self.height / 2
        middle = np.array((self.x, self.y))
        signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
        return np.array([middle + a * along + b * across for a, b in signs])

    def upright(self) -> Box:
        """The least upright box around it."""
        corners = self.corners()
        (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        return left, top, right, bottom


def oriented_overlap(box: OrientedBox, other: OrientedBox) -> float:
    """Intersection over union (IoU) of two oriented boxes.

    Args:
        box: Any box in pixels.
        other: Any box in pixels of the same picture.

    Returns:
        IoU in 0..1; 0 where both are empty.
    """
    reach = (math.hypot(*box[2:4]) + math.hypot(*other[2:4])) / 2
    if math.hypot(box.x - other.x, box.y - other.y) >= reach:
        return 0.0
    shared = _area(_clipped(box.corners(), other.corners()))
    union = box.width * box.height + other.width * other.height - shared
    return min(1.0, shared / union) if union > 0 else 0.0


def _clipped(subject_N2: np.ndarray, window_M2: np.ndarray) -> list[tuple[float, float]]:
    """The corners of what two convex polygons share, both clockwise (Sutherland and Hodgman 1974).
    OpenCV's area is wrong by half where edges lie on one another."""
    shared = [(x, y) for x, y in subject_N2.tolist()]
    window = window_M2.tolist()
    for (ax, ay), (bx, by) in zip(window, window[1:] + window[:1], strict=True):
        corners, shared = shared, []
        sides = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for x, y in corners]
        for number, (px, py) in enumerate(corners):
            (qx, qy), p = corners[number - len(corners) + 1], sides[number]
            q = sides[number - len(corners) + 1]
            if p >= 0:
                shared.append((px, py))
            if (p >= 0) != (q >= 0):
                share = p / (p - q)
                shared.append((px + share * (qx - px), py + share * (qy - py)))
    return shared


def _area(corners: list[tuple[float, float]]) -> float:
    pairs = zip(corners, corners[1:] + corners[:1], strict=True)
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs)) / 2


def strongest(boxes: Sequence[OrientedBox], most_overlap: float) -> list[OrientedBox]:
    """Non-maximum suppression: leave out boxes that overlap a better one.

    Args:
        boxes: In any order.
        most_overlap: Largest IoU with a better box.

    Returns:
        The remaining boxes by falling score.
    """
    kept: list[OrientedBox] = []
    for box in sorted(boxes, key=lambda box: -box.score):
        if all(oriented_overlap(box, other) <= most_overlap for other in kept):
            kept.append(box)
    return kept


def angle_between(first: float, second: float, period: float = 360.0) -> float:
    """Smallest rotation between two angles.

    Args:
        first: Degrees.
        second: Degrees.
        period: Period of the angles in degrees.

    Returns:
        Degrees, from 0 to half the period.
    """
    apart = abs(first - second) % period
    return min(apart, period - apart)
