"""Free space around a drawing: obstacles of added marks, and room beside an atom.

Lengths are bond lengths, y down. Shape letters: B bonds, L boxes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from inchify.rendering.depictor.glyphs import Box
from inchify.rendering.depictor.labels import Label
from inchify.rendering.depictor.pen import Pen, Point
from inchify.rendering.depictor.skeleton import Skeleton
from inchify.rendering.depictor.style import DrawingStyle

# Gap between a mark and bonds or letters.
APART = 0.05


@dataclass
class FreeSpace:
    """Obstacles that marks must avoid: segments ``ends_B4`` (x, y, x, y) and ``boxes`` of letters
    and of marks already there; ``pen`` and ``style`` draw them."""

    skeleton: Skeleton
    places: list[Point]
    labels: list[Label | None]
    symbols: list[str]
    ends_B4: np.ndarray
    boxes: list[Box]
    pen: Pen
    style: DrawingStyle
    generator: np.random.Generator

    def is_free(self, box: Box, *, beside: int = -1) -> bool:
        """Whether no bond and no letter is in the box; bond ``beside`` does not count."""
        left, top, right, bottom = box
        low = np.array((left - APART, top - APART))
        high = np.array((right + APART, bottom + APART))
        if self.boxes:
            boxes_L4 = np.array(self.boxes)
            if ((low < boxes_L4[:, 2:]) & (high > boxes_L4[:, :2])).all(axis=1).any():
                return False
        if not len(self.ends_B4):
            return True
        begin, along = self.ends_B4[:, :2], self.ends_B4[:, 2:] - self.ends_B4[:, :2]
        along = np.where(np.abs(along) < 1e-9, 1e-9, along)
        to_low, to_high = (low - begin) / along, (high - begin) / along
        enter = np.minimum(to_low, to_high).max(axis=1).clip(0)
        hit = enter < np.maximum(to_low, to_high).min(axis=1).clip(max=1)
        if beside >= 0:
            hit[beside] = False
        return not hit.any()


def away_from_bonds(ground: FreeSpace, atom: int) -> list[float]:
    """Eight directions from an atom, in radians, those with the most free space first."""
    x, y = ground.places[atom]
    neighbors = [ground.places[other] for other in ground.skeleton.neighbors[atom]]
    taken = [math.atan2(b - y, a - x) for a, b in neighbors]

    def space(angle: float) -> float:
        return min(
            (abs(math.remainder(angle - direction, math.tau)) for direction in taken),
            default=math.pi,
        )

    choices = [math.tau * step / 8 for step in range(8)]
    if len(taken) == 2:
        middle = math.atan2(
            -math.sin(taken[0]) - math.sin(taken[1]), -math.cos(taken[0]) - math.cos(taken[1])
        )
        choices.insert(0, middle)
    return sorted(choices, key=lambda angle: -space(angle))


def beside_atom(ground: FreeSpace, atom: int, angle: float, half: tuple[float, float]) -> Point:
    """The middle of a box with these half sides that stands just off an atom or its label."""
    (x, y), label = ground.places[atom], ground.labels[atom]
    dx, dy = math.cos(angle), math.sin(angle)
    left, top, right, bottom = (-0.06, -0.06, 0.06, 0.06) if label is None else label.box
    reach = []
    for step, low, high, half_side in ((dx, left, right, half[0]), (dy, top, bottom, half[1])):
        if abs(step) > 1e-6:
            reach.append((max(step * high, step * low) / abs(step) + half_side + APART) / abs(step))
    distance = min(reach) + 0.04
    return x + distance * dx, y + distance * dy
