"""Drawing context shared by all blocks of a page, and the marks between drawings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from inchify.synthetic.pages.canvas import PageCanvas
from inchify.synthetic.pages.compound_ids import labels
from inchify.synthetic.pages.settings import PageSettings
from inchify.synthetic.pages.structures import Structures
from inchify.synthetic.pages.typesetter import Face, Typesetter
from inchify.types import LineKind


@dataclass
class PageTools:
    """The page canvas and the drawing tools of a page. ``scale``: pixels of this page for one pixel
    at 200 dots per inch; ``stroke``: the page's usual width of a rule."""

    sheet: PageCanvas
    press: Typesetter
    structures: Structures
    generator: np.random.Generator
    settings: PageSettings
    numbers: Iterator[str] = field(init=False)
    scale: float = field(init=False)
    stroke: int = field(init=False)

    def __post_init__(self) -> None:
        self.numbers = labels(self.generator)
        self.scale = self.settings.dots_per_inch / 200
        self.stroke = max(round(float(self.generator.uniform(0.8, 3.0)) * self.scale), 1)

    def chance(self, share: float) -> bool:
        return bool(self.generator.random() < share)

    def between(self, low: float, high: float) -> float:
        """A length from ``low`` to ``high`` pixels at 200 dots per inch, in this page's pixels."""
        return float(self.generator.uniform(low, high)) * self.scale

    def integer(self, low: int, high: int) -> int:
        """A random integer in ``low`` to ``high``, both included."""
        return int(self.generator.integers(low, high + 1))

    def weighted(self, shares: dict[str, float]) -> str:
        names, weights = list(shares), np.array(list(shares.values()), dtype=np.float64)
        return names[int(self.generator.choice(len(names), p=weights / weights.sum()))]

    def write(
        self,
        text: str,
        face: Face,
        kind: LineKind,
        *,
        left: float | None = None,
        center: float | None = None,
        right: float | None = None,
        baseline: float,
        margin: int = 2,
    ) -> int | None:
        """One line that starts at ``left``, ends at ``right`` or has its middle at ``center``."""
        printed = self.press.line(text, face)
        if printed is None:
            return None
        if left is None:
            left = (
                right - printed.width if right is not None else (center or 0.0) - printed.width / 2
            )
        return self.sheet.line(printed, left, baseline, kind, margin=margin)

    def write_block(
        self,
        text: str,
        face: Face,
        kind: LineKind,
        left: float,
        top: float,
        width: float,
        *,
        bottom: float | None = None,
        adjust: str = "left",
        indent: float = 0.0,
    ) -> float:
        """A paragraph as lines; ``adjust``: left, justified, center. Returns the y below it, at
        which the next thing may start; lines that would end below ``bottom`` are left out."""
        lines = self.press.wrap(text, face, width, indent=indent)
        step = self.press.step(face)
        baseline = top + face.size * 0.8
        limit = self.sheet.height if bottom is None else bottom
        for index, line in enumerate(lines):
            if baseline + 0.3 * face.size > limit:
                break
            start = indent if index == 0 else 0.0
            stretched = adjust == "justified" and index < len(lines) - 1
            printed = self.press.line(line, face, width=width - start if stretched else None)
            if printed is not None:
                x = left + start
                if adjust == "centre":
                    x = left + (width - printed.width) / 2
                self.sheet.line(printed, x, baseline, kind, margin=0)
            baseline += step
        return baseline - step + 0.45 * face.size if lines else top


def draw_arrow_picture(length: int, head: int, stroke: int, kind: str) -> np.ndarray:
    """An arrow to the right, uint8 (H, W): ``plain``, ``open``, ``both`` (an equilibrium) or
    ``retro`` (two lines)."""
    import cv2

    height = 2 * head + 2 * stroke + 3
    intensity = np.zeros((height, length), np.uint8)
    middle = height // 2
    if kind == "both":
        for side, start, tip in ((-1, 0, length - 2), (1, length - 1, 1)):
            y = middle + side * max(stroke + 1, head // 3)
            cv2.line(intensity, (start, y), (tip, y), 255, stroke, cv2.LINE_AA)
            back = tip + (-head if side < 0 else head)
            cv2.line(intensity, (tip, y), (back, y + side * head // 2), 255, stroke, cv2.LINE_AA)
        return intensity
    if kind == "retro":
        for y in (middle - stroke - 1, middle + stroke + 1):
            cv2.line(intensity, (0, y), (length - head // 2, y), 255, stroke, cv2.LINE_AA)
    else:
        stop = length - (head if kind == "plain" else 2)
        cv2.line(intensity, (0, middle), (stop, middle), 255, stroke, cv2.LINE_AA)
    wing = max(head // 2, 3) if kind == "plain" else head
    corners = [(length - head - 1, middle - wing), (length - 2, middle)]
    corners.append((length - head - 1, middle + wing))
    points = np.array(corners, np.int32)
    if kind == "plain":
        cv2.fillPoly(intensity, [points], 255, cv2.LINE_AA)
    else:
        cv2.polylines(intensity, [points], False, 255, stroke, cv2.LINE_AA)
    return intensity


def draw_bracket_picture(height: int, width: int, stroke: int, *, right: bool) -> np.ndarray:
    """A square bracket."""
    intensity = np.zeros((max(height, 4), max(width, 3)), np.uint8)
    intensity[:stroke] = intensity[-stroke:] = 255
    if right:
        intensity[:, -stroke:] = 255
    else:
        intensity[:, :stroke] = 255
    return intensity
