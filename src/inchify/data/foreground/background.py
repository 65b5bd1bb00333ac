"""Foreground intensity of a color picture by contrast to its local background.

Flat areas of one color (page background, panels, highlights behind atoms, pale watermarks) are
backgrounds; what differs in color from the backgrounds beside it is foreground, whichever of the
two is darker.

Shape letters: H and W pixels, K colors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

_BINS = 16
# Strokes stand out from the median of this many pixels on each side, by at least this many levels.
_REACH, _MIN_RELIEF = 10, 16
# Pixels whose colors are compared at once.
_CHUNK = 200_000


@dataclass(frozen=True, kw_only=True)
class BackgroundSettings:
    """How backgrounds are told from strokes. Color differences are Euclidean distances in RGB
    (0 to 441); thicknesses are multiples of the usual stroke width.

    ``tolerance``: largest difference in a channel within one color (levels of 255). ``min_share``:
    minimum share of the picture of a background color. ``max_colors``: number of most frequent
    colors that are considered. ``panel_thickness``, ``panel_side``, ``panel_share``: an area this
    thick, also as a share of the picture's shorter side, that covers this share of the picture is a
    background. ``mark_thickness``: strokes of a watermark are at least this thick;
    ``mark_tolerance`` is the largest difference in a channel within most of them (levels of 255).
    ``max_mark_contrast``: maximum contrast of a watermark to its background, as a share of the
    strokes' contrast. ``highlights``: whether areas of full color, as pale ones, may lie behind
    strokes. ``min_own_color``: minimum share of a highlight in which its color is visible.
    ``min_content``: minimum share of a highlight that strokes on it cover, whose contrast to it is
    at least ``stroke_contrast`` of the strongest in the picture.
    ``min_contrast``: minimum share of the strongest contrast that counts as full foreground.
    ``min_cover``: minimum share of a drawing that the page background and panels cover.
    """

    tolerance: int = 20
    min_share: float = 0.0008
    max_colors: int = 12
    panel_thickness: float = 8.0
    panel_side: float = 0.04
    panel_share: float = 0.015
    mark_thickness: float = 1.6
    mark_tolerance: int = 8
    max_mark_contrast: float = 0.45
    min_content: float = 0.03
    stroke_contrast: float = 0.22
    highlights: bool = True
    min_own_color: float = 0.42
    min_contrast: float = 0.3
    min_cover: float = 0.4


class Background(NamedTuple):
    """A background: its ``color`` float (3,) and the ``area`` bool (H, W) that it covers. A
    ``mark`` (highlight, watermark) lies on another background, the page's or a panel."""

    color: np.ndarray
    area: np.ndarray
    mark: bool = False


