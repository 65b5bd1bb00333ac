"""Page orientation and deskew, and the mapping of boxes back to the original page.

Shape letters: H and W pixels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from inchify.documents.crops import signed, turning
from inchify.types import Box, Region

# The largest skew of scans, in degrees; a skew below the least is left as it is.
MOST_SKEW, LEAST_SKEW = 3.0, 0.15
# Pixels along the longer side at which the skew is measured.
SKEW_SIDE = 1000
# Rows of foreground must be clearer by this factor before a page is turned.
CLEARER = 1.04
# Of the drawings' votes this share turns a page.
MAJORITY = 0.6
# Legibility: the number of lines that count; enough for an upright page; the least of a rotated
# page, and how much better it must be than the page as it stands.
MOST_LINES, LEGIBLE, LEAST_LEGIBLE, CLEARLY = 12, 15.0, 8.0, 3.0


@dataclass(frozen=True)
class Straightening:
    """What makes a page (H, W) upright: ``quarters`` quarter turns clockwise, then ``degrees``
    clockwise."""

    height: int
    width: int
    quarters: int = 0
    degrees: float = 0.0

    def apply(self, intensity: np.ndarray) -> np.ndarray:
        """The page upright."""
        upright = np.ascontiguousarray(np.rot90(intensity, -self.quarters))
        if not self.degrees:
            return upright
        matrix, size = turning(self._standing(), self.degrees)
        return cv2.warpAffine(upright, matrix, size, flags=cv2.INTER_LINEAR, borderValue=0)

    def _standing(self) -> tuple[int, int]:
        odd = self.quarters % 2
        return (self.width, self.height) if odd else (self.height, self.width)

    def box_back(self, box: Box) -> Box:
        """A box of the upright page in pixels of the page as it came (the upright box that holds
        it), cut at the page's edge."""
        corners = np.array([(box[x], box[y]) for x in (0, 2) for y in (1, 3)], dtype=np.float64)
        if self.degrees:
            matrix, _ = turning(self._standing(), self.degrees)
            # corners lie between pixels, whose middles the matrix moves
            inverse = cv2.invertAffineTransform(matrix)
            corners = (corners - 0.5) @ inverse[:, :2].T + inverse[:, 2] + 0.5
        high, wide = self._standing()
        for _ in range(self.quarters % 4):
            corners = np.stack([corners[:, 1], wide - corners[:, 0]], axis=1)
            high, wide = wide, high
        limits = (self.width, self.height)
        low = np.clip(corners.min(axis=0), 0, limits).tolist()
        top = np.clip(corners.max(axis=0), 0, limits).tolist()
        return low[0], low[1], top[0], top[1]

    def angle_back(self, angle: float) -> float:
        """An angle of the upright page, clockwise, as it is on the page as it came."""
        return angle - 90.0 * self.quarters - self.degrees


def skew_of(intensity: np.ndarray) -> float:
    """Degrees by which a page's rows are rotated clockwise, between -3 and 3; 0.0 where they are
    straight or too few to tell."""
    scale = min(1.0, SKEW_SIDE / max(intensity.shape))
    size = (max(1, round(intensity.shape[1] * scale)), max(1, round(intensity.shape[0] * scale)))
    small = cv2.resize(intensity, size, interpolation=cv2.INTER_AREA)
    rows, columns = np.nonzero(small > 64)
    if len(rows) < 500:
        return 0.0
    weights = small[rows, columns].astype(np.float64)
    # text that lies on its side is clear across, and must not be taken for crooked rows
    ways = (
        (rows, columns - small.shape[1] / 2),
        (columns, small.shape[0] / 2 - rows),
    )
    return max((_sharpest(*way, weights) for way in ways), key=lambda skew: skew[1])[0]


def _sharpest(rows: np.ndarray, x: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """The skew that rows show, 0.0 where it is small or not clear, and how clear they are then."""
    straight = _clearness(rows, x, weights, 0.0)
    best, value = 0.0, straight
    for step, reach in ((0.5, MOST_SKEW), (0.1, 0.4), (0.05, 0.1)):
        middle = best
        for degrees in np.arange(-reach, reach + step / 2, step):
            tried = float(np.clip(middle + degrees, -MOST_SKEW, MOST_SKEW))
            clearness = _clearness(rows, x, weights, tried)
            if clearness > value:
                best, value = tried, clearness
    if abs(best) < LEAST_SKEW or value < CLEARER * straight:
        return 0.0, value
    return round(best, 2), value


def _clearness(rows: np.ndarray, x: np.ndarray, weights: np.ndarray, degrees: float) -> float:
    """How sharply foreground stands in rows if the page is rotated back by ``degrees``."""
    level = rows - x * np.tan(np.deg2rad(degrees))
    level = level - level.min()
    profile = np.bincount(np.rint(level).astype(np.int64), weights=weights)
    return float(np.sum(np.diff(profile, prepend=0.0, append=0.0) ** 2))


def majority_rotation(regions: Sequence[Region]) -> int:
    """Quarter turns clockwise that make most of the drawings upright."""
    votes: defaultdict[int, float] = defaultdict(float)
    for region in regions:
        votes[round(-signed(region.angle) / 90.0) % 4] += region.score
    total = sum(votes.values())
    if not total:
        return 0
    best = max(sorted(votes), key=lambda quarters: votes[quarters])
    return best if votes[best] > MAJORITY * total else 0


def legibility(texts: Iterable[tuple[str, float]]) -> float:
    """Measure how much of the lines of text can be read.

    Args:
        texts: The text of each line and the reader's confidence.

    Returns:
        About 200 on a full page, some 10 on a figure with a few labels, close to 0 where text lies
        on its side or is upside down.
    """
    values = [
        confidence * (min(len(text.replace(" ", "")), 20) - 1) for text, confidence in texts if text
    ]
    return sum(sorted(values, reverse=True)[:MOST_LINES])


def turn_of_text(as_it_is: float, turned: Callable[[int], float]) -> int:
    """Find the rotation in which text can be read.

    Args:
        as_it_is: The legibility of the page as it stands.
        turned: Computes the legibility after a number of quarter turns clockwise.

    Returns:
        Quarter turns clockwise; 0 unless another rotation is clearly better.
    """
    if as_it_is >= LEGIBLE:
        return 0
    legibilities = {quarters: turned(quarters) for quarters in (1, 2, 3)}
    best = max(legibilities, key=lambda quarters: legibilities[quarters])
    return best if legibilities[best] >= max(LEAST_LEGIBLE, CLEARLY * as_it_is) else 0
