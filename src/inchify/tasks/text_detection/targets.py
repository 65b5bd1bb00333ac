"""Anchor targets of the text-line detector (CTPN).

A line is cut at the columns' borders. An anchor is text where its height shares enough with the
piece of a line in its column (its width is the column's, so only heights are compared; how
much of an end column a line covers is the side head's business), or where it is the best that a
piece has. No loop runs over anchors.

Shape letters: L lines, P pieces, N anchors that are text, H and W cells, K anchors of a cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

# Minimum share of a column that the end of a line must cover for the column to be text.
MIN_COVER = 0.3
# Lines rotated further than this cannot be split into columns; their cells are ignored.
MAX_TURN = 0.2
UNASKED, BACKGROUND, TEXT = -1, 0, 1


@dataclass(frozen=True)
class AnchorGrid:
    """``rows`` and ``columns`` of cells, ``row`` and ``column`` pixels of a cell, ``heights``."""

    rows: int
    columns: int
    row: int
    column: int
    heights: tuple[float, ...]


class AnchorTargets(NamedTuple):
    """``labels_KHW`` int8: TEXT, PAPER or UNASKED. Of anchors that are text: ``cells_N3`` int64 (k,
    row, column), ``vertical_N2`` the middle's way and the logarithm of the height in anchors;
    ``side_N`` the way to the line's end in columns, NaN where none is near."""

    labels_KHW: np.ndarray
    cells_N3: np.ndarray
    vertical_N2: np.ndarray
    side_N: np.ndarray


class Segments(NamedTuple):
    """Segments of lines cut at the column borders: ``line``, ``column``, ``top`` and ``bottom`` of
    each."""

    line: np.ndarray
    column: np.ndarray
    top: np.ndarray
    bottom: np.ndarray
    cover: np.ndarray


def quads_are_rows(quads_L42: np.ndarray) -> np.ndarray:
    """Which lines run along rows, (L,): upper left corner first, clockwise."""
    along_L2 = quads_L42[:, 1] - quads_L42[:, 0]
    return (along_L2[:, 0] > 0) & (np.abs(along_L2[:, 1]) <= MAX_TURN * along_L2[:, 0])


def cut_at_columns(quads_L42: np.ndarray, columns: int, column: int) -> Segments:
    """Cut every line into column segments; an end that covers too little of its column is dropped,
    but each line keeps the column that it covers most."""
    left_L, right_L = quads_L42[:, (0, 3), 0].mean(axis=1), quads_L42[:, (1, 2), 0].mean(axis=1)
    first_L = np.clip(np.floor(left_L / column), 0, columns).astype(np.int64)
    last_L = np.clip(np.ceil(right_L / column), 0, columns).astype(np.int64)
    counts_L = np.maximum(last_L - first_L, 0)
    line_P = np.repeat(np.arange(len(quads_L42)), counts_L)
    starts_L = np.cumsum(counts_L) - counts_L
    column_P = first_L[line_P] + np.arange(len(line_P)) - starts_L[line_P]
    begin_P = np.maximum(column_P * column, left_L[line_P])
    end_P = np.minimum((column_P + 1) * column, right_L[line_P])
    cover_P = (end_P - begin_P) / column
    max_L = np.zeros(len(quads_L42))
    np.maximum.at(max_L, line_P, cover_P)
    kept = (cover_P >= MIN_COVER) | (cover_P >= max_L[line_P] - 1e-9)
    line_P, column_P, cover_P = line_P[kept], column_P[kept], cover_P[kept]
    middle_P = ((begin_P + end_P) / 2)[kept]
    edges = [
        _height_at(quads_L42[line_P, a], quads_L42[line_P, b], middle_P)
        for a, b in ((0, 1), (3, 2))
    ]
    return Segments(line_P, column_P, edges[0], edges[1], cover_P)


def _height_at(one_P2: np.ndarray, other_P2: np.ndarray, x_P: np.ndarray) -> np.ndarray:
    wide_P = np.maximum(other_P2[:, 0] - one_P2[:, 0], 1e-6)
    share_P = (x_P - one_P2[:, 0]) / wide_P
    return one_P2[:, 1] + share_P * (other_P2[:, 1] - one_P2[:, 1])


