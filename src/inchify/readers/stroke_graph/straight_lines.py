"""Whether a straight stroke joins two places of a drawing.

Shape letters: H and W pixels, P pairs of places, S samples along a line, T across it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby, pairwise, product

import cv2
import numpy as np

from inchify.data.pictures.interpolation import sampled_at
from inchify.readers.views.crops import FOREGROUND_LEVEL

# Samples along a line in the first, coarse test.
COARSE = 16
# Places of a line's ends that are tested together, and how few are not worth a first test.
TOGETHER, FEW = 64, 4


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
    corrections = sorted(product(steps, steps), key=lambda pair: abs(pair[0]) + abs(pair[1]))
    moved_P4 = np.array(
        [ends_4 + np.concatenate([begin * normal, end * normal]) for begin, end in corrections]
    )
    for first, end in pairwise((0, FEW, *range(TOGETHER, len(moved_P4), TOGETHER), len(moved_P4))):
        part_P4 = moved_P4[first:end]
        kept_P = _may_be_strokes(lines_HW, part_P4, width, settings)
        if any(
            _is_stroke_at(lines_HW, moved_4, width, bond, settings) for moved_4 in part_P4[kept_P]
        ):
            return True
    return False


def _may_be_strokes(
    lines_HW: np.ndarray, ends_P4: np.ndarray, width: float, settings: StrokeLineSettings
) -> np.ndarray:
    """Which lines, bool (P,), have foreground on their axis at both ends or nearly everywhere, as
    ``_is_stroke_at`` wants it: a test of few samples for many lines at once."""
    kept_P = np.ones(len(ends_P4), bool)
    if len(ends_P4) <= FEW:
        return kept_P
    way_P2 = ends_P4[:, 2:] - ends_P4[:, :2]
    length_P = np.array([max(float(np.hypot(*way)), 1e-6) for way in way_P2])
    count_P = np.maximum(12, length_P.astype(int))
    offsets_T = _offsets(width, settings)
    offsets_T = offsets_T[np.abs(offsets_T) <= max(0.25 * width, 0.5)]
    for count in np.unique(count_P):
        places = np.flatnonzero(count_P == count)
        spots_PTS2 = np.stack([_spots(ends_P4[p], offsets_T, int(count), settings) for p in places])
        rows_2RS = spots_PTS2.reshape(-1, count, 2).transpose(2, 0, 1)
        sampled_RS = sampled_at(lines_HW, *rows_2RS) > FOREGROUND_LEVEL
        sampled_PTS = sampled_RS.reshape(len(places), len(offsets_T), count)
        axis_PS = np.asarray(sampled_PTS.any(axis=1))
        at_both_ends_P = axis_PS[:, 0] & axis_PS[:, -1]
        kept_P[places] = at_both_ends_P | (axis_PS.mean(axis=1) >= settings.covered)
    return kept_P


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
    length = max(float(np.hypot(*(ends_4[2:] - ends_4[:2]))), 1e-6)
    offsets_T = _offsets(width, settings)
    x, y = _spots(ends_4, offsets_T, max(12, int(length)), settings).transpose(2, 0, 1)
    return sampled_at(lines_HW, x, y), offsets_T


def _offsets(width: float, settings: StrokeLineSettings) -> np.ndarray:
    """Distances from the axis at which a line is sampled, in pixels, (T,)."""
    reach = settings.beside * width + 1.0
    return 0.5 * np.arange(-math.ceil(2 * reach), math.ceil(2 * reach) + 1)


def _spots(
    ends_4: np.ndarray, offsets_T: np.ndarray, count: int, settings: StrokeLineSettings
) -> np.ndarray:
    """Places (T, S, 2) beside a line, with ``count`` of them along it."""
    begin, way = ends_4[:2], ends_4[2:] - ends_4[:2]
    normal = np.array([-way[1], way[0]]) / max(float(np.hypot(*way)), 1e-6)
    share_S = np.linspace(settings.trim, 1 - settings.trim, count)
    axis_S2 = begin + share_S[:, None] * way - 0.5
    return np.asarray(axis_S2[None] + offsets_T[:, None, None] * normal)
