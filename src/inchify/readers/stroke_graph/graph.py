"""The molecule graph of straight strokes, where strokes, labels and stereo bonds are all that is
drawn.

A network places the corners of a crowded cage beside those of the picture, or misses them; their
strokes are exact. Coordinates are pixels of the foreground, y down.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations, pairwise
from math import log

import numpy as np

from inchify.readers.bonds.short import short_bonds
from inchify.readers.stroke_graph.bond_axes import BondAxes, BondAxis, joined
from inchify.readers.stroke_graph.coverage import StrokeCover
from inchify.readers.stroke_graph.line_segments import Stroke, straight_strokes
from inchify.readers.stroke_graph.parts import (
    StereoBond,
    StrokeBond,
    StrokeGraph,
    StrokeGraphSettings,
    middles,
)
from inchify.readers.views.crops import Box
from inchify.types import BondKind
from inchify.verification.objections.crossings import meeting

MULTIPLE = ("double", "triple")
ORDERS: dict[int, BondKind] = {1: "single", 2: "double", 3: "triple"}
# The least length of a bond between two bare corners, in bonds.
STUB = 0.4


class StrokeGraphReader:
    """The strokes, labels and stereo bonds of one drawing."""

    def __init__(
        self,
        lines_HW: np.ndarray,
        boxes: Sequence[Box],
        stereo: Sequence[StereoBond],
        unit: float,
        corner_log_odds: Callable[[np.ndarray], float],
        settings: StrokeGraphSettings | None = None,
    ) -> None:
        """
        Args:
            lines_HW: uint8 foreground without letters.
            boxes: Of the labels.
            stereo: Wedges and hashes.
            unit: Length of a bond in pixels.
            corner_log_odds: The network's log-odds of a corner at a place (x, y).
            settings: Distances and limits.
        """
        self.settings = settings or StrokeGraphSettings()
        self.lines_HW, self.boxes, self.stereo, self.unit = lines_HW, boxes, stereo, unit
        self.corner_log_odds = corner_log_odds
        self.usual, self.width, self.meet = unit, 0.0, 0.0
        self.lone_labels: list[int] = []
        self.lines: list[BondAxis] = []
        self.corners: list[list[np.ndarray]] = []

    def graphs(self) -> list[StrokeGraph]:
        """The graphs of the drawing, the likeliest first; none where strokes, labels and stereo
        bonds do not explain it completely or are not a plausible molecule."""
        settings = self.settings
        result = straight_strokes(self.lines_HW, max_strokes=settings.max_strokes, alone=False)
        if result is None:
            return []
        strokes, width = result
        self.width, self.meet = width, max(settings.meet * self.unit, 1.2 * width)
        cover = StrokeCover(self.lines_HW, self.boxes, self.stereo, width, self.unit, settings)
        self.cover = cover
        strokes = joined(
            [stroke for stroke in strokes if not cover.is_of_no_bond(stroke)],
            self.lines_HW,
            width,
            gap=max(3.0 * width, settings.interrupted * self.unit),
            gap_has_foreground=settings.lost * self.unit,
        )
        strokes += self._short_strokes(strokes)
        if not strokes or not cover.is_all(strokes):
            return []
        axes = BondAxes(self.lines_HW, width, self.unit, settings)
        self.lines = axes.of(strokes)
        if any(line.order not in ORDERS for line in self.lines):
            return []
        ends = [(number, side) for number in range(len(self.lines)) for side in (0, 1)]
        free = [(n, side) for n, side in ends if self._label_at(self.lines[n], side) is None]
        axes.lengthened(self.lines, free)
        self._attach()
        return self._graphs()

    def _short_strokes(self, strokes: Sequence[Stroke]) -> list[Stroke]:
        """The lines of short bonds between two labels that are none of the strokes."""
        candidates = [
            s for bond in short_bonds(self.lines_HW, self.boxes, self.width) for s in bond.strokes
        ]

        def is_part(short: Stroke) -> bool:
            middle_2 = short.ends_22.mean(axis=0)
            return any(
                s.distance(middle_2) < self.width and 0.0 < s.share(middle_2) < 1.0 for s in strokes
            )

        return [stroke for stroke in candidates if not is_part(stroke)]

    def _attach(self) -> None:
        """Every end of a line gets its label or corner."""
        ends = [(line, side) for line in self.lines for side in (0, 1)]
        for line, side in ends:
            inside = self._label_at(line, side)
            if inside is not None and not self._meets(line, side, inside):
                line.at[side] = inside
        self._corners([(line, side) for line, side in ends if line.at[side] < 0])

    def _label_at(self, line: BondAxis, side: int) -> int | None:
        end, other = line.stroke.ends_22[side], line.stroke.ends_22[1 - side]
        ahead = (end - other) / max(line.stroke.length, 1e-9)
        best: tuple[float, int] | None = None
        for number, (left, top, right, bottom) in enumerate(self.boxes):
            nearest = np.clip(end, (left, top), (right, bottom))
            gap = float(np.hypot(*(nearest - end)))
            allowed = self.settings.gap * self.unit + self.width
            forward = gap < self.width or float((nearest - end) @ ahead) > 0.4 * gap
            if gap <= allowed and forward and (best is None or gap < best[0]):
                best = gap, number
        return None if best is None else best[1]

    def _meets(self, line: BondAxis, side: int, label: int) -> bool:
        """Whether an end beside a label meets the end of another line, away from the letters."""
        end = line.stroke.ends_22[side]
        left, top, right, bottom = self.boxes[label]
        gap = float(np.hypot(*(np.clip(end, (left, top), (right, bottom)) - end)))
        if gap <= self.settings.touching * self.unit:
            return False
        return any(
            min(np.hypot(*(end - o)) for o in other.stroke.ends_22) < 0.7 * self.meet
            for other in self.lines
            if other is not line
        )

    def _corners(self, free: Sequence[tuple[BondAxis, int]]) -> None:
        """Gives ends that are near each other one corner."""
        end_N2 = np.array([line.stroke.ends_22[side] for line, side in free]).reshape(-1, 2)
        reach_N = np.array([self.meet * (1.0 if line.order == 1 else 1.3) for line, _ in free])
        away_NN = np.hypot(*(end_N2[:, None] - end_N2[None]).transpose(2, 0, 1))
        linked_NN = away_NN <= np.maximum(reach_N[:, None], reach_N[None])
        number_of = {id(line): number for number, line in enumerate(self.lines)}
        line_N = np.array([number_of[id(line)] for line, _ in free])
        linked_NN &= line_N[:, None] != line_N[None]
        groups = connected_groups(linked_NN)
        for number, (line, side) in zip(groups, free, strict=True):
            line.at[side] = len(self.boxes) + number
        self.corners = [
            [end_N2[place] for place in range(len(free)) if groups[place] == number]
            for number in range(max(groups, default=-1) + 1)
        ]

    def _graphs(self) -> list[StrokeGraph]:
        """The graphs by all ways to read the places where strokes cross, the likeliest first."""
        plain = self._graph(())
        if plain is None:
            return []
        places = self._crossed(plain)
        taken = tuple(p for p, odds in places if odds < 0)
        graphs = [self._graph(taken)]
        for place, odds in places:
            if abs(odds) < self.settings.doubt:
                other = tuple(p for p in taken if p is not place)
                other = other if len(other) < len(taken) else (*taken, place)
                graph = self._graph(other)
                graphs.append(None if graph is None else replace(graph, price=abs(odds)))
        return sorted((g for g in graphs if g is not None), key=lambda graph: graph.price)

    def _crossed(self, plain: StrokeGraph) -> list[tuple[np.ndarray, float]]:
        """Where bonds cross that meet at no corner, and the logarithm of the odds that they do not
        meet there."""
        place_A2 = plain.places(self.boxes)
        crossed = {number for pair in plain.crossings for number in pair}
        lengths = [
            float(np.hypot(*(place_A2[bond.begin] - place_A2[bond.end])))
            for number, bond in enumerate(plain.bonds)
            if number not in crossed and min(bond.begin, bond.end) >= plain.labels
        ]
        self.usual = float(np.median(lengths)) if len(lengths) >= 3 else self.unit
        degree_A = np.bincount([e for b in plain.bonds for e in (b.begin, b.end)])
        crossings = []
        for i, j in plain.crossings:
            first, second = plain.bonds[i], plain.bonds[j]
            ends = [first.begin, first.end, second.begin, second.end]
            where = meeting(place_A2[ends[:2]], place_A2[ends[2:]])
            assert where is not None
            ways = [place_A2[ends[0]] - place_A2[ends[1]], place_A2[ends[2]] - place_A2[ends[3]]]
            odds = sum(self._fit(np.hypot(*way)) for way in ways)
            odds -= sum(self._fit(np.hypot(*(place_A2[end] - where))) for end in ends)
            odds -= self.corner_log_odds(where)
            free = [
                any(degree_A[end] == 1 and end >= plain.labels for end in pair)
                for pair in (ends[:2], ends[2:])
            ]
            odds -= self.settings.both_free * all(free)
            odds += self.settings.multiple * (first.kind in MULTIPLE or second.kind in MULTIPLE)
            crossings.append((where, float(odds)))
        return crossings

    def _fit(self, length: float) -> float:
        """How well a length fits a bond, with a heavy tail: bonds of cages differ."""
        ratio = max(float(length) / self.usual, 1e-3)
        return -2.0 * log(1 + (log(ratio) / self.settings.spread) ** 2 / 3)

    def _graph(self, centers: Sequence[np.ndarray]) -> StrokeGraph | None:
        """The graph in which strokes meet at these places."""
        xy_C2 = np.array([*(np.mean(ends, axis=0) for ends in self.corners), *centers])
        xy_C2 = xy_C2.reshape(-1, 2)
        first = len(self.boxes)
        bonds = []
        for bond in self.stereo:
            places = list(bond.labels)
            for side, end_2 in enumerate(bond.ends_22):
                if places[side] < 0:
                    corner, xy_C2 = self._corner_of(end_2, xy_C2)
                    places[side] = first + corner
            bonds.append(StrokeBond(places[0], places[1], bond.kind))
        place_A2 = np.concatenate([middles(self.boxes), xy_C2])
        for line in self.lines:
            ends = [
                place_A2[at] if at >= first else line.stroke.ends_22[side]
                for side, at in enumerate(line.at)
            ]
            stops = self._stops(Stroke(np.stack(ends)), line, xy_C2)
            chain = [line.at[0], *(first + c for c in stops), line.at[1]]
            bonds += [StrokeBond(a, b, ORDERS[line.order]) for a, b in pairwise(chain)]
        if not self._is_plausible(bonds, place_A2):
            return None
        return StrokeGraph(first, xy_C2, tuple(bonds), self._crossings(bonds, place_A2))

    def _corner_of(self, end_2: np.ndarray, xy_C2: np.ndarray) -> tuple[int, np.ndarray]:
        """The corner at which a stereo bond ends, and the corners, perhaps with a new one."""
        away_C = np.hypot(*(xy_C2 - end_2).T)
        if len(away_C) and away_C.min() <= self.settings.stray * self.unit:
            return int(away_C.argmin()), xy_C2
        return len(xy_C2), np.concatenate([xy_C2, end_2[None]])

    def _stops(self, axis: Stroke, line: BondAxis, xy_C2: np.ndarray) -> list[int]:
        """The corners on a line between its ends, in order."""
        stops = []
        for number, place in enumerate(xy_C2):
            if len(self.boxes) + number in line.at:
                continue
            share = axis.share(place)
            margin = 0.5 * self.meet / max(axis.length, 1e-9)
            if margin < share < 1 - margin and axis.distance(place) < 0.8 * self.meet:
                stops.append((share, number))
        return [number for _, number in sorted(stops)]

    def _is_plausible(self, bonds: Sequence[StrokeBond], place_A2: np.ndarray) -> bool:
        """Whether bonds are as long as bonds, each joins two other atoms, each label has one, no
        corner has too many, and all is connected."""
        pairs = [frozenset((bond.begin, bond.end)) for bond in bonds]
        if len(set(pairs)) != len(pairs) or any(len(pair) != 2 for pair in pairs):
            return False
        total = np.zeros(len(place_A2), int)
        order = {kind: number for number, kind in ORDERS.items()}
        for bond in bonds:
            total[[bond.begin, bond.end]] += order.get(bond.kind, 1)
            length = float(np.hypot(*(place_A2[bond.begin] - place_A2[bond.end]))) / self.unit
            # a stub beyond a corner is the lower half of an I that bonds touch
            bare = min(bond.begin, bond.end) >= len(self.boxes)
            least = STUB if bare else self.settings.shortest
            if not least < length < self.settings.longest:
                return False
        self.lone_labels = np.flatnonzero(total[: len(self.boxes)] == 0).tolist()
        if (total == 0).any() or (total[len(self.boxes) :] > 4).any():
            return False
        bonded_AA = np.zeros((len(place_A2), len(place_A2)), bool)
        for bond in bonds:
            bonded_AA[bond.begin, bond.end] = bonded_AA[bond.end, bond.begin] = True
        if max(connected_groups(bonded_AA)) > 0:
            return False
        return all(
            self._is_free(place, bonded_AA[place], place_A2)
            for place in range(len(self.boxes), len(place_A2))
        )

    def _is_free(self, place: int, bonded_A: np.ndarray, place_A2: np.ndarray) -> bool:
        """Whether a corner has more than one bond, or foreground ends there."""
        neighbors = np.flatnonzero(bonded_A)
        if len(neighbors) != 1:
            return True
        return self.cover.ends_at(place_A2[place], place_A2[neighbors[0]] - place_A2[place])

    def _crossings(
        self, bonds: Sequence[StrokeBond], place_A2: np.ndarray
    ) -> tuple[tuple[int, int], ...]:
        crossings = []
        for (i, first), (j, second) in combinations(enumerate(bonds), 2):
            if {first.begin, first.end} & {second.begin, second.end}:
                continue
            ends = [place_A2[[bond.begin, bond.end]] for bond in (first, second)]
            if meeting(*ends) is not None:
                crossings.append((i, j))
        return tuple(crossings)


def connected_groups(linked_NN: np.ndarray) -> list[int]:
    """The number of the connected component of each of N nodes.

    Args:
        linked_NN: Symmetric adjacency matrix, bool.

    Returns:
        N numbers from 0.
    """
    if not len(linked_NN):
        return []
    reached_NN = linked_NN | np.eye(len(linked_NN), dtype=bool)
    while True:
        further_NN = reached_NN @ reached_NN
        if (further_NN == reached_NN).all():
            break
        reached_NN = further_NN
    first_N = reached_NN.argmax(axis=1)
    return list(np.unique(first_N, return_inverse=True)[1].tolist())
