"""Evenly dashed bond detection along given lines.

Many drawings have a dashed line of one width where others have a hashed wedge. A stroke that was
broken by chance has few gaps, and no even ones. Shape letters: B bonds, A places along a bond.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inchify.data.strokes.bond_patches import strips_along

# Samples along a bond, and to either side of its axis, whose distance is a share of the usual bond.
ALONG, ASIDE, STEP = 128, 3, 0.02


@dataclass(frozen=True, kw_only=True)
class DashSettings:
    """Of the darkest part of a stroke: ``dark`` is a dash, ``pale`` a gap. There are at least
    ``gaps`` of these; the distances of dashes differ by at most ``uneven`` of their mean (standard
    deviation), and dashes are between the shares ``filled`` of the stroke."""

    dark: float = 0.6
    pale: float = 0.4
    gaps: int = 3
    uneven: float = 0.2
    filled: tuple[float, float] = (0.25, 0.85)


def dashed_strokes(
    ink_HW: np.ndarray, ends_B4: np.ndarray, unit: float, settings: DashSettings | None = None
) -> np.ndarray:
    """Which strokes are evenly dashed, bool (B,).

    Args:
        ink_HW: 0 in the background; uint8 or float32, any value for full foreground.
        ends_B4: begin and end (x0, y0, x1, y1) in pixels of the parts of the bonds outside labels.
        unit: the usual length of a bond in pixels.
        settings: limits of even dashes.
    """
    settings = settings or DashSettings()
    if not len(ends_B4):
        return np.zeros(0, bool)
    share_A = (np.arange(ALONG) + 0.5) / ALONG
    away_T = np.arange(-ASIDE, ASIDE + 1) * (STEP * unit)
    core_BA = strips_along(ink_HW, ends_B4, share_A, away_T).max(axis=2)
    return np.array([_are_even(_dashes(core_A, settings), settings) for core_A in core_BA])


def _dashes(core_A: np.ndarray, settings: DashSettings) -> list[tuple[int, int]]:
    """Begin and end of each dark run that a pale place parts from the next."""
    peak = max(float(np.quantile(core_A, 0.9)), 1e-6)
    dashes: list[list[int]] = []
    parted = True
    for place, value in enumerate((core_A / peak).tolist()):
        if value > settings.dark:
            if parted:
                dashes.append([place, place + 1])
            dashes[-1][1] = place + 1
            parted = False
        elif value < settings.pale:
            parted = True
    return [(begin, end) for begin, end in dashes]


def _are_even(dashes: list[tuple[int, int]], settings: DashSettings) -> bool:
    """Whether dashes are many, at equal distances and as long as gaps. Those at the ends may be cut
    by a label or joined to a corner."""
    if len(dashes) <= settings.gaps:
        return False
    begins = np.array([begin for begin, _ in dashes])
    ends = np.array([end for _, end in dashes])
    gap_middles = (ends[:-1] + begins[1:]) / 2
    apart = np.diff(gap_middles)
    filled = float((ends - begins)[1:-1].sum() / max(apart.sum(), 1e-6))
    low, high = settings.filled
    return bool(apart.std() <= settings.uneven * apart.mean()) and low <= filled <= high