def anchor_targets(
    quads_L42: np.ndarray,
    grid: AnchorGrid,
    *,
    ignored: np.ndarray | None = None,
    positive: float = 0.7,
    negative: float = 0.3,
    max_distance: float = 32.0,
) -> AnchorTargets:
    """Anchor targets of a crop. ``ignored``: bool (H, W), cells without targets. ``max_distance``:
    maximum distance in pixels from a line's end for a side target."""
    quads_L42 = np.asarray(quads_L42, dtype=np.float64).reshape(-1, 4, 2)
    rows_L = quads_are_rows(quads_L42)
    unasked_HW = np.zeros((grid.rows, grid.columns), bool) if ignored is None else ignored.copy()
    for quad in quads_L42[~rows_L]:
        (left, top), (right, bottom) = quad.min(axis=0), quad.max(axis=0)
        unasked_HW[
            max(int(top // grid.row), 0) : max(int(-(-bottom // grid.row)), 0),
            max(int(left // grid.column), 0) : max(int(-(-right // grid.column)), 0),
        ] = True
    quads_L42 = quads_L42[rows_L]
    segments = cut_at_columns(quads_L42, grid.columns, grid.column)
    best_WA, segment_WA, chosen_WA = _assign(segments, grid)
    shape = (grid.columns, grid.rows, len(grid.heights))
    text_WHK = ((best_WA > positive) | chosen_WA).reshape(shape) & (best_WA > 0).reshape(shape)
    labels_WHK = np.where(best_WA < negative, BACKGROUND, UNASKED).reshape(shape).astype(np.int8)
    labels_WHK[unasked_HW.T] = UNASKED
    labels_WHK[text_WHK] = TEXT
    column_N, row_N, k_N = np.nonzero(text_WHK)
    segment_N = segment_WA.reshape(shape)[column_N, row_N, k_N]
    height_N = np.array(grid.heights)[k_N]
    top_N, bottom_N = segments.top[segment_N], segments.bottom[segment_N]
    middle_N = (row_N + 0.5) * grid.row
    vertical_N2 = np.stack(
        (
            ((top_N + bottom_N) / 2 - middle_N) / height_N,
            np.log(np.maximum(bottom_N - top_N, 1.0) / height_N),
        ),
        axis=1,
    )
    return AnchorTargets(
        np.ascontiguousarray(labels_WHK.transpose(2, 1, 0)),
        np.stack((k_N, row_N, column_N), axis=1).astype(np.int64),
        vertical_N2.astype(np.float32),
        _side_targets(quads_L42, segments.line[segment_N], column_N, grid.column, max_distance),
    )


def _assign(segments: Segments, grid: AnchorGrid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For every anchor (W, H x K) the best overlap with a segment of its column, that segment, and
    whether the anchor is the best one of the segment."""
    middle_A = np.repeat((np.arange(grid.rows) + 0.5) * grid.row, len(grid.heights))
    half_A = np.tile(np.array(grid.heights) / 2, grid.rows)
    top_A, bottom_A = (middle_A - half_A).astype(np.float32), (middle_A + half_A).astype(np.float32)
    best_WA = np.zeros((grid.columns, len(middle_A)), np.float32)
    segment_WA = np.zeros(best_WA.shape, np.int64)
    chosen_WA = np.zeros(best_WA.shape, bool)
    # the n-th pieces of all columns at once: no two of them share a column; those that cover less
    # of it come first, so that on equal terms the larger one has the anchor
    order_P = np.lexsort((segments.cover, segments.column))
    column_P = segments.column[order_P]
    rank_P = np.arange(len(order_P)) - np.searchsorted(column_P, column_P)
    picked: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for rank in range(int(rank_P.max()) + 1 if len(rank_P) else 0):
        segment_p = order_P[rank_P == rank]
        column_p = segments.column[segment_p]
        top_p1 = segments.top[segment_p, None].astype(np.float32)
        bottom_p1 = segments.bottom[segment_p, None].astype(np.float32)
        shared_pA = np.minimum(bottom_p1, bottom_A) - np.maximum(top_p1, top_A)
        whole_pA = np.maximum(bottom_p1, bottom_A) - np.minimum(top_p1, top_A)
        share_pA = np.maximum(shared_pA, 0) / np.maximum(whole_pA, 1e-6)
        better_pA = share_pA >= np.maximum(best_WA[column_p], 1e-9)
        best_WA[column_p] = np.where(better_pA, share_pA, best_WA[column_p])
        segment_WA[column_p] = np.where(better_pA, segment_p[:, None], segment_WA[column_p])
        anchor_p = share_pA.argmax(axis=1)
        seen_p = share_pA[np.arange(len(segment_p)), anchor_p] > 0
        picked.append((column_p[seen_p], anchor_p[seen_p], segment_p[seen_p]))
    for column_p, anchor_p, segment_p in picked:
        # a piece keeps its best anchor even where that anchor overlaps a neighbor a little more
        chosen_WA[column_p, anchor_p] = True
        segment_WA[column_p, anchor_p] = segment_p
    return best_WA, segment_WA, chosen_WA


def _side_targets(
    quads_L42: np.ndarray,
    line_N: np.ndarray,
    column_N: np.ndarray,
    column: int,
    max_distance: float,
) -> np.ndarray:
    """The offset from the center of a column to the nearer end of its line, in columns."""
    left_N = quads_L42[line_N][:, (0, 3), 0].mean(axis=1)
    right_N = quads_L42[line_N][:, (1, 2), 0].mean(axis=1)
    middle_N = (column_N + 0.5) * column
    end_N = np.where(np.abs(left_N - middle_N) <= np.abs(right_N - middle_N), left_N, right_N)
    way_N = (end_N - middle_N) / column
    return np.where(np.abs(end_N - middle_N) <= max_distance, way_N, np.nan).astype(np.float32)
