"""Whether all that is drawn in a picture, its letters aside, is one straight arrow.

What stands above and below a reaction arrow are reagents, and the arrow is no bond between them.
"""

from __future__ import annotations

import cv2
import numpy as np

# Least value of foreground; number of parts of the arrow's length in which its width is measured.
FOREGROUND_LEVEL, BINS = 96, 40
# The arrow's share of the foreground; its length over its greatest width; the share of its length
# that the head may have; the least ratio of the widths of head and shaft, and the largest ratio
# elsewhere.
ALONE, SLENDER, HEAD, BROADER, EVEN = 0.95, 3.0, 0.35, 2.5, 1.7


def is_reaction_arrow(intensity_HW: np.ndarray) -> bool:
    """Whether the foreground is a straight shaft with a head at one end.

    Args:
        intensity_HW: uint8, 255 full foreground, without the letters of the picture's text.
    """
    mask_HW = (intensity_HW > FOREGROUND_LEVEL).view(np.uint8)
    _, numbers_HW, stats, _ = cv2.connectedComponentsWithStats(mask_HW, connectivity=8)
    if len(stats) < 2:
        return False
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    if stats[largest, cv2.CC_STAT_AREA] < ALONE * mask_HW.sum():
        return False
    y, x = np.nonzero(numbers_HW == largest)
    spots_N2 = np.stack([x, y], axis=1) - np.array([x.mean(), y.mean()])
    _, axes_22 = np.linalg.eigh(spots_N2.T @ spots_N2)
    along_N, across_N = spots_N2 @ axes_22[:, 1], spots_N2 @ axes_22[:, 0]
    length = float(np.ptp(along_N)) + 1
    if length < SLENDER * (np.ptp(across_N) + 1):
        return False
    bin_N = np.clip(((along_N - along_N.min()) / length * BINS).astype(int), 0, BINS - 1)
    width_B = np.zeros(BINS)
    for number in range(BINS):
        inside = across_N[bin_N == number]
        width_B[number] = np.ptp(inside) + 1 if len(inside) else 0.0
    return any(_has_head(width_B[::way]) for way in (1, -1))


def _has_head(width_B: np.ndarray) -> bool:
    """Whether widths along an axis are those of a shaft that ends in a head with a tip."""
    shaft, head = float(np.median(width_B)), round(HEAD * BINS)
    broadest = int(width_B.argmax())
    return bool(
        width_B.min() > 0
        and broadest >= BINS - head
        and width_B[broadest] >= BROADER * shaft + 1
        and width_B[-1] < 0.7 * width_B[broadest]
        and width_B[:-head].max() <= EVEN * shaft + 1
    )
