"""Support of each stroke and label of a rendering by the picture, and unexplained foreground along
strokes.

Shape letters: S strokes, P points along a stroke, Q points across it, H and W pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log

import cv2
import numpy as np

from inchify.rendering.rasterizer import Drawing, cover
from inchify.verification.render_match.pixel_likelihood import Noise

# Points a pixel, along and across.
DENSITY = 2.0
# A stroke with a smaller share of certain pixels (it lies between two rows) says nothing; a pixel
# that is black with this chance is certain.
MIN_VISIBLE, SURELY_DRAWN = 0.4, 0.7


@dataclass(frozen=True)
class Support:
    """``weakest``: nats that the picture speaks for the least supported stroke or label, against
    paper in its place (below 0 it speaks against it); ``beside``: nats that the foreground along
    some stroke speaks against paper there (a wedge, a second line)."""

    weakest: float = inf
    beside: float = 0.0


def support_of(
    intensity_HW: np.ndarray,
    black_HW: np.ndarray,
    lost_HW: np.ndarray,
    drawing: Drawing,
    place: tuple[tuple[float, float], tuple[float, float]],
    noise: Noise,
    *,
    play: bool = False,
) -> Support:
    """Measure how well the picture supports each stroke and label of a drawing.

    Args:
        intensity_HW: Bool foreground.
        black_HW: The chance that each pixel is black.
        lost_HW: Nats that each pixel loses against a drawing that has it right.
        drawing: The drawing, in bond lengths.
        place: Scale and shift (x, y) from bond lengths to pixels.
        noise: The picture's noise.
        play: Whether foreground one pixel off counts as well.

    Returns:
        The support of the weakest stroke or label, and the foreground along strokes.
    """
    tolerant_HW = (
        cv2.dilate(intensity_HW.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
        if play
        else intensity_HW
    )
    drawn = black_HW > SURELY_DRAWN
    gain, loss = log((1 - noise.salt) / noise.pepper), log((1 - noise.pepper) / noise.salt)
    speaks = np.where(tolerant_HW, gain, -loss).astype(np.float32) * drawn
    weakest, beside = inf, 0.0
    for stroke in drawing.strokes_S5:
        rows, columns, length, wide = _band(stroke, place, intensity_HW.shape)
        line = _unique(rows[:, wide // 2], columns[:, wide // 2])
        if drawn[line].sum() >= MIN_VISIBLE * length:
            weakest = min(weakest, float(speaks[line].sum()))
        beside = max(beside, float(lost_HW[_unique(rows.ravel(), columns.ravel())].sum()))
    for edges in drawing.labels:
        left, top = np.floor(_placed(edges[:, :2].min(axis=0), place)).astype(int)
        right, bottom = np.ceil(_placed(edges[:, :2].max(axis=0), place)).astype(int)
        box = slice(max(top, 0), bottom), slice(max(left, 0), right)
        if drawn[box].any():
            weakest = min(weakest, float(speaks[box].sum()))
    return Support(weakest, beside)


def could_hide(
    stroke_5: np.ndarray,
    place: tuple[tuple[float, float], tuple[float, float]],
    size: tuple[int, int],
) -> bool:
    """Whether a stroke in bond lengths would leave less than ``MIN_VISIBLE`` of itself in a picture
    of that size (height, width)."""
    alone = Drawing(stroke_5[None], np.zeros((0, 4)))
    covered = cover(alone, place[0], place[1], size, 8) > 0.5
    length = float(np.hypot(*((stroke_5[2:4] - stroke_5[:2]) * np.array(place[0]))))
    return bool(covered.sum() < MIN_VISIBLE * length)


def _placed(
    point: np.ndarray, place: tuple[tuple[float, float], tuple[float, float]]
) -> np.ndarray:
    return point * np.array(place[0]) + np.array(place[1])


def _band(
    stroke: np.ndarray,
    place: tuple[tuple[float, float], tuple[float, float]],
    size: tuple[int, ...],
) -> tuple[np.ndarray, np.ndarray, float, int]:
    """Rows and columns (P, Q) of the pixels along a stroke and a sixth of a bond to its sides, its
    length in pixels, and Q (odd)."""
    begin, end = _placed(stroke[:2], place), _placed(stroke[2:4], place)
    along = end - begin
    length = float(np.hypot(*along))
    across = np.array([-along[1], along[0]]) / max(length, 1e-9)
    reach = place[0][0] / 6
    steps = np.linspace(0.02, 0.98, max(2, round(DENSITY * length)))
    wide = 2 * round(DENSITY * reach) + 1
    sides = np.linspace(-reach, reach, wide)
    points = begin + steps[:, None, None] * along + sides[None, :, None] * across
    columns, rows = np.floor(points).astype(np.int64).transpose(2, 0, 1)
    return rows.clip(0, size[0] - 1), columns.clip(0, size[1] - 1), length, wide


def _unique(rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each pixel once."""
    cells = np.unique(rows * 100_000 + columns)
    return cells // 100_000, cells % 100_000
