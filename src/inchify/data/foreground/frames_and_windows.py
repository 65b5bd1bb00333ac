"""Removal of frames and windows around a drawing.

The drawing stands on a sheet: an area of one shade that bounds its largest component. Where the
sheet is a rectangle within the picture (inside a frame, the canvas of a program's window), what
stands outside is none of the drawing.

Shape letters: H and W pixels.
"""

from __future__ import annotations

import cv2
import numpy as np

# Levels of 255 within one sheet, and below white where strokes begin.
_SAME, _STROKE = 4, 80
# Minimum share of its box that a sheet fills (corners may be round), and of each side that a frame
# covers.
_RECTANGLE, _SIDE = 0.93, 0.8
# Minimum share of its box that a bar fills: there may be letters on it.
_SOLID = 0.85
# Components outside whose box has more than this share of the sides of the drawing's largest one
# (the mean of both) may be drawings too.
_LARGEST_OTHER = 0.4
# An ordinary drawing has no row or column with such a share of dark pixels.
_LONG = 0.6


def may_have_frame(gray: np.ndarray) -> bool:
    """A quick test, of uint8 (H, W), that ordinary drawings fail: rows or columns that mostly
    differ from the background."""
    unlike = cv2.absdiff(gray, np.full_like(gray, int(np.median(gray)))) > 2 * _SAME
    return any(
        int(np.count_nonzero(unlike, axis=axis).max()) >= _LONG * gray.shape[1 - axis]
        for axis in (0, 1)
    )


def remove_frame(pixels: np.ndarray, gray: np.ndarray) -> np.ndarray:
    """The drawing without frames and window parts around it.

    Args:
        pixels: the picture as decoded, uint8 (H, W) or (H, W, 3).
        gray: its strokes, dark on white: uint8 (H, W).

    Returns:
        ``gray`` with all outside of the drawing's sheet white; the very same array where the sheet
        is the whole picture or no rectangle, where strokes cross its edge, or where another large
        drawing stands outside.
    """
    strokes = (gray < 255 - _STROKE).view(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    if count < 2:
        return gray
    frames = np.array([_is_frame(labels, stats, at) for at in range(count)])
    sizes = np.sqrt(stats[:, 2].astype(np.float64) * stats[:, 3])
    sizes[frames] = 0.0
    sizes[0] = 0.0
    main = int(sizes.argmax())
    if not sizes[main]:
        return gray
    inside = _sheet(pixels, labels == main)
    if inside is None:
        return gray
    within, outside = _touched(labels, inside, count), _touched(labels, ~inside, count)
    if (within & outside & ~frames).any():
        return gray
    if (sizes[outside] > _LARGEST_OTHER * sizes[main]).any():
        return gray
    # soft edges of a frame go with it
    round_frames = cv2.dilate((frames & outside)[labels].view(np.uint8), np.ones((5, 5), np.uint8))
    return np.where(inside & (round_frames == 0), gray, np.uint8(255))


def _touched(labels: np.ndarray, area: np.ndarray, count: int) -> np.ndarray:
    """Which components, bool (N,), have pixels in an area, bool (H, W); never the background."""
    touched = np.bincount(labels[area], minlength=count) > 0
    touched[0] = False
    return touched


def _is_frame(labels: np.ndarray, stats: np.ndarray, at: int) -> bool:
    """Whether a component is the outline of an upright rectangle, or a solid bar at the edge of the
    picture."""
    left, top, width, height, area = stats[at].tolist()
    if at == 0 or max(width, height) < 12:
        return False
    if area >= _SOLID * width * height and min(width, height) >= 8:
        return bool(width == labels.shape[1] or height == labels.shape[0])
    box = labels[top : top + height, left : left + width] == at
    edge = max(1, min(4, min(width, height) // 4))
    sides = (box[:edge].any(0), box[-edge:].any(0), box[:, :edge].any(1), box[:, -edge:].any(1))
    return all(side.mean() >= _SIDE for side in sides)


def _sheet(pixels: np.ndarray, drawing: np.ndarray) -> np.ndarray | None:
    """The box, as bool (H, W), of the area of one shade around a component; None where that is no
    rectangle or the whole picture."""
    outline = _filled(drawing)
    border = cv2.dilate(outline, np.ones((9, 9), np.uint8)) - cv2.dilate(
        outline, np.ones((5, 5), np.uint8)
    )
    ring = border > 0
    if not ring.any():
        return None
    shade = np.median(pixels[ring].astype(np.float64), axis=0)
    low, high = np.clip(shade - _SAME, 0, 255), np.clip(shade + _SAME, 0, 255)
    alike = cv2.inRange(pixels, np.atleast_1d(low), np.atleast_1d(high)) // 255
    _, labels = cv2.connectedComponents(alike, connectivity=4)
    votes = np.bincount(labels[ring & (alike > 0)])
    if len(votes) < 2:
        return None
    filled = _filled(labels == int(votes.argmax()))
    left, top, width, height = cv2.boundingRect(filled)
    if int(filled.sum()) < _RECTANGLE * width * height or (height, width) == drawing.shape:
        return None
    box = np.zeros(drawing.shape, bool)
    box[top : top + height, left : left + width] = True
    return box


def _filled(mask: np.ndarray) -> np.ndarray:
    """A mask's components with their holes filled, uint8 (H, W)."""
    outlines, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(np.zeros(mask.shape, np.uint8), outlines, -1, 1, cv2.FILLED)
