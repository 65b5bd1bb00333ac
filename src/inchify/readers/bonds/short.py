"""Short bonds between two atom labels, such as N-O of an isoxazole: between large letters only a
component hardly longer than thick is visible, which a stroke search takes for a speck.

Coordinates are pixels of the foreground, y down. Shape letters: N pixels of a component.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import cos, radians

import cv2
import numpy as np

from inchify.readers.stroke_graph.line_segments import Stroke
from inchify.readers.views.crops import FOREGROUND_LEVEL, Box


@dataclass(frozen=True, kw_only=True)
class ShortBondSettings:
    """Limits, in heights of the lower label. ``longest``: length of a component, and distance of
    the labels; ``aside``: distance of a component's middle from the line between the labels'
    letters; ``gap``: paper between a component and a label. ``thin`` and ``thick``: thickness of a
    component in widths of the drawing's lines. It fills at least ``filled`` of the paper between
    the labels. ``leaning``: largest angle in degrees between the line and a component that is
    ``long`` times as long as thick. A picture with more than ``max_labels`` is not searched."""

    longest: float = 1.2
    aside: float = 0.25
    gap: float = 0.45
    thin: float = 0.5
    thick: float = 1.7
    filled: float = 0.4
    leaning: float = 30.0
    long: float = 1.5
    max_labels: int = 200


@dataclass(frozen=True)
class ShortBond:
    """A bond of one or two ``strokes`` between two ``labels`` (numbers of boxes)."""

    labels: tuple[int, int]
    strokes: tuple[Stroke, ...]


def short_bonds(
    lines_HW: np.ndarray,
    boxes: Sequence[Box],
    width: float,
    settings: ShortBondSettings | None = None,
) -> list[ShortBond]:
    """Find bonds between labels of which one small component is visible, two of a double bond.

    Args:
        lines_HW: uint8 foreground without letters.
        boxes: Of the labels, left, top, right, bottom.
        width: Of the drawing's lines in pixels.
        settings: What is a short bond.

    Returns:
        The bonds, at most one for each pair of labels.
    """
    settings = settings or ShortBondSettings()
    if not 2 <= len(boxes) <= settings.max_labels:
        return []
    highest = max(box[3] - box[1] for box in boxes)
    components = _small_components(lines_HW, settings.longest * highest)
    bonds = []
    for first, second in combinations(range(len(boxes)), 2) if components else ():
        size = min(box[3] - box[1] for box in (boxes[first], boxes[second]))
        line = _between(boxes[first], boxes[second])
        if line is None or line.length > settings.longest * size:
            continue
        strokes = [_stroke_of(pixels_N2, line, size, width, settings) for pixels_N2 in components]
        shown = tuple(stroke for stroke in strokes if stroke is not None)
        if len(shown) == 1 or (len(shown) == 2 and _are_beside(*shown)):
            bonds.append(ShortBond((first, second), shown))
    return bonds


def _small_components(lines_HW: np.ndarray, longest: float) -> list[np.ndarray]:
    """The pixels (x, y) of each connected component that is not larger than ``longest``."""
    _, numbers_HW, stats, _ = cv2.connectedComponentsWithStats(
        (lines_HW > FOREGROUND_LEVEL).view(np.uint8), connectivity=8
    )
    components = []
    for number, (left, top, across, down, area) in enumerate(stats.tolist()):
        if number and max(across, down) <= longest and area > 1:
            here = numbers_HW[top : top + down, left : left + across] == number
            components.append(np.argwhere(here)[:, ::-1] + np.array([left, top]) + 0.5)
    return components


def _between(first: Box, second: Box) -> Stroke | None:
    """The part of the line between the nearest letters of two labels that lies in neither box."""
    ends = _letter_towards(first, second), _letter_towards(second, first)
    axis = Stroke(np.stack(ends))
    if axis.length < 1.0:
        return None
    begin = _leaves(first, ends[0], ends[1])
    end = 1.0 - _leaves(second, ends[1], ends[0])
    return axis.part(begin, end) if begin < end else None


def _letter_towards(box: Box, other: Box) -> np.ndarray:
    """The middle of a label's letter that is nearest to another label; letters are as wide as a
    line of the label is high."""
    left, top, right, bottom = box
    half = min(bottom - top, right - left) / 2
    x = float(np.clip((other[0] + other[2]) / 2, left + half, right - half))
    y = float(np.clip((other[1] + other[3]) / 2, top + half, bottom - half))
    return np.array([x, y])


def _leaves(box: Box, inside_2: np.ndarray, outside_2: np.ndarray) -> float:
    """The share of the way from a place in a box to another at which the box ends."""
    way_2 = outside_2 - inside_2
    shares = [1.0]
    for axis in (0, 1):
        side = box[axis + 2] if way_2[axis] > 0 else box[axis]
        if abs(way_2[axis]) > 1e-9:
            shares.append(float((side - inside_2[axis]) / way_2[axis]))
    return max(0.0, min(shares))


def _stroke_of(
    pixels_N2: np.ndarray, line: Stroke, size: float, width: float, settings: ShortBondSettings
) -> Stroke | None:
    """A component as a stroke along the line between two labels, None where it is not a part of
    their bond. ``size``: the height of the lower label."""
    middle_2 = pixels_N2.mean(axis=0)
    if not 0.0 < line.share(middle_2) < 1.0 or line.distance(middle_2) > settings.aside * size:
        return None
    along_N = (pixels_N2 - line.ends_22[0]) @ line.direction_2
    low, high = float(along_N.min()) - 0.5, float(along_N.max()) + 0.5
    thickness = len(pixels_N2) / (high - low)
    if not settings.thin * width <= thickness <= settings.thick * width:
        return None
    filled = min(high, line.length) - max(low, 0.0)
    if filled < settings.filled * line.length or filled < 1.2 * thickness:
        return None
    if max(low, line.length - high) > settings.gap * size:
        return None
    spread, axes = np.linalg.eigh(np.cov(pixels_N2.T, bias=True) + np.eye(2) / 12)
    way_2 = axes[:, 1]
    leans = abs(float(way_2 @ line.direction_2)) < cos(radians(settings.leaning))
    if leans and spread[1] > settings.long**2 * spread[0]:
        return None
    half_2 = line.direction_2 * (high - low) / 2
    return Stroke(np.stack([middle_2 - half_2, middle_2 + half_2]))


def _are_beside(first: Stroke, second: Stroke) -> bool:
    """Whether two strokes are the lines of one double bond."""
    return 0.2 < first.share(second.ends_22.mean(axis=0)) < 0.8
