"""Page canvas with a region id for every pixel and the ground truth of the page.

Objects that would overlap others are refused, so that the ground truth is exact. Shape letters: H
and W pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inchify.synthetic.pages.typesetter import PrintedLine
from inchify.types import Box, LineKind, Region, TextLine

# Object ids: 0 for none; from 1 on drawings; from FIRST_LINE on lines of text; OTHER for rules,
# arrows ...
MAX_REGIONS = 250
FIRST_LINE = 1000
OTHER = 65535
# Minimum share of an object cut by the page's edge that must remain; otherwise it is erased.
MIN_LEFT = 0.6


@dataclass(frozen=True)
class DrawnPage:
    """A page with its ground truth. ``intensity`` uint8 (H, W), 255 = full foreground;
    ``region_ids`` uint8 (H, W): region ids of the pixels, k + 1 for ``regions[k]`` and 0 elsewhere.
    ``lines`` have their kind and text ("" where the page's edge cuts them); ``pairs``: (region, its
    compound id among the lines)."""

    intensity: np.ndarray
    regions: tuple[Region, ...]
    lines: tuple[TextLine, ...]
    pairs: tuple[tuple[int, int], ...]
    region_ids: np.ndarray
    dots_per_inch: int
    layout: str = ""


@dataclass
class PageObject:
    """A drawing or a line on the page: the box of its pixels, and what is known about it."""

    box: Box
    angle: float = 0.0
    text: str = ""
    kind: LineKind = ""
    pixels: int = 0
    cut: bool = False


class PageCanvas:
    """Page canvas: ``intensity`` uint8 (H, W), 255 = full foreground, and ``marks`` uint16 (H, W),
    the object id of each foreground pixel. Drawings keep a distance of at least ``apart`` pixels
    from everything else."""

    def __init__(self, height: int, width: int, apart: int = 3) -> None:
        self.intensity = np.zeros((height, width), np.uint8)
        self.marks = np.zeros((height, width), np.uint16)
        self.regions: list[PageObject] = []
        self.lines: list[PageObject] = []
        self.pairs: list[tuple[int, int]] = []
        self.apart = apart

    @property
    def height(self) -> int:
        return int(self.intensity.shape[0])

    @property
    def width(self) -> int:
        return int(self.intensity.shape[1])

    def free(self, box: Box, margin: int = 0) -> bool:
        """Whether the box lies on the page with no foreground in it or within ``margin``."""
        left, top, right, bottom = (round(value) for value in box)
        if left < 0 or top < 0 or right > self.width or bottom > self.height:
            return False
        rows = slice(max(top - margin, 0), bottom + margin)
        return not self.marks[rows, max(left - margin, 0) : right + margin].any()

    def molecule(
        self, intensity: np.ndarray, left: float, top: float, angle: float = 0.0
    ) -> int | None:
        """Place a tightly cropped drawing on the page; returns its index, or None where there is no
        space."""
        import cv2

        if len(self.regions) >= MAX_REGIONS:
            return None
        box = box_at(intensity, left, top)
        part = self._part(box)
        if part is None:
            return None
        # what stands just outside of the box is near, too
        space, side = self.apart, 2 * self.apart + 1
        has_foreground = np.pad((intensity > 0).astype(np.uint8), space)
        vicinity = cv2.dilate(has_foreground, np.ones((side, side), np.uint8)) > 0
        rows, columns = part
        above, before = max(space - rows.start, 0), max(space - columns.start, 0)
        marks = self.marks[
            max(rows.start - space, 0) : rows.stop + space,
            max(columns.start - space, 0) : columns.stop + space,
        ]
        vicinity = vicinity[above : above + marks.shape[0], before : before + marks.shape[1]]
        if marks[vicinity].any():
            return None
        pixels = self._put(part, intensity, len(self.regions) + 1)
        self.regions.append(PageObject(box, angle, pixels=pixels))
        return len(self.regions) - 1

    def line(
        self,
        printed: PrintedLine | None,
        left: float,
        baseline: float,
        kind: LineKind,
        *,
        angle: int = 0,
        margin: int = 2,
    ) -> int | None:
        """Place a line of text on the page; returns its index, or None where there is no space.

        ``angle`` 0, 90 or 270: a turned line has its left upper corner at (left, baseline).
        """
        if printed is None:
            return None
        intensity, top = printed.intensity, baseline - printed.baseline
        if angle:
            intensity, top = np.rot90(intensity, -angle // 90), baseline
        box = box_at(intensity, left, top)
        part = self._part(box)
        if part is None or not self.free(box, margin):
            return None
        pixels = self._put(part, intensity, FIRST_LINE + len(self.lines))
        self.lines.append(PageObject(box, float(angle), printed.text, kind, pixels))
        return len(self.lines) - 1

    def other(self, intensity: np.ndarray, left: float, top: float) -> bool:
        """Place an object that is neither drawing nor text; parts that would touch those are left
        out."""
        box = box_at(intensity, left, top)
        x, y = round(box[0]), round(box[1])
        height, width = intensity.shape
        rows = slice(max(y, 0), min(y + height, self.height))
        columns = slice(max(x, 0), min(x + width, self.width))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return False
        intensity = intensity[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x]
        marks = self.marks[rows, columns]
        intensity = np.where((marks == 0) | (marks == OTHER), intensity, 0)
        self._put((rows, columns), intensity, OTHER)
        return True

    def rule(self, left: float, top: float, right: float, bottom: float, gray: int = 255) -> None:
        """A straight rule or a filled box."""
        height, width = max(round(bottom - top), 1), max(round(right - left), 1)
        self.other(np.full((height, width), gray, np.uint8), left, top)

    def pair(self, region: int | None, line: int | None) -> None:
        if region is not None and line is not None:
            self.pairs.append((region, line))

    def _part(self, box: Box) -> tuple[slice, slice] | None:
        left, top, right, bottom = (int(value) for value in box)
        if left < 0 or top < 0 or right > self.width or bottom > self.height:
            return None
        return slice(top, bottom), slice(left, right)

    def _put(self, part: tuple[slice, slice], intensity: np.ndarray, mark: int) -> int:
        there = self.intensity[part]
        np.maximum(there, intensity, out=there)
        assigned = intensity > 0
        self.marks[part][assigned] = mark
        return int(np.count_nonzero(assigned))


def box_at(intensity: np.ndarray, left: float, top: float) -> Box:
    """The box of a picture put with its corner at whole pixels near (left, top)."""
    x, y = round(left), round(top)
    return (float(x), float(y), float(x + intensity.shape[1]), float(y + intensity.shape[0]))
