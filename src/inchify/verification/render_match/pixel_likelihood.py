"""Likelihood of a bilevel picture's pixels under a rendering.

The competition's noise turns foreground white (salt) and paper black (pepper), each pixel by
itself, so the likelihood of a picture is a product over its pixels. Shape letters: H and W pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

import cv2
import numpy as np

Box = tuple[int, int, int, int]
# What salt adds to the loss of a window full of pepper, nats.
SALT_LOSS = 8.0


@dataclass(frozen=True)
class Noise:
    """The chance that a foreground pixel was turned white, and one of paper black."""

    salt: float = 0.137
    pepper: float = 1e-4


@dataclass(frozen=True, kw_only=True)
class PixelSettings:
    """``salt`` is the competition's; the rates of a picture are fitted within ``salt_range`` and
    ``pepper_range``. A pixel of which a drawing covers half is black with an even chance;
    ``softness``: the coverage by which the odds change e-fold. ``doubt``: the least chance that any
    pixel is other than drawn (a hair decides where a line lies between two rows)."""

    salt: float = 0.137
    salt_range: tuple[float, float] = (0.05, 0.25)
    pepper_range: tuple[float, float] = (3e-5, 5e-3)
    softness: float = 0.06
    doubt: float = 1e-3


def pepper_of(intensity_HW: np.ndarray, settings: PixelSettings) -> Noise:
    """The competition's salt and the pepper of this picture, from the black pixels that stand
    alone: in paper nearly all of it does."""
    pixels = intensity_HW.view(np.uint8)
    counts = cv2.boxFilter(
        pixels, cv2.CV_16U, (5, 5), normalize=False, borderType=cv2.BORDER_CONSTANT
    )
    alone = int(((counts == 1) & intensity_HW).sum())
    paper = int((counts - pixels == 0).sum())
    low, high = settings.pepper_range
    return Noise(settings.salt, min(max((alone + 0.5) / max(paper, 1), low), high))


def fitted(
    noise: Noise, intensity_HW: np.ndarray, cover_HW: np.ndarray, settings: PixelSettings
) -> Noise:
    """Fit the salt of a picture under a drawing, with a prior worth 400 pixels.

    Args:
        noise: The noise whose pepper is kept.
        intensity_HW: Bool foreground.
        cover_HW: The share of each pixel that the drawing covers.
        settings: The usual salt and its range.

    Returns:
        The noise of this picture.
    """
    drawn = cover_HW > 0.7
    white, total = int((drawn & ~intensity_HW).sum()), int(drawn.sum())
    usual = 400.0
    salt = (white + usual * settings.salt) / (total + usual)
    low, high = settings.salt_range
    return Noise(min(max(salt, low), high), noise.pepper)


def chance_of_black(cover_HW: np.ndarray, noise: Noise, settings: PixelSettings) -> np.ndarray:
    """Float32 (H, W): the chance that each pixel is black after noise."""
    sharp = np.clip((cover_HW - 0.5) / settings.softness, -30, 30)
    drawn = 1.0 / (1.0 + np.exp(-sharp))
    # only where the drawing is near: far paper is paper
    drawn = np.where(cover_HW > 0, np.clip(drawn, settings.doubt, 1 - settings.doubt), 0.0)
    return (drawn * (1 - noise.salt) + (1 - drawn) * noise.pepper).astype(np.float32)


def pixel_logs(intensity_HW: np.ndarray, black_HW: np.ndarray) -> np.ndarray:
    """The log-probability of each pixel, nats, float32 (H, W)."""
    return np.log(np.where(intensity_HW, black_HW, 1 - black_HW))


def log_likelihood(intensity_HW: np.ndarray, black_HW: np.ndarray) -> float:
    """The log-probability of all pixels, nats."""
    return float(pixel_logs(intensity_HW, black_HW).sum(dtype=np.float64))


def surprise(intensity_HW: np.ndarray, black_HW: np.ndarray) -> float:
    """By how many standard deviations the picture is less likely than pictures of this drawing."""
    black = np.clip(black_HW.astype(np.float64), 1e-6, 1 - 1e-6)
    log_black, log_white = np.log(black), np.log1p(-black)
    expected = (black * log_black + (1 - black) * log_white).sum()
    spread = (black * (1 - black) * (log_black - log_white) ** 2).sum()
    return float((expected - log_likelihood(intensity_HW, black_HW)) / max(spread, 1e-9) ** 0.5)


def lost_pixels(intensity_HW: np.ndarray, black_HW: np.ndarray, noise: Noise) -> np.ndarray:
    """Float32 (H, W): nats that each pixel loses against a drawing that has it right, less what
    pictures of this very drawing lose there in the mean."""
    black = np.clip(black_HW, 1e-6, 1 - 1e-6)
    lost_black = log(1 - noise.salt) - np.log(black)
    lost_white = log(1 - noise.pepper) - np.log1p(-black)
    usual = black * lost_black + (1 - black) * lost_white
    return (np.where(intensity_HW, lost_black, lost_white) - usual).astype(np.float32)


def worst_window(lost_HW: np.ndarray, side: int) -> tuple[float, Box]:
    """The window of ``side`` pixels that loses most: nats, and its box (left, top, right,
    bottom)."""
    sums = cv2.boxFilter(
        lost_HW, cv2.CV_32F, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT
    )
    row, column = np.unravel_index(int(sums.argmax()), sums.shape)
    left, top = int(column) - side // 2, int(row) - side // 2
    return float(sums[row, column]), (left, top, left + side, top + side)


def pepper_limit(noise: Noise, side: int, size: tuple[int, ...]) -> float:
    """Nats that no window of a picture of this size loses by pepper and salt alone, but for one
    picture in a thousand: pepper falls by Poisson's law, and the worst window is sought in about
    four for each that fits beside the others."""
    mean, windows = noise.pepper * side * side, 4 * size[0] * size[1] / side**2
    grains, chance = 0, exp(-mean)
    left = 1 - chance
    while left * windows > 1e-3:
        grains += 1
        chance *= mean / grains
        left -= chance
    return SALT_LOSS + grains * log((1 - noise.salt) / noise.pepper)
