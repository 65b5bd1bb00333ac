"""Drawing canvas that collects lines, polygons and letters into the geometry of a ``Drawing``."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

Point = tuple[float, float]
# The edges of a disc of radius 1.
DISC_ANGLES = np.arange(9) * math.pi / 4
RING = np.stack([np.cos(DISC_ANGLES), np.sin(DISC_ANGLES)], axis=1)
DISC_E4 = np.hstack([RING[:-1], RING[1:]])


def shifted(edges_E4: np.ndarray, x: float, y: float) -> np.ndarray:
    """Translate edges.

    Args:
        edges_E4: x0, y0, x1, y1.
        x: Shift to the right.
        y: Shift downwards.

    Returns:
        New edges, float64 (E, 4).
    """
    return edges_E4 + np.array((x, y, x, y))


class Pen:
    """Collects strokes and outlines in plain Python floats, which is faster for few numbers."""

    def __init__(self) -> None:
        self.strokes: list[tuple[float, float, float, float, float]] = []
        self.edges: list[tuple[float, float, float, float]] = []
        self.discs: list[tuple[float, float, float]] = []
        self.letters: list[np.ndarray] = []

    def line(self, a: Point, b: Point, width: float, cuts: list[tuple[Point, float]] = ()) -> None:  # type: ignore[assignment]
        """Add a straight stroke.

        Args:
            a: Start.
            b: End.
            width: Width of the stroke.
            cuts: Points with radii around which nothing is drawn.
        """
        length = math.hypot(b[0] - a[0], b[1] - a[1])
        if not cuts or length < 1e-9:
            self.strokes.append((*a, *b, width))
            return
        ux, uy = (b[0] - a[0]) / length, (b[1] - a[1]) / length
        start = 0.0
        spans = []
        for (x, y), radius in cuts:
            along = (x - a[0]) * ux + (y - a[1]) * uy
            spans.append((along - radius, along + radius))
        for low, high in [*sorted(spans), (length, length)]:
            stop = min(low, length)
            if stop > start:
                self.strokes.append(
                    (
                        a[0] + start * ux,
                        a[1] + start * uy,
                        a[0] + stop * ux,
                        a[1] + stop * uy,
                        width,
                    )
                )
            start = max(start, high)

    def polygon(self, points: list[Point]) -> None:
        """Add a filled polygon without holes.

        Args:
            points: Its corners, in either orientation.
        """
        area = 0.0
        before = points[-1]
        for point in points:
            area += before[0] * point[1] - point[0] * before[1]
            before = point
        if area < 0:
            points = points[::-1]
        before = points[-1]
        for point in points:
            self.edges.append((*before, *point))
            before = point

    def disc(self, x: float, y: float, radius: float) -> None:
        """Add a small filled circle (an octagon).

        Args:
            x: Center.
            y: The same, downwards.
            radius: Radius.
        """
        self.discs.append((x, y, radius))

    def curve(self, points: list[Point], width: float) -> None:
        """Add a polyline of strokes that overlap a little at its corners.

        Args:
            points: Its corners.
            width: Width of the strokes.
        """
        for (x0, y0), (x1, y1) in pairwise(points):
            length = max(math.hypot(x1 - x0, y1 - y0), 1e-9)
            dx, dy = 0.15 * width * (x1 - x0) / length, 0.15 * width * (y1 - y0) / length
            self.strokes.append((x0 - dx, y0 - dy, x1 + dx, y1 + dy, width))

    def strokes_S5(self) -> np.ndarray:
        """All strokes, float64 (S, 5)."""
        return np.array(self.strokes, dtype=np.float64).reshape(-1, 5)

    def outlines_E4(self) -> np.ndarray:
        """All outlines, float64 (E, 4)."""
        edges = np.array(self.edges, dtype=np.float64).reshape(-1, 4)
        discs = np.array(self.discs, dtype=np.float64).reshape(-1, 1, 3)
        rims = discs[..., [0, 1, 0, 1]] + discs[..., 2:] * DISC_E4
        return np.concatenate([edges, rims.reshape(-1, 4), *self.letters])
