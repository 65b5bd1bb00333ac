"""Precision, recall and DetEval by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from inchify.tasks.detection_score import (
    DetectionCounts,
    deteval_counts,
    iou_counts,
    matched_pairs,
    standard_error,
)
from inchify.types import Box

LINE: Box = (0.0, 0.0, 100.0, 10.0)
BELOW: Box = (0.0, 20.0, 100.0, 30.0)


def sums(counts: DetectionCounts) -> tuple[float, int, float, int]:
    return counts.recalled, counts.truths, counts.right, counts.detections


def test_half_of_the_union_is_right_and_every_box_counts_once() -> None:
    assert sums(iou_counts([LINE], [(0, 0, 50, 10)])) == (1, 1, 1, 1)
    assert sums(iou_counts([LINE], [(0, 0, 49, 10)])) == (0, 1, 0, 1)
    assert sums(iou_counts([LINE], [LINE, LINE])) == (1, 1, 1, 2)
    assert sums(iou_counts([LINE, LINE], [LINE])) == (1, 2, 1, 1)
    # the better pair first, whatever the order
    assert matched_pairs([LINE], [(0, 0, 80, 10), (0, 0, 95, 10)]) == [(0, 1)]
    assert matched_pairs([], [LINE]) == matched_pairs([LINE], []) == []


def test_deteval_by_hand() -> None:
    assert sums(deteval_counts([LINE, BELOW], [LINE, BELOW])) == (2, 2, 2, 2)
    # larger than the line: right as long as .4 of it is the line
    assert sums(deteval_counts([LINE], [(0, 0, 100, 25)])) == (1, 1, 1, 1)
    assert sums(deteval_counts([LINE], [(0, 0, 100, 26)])) == (0, 1, 0, 1)
    # four fifths of the line are enough, less are not
    assert sums(deteval_counts([LINE], [(0, 0, 80, 10)])) == (1, 1, 1, 1)
    assert sums(deteval_counts([LINE], [(0, 0, 79, 10)])) == (0, 1, 0, 1)


def test_deteval_takes_parts_at_four_fifths() -> None:
    words: list[Box] = [(0, 0, 45, 10), (50, 0, 100, 10)]
    assert sums(deteval_counts([LINE], words)) == (0.8, 1, 1.6, 2)
    assert sums(deteval_counts(words, [LINE])) == (1.6, 2, 0.8, 1)
    # half of the line alone is too little
    assert sums(deteval_counts([LINE], words[:1])) == (0, 1, 0, 1)
    both = deteval_counts([LINE, BELOW], [*words, BELOW])
    assert sums(both) == (1.8, 2, 2.6, 3)
    assert both.hmean == pytest.approx(2 * 0.9 * (2.6 / 3) / (0.9 + 2.6 / 3))


def test_pages_add_up() -> None:
    pages = [iou_counts([LINE], [LINE]), iou_counts([LINE, BELOW], [(0, 50, 9, 60)])]
    total = pages[0] + pages[1]
    assert (total.recall, total.precision) == (1 / 3, 1 / 2)
    assert total.hmean == pytest.approx(0.4)
    assert DetectionCounts().hmean == 1.0 and iou_counts([], [LINE]).hmean == 0.0


def test_the_standard_error_is_that_of_a_mean_where_pages_are_alike() -> None:
    """With as many true as found boxes on every page the hmean is a mean over pages."""
    generator = np.random.default_rng(0)
    right = generator.integers(0, 11, 40)
    pages = [DetectionCounts(float(n), 10, float(n), 10) for n in right]
    wanted = np.std(right / 10, ddof=1) / math.sqrt(len(right))
    assert standard_error(pages) == pytest.approx(wanted)
    assert math.isnan(standard_error(pages[:1]))
