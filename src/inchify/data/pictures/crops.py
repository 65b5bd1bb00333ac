"""Cropping of boxes from a picture. Boxes are left, top, right, bottom in pixels."""

from __future__ import annotations

from math import ceil

import numpy as np

from inchify.types import Box


def cut_out(intensity_HW: np.ndarray, box: Box, edge: float = 0.0) -> np.ndarray:
    """Cut out the pixels that a box touches, as a view of the picture.

    Args:
        intensity_HW: uint8, 255 full foreground.
        box: may reach over the picture's border.
        edge: margin around the box, in pixels.

    Returns:
        uint8 (h, w); one background pixel where the box lies outside the picture.
    """
    left, top, right, bottom = box
    rows = slice(max(0, int(top - edge)), max(1, ceil(bottom + edge)))
    columns = slice(max(0, int(left - edge)), max(1, ceil(right + edge)))
    crop = intensity_HW[rows, columns]
    return crop if crop.size else np.zeros((1, 1), np.uint8)
