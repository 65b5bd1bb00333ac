"""Evenly dashed bond detection along given lines.

Many drawings have a dashed line of one width where others have a hashed wedge. A stroke that was
broken by chance has few gaps, and no even ones. Shape letters: B bonds, A places along a bond.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inchify.data.strokes.bond_patches import sample_along

# Samples along a bond, and to either side of its axis, whose distance is a share of the usual bond.
ALONG, ASIDE, STEP = 128, 3, 0.02


@dataclass(frozen=True, kw_only=True)
class DashSettings:
    """Of the darkest part of a stroke: ``dark_level`` is a dash, ``pale_level`` a gap. There are at
    least ``min_gaps`` of these; the distances of dashes differ by at most ``max_spacing_deviation``
    of their mean (standard deviation), and dashes are between the shares ``filled_range`` of the
    stroke."""

    dark_level: float = 0.6
    pale_level: float = 0.4
    min_gaps: int = 3
    max_spacing_deviation: float = 0.2
    filled_range: tuple[float, float] = (0.25, 0.85)


def dashed_strokes(
    intensity_HW: np.ndarray, ends_B4: np.ndarray, unit: float, settings: DashSettings | None = None
) -> np.ndarray:
    """Which strokes are evenly dashed, bool (B,).

    Args:
        intensity_HW: 0 in the background; uint8 or float32, any value for full foreground.
        ends_B4: begin and end (x0, y0, x1, y1) in pixels of the parts of the bonds outside labels.
        unit: the usual length of a bond in pixels.
        settings: limits of even dashes.
    """
    settings = settings or DashSettings()
    if not len(ends_B4):
        return np.zeros(0, bool)
    share_A = (np.arange(ALONG) + 0.5) / ALONG
    away_T = np.arange(-ASIDE, ASIDE + 1) * (STEP * unit)
    core_BA = sample_along(intensity_HW, ends_B4, share_A, away_T).max(axis=2)
    return np.array([_are_even(_dashes(core_A, settings), settings) for core_A in core_BA])


def _dashes(core_A: np.ndarray, settings: DashSettings) -> list[tuple[int, int]]:
    """Begin and end of each dark run that a pale place parts from the next."""
    peak = max(float(np.quantile(core_A, 0.9)), 1e-6)
    dashes: list[list[int]] = []
    parted = True
    for place, value in enumerate((core_A / peak).tolist()):
        if value > settings.dark_level:
            if parted:
                dashes.append([place, place + 1])
            dashes[-1][1] = place + 1
            parted = False
        elif value < settings.pale_level:
            parted = True
    return [(begin, end) for begin, end in dashes]


def _are_even(dashes: list[tuple[int, int]], settings: DashSettings) -> bool:
    """Whether dashes are many, at equal distances and as long as gaps. Those at the ends may be cut
    by a label or joined to a corner."""
    if len(dashes) <= settings.min_gaps:
        return False
    begins = np.array([begin for begin, _ in dashes])
    ends = np.array([end for _, end in dashes])
    gap_middles = (ends[:-1] + begins[1:]) / 2
    apart = np.diff(gap_middles)
    filled = float((ends - begins)[1:-1].sum() / max(apart.sum(), 1e-6))
    low, high = settings.filled_range
    return (
        bool(apart.std() <= settings.max_spacing_deviation * apart.mean()) and low <= filled <= high
    )
