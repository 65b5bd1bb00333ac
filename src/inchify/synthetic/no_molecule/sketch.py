"""Canvas with lines, shapes and words that all families of pictures without a molecule draw on.

Shape letters: H and W pixels, N points.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np

from inchify.synthetic.text_lines.fonts import render_text
from inchify.synthetic.text_lines.pictures import line_fonts

Point = tuple[float, float]
Points = Sequence[Point] | Sequence[np.ndarray] | Sequence[Point | np.ndarray] | np.ndarray
# Fractions of a pixel in which OpenCV takes coordinates.
_SHIFT = 4


class Sketch:
    """Canvas uint8 (H, W), 255 = full foreground, drawn on with one pen ``width`` in pixels and one
    ``font``.

    Everything is drawn ``FINER`` times as large and averaged at the end, so that widths and places
    need not be whole pixels.
    """

    FINER = 2

    def __init__(self, generator: np.random.Generator, height: float, width: float) -> None:
        self.generator, self.height, self.width = generator, float(height), float(width)
        shape = (math.ceil(self.FINER * height), math.ceil(self.FINER * width))
        self._fine = np.zeros(shape, np.uint8)
        self.pen = float(np.exp(generator.uniform(np.log(0.8), np.log(3.5))))
        self.font = str(generator.choice(_fonts()))
        self.letters = float(generator.uniform(11, 22))

    @property
    def intensity(self) -> np.ndarray:
        """The present picture: uint8 (H, W), 255 = full foreground."""
        size = (self._fine.shape[1] // self.FINER, self._fine.shape[0] // self.FINER)
        return cv2.resize(self._fine, size, interpolation=cv2.INTER_AREA)

    def chance(self, share: float) -> bool:
        return bool(self.generator.random() < share)

    def between(self, low: float, high: float) -> float:
        return float(self.generator.uniform(low, high))

    def integer(self, low: int, high: int) -> int:
        """A random integer in ``low`` to ``high``, both included."""
        return int(self.generator.integers(low, high + 1))

    def one_of(self, choices: Sequence[str]) -> str:
        return choices[int(self.generator.integers(len(choices)))]

    def _fixed(self, points: Points) -> np.ndarray:
        """Points in OpenCV's fixed numbers, int32 (N, 1, 2)."""
        scaled = np.asarray(points, np.float64).reshape(-1, 1, 2) * self.FINER - 0.5
        return np.rint(scaled * (1 << _SHIFT)).astype(np.int32)

    def _thick(self, width: float | None) -> int:
        return max(1, round((self.pen if width is None else width) * self.FINER))

    def line(
        self,
        points: Points,
        *,
        width: float | None = None,
        closed: bool = False,
        intensity: int = 255,
    ) -> None:
        """A line through points (x, y) in pixels; ``intensity`` 0 erases."""
        fixed = self._fixed(points)
        cv2.polylines(
            self._fine, [fixed], closed, intensity, self._thick(width), cv2.LINE_AA, _SHIFT
        )

    def dashed(self, begin: Point, end: Point, *, dash: float = 6.0) -> None:
        steps = max(1, int(math.dist(begin, end) / (2 * dash)))
        along = np.linspace(begin, end, 2 * steps + 1)
        for first, second in zip(along[:-1:2], along[1::2], strict=True):
            self.line([first, second])

    def fill(self, points: Points, *, intensity: int = 255) -> None:
        cv2.fillPoly(self._fine, [self._fixed(points)], intensity, cv2.LINE_AA, _SHIFT)

    def box(
        self, left: float, top: float, right: float, bottom: float, *, width: float | None = None
    ) -> None:
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        self.line(corners, closed=True, width=width)

    def ellipse(
        self,
        middle: Point,
        across: float,
        down: float | None = None,
        *,
        turned: float = 0.0,
        span: tuple[float, float] = (0.0, 360.0),
        width: float | None = None,
        filled: int | None = None,
    ) -> None:
        """An ellipse with the given semi-axes, its arc over ``span`` degrees; ``filled`` with
        foreground."""
        angles = np.radians(np.linspace(*span, 73))
        x, y = across * np.cos(angles), (across if down is None else down) * np.sin(angles)
        angle = math.radians(turned)
        points = np.stack(
            [
                middle[0] + x * math.cos(angle) - y * math.sin(angle),
                middle[1] + x * math.sin(angle) + y * math.cos(angle),
            ],
            axis=1,
        )
        if filled is not None:
            self.fill(points, intensity=filled)
        else:
            self.line(points, width=width)

    def arrow(self, begin: Point, end: Point, *, head: float, width: float | None = None) -> None:
        """A line with a head at its end, filled or open."""
        angle = math.atan2(end[1] - begin[1], end[0] - begin[0])
        wings = [
            (end[0] - head * math.cos(angle + offset), end[1] - head * math.sin(angle + offset))
            for offset in (-0.4, 0.4)
        ]
        if self.chance(0.6):
            back = 0.8 * head
            stop = (end[0] - back * math.cos(angle), end[1] - back * math.sin(angle))
            self.line([begin, stop], width=width)
            self.fill([wings[0], end, wings[1]])
        else:
            self.line([begin, end], width=width)
            self.line([wings[0], end, wings[1]], width=width)

    def write(
        self,
        text: str,
        at: Point,
        *,
        size: float | None = None,
        anchor: str = "left",
        upright: bool = True,
        intensity: int = 255,
    ) -> float:
        """One line whose vertical middle is at ``at``; ``anchor``: left, center or right. Letters
        that the font lacks come out as it has them. Returns the width in pixels."""
        if not text.strip():
            return 0.0
        pixels = max(4, round((size or self.letters) * self.FINER))
        try:
            printed = render_text(text, self.font, pixels).intensity
        except ValueError:
            return 0.0
        if not upright:
            printed = np.ascontiguousarray(np.rot90(printed))
        high, wide = printed.shape
        left = at[0] * self.FINER - {"left": 0.0, "centre": 0.5, "right": 1.0}[anchor] * wide
        self._stamp(printed, round(at[1] * self.FINER - high / 2), round(left), intensity)
        return wide / self.FINER

    def _stamp(self, printed: np.ndarray, top: int, left: int, intensity: int) -> None:
        rows = slice(max(top, 0), max(min(top + printed.shape[0], self._fine.shape[0]), 0))
        columns = slice(max(left, 0), max(min(left + printed.shape[1], self._fine.shape[1]), 0))
        part = printed[
            rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
        ]
        place = self._fine[rows, columns]
        if part.size and place.size:
            place[:] = np.maximum(place, part) if intensity else np.minimum(place, 255 - part)

    def rotate(self) -> None:
        """Rotate the sheet by 90 degrees counter-clockwise."""
        self._fine = np.ascontiguousarray(np.rot90(self._fine))
        self.height, self.width = self.width, self.height

    def stamp(self, intensity: np.ndarray, at: Point) -> None:
        """Paste another picture (H, W) with its upper left corner at ``at``."""
        size = (intensity.shape[1] * self.FINER, intensity.shape[0] * self.FINER)
        large = cv2.resize(intensity, size, interpolation=cv2.INTER_NEAREST)
        self._stamp(large, round(at[1] * self.FINER), round(at[0] * self.FINER), 255)


