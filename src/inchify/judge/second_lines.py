"""A picture's foreground and a graph, as it was inspected, go in; which single bonds have a second
line beside them and which double bonds one line only comes out.

Both are measured across the middle of each bond at the picture's own resolution. Shape letters: B
bonds, A samples along a bond, T samples across it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inchify.data.bond_patches import strips_along
from inchify.judge.redraw import Inspection

# Samples along the middle of a bond, from its begin to its end; samples to either side of it, whose
# distance is a share of the usual bond.
ALONG, MIDDLE, HALF, STEP = 24, (0.28, 0.72), 30, 0.01
# How far in bonds a stroke may lie beside its bond's axis.
ASIDE = 0.1
# A line of which fewer of its places are dark is none, and no line is paler than this (0..1).
BROKEN, FAINTEST = 0.25, 0.15
# Between two lines it is paler than this share of them.
VALLEY = 0.7


@dataclass(frozen=True, kw_only=True)
class SecondLineSettings:
    """``beside``: the darkness of a line beside a single bond, in that of its own, which is a
    second one; ``apart``: how far off such a line may be, in bonds, the nearer number beside the
    width of a line; ``parted``: by how much at least a double bond's lines are darker than what is
    between them, in the darkness of the darker."""

    beside: float = 0.35
    apart: tuple[float, float] = (0.07, 0.3)
    parted: float = 0.3


def doubtful_lines(
    ink_HW: np.ndarray, inspection: Inspection, settings: SecondLineSettings | None = None
) -> Iterator[tuple[int, str]]:
    """The numbers of single bonds with a second line and of double bonds without one, and which.

    Args:
        ink_HW: uint8, 255 full ink, at the picture's own resolution.
        inspection: the graph as it was measured on that ink.
        settings: what a second line is.
    """
    settings = settings or SecondLineSettings()
    paper, graph, unit, seen = inspection
    if not graph.bonds:
        return
    share_A = np.linspace(*MIDDLE, ALONG)
    away_T = np.arange(-HALF, HALF + 1) * (STEP * unit / paper.scale)
    strip_BAT = strips_along(ink_HW, seen.ends_B4 / paper.scale, share_A, away_T) / 255.0
    for number, bond in enumerate(graph.bonds):
        if bond.kind == "single":
            if _line_beside(strip_BAT[number], seen.line_width, settings) > settings.beside:
                yield number, "a second line beside it"
        elif bond.kind == "double" and _parting(strip_BAT[number]) < settings.parted:
            yield number, "one line only"


def _line_beside(strip_AT: np.ndarray, width: float, settings: SecondLineSettings) -> float:
    """The darkness of the darkest line beside a stroke, in that of the stroke."""
    away_T = np.arange(-HALF, HALF + 1) * STEP
    unbroken_T, mean_T = np.quantile(strip_AT, BROKEN, axis=0), strip_AT.mean(axis=0)
    own_T = np.where(np.abs(away_T) < ASIDE, unbroken_T, 0.0)
    axis = int(own_T.argmax())
    apart_T = np.abs(away_T - away_T[axis])
    best = 0.0
    for place in np.flatnonzero(
        (apart_T >= settings.apart[0] + width) & (apart_T <= settings.apart[1])
    ).tolist():
        between = mean_T[min(place, axis) : max(place, axis) + 1].min()
        if between < VALLEY * min(unbroken_T[place], own_T[axis]):
            best = max(best, float(unbroken_T[place]))
    return best / max(float(own_T[axis]), FAINTEST)


def _parting(strip_AT: np.ndarray) -> float:
    """How much darker two lines are than the palest place between them, in the darkest of all."""
    mean_T = strip_AT.mean(axis=0)
    left_T = np.maximum.accumulate(mean_T)
    right_T = np.maximum.accumulate(mean_T[::-1])[::-1]
    return float((np.minimum(left_T, right_T) - mean_T).max()) / max(float(mean_T.max()), FAINTEST)
