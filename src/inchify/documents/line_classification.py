"""Classification of text lines: part of a molecule, label, caption or running text. No network is
used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from inchify.documents.compound_id_patterns import (
    has_groups,
    is_caption,
    is_label,
    is_second_line,
    is_word_before,
    may_be_atoms,
)
from inchify.documents.label_matching import PairingSettings
from inchify.types import Box, LineKind, Region, TextLine

# A line is a part of a drawing if this share of its components belongs to it.
PART = 0.6
# The largest distance of a label from a drawing, in the drawing's diagonals.
MAX_LABEL_DISTANCE = 1.0
# The same along a row, in diagonals of a usual drawing.
IN_ROW = PairingSettings.in_row
# The largest distance of what stands at a drawing, in diagonals.
AT_IT = 0.15
# Lines of patents are counted in such steps, and a column has at least this many numbers.
COUNTED, LEAST_COUNTED = 5, 3
FOREGROUND_LEVEL = 64


def first_kinds(lines: Sequence[TextLine], regions: Sequence[Region]) -> list[TextLine]:
    """Classify lines by their words alone, before foreground is assigned: only what is certainly
    part of no drawing."""
    return [replace(line, kind=_first_kind(line, regions)) for line in lines]


def joined(lines: Sequence[TextLine]) -> list[TextLine]:
    """The lines, with those as one that follow each other in a row: a label and its yield ("3a,"
    and "92%"), a word and its number ("Formula" and "(V)")."""
    left: dict[int, int] = {}
    for place, line in enumerate(lines):
        second, number = is_second_line(line.text), is_label(line.text)
        for other, head in enumerate(lines if second or number else ()):
            comma = head.text.rstrip().endswith((",", ";")) and is_label(head.text)
            word = is_word_before(head.text)
            belongs = (second and comma) or (number and word)
            if belongs and _goes_on(head.box, line.box):
                left[place] = other
    merged = list(lines)
    for place, other in left.items():
        head, line = merged[other], lines[place]
        merged[other] = replace(
            head,
            box=union([head.box, line.box]),
            text=f"{head.text} {line.text}",
            confidence=min(head.confidence, line.confidence),
        )
    return [line for place, line in enumerate(merged) if place not in left]


def _goes_on(first: Box, second: Box) -> bool:
    """Whether a line goes on in the same row after less than two spaces."""
    height = max(first[3] - first[1], 1.0)
    level = abs(first[1] + first[3] - second[1] - second[3]) / 2
    return -0.2 * height <= second[0] - first[2] <= height and level <= 0.4 * height


def union(boxes: Sequence[Box]) -> Box:
    """The box around all of them."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _first_kind(line: TextLine, regions: Sequence[Region]) -> LineKind:
    if is_caption(line.text):
        return "caption"
    if (is_label(line.text) or is_second_line(line.text)) and not may_be_atoms(line.text):
        return "label"
    words = [word for word in line.text.split() if len(word) > 2]
    inside = max((_share_inside(line.box, region.box) for region in regions), default=0.0)
    return "body" if len(words) >= 3 and inside < 0.9 else ""


def classify(
    lines: Sequence[TextLine],
    regions: Sequence[Region],
    intensity: np.ndarray,
    region_HW: np.ndarray,
) -> list[TextLine]:
    """Classify lines of text.

    Args:
        lines: The lines with their texts.
        regions: The drawings.
        intensity: The page, uint8 (H, W), 255 full foreground.
        region_HW: The region of each pixel, k + 1 for foreground of region k.

    Returns:
        The lines with their kinds: part, caption, label or body.
    """
    parts = [assigned_share(line.box, intensity, region_HW) >= PART for line in lines]
    kinds: list[LineKind] = []
    counted = line_numbers(lines)
    for place, (line, part) in enumerate(zip(lines, parts, strict=True)):
        if part:
            kinds.append("part")
        elif is_caption(line.text):
            kinds.append("caption")
        elif place not in counted and _may_name(line, regions):
            kinds.append("label")
        else:
            kinds.append("body")
    _continue_captions(lines, kinds)
    for first, second in second_lines(lines, kinds):
        kinds[second] = "label"
        assert kinds[first] == "label"
    return [replace(line, kind=kind) for line, kind in zip(lines, kinds, strict=True)]


def _may_name(line: TextLine, regions: Sequence[Region]) -> bool:
    """Whether a line is written as a label and stands where one may; lines of a legend, which
    define R, stand at their drawing or are none."""
    if not is_label(line.text):
        return False
    return is_near(line.box, regions, *((AT_IT, 0.0) if has_groups(line.text) else ()))


def assigned_share(box: Box, intensity: np.ndarray, region_HW: np.ndarray) -> float:
    """Share of a line's connected components that are assigned to drawings, each by the majority of
    its pixels."""
    rows, columns = _window(box, intensity.shape)
    foreground = (intensity[rows, columns] > FOREGROUND_LEVEL).astype(np.uint8)
    if not foreground.any():
        return 0.0
    count, labels = cv2.connectedComponents(foreground, connectivity=8)
    assigned = region_HW[rows, columns] > 0
    all_foreground = np.bincount(labels.ravel(), minlength=count)[1:]
    own_foreground = np.bincount(labels[assigned], minlength=count)[1:]
    real = all_foreground >= max(3, 0.02 * all_foreground.max())  # specks have no vote
    if not real.any():
        return 0.0
    return float((own_foreground[real] > 0.5 * all_foreground[real]).mean())


