"""Comparison of a candidate's rendering by Indigo with a picture in the competition's style: its
size and its pixels.

Shape letters: H and W pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product
from math import inf

import cv2
import numpy as np

from inchify.data.pictures.scaling import box_without_specks
from inchify.rendering.bms_fonts import draw_in
from inchify.rendering.bms_style import BOND_PIXELS, FINE_BOND_PIXELS, placement
from inchify.rendering.indigo import DrawingError
from inchify.rendering.rasterizer import Drawing, cover
from inchify.verification.render_match.pixel_likelihood import (
    Box,
    Noise,
    PixelSettings,
    chance_of_black,
    fitted,
    log_likelihood,
    lost_pixels,
    pepper_limit,
    pepper_of,
    pixel_logs,
    surprise,
    worst_window,
)
from inchify.verification.render_match.stroke_support import support_of

Place = tuple[tuple[float, float], tuple[float, float]]
SCAN_LINES = 8
# Steps of the search for the sub-pixel offset, and how much of the measured way each goes: blurred
# edges make it seem a third longer than it is.
STEPS, DAMPING = 3, 0.75
# Pixels by which the offset that was found may be wrong.
HAIR = 0.08
# The competition's paper around a drawing, in bonds; how far a side may be from it, in pixels, and
# by how many bonds a wider side shows that a bond to it vanished.
MARGIN, SAME_MARGIN, WIDE_MARGIN = 1.02, 1.5, 0.3
DRAWINGS_KEPT = 512


@dataclass(frozen=True, kw_only=True)
class RenderSettings:
    """``misfit`` pixels by which a drawing's size may differ from the picture's; ``window``: the
    side of the smallest place that is judged by itself, in bonds. A drawing explains the
    picture where no window loses more than noise does, nothing along a stroke loses
    ``good_beside`` nats and no stroke has less than ``good_weakest`` for itself. Where none does,
    parts of a drawing may stand ``play`` pixels off (another font, another rounding), each window
    at a cost of ``play_price`` nats."""

    pixels: PixelSettings = field(default_factory=PixelSettings)
    misfit: float = 2.0
    window: float = 0.4
    good_beside: float = 40.0
    good_weakest: float = -5.0
    play: float = 0.3
    play_price: float = 3.0


@dataclass(frozen=True)
class Rendering:
    """What drawing one candidate shows. ``misfit`` pixels between the drawing's size and the
    picture's, inf where it cannot be drawn. The rest is only known where the size fits: ``bond``
    pixels; ``turns``: quarter turns clockwise that the picture stands rotated by;
    ``log_likelihood`` of all pixels in nats; ``surprise`` in standard deviations; ``lost`` nats in
    the worst window, the ``limit`` of what noise makes it lose, and its ``box`` in the picture as
    it is; ``weakest`` and ``beside`` as in ``strokes.Support``; ``place``: scale and
    shift (x, y) from bond lengths to pixels of the upright picture; ``played``: with play for its
    parts; ``wide_margin``: as in ``has_wide_margin``; ``strained``: whether the molecule is, where
    that was checked."""

    misfit: float = inf
    bond: int = 0
    turns: int = 0
    log_likelihood: float = -inf
    surprise: float = inf
    lost: float = inf
    limit: float = 0.0
    box: Box | None = None
    weakest: float = -inf
    beside: float = inf
    place: Place = ((1.0, 1.0), (0.0, 0.0))
    played: bool = False
    wide_margin: bool = False
    strained: bool = False
    error: str = ""

    @property
    def fits(self) -> bool:
        """Whether the drawing has the picture's size."""
        return self.bond > 0

    def explains(self, settings: RenderSettings) -> bool:
        """Tell whether no place of the picture contradicts the drawing.

        Args:
            settings: The limits.

        Returns:
            Whether the size fits and all limits are kept.
        """
        return (
            self.fits
            and self.lost < self.limit
            and self.beside < settings.good_beside
            and self.weakest > settings.good_weakest
        )


@lru_cache(maxsize=DRAWINGS_KEPT)
def drawing_of(inchi: str, face: str = "") -> Drawing | DrawingError:
    """Draw a molecule in the competition's style; drawings and errors are cached.

    Args:
        inchi: The molecule.
        face: The typeface of the letters, "" for the competition's.

    Returns:
        The drawing, or the error that Indigo raised.
    """
    try:
        return draw_in(face, inchi)
    except DrawingError as error:
        return error


def rendering(
    intensity_HW: np.ndarray, inchi: str, settings: RenderSettings | None = None
) -> Rendering:
    """Compare a candidate's drawing with a picture; no InChI makes it raise.

    An InChI can crash or hang Indigo: call this in an isolated process.

    Args:
        intensity_HW: Bool foreground.
        inchi: The candidate.
        settings: When a drawing explains the picture.

    Returns:
        The evidence, with play where the drawing explains the picture only so.
    """
    drawing = drawing_of(inchi)
    if isinstance(drawing, DrawingError):
        return Rendering(error=str(drawing))
    settings = settings or RenderSettings()
    result = compared(intensity_HW, drawing, settings)
    if result.fits and not result.explains(settings):
        return compared(intensity_HW, drawing, settings, play=True)
    return result


