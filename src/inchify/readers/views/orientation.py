"""The best reading of upright crops over three orientations.

Li et al. 2019 read crops that are higher than wide also after a quarter turn either way and keep
the best reading.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

Readings = list[tuple[str, float]]
# Nats a letter by which a turned reading must be better: many letters are others on their side (N
# and Z), and single ones are higher than wide without being turned.
MARGIN = 0.25


def read_with_turns(
    crops: Sequence[np.ndarray], read: Callable[[Sequence[np.ndarray]], list[Readings]]
) -> list[Readings]:
    """Read crops, those higher than wide in three orientations.

    Args:
        crops: Foreground of each crop, uint8 (H, W).
        read: Recognizes crops: texts with confidences, the likeliest first. It is called once.

    Returns:
        The best readings of each crop.
    """
    tall = [place for place, crop in enumerate(crops) if crop.shape[0] > crop.shape[1]]
    turned = [np.rot90(crops[place], turns) for place in tall for turns in (1, 3)]
    results = read([*crops, *map(np.ascontiguousarray, turned)])
    best = results[: len(crops)]
    for number, place in enumerate(tall):
        first = len(crops) + 2 * number
        for readings in results[first : first + 2]:
            margin = MARGIN if best[place] is results[place] else 0.0
            if surety(readings) > surety(best[place]) + margin:
                best[place] = readings
    return best


def surety(readings: Readings) -> float:
    """Nats a letter (its end counts too) of the likeliest reading; minus infinity for no text."""
    if not readings or not readings[0][0]:
        return -math.inf
    text, confidence = readings[0]
    return math.log(max(confidence, 1e-30)) / (len(text) + 1)
