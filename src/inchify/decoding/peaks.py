"""Peaks of a position map.

Shape letters: H and W cells, P peaks.
"""

from __future__ import annotations

import cv2
import numpy as np


def find_peaks(
    chance_HW: np.ndarray, threshold: float, *, window: int = 3, max_peaks: int = 2000
) -> tuple[np.ndarray, np.ndarray]:
    """Cells that are the largest in their window and above a threshold, the largest first.

    Args:
        chance_HW: float32, a probability for each cell.
        threshold: Smaller peaks are left out.
        window: Odd side of the square window in cells.
        max_peaks: Largest number of peaks returned.

    Returns:
        Rows and columns, int64 (P, 2), and their values (P,).
    """
    largest_HW = cv2.dilate(chance_HW, np.ones((window, window), np.uint8))
    found_P2 = np.argwhere((chance_HW == largest_HW) & (chance_HW > threshold))
    values_P = chance_HW[found_P2[:, 0], found_P2[:, 1]]
    order = np.argsort(-values_P, kind="stable")[:max_peaks]
    return found_P2[order], values_P[order]
