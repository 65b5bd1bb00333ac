"""Single bonds with a second line beside them, and double bonds with one line or two that are not
parallel.

All is measured across the middle of each bond at the picture's full resolution. Lines that run
together at one end are the outline of a wedge. Shape letters: B bonds, A samples along a bond, T
samples across it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inchify.data.strokes.bond_patches import sample_along
from inchify.verification.graph_match.match import Inspection

# Samples along the middle of a bond, from its start to its end; samples to either side of it, whose
# distance is a share of the usual bond.
ALONG, MIDDLE, HALF, STEP = 24, (0.28, 0.72), 30, 0.01
# The same along three parts of a bond, one after the other.
ALONG_PARTS, COMPLETE_SPAN = 36, (0.2, 0.8)
# How many samples across a line tell where its middle is, to either side of its darkest place.
CENTROID_SAMPLES = 3
# How far in bonds a stroke may lie beside its bond's axis.
ASIDE = 0.1
# A line of which fewer of its places are dark is none, and no line is paler than this (0..1).
BROKEN, FAINTEST = 0.25, 0.15
# Between two lines it is paler than this share of them; lines that are hardly darker than what is
# between them, in shares of their darkness, are one.
VALLEY, TOGETHER = 0.7, 0.1


@dataclass(frozen=True, kw_only=True)
class SecondLineSettings:
    """``beside``: the darkness of a line beside a single bond, in that of its own, which is a
    second one; ``apart``: how far off such a line may be, in bonds, the nearer number beside the
    width of a line; ``parted``: by how much at least a double bond's lines are darker than what is
    between them, in the darkness of the darker. ``narrowing``: the share of their distance by which
    two lines may come nearer from one end to the other, where they do so evenly: half way the
    distance is the mean of both ends to within ``uneven`` of the larger. Of 34 outlined wedges in
    drawings 33 narrow so, of 440 double bonds none."""

    beside: float = 0.35
    apart: tuple[float, float] = (0.07, 0.3)
    parted: float = 0.3
    narrowing: float = 0.38
    uneven: float = 0.3


def doubtful_lines(
    intensity_HW: np.ndarray, inspection: Inspection, settings: SecondLineSettings | None = None
) -> Iterator[tuple[int, str]]:
    """The numbers of single bonds with a second line and of double bonds without one or with two
    that run together, and which.

    Args:
        intensity_HW: uint8, 255 full foreground, at the picture's full resolution.
        inspection: the graph as it was measured on that foreground.
        settings: what a second line is.
    """
    settings = settings or SecondLineSettings()
    paper, graph, unit, observed = inspection
    if not graph.bonds:
        return
    share_A = np.linspace(*MIDDLE, ALONG)
    away_T = np.arange(-HALF, HALF + 1) * (STEP * unit / paper.scale)
    samples_BAT = (
        sample_along(intensity_HW, observed.ends_B4 / paper.scale, share_A, away_T) / 255.0
    )
    whole_A = np.linspace(*COMPLETE_SPAN, ALONG_PARTS)
    whole_BAT = sample_along(intensity_HW, observed.ends_B4 / paper.scale, whole_A, away_T) / 255.0
    for number, bond in enumerate(graph.bonds):
        if bond.kind == "single":
            if _line_beside(samples_BAT[number], observed.line_width, settings) > settings.beside:
                yield number, "a second line beside it"
        elif bond.kind == "double" and _parting(samples_BAT[number]) < settings.parted:
            yield number, "one line only"
        elif bond.kind == "double" and _narrows(whole_BAT[number], settings):
            yield number, "two lines that run together"


def _line_beside(samples_AT: np.ndarray, width: float, settings: SecondLineSettings) -> float:
    """The darkness of the darkest line beside a stroke, in that of the stroke."""
    away_T = np.arange(-HALF, HALF + 1) * STEP
    unbroken_T, mean_T = np.quantile(samples_AT, BROKEN, axis=0), samples_AT.mean(axis=0)
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


def _parting(samples_AT: np.ndarray) -> float:
    """How much darker two lines are than the palest place between them, in the darkest of all."""
    mean_T = samples_AT.mean(axis=0)
    return float(_paler(mean_T).max()) / max(float(mean_T.max()), FAINTEST)


def _paler(mean_T: np.ndarray) -> np.ndarray:
    """By how much each place is paler than the darkest ones to its left and right (T,)."""
    left_T = np.maximum.accumulate(mean_T)
    right_T = np.maximum.accumulate(mean_T[::-1])[::-1]
    return np.asarray(np.minimum(left_T, right_T) - mean_T)


def _narrows(samples_AT: np.ndarray, settings: SecondLineSettings) -> bool:
    """Whether two lines come nearer one another from one end of a bond to the other."""
    start, half_way, end = (_distance(part_AT.mean(axis=0)) for part_AT in np.split(samples_AT, 3))
    widest = max(start, half_way, end)
    return (
        abs(start - end) > settings.narrowing * widest
        and abs(half_way - (start + end) / 2) < settings.uneven * widest
    )


def _distance(mean_T: np.ndarray) -> float:
    """How far apart the lines to both sides of the palest place between two are, in bonds; 0 where
    there are no two."""
    paler_T = _paler(mean_T)
    valley = int(paler_T.argmax())
    if paler_T[valley] < TOGETHER * max(float(mean_T.max()), FAINTEST):
        return 0.0
    left, right = int(mean_T[:valley].argmax()), valley + int(mean_T[valley:].argmax())
    return _middle(mean_T, right) - _middle(mean_T, left)


def _middle(mean_T: np.ndarray, place: int) -> float:
    """The middle of the line whose darkest place is given, in bonds."""
    window = slice(max(place - CENTROID_SAMPLES, 0), place + CENTROID_SAMPLES + 1)
    return float(np.average(np.arange(len(mean_T))[window], weights=mean_T[window])) * STEP
