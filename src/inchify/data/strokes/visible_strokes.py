"""Measurement of the visible parts of bond strokes outside labels: darkness, width, taper and gaps.

At a label a bond is short, and of a wedge there only the wider part is seen. Shape letters: H and W
pixels, N places along a stroke, T samples across it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inchify.data.pictures.interpolation import sampled_at

# Samples for each pixel of a line's length and to either side of it, the least number along it.
DENSITY, MIN_SAMPLES = 2, 8
# How far to either side a stroke may reach, and its axis may lie, in usual bonds.
REACH, ASIDE = 0.25, 0.12
# Of the darkest part of a stroke: what belongs to it at its ends, and what is dark and pale enough
# for strokes and gaps of a hashed wedge.
BEGUN, DARK, PALE = 0.4, 0.66, 0.5
# Places along a line that are tried for being free of labels.
STEPS = 200


@dataclass(frozen=True)
class VisibleStroke:
    """``pixels``: the length that is seen. Widths in those of the picture's lines: ``first`` and
    ``last`` quarter of that length, ``broadest`` of nine tenths of it (with what is not joined to
    the axis). ``darkness`` 0..1 of the axis; ``gaps``: how many times it is broken."""

    pixels: float
    first: float
    last: float
    broadest: float
    darkness: float
    gaps: int

    @property
    def widening(self) -> float:
        """How many times as wide the end is as the beginning."""
        return self.last / max(self.first, 0.3)


UNSEEN = VisibleStroke(0.0, 0.0, 0.0, 0.0, 0.0, 0)


def free_part(
    begin_2: np.ndarray,
    end_2: np.ndarray,
    boxes: Sequence[tuple[float, float, float, float]],
    edge: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Longest part of a line outside boxes.

    Args:
        begin_2: Begin of the line (x, y) in pixels.
        end_2: End of the line (x, y) in pixels.
        boxes: Boxes (left, top, right, bottom) of labels in pixels.
        edge: Margin around each box in pixels.

    Returns:
        Begin and end of that part; both are ``begin_2`` where there is none.
    """
    share_N = np.linspace(0.0, 1.0, STEPS)
    place_N2 = begin_2 + share_N[:, None] * (end_2 - begin_2)
    free_N = np.ones(STEPS, bool)
    for left, top, right, bottom in boxes:
        x, y = place_N2.T
        free_N &= (x < left - edge) | (x > right + edge) | (y < top - edge) | (y > bottom + edge)
    steps = np.flatnonzero(np.diff(free_N.astype(np.int8), prepend=0, append=0))
    if not len(steps):
        return begin_2, begin_2
    spans = steps.reshape(-1, 2)
    first, last = spans[np.argmax(spans[:, 1] - spans[:, 0])].tolist()
    return place_N2[first], place_N2[last - 1]


def visible_stroke(
    intensity_HW: np.ndarray,
    begin_2: np.ndarray,
    end_2: np.ndarray,
    unit: float,
    line_width: float,
) -> VisibleStroke:
    """Measure the visible part of a stroke.

    Args:
        intensity_HW: uint8, 255 where there is full foreground.
        begin_2: Where its line leaves the label of the atom that it may widen from (x, y), pixels.
        end_2: Where its line ends or meets another label.
        unit: The usual length of a bond in pixels.
        line_width: The usual width of lines in pixels.
    """
    length = float(np.hypot(*(end_2 - begin_2)))
    if length < 1.0:
        return UNSEEN
    samples_NT = _samples(intensity_HW, begin_2, end_2, length, unit)
    middle = samples_NT.shape[1] // 2
    aside = int(ASIDE * unit * DENSITY)
    mean_T = np.convolve(samples_NT.mean(axis=0), np.ones(3) / 3, "same")
    axis = middle - aside + int(mean_T[middle - aside : middle + aside + 1].argmax())
    core_N = samples_NT[:, max(0, axis - 1) : axis + 2].max(axis=1)
    seen_N = np.flatnonzero(core_N > BEGUN * np.quantile(core_N, 0.9))
    if len(seen_N) < MIN_SAMPLES // 2:
        return UNSEEN
    kept = slice(int(seen_N[0]), int(seen_N[-1]) + 1)
    share = (kept.stop - kept.start) / len(core_N)
    core_N, samples_NT = core_N[kept], samples_NT[kept]
    sides = samples_NT[:, axis + 1 :], samples_NT[:, :axis][:, ::-1]
    joined = [np.minimum.accumulate(np.column_stack([core_N, s]), axis=1).sum(1) for s in sides]
    width_N = (joined[0] + joined[1] - core_N) / DENSITY / line_width
    quarter = max(2, len(core_N) // 4)
    return VisibleStroke(
        pixels=length * share,
        first=float(width_N[:quarter].mean()),
        last=float(width_N[-quarter:].mean()),
        broadest=float(np.quantile(samples_NT.sum(axis=1), 0.9)) / DENSITY / line_width,
        darkness=float(core_N.mean()),
        gaps=_gaps(core_N),
    )


def _samples(
    intensity_HW: np.ndarray, begin_2: np.ndarray, end_2: np.ndarray, length: float, unit: float
) -> np.ndarray:
    """Foreground in 0..1 along a line and beside it, float32 (N, T)."""
    along_2 = (end_2 - begin_2) / length
    side_2 = np.array((-along_2[1], along_2[0]))
    share_N = np.linspace(0.0, 1.0, max(MIN_SAMPLES, int(DENSITY * length)))
    half = int(np.ceil(REACH * unit * DENSITY))
    away_T = np.arange(-half, half + 1) / DENSITY
    axis_N2 = begin_2 + share_N[:, None] * (end_2 - begin_2) - 0.5
    spots = axis_N2[:, None] + away_T[None, :, None] * side_2
    x, y = spots.transpose(2, 0, 1)
    samples = sampled_at(intensity_HW, x, y)
    return np.asarray(samples.astype(np.float32) / 255.0)


def _gaps(core_N: np.ndarray) -> int:
    """How many times a stroke is pale between dark parts."""
    peak = float(np.quantile(core_N, 0.9))
    state_N = np.where(core_N > DARK * peak, 1, np.where(core_N < PALE * peak, -1, 0))
    state_N = state_N[state_N != 0]
    dark_N = np.flatnonzero(state_N > 0)
    return int((np.diff(state_N[dark_N[0] :]) == 2).sum()) if len(dark_N) else 0
