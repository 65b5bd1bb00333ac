"""Connected components of a page: boxes, which are letters, which are rules, which stand in rows of
text.

Shape letters: H and W pixels, N components (0 is background).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from inchify.types import Box

# What counts as foreground.
FOREGROUND_LEVEL = 64
# Heights of letters on a page, in pixels, and the assumed height where there are too few.
LETTERS, USUAL_LETTER = (6.0, 64.0), 22.0
# A straight run this many times as long as the smallest drawing may be a rule ...
RUN = 0.6
SHORTEST_RUN = 36
# ... and is one where it leaves every drawing's box by this share of the box's longer side.
OVERHANG = 0.35
# A stroke of a drawing lies in its box by this share at least.
OVERLAP = 0.4
# No stroke is longer than its drawing, give or take what a finder's box lacks.
LONGEST_STROKE = 1.2
# The height of a bracket in letters.
BRACKET = 2.5
# A straight stroke is longer than thick by this factor and fills its length times its thickness
# within these shares; it slants where it is at least this many degrees off the axes.
SLENDER, FILLED, SLANT = 3.0, (0.6, 1.4), 15.0
# A row of more letters than this is running text.
MOST_LETTERS = 9
# Share of a row's foreground inside a box that speaks for the box's drawing.
ROW_INSIDE = 0.9


@dataclass(frozen=True)
class Components:
    """``labels_HW`` int32: which component a pixel belongs to; ``boxes_N4``: left, top, right,
    bottom; ``areas_N`` pixels; ``ruled_N``: components of rules, frames and arrows; ``rules_HW``
    uint8: where long lines were cut out, or None; ``letter_height`` in pixels."""

    labels_HW: np.ndarray
    boxes_N4: np.ndarray
    areas_N: np.ndarray
    ruled_N: np.ndarray
    rules_HW: np.ndarray | None
    rule_thickness: int
    letter_height: float

    @property
    def count(self) -> int:
        """N."""
        return len(self.areas_N)

    @cached_property
    def letter_N(self) -> np.ndarray:
        """Bool: as high as letters, small letters and digits below the line are, and not wide."""
        wide = self.boxes_N4[:, 2] - self.boxes_N4[:, 0]
        high = self.boxes_N4[:, 3] - self.boxes_N4[:, 1]
        usual = self.letter_height
        letter_N = (high >= 0.4 * usual) & (high <= 1.6 * usual) & (wide <= 1.6 * usual)
        letter_N[0] = False
        return letter_N

    @cached_property
    def straight_N(self) -> np.ndarray:
        """Bool: single straight strokes, as bonds are."""
        return self._strokes[0]

    @cached_property
    def slanted_N(self) -> np.ndarray:
        """Bool: straight strokes that are neither upright nor level, as no letter is."""
        return self._strokes[0] & (self._strokes[1] >= SLANT)

    @cached_property
    def _strokes(self) -> tuple[np.ndarray, np.ndarray]:
        """Which components are straight strokes, and degrees by which each is off the axes, from
        the second moments of their pixels."""
        rows, columns = np.nonzero(self.labels_HW)
        labels = self.labels_HW[rows, columns]
        area_N = np.maximum(self.areas_N, 1).astype(np.float64)

        def mean(values: np.ndarray) -> np.ndarray:
            return np.bincount(labels, weights=values, minlength=self.count) / area_N

        x = columns - mean(columns.astype(np.float64))[labels]
        y = rows - mean(rows.astype(np.float64))[labels]
        # a pixel is a square, not a point
        xx_N, yy_N, xy_N = mean(x * x) + 1 / 12, mean(y * y) + 1 / 12, mean(x * y)
        half_N, apart_N = (xx_N + yy_N) / 2, np.hypot((xx_N - yy_N) / 2, xy_N)
        long_N = np.sqrt(12 * (half_N + apart_N))
        thick_N = np.sqrt(12 * np.maximum(half_N - apart_N, 1 / 12))
        filled_N = area_N / (long_N * thick_N)
        straight_N = (long_N >= SLENDER * thick_N) & (filled_N >= FILLED[0])
        straight_N &= filled_N <= FILLED[1]
        straight_N[0] = False
        turned_N = np.rad2deg(np.abs(np.arctan2(2 * xy_N, xx_N - yy_N))) / 2
        return straight_N, np.minimum(turned_N, 90 - turned_N)

    @cached_property
    def bracket_N(self) -> np.ndarray:
        """Bool: high brackets around a drawing, a thin upright with two ticks to one side."""
        wide = self.boxes_N4[:, 2] - self.boxes_N4[:, 0]
        high = self.boxes_N4[:, 3] - self.boxes_N4[:, 1]
        usual = self.letter_height
        slim_N = (high >= BRACKET * usual) & (wide <= 0.35 * high) & (wide >= 0.15 * usual)
        slim_N[0] = False
        bracket_N = np.zeros(self.count, dtype=bool)
        for component in np.flatnonzero(slim_N):
            left, top, right, bottom = self.boxes_N4[component].astype(int)
            mask = self.labels_HW[top:bottom, left:right] == component
            bracket_N[component] = _is_bracket(mask)
        return bracket_N

    @cached_property
    def rows(self) -> list[np.ndarray]:
        """Letters that stand in a row, from left to right, as numbers of components."""
        order = np.flatnonzero(self.letter_N)
        order = order[np.argsort(self.boxes_N4[order, 0], kind="stable")]
        open_rows: list[list[int]] = []
        closed: list[list[int]] = []
        for component in order.tolist():
            left, top, _, bottom = self.boxes_N4[component]
            best: list[int] | None = None
            kept: list[list[int]] = []
            for row in open_rows:
                last = self.boxes_N4[row[-1]]
                gap = left - last[2]
                if gap > 1.1 * self.letter_height:
                    closed.append(row)
                    continue
                kept.append(row)
                shared = min(bottom, last[3]) - max(top, last[1])
                if gap > -0.5 * self.letter_height and shared >= 0.5 * min(
                    bottom - top, last[3] - last[1]
                ):
                    best = row if best is None or last[2] > self.boxes_N4[best[-1]][2] else best
            open_rows = kept
            if best is None:
                open_rows.append([component])
            else:
                best.append(component)
        return [self._with_dots(np.array(row)) for row in (*closed, *open_rows)]

    def _with_dots(self, row: np.ndarray) -> np.ndarray:
        """A row of text with the dots and commas on it; short rows stay as they are."""
        if len(row) <= MOST_LETTERS // 2:
            return row
        margin = 0.4 * self.letter_height
        low, high = self.boxes_N4[row, :2].min(axis=0), self.boxes_N4[row, 2:].max(axis=0)
        within = (self.boxes_N4[:, :2] >= low - margin) & (self.boxes_N4[:, 2:] <= high + margin)
        small = (self.boxes_N4[:, 2:] - self.boxes_N4[:, :2] <= margin).all(axis=1)
        return np.append(row, np.flatnonzero(within.all(axis=1) & small & ~self.letter_N))

    def runs(self, gap: float) -> list[np.ndarray]:
        """The rows, cut where letters stand further apart than ``gap`` pixels."""
        runs = []
        for row in self.rows:
            apart = self.boxes_N4[row[1:], 0] - self.boxes_N4[row[:-1], 2]
            runs += np.split(row, np.flatnonzero(apart > gap) + 1)
        return runs

    @cached_property
    def in_text_N(self) -> np.ndarray:
        """Bool: letters of running text (rows longer than an atom's label)."""
        in_text_N = np.zeros(self.count, dtype=bool)
        for row in self.rows:
            in_text_N[row] = len(row) > MOST_LETTERS
        return in_text_N

    def share_inside(self, box: Box) -> np.ndarray:
        """Compute how much of each component lies in a box.

        Args:
            box: Left, top, right, bottom in pixels.

        Returns:
            The share of each component's pixels, float64 (N,).
        """
        height, width = self.labels_HW.shape
        left, top = max(0, round(box[0])), max(0, round(box[1]))
        right, bottom = min(width, round(box[2])), min(height, round(box[3]))
        if right <= left or bottom <= top:
            return np.zeros(self.count)
        inside = np.bincount(
            self.labels_HW[top:bottom, left:right].ravel(), minlength=self.count
        ).astype(np.float64)
        inside[0] = 0
        return inside / np.maximum(self.areas_N, 1)

    def stands_inside(self, share_N: np.ndarray) -> np.ndarray:
        """Bool (N): components in no row of text that leaves a box, given the share of each that is
        inside. A letter of a row that leaves it may be an atom's, if a bond is near."""
        stands_N = np.ones(self.count, dtype=bool)
        inside_N = share_N * self.areas_N
        for row in self.rows:
            stands_N[row] = inside_N[row].sum() >= ROW_INSIDE * self.areas_N[row].sum()
        return stands_N


def _is_bracket(mask: np.ndarray) -> bool:
    """Whether a mask (h, w) is [ or ]: its middle rows are one upright at a side, its ends reach to
    the other side."""
    height, width = mask.shape
    middle, edge = mask[round(0.12 * height) : round(0.88 * height)], max(2, round(0.06 * height))
    upright = np.asarray(middle.any(axis=0))
    thick = int(upright.sum())
    if not middle.any(axis=1).all() or thick > 0.55 * width or thick == width:
        return False
    at_left, at_right = (bool(side.all()) for side in (upright[:thick], upright[-thick:]))
    if at_left == at_right:
        return False
    far = mask[:, -1:] if at_left else mask[:, :1]
    return bool(far[:edge].any() and far[-edge:].any())


def components_of(intensity: np.ndarray, boxes: Sequence[Box]) -> Components:
    """Find the connected components of a page.

    Args:
        intensity: The page, uint8 (H, W), 255 full foreground.
        boxes: Boxes of drawings, to which the length of bonds is limited.

    Returns:
        The components, without rules.
    """
    foreground = (intensity > FOREGROUND_LEVEL).astype(np.uint8)
    rules, thickness = _rules(foreground, boxes)
    ruled: np.ndarray | None = None
    if rules is not None:
        # what was mostly a rule (an arrow, a frame) is no drawing's, its ends neither
        _, labels, stats, _ = cv2.connectedComponentsWithStats(foreground, connectivity=8)
        cut = np.bincount(labels[rules > 0], minlength=len(stats))
        ruled = (cut > 0.5 * stats[:, cv2.CC_STAT_AREA])[labels]
        foreground = foreground & (1 - rules)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(foreground, connectivity=8)
    ruled_N = np.zeros(count, dtype=bool)
    if ruled is not None:
        ruled_N[np.unique(labels[ruled])] = True
        ruled_N[0] = False
    corners = stats[:, [cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP]]
    sizes = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    boxes_N4 = np.concatenate([corners, corners + sizes], axis=1).astype(np.float64)
    areas_N = stats[:, cv2.CC_STAT_AREA]
    height = _letter_height(sizes, boxes_N4, boxes)
    return Components(labels, boxes_N4, areas_N, ruled_N, rules, thickness, height)


def _letter_height(sizes: np.ndarray, boxes_N4: np.ndarray, drawings: Sequence[Box]) -> float:
    """The usual height of letters: the median of small components, outside drawings if enough."""
    wide, high = sizes[1:, 0], sizes[1:, 1]
    small = (high >= LETTERS[0]) & (high <= LETTERS[1]) & (wide <= 2 * high) & (high <= 4 * wide)
    outside = small.copy()
    for box in drawings:
        middles = (boxes_N4[1:, :2] + boxes_N4[1:, 2:]) / 2
        outside &= ~(
            (middles[:, 0] > box[0])
            & (middles[:, 0] < box[2])
            & (middles[:, 1] > box[1])
            & (middles[:, 1] < box[3])
        )
    for group in (outside, small):
        if group.sum() >= 12:
            # running text is mostly small letters; capitals and digits are higher
            return float(1.25 * np.median(high[group]))
    sides = [min(box[2] - box[0], box[3] - box[1]) for box in drawings]
    guess = 0.12 * float(np.median(sides)) if sides else USUAL_LETTER
    return float(np.clip(guess, 10.0, 40.0))


def _rules(foreground: np.ndarray, boxes: Sequence[Box]) -> tuple[np.ndarray | None, int]:
    """uint8 (H, W): straight runs across and down that leave every drawing; their thickness."""
    if not boxes:
        return None, 0
    sides = [max(box[2] - box[0], box[3] - box[1]) for box in boxes]
    length = max(SHORTEST_RUN, round(RUN * min(sides)))
    rules = np.zeros_like(foreground)
    thickest = 0
    for across in (True, False):
        # a run may step by a pixel: no scan is quite straight
        thick = cv2.dilate(foreground, np.ones((3, 1) if across else (1, 3), np.uint8))
        kernel = np.ones((1, length) if across else (length, 1), np.uint8)
        runs = cv2.morphologyEx(thick, cv2.MORPH_OPEN, kernel) & foreground
        count, labels, stats, _ = cv2.connectedComponentsWithStats(runs, connectivity=8)
        for run in range(1, count):
            left, top, width, height, _ = stats[run].tolist()
            along, thickness = (width, height) if across else (height, width)
            if thickness > max(8, along / 8):
                continue  # a filled shape, or text that runs together
            if any(_holds(box, (left, top, left + width, top + height), across) for box in boxes):
                continue
            window = (slice(top, top + height), slice(left, left + width))
            rules[window] |= (labels[window] == run).astype(np.uint8)
            thickest = max(thickest, thickness)
    if not rules.any():
        return None, 0
    # a scanned rule is uneven: what is left at its edges would tie drawings to the table
    rules = cv2.dilate(rules, np.ones((3, 3), np.uint8)) & foreground
    return rules, min(thickest + 2, 12)


def _holds(box: Box, run: Box, across: bool) -> bool:
    """Whether a run could be a stroke of the drawing in that box."""
    margin = OVERHANG * max(box[2] - box[0], box[3] - box[1])
    along = 0 if across else 1
    shared = min(box[along + 2], run[along + 2]) - max(box[along], run[along])
    length = run[along + 2] - run[along]
    if shared < OVERLAP * length or length > LONGEST_STROKE * (box[along + 2] - box[along]):
        return False
    if across:
        inside = run[0] >= box[0] - margin and run[2] <= box[2] + margin
        return inside and box[1] - margin <= (run[1] + run[3]) / 2 <= box[3] + margin
    inside = run[1] >= box[1] - margin and run[3] <= box[3] + margin
    return inside and box[0] - margin <= (run[0] + run[2]) / 2 <= box[2] + margin
