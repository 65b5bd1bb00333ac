"""Shading correction: estimation of uneven light and division by it.

Photographs and slides with a gradient have a background that changes smoothly; here it is estimated
from medians of cells and the picture divided by it, so that the background becomes white.

Shape letters: H and W pixels, C channels.
"""

from __future__ import annotations

import cv2
import numpy as np

# Cells of the background's grid: pixels a side, and how many along the shorter side at most.
_CELL, _MAX_CELLS = 12, 24
# Maximum difference of neighboring cells of a smooth gradient, in levels of 255.
_MIN_STEP, _LARGEST_STEP = 1.5, 32.0
_GRADIENT_SHARE, _GRADIENT_RANGE = 0.3, 30.0
# Levels by which half of a picture's pixels may differ from its background.
_MAX_NOISE = 16.0


def cell_medians(pixels: np.ndarray) -> np.ndarray:
    """Medians of square cells of uint8 (H, W): float32 (rows, columns) for the whole picture."""
    height, width = pixels.shape
    side = max(_CELL, min(height, width) // _MAX_CELLS)
    rows, columns = max(1, height // side), max(1, width // side)
    # the picture is made to hold whole cells; a stretch by a few pixels moves no median
    even = cv2.resize(pixels, (columns * side, rows * side), interpolation=cv2.INTER_NEAREST)
    cells = even.reshape(rows, side, columns, side).swapaxes(1, 2).reshape(rows, columns, -1)
    return np.median(cells, axis=2).astype(np.float32)


def is_uneven(gray: np.ndarray) -> bool:
    """Whether the background of a gray picture, uint8 (H, W), changes smoothly and markedly, and
    most of the picture is background."""
    medians = cell_medians(gray)
    if medians.size < 12:
        return False
    low, high = np.quantile(medians, [0.05, 0.95])
    if high - low < _GRADIENT_RANGE:
        return False
    steps = np.concatenate([np.abs(np.diff(medians, axis=axis)).ravel() for axis in (0, 1)])
    smooth = (steps >= _MIN_STEP) & (steps <= _LARGEST_STEP)
    if smooth.mean() <= _GRADIENT_SHARE:
        return False
    return float(np.median(np.abs(gray - _surface(gray)))) < _MAX_NOISE


def correct_shading(pixels: np.ndarray) -> np.ndarray:
    """A picture whose background is made white, its strokes dark.

    Args:
        pixels: uint8 (H, W) or (H, W, C) on a background that changes smoothly.

    Returns:
        The same shape: each channel divided by its background. Light strokes on a dark background
        are inverted first.
    """
    channels = pixels[..., None] if pixels.ndim == 2 else pixels
    ground = np.stack(
        [_surface(np.ascontiguousarray(channels[..., at])) for at in range(channels.shape[2])], -1
    )
    change = channels.astype(np.float32) - ground
    if np.maximum(change - 24, 0).sum() > np.maximum(-change - 24, 0).sum():
        channels, ground = 255 - channels, 255 - ground
    levelled = channels / np.maximum(ground, 8.0)
    noise = float(np.median(np.abs(levelled - 1.0))) * 1.48
    if noise > 0.015:
        levelled = cv2.GaussianBlur(levelled, (0, 0), 0.7).reshape(channels.shape)
        noise = float(np.median(np.abs(levelled - 1.0))) * 1.48
    # variation within the noise is background
    floor = min(2.5 * noise, 0.3)
    levelled = 1.0 - np.maximum(1.0 - levelled - floor, 0.0) / (1.0 - floor)
    return np.clip(np.rint(255.0 * levelled), 0, 255).astype(np.uint8).reshape(pixels.shape)


def _surface(channel: np.ndarray) -> np.ndarray:
    """The smooth background of one channel, float32 (H, W)."""
    medians = cell_medians(channel)
    rows, columns = medians.shape
    if min(rows, columns) >= 3:
        medians = cv2.medianBlur(medians, 3)
    medians = cv2.GaussianBlur(medians, (0, 0), 0.8)
    size = (channel.shape[1], channel.shape[0])
    return cv2.resize(medians, size, interpolation=cv2.INTER_LINEAR)
