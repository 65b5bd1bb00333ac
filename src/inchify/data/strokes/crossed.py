"""Crossed double bond detection along given lines.

A double bond of unknown geometry is drawn as two strokes that cross in its middle: both diagonals
are dark from end to end, the places between the strokes' ends and those beside the middle are pale,
and across either end there is more foreground than across the middle. No single, double, wedged or
hashed bond shows that. The strokes may begin at the atoms or beside them, and end before a label.
Lengths are in bonds, but where they are shares of a line.

Shape letters: H and W pixels, B bonds, A samples along a bond, T samples across it, M shapes of a
cross, Q parts of it, K and P places in a part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from inchify.data.strokes.bond_patches import at_patch_resolution, sample_along

ALONG, HALF, STEP = 64, 18, 0.02
ACROSS = 2 * HALF + 1
# Half the distance of the strokes' ends; how far their middle lies beside the line; which share of
# the line they take; how far both ends are turned about the line's middle.
HALVES = (0.05, 0.07, 0.09, 0.12, 0.16)
MIDDLES = tuple(round(0.02 * step, 2) for step in range(-7, 8))
SHARES = (
    *((0.03, 0.97), (0.12, 0.88), (0.03, 0.75), (0.25, 0.97), (0.12, 0.7), (0.3, 0.88)),
    *((0.03, 0.62), (0.38, 0.97), (0.03, 0.5), (0.5, 0.97), (0.3, 0.7)),
)
TURNS = (-0.04, 0.0, 0.04)
# The part of the strokes that must be dark, and in how many places; where their ends are apart.
STROKE, PLACES, APART = (0.04, 0.96), 32, (0.02, 0.14)
# Where the middle is, and what beside it must be pale, in half distances of the ends.
MIDDLE, BESIDE = (0.44, 0.56), (0.7, 1.0, 1.3)
# Shapes that are tried first; strokes with a lower score are no cross. The number of places of each
# part that may be pale, in the first pass and in the second.
FIRST_HALVES, MIN_DARKNESS, SPARED = (0.05, 0.09, 0.16), 0.05, (4, 1)
# Parts of the strokes near their ends, and how far beyond the half distance of these their
# foreground is summed. What has less than the first ratio of the middle's foreground at either end
# is no cross, what has the second is one as far as this tells.
NEAR_ENDS, SUMMED = ((0.08, 0.24), (0.76, 0.92)), 0.07
MIN_RATIO, SURE_RATIO = 1.05, 1.17
# A stroke is as dark as this share of the places near the line, at least as the second number.
DARKEST, FAINTEST = 0.97, 0.15


@dataclass(frozen=True, eq=False)
class _Shapes:
    """Places in a strip's samples, int64: ``dark_MQK`` on the halves of the two strokes,
    ``pale_MQP`` between their ends and beside their middle; ``first_M``: numbers of the shapes that
    are tried first; ``named``: half distance, middle and share of each."""

    dark_MQK: np.ndarray
    pale_MQP: np.ndarray
    first_M: np.ndarray
    named: tuple[tuple[float, float, tuple[float, float]], ...]


def crossed_scores(intensity_HW: np.ndarray, ends_B4: np.ndarray, unit: float) -> np.ndarray:
    """Score of two crossing strokes along each line.

    Args:
        intensity_HW: uint8, 255 where there is full foreground.
        ends_B4: Begin and end (x0, y0, x1, y1) of the lines in pixels.
        unit: The usual length of a bond in pixels.

    Returns:
        float64 (B,), 0 to 1: how much darker the palest part of the best cross is than the darkest
        place that should be pale, in the darkness of the strokes.
    """
    if not len(ends_B4):
        return np.zeros(0)
    picture_HW, scale = at_patch_resolution(intensity_HW, unit)
    share_A = (np.arange(ALONG) + 0.5) / ALONG
    away_T = np.arange(-HALF, HALF + 1) * (STEP * unit * scale)
    samples_BAT = sample_along(picture_HW, ends_B4 * scale, share_A, away_T)
    near_BN = samples_BAT[:, 8:-8, HALF - 8 : HALF + 9].reshape(len(samples_BAT), -1)
    dark_B = np.maximum(np.quantile(near_BN, DARKEST, axis=1), FAINTEST * 255)
    return np.array([_score(*pair) for pair in zip(samples_BAT, dark_B.tolist(), strict=True)])


def _score(samples_AT: np.ndarray, darkness: float) -> float:
    shapes = _shapes()
    # strokes may lie a sample beside where they should
    near_N = cv2.dilate(samples_AT, np.ones((1, 3), np.uint8)).ravel()
    samples_N = samples_AT.ravel()
    best, likest = 0.0, 0
    for number, spared in enumerate(SPARED):
        index = shapes.first_M if number == 0 else slice(None)
        strokes_MQK = near_N[shapes.dark_MQK[index]]
        palest_M = np.partition(strokes_MQK, spared, axis=2)[:, :, spared].min(axis=1)
        darkest_M = samples_N[shapes.pale_MQP[index]].mean(axis=2).max(axis=1)
        likest = int((palest_M - darkest_M).argmax())
        best = float(palest_M[likest] - darkest_M[likest]) / darkness
        if best < MIN_DARKNESS:
            return 0.0
    ratio = _ratio(samples_AT, *shapes.named[likest])
    certainty = (ratio - MIN_RATIO) / (SURE_RATIO - MIN_RATIO)
    return min(best, 1.0) * min(max(certainty, 0.0), 1.0)


def _ratio(samples_AT: np.ndarray, half: float, middle: float, share: tuple[float, float]) -> float:
    """Ratio of the foreground across the ends of a cross to that across its middle."""
    center, reach = round(middle / STEP) + HALF, round((half + SUMMED) / STEP)
    foreground_A = samples_AT[:, max(0, center - reach) : center + reach + 1].sum(
        axis=1, dtype=float
    )

    def intensity(part: tuple[float, float]) -> float:
        first, last = (int((share[0] + (share[1] - share[0]) * end) * ALONG) for end in part)
        return float(foreground_A[first : max(last, first + 1)].mean())

    return min(map(intensity, NEAR_ENDS)) / max(intensity(MIDDLE), 1.0)


@lru_cache(maxsize=1)
def _shapes() -> _Shapes:
    dark: list[list[np.ndarray]] = []
    pale: list[list[np.ndarray]] = []
    first: list[int] = []
    named = []
    for half in HALVES:
        for middle in MIDDLES:
            for share in SHARES:
                for tilt in TURNS:
                    if tilt == 0.0 and half in FIRST_HALVES:
                        first.append(len(dark))
                    dark_places, pale_places = _cross(half, middle, share, tilt)
                    named.append((half, middle, share))
                    dark.append(dark_places)
                    pale.append(pale_places)
    return _Shapes(np.array(dark), np.array(pale), np.array(first), tuple(named))


def _cross(
    half: float, middle: float, share: tuple[float, float], tilt: float
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Indices of the samples that should be dark and pale in one cross."""

    def places(along: np.ndarray, aside: np.ndarray | float) -> np.ndarray:
        """``along``: shares of the strokes; ``aside``: from the middle, in half distances."""
        along, aside = np.broadcast_arrays(along, aside)
        at = share[0] + (share[1] - share[0]) * along.ravel()
        across = middle + half * aside.ravel() + tilt * (2 * at - 1)
        row = np.clip(np.rint(at * ALONG - 0.5), 0, ALONG - 1).astype(np.int64)
        column = np.clip(np.rint(across / STEP) + HALF, 0, 2 * HALF).astype(np.int64)
        return np.asarray(row * ACROSS + column)

    stroke = np.split(np.linspace(*STROKE, PLACES), 2)
    ends, center = np.linspace(*APART, 6), np.linspace(*MIDDLE, 2)
    beside = np.array(BESIDE)[:, None]
    dark = [places(part, way * (2 * part - 1)) for way in (1, -1) for part in stroke]
    pale = [places(ends, 0.0), places(1 - ends, 0.0)]
    return dark, [*pale, places(center, beside), places(center, -beside)]
