"""Removal of curved (electron-pushing) arrows beside a drawing, by connected components.

An arrow is a separate component: a shaft that bends evenly, as wide at one end as at the other,
with a filled head at one of them.

Shape letters: H and W pixels, N pixels of a component.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from inchify.data.strokes.bond_length import estimate_bond_length

# Below white where strokes begin, as a level of 255.
_STROKE = 80
# Minimum side of an arrow's box in pixels and in bonds, and the maximum share of it that is filled.
_MIN_PIXELS, _MIN_BONDS, _FILLED = 20, 0.65, 0.4
# Minimum ratio of the widths of head and shaft; reach of the head's corners in its half widths.
_HEAD, _HEAD_REACH = 1.6, 3.0
# Maximum ratio of the widest place of a shaft and its usual width.
_EVEN = 1.5
# Height of the bend as a share of the line from end to end; degrees of an ellipse that it covers.
_BEND, _SPAN = 0.12, (40.0, 300.0)
# Maximum distance of a shaft's pixels from an ellipse: a share of its width, and pixels.
_MAX_DISTANCE, _MAX_DISTANCE_PIXELS = 0.5, 0.75
_BINS, _MIN_SHAFT = 8, 24


def remove_curved_arrows(gray: np.ndarray) -> np.ndarray:
    """The drawing without curved arrows that touch no other stroke.

    Args:
        gray: strokes dark on white, uint8 (H, W).

    Returns:
        The very same array where there is no arrow, or nothing else.
    """
    strokes = (gray < 255 - _STROKE).view(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    sizes = stats[:, 2:4].max(axis=1)
    sparse = stats[:, 4] <= _FILLED * stats[:, 2] * stats[:, 3]
    candidates = [at for at in range(1, count) if sizes[at] >= _MIN_PIXELS and sparse[at]]
    if len(candidates) < 2:
        return gray
    arrows = [at for at in candidates if _is_arrow(_component(labels, stats, at))]
    if not arrows or len(arrows) == len(candidates):
        return gray
    bond = estimate_bond_length((strokes & ~np.isin(labels, arrows)).view(np.uint8))
    arrows = [at for at in arrows if sizes[at] >= _MIN_BONDS * (bond or 0.0)]
    mask = np.isin(labels, arrows).view(np.uint8)
    soft = cv2.dilate(mask, np.ones((5, 5), np.uint8)) > 0
    others = cv2.dilate(strokes & (1 - mask), np.ones((3, 3), np.uint8)) > 0
    return np.where(soft & ~others, np.uint8(255), gray) if arrows else gray


def _component(labels: np.ndarray, stats: np.ndarray, at: int) -> np.ndarray:
    """One component, uint8 (h, w) of 0 and 1, with a margin of one background pixel."""
    left, top, width, height, _ = stats[at].tolist()
    pixels = labels[top : top + height, left : left + width] == at
    return np.pad(pixels.view(np.uint8), 1)


def _is_arrow(mask: np.ndarray) -> bool:
    """Whether a component, uint8 (h, w) of 0 and 1, is a bent shaft with a head at one end."""
    radius = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    half_head = float(radius.max())
    head = np.array(np.unravel_index(int(radius.argmax()), mask.shape), dtype=np.float64)
    rows, columns = np.nonzero(mask)
    points_N2 = np.stack([rows, columns], axis=1).astype(np.float64)
    away_N = np.hypot(*(points_N2 - head).T)
    shaft_N = away_N > _HEAD_REACH * half_head
    # a corner of the head may be further away than the rest of it
    if shaft_N.sum() < _MIN_SHAFT or not _is_one_part(mask, points_N2[shaft_N]):
        return False
    shaft_N2, away_N = points_N2[shaft_N], away_N[shaft_N]
    radius_N = radius[rows[shaft_N], columns[shaft_N]]
    return _bends(shaft_N2, shaft_N2[int(away_N.argmax())], head) and _is_even_arc(
        shaft_N2, radius_N, half_head
    )


def _is_one_part(mask: np.ndarray, points_N2: np.ndarray) -> bool:
    """Whether the pixels are connected: a head in the middle of a component does not count."""
    part = np.zeros_like(mask)
    part[tuple(points_N2.astype(np.int64).T)] = 1
    return bool(cv2.connectedComponents(part, connectivity=8)[0] == 2)


def _bends(shaft_N2: np.ndarray, end: np.ndarray, head: np.ndarray) -> bool:
    """Whether a shaft is bent to one side of the line from its end to the head."""
    along = head - end
    chord = float(np.hypot(*along))
    if chord < 1.0:
        return False
    side_N = (shaft_N2 - end) @ np.array([-along[1], along[0]]) / chord
    low, high = sorted((abs(float(side_N.min())), abs(float(side_N.max()))))
    return high >= _BEND * chord and low <= 0.25 * high


def _is_even_arc(shaft_N2: np.ndarray, radius_N: np.ndarray, half_head: float) -> bool:
    """Whether a shaft is a part of an ellipse, everywhere as wide, and narrower than the head.

    Of short arcs the least-squares fit may be poor, of flat ones the direct fit is too small.
    """
    points_N2 = shaft_N2[:, ::-1].astype(np.float32)
    return any(
        _follows(shaft_N2[:, ::-1], radius_N, half_head, fit(points_N2))
        for fit in (cv2.fitEllipse, cv2.fitEllipseAMS, cv2.fitEllipseDirect)
    )


def _follows(shaft_N2: np.ndarray, radius_N: np.ndarray, half_head: float, ellipse: Any) -> bool:
    """Whether a shaft's pixels, (x, y), are an even part of an ellipse as OpenCV gives it."""
    center, axes, tilt = ellipse
    if not np.isfinite([*center, *axes, tilt]).all() or min(axes) < 4.0:
        return False
    angle = np.deg2rad(tilt)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    unit_N2 = (shaft_N2 - center) @ rotation / (np.array(axes) / 2)
    from_center_N = np.hypot(*unit_N2.T)
    degrees_N = np.rad2deg(np.arctan2(unit_N2[:, 1], unit_N2[:, 0])) % 360
    # the angle where no pixel is becomes the ends'
    order = np.sort(degrees_N)
    gaps = np.diff(np.append(order, order[0] + 360))
    start = order[(int(gaps.argmax()) + 1) % len(order)]
    degrees_N = (degrees_N - start) % 360
    span = float(degrees_N.max())
    if not _SPAN[0] <= span <= _SPAN[1]:
        return False
    bins_N = np.minimum((_BINS * degrees_N / span).astype(np.int64), _BINS - 1)
    widest = np.array([radius_N[bins_N == number].max(initial=0.0) for number in range(_BINS)])
    usual = float(np.median(widest))
    if widest.min() <= 0 or widest.max() > _EVEN * usual or half_head < _HEAD * usual:
        return False
    apart_N = np.abs(from_center_N - 1) * np.hypot(*(unit_N2 * axes / 2).T) / from_center_N
    return float(np.quantile(apart_N, 0.95)) <= _MAX_DISTANCE * 2 * usual + _MAX_DISTANCE_PIXELS
