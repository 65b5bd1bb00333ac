"""Lines of text, the drawings and whose ink is whose come in; what kind each line is goes out:
a part of a drawing, a label, a caption or running text. No model is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from inchify.page.grammar import is_caption, is_label, is_second_line, may_be_atoms
from inchify.types import Box, LineKind, Region, TextLine

# A line of whose pieces this share is a drawing's is a part of that drawing.
PART = 0.6
# A label is no further from a drawing than so many of the drawing's diagonals.
NEAR = 1.0
INK = 64


def first_kinds(lines: Sequence[TextLine], regions: Sequence[Region]) -> list[TextLine]:
    """Kinds from words alone, before ink has owners: what surely is no drawing's says so, all else
    stays open."""
    return [replace(line, kind=_first_kind(line, regions)) for line in lines]


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
    ink: np.ndarray,
    owner_HW: np.ndarray,
) -> list[TextLine]:
    """The lines with their kinds. ``ink`` uint8 (H, W), ``owner_HW``: k + 1 for ink of region k."""
    parts = [owned_share(line.box, ink, owner_HW) >= PART for line in lines]
    kinds: list[LineKind] = []
    for line, part in zip(lines, parts, strict=True):
        if part:
            kinds.append("part")
        elif is_caption(line.text):
            kinds.append("caption")
        elif is_label(line.text) and _near(line.box, regions):
            kinds.append("label")
        else:
            kinds.append("body")
    _continue_captions(lines, kinds)
    for first, second in second_lines(lines, kinds):
        kinds[second] = "label"
        assert kinds[first] == "label"
    return [replace(line, kind=kind) for line, kind in zip(lines, kinds, strict=True)]


def owned_share(box: Box, ink: np.ndarray, owner_HW: np.ndarray) -> float:
    """Share of a line's pieces of ink that drawings own, by the half of each piece's pixels."""
    rows, columns = _window(box, ink.shape)
    inked = (ink[rows, columns] > INK).astype(np.uint8)
    if not inked.any():
        return 0.0
    count, labels = cv2.connectedComponents(inked, connectivity=8)
    owned = owner_HW[rows, columns] > 0
    all_ink = np.bincount(labels.ravel(), minlength=count)[1:]
    own_ink = np.bincount(labels[owned], minlength=count)[1:]
    real = all_ink >= max(3, 0.02 * all_ink.max())  # specks have no vote
    return float((own_ink[real] > 0.5 * all_ink[real]).mean())


def second_lines(lines: Sequence[TextLine], kinds: Sequence[LineKind]) -> list[tuple[int, int]]:
    """(label, line below it) where a yield or a ratio stands below a label or below another such
    line; also a yield that is right of it in the same row."""
    found: list[tuple[int, int]] = []
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
            found.append((head, place))
    return found


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


def _near(box: Box, regions: Sequence[Region]) -> bool:
    """Whether a drawing is within reach of a line."""
    for region in regions:
        left, top, right, bottom = region.box
        across = max(0.0, max(left - box[2], box[0] - right))
        down = max(0.0, max(top - box[3], box[1] - bottom))
        if np.hypot(across, down) <= NEAR * np.hypot(right - left, bottom - top):
            return True
    return False


def _share_inside(box: Box, other: Box) -> float:
    across = max(0.0, min(box[2], other[2]) - max(box[0], other[0]))
    down = max(0.0, min(box[3], other[3]) - max(box[1], other[1]))
    return across * down / max((box[2] - box[0]) * (box[3] - box[1]), 1e-6)


def _window(box: Box, shape: tuple[int, ...]) -> tuple[slice, slice]:
    return (
        slice(max(0, round(box[1])), max(0, min(shape[0], round(box[3])))),
        slice(max(0, round(box[0])), max(0, min(shape[1], round(box[2])))),
    )
