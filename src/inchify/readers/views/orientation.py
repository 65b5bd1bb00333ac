"""The best reading of upright crops over three orientations.

Li et al. 2019 read what is higher than wide also at a quarter turn either way and keep the best.
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
    """What ``read`` finds in each crop (texts with confidences, the likeliest first), for crops
    that are higher than wide also after a quarter turn either way; all are read in one call."""
    tall = [place for place, crop in enumerate(crops) if crop.shape[0] > crop.shape[1]]
    turned = [np.rot90(crops[place], turns) for place in tall for turns in (1, 3)]
    found = read([*crops, *map(np.ascontiguousarray, turned)])
    best = found[: len(crops)]
    for number, place in enumerate(tall):
        first = len(crops) + 2 * number
        for readings in found[first : first + 2]:
            margin = MARGIN if best[place] is found[place] else 0.0
            if surety(readings) > surety(best[place]) + margin:
                best[place] = readings
    return best


def surety(readings: Readings) -> float:
    """Nats a letter (its end counts too) of the likeliest reading; minus infinity for no text."""
    if not readings or not readings[0][0]:
        return -math.inf
    text, confidence = readings[0]
    return math.log(max(confidence, 1e-30)) / (len(text) + 1)
