"""Candidates for atoms and bonds and a drawing's lines come in; the graph that its straight strokes
show comes out, where strokes, labels and stereo bonds are all that is drawn.

A network places the corners of a crowded cage beside those of the picture, or misses them; their
strokes are exact. Coordinates are pixels of the ink, y down.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise
from math import log

import cv2
import numpy as np

from inchify.judge.crossing_doubts import meeting
from inchify.readers.crops import INK, Box
from inchify.readers.line_segments import Stroke, straight_strokes

MULTIPLE = ("double", "triple")
ORDERS = {1: "single", 2: "double", 3: "triple"}


@dataclass(frozen=True, kw_only=True)
class StrokeGraphSettings:
    """Lengths in bonds. Ends of strokes ``meet`` at a corner; a stroke ends at most ``gap`` from
    its label. Lines of one bond are at most ``apart``, along ``level`` of the shorter one. Bonds
    are ``shortest`` to ``longest``. A stereo bond is ``broad`` to either side of its axis and its
    ends are at most ``stray`` from their corners. ``explained``: the least share of the ink that
    strokes, labels and stereo bonds cover. At most ``most`` strokes are read so."""

    meet: float = 0.16
    gap: float = 0.4
    interrupted: float = 0.14
    touching: float = 0.18
    lost: float = 0.4
    part: float = 0.45
    apart: float = 0.3
    level: float = 0.55
    shortest: float = 0.22
    longest: float = 4.0
    broad: float = 0.2
    stray: float = 0.34
    explained: float = 0.975
    most: int = 110
    spread: float = 0.2
    doubt: float = 6.0
    both_free: float = 5.0
    multiple: float = 3.0


@dataclass(frozen=True)
class StereoBond:
    """A wedge or hash from its narrow end: the places of both ends, the labels there (or -1)."""

    ends_22: np.ndarray
    labels: tuple[int, int]
    kind: str


@dataclass(frozen=True)
class StrokeBond:
    """A bond between two corners or labels; stereo ones begin at their narrow end."""

    begin: int
    end: int
    kind: str


@dataclass(frozen=True)
class StrokeGraph:
    """Labels first, then corners ``xy_C2``; ``crossings``: where strokes cross, and which bonds."""

    labels: int
    xy_C2: np.ndarray
    bonds: tuple[StrokeBond, ...]
    crossings: tuple[tuple[int, int], ...] = ()
    price: float = 0.0

    def places(self, boxes: Sequence[Box]) -> np.ndarray:
        """Where labels and corners are, float (A, 2)."""
        return np.concatenate([_middles(boxes), self.xy_C2])


def _middles(boxes: Sequence[Box]) -> np.ndarray:
    box_N4 = np.array(boxes, float).reshape(-1, 4)
    return np.asarray((box_N4[:, :2] + box_N4[:, 2:]) / 2)


@dataclass
class _Line:
    """The axis of a bond of ``order`` parallel strokes."""

    stroke: Stroke
    order: int
    group: tuple[Stroke, ...]
    at: list[int] = field(default_factory=lambda: [-1, -1])


class StrokeGraphReader:
    """The strokes, labels and stereo bonds of one drawing."""

    def __init__(
        self,
        lines_HW: np.ndarray,
        boxes: Sequence[Box],
        stereo: Sequence[StereoBond],
        unit: float,
        seen_there: Callable[[np.ndarray], float],
        settings: StrokeGraphSettings | None = None,
    ) -> None:
        """``lines_HW``: uint8 ink without letters; ``boxes`` of the labels; ``unit`` a bond's
        length in pixels."""
        self.settings = settings or StrokeGraphSettings()
        self.lines_HW, self.boxes, self.stereo, self.unit = lines_HW, boxes, stereo, unit
        self.seen_there = seen_there
        self.why, self.usual = "", unit
        self.lone_labels: list[int] = []
        self.lines: list[_Line] = []
        self.corners: list[list[np.ndarray]] = []

    def graphs(self) -> list[StrokeGraph]:
        found = straight_strokes(self.lines_HW, most=self.settings.most, alone=False)
        if found is None:
            return self._no("strokes")
        strokes, self.width = found
        self.meet = max(self.settings.meet * self.unit, 1.2 * self.width)
        strokes = [stroke for stroke in strokes if not self._is_of_no_line(stroke)]
        strokes = joined(
            strokes,
            self.lines_HW,
            self.width,
            gap=max(3.0 * self.width, self.settings.interrupted * self.unit),
            inked_gap=self.settings.lost * self.unit,
        )
        if not strokes:
            return self._no("no stroke")
        if not self._covers(strokes):
            return self._no("unexplained")
        self.lines = self._lines(strokes)
        if any(line.order > 3 for line in self.lines):
            return self._no("order")
        self._lengthened()
        self._attach()
        return self._graphs()

    def _no(self, why: str) -> list[StrokeGraph]:
        self.why = why
        return []

    def _is_of_no_line(self, stroke: Stroke) -> bool:
        """Whether a stroke belongs to a label or to a stereo bond, or is a speck."""
        if stroke.length < max(2.5 * self.width, 0.12 * self.unit):
            return True
        for left, top, right, bottom in self.boxes:
            edge = 0.04 * self.unit
            low, high = np.array((left, top)) - edge, np.array((right, bottom)) + edge
            if ((stroke.ends_22 > low) & (stroke.ends_22 < high)).all():
                return True
        broad = max(self.settings.broad * self.unit, 1.5 * self.width)
        for bond in self.stereo:
            axis = Stroke(bond.ends_22)
            shares = np.array([axis.share(end) for end in stroke.ends_22])
            away = np.array([axis.distance(end) for end in stroke.ends_22])
            allowed = broad * np.clip(shares + 0.35, 0.4, 1.0)
            if (shares > -0.12).all() and (shares < 1.12).all() and (away < allowed).all():
                return True
        return False

    def _covers(self, strokes: Sequence[Stroke]) -> bool:
        """Whether strokes, labels and stereo bonds are all that is drawn."""
        drawn = np.zeros(self.lines_HW.shape, np.uint8)
        thick = max(3, round(2.2 * self.width))
        for stroke in strokes:
            begin, end = np.round(stroke.ends_22).astype(int).tolist()
            cv2.line(drawn, begin, end, 1, thick)
        broad = self.settings.broad * self.unit + self.width
        for bond in self.stereo:
            axis = Stroke(bond.ends_22)
            across = np.array([-axis.direction_2[1], axis.direction_2[0]]) * broad
            begin, end = axis.part(-0.1, 1.12).ends_22
            outline = [begin - 0.4 * across, begin + 0.4 * across, end + across, end - across]
            cv2.fillPoly(drawn, [np.round(outline).astype(np.int32)], 1)
        edge = 0.06 * self.unit
        for left, top, right, bottom in self.boxes:
            corners = (int(left - edge), int(top - edge)), (int(right + edge), int(bottom + edge))
            cv2.rectangle(drawn, *corners, 1, -1)
        inked = self.lines_HW > INK
        lost = (inked & (drawn == 0)).view(np.uint8)
        if drawn[inked].mean() < self.settings.explained:
            return False
        pieces = cv2.connectedComponentsWithStats(lost, connectivity=8)[2][1:]
        longest = pieces[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(initial=0)
        return bool(longest <= max(3.0, 0.19 * self.unit))

    def _lines(self, strokes: Sequence[Stroke]) -> list[_Line]:
        """The bonds' axes: strokes beside each other are one bond."""
        groups: list[list[Stroke]] = []
        for stroke in sorted(strokes, key=lambda s: -s.length):
            for group in groups:
                if self._beside(stroke, group[0]) and not self._is_own_bond(stroke, group, strokes):
                    group.append(stroke)
                    break
            else:
                groups.append([stroke])
        parts = [part for group in groups for part in self._parts(group)]
        return [_Line(self._axis(group), len(group), tuple(group)) for group in parts]

    def _parts(self, group: Sequence[Stroke]) -> list[list[Stroke]]:
        """The bonds of strokes beside each other: where others lie along a part of the longest
        only, the rest of it is another bond in the same line (C-C≡N)."""
        longest, *others = group
        if not others:
            return [list(group)]
        shares = [sorted(longest.share(end) for end in other.ends_22) for other in others]
        low, high = min(low for low, _ in shares), max(high for _, high in shares)
        least = self.settings.part * self.unit / longest.length
        low, high = (low if low > least else 0.0), (high if high < 1 - least else 1.0)
        rest = [[longest.part(*ends)] for ends in ((0.0, low), (high, 1.0)) if ends[0] < ends[1]]
        return [[longest.part(low, high), *others], *rest]

    def _is_own_bond(
        self, stroke: Stroke, group: Sequence[Stroke], strokes: Sequence[Stroke]
    ) -> bool:
        """Whether a stroke beside others leads from bond to bond: at both ends another stroke ends
        that does not end where they do."""
        reach = max(0.1 * self.unit, self.width)
        group_N2 = np.concatenate([other.ends_22 for other in group])
        others = [o for o in strokes if o is not stroke and all(o is not one for one in group)]
        for end in stroke.ends_22:
            near = [
                other
                for other in others
                if np.hypot(*(other.ends_22 - end).T).min() < reach
                and min(np.hypot(*(group_N2 - one).T).min() for one in other.ends_22) > reach
            ]
            if not near:
                return False
        return True

    def _beside(self, short: Stroke, long: Stroke) -> bool:
        if abs(float(short.direction_2 @ long.direction_2)) < 0.985:
            return False
        low, high = sorted(long.share(end) for end in short.ends_22)
        shared = (min(high, 1.0) - max(low, 0.0)) * long.length
        away = long.distance(short.ends_22.mean(axis=0))
        least = min(0.45 * long.length, self.settings.part * self.unit)
        if shared < self.settings.level * short.length or short.length < least:
            return False
        return max(0.75 * self.width, 0.05 * self.unit) < away <= self.settings.apart * self.unit

    def _axis(self, group: Sequence[Stroke]) -> Stroke:
        longest = group[0]
        if len(group) == 2 and group[1].length > 0.9 * longest.length:
            other = group[1].ends_22
            if np.hypot(*(other[0] - longest.ends_22[0])) > np.hypot(
                *(other[1] - longest.ends_22[0])
            ):
                other = other[::-1]
            return Stroke((longest.ends_22 + other) / 2)
        if len(group) == 3:
            middle = np.mean([stroke.ends_22.mean(axis=0) for stroke in group], axis=0)
            return min(group, key=lambda s: float(np.hypot(*(s.ends_22.mean(axis=0) - middle))))
        return longest

    def _attach(self) -> None:
        """Every end of a line gets its label or corner."""
        ends = [(line, side) for line in self.lines for side in (0, 1)]
        for line, side in ends:
            inside = self._label_at(line, side)
            if inside is not None and not self._meets(line, side, inside):
                line.at[side] = inside
        self._corners([(line, side) for line, side in ends if line.at[side] < 0])

    def _label_at(self, line: _Line, side: int) -> int | None:
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

    def _meets(self, line: _Line, side: int, label: int) -> bool:
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

    def _corners(self, free: Sequence[tuple[_Line, int]]) -> None:
        """Gives ends that are near each other one corner."""
        end_N2 = np.array([line.stroke.ends_22[side] for line, side in free]).reshape(-1, 2)
        reach_N = np.array([self.meet * (1.0 if line.order == 1 else 1.3) for line, _ in free])
        away_NN = np.hypot(*(end_N2[:, None] - end_N2[None]).transpose(2, 0, 1))
        near_NN = away_NN <= np.maximum(reach_N[:, None], reach_N[None])
        owner = {id(line): number for number, line in enumerate(self.lines)}
        line_N = np.array([owner[id(line)] for line, _ in free])
        near_NN &= line_N[:, None] != line_N[None]
        groups = connected_groups(near_NN)
        for number, (line, side) in zip(groups, free, strict=True):
            line.at[side] = len(self.boxes) + number
        self.corners = [
            [end_N2[place] for place in range(len(free)) if groups[place] == number]
            for number in range(max(groups, default=-1) + 1)
        ]

    def _lengthened(self) -> None:
        """Lines whose end meets nothing go on to the corner before them, if there is ink: edges of
        strokes are lost where two strokes meet at a small angle."""
        for line in self.lines:
            for side in (0, 1):
                end, ahead = line.stroke.ends_22[side], line.stroke.direction_2 * (2 * side - 1)
                others = [o.stroke.ends_22 for o in self.lines if o is not line]
                if not others or self._label_at(line, side) is not None:
                    continue
                place_N2 = np.concatenate(others)
                if np.hypot(*(place_N2 - end).T).min() <= 0.7 * self.meet:
                    continue
                along_N = (place_N2 - end) @ ahead
                aside_N = np.abs((place_N2 - end) @ np.array([-ahead[1], ahead[0]]))
                near_N = (along_N > 0) & (along_N < self.settings.lost * self.unit)
                near_N &= aside_N < np.maximum(0.6 * self.meet, 0.3 * along_N)
                if not near_N.any():
                    continue
                target = place_N2[near_N][along_N[near_N].argmin()]
                ends_22 = line.stroke.ends_22.copy()
                ends_22[side] = end + max(float((target - end) @ ahead), 0.0) * ahead
                if _is_inked(self.lines_HW, end, ends_22[side]):
                    line.stroke = Stroke(ends_22)

    def _graphs(self) -> list[StrokeGraph]:
        """The graphs by all ways to read the places where strokes cross, the likeliest first."""
        plain = self._graph(())
        if plain is None:
            return []
        places = self._crossed(plain)
        taken = tuple(p for p, odds in places if odds < 0)
        found = [self._graph(taken)]
        for place, odds in places:
            if abs(odds) < self.settings.doubt:
                other = tuple(p for p in taken if p is not place)
                other = other if len(other) < len(taken) else (*taken, place)
                graph = self._graph(other)
                found.append(None if graph is None else replace(graph, price=abs(odds)))
        return sorted((g for g in found if g is not None), key=lambda graph: graph.price)

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
        found = []
        for i, j in plain.crossings:
            one, other = plain.bonds[i], plain.bonds[j]
            ends = [one.begin, one.end, other.begin, other.end]
            where = meeting(place_A2[ends[:2]], place_A2[ends[2:]])
            assert where is not None
            wholes = [place_A2[ends[0]] - place_A2[ends[1]], place_A2[ends[2]] - place_A2[ends[3]]]
            odds = sum(self._fit(np.hypot(*whole)) for whole in wholes)
            odds -= sum(self._fit(np.hypot(*(place_A2[end] - where))) for end in ends)
            odds -= self.seen_there(where)
            free = [
                any(degree_A[end] == 1 and end >= plain.labels for end in pair)
                for pair in (ends[:2], ends[2:])
            ]
            odds -= self.settings.both_free * all(free)
            odds += self.settings.multiple * (one.kind in MULTIPLE or other.kind in MULTIPLE)
            found.append((where, float(odds)))
        return found

    def _fit(self, length: float) -> float:
        """How well a length fits a bond, with a heavy tail: bonds of cages differ."""
        ratio = max(float(length) / self.usual, 1e-3)
        return -2.0 * log(1 + (log(ratio) / self.settings.spread) ** 2 / 3)

    def _graph(self, centres: Sequence[np.ndarray]) -> StrokeGraph | None:
        """The graph in which strokes meet at these places."""
        xy_C2 = np.array([*(np.mean(ends, axis=0) for ends in self.corners), *centres])
        xy_C2 = xy_C2.reshape(-1, 2)
        first = len(self.boxes)
        stereo = []
        for bond in self.stereo:
            places = []
            for side in (0, 1):
                place = bond.labels[side]
                if place < 0:
                    away_C = np.hypot(*(xy_C2 - bond.ends_22[side]).T)
                    if len(away_C) and away_C.min() <= self.settings.stray * self.unit:
                        place = first + int(away_C.argmin())
                    else:
                        xy_C2 = np.concatenate([xy_C2, bond.ends_22[side][None]])
                        place = first + len(xy_C2) - 1
                places.append(place)
            stereo.append(StrokeBond(places[0], places[1], bond.kind))
        place_A2 = np.concatenate([_middles(self.boxes), xy_C2])
        bonds = list(stereo)
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

    def _stops(self, axis: Stroke, line: _Line, xy_C2: np.ndarray) -> list[int]:
        """The corners on a line between its ends, in order."""
        found = []
        for number, place in enumerate(xy_C2):
            if len(self.boxes) + number in line.at:
                continue
            share = axis.share(place)
            margin = 0.5 * self.meet / max(axis.length, 1e-9)
            if margin < share < 1 - margin and axis.distance(place) < 0.8 * self.meet:
                found.append((share, number))
        return [number for _, number in sorted(found)]

    def _is_plausible(self, bonds: Sequence[StrokeBond], place_A2: np.ndarray) -> bool:
        """Whether bonds are as long as bonds, each joins two other atoms, each label has one, no
        corner has too many, and all is connected."""
        pairs = [frozenset((bond.begin, bond.end)) for bond in bonds]
        if len(set(pairs)) != len(pairs) or any(len(pair) != 2 for pair in pairs):
            self.why = "pairs"
            return False
        total = np.zeros(len(place_A2), int)
        order = {kind: number for number, kind in ORDERS.items()}
        for bond in bonds:
            total[[bond.begin, bond.end]] += order.get(bond.kind, 1)
            length = float(np.hypot(*(place_A2[bond.begin] - place_A2[bond.end]))) / self.unit
            if not self.settings.shortest < length < self.settings.longest:
                self.why = f"length {length:.2f}"
                return False
        self.lone_labels = np.flatnonzero(total[: len(self.boxes)] == 0).tolist()
        if (total == 0).any() or (total[len(self.boxes) :] > 4).any():
            self.why = f"valence {total.tolist()}"
            return False
        bonded_AA = np.zeros((len(place_A2), len(place_A2)), bool)
        for bond in bonds:
            bonded_AA[bond.begin, bond.end] = bonded_AA[bond.end, bond.begin] = True
        if max(connected_groups(bonded_AA)) > 0:
            self.why = "pieces"
            return False
        return True

    def _crossings(
        self, bonds: Sequence[StrokeBond], place_A2: np.ndarray
    ) -> tuple[tuple[int, int], ...]:
        found = []
        for (i, one), (j, other) in combinations(enumerate(bonds), 2):
            if {one.begin, one.end} & {other.begin, other.end}:
                continue
            if (
                meeting(place_A2[[one.begin, one.end]], place_A2[[other.begin, other.end]])
                is not None
            ):
                found.append((i, j))
        return tuple(found)


