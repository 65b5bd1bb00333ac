"""Whether a straight stroke joins two places of a drawing.

Shape letters: H and W pixels, P pairs of places, S samples along a line, T across it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby, product

import cv2
import numpy as np

from inchify.data.pictures.interpolation import sampled_at
from inchify.readers.views.crops import FOREGROUND_LEVEL

# Samples along a line in the first, coarse test.
COARSE = 16


@dataclass(frozen=True, kw_only=True)
class StrokeLineSettings:
    """``coarse``: the least share of a stroke with foreground close by, ``covered`` of it with
    foreground on its axis. ``trim``: the share at both ends that is ignored, where the corner may
    lie beside the picture's. ``beside``: distance from the axis, in line widths, at which there is
    paper on one side, along the share ``bordered`` of the stroke. A stroke may be interrupted by
    two gaps of at most ``gap`` bonds, at both sides of one that it crosses. Its ends may lie
    ``off`` bonds beside the given places."""

    coarse: float = 0.8
    covered: float = 0.95
    trim: float = 0.08
    beside: float = 1.3
    bordered: float = 0.7
    gap: float = 0.16
    off: float = 0.07


def strokes_between(
    lines_HW: np.ndarray,
    ends_P4: np.ndarray,
    width: float,
    bond: float,
    settings: StrokeLineSettings,
) -> np.ndarray:
    """Test coarsely which lines may be strokes, from few samples.

    Args:
        lines_HW: uint8, 255 full foreground.
        ends_P4: Begin and end (x0, y0, x1, y1) in its pixels.
        width: Of a line in pixels.
        bond: The usual length of a bond in pixels.
        settings: The least share of foreground.

    Returns:
        Bool (P,).
    """
    size = 2 * max(1, round(width / 2), round(settings.off * bond)) + 1
    thick_HW = cv2.dilate(
        (lines_HW > FOREGROUND_LEVEL).view(np.uint8), np.ones((size, size), np.uint8)
    )
    share_S1 = np.linspace(settings.trim, 1 - settings.trim, COARSE)[:, None]
    spots = ends_P4[:, None, :2] * (1 - share_S1) + ends_P4[:, None, 2:] * share_S1
    x, y = np.floor(spots).astype(int).transpose(2, 0, 1)
    height, across = lines_HW.shape
    inside = (x >= 0) & (x < across) & (y >= 0) & (y < height)
    foreground = thick_HW[y.clip(0, height - 1), x.clip(0, across - 1)] > 0
    return np.asarray((foreground & inside).mean(axis=1) >= settings.coarse)


def is_stroke(
    lines_HW: np.ndarray,
    ends_4: np.ndarray,
    width: float,
    bond: float,
    settings: StrokeLineSettings,
) -> bool:
    """Whether a line between two places is a straight stroke, perhaps interrupted at a crossing.

    Args:
        lines_HW: uint8, 255 full foreground.
        ends_4: Begin and end (x0, y0, x1, y1) in its pixels.
        width: Of a line in pixels.
        bond: The usual length of a bond in pixels.
        settings: Limits; the ends may be off by ``settings.off`` bonds.
    """
    way = ends_4[2:] - ends_4[:2]
    normal = np.array([-way[1], way[0]]) / max(float(np.hypot(*way)), 1e-6)
    reach = max(0.0, settings.off * bond - width / 2)
    steps = np.unique(np.linspace(-reach, reach, 2 * math.ceil(reach / max(width / 2, 1.0)) + 1))
    # the smallest corrections first
    for begin_step, end_step in sorted(
        product(steps, steps), key=lambda pair: abs(pair[0]) + abs(pair[1])
    ):
        moved_4 = ends_4 + np.concatenate([begin_step * normal, end_step * normal])
        if _is_stroke_at(lines_HW, moved_4, width, bond, settings):
            return True
    return False


def _is_stroke_at(
    lines_HW: np.ndarray,
    ends_4: np.ndarray,
    width: float,
    bond: float,
    settings: StrokeLineSettings,
) -> bool:
    profile_TS, offsets_T = _profile(lines_HW, ends_4, width, settings)
    foreground_TS = profile_TS > FOREGROUND_LEVEL
    axis_S = foreground_TS[np.abs(offsets_T) <= max(0.25 * width, 0.5)].any(axis=0)
    away = settings.beside * width
    beside = (np.abs(offsets_T) >= away) & (np.abs(offsets_T) <= away + 1.0)
    paper_S = ~foreground_TS[beside & (offsets_T > 0)].all(axis=0)
    paper_S |= ~foreground_TS[beside & (offsets_T < 0)].all(axis=0)
    if paper_S.mean() < settings.bordered:
        return False
    if axis_S.mean() >= settings.covered:
        return True
    step = float(np.hypot(*(ends_4[2:] - ends_4[:2]))) * (1 - 2 * settings.trim) / len(axis_S)
    runs = [(foreground, len(list(group)) * step) for foreground, group in groupby(axis_S.tolist())]
    gaps = [length for foreground, length in runs if not foreground]
    at_ends = not (axis_S[0] and axis_S[-1])
    return not at_ends and len(gaps) == 2 and len(runs) == 5 and max(gaps) <= settings.gap * bond


def _profile(
    lines_HW: np.ndarray, ends_4: np.ndarray, width: float, settings: StrokeLineSettings
) -> tuple[np.ndarray, np.ndarray]:
    """The intensity along and beside a line, (T, S), and how far beside in pixels, (T,)."""
    begin, way = ends_4[:2], ends_4[2:] - ends_4[:2]
    length = max(float(np.hypot(*way)), 1e-6)
    normal = np.array([-way[1], way[0]]) / length
    reach = settings.beside * width + 1.0
    offsets_T = 0.5 * np.arange(-math.ceil(2 * reach), math.ceil(2 * reach) + 1)
    share_S = np.linspace(settings.trim, 1 - settings.trim, max(12, int(length)))
    axis_S2 = begin + share_S[:, None] * way - 0.5
    spots_TS2 = axis_S2[None] + offsets_T[:, None, None] * normal
    x, y = spots_TS2.transpose(2, 0, 1)
    return sampled_at(lines_HW, x, y), offsets_T
