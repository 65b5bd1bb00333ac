"""Crops of labels and text lines to the extent of their letters.

Boxes are left, top, right, bottom in pixels; foreground is uint8 (H, W), 255 full foreground.
"""

from __future__ import annotations

import cv2
import numpy as np

from inchify.data.pictures.crops import cut_out

Box = tuple[float, float, float, float]

# In heights of the box: the widest paper between two letters, how far letters are followed, and the
# paper kept around a crop.
LETTER_GAP, LONGEST, EDGE = 0.4, 10.0, 0.12
FOREGROUND_LEVEL = 96
# Around a line, in heights of its letters: the paper that is left, and that which is too much.
MARGIN, WIDE_MARGIN = 0.2, 0.6
# Foreground of this share of the darkest counts, for points and dashes are faint; the height of
# letters cannot be estimated from fewer pixels than the second.
FAINT, LEAST_HEIGHT = 0.2, 7


def crop_of(intensity: np.ndarray, box: Box) -> np.ndarray:
    """Cut out a label with a small margin.

    Args:
        intensity: Foreground of the picture.
        box: The label's box.

    Returns:
        The crop; one pixel of paper where the box is outside of the picture.
    """
    return cut_out(intensity, box, EDGE * (box[3] - box[1]))


def expanded_box(intensity: np.ndarray, box: Box, to_left: bool, to_right: bool) -> Box:
    """Widen a label's box to the letters that follow without a wide gap.

    Args:
        intensity: Foreground of the picture.
        box: The label's box.
        to_left: Whether letters may follow at the left.
        to_right: Whether letters may follow at the right.

    Returns:
        The wider box; its top and bottom are unchanged.
    """
    left, top, right, bottom = box
    height = max(bottom - top, 1.0)
    rows = intensity[max(0, int(top)) : max(1, int(np.ceil(bottom)))]
    foreground = np.zeros(intensity.shape[1], dtype=bool)
    if rows.size:
        foreground = np.asarray((rows > FOREGROUND_LEVEL).any(axis=0))
    if to_right:
        right += _reach(foreground[max(0, int(right)) :], height)
    if to_left:
        left -= _reach(foreground[: max(0, int(np.ceil(left)))][::-1], height)
    return left, top, right, bottom


def _reach(foreground: np.ndarray, height: float) -> int:
    """How many columns on the last letter ends that follows without a wide gap."""
    places = np.flatnonzero(foreground[: int(LONGEST * height)])
    if not len(places):
        return 0
    gaps = np.diff(places, prepend=-1) - 1
    wide = np.flatnonzero(gaps > LETTER_GAP * height)
    last = len(places) if not len(wide) else int(wide[0])
    return int(places[last - 1]) + 1 if last else 0


def without_margins(intensity: np.ndarray) -> np.ndarray:
    """Cut wide margins off the crop of a line: cells of tables are larger than their text, and a
    recognizer scales its input to one height.

    Args:
        intensity: Foreground of the crop.

    Returns:
        The crop with narrow margins.
    """
    paper, darkest = (
        np.quantile(intensity, 0.1),
        intensity.max(),
    )  # little of a large cell may be foreground
    left, top, wide, tall = cv2.boundingRect(
        (intensity > paper + FAINT * (darkest - paper)).view(np.uint8)
    )
    if not wide:
        return intensity
    right, bottom = left + wide, top + tall
    if tall < LEAST_HEIGHT:
        top, bottom = 0, len(intensity)
        tall = bottom
    rows = _cut_side(top, bottom, len(intensity), tall)
    return np.ascontiguousarray(intensity[rows, _cut_side(left, right, intensity.shape[1], tall)])


def _cut_side(first: int, last: int, size: int, tall: int) -> slice:
    """Where to cut, on either side alone, so that ``MARGIN`` is left where it was wide."""
    kept, wide = round(MARGIN * tall), WIDE_MARGIN * tall
    return slice(first - kept if first > wide else 0, last + kept if size - last > wide else size)