def connected_groups(linked_NN: np.ndarray) -> list[int]:
    """The number of the group of each of N things, of which symmetric bool (N, N) are linked."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    return list(connected_components(csr_array(linked_NN), directed=False)[1].tolist())


def _is_inked(lines_HW: np.ndarray, begin: np.ndarray, end: np.ndarray) -> bool:
    """Whether there is ink between two places."""
    share_S1 = np.linspace(0.0, 1.0, max(4, int(2 * np.hypot(*(end - begin)))))[:, None]
    x_S, y_S = np.round(begin + share_S1 * (end - begin)).astype(int).T
    height, width = lines_HW.shape
    seen_S = lines_HW[y_S.clip(0, height - 1), x_S.clip(0, width - 1)] > INK
    return bool(seen_S.mean() > 0.8)


def joined(
    strokes: Sequence[Stroke], lines_HW: np.ndarray, width: float, *, gap: float, inked_gap: float
) -> list[Stroke]:
    """Strokes in one line that overlap or are a small gap apart are one: a bond is interrupted
    where another crosses it, or its edges are. Where one ends at the other it is found later."""
    rest, done = sorted(strokes, key=lambda s: -s.length), []
    while rest:
        stroke = rest.pop(0)
        for place, other in enumerate(rest):
            whole = _whole_of(stroke, other, width, inked_gap)
            if whole is None:
                continue
            near = min(
                ((a, b) for a in stroke.ends_22 for b in other.ends_22),
                key=lambda two: float(np.hypot(*(two[0] - two[1]))),
            )
            if _whole_of(stroke, other, width, gap) is not None or _is_inked(lines_HW, *near):
                rest[place] = whole
                rest.sort(key=lambda s: -s.length)
                break
        else:
            done.append(stroke)
    return done


def _whole_of(long: Stroke, short: Stroke, width: float, gap: float) -> Stroke | None:
    """The stroke of which two are parts, None where they are in different lines."""
    aside = max(0.6 * width, 0.6)
    shares = [long.share(end) for end in short.ends_22]
    low, high = min(shares) * long.length, max(shares) * long.length
    if high < -gap or low > long.length + gap:
        return None
    # the direction of a short stroke is hardly known
    if abs(float(long.direction_2 @ short.direction_2)) < (
        0.97 if short.length > 6 * width else 0.85
    ):
        return None
    if min(high, long.length) - max(low, 0.0) > 0.5 * short.length:
        return long if max(long.distance(end) for end in short.ends_22) < aside else None
    ends_4 = np.concatenate([long.ends_22, short.ends_22])
    along = np.array([long.share(end) for end in ends_4])
    whole = Stroke(np.stack([ends_4[along.argmin()], ends_4[along.argmax()]]))
    away = max(whole.distance(end) for end in ends_4)
    return whole if away < aside + 0.01 * whole.length else None
