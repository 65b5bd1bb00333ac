"""Straight line segments of small drawings, as the center lines between their edges.

Foreground is uint8 (H, W), 255 full foreground; coordinates are its pixels, y down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import cast

import cv2
import numpy as np

from inchify.readers.views.crops import FOREGROUND_LEVEL
from inchify.readers.views.scale_search import line_width

# Pixels that a stroke should be wide for its edges to be found, most enlargement and pixels of it.
WIDE, MAX_ENLARGEMENT, MAX_PIXELS = 6.0, 6.0, 2_000_000
# Below this width in pixels lines are smoothed, to about this width.
THIN, SMOOTH = 1.5, 1.7
# Share of the foreground that must lie on the strokes, and of the strokes that must lie on
# foreground.
EXPLAINED, FOREGROUND_SHARE = 0.93, 0.9
# Cosine up to which two edges are those of one stroke, and two strokes may be one.
ALONG = 0.985


@dataclass(frozen=True, eq=False)
class Stroke:
    """A straight stroke along its middle line between ``ends_22`` (x, y)."""

    ends_22: np.ndarray

    @property
    def length(self) -> float:
        return float(np.hypot(*(self.ends_22[1] - self.ends_22[0])))

    @property
    def direction_2(self) -> np.ndarray:
        return np.asarray((self.ends_22[1] - self.ends_22[0]) / max(self.length, 1e-9))

    def share(self, place_2: np.ndarray) -> float:
        """Where the foot of a place lies: 0 at the start, 1 at the end."""
        return float((place_2 - self.ends_22[0]) @ self.direction_2) / max(self.length, 1e-9)

    def distance(self, place_2: np.ndarray) -> float:
        """The distance of a place from the infinite line in pixels."""
        across = np.array([-self.direction_2[1], self.direction_2[0]])
        return abs(float((place_2 - self.ends_22[0]) @ across))

    def part(self, low: float, high: float) -> Stroke:
        """The part between two shares of its length."""
        begin, along = self.ends_22[0], self.ends_22[1] - self.ends_22[0]
        return Stroke(np.stack([begin + low * along, begin + high * along]))


def straight_strokes(
    intensity: np.ndarray, *, max_strokes: int, alone: bool = True
) -> tuple[list[Stroke], float] | None:
    """Find the straight strokes of a drawing.

    Args:
        intensity: uint8 (H, W), 255 full foreground.
        max_strokes: Largest number of strokes.
        alone: Return None where straight strokes do not explain the drawing.

    Returns:
        The strokes and their width in pixels. None without foreground, with more strokes than
        ``max_strokes``, or where anything else is drawn and ``alone`` is set.
    """
    if not (intensity > FOREGROUND_LEVEL).any():
        return None
    width = line_width(intensity)
    factor = min(
        MAX_ENLARGEMENT, max(1.0, WIDE / width), max(1.0, sqrt(MAX_PIXELS / intensity.size))
    )
    large = cv2.copyMakeBorder(intensity, 4, 4, 4, 4, cv2.BORDER_CONSTANT)
    large = cv2.resize(large, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
    thick = width * factor
    if width < THIN:
        large, thick = _smooth(large, factor), SMOOTH * factor
    edges = _edges(large, thick)
    if not edges or len(edges) > 8 * max_strokes:
        return None
    strokes = _merged(_between(edges, large, thick), thick)
    if not 0 < len(strokes) <= max_strokes or (alone and not _are_all(strokes, large, thick)):
        return None
    return [Stroke((s.ends_22 + 0.5) / factor - 4.5) for s in strokes], width


def _smooth(large: np.ndarray, factor: float) -> np.ndarray:
    """Smooth lines of about a pixel's width, which are stairs of paler and darker pixels."""
    blurred = cv2.GaussianBlur(large, (0, 0), 0.6 * factor).astype(np.float32)
    blurred /= max(float(np.quantile(blurred[blurred > 8], 0.8)) if (blurred > 8).any() else 1, 1)
    return np.asarray((255 * blurred.clip(0, 1)).astype(np.uint8))


def _edges(intensity: np.ndarray, thick: float) -> list[Stroke] | None:
    detector = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD)
    lines = cast(
        "np.ndarray | None", detector.detect(255 - intensity)[0]
    )  # OpenCV's stubs know no None
    if lines is None:
        return None
    edges = [Stroke(ends.reshape(2, 2).astype(float)) for ends in lines.reshape(-1, 4)]
    return [edge for edge in edges if edge.length > 1.5 * thick]


