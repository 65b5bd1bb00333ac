"""Bonds that cross others: bare corners distinguished from crossings by the strokes through them.

Where two bonds of a cage cross, a network predicts an atom, or it misses the bond behind. At the
picture's full resolution strokes run straight through a crossing, and their parts are shorter than
bonds, while those at a real center (gem-dimethyl, spiro) are as long as bonds. Coordinates are
pixels, y down. Shape letters: A atom candidates, B bond candidates, P pairs of atoms, S samples
along a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from math import log

import numpy as np

from inchify.chemistry.graph_assembly.candidates import (
    COLUMNS,
    LOWEST,
    NONE,
    AtomCandidates,
    BondCandidates,
    bond_length,
    merged,
    without_bonds_where,
)
from inchify.chemistry.symbols import ATOM_CLASSES, BOND_KINDS, CORNER, DIRECTED
from inchify.readers.bonds.dangling_ends import OpenEnds, OpenEndSettings
from inchify.readers.bonds.visible_at_crossings import with_bonds, without_lone_aromatic
from inchify.readers.stroke_graph.straight_lines import (
    StrokeLineSettings,
    is_stroke,
    strokes_between,
)
from inchify.readers.views.coordinates import Frame
from inchify.readers.views.scale_search import line_width

MULTIPLE = ("double", "triple", "aromatic")


@dataclass(frozen=True, kw_only=True)
class CrossingSettings:
    """Lengths in bonds, angles in degrees, prices in nats.

    ``merge``: atoms within this distance are merged. ``present``: atoms with this score may be
    bonded, ``weak`` ones where strokes meet at an angle get the score ``surer``. ``straight``: how
    unlikely a bare corner on a straight line is.
    ``shortest`` and ``longest``: limits of a bond's length. ``passing``: a line within this
    distance of an atom passes through it. ``steepest``: the least angle at which lines cross.
    ``spread``: of the logarithms of bond lengths. ``score``: weight of the log-odds of the atom at
    a crossing. ``doubt``: a crossing with log-odds below this gives an alternative reading.
    ``bond``: the probability of a bond that a stroke shows.
    """

    merge: float = 0.25
    present: float = 0.5
    weak: float = 0.1
    surer: float = 0.9
    straight: float = 8.0
    shortest: float = 0.35
    longest: float = 2.4
    passing: float = 0.14
    steepest: float = 20.0
    spread: float = 0.2
    score: float = 0.5
    doubt: float = 6.0
    bond: float = 0.95
    max_atoms: int = 120
    lines: StrokeLineSettings = field(default_factory=StrokeLineSettings)
    ends: OpenEndSettings = field(default_factory=OpenEndSettings)


@dataclass(frozen=True)
class Crossing:
    """An atom candidate ``place`` through which one or two straight ``pairs`` run; ``odds``: the
    log-odds that it is not an atom."""

    place: int
    pairs: tuple[tuple[int, int], ...]
    odds: float


@dataclass(frozen=True)
class CrossingReading:
    """One reading of all crossings; ``price``: nats by which it is less likely than the best.
    ``complete``: straight strokes, labels and stereo bonds explain all that is drawn, so that its
    chance does not depend on other readings; ``crossed``: some of its bonds cross."""

    atoms: AtomCandidates
    bonds: BondCandidates
    price: float = 0.0
    new_pairs: tuple[tuple[int, int], ...] = ()
    raised: bool = False
    complete: bool = False
    crossed: bool = False


def crossing_readings(
    atoms: AtomCandidates,
    bonds: BondCandidates,
    lines_HW: np.ndarray,
    frame: Frame,
    settings: CrossingSettings | None = None,
) -> list[CrossingReading]:
    """Read drawings in which bonds cross.

    Args:
        atoms: In pixels of the network's picture.
        bonds: Between those atoms.
        lines_HW: uint8, 255 full foreground, without the letters of labels.
        frame: Maps the pixels of ``lines_HW`` to the network's picture.
        settings: Distances and limits.

    Returns:
        At least one reading, the likeliest first; the candidates unchanged where nothing crosses.
    """
    settings = settings or CrossingSettings()
    unchanged = [CrossingReading(atoms, bonds)]
    length = bond_length(atoms, bonds)
    if not length or len(atoms) > settings.max_atoms:
        return unchanged
    atoms, bonds = merged(atoms, bonds, settings.merge * length)
    drawing = _Drawing(atoms, bonds, lines_HW, frame, settings)
    crossings = drawing.crossings()
    taken = [crossing for crossing in crossings if crossing.odds > 0]
    main = drawing.reading(taken)
    if not (main.new_pairs or main.raised or crossings):
        return unchanged
    readings = [main]
    for crossing in crossings:
        if abs(crossing.odds) >= settings.doubt:
            continue
        other = [c for c in taken if c is not crossing]
        other = other if crossing in taken else [*taken, crossing]
        readings.append(replace(drawing.reading(other), price=abs(crossing.odds)))
    return sorted(readings, key=lambda reading: reading.price)


class _Drawing:
    """The candidates over the drawing's lines."""

    def __init__(
        self,
        atoms: AtomCandidates,
        bonds: BondCandidates,
        lines_HW: np.ndarray,
        frame: Frame,
        settings: CrossingSettings,
    ) -> None:
        self.atoms, self.bonds, self.settings = atoms, bonds, settings
        self.xy_A2 = frame.to_picture(atoms.xy_A2)
        self.box_A4 = np.array([frame.foreground_box(box) for box in atoms.box_A4]).reshape(-1, 4)
        self.bare_A = atoms.class_AK.argmax(axis=1) == ATOM_CLASSES.index(CORNER)
        self.lines_HW, self.width = lines_HW, line_width(lines_HW)
        self.length = bond_length(replace(atoms, xy_A2=self.xy_A2), bonds)
        self.bonded = {
            tuple(sorted(pair)): float(np.exp(logs[NONE]))
            for pair, logs in zip(bonds.pairs_B2.tolist(), bonds.log_kind_BK, strict=True)
        }
        kinds = [BOND_KINDS[column] for column in bonds.log_kind_BK[:, 1:].argmax(axis=1)]
        pairs = [tuple(sorted(pair)) for pair in bonds.pairs_B2.tolist()]
        self.marked = {p: kind in DIRECTED for p, kind in zip(pairs, kinds, strict=True)}
        self.multiple = {p: kind in MULTIPLE for p, kind in zip(pairs, kinds, strict=True)}
        ends = OpenEnds(self.xy_A2, self.atoms.score_A >= settings.present, self.bare_A, lines_HW)
        likely = [pair for pair, none in self.bonded.items() if none < 0.5]
        self.xy_A2, self.moved = ends.moved(likely, self.length, settings.ends)
        self.stroke_pairs = self._stroke_pairs()
        self.through = {pair: self._passed(pair) for pair in self.stroke_pairs}

    def crossings(self) -> list[Crossing]:
        """The bare atoms through which strokes run, with the log-odds that they are not atoms."""
        through: dict[int, list[tuple[int, int]]] = {}
        for pair, places in self.through.items():
            for place in places:
                through.setdefault(place, []).append(pair)
        suspects: list[tuple[int, tuple[tuple[int, int], ...]]] = []
        for place, pairs in sorted(through.items()):
            if not self.bare_A[place]:
                continue
            # of strokes in one line the shortest reaches to the next atoms
            pairs = sorted(pairs, key=self._distance)
            crossed = (two for two in combinations(pairs, 2) if self._cross(*two))
            options: list[tuple[tuple[int, int], ...]] = [*crossed, *((pair,) for pair in pairs)]
            fitting = (o for o in options if not self._has_other_bonds(place, o))
            option = next(fitting, None)
            if option is not None:
                suspects.append((place, option))
        usual = self._usual_length({place for place, _ in suspects})
        return [
            Crossing(place, pairs, self._odds(place, pairs, usual)) for place, pairs in suspects
        ]

    def reading(self, taken: Sequence[Crossing]) -> CrossingReading:
        """The candidates without atoms at these crossings, with all bonds that strokes show."""
        gone = {crossing.place for crossing in taken}
        raised = [place for place in self._meeting_points() if place not in gone]
        score_A = self.atoms.score_A.copy()
        score_A[raised] = np.maximum(score_A[raised], self.settings.surer)
        score_A[sorted(gone)] = 1e-6
        there_A = score_A >= self.settings.present
        shown = [
            pair
            for pair in self.stroke_pairs
            if there_A[list(pair)].all() and not there_A[self.through[pair]].any()
        ]
        known = [p for p, none in self.bonded.items() if none <= 0.5 and there_A[list(p)].all()]
        new = [
            pair
            for pair in shown
            if self.bonded.get(pair, 1.0) > 0.5
            and (
                gone & set(self.through[pair])
                or (set(raised) | self.moved) & set(pair)
                or any(self._cross(pair, other) for other in (*shown, *known))
            )
        ]
        at_gone_B = np.asarray(np.isin(self.bonds.pairs_B2, sorted(gone)).any(axis=1))
        bonds = without_lone_aromatic(without_bonds_where(self.bonds, at_gone_B))
        bonds = with_bonds(bonds, new, self.settings.bond)
        return CrossingReading(
            replace(self.atoms, score_A=score_A), bonds, 0.0, tuple(new), bool(raised)
        )

    def _meeting_points(self) -> list[int]:
        """Weak bare candidates at which strokes meet at an angle and through which none runs."""
        passed = {place for places in self.through.values() for place in places}
        ways: dict[int, list[np.ndarray]] = {}
        for pair in self.stroke_pairs:
            for place in pair:
                ways.setdefault(place, []).append(self._way(place, sum(pair) - place))
        return [
            place
            for place, directions in sorted(ways.items())
            if self.bare_A[place]
            and self.atoms.score_A[place] < self.settings.present
            and place not in passed
            and any(
                -0.94 < float(first @ second) < 0.94
                for first, second in combinations(directions, 2)
            )
        ]

    def _stroke_pairs(self) -> list[tuple[int, int]]:
        """The pairs between which the picture shows a straight stroke."""
        settings = self.settings
        there = np.flatnonzero(self.atoms.score_A >= settings.weak)
        first, second = np.triu_indices(len(there), 1)
        pairs_P2 = np.stack([there[first], there[second]], axis=1)
        away_P = np.hypot(*(self.xy_A2[pairs_P2[:, 0]] - self.xy_A2[pairs_P2[:, 1]]).T)
        in_range_P = (away_P > settings.shortest * self.length) & (
            away_P < settings.longest * self.length
        )
        pairs_P2 = pairs_P2[in_range_P]
        ends_P4 = np.concatenate([self._end(pairs_P2, 0), self._end(pairs_P2, 1)], axis=1)
        shown_P = strokes_between(self.lines_HW, ends_P4, self.width, self.length, settings.lines)
        return [
            (int(begin), int(end))
            for (begin, end), ends in zip(pairs_P2[shown_P], ends_P4[shown_P], strict=True)
            if is_stroke(self.lines_HW, ends, self.width, self.length, settings.lines)
        ]

    def _end(self, pairs_P2: np.ndarray, side: int) -> np.ndarray:
        """Where the strokes of pairs end: at a bare corner, or where the line leaves a label."""
        begin_P2, end_P2 = self.xy_A2[pairs_P2[:, side]], self.xy_A2[pairs_P2[:, 1 - side]]
        way_P2 = end_P2 - begin_P2
        box_P4 = self.box_A4[pairs_P2[:, side]]
        with np.errstate(divide="ignore", invalid="ignore"):
            low = np.where(way_P2 > 0, box_P4[:, 2:] - begin_P2, box_P4[:, :2] - begin_P2) / way_P2
        leaves_P = np.nanmin(np.where(way_P2 == 0, np.inf, np.maximum(low, 0.0)), axis=1)
        gap = 0.15 * self.length / np.maximum(np.hypot(*way_P2.T), 1e-9)
        share_P = np.where(self.bare_A[pairs_P2[:, side]], 0.0, np.minimum(leaves_P + gap, 0.45))
        return np.asarray(begin_P2 + share_P[:, None] * way_P2)

    def _passed(self, pair: tuple[int, int]) -> list[int]:
        """The atoms that a line between two others runs through."""
        begin, way = self.xy_A2[pair[0]], self.xy_A2[pair[1]] - self.xy_A2[pair[0]]
        offset_A2 = self.xy_A2 - begin
        share_A = offset_A2 @ way / max(float(way @ way), 1e-9)
        aside_A = np.hypot(*(offset_A2 - share_A[:, None] * way).T)
        max_distance = max(self.settings.passing * self.length, self.width)
        passed_A = (share_A > 0.05) & (share_A < 0.95) & (aside_A < max_distance)
        return [int(p) for p in np.flatnonzero(passed_A) if p not in pair]

    def _cross(self, first: tuple[int, int], second: tuple[int, int]) -> bool:
        """Whether two lines cross at a wide angle."""
        if set(first) & set(second):
            return False
        ways = [self._way(*pair) for pair in (first, second)]
        steepness = abs(float(ways[0][0] * ways[1][1] - ways[0][1] * ways[1][0]))
        if steepness < np.sin(np.radians(self.settings.steepest)):
            return False
        # each line has one end on either side of the other
        return self._parted(first, second) and self._parted(second, first)

    def _parted(self, pair: tuple[int, int], other: tuple[int, int]) -> bool:
        way, begin = self._way(*pair), self.xy_A2[pair[0]]
        sides = [
            float(way[0] * (self.xy_A2[end] - begin)[1] - way[1] * (self.xy_A2[end] - begin)[0])
            for end in other
        ]
        return sides[0] * sides[1] < 0

    def _way(self, begin: int, end: int) -> np.ndarray:
        way = self.xy_A2[end] - self.xy_A2[begin]
        return np.asarray(way / max(float(np.hypot(*way)), 1e-9))

    def _distance(self, pair: tuple[int, int]) -> float:
        return float(np.hypot(*(self.xy_A2[pair[0]] - self.xy_A2[pair[1]])))

    def _has_other_bonds(self, place: int, pairs: Sequence[tuple[int, int]]) -> bool:
        """Whether a bond leads from an atom elsewhere than along the pairs that run through it."""
        ways = [self._way(place, end) for pair in pairs for end in pair]
        shown = set(self.stroke_pairs)
        for pair, none in self.bonded.items():
            if place not in pair or none > 0.5 or not self._is_there(sum(pair) - place):
                continue
            if len(pairs) > 1 and pair not in shown and not self.marked[pair]:
                continue
            way = self._way(place, sum(pair) - place)
            if max(float(way @ other) for other in ways) < 0.94:
                return True
        return len(pairs) == 1 and any(
            self.multiple[pair]
            for pair, none in self.bonded.items()
            if place in pair and none < 0.5
        )

    def _is_there(self, place: int) -> bool:
        return bool(self.atoms.score_A[place] >= self.settings.present)

    def _usual_length(self, suspects: set[int]) -> float:
        """The median length of the bonds that end at no suspected crossing."""
        lengths = [
            self._distance(pair)
            for pair, none in self.bonded.items()
            if none < 0.5 and not suspects & set(pair)
        ]
        return float(np.median(lengths)) if len(lengths) >= 3 else self.length

    def _odds(self, place: int, pairs: Sequence[tuple[int, int]], usual: float) -> float:
        """The log-odds that bonds cross where an atom was predicted, from the lengths of bonds."""
        lengths = [self._distance(pair) for pair in pairs]
        parts = [self._distance((place, end)) for pair in pairs for end in pair]
        odds = sum(self._fit(length / usual) for length in lengths)
        odds -= sum(self._fit(length / usual) for length in parts)
        odds += self.settings.straight * (len(pairs) == 1)
        score = float(np.clip(self.atoms.score_A[place], 1e-3, 1 - 1e-3))
        return odds - self.settings.score * log(score / (1 - score))

    def _fit(self, ratio: float) -> float:
        """How well a length fits a bond, with a heavy tail: bonds of cages differ."""
        return -2.0 * log(1 + (log(max(ratio, 1e-3)) / self.settings.spread) ** 2 / 3)


def with_kinds_of(
    reading: CrossingReading, checked: BondCandidates, chance: float
) -> CrossingReading:
    """The reading with the kinds of its new bonds from a classifier. The probability that they are
    bonds is ``chance``, for a classifier takes a crossing stroke for an atom."""
    new = {frozenset(pair) for pair in reading.new_pairs}
    pairs = reading.bonds.pairs_B2.tolist()
    rows = [row for row, pair in enumerate(pairs) if frozenset(pair) in new]
    log_kind_BK, forward_B = reading.bonds.log_kind_BK.copy(), reading.bonds.forward_B.copy()
    kinds_NK = checked.log_kind_BK[rows, 1:]
    kinds_NK[:, COLUMNS["aromatic"] - 1] = LOWEST
    kinds_NK = kinds_NK - np.logaddexp.reduce(kinds_NK, axis=1, keepdims=True)
    log_kind_BK[rows, 1:] = np.maximum(kinds_NK + log(chance), LOWEST)
    forward_B[rows] = checked.forward_B[rows]
    bonds = replace(reading.bonds, log_kind_BK=log_kind_BK, forward_B=forward_B)
    return replace(reading, bonds=bonds)
