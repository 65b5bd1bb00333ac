"""Small foreground beside labels that the graph does not explain: signs of charges, digits of
isotopes.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from inchify.verification.graph_match.binarized import Box
from inchify.verification.graph_match.match import Inspection

# Paler than this (of 1) is paper, or than this many standard deviations of the paper's noise.
PALE, NOISE = 0.1, 4.0
# How far a sign stands from its label, its sides, and the least foreground, in heights of capitals
# and their squares; the rim of a stroke that is explained may have more.
AWAY, SMALL, LARGE, LEAST, RIM = 0.7, 0.12, 1.0, 0.015, 0.04


def signs_near_labels(inspection: Inspection) -> Iterator[tuple[Box, float]]:
    """Find small foreground beside labels that may be a charge's sign or an isotope's digits.

    Args:
        inspection: The graph as it was measured on the picture.

    Yields:
        The box of each such component on the paper, and its foreground in squares of capitals.
    """
    paper, observed = inspection.paper, inspection.observed
    capital = min(observed.capital, observed.letter_height)
    level = max(PALE, NOISE * float(paper.intensity_HW[paper.intensity_HW < PALE].std()))
    known_HW = cv2.dilate(observed.explained_HW, np.ones((3, 3), np.uint8))
    rest_HW = ((paper.intensity_HW > level) & (known_HW == 0)).view(np.uint8)
    # the soft rim of a letter is darkest where it meets the letter
    peak_HW = paper.intensity_HW >= cv2.dilate(paper.intensity_HW, np.ones((3, 3), np.uint8))
    whole_HW, explained_P = paper.piece_HW, paper.share_P(observed.explained_HW)
    if paper.scale < 1.0:
        # thin strokes have become pale, those of letters too
        _, whole_HW = cv2.connectedComponents((paper.intensity_HW > level).view(np.uint8))
        area_P = np.maximum(np.bincount(whole_HW.ravel()), 1)
        explained_P = np.bincount(whole_HW[known_HW > 0], minlength=len(area_P)) / area_P
    reported: set[tuple[int, ...]] = set()
    for left, top, right, bottom in observed.boxes.values():
        edge = AWAY * capital
        window = (
            slice(max(0, int(top - edge)), int(np.ceil(bottom + edge))),
            slice(max(0, int(left - edge)), int(np.ceil(right + edge))),
        )
        count, numbers_HW, stats, _ = cv2.connectedComponentsWithStats(rest_HW[window])
        for number in range(1, count):
            x, y, wide, high, _ = (int(value) for value in stats[number])
            amount = float(paper.intensity_HW[window][numbers_HW == number].sum()) / capital**2
            x, y = x + window[1].start, y + window[0].start
            box = (x, y, x + wide, y + high)
            if box in reported or not SMALL * capital <= max(wide, high) <= LARGE * capital:
                continue
            reported.add(box)
            if not (peak_HW[window] & (numbers_HW == number)).any():
                continue
            components = whole_HW[window][numbers_HW == number]
            rim = bool((explained_P[components[components > 0]] > 0.5).any())
            if amount > (RIM if rim else LEAST):
                yield (float(x), float(y), float(x + wide), float(y + high)), amount
