"""What the well-known CTPN settings lose or join is kept and kept apart (YCG09 #125, #154, #360).

Maps that say just what a page's truth asks for are decoded; labels are as wide and near as those
measured on chemistry pages.
"""

from __future__ import annotations

import time

import numpy as np
import pytest

from inchify.decoding.text_lines import STOCK, LineSettings, Proposals, lines_of, proposals_of
from inchify.tasks.text_detection.targets import AnchorGrid, anchor_targets
from inchify.types import Box, TextLine

HEIGHTS = (8.0, 11.0, 15.0, 20.0, 27.0, 37.0, 51.0)
Maps = tuple[np.ndarray, np.ndarray, np.ndarray]


def true_maps(boxes: list[Box], column: int = 16, size: tuple[int, int] = (160, 640)) -> Maps:
    """Chances, heights and ends that say just what training asks for."""
    grid = AnchorGrid(size[0] // 16, size[1] // column, 16, column, HEIGHTS)
    quads = np.array([[(a, b), (c, b), (c, d), (a, d)] for a, b, c, d in boxes])
    truth = anchor_targets(quads, grid)
    shape = (len(HEIGHTS), grid.rows, grid.columns)
    scores, sides = np.full(shape, 0.01), np.zeros(shape)
    vertical = np.zeros((len(HEIGHTS), 2, grid.rows, grid.columns))
    k, row, across = truth.cells_N3.T
    scores[k, row, across] = 0.95
    vertical[k, :, row, across] = truth.vertical_N2
    # a piece far from both ends has learned nothing and says anything
    sides[k, row, across] = np.nan_to_num(truth.side_N, nan=0.4)
    return scores, vertical, sides


def found_lines(
    boxes: list[Box], settings: LineSettings, column: int = 16
) -> list[tuple[float, ...]]:
    maps = true_maps(boxes, column)
    found = proposals_of(*maps, HEIGHTS, 16, column, settings)
    return [line.box for line in lines_of(found, column, settings)]


@pytest.mark.parametrize("column", [8, 16])
def test_first_and_last_letters_are_inside_only_with_the_side_head(column: int) -> None:
    boxes: list[Box] = [(43.0, 40.0, 203.0, 58.0)]
    (box,) = found_lines(boxes, LineSettings(), column)
    assert box == pytest.approx(boxes[0], abs=0.6)
    (plain,) = found_lines(boxes, LineSettings(sides=False), column)
    assert max(abs(a - b) for a, b in zip(plain[::2], boxes[0][::2], strict=True)) >= 3


@pytest.mark.parametrize("left", [34.0, 36.5, 38.0])
def test_a_label_of_one_piece_is_kept_where_the_stock_settings_lose_it(left: float) -> None:
    boxes: list[Box] = [(left, 40.0, left + 9.0, 56.0)]
    assert not found_lines(boxes, STOCK)
    (box,) = found_lines(boxes, LineSettings())
    middle = (box[0] + box[2]) / 2
    assert left <= middle <= left + 9 and box[2] - box[0] <= 20
    assert (box[1], box[3]) == pytest.approx((40.0, 56.0), abs=0.6)


@pytest.mark.parametrize("gap", [36.0, 44.0])
def test_neighbors_on_a_row_stay_two_labels(gap: float) -> None:
    boxes: list[Box] = [(40.0, 40.0, 120.0, 58.0), (120.0 + gap, 40.0, 230.0 + gap, 58.0)]
    assert len(found_lines(boxes, STOCK)) == 1
    assert len(found_lines(boxes, LineSettings(gap_heights=0.7))) == 2


def test_words_of_a_large_line_are_one() -> None:
    """The gap goes with the height: what parts small labels is a space between large words."""
    boxes: list[Box] = [(40.0, 40.0, 150.0, 90.0), (176.0, 40.0, 300.0, 90.0)]
    assert len(found_lines(boxes, LineSettings(gap_heights=0.7))) == 1


def test_lines_one_above_the_other_are_not_joined() -> None:
    boxes: list[Box] = [(30.0, 20.0 + 24 * n, 300.0, 38.0 + 24 * n) for n in range(5)]
    found = found_lines(boxes, LineSettings())
    assert len(found) == 5
    for box, true in zip(found, boxes, strict=True):
        assert box == pytest.approx(true, abs=1.0)


def test_a_lone_unsure_piece_is_no_line() -> None:
    one = np.array([3]), np.array([40.0]), np.array([58.0]), np.array([0.65]), np.array([56.0])
    assert not lines_of(Proposals(*one), 16, LineSettings(line_score=0.7))
    assert len(lines_of(Proposals(*one), 16, LineSettings(line_score=0.6))) == 1


def test_of_overlapping_pieces_the_surest_stays_as_in_a_loop() -> None:
    generator = np.random.default_rng(0)
    scores = generator.random((len(HEIGHTS), 10, 20))
    vertical = generator.normal(0, 0.3, (len(HEIGHTS), 2, 10, 20))
    settings = LineSettings(score=0.5)
    found = proposals_of(scores, vertical, np.zeros_like(scores), HEIGHTS, 16, 16, settings)
    left = set(range(len(found.column)))
    assert sorted(
        zip(found.column.tolist(), found.score.tolist(), strict=True), key=lambda p: (p[0], -p[1])
    ) == slow_survivors(scores, vertical, settings)
    assert len(left) < (scores >= 0.5).sum() / 2


def slow_survivors(
    scores: np.ndarray, vertical: np.ndarray, settings: LineSettings
) -> list[tuple[int, float]]:
    kept: list[tuple[int, float, float, float]] = []
    places = [tuple(place) for place in np.argwhere(scores >= settings.score).tolist()]
    for k, row, column in sorted(places, key=lambda place: -scores[place]):
        way, size = vertical[k, :, row, column]
        half = HEIGHTS[k] * np.exp(size) / 2
        middle = (row + 0.5) * 16 + way * HEIGHTS[k]
        top, bottom = middle - half, middle + half
        clear = all(
            other != column
            or min(bottom, c) - max(top, b) <= settings.overlap * (max(bottom, c) - min(top, b))
            for other, _, b, c in kept
        )
        if clear:
            kept.append((column, float(scores[k, row, column]), top, bottom))
    return sorted(((column, score) for column, score, _, _ in kept), key=lambda p: (p[0], -p[1]))


def test_a_page_is_decoded_quickly() -> None:
    boxes: list[Box] = [
        (40.0 + 300 * c, 20.0 + 24 * r, 300.0 + 300 * c, 38.0 + 24 * r)
        for r in range(36)
        for c in range(4)
    ]
    maps = true_maps(boxes, 8, (896, 1280))
    begin = time.process_time()
    lines: list[TextLine] = lines_of(
        proposals_of(*maps, HEIGHTS, 16, 8, LineSettings()), 8, LineSettings()
    )
    # wanted: .15 s; a loop over all anchors in Python would need many times this
    assert time.process_time() - begin < 0.6
    assert len(lines) == 36 * 4
