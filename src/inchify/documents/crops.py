"""Upright crops of molecules and text lines, without the foreground of their neighbors.

Intensities are uint8 (H, W), 255 for full foreground.
"""

from __future__ import annotations

import cv2
import numpy as np

from inchify.documents.connected_components import FOREGROUND_LEVEL
from inchify.types import Region, TextLine

# Turned further than this, a drawing or a line is turned back before it is read.
UPRIGHT = 10.0
# Around a drawing, as a share of its longer side; around a line, of its height.
MARGIN, LEAST_MARGIN = 0.04, 6
LINE_MARGIN = 0.12
# Foreground of others at most this many pixels from a drawing's touches it.
TOUCHING = 2


def signed(angle: float) -> float:
    """The same angle in degrees, above -180 and up to 180."""
    turned = angle % 360.0
    return turned - 360.0 if turned > 180.0 else turned


def drawing_crop(
    intensity: np.ndarray, region: Region, region_HW: np.ndarray, number: int
) -> np.ndarray:
    """Cut out a drawing without the foreground of others, turned upright.

    Args:
        intensity: The page, uint8 (H, W), 255 full foreground.
        region: The drawing; one rotated by at most 10 degrees stays as it is.
        region_HW: The region of each pixel, a drawing's number plus one.
        number: The drawing's number, from 0.

    Returns:
        Gray uint8 (h, w), 255 paper.
    """
    rows, columns = _window(region.box, intensity.shape, 1)
    mask = region_HW[rows, columns] == number + 1
    # soft edges around the drawing's foreground belong to it unless they are another's
    soft = cv2.dilate(mask.view(np.uint8), np.ones((5, 5), np.uint8)) > 0
    soft &= (region_HW[rows, columns] == 0) | mask
    crop = np.where(soft, intensity[rows, columns], 0).astype(np.uint8)
    if abs(signed(region.angle)) > UPRIGHT:
        crop = _crop_to_foreground(turned(crop, -signed(region.angle)))
    margin = max(LEAST_MARGIN, round(MARGIN * max(crop.shape)))
    return 255 - np.pad(crop, margin)


def is_cut(intensity: np.ndarray, region: Region, region_HW: np.ndarray, number: int) -> bool:
    """Tell whether a drawing touches the page's border or foreground that its crop does not show:
    a bond may go on there.

    Args:
        intensity: The page, uint8 (H, W), 255 full foreground.
        region: The drawing; its box holds all its foreground.
        region_HW: The region of each pixel, a drawing's number plus one.
        number: The drawing's number, from 0.
    """
    rows, columns = _window(region.box, intensity.shape, TOUCHING)
    mask = region_HW[rows, columns] == number + 1
    side = 2 * TOUCHING + 1
    around = cv2.dilate(mask.view(np.uint8), np.ones((side, side), np.uint8)) > 0
    if (around & ~mask & (intensity[rows, columns] > FOREGROUND_LEVEL)).any():
        return True
    region_mask = region_HW == number + 1
    return bool(
        any(
            edge.any()
            for edge in (region_mask[0], region_mask[-1], region_mask[:, 0], region_mask[:, -1])
        )
    )


def line_crop(
    intensity: np.ndarray, line: TextLine, region_HW: np.ndarray | None = None
) -> np.ndarray:
    """Cut out a line of text, turned upright.

    Args:
        intensity: The page, uint8 (H, W), 255 full foreground.
        line: The line.
        region_HW: The region of each pixel, 0 for none; drawings are erased where it is given.

    Returns:
        Foreground uint8 (h, w); one pixel of paper where the box is outside the page.
    """
    edge = LINE_MARGIN * max(1.0, min(line.box[2] - line.box[0], line.box[3] - line.box[1]))
    rows, columns = _window(line.box, intensity.shape, edge)
    crop = intensity[rows, columns]
    if region_HW is not None:
        crop = _without_others(crop, region_HW[rows, columns] > 0)
    if abs(signed(line.angle)) > UPRIGHT and crop.size:
        crop = _crop_to_foreground(turned(crop, -signed(line.angle)))
    return np.ascontiguousarray(crop) if crop.size else np.zeros((1, 1), np.uint8)


def _without_others(crop: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Foreground without that of others and the pale edges of their strokes."""
    if not others.any():
        return crop
    edges = cv2.dilate(others.view(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return np.where(others | (edges & (crop <= FOREGROUND_LEVEL)), 0, crop).astype(np.uint8)


def turned(intensity: np.ndarray, clockwise: float) -> np.ndarray:
    """Foreground rotated by degrees, on paper large enough; quarter turns lose nothing."""
    quarters = round(clockwise / 90.0)
    if abs(clockwise - 90.0 * quarters) < 0.05:
        return np.ascontiguousarray(np.rot90(intensity, -quarters))
    height, width = intensity.shape
    matrix, size = turning((height, width), clockwise)
    return cv2.warpAffine(intensity, matrix, size, flags=cv2.INTER_LINEAR, borderValue=0)


def turning(shape: tuple[int, int], clockwise: float) -> tuple[np.ndarray, tuple[int, int]]:
    """The 2 x 3 matrix that turns a picture (H, W) around its middle onto paper that holds all of
    it, and that paper's (width, height)."""
    height, width = shape
    angle = np.deg2rad(clockwise)
    cos, sin = abs(np.cos(angle)), abs(np.sin(angle))
    # a hair less than the next pixel: no new paper for rounding's sake
    size = (
        int(np.ceil(width * cos + height * sin - 1e-6)),
        int(np.ceil(width * sin + height * cos - 1e-6)),
    )
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -clockwise, 1.0)
    matrix[0, 2] += (size[0] - width) / 2
    matrix[1, 2] += (size[1] - height) / 2
    return matrix, size


def _window(
    box: tuple[float, float, float, float], shape: tuple[int, ...], edge: float
) -> tuple[slice, slice]:
    left, top, right, bottom = box
    return (
        slice(max(0, int(top - edge)), max(0, min(shape[0], int(np.ceil(bottom + edge))))),
        slice(max(0, int(left - edge)), max(0, min(shape[1], int(np.ceil(right + edge))))),
    )


def _crop_to_foreground(intensity: np.ndarray) -> np.ndarray:
    left, top, width, height = cv2.boundingRect((intensity > 40).view(np.uint8))
    return intensity[top : top + height, left : left + width] if width else intensity[:1, :1]
