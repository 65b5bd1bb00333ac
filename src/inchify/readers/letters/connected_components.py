"""Connected components of a picture's foreground: boxes, shapes, and crops of some of them alone.

Foreground is uint8 (H, W), 255 full foreground; boxes are left, top, right, bottom in its pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import acos, degrees

import cv2
import numpy as np

from inchify.readers.views.crops import EDGE, FOREGROUND_LEVEL

# Cosine of the angle to the vertical up to which a stroke stands upright.
UPRIGHT = 0.906


@dataclass(frozen=True)
class Component:
    """A connected component, or the part of it in a box.

    ``number`` in the labeled picture; the box in pixels; ``area`` in pixels; ``elongation``: length
    over thickness; ``upright``: whether its longer axis stands upright; ``leaning``: angle between
    this axis and the vertical in degrees."""

    number: int
    left: int
    top: int
    right: int
    bottom: int
    area: int
    elongation: float = 1.0
    upright: bool = True
    leaning: float = 0.0

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def fill(self) -> float:
        return self.area / max(self.width * self.height, 1)


@dataclass(frozen=True)
class ComponentMap:
    """A picture's components; ``numbers_HW``: the component of each pixel, int32, 0 on paper."""

    intensity: np.ndarray
    numbers_HW: np.ndarray = field(repr=False)
    components: tuple[Component, ...] = ()

    @classmethod
    def of(cls, intensity: np.ndarray) -> ComponentMap:
        """Find the connected components of a picture.

        Args:
            intensity: Foreground, uint8 (H, W). Pixels above ``FOREGROUND_LEVEL`` count.

        Returns:
            The components with their map, in the order of OpenCV's labels.
        """
        count, numbers_HW, stats, _ = cv2.connectedComponentsWithStats(
            (intensity > FOREGROUND_LEVEL).view(np.uint8), connectivity=8
        )
        components = []
        for number in range(1, count):
            left, top, width, height, area = stats[number].tolist()
            here = numbers_HW[top : top + height, left : left + width] == number
            components.append(
                Component(number, left, top, left + width, top + height, area, *shape(here))
            )
        return cls(intensity, numbers_HW, tuple(components))

    def crop(self, letters: Sequence[Component]) -> np.ndarray:
        """Crop components and the pixels next to them, without what stands between them.

        Args:
            letters: Components of this picture, or parts of them.

        Returns:
            Their foreground with a margin of paper, uint8.
        """
        left, right = min(c.left for c in letters), max(c.right for c in letters)
        top, bottom = min(c.top for c in letters), max(c.bottom for c in letters)
        edge = max(1, round(EDGE * (bottom - top)))
        mask: np.ndarray = np.zeros((bottom - top, right - left), np.uint8)
        for c in letters:
            part = mask[c.top - top : c.bottom - top, c.left - left : c.right - left]
            part[self.numbers_HW[c.top : c.bottom, c.left : c.right] == c.number] = 1
        mask = cv2.dilate(np.pad(mask, edge), np.ones((3, 3), np.uint8))
        window = np.zeros_like(mask)
        # the paper around it may lie outside of the picture
        y, x = max(0, edge - top), max(0, edge - left)
        pixels = self.intensity[
            max(0, top - edge) : bottom + edge, max(0, left - edge) : right + edge
        ]
        window[y : y + pixels.shape[0], x : x + pixels.shape[1]] = pixels
        return window * mask

    def erase(self, letters: Iterable[Component]) -> np.ndarray:
        """Erase components and the pixels next to them from the picture.

        Args:
            letters: Components of this picture, or parts of them.

        Returns:
            The remaining foreground, uint8 (H, W).
        """
        mask = np.zeros(self.numbers_HW.shape, np.uint8)
        for c in letters:
            part = mask[c.top : c.bottom, c.left : c.right]
            part[self.numbers_HW[c.top : c.bottom, c.left : c.right] == c.number] = 1
        return self.intensity * (1 - cv2.dilate(mask, np.ones((3, 3), np.uint8)))

    def part(self, piece: Component, box: tuple[int, int, int, int]) -> Component | None:
        """Cut a component off at the sides of a box.

        Args:
            piece: Component of this picture.
            box: Left, top, right, bottom in pixels.

        Returns:
            The part inside the box, None if it is empty.
        """
        left, top, right, bottom = box
        left, top = max(left, piece.left), max(top, piece.top)
        right, bottom = min(right, piece.right), min(bottom, piece.bottom)
        if left >= right or top >= bottom:
            return None
        mask = self.numbers_HW[top:bottom, left:right] == piece.number
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if not len(rows):
            return None
        mask = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        return Component(
            piece.number,
            int(left + columns[0]),
            int(top + rows[0]),
            int(left + columns[-1] + 1),
            int(top + rows[-1] + 1),
            int(mask.sum()),
            *shape(mask),
        )


def shape(mask_HW: np.ndarray) -> tuple[float, bool, float]:
    """Measure a mask as if it were a straight bar.

    Args:
        mask_HW: Pixels of a component, bool.

    Returns:
        Length over thickness, whether the long axis is within 25 degrees of the vertical, and its
        angle to the vertical in degrees.
    """
    rows, columns = np.nonzero(mask_HW)
    if len(rows) < 2:
        return 1.0, True, 0.0
    spread, axes = np.linalg.eigh(np.cov(np.stack([rows, columns]).astype(np.float64), bias=True))
    thick, long = np.sqrt(12 * np.maximum(spread, 0.0) + 1.0)
    cosine = min(float(abs(axes[0, 1])), 1.0)
    return float(long / thick), cosine > UPRIGHT, degrees(acos(cosine))
