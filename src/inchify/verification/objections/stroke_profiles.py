"""Darkness and width of strokes along their length, at the picture's full resolution.

A fine hashed wedge that was reduced looks like a plain, pale line; at its own resolution it is
broken, gray or widening. Shape letters: B bonds, A places along a bond, T places across it.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from inchify.data.strokes.bond_patches import sample_along

# Samples along a bond and to either side, and their distance across in bonds.
ALONG, HALF, STEP = 64, 12, 0.02
# Sections in which a stroke's axis is sought, up to ``SOUGHT`` samples from where it should be, and
# the samples to either side of the axis that count as the stroke.
SECTIONS, SOUGHT, HALF_WINDOW = 4, 5, 7
# The part of the visible bond that is sampled; a share of ``GAP`` at either end may be a wider gap
# at a label (paler than the level), and is left out; ``KEPT`` places of the rest remain.
FIRST, LAST = 0.12, 0.88
GAP, FOREGROUND_LEVEL, KEPT = 0.3, 0.5, 48


class StrokeProfiles(NamedTuple):
    """Of each bond, beside the usual one of the picture (1.0): ``lowest``: the darkness of its
    palest place, a gap at either end included; ``mean``: its mean darkness; ``rough``: the mean
    step of darkness from one place to the next; ``width``: its mean width; ``widening``: how much
    wider the end is than the beginning. All float64 (B,)."""

    lowest: np.ndarray
    mean: np.ndarray
    rough: np.ndarray
    width: np.ndarray
    widening: np.ndarray


def stroke_profiles(
    intensity_HW: np.ndarray, ends_B4: np.ndarray, unit: float, usual_B: np.ndarray
) -> StrokeProfiles:
    """Measure darkness and width along lines.

    Args:
        intensity_HW: uint8, 255 full foreground, at the picture's full resolution.
        ends_B4: The lines (x0, y0, x1, y1) in pixels.
        unit: Pixels of a bond.
        usual_B: Which bonds show how dark and wide plain strokes are (all if none).

    Returns:
        The profiles, relative to those strokes.
    """
    if not len(ends_B4):
        return StrokeProfiles(*(np.zeros(0) for _ in StrokeProfiles._fields))
    core_BA, width_BA = _along(_profiles(intensity_HW, ends_B4, unit))
    usual_B = usual_B if usual_B.any() else np.ones(len(ends_B4), bool)
    core_BA = core_BA / max(float(np.median(core_BA[usual_B])), 1e-6)
    width_BA = width_BA / max(float(np.median(width_BA[usual_B])), 1e-6)
    kept_BK = _between_gaps(core_BA)
    core_BK = np.take_along_axis(core_BA, kept_BK, axis=1)
    width_BK = np.take_along_axis(width_BA, kept_BK, axis=1)
    quarter = KEPT // 4
    return StrokeProfiles(
        core_BA.min(axis=1),
        core_BK.mean(axis=1),
        np.abs(np.diff(core_BK, axis=1)).mean(axis=1),
        width_BK.mean(axis=1),
        width_BK[:, -quarter:].mean(axis=1) - width_BK[:, :quarter].mean(axis=1),
    )


def _between_gaps(core_BA: np.ndarray) -> np.ndarray:
    """``KEPT`` places along each bond, int64 (B, K), from the first to the last with foreground."""
    max_gap = int(GAP * ALONG)
    first_B = (core_BA[:, :max_gap] > FOREGROUND_LEVEL).argmax(axis=1)
    last_B = ALONG - 1 - (core_BA[:, : -max_gap - 1 : -1] > FOREGROUND_LEVEL).argmax(axis=1)
    share_K = np.linspace(0.0, 1.0, KEPT)
    places = first_B[:, None] + (last_B - first_B)[:, None] * share_K
    return np.asarray(np.rint(places), dtype=np.int64)


def _profiles(intensity_HW: np.ndarray, ends_B4: np.ndarray, unit: float) -> np.ndarray:
    """Foreground in 0..1 along every line and beside it, float32 (B, A, T)."""
    share_A = np.linspace(FIRST, LAST, ALONG)
    away_T = np.arange(-HALF, HALF + 1) * (STEP * unit)
    return sample_along(intensity_HW, ends_B4, share_A, away_T).astype(np.float32) / 255.0


def _along(samples_BAT: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Darkness of the axis and width in bonds of what is joined to it, each (B, A)."""
    count = len(samples_BAT)
    section_BST = samples_BAT.reshape(count, SECTIONS, ALONG // SECTIONS, -1).mean(axis=2)
    rows = section_BST.reshape(count * SECTIONS, -1)
    soft_BST = cv2.blur(rows, (3, 1)).reshape(section_BST.shape)
    band = soft_BST[:, :, HALF - SOUGHT : HALF + SOUGHT + 1]
    axis_BA = np.repeat(band.argmax(axis=2) + HALF - SOUGHT, ALONG // SECTIONS, axis=1)
    column = np.clip(axis_BA[:, :, None] + np.arange(-HALF_WINDOW, HALF_WINDOW + 1), 0, 2 * HALF)
    cell_BAT = np.take_along_axis(samples_BAT, column, axis=2)
    core_BA = cell_BAT[:, :, HALF_WINDOW - 1 : HALF_WINDOW + 2].max(axis=2)
    cell_BAT[:, :, HALF_WINDOW] = core_BA
    right = np.minimum.accumulate(cell_BAT[:, :, HALF_WINDOW:], axis=2).sum(axis=2)
    left = np.minimum.accumulate(cell_BAT[:, :, HALF_WINDOW::-1], axis=2).sum(axis=2)
    return core_BA, (right + left - core_BA) * STEP
