"""Corners with a single bond moved to where the stroke meets other strokes.

A network places a corner of a crowded cage beside the picture's. Shape letters: H and W pixels, A
atoms, G places of a grid, N lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from inchify.readers.stroke_graph.straight_lines import StrokeLineSettings, strokes_between


@dataclass(frozen=True, kw_only=True)
class OpenEndSettings:
    """Lengths in bonds. A corner is moved by at most ``aside`` in each direction, in steps of
    ``step`` or a pixel, to where its bond's stroke meets one that is ``shortest`` to ``longest``
    long, at an angle whose cosine is at most ``angled``."""

    aside: float = 0.24
    step: float = 0.04
    shortest: float = 0.25
    longest: float = 1.7
    angled: float = 0.9
    lines: StrokeLineSettings = field(default_factory=lambda: StrokeLineSettings(coarse=0.95))


@dataclass(frozen=True)
class OpenEnds:
    """Places ``xy_A2`` in pixels, which of them most likely are atoms, which are bare corners, and
    the drawing's lines, uint8 (H, W)."""

    xy_A2: np.ndarray
    there_A: np.ndarray
    bare_A: np.ndarray
    lines_HW: np.ndarray

    def moved(
        self, bonds: Sequence[tuple[int, ...]], length: float, settings: OpenEndSettings
    ) -> tuple[np.ndarray, set[int]]:
        """Move corners that have one bond and lie beside the place where its stroke meets others.

        Args:
            bonds: The likely bonds as pairs of atoms.
            length: Usual length of a bond in pixels.
            settings: How far corners may move.

        Returns:
            All places (A, 2), and the numbers of those that were moved.
        """
        xy_A2, moved = self.xy_A2.copy(), set()
        grid_G2 = _grid(settings.aside * length, max(1.0, settings.step * length))
        neighbors: dict[int, list[int]] = {}
        for first, second in bonds:
            if self.there_A[[first, second]].all():
                neighbors.setdefault(first, []).append(second)
                neighbors.setdefault(second, []).append(first)
        for place, adjacent in sorted(neighbors.items()):
            if len(adjacent) == 1 and self.bare_A[place]:
                meeting = self._meeting(xy_A2, place, adjacent[0], grid_G2, length, settings)
                if meeting is not None:
                    xy_A2[place] = meeting
                    moved.add(place)
        return xy_A2, moved

    def _meeting(
        self,
        xy_A2: np.ndarray,
        place: int,
        neighbor: int,
        grid_G2: np.ndarray,
        length: float,
        settings: OpenEndSettings,
    ) -> np.ndarray | None:
        """The nearest place at which the strokes from one atom and from any other bare corner meet
        at an angle, None where there is none."""
        away_A = np.hypot(*(xy_A2 - xy_A2[place]).T)
        other_A = self.there_A & self.bare_A
        other_A &= (away_A > settings.shortest * length) & (away_A < settings.longest * length)
        other_A[[place, neighbor]] = False
        if not other_A.any():
            return None
        others_N2, corner_G2 = xy_A2[other_A], xy_A2[place] + grid_G2
        for corner in corner_G2[self._shown(corner_G2, xy_A2[neighbor], settings)]:
            back, on_N2 = xy_A2[neighbor] - corner, others_N2 - corner
            cosine_N = on_N2 @ back / np.maximum(np.hypot(*on_N2.T) * np.hypot(*back), 1e-9)
            angled_N2 = others_N2[np.abs(cosine_N) < settings.angled]
            if len(angled_N2) and self._shown(angled_N2, corner, settings).any():
                return np.asarray(corner)
        return None

    def _shown(
        self, begin_N2: np.ndarray, end_2: np.ndarray, settings: OpenEndSettings
    ) -> np.ndarray:
        """From which places strokes lead to just this one."""
        ends_N4 = np.concatenate([begin_N2, np.tile(end_2, (len(begin_N2), 1))], axis=1)
        return strokes_between(self.lines_HW, ends_N4, 0.0, 0.0, settings.lines)


def _grid(reach: float, step: float) -> np.ndarray:
    """Steps in both directions, the shortest first, (G, 2)."""
    count = int(reach / step)
    steps = step * np.arange(-count, count + 1)
    grid_G2 = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    return np.asarray(grid_G2[np.argsort(np.hypot(*grid_G2.T), kind="stable")])
