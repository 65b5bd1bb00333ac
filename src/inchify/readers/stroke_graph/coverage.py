"""Whether strokes, labels and stereo bonds cover all that is drawn.

Coordinates are pixels of the foreground, y down. Shape letters: H and W pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from inchify.readers.stroke_graph.line_segments import Stroke
from inchify.readers.stroke_graph.parts import StereoBond, StrokeGraphSettings
from inchify.readers.views.crops import FOREGROUND_LEVEL, Box

# Foreground of thin lines between two pixels.
FAINT = 60


@dataclass(frozen=True)
class StrokeCover:
    """Foreground without letters, uint8 (H, W), with the boxes of labels, the stereo bonds, and
    lines of ``width`` and bonds of ``unit`` pixels."""

    lines_HW: np.ndarray
    boxes: Sequence[Box]
    stereo: Sequence[StereoBond]
    width: float
    unit: float
    settings: StrokeGraphSettings

    def is_of_no_bond(self, stroke: Stroke) -> bool:
        """Whether a stroke belongs to a label or to a stereo bond, or is a speck."""
        if stroke.length < max(2.5 * self.width, 0.12 * self.unit):
            return True
        for left, top, right, bottom in self.boxes:
            edge = 0.04 * self.unit
            low, high = np.array((left, top)) - edge, np.array((right, bottom)) + edge
            if ((stroke.ends_22 > low) & (stroke.ends_22 < high)).all():
                return True
        broad = max(self.settings.broad * self.unit, 1.5 * self.width)
        for bond in self.stereo:
            axis = Stroke(bond.ends_22)
            shares = np.array([axis.share(end) for end in stroke.ends_22])
            away = np.array([axis.distance(end) for end in stroke.ends_22])
            allowed = broad * np.clip(shares + 0.35, 0.4, 1.0)
            if (shares > -0.12).all() and (shares < 1.12).all() and (away < allowed).all():
                return True
        return False

    def is_all(self, strokes: Sequence[Stroke]) -> bool:
        """Whether strokes, labels and stereo bonds are all that is drawn."""
        drawn = np.zeros(self.lines_HW.shape, np.uint8)
        thick = max(3, round(2.2 * self.width))
        for stroke in strokes:
            begin, end = np.round(stroke.ends_22).astype(int).tolist()
            cv2.line(drawn, begin, end, 1, thick)
        broad = self.settings.broad * self.unit + self.width
        for bond in self.stereo:
            axis = Stroke(bond.ends_22)
            across = np.array([-axis.direction_2[1], axis.direction_2[0]]) * broad
            begin, end = axis.part(-0.1, 1.12).ends_22
            outline = [begin - 0.4 * across, begin + 0.4 * across, end + across, end - across]
            cv2.fillPoly(drawn, [np.round(outline).astype(np.int32)], 1)
        edge = 0.06 * self.unit
        for left, top, right, bottom in self.boxes:
            corners = (int(left - edge), int(top - edge)), (int(right + edge), int(bottom + edge))
            cv2.rectangle(drawn, *corners, 1, -1)
        foreground_HW = self.lines_HW > FOREGROUND_LEVEL
        lost = (foreground_HW & (drawn == 0)).view(np.uint8)
        if drawn[foreground_HW].mean() < self.settings.explained:
            return False
        components = cv2.connectedComponentsWithStats(lost, connectivity=8)[2][1:]
        longest = components[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(initial=0)
        return bool(longest <= max(2.0, self.settings.left * self.unit))

    def ends_at(self, place_2: np.ndarray, back_2: np.ndarray) -> bool:
        """Whether foreground ends at a place, from which a stroke leads back in a direction."""
        angle_S = np.arctan2(back_2[1], back_2[0]) + np.radians(np.arange(140, 221, 10))
        radius = self.settings.end * self.unit + self.width + 1.0
        ring_S2 = place_2 + radius * np.stack([np.cos(angle_S), np.sin(angle_S)], axis=1)
        return not foreground(self.lines_HW, ring_S2).any()


def foreground(lines_HW: np.ndarray, place_N2: np.ndarray) -> np.ndarray:
    """Whether there is foreground at places or a pixel beside them, bool (N,)."""
    height, width = lines_HW.shape
    x_N, y_N = np.round(place_N2).astype(int).T
    hit_N = np.zeros(len(place_N2), bool)
    for across, down in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)):
        x, y = x_N + across, y_N + down
        inside_N = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        hit_N |= inside_N & (lines_HW[y.clip(0, height - 1), x.clip(0, width - 1)] > FAINT)
    return hit_N
