"""Overlap of upright boxes (IoU).

Shape letters: N and M boxes, each left, top, right, bottom in pixels.
"""

from __future__ import annotations

import numpy as np


def intersections(one_N4: np.ndarray, other_M4: np.ndarray) -> np.ndarray:
    """Shared area of every two boxes.

    Args:
        one_N4: Boxes in pixels.
        other_M4: Boxes in pixels.

    Returns:
        Areas (N, M) in square pixels.
    """
    one_N4, other_M4 = np.reshape(one_N4, (-1, 4)), np.reshape(other_M4, (-1, 4))
    least_NM2 = np.maximum(one_N4[:, None, :2], other_M4[None, :, :2])
    most_NM2 = np.minimum(one_N4[:, None, 2:], other_M4[None, :, 2:])
    sides_NM2 = np.clip(most_NM2 - least_NM2, 0, None)
    return sides_NM2[..., 0] * sides_NM2[..., 1]


def areas(boxes_N4: np.ndarray) -> np.ndarray:
    """Areas of boxes.

    Args:
        boxes_N4: Boxes in pixels.

    Returns:
        Areas (N,) in square pixels; 0 for empty boxes.
    """
    boxes_N4 = np.reshape(boxes_N4, (-1, 4))
    return np.clip(boxes_N4[:, 2] - boxes_N4[:, 0], 0, None) * np.clip(
        boxes_N4[:, 3] - boxes_N4[:, 1], 0, None
    )


def overlaps(one_N4: np.ndarray, other_M4: np.ndarray) -> np.ndarray:
    """Intersection over union (IoU) of every two boxes.

    Args:
        one_N4: Boxes in pixels.
        other_M4: Boxes in pixels.

    Returns:
        IoU (N, M) in 0..1; 0 where both are empty.
    """
    shared_NM = intersections(one_N4, other_M4)
    union_NM = areas(one_N4)[:, None] + areas(other_M4)[None] - shared_NM
    return np.divide(shared_NM, union_NM, out=np.zeros_like(shared_NM), where=union_NM > 0)
