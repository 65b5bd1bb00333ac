"""Whether a picture shows only smoothly curved lines, such as a signature.

The outline of a molecule's strokes is straight or turns sharply, and there are letters beside its
strokes. Lines that turn gently all the way, without smaller components, are not a molecule.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from inchify.readers.views.scale_search import line_width

# Foreground begins at this value of foreground, of blurred foreground at the second.
FOREGROUND, BLURRED = 110, 100
# Lines are scaled to this width in pixels, by at most the second factor, and blurred by this share
# of the width.
WIDTH, MOST_GROWTH, BLUR = 4.0, 6.0, 0.25


@dataclass(frozen=True, kw_only=True)
class CurvedLineSettings:
    """Lengths in widths of the lines. Components as long as ``large`` of the longest one hold at
    least ``share`` of all foreground; lines are ``thinnest`` pixels wide or more. The outlines are
    approximated by polygons within ``off`` of them. Of a curve their corners turn by an ``angle``
    in this range of degrees, and the shorter side times that (in radians) is the same everywhere, 8
    times ``off``; of a large ring of straight bonds it is more than ``sharp``. Such corners have
    ``gentle`` of the length, and there are at least ``corners`` of them. Sides shorter than
    ``side`` and components shorter than ``shortest`` are ignored."""

    large: float = 0.35
    share: float = 0.98
    thinnest: float = 1.8
    off: float = 0.25
    angle: tuple[float, float] = (4.0, 48.0)
    sharp: float = 3.2
    gentle: float = 0.5
    corners: int = 12
    side: float = 1.5
    shortest: float = 12.0


def is_curved_line(intensity: np.ndarray, settings: CurvedLineSettings | None = None) -> bool:
    """Whether a picture shows only smoothly curved lines.

    Args:
        intensity: Foreground, uint8 (H, W), 255 full foreground.
        settings: What counts as a smooth curve.
    """
    settings = settings or CurvedLineSettings()
    mask = (intensity > FOREGROUND).astype(np.uint8)
    if not mask.any():
        return False
    width = line_width(intensity)
    if width < settings.thinnest:
        return False
    stats = cv2.connectedComponentsWithStats(mask, connectivity=8)[2][1:]
    longest = stats[:, 2:4].max(axis=1)
    large = longest >= settings.large * longest.max()
    if stats[large, 4].sum() < settings.share * stats[:, 4].sum():
        return False
    gentle, total, corners = 0.0, 0.0, 0
    for polygon, turned in _outlines(intensity, width, settings):
        length = np.hypot(*(np.roll(polygon, -1, axis=0) - polygon).T)
        weight = np.minimum(length, np.roll(length, 1))
        counts = weight > settings.side * WIDTH
        gently = counts & (turned > settings.angle[0]) & (turned < settings.angle[1])
        gently &= weight * np.radians(turned) < settings.sharp * WIDTH
        gentle += float(weight[gently].sum())
        total += float(weight[counts].sum())
        corners += int(gently.sum())
    return corners >= settings.corners and gentle > settings.gentle * total


def _outlines(
    intensity: np.ndarray, width: float, settings: CurvedLineSettings
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Outer and inner outlines of the large components as polygons, in pixels in which lines are
    ``WIDTH`` wide: their corners (N, 2) and turning angles in degrees (N,)."""
    factor = min(WIDTH / width, MOST_GROWTH)
    way = cv2.INTER_CUBIC if factor > 1.0 else cv2.INTER_AREA
    sized = cv2.resize(intensity, None, fx=factor, fy=factor, interpolation=way)
    mask = (cv2.GaussianBlur(sized, (0, 0), BLUR * WIDTH) > BLURRED).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    longest = stats[:, 2:4].max(axis=1)
    least = max(settings.large * longest[1:].max(initial=0), settings.shortest * WIDTH)
    result = []
    for number in range(1, count):
        if longest[number] < least:
            continue
        left, top, wide, high = stats[number, :4]
        component = (labels[top : top + high, left : left + wide] == number).astype(np.uint8)
        for outline in cv2.findContours(np.pad(component, 2), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[
            0
        ]:
            polygon = cv2.approxPolyDP(outline, settings.off * WIDTH, True)[:, 0].astype(float)
            if len(polygon) >= 3:
                x, y = (np.roll(polygon, -1, axis=0) - polygon).T
                angle = np.degrees(np.arctan2(y, x))
                turned = np.abs((angle - np.roll(angle, 1) + 180.0) % 360.0 - 180.0)
                result.append((polygon, turned))
    return result
