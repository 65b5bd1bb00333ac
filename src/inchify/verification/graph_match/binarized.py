"""A picture's foreground at a convenient scale, with its connected components.

Shape letters: H and W pixels, P connected components (number 0 is the paper).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

Box = tuple[float, float, float, float]

# Longer bonds (in pixels) are shrunk to the second length: nothing is lost, and it is quicker.
LONGEST_BOND, HANDY_BOND = 44.0, 32.0
# What is darker than half of the darkest foreground near it is foreground, between these levels
# (colored letters are pale), and is at least ``OVER_NOISE`` times darker than the paper's noise.
MIN_FOREGROUND_SHARE, FULL_FOREGROUND, OVER_NOISE = 45, 90, 3


@dataclass(frozen=True, eq=False)
class Paper:
    """``intensity_HW`` float32 in 0..1; ``piece_HW`` the number of each pixel's piece; ``box_P4``
    float64 (left, top, right, bottom) and ``area_P`` pixels of each piece; ``scale``: this
    picture's size over the original's."""

    intensity_HW: np.ndarray
    piece_HW: np.ndarray
    box_P4: np.ndarray
    area_P: np.ndarray
    scale: float

    @classmethod
    def of(cls, intensity_HW: np.ndarray, bond: float) -> Paper:
        """From uint8 foreground, 255 where it is full, with bonds of about ``bond`` pixels. Raises
        ValueError for another type or shape."""
        if intensity_HW.dtype != np.uint8 or intensity_HW.ndim != 2:
            raise ValueError(
                f"ink is {intensity_HW.dtype} with {intensity_HW.ndim} axes; "
                "it must be uint8 with 2"
            )
        scale = HANDY_BOND / bond if bond > LONGEST_BOND else 1.0
        if scale < 1.0:
            size = tuple(max(1, round(side * scale)) for side in intensity_HW.shape[::-1])
            intensity_HW = cv2.resize(intensity_HW, size, interpolation=cv2.INTER_AREA)
        black_HW = black_of(intensity_HW, bond * scale)
        _, piece_HW, stats, _ = cv2.connectedComponentsWithStats(black_HW, connectivity=8)
        box_P4 = stats[:, :4].astype(np.float64)
        box_P4[:, 2:] += box_P4[:, :2]
        box_P4[0] = -1e6
        return cls(intensity_HW.astype(np.float32) / 255.0, piece_HW, box_P4, stats[:, 4], scale)

    @property
    def side_P2(self) -> np.ndarray:
        """Width and height of each piece."""
        return self.box_P4[:, 2:] - self.box_P4[:, :2]

    @property
    def middle_P2(self) -> np.ndarray:
        """The middle of each piece's box."""
        return (self.box_P4[:, :2] + self.box_P4[:, 2:]) / 2

    def share_P(self, mask_HW: np.ndarray) -> np.ndarray:
        """The share of each piece's pixels that a mask covers."""
        count_P = np.bincount(self.piece_HW[mask_HW > 0], minlength=len(self.area_P))
        return count_P / self.area_P


def black_of(intensity_HW: np.ndarray, bond: float, share: float = 1.0) -> np.ndarray:
    """uint8 (H, W), 1 where uint8 foreground is black, with bonds of about ``bond`` pixels; with
    ``share`` of the usual level."""
    return (intensity_HW > share * _level(intensity_HW, bond)).view(np.uint8)


def _level(intensity_HW: np.ndarray, bond: float) -> np.ndarray:
    """For every pixel the level above which it is foreground."""
    below = np.cumsum(np.bincount(intensity_HW.ravel(), minlength=256))
    # paper is normalized to 0, so one standard deviation of its noise is the 84th of 100 pixels
    noise = int(np.searchsorted(below, 0.84 * intensity_HW.size))
    floor = min(FULL_FOREGROUND, max(MIN_FOREGROUND_SHARE, OVER_NOISE * noise))
    side = max(3, int(bond))
    darkest_HW = cv2.dilate(intensity_HW, np.ones((side, side), np.uint8))
    return np.clip(darkest_HW // 2, floor, FULL_FOREGROUND)


def mark_band(
    mask_HW: np.ndarray, ends: np.ndarray, half: float, begin: float | None = None
) -> None:
    """Puts 1 where a line (x0, y0, x1, y1) of width ``2 half`` with cut-off ends lies, in place; it
    begins with the width ``2 begin`` where that is given."""
    along = ends[2:] - ends[:2]
    side = np.array((-along[1], along[0])) / max(float(np.hypot(*along)), 1e-6)
    first, last = side * (half if begin is None else begin), side * half
    corners = (ends[:2] - first, ends[:2] + first, ends[2:] + last, ends[2:] - last)
    points = np.clip(np.array(corners) - 0.5, -1e5, 1e5)
    cv2.fillConvexPoly(mask_HW, np.rint(points * 16).astype(np.int32), 1, cv2.LINE_8, 4)
