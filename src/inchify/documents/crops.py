"""Upright crops of molecules and text lines, without the foreground of their neighbours.

Intensities are uint8 (H, W), 255 for full foreground.
"""

from __future__ import annotations

import cv2
import numpy as np

from inchify.documents.connected_components import INK
from inchify.types import Region, TextLine

# Turned further than this, a drawing or a line is turned back before it is read.
UPRIGHT = 10.0
# Round a drawing, as a share of its longer side; round a line, of its height.
MARGIN, LEAST_MARGIN = 0.04, 6
LINE_MARGIN = 0.12
# Ink of others so many pixels from a drawing's touches it.
TOUCHING = 2


def signed(angle: float) -> float:
    """The same angle in degrees, above -180 and up to 180."""
    turned = angle % 360.0
    return turned - 360.0 if turned > 180.0 else turned


def drawing_crop(
    intensity: np.ndarray, region: Region, region_HW: np.ndarray, number: int
) -> np.ndarray:
    """Grey uint8 (h, w), 255 paper, of a drawing alone: the ink of others is erased. A drawing that
    is turned by more than 10 degrees is turned upright. ``number``: its place among the regions."""
    rows, columns = _window(region.box, intensity.shape, 1)
    own = region_HW[rows, columns] == number + 1
    # soft edges round own ink are its own where they are nobody else's
    soft = cv2.dilate(own.view(np.uint8), np.ones((5, 5), np.uint8)) > 0
    soft &= (region_HW[rows, columns] == 0) | own
    crop = np.where(soft, intensity[rows, columns], 0).astype(np.uint8)
    if abs(signed(region.angle)) > UPRIGHT:
        crop = _cut_to_ink(turned(crop, -signed(region.angle)))
    margin = max(LEAST_MARGIN, round(MARGIN * max(crop.shape)))
    return 255 - np.pad(crop, margin)


def is_cut(intensity: np.ndarray, region: Region, region_HW: np.ndarray, number: int) -> bool:
    """Whether ink that a drawing's crop does not show touches the drawing's own, or the page's
    border does: a bond may go on there.

    Args:
        intensity: the page, uint8 (H, W), 255 full ink.
        region: the drawing; its box holds all its ink.
        owner_HW: whose each pixel is, a drawing's place plus one.
        number: the drawing's place.
    """
    rows, columns = _window(region.box, intensity.shape, TOUCHING)
    own = region_HW[rows, columns] == number + 1
    side = 2 * TOUCHING + 1
    near = cv2.dilate(own.view(np.uint8), np.ones((side, side), np.uint8)) > 0
    if (near & ~own & (intensity[rows, columns] > INK)).any():
        return True
    whole = region_HW == number + 1
    return bool(any(edge.any() for edge in (whole[0], whole[-1], whole[:, 0], whole[:, -1])))


def line_crop(
    intensity: np.ndarray, line: TextLine, region_HW: np.ndarray | None = None
) -> np.ndarray:
    """Ink uint8 (h, w) of a line of text, without that of drawings if their owners are given,
    turned upright; one pixel of paper where the box is outside."""
    edge = LINE_MARGIN * max(1.0, min(line.box[2] - line.box[0], line.box[3] - line.box[1]))
    rows, columns = _window(line.box, intensity.shape, edge)
    crop = intensity[rows, columns]
    if region_HW is not None:
        crop = _without(crop, region_HW[rows, columns] > 0)
    if abs(signed(line.angle)) > UPRIGHT and crop.size:
        crop = _cut_to_ink(turned(crop, -signed(line.angle)))
    return np.ascontiguousarray(crop) if crop.size else np.zeros((1, 1), np.uint8)


def _without(crop: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Ink without that of others and the pale edges of their strokes."""
    if not others.any():
        return crop
    edges = cv2.dilate(others.view(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return np.where(others | (edges & (crop <= INK)), 0, crop).astype(np.uint8)


def turned(intensity: np.ndarray, clockwise: float) -> np.ndarray:
    """Ink turned by degrees, on paper large enough; quarter turns lose nothing."""
    quarters = round(clockwise / 90.0)
    if abs(clockwise - 90.0 * quarters) < 0.05:
        return np.ascontiguousarray(np.rot90(intensity, -quarters))
    height, width = intensity.shape
    matrix, size = turning((height, width), clockwise)
    return cv2.warpAffine(intensity, matrix, size, flags=cv2.INTER_LINEAR, borderValue=0)


def turning(shape: tuple[int, int], clockwise: float) -> tuple[np.ndarray, tuple[int, int]]:
    """The 2 x 3 matrix that turns a picture (H, W) round its middle onto paper that holds all of
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


def _cut_to_ink(intensity: np.ndarray) -> np.ndarray:
    left, top, width, height = cv2.boundingRect((intensity > 40).view(np.uint8))
    return intensity[top : top + height, left : left + width] if width else intensity[:1, :1]
