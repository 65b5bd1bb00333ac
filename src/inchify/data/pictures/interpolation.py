"""Bilinear interpolation of a picture at fractional positions."""

from __future__ import annotations

import cv2
import numpy as np

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
        return _bilinear(picture_HW, x_AB, y_AB)
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


def _bilinear(picture_HW: np.ndarray, x_AB: np.ndarray, y_AB: np.ndarray) -> np.ndarray:
    """The same for a picture that OpenCV cannot sample."""
    padded = np.pad(picture_HW, 1).astype(np.float32)
    x, y = (
        np.clip(part + 1.0, 0.0, side - 1.001)
        for part, side in ((x_AB, padded.shape[1]), (y_AB, padded.shape[0]))
    )
    left, top = x.astype(int), y.astype(int)
    right, low = x - left, y - top
    upper = padded[top, left] * (1 - right) + padded[top, left + 1] * right
    lower = padded[top + 1, left] * (1 - right) + padded[top + 1, left + 1] * right
    return np.asarray(upper * (1 - low) + lower * low).astype(picture_HW.dtype)