def frequent_colors(
    pixels: np.ndarray, minimum: int, maximum: int
) -> tuple[np.ndarray, np.ndarray]:
    """Most frequent colors of uint8 pixels (..., 3): float (K, 3) and their counts (K,).

    ``minimum`` pixels must have a color, ``maximum`` colors are returned, the most frequent first.
    """
    flat = pixels.reshape(-1, 3)
    width = 256 // _BINS
    codes = (flat // width).astype(np.int32) @ np.array([_BINS * _BINS, _BINS, 1], np.int32)
    counts = np.bincount(codes, minlength=_BINS**3).astype(np.float64).reshape([_BINS] * 3)
    sums = np.stack(
        [
            np.bincount(codes, flat[:, channel], _BINS**3).reshape([_BINS] * 3)
            for channel in (0, 1, 2)
        ]
    )
    colors: list[np.ndarray] = []
    totals: list[float] = []
    while len(colors) < maximum:
        peak = np.unravel_index(int(counts.argmax()), counts.shape)
        red, green, blue = (slice(max(0, int(at) - 1), int(at) + 2) for at in peak)
        cell = (red, green, blue)
        count = float(counts[cell].sum())
        if count < max(minimum, 1):
            break
        # the mean of the peak alone: its neighbors may be pixels of soft edges
        colors.append(sums[:, peak[0], peak[1], peak[2]] / counts[peak])
        totals.append(count)
        counts[cell] = 0.0
    return np.array(colors, np.float32).reshape(-1, 3), np.array(totals)


def stroke_width(mask: np.ndarray) -> float:
    """The length of runs across and down a bool (H, W) mask that makes up most of it, in pixels:
    at least 1. Specks, many as they are, cover little."""
    smooth = cv2.medianBlur(mask.astype(np.uint8), 3) > 0
    if smooth.sum() >= 0.3 * mask.sum():  # strokes wider than a pixel, without holes and specks
        mask = smooth
    lengths = np.zeros(64, np.int64)
    for rows in (mask, mask.T):
        edges = np.diff(np.pad(rows, ((0, 0), (1, 1))).astype(np.int8), axis=1)
        starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        lengths += np.bincount(np.minimum(ends - starts, 63), minlength=64)
    covered = lengths * np.arange(64)
    return float(max(1, int(covered[:63].argmax())))


def _square(size: float) -> np.ndarray:
    return np.ones((max(1, round(size)), max(1, round(size))), np.uint8)


def _round(size: float) -> np.ndarray:
    side = max(1, round(size)) | 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def _thick_parts(mask: np.ndarray, opened: float, core: float) -> np.ndarray:
    """Components of the mask (uint8) opened by ``opened`` pixels that hold a disc of ``core``."""
    kept = cv2.morphologyEx(mask, cv2.MORPH_OPEN, _square(opened))
    # what lies outside of the picture goes on as its edge does
    cores = cv2.erode(mask, _square(core), borderType=cv2.BORDER_REPLICATE)
    _, labels = cv2.connectedComponents(kept, connectivity=4)
    wanted = np.zeros(int(labels.max()) + 1, bool)
    wanted[np.unique(labels[(cores > 0) & (kept > 0)])] = True
    wanted[0] = False
    return wanted[labels]


def _like(rgb: np.ndarray, color: np.ndarray, tolerance: int) -> np.ndarray:
    low = np.clip(color - tolerance, 0, 255)
    high = np.clip(color + tolerance, 0, 255)
    return cv2.inRange(rgb, low.astype(np.float64), high.astype(np.float64)) // 255


def _mixtures(colors: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Of mixtures of two colors, (3,) or (N, 3), the nearest one to each of the colors (N, 3)."""
    along = end - start
    length = np.maximum((along * along).sum(axis=-1), 1.0)
    share = np.clip(((colors - start) * along).sum(axis=-1) / length, 0.0, 1.0)
    return np.asarray(start + share[..., None] * along)


def _distances(rgb: np.ndarray, table: np.ndarray, place: np.ndarray | None = None) -> np.ndarray:
    """Distance float32 (H, W) of each pixel to its color of the table (K, 3), to the first one
    where no places are given. Channel by channel, for pages are large."""
    square = np.zeros(rgb.shape[:2], np.float32)
    for channel in range(3):
        values = table[:, channel].astype(np.float32)
        below = values[0] if place is None else values[place]
        square += (rgb[..., channel] - below) ** 2
    return np.sqrt(square)


def find_backgrounds(
    rgb: np.ndarray, settings: BackgroundSettings | None = None
) -> tuple[list[Background], float]:
    """Backgrounds of a picture, the page background first, and the usual width of strokes in
    pixels.

    Args:
        rgb: uint8 (H, W, 3).
        settings: what is a background.
    """
    settings = settings or BackgroundSettings()
    size = rgb.shape[0] * rgb.shape[1]
    colors, _ = frequent_colors(rgb, round(settings.min_share * size), settings.max_colors)
    if not len(colors):
        return [], 1.0
    background = colors[0]
    away = _distances(rgb, background[None])
    strongest, width = _strokes(away)
    mask = _like(rgb, background, settings.tolerance)
    area = _thick_parts(mask, 2 * width + 1, 6 * width + 1)
    grounds = [Background(background, area if area.any() else mask > 0)]
    for color in colors[1:]:
        mask = _like(rgb, color, settings.tolerance)
        pale = np.linalg.norm(color - background) <= settings.max_mark_contrast * strongest
        if pale and (color_area := _mark(rgb, color, width, settings)).any():
            grounds.append(Background(color, color_area, mark=True))
        elif (color_area := _panel(mask, width, settings)).any():
            grounds.append(Background(color, color_area))
        elif (
            settings.highlights
            and (
                color_area := _highlight(rgb, mask, away, (color, background), width, settings)
            ).any()
        ):
            grounds.append(Background(color, color_area, mark=True))
    return grounds, width


def _strokes(away: np.ndarray) -> tuple[float, float]:
    """Contrast of the strongest thin structures and the usual width of strokes in pixels, of the
    distances to the page color, float (H, W)."""
    levels = np.minimum(away * (255.0 / 442.0), 255).astype(np.uint8)
    relief = cv2.absdiff(levels, cv2.medianBlur(levels, 2 * _REACH + 1))
    strong = relief[relief > _MIN_RELIEF]
    if not len(strong):
        return 0.0, 1.0
    strongest = float(np.quantile(strong, 0.97))
    return strongest * (442.0 / 255.0), stroke_width(relief > 0.5 * strongest)


def _panel(mask: np.ndarray, width: float, settings: BackgroundSettings) -> np.ndarray:
    """Areas of a color that are too thick and large for strokes: bool (H, W)."""
    minimum = max(settings.panel_thickness * width, settings.panel_side * min(mask.shape))
    thick = _thick_parts(mask, 2 * width + 1, minimum)
    if thick.sum() < settings.panel_share * mask.size:
        return np.zeros(mask.shape, bool)
    return _with_remnants(thick, mask, width)


def content_share(area: np.ndarray, width: float) -> float:
    """Share of a bool (H, W) area that strokes on it cover: what closing by some stroke widths
    (``width`` pixels each) adds."""
    size = round(6 * width + 1)
    padded = np.pad(area.view(np.uint8), size, mode="edge")
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, _square(size))
    return 1.0 - float(padded.sum()) / max(float(closed.sum()), 1.0)


def _mark(
    rgb: np.ndarray, color: np.ndarray, width: float, settings: BackgroundSettings
) -> np.ndarray:
    """Areas of a pale color most of which is thicker than strokes: bool (H, W). Halos of strokes
    are not of one shade."""
    mask = _like(rgb, color, settings.tolerance)
    even = _like(rgb, color, settings.mark_tolerance)
    thick = _thick_parts(even, max(settings.mark_thickness * width, 2.0) + 1, 1)
    if thick.sum() < 0.5 * mask.sum():
        return np.zeros(mask.shape, bool)
    return _with_remnants(thick, mask, width)


def _with_remnants(area: np.ndarray, mask: np.ndarray, width: float) -> np.ndarray:
    """Areas with the slivers of their color (``mask``) that strokes cut off from them."""
    reach = _round(4 * width + 5)
    for _ in range(2):
        reached = cv2.dilate(area.view(np.uint8), reach)
        area = area | ((reached > 0) & (mask > 0))
    return area


def _highlight(
    rgb: np.ndarray,
    mask: np.ndarray,
    away: np.ndarray,
    colors: tuple[np.ndarray, np.ndarray],
    width: float,
    settings: BackgroundSettings,
) -> np.ndarray:
    """Areas on which strokes of more contrast run: bool (H, W), strokes included. ``colors``: that
    of the areas (``mask`` where it is) and the page's, ``away`` the distance of each pixel from the
    latter."""
    color, background = colors
    empty = np.zeros(mask.shape, bool)
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, _round(2 * width + 3))
    area = _thick_parts(closed, 2 * width + 1, 2 * width + 1)
    if (area & (mask > 0)).sum() < max(0.5 * mask.sum(), 1):
        return empty
    inside = area & (mask == 0)
    content = rgb[inside].astype(np.float32)
    further = away[inside] > np.linalg.norm(color - background) + 20
    minimum = settings.stroke_contrast * float(away.max())
    contrast = np.linalg.norm(content - _mixtures(content, color, background), axis=1)
    strokes = np.zeros(mask.shape, bool)
    strokes[inside] = further & (contrast > minimum)
    # letters of the same color have none of the strokes on them, soft edges little else
    _, labels = cv2.connectedComponents(area.view(np.uint8), connectivity=4)
    areas = np.bincount(labels.ravel())
    held = np.bincount(labels[strokes], minlength=len(areas))
    colored = np.bincount(labels[mask > 0], minlength=len(areas))
    kept = (held >= settings.min_content * areas) & (colored >= settings.min_own_color * areas)
    kept[0] = False
    area = kept[labels]
    return _with_remnants(area, mask, width) if area.any() else empty


def contrast_to(
    rgb: np.ndarray, grounds: list[Background], width: float
) -> tuple[np.ndarray, np.ndarray]:
    """Distance in RGB of each pixel to the nearest of the backgrounds beside it, and that color.

    Mixtures of two neighboring backgrounds, as soft edges have, are backgrounds too; so is the page
    background beside marks, of which strokes may cut off little islands.

    Args:
        rgb: uint8 (H, W, 3).
        grounds: what ``find_backgrounds`` gives.
        width: usual width of strokes in pixels.

    Returns:
        Distances float32 (H, W) and colors of the backgrounds, uint8 (H, W, 3).
    """
    table = np.stack([ground.color for ground in grounds])
    sheets = np.array([at for at, ground in enumerate(grounds) if not ground.mark], np.uint8)
    place = sheets[_nearest([grounds[at] for at in sheets])]
    away = _distances(rgb, table, place)
    below = np.rint(table).astype(np.uint8)[place]
    reach = _round(2 * round(width / 2 + 2) + 1)
    beside = [cv2.dilate(ground.area.view(np.uint8), reach) > 0 for ground in grounds]
    for number, ground in enumerate(grounds):
        # a mark lies on whatever is below it; other neighbors share an edge
        for other in range(number + 1) if ground.mark else range(number):
            both = beside[number] if other == number else beside[number] & beside[other]
            partner = table[place[both]] if other == number else table[other]
            pixels = rgb[both].astype(np.float32)
            mixed = _mixtures(pixels, partner, table[number])
            distances = np.linalg.norm(pixels - mixed, axis=1)
            nearer = distances < away[both]
            away[both] = np.where(nearer, distances, away[both])
            below[both] = np.where(nearer[:, None], np.rint(mixed).astype(np.uint8), below[both])
    return away, below


def _nearest(grounds: list[Background]) -> np.ndarray:
    """Place of the nearest background of each pixel: uint8 (H, W)."""
    place = np.zeros(grounds[0].area.shape, np.uint8)
    if len(grounds) > 1:
        nearest = np.full(place.shape, np.inf, np.float32)
        for number, ground in enumerate(grounds):
            far = cv2.distanceTransform((~ground.area).view(np.uint8), cv2.DIST_L2, 3)
            place[far < nearest] = number
            nearest = np.minimum(nearest, far)
    return place


def foreground_intensity(
    rgb: np.ndarray, settings: BackgroundSettings | None = None
) -> np.ndarray | None:
    """Foreground of a picture on its backgrounds: uint8 (H, W), 255 = full foreground; None where
    backgrounds cover too little of it for a drawing.

    Args:
        rgb: uint8 (H, W, 3), a drawing on evenly colored backgrounds.
        settings: what is a background.
    """
    settings = settings or BackgroundSettings()
    grounds, width = find_backgrounds(rgb, settings)
    sheets = [float(ground.area.mean()) for ground in grounds if not ground.mark]
    if sum(sheets) < settings.min_cover:
        return None
    away, below = contrast_to(rgb, grounds, width)
    visible = away > 35.0
    if not visible.any():
        return np.zeros(away.shape, np.uint8)
    ridges = visible & (away >= cv2.dilate(away, np.ones((3, 3), np.uint8)))
    strokes, _ = frequent_colors(rgb[ridges], max(3, round(0.003 * ridges.sum())), 24)
    full = np.full(away.shape, np.inf, np.float32)
    strongest = float(np.quantile(away[ridges], 0.9))
    full[visible] = _full_contrast(rgb[visible], below[visible], strokes)
    full = np.maximum(full, settings.min_contrast * strongest)
    noise = float(np.quantile(away[~visible], 0.99)) if not visible.all() else 0.0
    strength = np.clip((away - noise) / np.maximum(full - noise, 1.0), 0.0, 1.0)
    return np.rint(255.0 * strength * visible).astype(np.uint8)


def _full_contrast(pixels: np.ndarray, below: np.ndarray, strokes: np.ndarray) -> np.ndarray:
    """Contrast to its background of the undiluted color of each pixel (N, 3): float (N,).

    A soft edge is a mixture of background and stroke, so its color lies on the way from the
    background to the stroke's color; of stroke colors on one way the farthest counts.
    """
    full = np.zeros(len(pixels), np.float32)
    for start in range(0, len(pixels), _CHUNK):
        part = slice(start, start + _CHUNK)
        full[part] = _full_of_part(
            pixels[part].astype(np.float32), below[part].astype(np.float32), strokes
        )
    return full


def _full_of_part(pixels: np.ndarray, below: np.ndarray, strokes: np.ndarray) -> np.ndarray:
    ways = pixels - below
    full = np.linalg.norm(ways, axis=1)
    if not len(strokes):
        return np.asarray(full)
    ways /= np.maximum(full, 1e-3)[:, None]
    alike = np.zeros((len(strokes), len(pixels)), np.float32)
    lengths = np.zeros_like(alike)
    for number, stroke in enumerate(strokes):
        wanted = stroke - below
        lengths[number] = np.linalg.norm(wanted, axis=1)
        alike[number] = (ways * wanted).sum(axis=1) / np.maximum(lengths[number], 1e-3)
    alike[lengths < 30] = -1.0
    fitting = alike >= np.minimum(alike.max(axis=0), 0.97) - 1e-6
    return np.asarray(np.where(fitting & (alike > 0), lengths, 0.0).max(axis=0))
