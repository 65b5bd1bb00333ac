"""Wavy bond detection along the visible parts of strokes.

A bond of unknown stereo is drawn as a wave. Across the line between its ends the middle of the
foreground then swings regularly to either side: a sine explains the middle's way, of even height or
(as Indigo draws it) growing from one end to the other, and at its crests there is foreground on one
side only. A plain stroke does not swing; coarse pixels make steps of it that are lower than a
pixel. Letters make waves too: a stroke must end before them. Lengths across a stroke are in bonds.

Shape letters: H and W pixels, B strokes, A samples along a stroke, T across it, V ways in which
waves grow, N numbers of waves, C crests.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np

from inchify.data.strokes.bond_patches import sample_along
from inchify.data.strokes.visible_strokes import free_part

# Samples along a stroke; to either side of it, and how far apart these are.
ALONG, HALF, STEP = 80, 13, 0.015
# Longer bonds (in pixels) are shrunk to this length first.
FINEST_BOND = 60.0
# Numbers of waves on the visible part, and how many a bond may have; the fewest pixels of one.
WAVES, A_BOND, SHORTEST = np.arange(1.25, 10.01, 0.25), (1.2, 11.0), 2.6
# A stroke begins where it has this share of its usual foreground, within this distance of its end.
BEGUN, TRIMMED = 0.45, 0.35
# A crest is where the sine is higher than this, and its wave this share of the highest; there are
# at least this many. Of the crests the palest sixth may fail.
CREST, HIGH, FEWEST, SPARED = 0.7, 0.25, 3, 6
# How far from the axis foreground to both sides of a crest is compared.
ASIDE = (0.02, 0.035, 0.05, 0.07, 0.09, 0.12)
# Less swing than this is none.
MIN_SWING = 0.004
# Length left out at a bare end, where other bonds meet; at a label, in addition to a pixel.
CORNER, LABEL = 0.07, 0.02
# The logistic model's weights, of: the logarithms of what the sine leaves unexplained, of its
# swing, of the swing in widths of the stroke and of the number of waves; how much darker the
# crests' sides are, the palest sixth left out and with it. Fitted to 406 wavy and 13,442 other
# bonds of drawings (a quarter degraded), as the graph reader finds them.
WEIGHTS, OFFSET = (-1.1, 3.61, -1.89, 2.16, 4.75, -1.31), 4.18
# What is no wave at all, in nats.
NONE = -20.0


def visible_ends(
    begin_2: np.ndarray,
    end_2: np.ndarray,
    boxes: Sequence[tuple[float, float, float, float] | None],
    unit: float,
) -> np.ndarray:
    """The ends (4,) of the visible part of a bond.

    Args:
        begin_2: Where it begins in pixels.
        end_2: Where it ends.
        boxes: The labels' boxes at its start and end, None at a bare corner.
        unit: The usual length of a bond in pixels.
    """
    way_2 = end_2 - begin_2
    gap = min(CORNER * unit / max(float(np.hypot(*way_2)), 1e-6), 0.3)
    first_2 = begin_2 if boxes[0] else begin_2 + gap * way_2
    last_2 = end_2 if boxes[1] else end_2 - gap * way_2
    return np.concatenate(
        free_part(first_2, last_2, [box for box in boxes if box], 1.0 + LABEL * unit)
    )


def wavy_scores(intensity_HW: np.ndarray, ends_B4: np.ndarray, unit: float) -> np.ndarray:
    """Score of each stroke as a wavy line.

    Args:
        intensity_HW: uint8, 255 where there is full foreground.
        ends_B4: Begin and end (x0, y0, x1, y1) in pixels of what is seen of each stroke.
        unit: The usual length of a bond in pixels.

    Returns:
        float64 (B,): the logarithm of the odds in nats, of drawings with one wavy bond in thirty.
    """
    if not len(ends_B4):
        return np.zeros(0)
    scale = min(1.0, FINEST_BOND / unit)
    picture_HW = intensity_HW
    if scale < 1.0:
        picture_HW = cv2.resize(
            intensity_HW, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
        )
    share_A = (np.arange(ALONG) + 0.5) / ALONG
    aside_T = np.arange(-HALF, HALF + 1) * (STEP * unit * scale)
    ends_B4 = _foreground_part(sample_along(picture_HW, ends_B4 * scale, share_A, aside_T), ends_B4)
    samples_BAT = sample_along(picture_HW, ends_B4 * scale, share_A, aside_T) / 255.0
    length_B = np.hypot(*(ends_B4[:, 2:] - ends_B4[:, :2]).T)
    return np.array(
        [_score(*pair, unit) for pair in zip(samples_BAT, length_B.tolist(), strict=True)]
    )


def _foreground_part(samples_BAT: np.ndarray, ends_B4: np.ndarray) -> np.ndarray:
    """The ends of the strokes without background before and after them."""
    mass_BA = samples_BAT.sum(axis=2, dtype=float)
    foreground_BA = mass_BA > BEGUN * np.median(mass_BA, axis=1, keepdims=True)
    first_B1 = np.minimum(foreground_BA.argmax(axis=1) / ALONG, TRIMMED)[:, None]
    last_B1 = np.maximum(1.0 - foreground_BA[:, ::-1].argmax(axis=1) / ALONG, 1.0 - TRIMMED)[
        :, None
    ]
    begin_B2, way_B2 = ends_B4[:, :2], ends_B4[:, 2:] - ends_B4[:, :2]
    return np.hstack([begin_B2 + way_B2 * first_B1, begin_B2 + way_B2 * last_B1])


@lru_cache(maxsize=1)
def _waves() -> tuple[np.ndarray, np.ndarray]:
    """Amplitude of the waves along a stroke (V, A); linear and sine bases for every number of waves
    (V, N, A, 4): ones, position, sine, cosine."""
    share_A = (np.arange(ALONG) + 0.5) / ALONG
    height_VA = np.array([np.ones(ALONG), share_A, 1.0 - share_A])
    turn_NA = 2.0 * np.pi * WAVES[:, None] * share_A
    wave_VNAP = np.empty((len(height_VA), len(WAVES), ALONG, 4))
    wave_VNAP[..., 0], wave_VNAP[..., 1] = 1.0, share_A - 0.5
    wave_VNAP[..., 2] = height_VA[:, None] * np.sin(turn_NA)
    wave_VNAP[..., 3] = height_VA[:, None] * np.cos(turn_NA)
    return height_VA, wave_VNAP


@lru_cache(maxsize=1)
def _bases() -> np.ndarray:
    """Orthogonal bases of ``_waves``; the first two span straight lines."""
    return np.asarray(np.linalg.qr(_waves()[1])[0])


def _score(samples_AT: np.ndarray, length: float, unit: float) -> float:
    """The logarithm of the odds that one stroke of ``length`` pixels is wavy."""
    mass_A = samples_AT.sum(axis=1)
    aside_T = np.arange(-HALF, HALF + 1) * STEP
    middle_A = (samples_AT @ aside_T) / np.maximum(mass_A, 1e-3)
    part_VNP = np.einsum("vnap,a->vnp", _bases(), middle_A)
    swings = max(float(middle_A @ middle_A - (part_VNP[0, 0, :2] ** 2).sum()), 1e-9)
    bonds = length / unit
    fewest, maximum = A_BOND[0] * bonds, min(A_BOND[1] * bonds, length / SHORTEST)
    may_N = (fewest <= WAVES) & (maximum >= WAVES)
    power_VN = np.where(may_N, (part_VNP[..., 2:] ** 2).sum(axis=2), 0.0)
    way, number = np.unravel_index(int(power_VN.argmax()), power_VN.shape)
    power = float(power_VN[way, number])
    swing, width = np.sqrt(2.0 * power / ALONG), max(float(np.median(mass_A)) * STEP, 0.01)
    if swing < MIN_SWING:
        return NONE
    contrast = _crests(samples_AT, middle_A, int(way), int(number))
    if contrast is None:
        return NONE
    measures = (
        np.log(np.clip(1.0 - power / swings, 0.01, 1.0)),
        np.log(np.clip(swing, 0.005, 0.12)),
        np.log(np.clip(swing / width, 0.05, 2.0)),
        np.log(WAVES[number]),
        *np.clip(contrast, -0.2, 1.0),
    )
    return float(np.dot(WEIGHTS, measures) + OFFSET)


def _crests(
    samples_AT: np.ndarray, middle_A: np.ndarray, way: int, number: int
) -> tuple[float, float] | None:
    """How much darker crests are on their side than on the other, in the stroke's darkness: of
    the palest crest but a sixth of them, and of the palest one; None with few crests."""
    height_A, wave_AP = _waves()[0][way], _waves()[1][way, number]
    factor_P = np.linalg.lstsq(wave_AP, middle_A, rcond=None)[0]
    axis_A = wave_AP[:, :2] @ factor_P[:2]
    swing = max(float(np.hypot(*factor_P[2:])), 1e-6)
    sine_A = (wave_AP[:, 2:] @ factor_P[2:]) / (height_A * swing)
    crest_A = (np.abs(sine_A) > CREST) & (height_A > HIGH)
    runs_C2 = np.flatnonzero(np.diff(crest_A.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    if len(runs_C2) < FEWEST:
        return None
    rows, spared = np.arange(ALONG), len(runs_C2) // SPARED
    best = (-1.0, -1.0)
    for aside in ASIDE:
        out_A = aside * np.sign(sine_A) * np.sqrt(height_A)
        own_A, other_A = (
            samples_AT[rows, np.clip(np.rint(place_A / STEP) + HALF, 0, 2 * HALF).astype(int)]
            for place_A in (axis_A + out_A, axis_A - out_A)
        )
        darker_C = np.sort([float((own_A - other_A)[a:b].mean()) for a, b in runs_C2])
        best = max(best, (float(darker_C[spared]), float(darker_C[0])))
    darkness = max(float(np.quantile(samples_AT, 0.9)), 0.1)
    return best[0] / darkness, best[1] / darkness