def compared(
    intensity_HW: np.ndarray,
    drawing: Drawing,
    settings: RenderSettings,
    *,
    play: bool = False,
    shifted: bool = False,
) -> Rendering:
    """Compare a drawing with a picture, for both bond lengths and all quarter turns that fit.

    Args:
        intensity_HW: Bool foreground.
        drawing: The drawing, in bond lengths.
        settings: When a drawing explains the picture.
        play: Whether its parts may stand ``settings.play`` pixels off.
        shifted: Whether it is also tried ``HAIR`` pixels beside its best place, for there a line
            may lie between two rows.

    Returns:
        The best evidence.
    """
    noise = pepper_of(intensity_HW, settings.pixels)
    nearest, best = inf, Rendering()
    for turns in (0, 1, 2, 3):
        if turns > 1 and best.explains(settings):
            break
        upright = np.ascontiguousarray(np.rot90(intensity_HW, turns))
        for bond in BOND_PIXELS:
            misfit, shift = size_misfit(upright, drawing, bond)
            nearest = min(nearest, misfit)
            if misfit > settings.misfit:
                continue
            laid = _aligned(upright, drawing, bond, shift, noise, settings)
            if shifted:
                laid = _shifted(upright, drawing, laid, settings)
            if play:
                laid = _played(upright, drawing, laid, settings)
            if laid.log_likelihood > best.log_likelihood:
                best = _evidence(upright, drawing, laid, settings, play=play)
                box = _turned_back(best.box, turns, intensity_HW.shape)
                best = replace(best, misfit=misfit, turns=turns, box=box)
    return best if best.fits else Rendering(misfit=nearest)


def size_misfit(
    intensity_HW: np.ndarray, drawing: Drawing, bond: int
) -> tuple[float, tuple[float, float]]:
    """Compare the size of a drawing with that of a picture.

    A picture with the competition's margin has exactly the drawing's size. Of another cut the
    foreground without specks is compared with the drawing's box.

    Args:
        intensity_HW: Bool foreground.
        drawing: The drawing, in bond lengths.
        bond: Pixels of a bond.

    Returns:
        By how many pixels the sizes differ, and the shift (x, y) in pixels that lays the drawing on
        the picture.
    """
    height, width = intensity_HW.shape
    scale, shift = placement(drawing, bond)
    left, top, right, bottom = drawing.box
    wide, high = (right - left) * scale[0], (bottom - top) * scale[1]
    margins = width - wide, height - high
    margin_misfit = max(abs(side - 2 * MARGIN * bond) for side in margins)
    if margin_misfit <= 1.5:
        middle = (
            width / 2 - (left + right) / 2 * scale[0],
            height / 2 - (top + bottom) / 2 * scale[1],
        )
        return margin_misfit, middle
    x, y, w, h = box_without_specks(intensity_HW.view(np.uint8))
    cut = max(abs(w - wide), abs(h - high)) if w else inf
    if margin_misfit <= cut:
        return margin_misfit, shift
    return cut, (
        x + w / 2 - (left + right) / 2 * scale[0],
        y + h / 2 - (top + bottom) / 2 * scale[1],
    )


def has_wide_margin(size: tuple[int, ...], drawing: Drawing, bond: int, place: Place) -> bool:
    """Whether two sides of a picture (height, width) have just the competition's margin of paper
    and another has more: the drawing reached farther there, by a line that vanished."""
    (across, down), (x, y) = place
    left, top, right, bottom = drawing.box
    sides = np.array(
        [
            *(left * across + x, size[1] - right * across - x),
            *(top * down + y, size[0] - bottom * down - y),
        ]
    )
    more = sides - MARGIN * bond
    usual = np.abs(more) < SAME_MARGIN
    return bool(usual.sum() >= 2 and more.max() > WIDE_MARGIN * bond)


@dataclass(frozen=True)
class _Laid:
    """A drawing laid on the picture: where, the chance that each pixel is black, and how likely
    the picture is with that."""

    scale: tuple[float, float]
    shift: tuple[float, float]
    bond: int
    noise: Noise
    black_HW: np.ndarray
    log_likelihood: float


def _evidence(
    intensity_HW: np.ndarray, drawing: Drawing, laid: _Laid, settings: RenderSettings, *, play: bool
) -> Rendering:
    side = max(5, round(settings.window * laid.bond))
    lost_HW = lost_pixels(intensity_HW, laid.black_HW, laid.noise)
    lost, box = worst_window(lost_HW, side)
    place = laid.scale, laid.shift
    support = support_of(
        intensity_HW, laid.black_HW, lost_HW, drawing, place, laid.noise, play=play
    )
    return Rendering(
        bond=laid.bond,
        log_likelihood=laid.log_likelihood,
        surprise=surprise(intensity_HW, laid.black_HW),
        lost=lost,
        limit=pepper_limit(laid.noise, side, intensity_HW.shape),
        box=box,
        weakest=support.weakest,
        beside=support.beside,
        place=place,
        played=play,
        wide_margin=has_wide_margin(intensity_HW.shape, drawing, laid.bond, place),
    )


