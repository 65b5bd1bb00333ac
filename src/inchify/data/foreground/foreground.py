"""Foreground extraction: dark strokes on white from any decoded picture.

A drawing in black or gray on an even light or dark background is ordinary. Colors, panels of
another shade and uneven light are normalized (``background``, ``shading``).

Shape letters: H and W pixels.
"""

from __future__ import annotations

import cv2
import numpy as np

from inchify.data.foreground.background import (
    Background,
    BackgroundSettings,
    content_share,
    find_backgrounds,
    foreground_intensity,
)
from inchify.data.foreground.curved_arrows import remove_curved_arrows
from inchify.data.foreground.frames_and_windows import may_have_frame, remove_frame
from inchify.data.foreground.shading import correct_shading, is_uneven

# Pictures with a shorter side have no room for strokes on a background.
_SMALLEST = 16
# A pixel whose channels differ by more than this is colored; so are pictures with such a share.
_COLORED, _COLORED_SHARE = 40, 0.0005
# Cells of 16 pixels whose mean differs this much from the background, and their share in ordinary
# pictures.
_FAR, _FAR_SHARE = 24, 0.02
# Share of one shade between background and strokes, above what soft edges have.
_SHADE_SHARE = 0.005
# Share of a gray panel that strokes on it cover, at least.
_MIN_CONTENT = 0.003


def gray_of_color(rgb: np.ndarray) -> np.ndarray | None:
    """Convert a colored picture to dark strokes on white.

    Args:
        rgb: uint8 (H, W, 3).

    Returns:
        uint8 (H, W); None where the picture has no colors, or no backgrounds: its luminance
        suffices.
    """
    if min(rgb.shape[:2]) < _SMALLEST:
        return None
    spread = rgb.max(axis=2) - rgb.min(axis=2)
    if np.count_nonzero(spread > _COLORED) <= _COLORED_SHARE * spread.size:
        return None
    if is_uneven(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)):
        rgb = correct_shading(rgb)
    strokes = foreground_intensity(rgb)
    return None if strokes is None else 255 - strokes


def normalize_gray(gray: np.ndarray) -> np.ndarray:
    """Normalize a gray picture to even light and dark strokes on white.

    Args:
        gray: uint8 (H, W).

    Returns:
        uint8 (H, W), the very same array where the picture is ordinary.
    """
    if not _may_need_levelling(gray):
        return gray
    if is_uneven(gray):
        return correct_shading(gray)
    rgb = cv2.cvtColor(gray, cv2.COLOR_GRAY2RGB)
    # without colors a highlight that is not pale could not be told from soft edges in 1-bit scans
    # bold strokes with specks are the thicker
    side = 0.1 if len(np.flatnonzero(np.bincount(gray.ravel()))) > 2 else 0.2
    settings = BackgroundSettings(panel_side=side, panel_share=0.04, highlights=False)
    grounds, width = find_backgrounds(rgb, settings)
    if not any(ground.mark for ground in grounds) and not _has_dark_panel(grounds, width):
        return gray
    strokes = foreground_intensity(rgb, settings)
    return gray if strokes is None else 255 - strokes


def _has_dark_panel(grounds: list[Background], width: float) -> bool:
    """Whether strokes stand on a background that is not the lightest one. Bars of charts and black
    edges of scans are large and dark too, but nothing stands on them."""
    darker = sorted(grounds, key=lambda ground: float(ground.color.sum()))[:-1]
    return any(content_share(ground.area, width) > _MIN_CONTENT for ground in darker)


def _may_need_levelling(gray: np.ndarray) -> bool:
    """A quick test that ordinary pictures fail: cells that are mostly not background, or a shade
    between background and strokes that many pixels have."""
    height, width = gray.shape
    if min(height, width) < _SMALLEST:
        return False
    size = (max(1, width // 16), max(1, height // 16))
    cells = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    background = int(np.median(gray))
    far = np.abs(cells.astype(np.int16) - background) > _FAR
    if np.count_nonzero(far) > _FAR_SHARE * far.size:
        return True
    counts = cv2.calcHist([gray], [0], None, [256], [0, 256]).ravel()
    shades = np.flatnonzero(counts)
    for end in (background, int(shades[0]), int(shades[-1])):
        counts[max(0, end - _FAR) : end + _FAR + 1] = 0
    return bool(counts.max() > _SHADE_SHARE * gray.size)


def remove_surroundings(pixels: np.ndarray, gray: np.ndarray) -> np.ndarray:
    """Strokes without curved arrows beside the drawing, a frame or a program's window around it.

    Args:
        pixels: the picture as decoded, uint8 (H, W) or (H, W, 3).
        gray: its strokes, dark on white: uint8 (H, W).

    Returns:
        ``gray`` or, where something was erased, a copy.
    """
    if pixels.ndim == 3 or may_have_frame(pixels):
        gray = remove_frame(pixels, gray)
    return remove_curved_arrows(gray)
