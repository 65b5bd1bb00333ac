"""Rescaling of pictures to a network's scale, shared by training and reading.

Shape letters: H and W pixels. Pictures are uint8, 255 where there is full foreground.
"""

from __future__ import annotations

import cv2
import numpy as np

# The median shade of a picture is its background; what few pixels exceed is full foreground.
_BACKGROUND_QUANTILE, _FOREGROUND_QUANTILE = 0.5, 0.999


def rescale(intensity: np.ndarray, factors: tuple[float, float]) -> np.ndarray:
    """Rescale a picture, by area averaging where it shrinks, else linearly.

    Args:
        intensity: uint8 (H, W).
        factors: Scale across and down.

    Returns:
        uint8 (h, w); the very same array where its size does not change.
    """
    height, width = intensity.shape
    size = (max(1, round(width * factors[0])), max(1, round(height * factors[1])))
    if size == (width, height):
        return intensity
    shrinking = size[0] <= width and size[1] <= height
    method = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return cv2.resize(intensity, size, interpolation=method)


def normalize_contrast(intensity: np.ndarray) -> np.ndarray:
    """Stretch the contrast to background 0 and the darkest foreground 255.

    Args:
        intensity: uint8 (H, W), background low.

    Returns:
        uint8 (H, W); empty where the picture has no contrast.
    """
    counts = np.bincount(intensity.ravel(), minlength=256)
    shares = np.cumsum(counts) / max(int(counts.sum()), 1)
    background = int(np.searchsorted(shares, _BACKGROUND_QUANTILE))
    dark = int(np.searchsorted(shares, _FOREGROUND_QUANTILE))
    dark = max(dark, int(np.flatnonzero(counts)[-1]) - 32) if len(intensity.ravel()) else dark
    if dark - background < 24:
        return np.zeros_like(intensity)
    if background == 0 and dark == 255:
        return intensity
    table = np.clip((np.arange(256) - background) * (255.0 / (dark - background)), 0, 255)
    return table.astype(np.uint8)[intensity]


def intensity_of_gray(gray: np.ndarray) -> np.ndarray:
    """Convert gray pixels on a light or dark background to contrast-normalized foreground.

    Args:
        gray: uint8 (H, W); the median shade is the background.

    Returns:
        uint8 (H, W), 255 where there is full foreground.
    """
    counts = np.bincount(gray.ravel(), minlength=256)
    middle = int(np.searchsorted(np.cumsum(counts), gray.size / 2))
    low, high = np.flatnonzero(counts)[[0, -1]].tolist()
    dark_paper = middle < (low + high) / 2
    return normalize_contrast(gray if dark_paper else 255 - gray)


def foreground_box(
    intensity: np.ndarray, level: int = 80, *, pepper: bool = True
) -> tuple[int, int, int, int]:
    """Bounding box of the foreground without isolated specks.

    Args:
        intensity: uint8 (H, W), 255 where there is full foreground.
        level: Pixels above it are foreground.
        pepper: Whether there is pepper noise; without it groups of specks, as of a fine hashed
            bond, are foreground.

    Returns:
        (top, left, height, width) in pixels; all zero where there is none.
    """
    pixels = (intensity > level).view(np.uint8)
    left, top, width, height = box_without_specks(pixels, fine=not pepper)
    return (top, left, height, width) if width else (0, 0, 0, 0)


def box_without_specks(pixels: np.ndarray, *, fine: bool = False) -> tuple[int, int, int, int]:
    """Bounding box of the foreground that has at least two neighbors within two pixels.

    Pepper noise comes alone or in pairs.

    Args:
        pixels: uint8 (H, W) of 0 and 1.
        fine: Whether foreground with three neighbors within four pixels counts, too.

    Returns:
        (left, top, width, height) in pixels; all zero where there is none.
    """
    kept = _neighbors(pixels, 2) >= 3
    if fine:
        kept |= _neighbors(pixels, 4) >= 4
    left, top, width, height = cv2.boundingRect(kept.view(np.uint8) & pixels)
    return left, top, width, height


def _neighbors(pixels: np.ndarray, reach: int) -> np.ndarray:
    """Number of foreground pixels within the given distance of each, itself included."""
    size = (2 * reach + 1, 2 * reach + 1)
    return np.asarray(
        cv2.boxFilter(pixels, cv2.CV_8U, size, normalize=False, borderType=cv2.BORDER_CONSTANT)
    )