def _aligned(
    intensity_HW: np.ndarray,
    drawing: Drawing,
    bond: int,
    shift: tuple[float, float],
    noise: Noise,
    settings: RenderSettings,
) -> _Laid:
    """The drawing at its best sub-pixel offset."""
    scale, _ = placement(drawing, bond)
    limit = max(0.6 * bond / FINE_BOND_PIXELS, settings.misfit / 2)
    offset, best = np.zeros(2), None
    for _ in range(STEPS):
        place = (shift[0] + float(offset[0]), shift[1] + float(offset[1]))
        cover_HW = cover(drawing, scale, place, intensity_HW.shape, SCAN_LINES)
        noise = fitted(noise, intensity_HW, cover_HW, settings.pixels)
        black_HW = chance_of_black(cover_HW, noise, settings.pixels)
        likelihood = log_likelihood(intensity_HW, black_HW)
        if best is None or likelihood > best.log_likelihood:
            best = _Laid(scale, place, bond, noise, black_HW, likelihood)
        offset = np.clip(offset + DAMPING * _way_to(intensity_HW, cover_HW), -limit, limit)
    assert best is not None
    return best


def _shifted(
    intensity_HW: np.ndarray, drawing: Drawing, laid: _Laid, settings: RenderSettings
) -> _Laid:
    """The drawing where it explains the picture best, no further off than ``HAIR`` each way."""
    best = laid
    for across, down in product((0.0, -HAIR, HAIR), repeat=2):
        place = laid.shift[0] + across, laid.shift[1] + down
        cover_HW = cover(drawing, laid.scale, place, intensity_HW.shape, SCAN_LINES)
        black_HW = chance_of_black(cover_HW, laid.noise, settings.pixels)
        likelihood = log_likelihood(intensity_HW, black_HW)
        if likelihood > best.log_likelihood:
            best = replace(laid, shift=place, black_HW=black_HW, log_likelihood=likelihood)
    return best


def _played(
    intensity_HW: np.ndarray, drawing: Drawing, laid: _Laid, settings: RenderSettings
) -> _Laid:
    """The same with each window of the drawing where it explains the picture best, no further off
    than the settings' play."""
    side = max(5, round(settings.window * laid.bond))
    rows, columns = (-(-length // side) for length in intensity_HW.shape)
    blacks, gains = [], []
    for across, down in product((0.0, -settings.play, settings.play), repeat=2):
        place = laid.shift[0] + across, laid.shift[1] + down
        cover_HW = cover(drawing, laid.scale, place, intensity_HW.shape, SCAN_LINES)
        black_HW = chance_of_black(cover_HW, laid.noise, settings.pixels)
        logs = np.zeros((rows * side, columns * side))
        logs[: intensity_HW.shape[0], : intensity_HW.shape[1]] = pixel_logs(intensity_HW, black_HW)
        price = settings.play_price * bool(across or down)
        gains.append(logs.reshape(rows, side, columns, side).sum(axis=(1, 3)) - price)
        blacks.append(black_HW)
    pick = np.argmax(gains, axis=0).repeat(side, axis=0).repeat(side, axis=1)
    pick = pick[: intensity_HW.shape[0], : intensity_HW.shape[1]]
    black_HW = np.take_along_axis(np.stack(blacks), pick[None], axis=0)[0]
    return replace(laid, black_HW=black_HW, log_likelihood=float(np.max(gains, axis=0).sum()))


def _way_to(intensity_HW: np.ndarray, cover_HW: np.ndarray) -> np.ndarray:
    """How far the drawing should move (x, y) in pixels: one step of Lucas and Kanade (1981)."""
    picture = cv2.GaussianBlur(intensity_HW.astype(np.float32), (0, 0), 1.0)
    drawn = cv2.GaussianBlur(cover_HW, (0, 0), 1.0) * 0.86
    across = cv2.Sobel(drawn, cv2.CV_32F, 1, 0, ksize=3) / 8
    down = cv2.Sobel(drawn, cv2.CV_32F, 0, 1, ksize=3) / 8
    close = cv2.dilate((cover_HW > 0).view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    across, down, error = across[close], down[close], (drawn - picture)[close]
    matrix = np.array([[across @ across, across @ down], [across @ down, down @ down]])
    return np.linalg.solve(matrix + 1e-6 * np.eye(2), np.array([across @ error, down @ error]))


def _turned_back(box: Box | None, turns: int, size: tuple[int, ...]) -> Box | None:
    """A box of the picture rotated by ``turns`` counter-clockwise, in the picture as it is."""
    if box is None:
        return None
    left, top, right, bottom = box
    height, width = size
    if turns == 1:
        return width - bottom, left, width - top, right
    if turns == 2:
        return width - right, height - bottom, width - left, height - top
    if turns == 3:
        return top, height - right, bottom, height - left
    return box
