"""Detection scores: precision, recall and F1 by IoU and by DetEval.

Two metrics: a detected box is correct where its IoU with a true one is at least .5, each box used
once; and DetEval (Wolf and Jolion 2006), where a line detected in several parts, or several lines
detected as one, is worth .8.

Shape letters: N true and M detected boxes, each left, top, right, bottom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from inchify.decoding.boxes import areas, intersections, overlaps
from inchify.types import Box

MIN_OVERLAP = 0.5
# DetEval: least shares of the true and of the detected area that must overlap, and the score of a
# line in parts or of lines in one.
AREA_RECALL, AREA_PRECISION, PARTED = 0.8, 0.4, 0.8


@dataclass(frozen=True)
class DetectionCounts:
    """Sums over pages: ``recalled`` of ``truths``, ``right`` of ``detections``; can be added."""

    recalled: float = 0.0
    truths: int = 0
    right: float = 0.0
    detections: int = 0

    def __add__(self, other: DetectionCounts) -> DetectionCounts:
        return DetectionCounts(
            self.recalled + other.recalled,
            self.truths + other.truths,
            self.right + other.right,
            self.detections + other.detections,
        )

    @property
    def recall(self) -> float:
        return self.recalled / self.truths if self.truths else 1.0

    @property
    def precision(self) -> float:
        return self.right / self.detections if self.detections else 1.0

    @property
    def hmean(self) -> float:
        """The harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


class Measure(Protocol):
    def __call__(self, truth: Sequence[Box], detections: Sequence[Box]) -> DetectionCounts: ...


def matched_pairs(
    truth: Sequence[Box], detections: Sequence[Box], minimum: float = MIN_OVERLAP
) -> list[tuple[int, int]]:
    """Match true and detected boxes greedily, the pairs with the largest IoU first.

    Args:
        truth: True boxes.
        detections: Detected boxes.
        minimum: Smallest IoU of a pair.

    Returns:
        Pairs (index in ``truth``, index in ``detections``); each box is used once.
    """
    shared_NM = overlaps(_array(truth), _array(detections))
    order = np.argsort(-shared_NM, axis=None, kind="stable")
    pairs: list[tuple[int, int]] = []
    free_N, free_M = np.ones(len(truth), bool), np.ones(len(detections), bool)
    for place in order.tolist():
        row, column = divmod(place, len(detections))
        if shared_NM[row, column] < minimum:
            break
        if free_N[row] and free_M[column]:
            free_N[row] = free_M[column] = False
            pairs.append((row, column))
    return pairs


def iou_counts(truth: Sequence[Box], detections: Sequence[Box]) -> DetectionCounts:
    """Count one-to-one matches with an IoU of at least .5.

    Args:
        truth: True boxes of a page.
        detections: Detected boxes of that page.

    Returns:
        The page's counts.
    """
    right = len(matched_pairs(truth, detections))
    return DetectionCounts(right, len(truth), right, len(detections))


def deteval_counts(truth: Sequence[Box], detections: Sequence[Box]) -> DetectionCounts:
    """Count matches by DetEval: 1 for one to one, ``PARTED`` for one to many and many to one.

    Args:
        truth: True boxes of a page.
        detections: Detected boxes of that page.

    Returns:
        The page's counts.
    """
    true_N4, found_M4 = _array(truth), _array(detections)
    shared_NM = intersections(true_N4, found_M4)
    recall_NM = shared_NM / np.maximum(areas(true_N4), 1e-9)[:, None]
    precision_NM = shared_NM / np.maximum(areas(found_M4), 1e-9)[None]
    true_score_N, found_score_M = np.zeros(len(truth)), np.zeros(len(detections))
    both_NM = (recall_NM >= AREA_RECALL) & (precision_NM >= AREA_PRECISION)
    single_NM = both_NM & (both_NM.sum(axis=1, keepdims=True) == 1)
    single_NM &= both_NM.sum(axis=0, keepdims=True) == 1
    true_score_N[single_NM.any(axis=1)] = 1.0
    found_score_M[single_NM.any(axis=0)] = 1.0
    for row in np.flatnonzero(true_score_N == 0):
        parts_M = (precision_NM[row] >= AREA_PRECISION) & (found_score_M == 0)
        if parts_M.sum() > 1 and recall_NM[row, parts_M].sum() >= AREA_RECALL:
            true_score_N[row], found_score_M[parts_M] = PARTED, PARTED
    for column in np.flatnonzero(found_score_M == 0):
        parts_N = (recall_NM[:, column] >= AREA_RECALL) & (true_score_N == 0)
        if parts_N.sum() > 1 and precision_NM[parts_N, column].sum() >= AREA_PRECISION:
            true_score_N[parts_N], found_score_M[column] = PARTED, PARTED
    return DetectionCounts(
        float(true_score_N.sum()), len(truth), float(found_score_M.sum()), len(detections)
    )


def standard_error(pages: Sequence[DetectionCounts]) -> float:
    """Standard error of the hmean over all pages, by the jackknife over pages.

    Args:
        pages: Counts of each page.

    Returns:
        The error; NaN for fewer than two pages.
    """
    count = len(pages)
    if count < 2:
        return float("nan")
    total = sum(pages, DetectionCounts())
    left_out = np.array([_less(total, page).hmean for page in pages])
    return float(np.sqrt((count - 1) / count * ((left_out - left_out.mean()) ** 2).sum()))


def _less(total: DetectionCounts, page: DetectionCounts) -> DetectionCounts:
    return total + DetectionCounts(-page.recalled, -page.truths, -page.right, -page.detections)


def _array(boxes: Sequence[Box]) -> np.ndarray:
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)