def second_lines(lines: Sequence[TextLine], kinds: Sequence[LineKind]) -> list[tuple[int, int]]:
    """(label, line below it) where a yield or a ratio stands below a label or below another such
    line; also a yield that is right of it in the same row."""
    pairs: list[tuple[int, int]] = []
    heads = {place: place for place, kind in enumerate(kinds) if kind == "label"}
    order = sorted(range(len(lines)), key=lambda place: lines[place].box[1])
    for place in order:
        if kinds[place] == "part" or not is_second_line(lines[place].text):
            continue
        above = [
            (away, other)
            for other in heads
            if other != place and (away := _follows(lines[other].box, lines[place].box)) is not None
        ]
        if above:
            head = heads[min(above)[1]]
            heads[place] = head
            pairs.append((head, place))
    return pairs


def _follows(first: Box, second: Box) -> float | None:
    """How far a line is from the one that it continues; None where it does not."""
    height = max(first[3] - first[1], 1.0)
    gap = second[1] - first[3]
    shared = min(first[2], second[2]) - max(first[0], second[0])
    narrower = min(first[2] - first[0], second[2] - second[0])
    if -0.4 * height <= gap <= 0.9 * height and shared >= 0.5 * narrower:
        return abs(gap)
    beside = second[0] - first[2]
    level = abs(first[1] + first[3] - second[1] - second[3]) / 2
    if -0.2 * height <= beside <= 1.5 * height and level <= 0.5 * height:
        return abs(beside)
    return None


def _continue_captions(lines: Sequence[TextLine], kinds: list[LineKind]) -> None:
    """Running text that goes on a caption, line below line at its left edge, is the caption's."""
    order = sorted(range(len(lines)), key=lambda place: lines[place].box[1])
    last: list[int] = []
    for place in order:
        box = lines[place].box
        height = max(box[3] - box[1], 1.0)
        if kinds[place] == "caption":
            last.append(place)
            continue
        if kinds[place] != "body":
            continue
        for number, before in enumerate(last):
            above = lines[before].box
            same = 0.75 <= (above[3] - above[1]) / height <= 1.33
            close = -0.3 * height <= box[1] - above[3] <= 0.6 * height
            if same and close and abs(box[0] - above[0]) <= height:
                kinds[place] = "caption"
                last[number] = place
                break


def is_near(
    box: Box, regions: Sequence[Region], reach: float = MAX_LABEL_DISTANCE, in_row: float = IN_ROW
) -> bool:
    """Tell whether a drawing is within reach of a line.

    Args:
        box: The line's box, in pixels.
        regions: The drawings.
        reach: The largest distance in any direction, in the drawing's diagonals.
        in_row: The largest distance along a row, in usual diagonals: cells of tables are wider than
            the drawings in them.
    """
    if not regions:
        return False
    boxes_R4 = np.array([region.box for region in regions])
    diagonals_R = np.hypot(boxes_R4[:, 2] - boxes_R4[:, 0], boxes_R4[:, 3] - boxes_R4[:, 1])
    across_R = np.maximum(0, np.maximum(boxes_R4[:, 0] - box[2], box[0] - boxes_R4[:, 2]))
    down_R = np.maximum(0, np.maximum(boxes_R4[:, 1] - box[3], box[1] - boxes_R4[:, 3]))
    middle = (box[1] + box[3]) / 2
    in_row_R = (boxes_R4[:, 1] <= middle) & (middle <= boxes_R4[:, 3])
    usual = float(np.median(diagonals_R))
    close_R = np.hypot(across_R, down_R) <= reach * diagonals_R
    return bool((close_R | (in_row_R & (across_R <= in_row * usual))).any())


def line_numbers(lines: Sequence[TextLine]) -> set[int]:
    """Places of the numbers 5, 10, 15 ... that patents have beside their text: equally far apart
    in one column."""
    numbers = [
        (int(line.text), place)
        for place, line in enumerate(lines)
        if re.fullmatch("[0-9]{1,3}", line.text)
    ]
    places: set[int] = set()
    for first, head in numbers:
        all_of_it = [
            (number, place)
            for number, place in numbers
            if _in_column(lines[head].box, lines[place].box)
        ]
        column = [(number, place) for number, place in all_of_it if number % COUNTED == 0]
        # a table's column has the numbers between, too
        others = len(all_of_it) - len(column)
        if first % COUNTED or len(column) < max(LEAST_COUNTED, 4 * others):
            continue
        count_N, place_N = np.array(column).T
        y_N = np.array([(lines[place].box[1] + lines[place].box[3]) / 2 for place in place_N])
        step, start = np.polyfit(count_N, y_N, 1) if len(set(count_N)) > 1 else (0.0, 0.0)
        height = lines[head].box[3] - lines[head].box[1]
        if step > 0 and np.abs(step * count_N + start - y_N).max() <= height:
            places.update(place_N.tolist())
    return places


def _in_column(box: Box, other: Box) -> bool:
    """Whether two numbers stand above one another: at the left or the right edge alike."""
    height = max(box[3] - box[1], 1.0)
    return min(abs(box[0] - other[0]), abs(box[2] - other[2])) <= 0.5 * height


def _share_inside(box: Box, other: Box) -> float:
    across = max(0.0, min(box[2], other[2]) - max(box[0], other[0]))
    down = max(0.0, min(box[3], other[3]) - max(box[1], other[1]))
    return across * down / max((box[2] - box[0]) * (box[3] - box[1]), 1e-6)


def _window(box: Box, shape: tuple[int, ...]) -> tuple[slice, slice]:
    return (
        slice(max(0, round(box[1])), max(0, min(shape[0], round(box[3])))),
        slice(max(0, round(box[0])), max(0, min(shape[1], round(box[2])))),
    )
