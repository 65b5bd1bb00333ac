"""Preparation of gray pictures for the networks: foreground upright and at one scale.

``prepare`` is the very same for training and reading. The competition draws at 25 or 40 pixels a
bond and leaves a margin of one bond and a pixel, so the margin tells the scale; for other pictures
the length of a bond is estimated from the strokes.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal, NamedTuple

import cv2
import numpy as np

from inchify.data.pictures.image_io import PictureError, read_picture
from inchify.data.pictures.scaling import box_without_specks
from inchify.data.strokes.bond_length import estimate_bond_length

__all__ = [
    "DrawingScale",
    "PictureError",
    "PictureSettings",
    "binarize",
    "measure",
    "prepare",
    "prepared_size",
    "prepared_sizes",
    "read_picture",
    "rotate_to_landscape",
]

# Margin in pixels -> pixels a bond: the competition's two sizes of drawing.
MARGINS = {26: 25.0, 41: 40.0}
# The competition's noise breaks lines: of its pictures at least .016 connected components of at
# most ``SMALL`` pixels come to a foreground pixel, of crops of patents at most .0004.
SMALL, BROKEN = 4, 0.008
How = Literal["margin", "strokes", "size"]


@dataclass(frozen=True, kw_only=True)
class PictureSettings:
    """How a picture is brought to the network's scale; all lengths in pixels of the result.

    ``estimate``: without the competition's margin, whether to estimate the bond length from the
    strokes or to assume ``default_bond`` pixels a bond.
    """

    bond_pixels: float = 20.0
    margin: int = 6
    max_height: int = 512
    max_width: int = 1024
    estimate: bool = True
    default_bond: float = 25.0

    def __post_init__(self) -> None:
        if not 2.0 <= self.bond_pixels <= 200.0:
            raise ValueError(f"'bond_pixels' is {self.bond_pixels}; it must be between 2 and 200")
        if not 0 <= self.margin <= 200:
            raise ValueError(f"'margin' is {self.margin}; it must be between 0 and 200")
        for key in ("max_height", "max_width"):
            if getattr(self, key) <= 2 * self.margin:
                raise ValueError(f"'{key}' is {getattr(self, key)}; it must exceed two margins")
        if self.default_bond <= 0:
            raise ValueError(f"'default_bond' is {self.default_bond}; it must be positive")


class DrawingScale(NamedTuple):
    """Position of the drawing in its picture and its bond length, both in source pixels.

    ``how`` names the source of the bond length: the competition's margin, the strokes, or only the
    size.
    """

    top: int
    left: int
    height: int
    width: int
    bond: float
    how: How


def binarize(gray: np.ndarray) -> np.ndarray:
    """Binarize a picture on a light or dark background.

    Pictures of exactly two shades split between them. Otherwise Otsu's threshold is used, kept away
    from both ends because a thin drawing covers a small part of its picture.

    Args:
        gray: uint8 (H, W).

    Returns:
        Foreground mask, bool (H, W); empty for a picture of one shade or with hardly any contrast.
    """
    counts = cv2.calcHist([gray], [0], None, [256], [0, 256]).ravel()
    shades = np.flatnonzero(counts)
    if len(shades) < 2:
        return np.zeros(gray.shape, dtype=bool)
    low, high = int(shades[0]), int(shades[-1])
    if len(shades) == 2:
        return gray == (low if counts[low] <= counts[high] else high)
    shades_below = np.cumsum(counts)
    background = int(np.searchsorted(shades_below, shades_below[-1] / 2))
    if background < (low + high) / 2:
        gray, background, low = 255 - gray, 255 - background, 255 - high
    contrast = background - low
    if contrast < 24:
        return np.zeros(gray.shape, dtype=bool)
    otsu, _ = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    threshold = min(max(otsu, low + 0.25 * contrast), low + 0.75 * contrast)
    return gray <= threshold


def rotate_to_landscape(foreground_mask: np.ndarray) -> np.ndarray:
    """Rotate a portrait picture a quarter turn counter-clockwise to landscape.

    Half of the competition's test pictures were rotated, and none of its training pictures is
    portrait.
    """
    return (
        np.ascontiguousarray(np.rot90(foreground_mask))
        if foreground_mask.shape[0] > foreground_mask.shape[1]
        else foreground_mask
    )


def measure(
    foreground_mask: np.ndarray, *, estimate: bool = True, default_bond: float = 25.0
) -> DrawingScale:
    """Measure the box of the drawing without isolated specks, and the length of its bonds.

    Args:
        foreground_mask: bool (H, W).
        estimate: Whether to estimate the bond length from the strokes where no margin tells it.
        default_bond: Bond length in pixels where nothing tells it.

    Returns:
        Box and bond length in pixels of the picture.
    """
    pixels = np.ascontiguousarray(foreground_mask).view(np.uint8)
    height, width = foreground_mask.shape
    left, top, inner_width, inner_height = box_without_specks(pixels)
    if not inner_width:
        left, top, inner_width, inner_height = cv2.boundingRect(pixels)
    if not inner_width:
        return DrawingScale(0, 0, height, width, default_bond, "size")
    box = (top, left, inner_height, inner_width)
    sides = (top, left, height - top - inner_height, width - left - inner_width)
    for margin, bond in MARGINS.items():
        if min(height, width) <= 2 * margin:
            continue
        # Salt can take the outermost pixels of a side and pepper can add some: three sides decide,
        # and two where that noise shows.
        fitting = sum(-2 <= side - margin <= 3 for side in sides)
        if fitting >= 3 or (fitting == 2 and _is_broken_by_noise(pixels)):
            return DrawingScale(
                margin, margin, height - 2 * margin, width - 2 * margin, bond, "margin"
            )
    if not estimate:
        return DrawingScale(*box, default_bond, "size")
    estimated = estimate_bond_length(pixels[top : top + inner_height, left : left + inner_width])
    if estimated is not None:
        return DrawingScale(*box, estimated, "strokes")
    # A drawing of the competition covers a box of about 7 x 7 bonds.
    return DrawingScale(*box, max(sqrt(inner_height * inner_width) / 7.0, 4.0), "size")


def _is_broken_by_noise(pixels: np.ndarray) -> bool:
    areas = cv2.connectedComponentsWithStats(pixels)[2][1:, cv2.CC_STAT_AREA]
    return int((areas <= SMALL).sum()) > BROKEN * int(pixels.sum())


def prepared_size(
    height: int, width: int, bond: float, settings: PictureSettings
) -> tuple[int, int]:
    """Size that ``prepare`` gives a drawing.

    Args:
        height: Height of the drawing's box in pixels.
        width: Width of the drawing's box in pixels.
        bond: Bond length in pixels.
        settings: The network's scale, margin and maximum size.

    Returns:
        Height and width in pixels.
    """
    edge = 2 * settings.margin
    scale = min(
        settings.bond_pixels / bond,
        (settings.max_height - edge) / height,
        (settings.max_width - edge) / width,
    )
    return (
        min(max(round(height * scale), 1) + edge, settings.max_height),
        min(max(round(width * scale), 1) + edge, settings.max_width),
    )


def prepared_sizes(
    heights: np.ndarray, widths: np.ndarray, bonds: np.ndarray, settings: PictureSettings
) -> np.ndarray:
    """``prepared_size`` of many drawings at once.

    Args:
        heights: (N,), heights of the boxes in pixels.
        widths: (N,), widths of the boxes in pixels.
        bonds: (N,), bond lengths in pixels.
        settings: The network's scale, margin and maximum size.

    Returns:
        int32 (N, 2), height and width in pixels.
    """
    edge = 2 * settings.margin
    high, wide = heights.astype(np.float64), widths.astype(np.float64)
    scale = settings.bond_pixels / bonds.astype(np.float64)
    scale = np.minimum(scale, (settings.max_height - edge) / np.maximum(high, 1))
    scale = np.minimum(scale, (settings.max_width - edge) / np.maximum(wide, 1))
    both = np.stack([np.rint(high * scale), np.rint(wide * scale)], axis=1)
    limits = np.array([settings.max_height, settings.max_width])
    return np.minimum(np.maximum(both, 1) + edge, limits).astype(np.int32)


def prepare(foreground_mask: np.ndarray, settings: PictureSettings) -> np.ndarray:
    """Crop the drawing, rescale it by area averaging and pad it.

    Args:
        foreground_mask: bool (H, W).
        settings: The network's scale, margin and maximum size.

    Returns:
        uint8 (h, w), 255 where there is full foreground.
    """
    drawing = measure(
        foreground_mask, estimate=settings.estimate, default_bond=settings.default_bond
    )
    height, width = prepared_size(drawing.height, drawing.width, drawing.bond, settings)
    edge = settings.margin
    box = foreground_mask[
        drawing.top : drawing.top + drawing.height, drawing.left : drawing.left + drawing.width
    ]
    pixels = np.ascontiguousarray(box).view(np.uint8) * np.uint8(255)
    inner = (width - 2 * edge, height - 2 * edge)
    shrinking = inner[0] <= drawing.width and inner[1] <= drawing.height
    method = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    picture = np.zeros((height, width), dtype=np.uint8)
    picture[edge : height - edge, edge : width - edge] = cv2.resize(
        pixels, inner, interpolation=method
    )
    return picture
