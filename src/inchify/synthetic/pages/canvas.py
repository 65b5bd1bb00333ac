"""Page canvas with a region id for every pixel and the ground truth of the page.

Whatever would stand on other ink is refused, so that the truth cannot lie. Shape letters: H and W
pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inchify.synthetic.pages.typesetter import Printed
from inchify.types import Box, LineKind, Region, TextLine

# Marks: 0 nobody's; from 1 on drawings; from FIRST_LINE on lines of text; OTHER rules, arrows ...
MOST_REGIONS = 250
FIRST_LINE = 1000
OTHER = 65535
# How much of a thing that the page's edge cuts must be left, or its ink goes too.
LEAST_LEFT = 0.6


@dataclass(frozen=True)
class DrawnPage:
    """A page with its truth. ``ink`` uint8 (H, W), 255 full ink; ``owner`` uint8 (H, W): 0 where
    nobody's ink is or none, k + 1 where that of ``regions[k]`` is. ``lines`` have their kind and
    text ("" where the page's edge cuts them); ``pairs``: (region, its label among the lines)."""

    ink: np.ndarray
    regions: tuple[Region, ...]
    lines: tuple[TextLine, ...]
    pairs: tuple[tuple[int, int], ...]
    owner: np.ndarray
    dots_per_inch: int
    layout: str = ""


@dataclass
class Thing:
    """A drawing or a line on the sheet: where to look for its ink, and what is known of it."""

    box: Box
    angle: float = 0.0
    text: str = ""
    kind: LineKind = ""
    pixels: int = 0
    cut: bool = False


class Sheet:
    """``ink`` uint8 (H, W) and ``marks`` uint16 (H, W), who owns each pixel of ink. Drawings stand
    ``apart`` pixels from all other ink at least."""

    def __init__(self, height: int, width: int, apart: int = 3) -> None:
        self.ink = np.zeros((height, width), np.uint8)
        self.marks = np.zeros((height, width), np.uint16)
        self.regions: list[Thing] = []
        self.lines: list[Thing] = []
        self.pairs: list[tuple[int, int]] = []
        self.apart = apart

    @property
    def height(self) -> int:
        return int(self.ink.shape[0])

    @property
    def width(self) -> int:
        return int(self.ink.shape[1])

    def free(self, box: Box, margin: int = 0) -> bool:
        """Whether the box lies on the paper and no ink stands in it or within ``margin``."""
        left, top, right, bottom = (round(value) for value in box)
        if left < 0 or top < 0 or right > self.width or bottom > self.height:
            return False
        rows = slice(max(top - margin, 0), bottom + margin)
        return not self.marks[rows, max(left - margin, 0) : right + margin].any()

    def molecule(self, ink: np.ndarray, left: float, top: float, angle: float = 0.0) -> int | None:
        """Puts a drawing, cut tight, on the paper; its number, or None where there is no room."""
        import cv2

        if len(self.regions) >= MOST_REGIONS:
            return None
        box = box_at(ink, left, top)
        part = self._part(box)
        if part is None:
            return None
        # what stands just outside of the box is near, too
        room, side = self.apart, 2 * self.apart + 1
        inked = np.pad((ink > 0).astype(np.uint8), room)
        near = cv2.dilate(inked, np.ones((side, side), np.uint8)) > 0
        rows, columns = part
        above, before = max(room - rows.start, 0), max(room - columns.start, 0)
        marks = self.marks[
            max(rows.start - room, 0) : rows.stop + room,
            max(columns.start - room, 0) : columns.stop + room,
        ]
        near = near[above : above + marks.shape[0], before : before + marks.shape[1]]
        if marks[near].any():
            return None
        pixels = self._put(part, ink, len(self.regions) + 1)
        self.regions.append(Thing(box, angle, pixels=pixels))
        return len(self.regions) - 1

    def line(
        self,
        printed: Printed | None,
        left: float,
        baseline: float,
        kind: LineKind,
        *,
        angle: int = 0,
        margin: int = 2,
    ) -> int | None:
        """Puts a line of text on the paper; its number, or None where there is no room.

        ``angle`` 0, 90 or 270: a turned line has its left upper corner at (left, baseline).
        """
        if printed is None:
            return None
        ink, top = printed.ink, baseline - printed.baseline
        if angle:
            ink, top = np.rot90(ink, -angle // 90), baseline
        box = box_at(ink, left, top)
        part = self._part(box)
        if part is None or not self.free(box, margin):
            return None
        pixels = self._put(part, ink, FIRST_LINE + len(self.lines))
        self.lines.append(Thing(box, float(angle), printed.text, kind, pixels))
        return len(self.lines) - 1

    def other(self, ink: np.ndarray, left: float, top: float) -> bool:
        """Puts what is neither drawing nor text; where it would touch those, only the rest."""
        box = box_at(ink, left, top)
        x, y = round(box[0]), round(box[1])
        height, width = ink.shape
        rows = slice(max(y, 0), min(y + height, self.height))
        columns = slice(max(x, 0), min(x + width, self.width))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return False
        ink = ink[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x]
        marks = self.marks[rows, columns]
        ink = np.where((marks == 0) | (marks == OTHER), ink, 0)
        self._put((rows, columns), ink, OTHER)
        return True

    def rule(self, left: float, top: float, right: float, bottom: float, grey: int = 255) -> None:
        """A straight rule or a filled box."""
        height, width = max(round(bottom - top), 1), max(round(right - left), 1)
        self.other(np.full((height, width), grey, np.uint8), left, top)

    def pair(self, region: int | None, line: int | None) -> None:
        if region is not None and line is not None:
            self.pairs.append((region, line))

    def _part(self, box: Box) -> tuple[slice, slice] | None:
        left, top, right, bottom = (int(value) for value in box)
        if left < 0 or top < 0 or right > self.width or bottom > self.height:
            return None
        return slice(top, bottom), slice(left, right)

    def _put(self, part: tuple[slice, slice], ink: np.ndarray, mark: int) -> int:
        there = self.ink[part]
        np.maximum(there, ink, out=there)
        owned = ink > 0
        self.marks[part][owned] = mark
        return int(np.count_nonzero(owned))


def box_at(ink: np.ndarray, left: float, top: float) -> Box:
    """The box of a picture put with its corner at whole pixels near (left, top)."""
    x, y = round(left), round(top)
    return (float(x), float(y), float(x + ink.shape[1]), float(y + ink.shape[0]))
