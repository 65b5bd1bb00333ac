"""A picture and places in it come in; its values there, between pixels, go out."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.ndimage import map_coordinates

# OpenCV samples pictures and tables of places whose sides are shorter than this.
LONGEST = 32_000


def sampled_at(picture_HW: np.ndarray, x_AB: np.ndarray, y_AB: np.ndarray) -> np.ndarray:
    """Bilinear values of a picture of any size, 0 outside of it.

    Args:
        picture_HW: uint8 or float32.
        x_AB: Columns of the places, B less than 32,000.
        y_AB: Rows of the places.

    Returns:
        (A, B), of the picture's type.
    """
    if max(picture_HW.shape) >= LONGEST:
        return map_coordinates(picture_HW, (y_AB, x_AB), order=1, mode="constant")
    x_AB, y_AB = (np.ascontiguousarray(part, dtype=np.float32) for part in (x_AB, y_AB))
    parts = [
        cv2.remap(
            picture_HW,
            x_AB[first : first + LONGEST],
            y_AB[first : first + LONGEST],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
        )
        for first in range(0, len(x_AB), LONGEST)
    ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