def _between(edges: Sequence[Stroke], intensity: np.ndarray, thick: float) -> list[Stroke]:
    """A stroke between every two edges that have a stroke's width and foreground between them."""
    strokes = []
    for first, second in _facing(edges, thick):
        stroke = _middle(edges[first], edges[second])
        if _with_foreground(stroke, intensity) >= FOREGROUND_SHARE:
            strokes.append(stroke)
    return strokes


def _facing(edges: Sequence[Stroke], thick: float) -> list[tuple[int, int]]:
    """The pairs of edges that are parallel, beside each other and a stroke's width apart."""
    ends_N22 = np.array([edge.ends_22 for edge in edges])
    way_N2 = ends_N22[:, 1] - ends_N22[:, 0]
    length_N = np.hypot(*way_N2.T)
    way_N2 = way_N2 / np.maximum(length_N, 1e-9)[:, None]
    pairs = []
    for first in range(len(edges) - 1):
        rest_M22 = ends_N22[first + 1 :]
        offset_M22 = rest_M22 - ends_N22[first, 0]
        along_M2 = offset_M22 @ way_N2[first]
        middle_M2 = offset_M22.mean(axis=1)
        away_M = np.abs(middle_M2 @ np.array([-way_N2[first, 1], way_N2[first, 0]])) / thick
        shared_M = np.minimum(along_M2.max(axis=1), length_N[first])
        shared_M = shared_M - np.maximum(along_M2.min(axis=1), 0.0)
        fits_M = np.abs(way_N2[first + 1 :] @ way_N2[first]) >= ALONG
        fits_M &= shared_M >= 0.5 * np.minimum(length_N[first], length_N[first + 1 :])
        fits_M &= (away_M > 0.4) & (away_M < 1.7)
        pairs += [(first, first + 1 + int(place)) for place in np.flatnonzero(fits_M)]
    return pairs


def _middle(first: Stroke, second: Stroke) -> Stroke:
    """The line half way between two edges, as long as both together."""
    same = float(first.direction_2 @ second.direction_2) >= 0
    direction = first.direction_2 + (1 if same else -1) * second.direction_2
    direction /= max(float(np.hypot(*direction)), 1e-9)
    middle = (first.ends_22.mean(axis=0) + second.ends_22.mean(axis=0)) / 2
    along = (np.concatenate([first.ends_22, second.ends_22]) - middle) @ direction
    return Stroke(np.stack([middle + along.min() * direction, middle + along.max() * direction]))


def _with_foreground(stroke: Stroke, intensity: np.ndarray) -> float:
    """The share of a stroke's middle line, without its ends, that lies on foreground."""
    shares = np.linspace(0.05, 0.95, max(8, int(stroke.length)))[:, None]
    places = stroke.ends_22[0] + shares * (stroke.ends_22[1] - stroke.ends_22[0])
    x, y = np.round(places).astype(int).T
    x, y = x.clip(0, intensity.shape[1] - 1), y.clip(0, intensity.shape[0] - 1)
    return float((intensity[y, x] > FOREGROUND_LEVEL).mean())


def _merged(strokes: Sequence[Stroke], thick: float) -> list[Stroke]:
    """The strokes with those in one line that overlap or touch made one."""
    rest = sorted(strokes, key=lambda s: -s.length)
    done: list[Stroke] = []
    while rest:
        stroke, *rest = rest
        for place, other in enumerate(rest):
            if _in_one_line(stroke, other, thick):
                points = np.concatenate([stroke.ends_22, other.ends_22])
                shares = [stroke.share(point) for point in points]
                rest[place] = stroke.part(min(shares), max(shares))
                break
        else:
            done.append(stroke)
    return done


def _in_one_line(first: Stroke, second: Stroke, thick: float) -> bool:
    if abs(float(first.direction_2 @ second.direction_2)) < ALONG:
        return False
    if max(first.distance(end) for end in second.ends_22) > thick:
        return False
    low, high = sorted(first.share(end) * first.length for end in second.ends_22)
    return low < first.length + thick and high > -thick


def _are_all(strokes: Sequence[Stroke], intensity: np.ndarray, thick: float) -> bool:
    """Whether the strokes are all that is drawn."""
    drawn = np.zeros(intensity.shape, np.uint8)
    for stroke in strokes:
        begin, end = np.round(stroke.ends_22).astype(int).tolist()
        cv2.line(drawn, begin, end, 1, max(1, round(1.9 * thick)))
    foreground = intensity > FOREGROUND_LEVEL
    return float(drawn[foreground].mean()) >= EXPLAINED if foreground.any() else False
