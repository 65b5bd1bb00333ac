"""Anti-aliased rasterization of vector drawings at any scale and sub-pixel offset.

Shape letters: S strokes, E edges, C crossings of an edge with a scan line, N spans of foreground on
a scan line, H and W pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

# Scan lines per pixel row. Along x the cover is exact; 16 keeps the error along y below 1/32 px.
SCAN_LINES = 16


@dataclass(frozen=True)
class Drawing:
    """Resolution-independent vector drawing of black shapes on white; x to the right, y down, in
    bond lengths.

    ``strokes_S5`` float64: straight strokes with cut-off ends (x0, y0, x1, y1, width).
    ``outlines_E4`` float64: edges (x0, y0, x1, y1) of closed outlines, filled by the non-zero rule.
    ``labels``: the edges of each label, in the same form.
    ``frame``: the box that the picture is measured by where that is not the shapes' own box.
    Every outline must run the same way round (see ``same_way_round``): shapes that overlap then add
    up to their union.
    """

    strokes_S5: np.ndarray
    outlines_E4: np.ndarray
    labels: tuple[np.ndarray, ...] = ()
    frame: tuple[float, float, float, float] | None = None

    @cached_property
    def all_edges_E4(self) -> np.ndarray:
        """The outlines, the letters and the outline of every stroke."""
        return np.concatenate([stroke_edges(self.strokes_S5), self.outlines_E4, *self.labels])

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom in bond lengths, of the frame or else of all shapes.

        Raises ValueError when the drawing is empty.
        """
        if self.frame is not None:
            return self.frame
        edges = self.all_edges_E4
        if not len(edges):
            raise ValueError("a drawing without any shape has no box")
        left, top = edges[:, :2].min(axis=0)
        right, bottom = edges[:, :2].max(axis=0)
        return float(left), float(top), float(right), float(bottom)


def stroke_edges(strokes_S5: np.ndarray) -> np.ndarray:
    """The four edges of every stroke, float64 (4 S, 4), all the same way round."""
    start, end = strokes_S5[:, 0:2], strokes_S5[:, 2:4]
    along = end - start
    length = np.hypot(along[:, 0], along[:, 1])
    across = np.stack([along[:, 1], -along[:, 0]], axis=1)
    across *= (strokes_S5[:, 4] / 2 / np.maximum(length, 1e-12))[:, None]
    corners = np.stack([start + across, end + across, end - across, start - across], axis=1)
    edges = np.concatenate([corners, np.roll(corners, -1, axis=1)], axis=2)
    return edges.reshape(-1, 4)


def same_way_round(edges_E4: np.ndarray) -> np.ndarray:
    """One shape's edges, reversed when its signed area is negative.

    A letter's holes run against its rim and are smaller than it, so the sum tells the rim's way.
    """
    x0, y0, x1, y1 = edges_E4.T
    return edges_E4 if float((x0 * y1 - x1 * y0).sum()) >= 0 else edges_E4[:, [2, 3, 0, 1]]


def crossings(edges_E4: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where edges cross the scan lines y = 0.5, 1.5, ...: line, x and direction, each (C,)."""
    x0, y0, x1, y1 = edges_E4.T
    down = y1 > y0
    upper, lower = np.minimum(y0, y1), np.maximum(y0, y1)
    first = np.ceil(upper - 0.5).astype(np.int64)
    count = np.ceil(lower - 0.5).astype(np.int64) - first
    edge = np.repeat(np.arange(len(count)), count)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    line = first[edge] + step
    slope = (x1 - x0) / np.where(y1 == y0, 1.0, y1 - y0)
    x = x0[edge] + (line + 0.5 - y0[edge]) * slope[edge]
    return line, x, np.where(down[edge], 1, -1)


def cover(
    drawing: Drawing,
    scale: tuple[float, float],
    shift: tuple[float, float],
    size: tuple[int, int],
    scan_lines: int = SCAN_LINES,
) -> np.ndarray:
    """Pixel coverage of a drawing.

    Args:
        drawing: The drawing in bond lengths.
        scale: Pixels per bond length along x and y.
        shift: x and y of the drawing's origin, in pixels.
        size: Height and width of the picture; what lies outside is cut off.
        scan_lines: Scan lines per row of pixels.

    Returns:
        float32 (H, W) in 0..1.
    """
    height, width = size
    edges = drawing.all_edges_E4 * np.tile(scale, 2) + np.tile(shift, 2)
    edges[:, 1::2] *= scan_lines
    np.clip(edges[:, 1::2], 0, height * scan_lines, out=edges[:, 1::2])
    line, x, direction = crossings(edges)
    np.clip(x, 0, width, out=x)
    order = np.argsort(line * float(width + 1) + x)
    line, x = line[order], x[order]
    winding = np.cumsum(direction[order])
    inside = winding != 0
    begins = inside.copy()
    begins[1:] &= ~inside[:-1]
    ends = ~inside
    ends[1:] &= inside[:-1]
    return span_cover(line[begins] // scan_lines, x[begins], x[ends], size) / scan_lines


def span_cover(
    row_N: np.ndarray, left_N: np.ndarray, right_N: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """Sums over spans [left, right) the share of each pixel they cover, float32 (H, W)."""
    height, width = size
    x = np.concatenate([left_N, right_N])
    pixel = x.astype(np.int64)
    rest = x - pixel
    cell = np.concatenate([row_N, row_N]) * (width + 2) + pixel
    share = 1.0 - rest
    half = len(left_N)
    share[half:] = -share[half:]
    rest[half:] = -rest[half:]
    steps = np.bincount(cell, share, height * (width + 2))
    steps[1:] += np.bincount(cell, rest, height * (width + 2))[:-1]
    return np.cumsum(steps.reshape(height, width + 2), axis=1)[:, :width].astype(np.float32)
