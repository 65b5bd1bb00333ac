"""A picture and a label's box come in; the label's ink, as far as its letters reach, goes out.

Boxes are left, top, right, bottom in pixels; ink is uint8 (H, W), 255 full ink.
"""

from __future__ import annotations

import numpy as np

Box = tuple[float, float, float, float]

# In heights of the box: the widest paper between two letters, how far letters are followed, and the
# paper kept round a crop.
LETTER_GAP, LONGEST, EDGE = 0.4, 10.0, 0.12
INK = 96


def crop_of(ink: np.ndarray, box: Box) -> np.ndarray:
    """A label's ink with a little round it; one pixel of paper where the box is outside."""
    left, top, right, bottom = box
    edge = EDGE * (bottom - top)
    rows = slice(max(0, int(top - edge)), max(1, int(np.ceil(bottom + edge))))
    columns = slice(max(0, int(left - edge)), max(1, int(np.ceil(right + edge))))
    crop = ink[rows, columns]
    return crop if crop.size else np.zeros((1, 1), np.uint8)


def grown_box(ink: np.ndarray, box: Box, to_left: bool, to_right: bool) -> Box:
    """The box made wider on its free sides as long as letters follow one another."""
    left, top, right, bottom = box
    height = max(bottom - top, 1.0)
    rows = ink[max(0, int(top)) : max(1, int(np.ceil(bottom)))]
    inked = (rows > INK).any(axis=0) if rows.size else np.zeros(ink.shape[1], dtype=bool)
    if to_right:
        right += _reach(inked[max(0, int(right)) :], height)
    if to_left:
        left -= _reach(inked[: max(0, int(np.ceil(left)))][::-1], height)
    return left, top, right, bottom


def _reach(inked: np.ndarray, height: float) -> int:
    """How many columns on the last letter ends that follows without a wide gap."""
    places = np.flatnonzero(inked[: int(LONGEST * height)])
    if not len(places):
        return 0
    gaps = np.diff(places, prepend=-1) - 1
    wide = np.flatnonzero(gaps > LETTER_GAP * height)
    last = len(places) if not len(wide) else int(wide[0])
    return int(places[last - 1]) + 1 if last else 0
