"""Rotation and cropping of a drawn page, with ground truth measured from its pixels.

Shape letters: H and W pixels.
"""

from __future__ import annotations

import math

import numpy as np

from inchify.synthetic.pages.canvas import (
    FIRST_LINE,
    MIN_LEFT,
    OTHER,
    DrawnPage,
    PageCanvas,
    PageObject,
)
from inchify.types import Box, Region, TextLine


def cropped(sheet: PageCanvas, left: int, top: int, width: int, height: int) -> PageCanvas:
    """A window of the sheet."""
    rows, columns = slice(top, top + height), slice(left, left + width)
    sheet.intensity, sheet.marks = (
        sheet.intensity[rows, columns].copy(),
        sheet.marks[rows, columns].copy(),
    )
    for item in (*sheet.regions, *sheet.lines):
        box = item.box
        item.box = (box[0] - left, box[1] - top, box[2] - left, box[3] - top)
    return sheet


def quarter_turned(sheet: PageCanvas, quarters: int) -> PageCanvas:
    """The page rotated clockwise by the given number of quarter turns."""
    for _ in range(quarters % 4):
        height = sheet.height
        sheet.intensity = np.ascontiguousarray(np.rot90(sheet.intensity, -1))
        sheet.marks = np.ascontiguousarray(np.rot90(sheet.marks, -1))
        for item in (*sheet.regions, *sheet.lines):
            left, top, right, bottom = item.box
            item.box = (height - bottom, left, height - top, right)
            item.angle = (item.angle + 90) % 360
    return sheet


def skewed(sheet: PageCanvas, degrees: float) -> PageCanvas:
    """The page rotated clockwise around its center, at the same size."""
    import cv2

    height, width = sheet.intensity.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1.0)
    size = (width, height)
    # Rotation spreads the foreground by a pixel: such pixels take the id of a neighboring pixel.
    wide = cv2.dilate(sheet.marks, np.ones((3, 3), np.uint8))
    marks: np.ndarray = np.where(sheet.marks > 0, sheet.marks, wide)
    intensity = cv2.warpAffine(sheet.intensity, matrix, size, flags=cv2.INTER_LINEAR)
    sheet.intensity = intensity.astype(np.uint8, copy=False)
    sheet.intensity[sheet.intensity < 12] = 0
    marks = cv2.warpAffine(marks, matrix, size, flags=cv2.INTER_NEAREST)
    sheet.marks = marks.astype(np.uint16, copy=False)
    sheet.marks[sheet.intensity == 0] = 0
    for item in (*sheet.regions, *sheet.lines):
        left, top, right, bottom = item.box
        corners = np.array([(left, top), (right, top), (left, bottom), (right, bottom)])
        moved = (corners - 0.5) @ matrix[:, :2].T + matrix[:, 2] + 0.5
        low, high = moved.min(axis=0), moved.max(axis=0)
        item.box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        item.angle = (item.angle + degrees) % 360
    return sheet


def finished(sheet: PageCanvas, dots_per_inch: int, layout: str) -> DrawnPage:
    """The finished page: tight boxes; objects that the edge cuts too much are erased."""
    regions: list[Region] = []
    lines: list[TextLine] = []
    new_region: dict[int, int] = {}
    new_line: dict[int, int] = {}
    region_of_mark = np.zeros(FIRST_LINE, np.uint8)
    for index, item in enumerate(sheet.regions):
        box = _tight(sheet, item, index + 1)
        if box is not None:
            new_region[index] = len(regions)
            regions.append(Region(box, angle=item.angle))
            region_of_mark[index + 1] = len(regions)
    for index, item in enumerate(sheet.lines):
        box = _tight(sheet, item, FIRST_LINE + index)
        if box is not None:
            new_line[index] = len(lines)
            text = "" if item.cut else item.text
            lines.append(TextLine(box, text, kind=item.kind, angle=item.angle))
    pairs = tuple(
        (new_region[region], new_line[line])
        for region, line in sheet.pairs
        if region in new_region and line in new_line
    )
    marks = np.where(sheet.marks < FIRST_LINE, sheet.marks, 0)
    region_ids = region_of_mark[marks]
    return DrawnPage(
        sheet.intensity, tuple(regions), tuple(lines), pairs, region_ids, dots_per_inch, layout
    )


def _tight(sheet: PageCanvas, item: PageObject, mark: int) -> Box | None:
    """The tight box of an object; None where so little was left that it was erased."""
    assert mark < OTHER
    left, top, right, bottom = item.box
    outside = left < -0.5 or top < -0.5 or right > sheet.width + 0.5
    outside = outside or bottom > sheet.height + 0.5
    x, y = max(math.floor(left) - 2, 0), max(math.floor(top) - 2, 0)
    part = (slice(y, max(math.ceil(bottom) + 2, 0)), slice(x, max(math.ceil(right) + 2, 0)))
    own_pixels = sheet.marks[part] == mark
    count = int(np.count_nonzero(own_pixels))
    if outside:
        item.cut = count < 0.995 * item.pixels
        if count < MIN_LEFT * item.pixels:
            sheet.intensity[part][own_pixels] = 0
            sheet.marks[part][own_pixels] = 0
            return None
    if not count:
        return None
    rows, columns = np.flatnonzero(own_pixels.any(axis=1)), np.flatnonzero(own_pixels.any(axis=0))
    return (
        float(x + columns[0]),
        float(y + rows[0]),
        float(x + columns[-1] + 1),
        float(y + rows[-1] + 1),
    )
