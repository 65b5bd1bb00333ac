"""Patches along bonds, cut from a picture at its original resolution; shared by training,
reading and verification.

Shape letters: H and W pixels, B bonds, A samples along a bond, T samples across it.
"""

from __future__ import annotations

import cv2
import numpy as np

from inchify.chemistry.symbols import BOND_KINDS, DIRECTED
from inchify.data.pictures.interpolation import sampled_at

# A patch: samples along and across, how far it reaches beyond both ends (in lengths of the bond)
# and to either side (in usual bond lengths).
ALONG, ACROSS = 56, 28
BEYOND, ASIDE = 0.15, 0.42
# Longer bonds (in pixels) are shrunk to this length first: samples would skip pixels.
FINEST_BOND = 48.0
NONE = "none"
BACK = " reversed"
# What may be drawn between two atoms; a reversed bond has its narrow end, or tail, at the right.
PATCH_KINDS = (
    NONE,
    *BOND_KINDS,
    *(kind + BACK for kind in BOND_KINDS if kind in DIRECTED),
)
# Numbers beside a patch: the resolution and the bond's length, as logarithms.
SCALAR_FEATURES = 2


def at_patch_resolution(intensity_HW: np.ndarray, unit: float) -> tuple[np.ndarray, float]:
    """The picture as patches are cut from it.

    Args:
        intensity_HW: uint8, 255 where there is full foreground.
        unit: The usual length of a bond in pixels.

    Returns:
        The picture, shrunk by area averaging where bonds are longer than ``FINEST_BOND`` pixels,
        and its size over the original's.
    """
    scale = min(1.0, FINEST_BOND / unit)
    if scale == 1.0:
        return intensity_HW, 1.0
    height, width = intensity_HW.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(intensity_HW, size, interpolation=cv2.INTER_AREA), scale


def bond_patches(intensity_HW: np.ndarray, ends_B4: np.ndarray, unit: float) -> np.ndarray:
    """Cut one patch for each bond, laid level with its start at the left.

    Args:
        intensity_HW: uint8, 255 where there is full foreground.
        ends_B4: Begin and end (x0, y0, x1, y1) in pixels.
        unit: The usual length of a bond in pixels.

    Returns:
        uint8 (B, T, A).
    """
    picture_HW, scale = at_patch_resolution(intensity_HW, unit)
    share_A = ((np.arange(ALONG) + 0.5) / ALONG) * (1 + 2 * BEYOND) - BEYOND
    aside_T = (((np.arange(ACROSS) + 0.5) / ACROSS) * 2 - 1) * (ASIDE * unit * scale)
    samples_BAT = sample_along(picture_HW, ends_B4 * scale, share_A, aside_T)
    return np.ascontiguousarray(samples_BAT.transpose(0, 2, 1))


def sample_along(
    intensity_HW: np.ndarray, ends_B4: np.ndarray, share_A: np.ndarray, aside_T: np.ndarray
) -> np.ndarray:
    """Sample a rectangular strip along each line.

    Args:
        intensity_HW: uint8 or float32.
        ends_B4: Begin and end (x0, y0, x1, y1) in pixels.
        share_A: Where the samples along a line lie, 0 at its start, 1 at its end.
        aside_T: How far the samples across it lie to its right (y down), in pixels.

    Returns:
        (B, A, T), of the picture's type; 0 outside of it.
    """
    begin_B2, way_B2 = ends_B4[:, :2], ends_B4[:, 2:] - ends_B4[:, :2]
    length_B1 = np.maximum(np.hypot(way_B2[:, 0], way_B2[:, 1]), 1e-6)[:, None]
    side_B2 = np.stack([-way_B2[:, 1], way_B2[:, 0]], axis=1) / length_B1
    axis_BA2 = begin_B2[:, None] + way_B2[:, None] * share_A[:, None] - 0.5
    spots_BAT2 = axis_BA2[:, :, None] + side_B2[:, None, None] * aside_T[:, None]
    if not len(ends_B4):
        return np.zeros((0, len(share_A), len(aside_T)), intensity_HW.dtype)
    x, y = spots_BAT2.reshape(-1, len(aside_T), 2).transpose(2, 0, 1)
    samples = sampled_at(intensity_HW, x, y)
    return samples.reshape(len(ends_B4), len(share_A), len(aside_T))


def scalar_features(ends_B4: np.ndarray, unit: float) -> np.ndarray:
    """Scalar features beside the patches: logarithms of the resolution and of each bond's relative
    length, float32 (B, X).

    Args:
        ends_B4: Begin and end (x0, y0, x1, y1) in pixels of the picture as it is.
        unit: The usual length of a bond in those pixels.
    """
    length_B = np.hypot(ends_B4[:, 2] - ends_B4[:, 0], ends_B4[:, 3] - ends_B4[:, 1])
    resolution_B = np.full(len(ends_B4), np.log(unit / 32.0))
    relative_B = np.log(np.maximum(length_B, 1e-3) / unit)
    return np.stack([resolution_B, relative_B], axis=1).astype(np.float32)
