"""Bipartite matching of labels with molecules by their boxes.

A compound id is below its drawing or, in tables, to the left of it in the same row; rarely to the
right or above. The ids of one page are mostly on the same side, so each side is tried as the page's
preferred one: ids on other sides cost more. All ids of a page are assigned jointly at minimum total
cost: a drawing usually has one id, and further ones carry an extra cost. Measured by
``tests/benchmarks/pairing.py``.

Shape letters: L labels, S structures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inchify.types import Box

# The most labels of one structure.
MOST_LABELS = 4
# What every label costs if a page's labels stand below, left, right, above: in diagonals of a usual
# structure. Pages of the later kinds are rare.
# Places of left and right among them.
IN_ROW = (1, 2)
SIDE_PRICES = (0.0, 0.1, 0.2, 0.2)


@dataclass(frozen=True, kw_only=True)
class PairingSettings:
    """Lengths in diagonals of the structure. ``gate``: a label further away is not its; ``again``:
    nor is a label after the first that is further away than this; ``another``: the price of each
    label after the first. Factors: ``above`` for a label that stands higher than ``low`` of the
    structure's height, ``elsewhere`` for one that is not on the page's usual side. Where three are
    paired or more, one that costs ``outlier`` times what they cost in the middle goes, unless it is
    nearer than ``sure``. ``in_row``: the gate, in usual diagonals, where the page's usual side is
    left or right: cells of tables are wider than the drawings in them."""

    gate: float = 1.0
    in_row: float = 6.0
    again: float = 0.6
    another: float = 0.25
    above: float = 4.0
    low: float = 0.65
    elsewhere: float = 1.3
    outlier: float = 3.0
    sure: float = 0.5

    def __post_init__(self) -> None:
        for name in ("gate", "in_row", "again", "above", "elsewhere", "outlier", "sure"):
            if not getattr(self, name) > 0:
                raise ValueError(f"'{name}' is {getattr(self, name)}; it must be more than 0")
        if not 0 <= self.low <= 1 or self.another < 0:
            raise ValueError("'low' must be between 0 and 1 and 'another' at least 0")


def pair(
    structures: Sequence[Box], labels: Sequence[Box], settings: PairingSettings | None = None
) -> list[tuple[int, int]]:
    """Match the labels of a page with its structures.

    Args:
        structures: Boxes of the structures, in pixels.
        labels: Boxes of the labels.
        settings: Distances and costs.

    Returns:
        (structure, label) in order; each label belongs to one structure or to none.
    """
    settings = settings or PairingSettings()
    if not structures or not labels:
        return []
    diagonals_S = _diagonals(structures)
    usual = float(np.median(diagonals_S))
    sides = side_costs(structures, labels, settings)
    common_LS = np.minimum(sides[0], sides[1]) * settings.elsewhere
    best: tuple[float, list[tuple[int, int]], np.ndarray] | None = None
    for place, (side_LS, price) in enumerate(zip(sides, SIDE_PRICES, strict=True)):
        costs_LS = np.minimum(side_LS, common_LS)
        gates_LS = np.broadcast_to(settings.gate * diagonals_S, costs_LS.shape)
        if place in IN_ROW:
            wide = np.maximum(settings.in_row * usual, gates_LS)
            gates_LS = np.where(costs_LS == side_LS, wide, gates_LS)
        total, pairs = _assigned(costs_LS, diagonals_S, gates_LS, settings)
        total += price * usual * len(labels)
        if best is None or total < best[0]:
            best = total, pairs, costs_LS
    assert best is not None
    pairs = _usual_distances(*best[1:], usual, settings)
    more = _across_the_page(pairs, np.minimum(sides[1], sides[2]), settings.in_row * usual)
    return sorted(pairs + more)


def _across_the_page(
    pairs: list[tuple[int, int]], in_row_LS: np.ndarray, gate: float
) -> list[tuple[int, int]]:
    """Numbers at a margin, as those of equations, and the only drawing of their row, where neither
    has another: the label's only one in reach, and it that drawing's."""
    costs_LS = in_row_LS.copy()
    for structure, label in pairs:
        costs_LS[label], costs_LS[:, structure] = np.inf, np.inf
    close_LS = costs_LS <= gate
    alone_LS = close_LS & (close_LS.sum(axis=1) == 1)[:, None] & (close_LS.sum(axis=0) == 1)
    return [(int(structure), int(label)) for label, structure in np.argwhere(alone_LS)]


def _usual_distances(
    pairs: list[tuple[int, int]], costs_LS: np.ndarray, usual: float, settings: PairingSettings
) -> list[tuple[int, int]]:
    """The pairs without those that are much further apart than the page's others: the drawing of
    such a label was not detected."""
    if len(pairs) < 3:
        return pairs
    costs = np.array([costs_LS[label, structure] for structure, label in pairs]) / usual
    max_cost = max(settings.sure, settings.outlier * float(np.median(costs)))
    return [match for match, cost in zip(pairs, costs, strict=True) if cost <= max_cost]


def _assigned(
    costs_LS: np.ndarray,
    diagonals_S: np.ndarray,
    gates_LS: np.ndarray,
    settings: PairingSettings,
) -> tuple[float, list[tuple[int, int]]]:
    """The cheapest way to give all labels away, and what it costs."""
    from scipy.optimize import linear_sum_assignment

    labels, structures = costs_LS.shape
    usual, largest = float(np.median(diagonals_S)), float(diagonals_S.max())
    # a label would rather have any pair that is allowed than be alone
    widest = max(settings.gate * largest, settings.in_row * usual)
    alone = 2.0 * widest + MOST_LABELS * settings.another * usual
    never = 1e3 * alone
    columns = []
    for place in range(MOST_LABELS):
        allowed_LS = costs_LS <= (settings.again * diagonals_S if place else gates_LS)
        columns.append(np.where(allowed_LS, costs_LS + place * settings.another * usual, never))
    columns.append(np.full((labels, labels), alone))
    table = np.concatenate(columns, axis=1)
    rows, chosen = linear_sum_assignment(table)
    pairs = [
        (int(column) % structures, int(row))
        for row, column in zip(rows, chosen, strict=True)
        if column < MOST_LABELS * structures
    ]
    return float(table[rows, chosen].sum()), sorted(pairs)


def side_costs(
    structures: Sequence[Box], labels: Sequence[Box], settings: PairingSettings
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Costs (L, S) in pixels of labels below, left, right and above: how far each is from where
    that structure's label would be, infinite where it does not stand there at all."""
    s, m = np.array(structures, dtype=np.float64), np.array(labels, dtype=np.float64)
    width_S, height_S = s[:, 2] - s[:, 0], s[:, 3] - s[:, 1]
    x_L1, y_L1 = ((m[:, :2] + m[:, 2:]) / 2).T[..., None]
    x_S, y_S = ((s[:, :2] + s[:, 2:]) / 2).T
    below_LS = np.hypot(x_L1 - x_S, y_L1 - s[:, 3])
    high_LS = y_L1 < s[:, 1] + settings.low * height_S
    below_LS = np.where(high_LS, settings.above * below_LS, below_LS)
    in_row_LS = (y_L1 >= s[:, 1]) & (y_L1 <= s[:, 3])
    off_LS = 0.5 * np.abs(y_L1 - y_S)
    left_LS = np.maximum(0.0, s[:, 0] - m[:, 2:3]) + off_LS
    left_LS[~(in_row_LS & (m[:, 2:3] <= s[:, 0] + 0.1 * width_S))] = np.inf
    right_LS = np.maximum(0.0, m[:, 0:1] - s[:, 2]) + off_LS
    right_LS[~(in_row_LS & (m[:, 0:1] >= s[:, 2] - 0.1 * width_S))] = np.inf
    above_LS = np.hypot(x_L1 - x_S, y_L1 - s[:, 1])
    above_LS[y_L1 >= s[:, 1] + (1 - settings.low) * height_S] = np.inf
    return below_LS, left_LS, right_LS, above_LS


def cost_table(
    structures: Sequence[Box], labels: Sequence[Box], settings: PairingSettings | None = None
) -> np.ndarray:
    """Compute the cost of each pair without a preferred side: below or left, whichever is nearer.

    Args:
        structures: Boxes of the structures, in pixels.
        labels: Boxes of the labels.
        settings: Distances and costs.

    Returns:
        Costs in pixels, float64 (L, S).
    """
    below_LS, left_LS, _, _ = side_costs(structures, labels, settings or PairingSettings())
    return np.minimum(below_LS, left_LS)


def _diagonals(boxes: Sequence[Box]) -> np.ndarray:
    table = np.array(boxes, dtype=np.float64)
    sides = table[:, 2:] - table[:, :2]
    return np.maximum(np.hypot(sides[:, 0], sides[:, 1]), 1.0)
