"""Oriented boxes of molecules from a dense network's maps of a page.

Shape letters: C channels, H and W cells, P peaks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from inchify.decoding.activations import sigmoid
from inchify.decoding.oriented import OrientedBox, strongest
from inchify.decoding.peaks import find_peaks
from inchify.models.dense.layout import PAGE_UNIT_PIXELS, Period, RegionLayout

# A cell with a pixel darker than this holds foreground.
_FOREGROUND_LEVEL = 80


@dataclass(frozen=True, kw_only=True)
class DetectionSettings:
    """``chance``: least value of a drawing's peak; ``window`` cells in which it is the largest;
    of two boxes that share more than ``overlap`` the better stays; at most ``most`` of a page.

    Foreground that is likely a drawing's (``foreground_chance``) and stands apart from the
    foreground of all boxes by more than ``apart`` cells is a drawing too, where it stands together
    within twice ``joined`` cells and spans at least ``least``: the largest drawings have their
    middle too far from their ends for the network to see.
    """

    chance: float = 0.3
    window: int = 5
    overlap: float = 0.3
    most: int = 250
    foreground_chance: float = 0.5
    apart: int = 4
    joined: int = 3
    least: int = 8

    def __post_init__(self) -> None:
        if not 0 < self.chance < 1 or not 0 <= self.overlap <= 1:
            raise ValueError("'chance' and 'overlap' must be from 0 to 1")
        if self.window < 1 or self.window % 2 == 0 or self.most < 1:
            raise ValueError("'window' must be odd, 'most' at least 1")


def drawings_of(
    maps_CHW: np.ndarray,
    layout: RegionLayout,
    stride: int,
    period: Period,
    settings: DetectionSettings,
) -> list[OrientedBox]:
    """Find drawings of molecules at the peaks of the position map.

    Args:
        maps_CHW: Raw channels of a page, float32.
        layout: Their names.
        stride: Pixels of a cell's side.
        period: Period of the orientation in degrees.
        settings: Thresholds.

    Returns:
        Boxes in pixels of the network's picture, best first, after non-maximum suppression.
    """
    chance_HW = sigmoid(maps_CHW[layout.slices["pos"]][0])
    cells_P2, chances_P = find_peaks(
        chance_HW, settings.chance, window=settings.window, max_peaks=2 * settings.most
    )
    rows, columns = cells_P2.T
    smooth, exact = (maps[:, rows, columns].T for maps in (_smooth(maps_CHW, chance_HW), maps_CHW))
    boxes = []
    for row, column, score, values, cell in zip(
        rows.tolist(), columns.tolist(), chances_P.tolist(), smooth, exact, strict=True
    ):
        named = {name: values[part] for name, part in layout.slices.items()}
        angle = math.degrees(math.atan2(named["sin"][0], named["cos"][0])) * period / 360
        way = cell[layout.slices["offset"]] * PAGE_UNIT_PIXELS
        width, height = (
            PAGE_UNIT_PIXELS * math.exp(float(np.clip(named[name][0], -4, 4)))
            for name in ("width", "height")
        )
        x, y = (column + 0.5) * stride + way[0], (row + 0.5) * stride + way[1]
        boxes.append(OrientedBox(float(x), float(y), width, height, angle, score))
    return strongest(boxes, settings.overlap)[: settings.most]


def _smooth(maps_CHW: np.ndarray, chance_HW: np.ndarray) -> np.ndarray:
    """Means over 3x3 cells, each as much as it is likely a middle: of cos and sin, never of the
    angle, which jumps at its period."""
    weight_HW = chance_HW**2 + 1e-6
    sums = [
        cv2.blur(channel_HW, (3, 3), borderType=cv2.BORDER_CONSTANT)
        for channel_HW in (*(maps_CHW * weight_HW), weight_HW)
    ]
    return np.stack(sums[:-1]) / sums[-1]


def uncovered_drawings(
    intensity: np.ndarray,
    chances_HW: np.ndarray,
    boxes: Sequence[OrientedBox],
    stride: int,
    settings: DetectionSettings,
) -> list[OrientedBox]:
    """Find drawings outside all boxes, from the assignment of foreground to molecules.

    Args:
        intensity: The network's picture, uint8 (H, W), foreground 255.
        chances_HW: Probability of each cell that its foreground is a drawing's.
        boxes: Drawings that are known, in pixels of ``intensity``.
        stride: Pixels of a cell's side.
        settings: Thresholds.

    Returns:
        Upright boxes in pixels of ``intensity``.
    """
    height, width = (side // stride * stride for side in intensity.shape)
    cells = intensity[:height, :width].reshape(height // stride, stride, width // stride, stride)
    chances_HW = chances_HW[: height // stride, : width // stride]
    own_HW = (cells.max(axis=(1, 3)) > _FOREGROUND_LEVEL) & (
        chances_HW > settings.foreground_chance
    )
    boxed_HW = np.zeros(own_HW.shape, np.uint8)
    for box in boxes:
        cv2.fillConvexPoly(boxed_HW, np.round(box.corners() / stride).astype(np.int32), 1)
    taken_HW = _dilated(own_HW & (boxed_HW > 0), settings.apart)
    free_HW = own_HW & (boxed_HW == 0)
    count, labels_HW = cv2.connectedComponents(_dilated(free_HW, settings.joined), connectivity=8)
    labels_HW = np.where(free_HW, labels_HW, 0)
    uncovered = []
    for number in range(1, count):
        rows, columns = np.nonzero(labels_HW == number)
        if not len(rows) or taken_HW[rows, columns].any():
            continue
        left, top = columns.min() * stride, rows.min() * stride
        right, bottom = (columns.max() + 1) * stride, (rows.max() + 1) * stride
        if max(right - left, bottom - top) >= settings.least * stride:
            # less sure than what was seen as a whole
            score = 0.5 * float(chances_HW[rows, columns].mean())
            middle = (left + right) / 2, (top + bottom) / 2
            uncovered.append(OrientedBox(*middle, right - left, bottom - top, 0.0, score))
    return uncovered


def _dilated(mask_HW: np.ndarray, reach: int) -> np.ndarray:
    """uint8, 1 where the mask is true within ``reach`` cells."""
    side = 2 * reach + 1
    return cv2.dilate(mask_HW.astype(np.uint8), np.ones((side, side), np.uint8))


def foreground_chances(maps_CHW: np.ndarray, layout: RegionLayout) -> np.ndarray:
    """Probability of each cell that its foreground is a drawing's.

    Args:
        maps_CHW: Raw channels of a page, float32.
        layout: Their names.

    Returns:
        float32 (H, W) in 0..1.
    """
    return sigmoid(maps_CHW[layout.slices["ink"]][0])
