"""Foreground extraction: dark strokes on white from any decoded picture.

A drawing in black or gray on an even light or dark background is ordinary. Colors, panels of
another shade and uneven light are normalized (``background``, ``shading``).

Shape letters: H and W pixels.
"""

from __future__ import annotations

import cv2
import numpy as np

from inchify.data.foreground.background import (
    BackgroundSettings,
    Ground,
    content_share,
    foreground_intensity,
    grounds_of,
)
from inchify.data.foreground.curved_arrows import without_curved_arrows
from inchify.data.foreground.frames_and_windows import may_have_frame, without_frame
from inchify.data.foreground.shading import is_uneven, level_light

# Pictures with a shorter side have no room for strokes on a background.
_SMALLEST = 16
# A pixel whose channels differ by more than this is colored; so are pictures with such a share.
_COLOURED, _COLOURED_SHARE = 40, 0.0005
# Cells of 16 pixels whose mean differs this much from the background, and their share in ordinary
# pictures.
_FAR, _FAR_SHARE = 24, 0.02
# Share of one shade between background and strokes, above what soft edges have.
_SHADE_SHARE = 0.005
# Share of a gray panel that strokes on it cover, at least.
_LEAST_CONTENT = 0.003


def grey_of_colour(rgb: np.ndarray) -> np.ndarray | None:
    """Dark strokes on white, uint8 (H, W), of a colored picture, uint8 (H, W, 3).

    Returns:
        None where the picture has no colors, or no backgrounds: its luminance suffices.
    """
    if min(rgb.shape[:2]) < _SMALLEST:
        return None
    spread = rgb.max(axis=2) - rgb.min(axis=2)
    if np.count_nonzero(spread > _COLOURED) <= _COLOURED_SHARE * spread.size:
        return None
    if is_uneven(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)):
        rgb = level_light(rgb)
    strokes = foreground_intensity(rgb)
    return None if strokes is None else 255 - strokes


def level_grey(grey: np.ndarray) -> np.ndarray:
    """A gray picture, uint8 (H, W), with even light and dark strokes on white.

    Returns:
        The very same array where the picture is ordinary.
    """
    if not _may_need_levelling(grey):
        return grey
    if is_uneven(grey):
        return level_light(grey)
    rgb = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
    # without colors a highlight that is not pale could not be told from soft edges in 1-bit scans
    # bold strokes with specks are the thicker
    side = 0.1 if len(np.flatnonzero(np.bincount(grey.ravel()))) > 2 else 0.2
    settings = BackgroundSettings(panel_side=side, panel_share=0.04, highlights=False)
    grounds, width = grounds_of(rgb, settings)
    if not any(ground.mark for ground in grounds) and not _has_dark_panel(grounds, width):
        return grey
    strokes = foreground_intensity(rgb, settings)
    return grey if strokes is None else 255 - strokes


def _has_dark_panel(grounds: list[Ground], width: float) -> bool:
    """Whether strokes stand on a background that is not the lightest one. Bars of charts and black
    edges of scans are large and dark too, but nothing stands on them."""
    darker = sorted(grounds, key=lambda ground: float(ground.colour.sum()))[:-1]
    return any(content_share(ground.area, width) > _LEAST_CONTENT for ground in darker)


def _may_need_levelling(grey: np.ndarray) -> bool:
    """A quick test that ordinary pictures fail: cells that are mostly not background, or a shade
    between background and strokes that many pixels have."""
    height, width = grey.shape
    if min(height, width) < _SMALLEST:
        return False
    size = (max(1, width // 16), max(1, height // 16))
    cells = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    paper = int(np.median(grey))
    far = np.abs(cells.astype(np.int16) - paper) > _FAR
    if np.count_nonzero(far) > _FAR_SHARE * far.size:
        return True
    counts = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel()
    shades = np.flatnonzero(counts)
    for end in (paper, int(shades[0]), int(shades[-1])):
        counts[max(0, end - _FAR) : end + _FAR + 1] = 0
    return bool(counts.max() > _SHADE_SHARE * grey.size)


def isolated(pixels: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """Strokes without curved arrows beside the drawing, a frame or a program's window around it.

    Args:
        pixels: the picture as decoded, uint8 (H, W) or (H, W, 3).
        gray: its strokes, dark on white: uint8 (H, W).

    Returns:
        ``grey`` or, where something was erased, a copy.
    """
    if pixels.ndim == 3 or may_have_frame(pixels):
        grey = without_frame(pixels, grey)
    return without_curved_arrows(grey)