@lru_cache(maxsize=1)
def _fonts() -> tuple[str, ...]:
    return line_fonts()


def sheet(
    generator: np.random.Generator, low: float, high: float, *, tall: tuple[float, float] = (0.5, 1)
) -> Sketch:
    """A random canvas ``low`` to ``high`` pixels wide, its height a fraction of that within
    ``tall``."""
    width = float(np.exp(generator.uniform(np.log(low), np.log(high))))
    return Sketch(generator, max(40.0, width * float(generator.uniform(*tall))), width)


def polygon(middle: Point, radius: float, corners: int, turned: float = 0.0) -> np.ndarray:
    """The corners of a regular polygon, (N, 2)."""
    angles = np.radians(turned) + 2 * np.pi * np.arange(corners) / corners
    return np.array(middle) + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def smooth_walk(generator: np.random.Generator, points: int, roughness: float = 0.15) -> np.ndarray:
    """A smooth random curve with values in 0..1, (N,)."""
    waves = np.zeros(points)
    place = np.linspace(0, 1, points)
    for wave in range(1, 9):
        phase = generator.uniform(0, 2 * np.pi)
        waves += generator.normal() * np.sin(2 * np.pi * wave * place + phase) / wave
    waves += roughness * generator.normal(size=points)
    return (waves - waves.min()) / max(float(np.ptp(waves)), 1e-6)
