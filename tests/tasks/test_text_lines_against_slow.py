"""The anchors' truth equals that of a slow loop over every anchor, as CTPN's paper tells it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from inchify.tasks.text_detection.targets import (
    BACKGROUND,
    MIN_COVER,
    TEXT,
    UNASKED,
    AnchorGrid,
    anchor_targets,
)
from inchify.types import Box

GRID = AnchorGrid(rows=10, columns=12, row=16, column=16, heights=(8.0, 12.0, 18.0, 27.0, 40.0))


def quads(boxes: list[Box]) -> np.ndarray:
    return np.array([[(a, b), (c, b), (c, d), (a, d)] for a, b, c, d in boxes])


def slow_labels(boxes: list[Box], grid: AnchorGrid) -> np.ndarray:
    """Labels by loops; no two lines may share a column's height."""
    labels = np.full((len(grid.heights), grid.rows, grid.columns), BACKGROUND)
    for column in range(grid.columns):
        begin, end = column * grid.column, (column + 1) * grid.column
        pieces = []
        for left, top, right, bottom in boxes:
            covers = [
                min(right, (c + 1) * grid.column) - max(left, c * grid.column)
                for c in range(grid.columns)
            ]
            cover = min(right, end) - max(left, begin)
            if cover > 0 and (cover >= MIN_COVER * grid.column or cover == max(covers)):
                pieces.append((top, bottom))
        shares = {
            (k, row, place): share(piece, anchor_edges(grid, k, row))
            for place, piece in enumerate(pieces)
            for k in range(len(grid.heights))
            for row in range(grid.rows)
        }
        for place in range(len(pieces)):
            own = {key[:2]: value for key, value in shares.items() if key[2] == place}
            for (k, row), value in own.items():
                if value > 0.7:
                    labels[k, row, column] = TEXT
                elif value >= 0.3 and labels[k, row, column] == BACKGROUND:
                    labels[k, row, column] = UNASKED
            k, row = max(own, key=lambda key: own[key])
            labels[k, row, column] = TEXT
    return labels


def anchor_edges(grid: AnchorGrid, k: int, row: int) -> tuple[float, float]:
    middle = (row + 0.5) * grid.row
    return middle - grid.heights[k] / 2, middle + grid.heights[k] / 2


def share(one: tuple[float, float], other: tuple[float, float]) -> float:
    both = min(one[1], other[1]) - max(one[0], other[0])
    return max(0.0, both) / (max(one[1], other[1]) - min(one[0], other[0]))


@pytest.mark.parametrize("seed", range(6))
def test_labels_equal_those_of_a_loop_over_anchors(seed: int) -> None:
    generator = np.random.default_rng(seed)
    boxes: list[Box] = []
    for top in (7.3, 58.1, 113.7):
        left, width = generator.uniform(0, 120), generator.uniform(3, 80)
        # irregular, so that no two anchors are equally good
        height = generator.uniform(9, 33)
        boxes.append((left, top, min(left + width, 190.0), top + height))
    found = anchor_targets(quads(boxes), GRID)
    np.testing.assert_array_equal(found.labels_KHW, slow_labels(boxes, GRID))


@pytest.mark.parametrize("seed", range(6))
def test_what_text_anchors_answer_gives_their_line_back(seed: int) -> None:
    generator = np.random.default_rng(100 + seed)
    left, top = generator.uniform(0, 90), generator.uniform(10, 90)
    box = (left, top, left + generator.uniform(20, 95), top + generator.uniform(9, 40))
    found = anchor_targets(quads([box]), GRID)
    for (k, row, column), (way, size), side in zip(
        found.cells_N3.tolist(), found.vertical_N2.tolist(), found.side_N.tolist(), strict=True
    ):
        height = GRID.heights[k] * math.exp(size)
        middle = (row + 0.5) * GRID.row + way * GRID.heights[k]
        assert (middle - height / 2, middle + height / 2) == pytest.approx(box[1::2], abs=1e-3)
        x = (column + 0.5) * GRID.column
        max_distance, far = sorted((box[0], box[2]), key=lambda end: abs(end - x))
        if abs(max_distance - x) > 32:
            assert math.isnan(side)
        elif abs(abs(max_distance - x) - abs(far - x)) > 1e-3:
            assert x + side * GRID.column == pytest.approx(max_distance, abs=1e-3)


def test_a_page_without_lines_is_all_paper() -> None:
    found = anchor_targets(quads([]), GRID)
    assert (found.labels_KHW == BACKGROUND).all() and not len(found.cells_N3)
