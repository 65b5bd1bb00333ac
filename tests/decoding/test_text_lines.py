"""Slices become lines: short labels stay, neighbours stay apart, and no end letter is cut off."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inchify.decoding.boxes import areas, intersections, overlaps
from inchify.decoding.text_lines import (
    STOCK,
    LineSettings,
    Proposals,
    chains_of,
    lines_of,
    proposals_of,
)
from inchify.types import Box

LABELS = LineSettings()
HEIGHTS = (11.0, 16.0, 23.0, 33.0, 48.0)
ROW = COLUMN = 16


def maps_of(
    boxes: list[Box], *, size: tuple[int, int] = (12, 40), sure: float = 0.99
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a network says that sees these lines without fault: at each of their slices the anchor
    that fits best is sure, and ends are known within two columns."""
    scores = np.full((len(HEIGHTS), *size), 0.01)
    vertical = np.zeros((len(HEIGHTS), 2, *size))
    sides = np.zeros((len(HEIGHTS), *size))
    for left, top, right, bottom in boxes:
        middle, height = (top + bottom) / 2, bottom - top
        k = int(np.abs(np.log(np.array(HEIGHTS) / height)).argmin())
        row = int(middle // ROW)
        for column in range(int(left // COLUMN), int(-(-right // COLUMN))):
            covered = min(right, (column + 1) * COLUMN) - max(left, column * COLUMN)
            if covered < 0.3 * min(COLUMN, right - left):
                continue
            scores[k, row, column] = sure
            vertical[k, 0, row, column] = (middle - (row + 0.5) * ROW) / HEIGHTS[k]
            vertical[k, 1, row, column] = np.log(height / HEIGHTS[k])
            center = (column + 0.5) * COLUMN
            end = left if abs(left - center) <= abs(right - center) else right
            sides[k, row, column] = np.clip((end - center) / COLUMN, -2, 2)
    return scores, vertical, sides


def found_in(boxes: list[Box], chosen: LineSettings, **more: Any) -> list[Box]:
    found = proposals_of(*maps_of(boxes, **more), HEIGHTS, ROW, COLUMN, chosen)
    return [line.box for line in lines_of(found, COLUMN, chosen)]


def near(one: Box, other: Box, pixels: float) -> bool:
    return all(abs(a - b) <= pixels for a, b in zip(one, other, strict=True))


def test_lines_are_found_where_they_are() -> None:
    truth: list[Box] = [(20.0, 12.0, 301.0, 35.0), (45.0, 60.0, 180.0, 73.0), (300.0, 90, 460, 140)]
    found = found_in(truth, LABELS)
    assert len(found) == 3
    assert all(near(a, b, 0.01) for a, b in zip(truth, found, strict=True))


def test_a_label_of_one_slice_stays() -> None:
    """The stock settings ask for two slices, and lose labels such as "1"."""
    label: Box = (34.0, 40.0, 46.0, 60.0)
    assert found_in([label], STOCK) == []
    (box,) = found_in([label], LABELS)
    assert near(box, label, 2.5)


def test_neighbors_on_a_row_stay_apart() -> None:
    """The stock gap joins all that stands within 60 pixels, formulas and labels alike."""
    one, other = (16.0, 40.0, 64.0, 55.0), (112.0, 40.0, 160.0, 55.0)
    assert len(found_in([one, other], STOCK)) == 1
    found = found_in([one, other], LABELS)
    assert len(found) == 2 and near(found[0], one, 0.01) and near(found[1], other, 0.01)


def test_words_of_a_large_line_stay_together() -> None:
    """The gap grows with the height: three columns are a space of letters 48 pixels high."""
    words: list[Box] = [(16.0, 30.0, 112.0, 78.0), (144.0, 30.0, 320.0, 78.0)]
    assert len(found_in(words, LABELS)) == 1
    assert len(found_in(words, replace(LABELS, gap=16.0))) == 2


@pytest.mark.parametrize(("left", "right"), [(12.0, 197.0), (19.0, 203.0), (26.0, 181.0)])
def test_first_and_last_letters_are_not_cut_off(left: float, right: float) -> None:
    """Without the head of ends a line stops at its columns' borders: letters lost, or paper won."""
    truth: Box = (left, 30.0, right, 52.0)
    (refined,) = found_in([truth], LABELS)
    (plain,) = found_in([truth], replace(LABELS, sides=False))
    assert near(refined, truth, 0.01)
    assert plain[0] % COLUMN == plain[2] % COLUMN == 0
    assert max(abs(plain[0] - left), abs(plain[2] - right)) >= 3


def test_one_slice_holds_its_labels_letters() -> None:
    """One slice knows one end, and letters lie on either side of it: their ink must not be lost."""
    kept, shared = [], []
    for left in np.arange(16.0, 48.0, 0.5):
        for width in (8.0, 11.0, 14.0, 17.0):
            label: Box = (float(left), 40.0, float(left) + width, 60.0)
            if len(proposals_of(*maps_of([label]), HEIGHTS, ROW, COLUMN, LABELS).column) > 1:
                continue
            (box,) = found_in([label], LABELS)
            one, other = np.array([label]), np.array([box])
            kept.append(intersections(one, other)[0, 0] / areas(one)[0])
            shared.append(overlaps(one, other)[0, 0])
    assert len(kept) > 80
    assert np.mean(kept) > 0.88 and np.mean(np.array(shared) >= 0.5) > 0.8


def test_a_margin_makes_lines_larger_at_every_side() -> None:
    (box,) = found_in([(20.0, 40.0, 180.0, 60.0)], replace(LABELS, margin=0.1))
    assert near(box, (18.0, 38.0, 182.0, 62.0), 0.01)


def test_lines_that_lean_keep_their_height() -> None:
    columns = np.arange(2, 22)
    middle = 60 + 0.05 * (columns + 0.5) * COLUMN
    found = Proposals(columns, middle - 10, middle + 10, np.full(20, 0.9), (columns + 0.5) * 16.0)
    (line,) = lines_of(found, COLUMN, replace(LABELS, sides=False))
    assert line.angle == pytest.approx(np.degrees(np.arctan(0.05)), abs=0.01)
    assert line.box[1] == pytest.approx(60 + 0.05 * 32 - 10, abs=0.6)
    assert line.box[3] == pytest.approx(60 + 0.05 * 352 + 10, abs=0.6)


def test_lines_close_above_each_other_stay_apart() -> None:
    rows: list[Box] = [(16.0, 20.0 + 17 * n, 160.0, 35.0 + 17 * n) for n in range(5)]
    found = found_in(rows, LABELS)
    assert len(found) == 5 and all(near(a, b, 0.01) for a, b in zip(rows, found, strict=True))


def test_doubtful_lines_go_and_an_empty_page_has_none() -> None:
    box: Box = (16.0, 20.0, 160.0, 40.0)
    assert found_in([box], LABELS, sure=0.65) == []
    assert len(found_in([box], replace(LABELS, line_score=0.6), sure=0.65)) == 1
    assert found_in([], LABELS) == []


def slow_proposals(
    scores: np.ndarray, vertical: np.ndarray, chosen: LineSettings
) -> set[tuple[int, int, int]]:
    """Anchor by anchor and pair by pair, as the stock code does it."""
    slices = []
    for k in range(scores.shape[0]):
        for row in range(scores.shape[1]):
            for column in range(scores.shape[2]):
                if scores[k, row, column] >= chosen.score:
                    way, log = vertical[k, :, row, column]
                    middle = (row + 0.5) * ROW + way * HEIGHTS[k]
                    half = HEIGHTS[k] * np.exp(log) / 2
                    slices.append(
                        (scores[k, row, column], column, middle - half, middle + half, k, row)
                    )
    kept: list[tuple[Any, ...]] = []
    for own in sorted(slices, key=lambda one: -one[0]):
        for other in kept:
            if other[1] != own[1]:
                continue
            shared = min(own[3], other[3]) - max(own[2], other[2])
            if shared > chosen.overlap * (max(own[3], other[3]) - min(own[2], other[2])):
                break
        else:
            kept.append(own)
    return {(int(own[1]), round(own[2] * 100), round(own[3] * 100)) for own in kept}


def slow_links(found: Proposals, chosen: LineSettings) -> set[tuple[int, int]]:
    """Mutual neighbours, pair by pair."""

    def best(own: int, way: int) -> int:
        for step in range(1, int(chosen.gap // COLUMN) + 2):
            fitting = []
            for other in range(len(found.column)):
                if found.column[other] != found.column[own] + way * step:
                    continue
                high, less = (found.bottom[n] - found.top[n] for n in (own, other))
                shared = min(found.bottom[own], found.bottom[other]) - max(
                    found.top[own], found.top[other]
                )
                small = min(high, less)
                if (
                    shared >= chosen.along * small
                    and small >= chosen.alike * max(high, less)
                    and (step - 1) * COLUMN <= chosen.gap_heights * small
                ):
                    fitting.append((found.score[other], -other))
            if fitting:
                return -max(fitting)[1]
        return -1

    return {
        (own, after)
        for own in range(len(found.column))
        if (after := best(own, 1)) >= 0 and best(after, -1) == own
    }


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.02, 0.1, 0.3]))
def test_arrays_give_what_loops_give(seed: int, share: float) -> None:
    generator = np.random.default_rng(seed)
    scores = generator.random((3, 5, 12))
    scores = np.where(generator.random(scores.shape) < share, 0.5 + scores / 2, 0.3 * scores)
    vertical = generator.normal(0, 0.2, (3, 2, 5, 12))
    heights = HEIGHTS[:3]
    chosen = replace(LABELS, overlap=0.2)
    found = proposals_of(scores, vertical, np.zeros_like(scores), heights, ROW, COLUMN, chosen)
    own = {
        (int(column), round(top * 100), round(bottom * 100))
        for column, top, bottom in zip(found.column, found.top, found.bottom, strict=True)
    }
    assert own == slow_proposals(scores, vertical, chosen)
    chains = chains_of(found, COLUMN, chosen)
    assert sorted(place for chain in chains for place in chain) == list(range(len(found.column)))
    links = {pair for chain in chains for pair in pairwise(chain)}
    assert links == slow_links(found, chosen)


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), one=st.integers(0, 5), other=st.integers(0, 5))
def test_shared_areas_by_counting_pixels(seed: int, one: int, other: int) -> None:
    generator = np.random.default_rng(seed)

    def boxes(count: int) -> np.ndarray:
        corners = generator.integers(0, 12, (count, 2, 2))
        return np.concatenate((corners.min(axis=1), corners.max(axis=1)), axis=1).astype(float)

    def pixels(box: np.ndarray) -> np.ndarray:
        page = np.zeros((12, 12), bool)
        left, top, right, bottom = box.astype(int)
        page[top:bottom, left:right] = True
        return page

    first, second = boxes(one), boxes(other)
    shared, ratio = intersections(first, second), overlaps(first, second)
    assert shared.shape == ratio.shape == (one, other)
    for n, a in enumerate(first):
        assert areas(first)[n] == pixels(a).sum()
        for m, b in enumerate(second):
            both, either = (pixels(a) & pixels(b)).sum(), (pixels(a) | pixels(b)).sum()
            assert shared[n, m] == both
            assert ratio[n, m] == pytest.approx(both / either if either else 0.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"score": 1.5},
        {"overlap": -0.1},
        {"line_score": 2},
        {"gap": -1.0},
        {"pieces": 0},
        {"margin": -0.1},
    ],
)
def test_wrong_settings_are_named(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        LineSettings(**wrong)  # type: ignore[arg-type]
