"""Exact reading of drawings that consist of a few straight strokes and labels.

Training pictures are larger: from one or two bonds a network cannot infer the scale. Such a small
drawing is read exactly by its geometry, or not at all. Coordinates are pixels of the foreground, y
down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from inchify.chemistry.graph_assembly.assembly import UNREAD
from inchify.chemistry.valence import fits, order_sums
from inchify.readers.labels.picture_text import PictureText, is_understood, lines_of
from inchify.readers.labels.single_atom_label import plain_label
from inchify.readers.letters.letter_rows import LetterRow
from inchify.readers.letters.lone_iodine import LoneIodineSettings, lone_iodines
from inchify.readers.stroke_graph.line_segments import Stroke, straight_strokes
from inchify.types import BondKind, GraphAtom, GraphBond, MoleculeGraph

# Cosines of the angles between two bonds at a corner: above 162 degrees they are one, and below 42
# none of a drawing is.
STRAIGHT, SHARP = -0.95, 0.74
# The part of a stroke before and behind the lines of a bond in its middle.
INNER = 0.24
_KINDS: dict[int, BondKind] = {1: "single", 2: "double", 3: "triple"}


@dataclass(frozen=True, kw_only=True)
class FewStrokesSettings:
    """At most ``most_bonds`` are read, from labels whose text has at least the confidence ``read``.
    In lengths of the longest bond: strokes of one bond are at most ``apart``, ends that meet at
    most ``meet``, the shortest bond is ``shortest``. A line ``level`` of whose length lies beside
    another is the second line of its bond. In heights of a capital: a stroke ends at most ``gap``
    from its label, and strokes of one bond may be ``apart_letters``. The shortest stroke is
    ``least_widths`` of a line's widths long. ``confidence`` of each atom and bond. ``iodine``:
    the shape of a letter I where strokes alone make no graph; a small picture is hardly larger."""

    most_bonds: int = 6
    read: float = 0.6
    apart: float = 0.42
    meet: float = 0.2
    shortest: float = 0.3
    level: float = 0.6
    gap: float = 0.6
    apart_letters: float = 0.65
    least_widths: float = 2.0
    confidence: float = 0.99
    iodine: LoneIodineSettings = field(
        default_factory=lambda: LoneIodineSettings(
            elongation=(3.0, 14.0),
            height=(0.8, 1.2),
            unscaled=(0.04, 0.6),
            beside=0.75,
            confidence=0.9,
        )
    )


@dataclass(frozen=True)
class _Line:
    """A bond's axis from ``ends_22`` with as many strokes as its ``order``."""

    ends_22: np.ndarray
    order: int

    @property
    def length(self) -> float:
        return float(np.hypot(*(self.ends_22[1] - self.ends_22[0])))


def graph_of_strokes(
    text: PictureText, settings: FewStrokesSettings | None = None
) -> MoleculeGraph | None:
    """Read a drawing of a few straight strokes and labels.

    Args:
        text: The text in the picture, with its connected components.
        settings: Distances and limits.

    Returns:
        The graph in pixels of the foreground, None where anything else is drawn.
    """
    settings = settings or FewStrokesSettings()
    if len(text.rows) > settings.most_bonds + 1:
        return None
    if not all(row.confidence >= settings.read and is_understood(row.text) for row in text.rows):
        return None
    graph = _graph(text, settings)
    if graph is not None:
        return graph
    iodines = lone_iodines(text.components, text.rows, text.capital, settings.iodine)
    return _graph(replace(text, rows=(*text.rows, *iodines)), settings) if iodines else None


def _graph(text: PictureText, settings: FewStrokesSettings) -> MoleculeGraph | None:
    """The graph where all rows are labels and all else is strokes."""
    result = straight_strokes(lines_of(text), max_strokes=3 * settings.most_bonds)
    if not result:
        return None
    strokes, width = result
    lines = _bonds_of(strokes, settings.apart_letters * text.capital, settings)
    if not 0 < len(lines) <= settings.most_bonds:
        return None
    longest = max(line.length for line in lines)
    shortest = min(line.length for line in lines)
    if shortest < max(settings.least_widths * width, settings.shortest * longest):
        return None
    return _joined(lines, text.rows, settings, longest, width)


def _bonds_of(strokes: Sequence[Stroke], apart: float, settings: FewStrokesSettings) -> list[_Line]:
    """The bonds: parallel strokes side by side are one, a stroke is cut where a second line begins
    or ends along it."""
    strokes = [part for stroke in strokes for part in _parts(stroke, strokes, apart, settings)]
    groups: list[list[Stroke]] = []
    for stroke in strokes:
        adjacent = [g for g in groups if any(_are_one_bond(stroke, o, apart, settings) for o in g)]
        groups = [g for g in groups if g not in adjacent] + [
            [stroke, *(s for g in adjacent for s in g)]
        ]
    if any(len(group) > max(_KINDS) for group in groups):
        return []
    return [_axis(sorted(group, key=lambda s: -s.length)) for group in groups]


def _are_one_bond(
    first: Stroke, second: Stroke, apart: float, settings: FewStrokesSettings
) -> bool:
    short, long = sorted((first, second), key=lambda stroke: stroke.length)
    return _beside(short, long, apart, settings)


def _parts(
    stroke: Stroke, strokes: Sequence[Stroke], apart: float, settings: FewStrokesSettings
) -> list[Stroke]:
    """A stroke cut where lines beside it that are much shorter end (CH3-C≡N in one line)."""
    cuts = {0.0, 1.0}
    for other in strokes:
        if other is stroke or other.length > settings.level * stroke.length:
            continue
        if not _beside(other, stroke, apart, settings):
            continue
        shares = sorted(stroke.share(end) for end in other.ends_22)
        # far from both ends it is a bond's between two others (C-C≡C-C in one line)
        if shares[0] > INNER and shares[1] < 1.0 - INNER:
            cuts.update(shares)
        # a second line that is a little shorter at both ends belongs to the complete stroke
        for side, opposite in ((0, 1), (1, 0)):
            if abs(shares[side] - side) < 0.15 and 0.2 < shares[opposite] < 0.8:
                cuts.add(shares[opposite])
    places = sorted(cuts)
    return [stroke.part(low, high) for low, high in pairwise(places) if high - low > 0.1]


def _beside(stroke: Stroke, other: Stroke, apart: float, settings: FewStrokesSettings) -> bool:
    """Whether a stroke lies along another, most of its length and not far from it."""
    if abs(stroke.direction_2 @ other.direction_2) < 0.985:
        return False
    low, high = sorted(other.share(end) for end in stroke.ends_22)
    shared = (min(high, 1.0) - max(low, 0.0)) * other.length
    away = other.distance((stroke.ends_22[0] + stroke.ends_22[1]) / 2)
    return shared >= settings.level * stroke.length and away <= max(
        apart, settings.apart * other.length
    )


def _axis(group: Sequence[Stroke]) -> _Line:
    """The bond of parallel strokes: between two of one length, else along the longest."""
    longest = group[0]
    ends_22 = longest.ends_22
    if len(group) == 2 and group[1].length > 0.93 * longest.length:
        other = group[1].ends_22
        if np.hypot(*(other[0] - ends_22[0])) > np.hypot(*(other[1] - ends_22[0])):
            other = other[::-1]
        ends_22 = (ends_22 + other) / 2
    elif len(group) == 3:
        middle = np.mean([stroke.ends_22.mean(axis=0) for stroke in group], axis=0)
        longest = min(group, key=lambda s: float(np.hypot(*(s.ends_22.mean(axis=0) - middle))))
        ends_22 = longest.ends_22
    return _Line(ends_22, len(group))


def _joined(
    lines: Sequence[_Line],
    rows: Sequence[LetterRow],
    settings: FewStrokesSettings,
    longest: float,
    width: float,
) -> MoleculeGraph | None:
    """The graph of bonds whose ends meet or stand at labels, None where a label has no bond, two
    bonds join the same atoms, or a valence is broken."""
    atoms = [_labelled(row, settings) for row in rows]
    corners: list[list[np.ndarray]] = []
    bonds = []
    for line in lines:
        pair = []
        for side in (0, 1):
            meets = _meets_another(line.ends_22[side], lines, line, settings.meet * longest)
            place = _label_at(line, side, rows, settings, width, meets)
            if place is None:
                place = len(rows) + _corner_at(line.ends_22[side], corners, settings.meet * longest)
            pair.append(place)
        bonds.append(GraphBond(pair[0], pair[1], _KINDS[line.order], settings.confidence))
    for ends in corners:
        x, y = np.mean(ends, axis=0).tolist()
        atoms.append(GraphAtom(x, y, confidence=settings.confidence))
    graph = MoleculeGraph(tuple(atoms), tuple(bonds))
    return graph if _is_plausible(graph) else None


def _corner_at(end_2: np.ndarray, corners: list[list[np.ndarray]], max_distance: float) -> int:
    for number, ends in enumerate(corners):
        if min(float(np.hypot(*(end_2 - other))) for other in ends) <= max_distance:
            ends.append(end_2)
            return number
    corners.append([end_2])
    return len(corners) - 1


def _meets_another(
    end_2: np.ndarray, lines: Sequence[_Line], line: _Line, max_distance: float
) -> bool:
    """Whether another line ends where one does."""
    others = [end for other in lines if other is not line for end in other.ends_22]
    return any(float(np.hypot(*(end_2 - other))) <= max_distance for other in others)


def _label_at(
    line: _Line,
    side: int,
    rows: Sequence[LetterRow],
    settings: FewStrokesSettings,
    width: float,
    meets: bool,
) -> int | None:
    """The label that an end of a line points at from nearby; where it ``meets`` the end of another
    line, it is a corner, unless that lies among the letters."""
    end, other = line.ends_22[side], line.ends_22[1 - side]
    ahead = (end - other) / max(line.length, 1e-9)
    for number, row in enumerate(rows):
        left, top, right, bottom = row.box
        nearest = np.clip(end, (left, top), (right, bottom))
        gap = float(np.hypot(*(nearest - end)))
        inside = gap == 0.0
        # the axis of a double bond may be one of its lines, which runs past the middle of a label
        if meets and not inside:
            continue
        least = 0.5 if line.order == 1 else 0.2
        forward = inside or float((nearest - end) @ ahead) > least * gap
        if gap <= settings.gap * row.capital + width and forward:
            return number
    return None


def _labelled(row: LetterRow, settings: FewStrokesSettings) -> GraphAtom:
    """The atom of a row of letters; of a longer label what must still be read."""
    left, top, right, bottom = row.box
    atom = GraphAtom(
        (left + right) / 2, (top + bottom) / 2, box=row.box, confidence=settings.confidence
    )
    said = plain_label(row.text)
    if said is None:
        return replace(atom, symbol="", text=UNREAD)
    return replace(
        atom,
        symbol=said.symbol,
        text=row.text,
        charge=said.charge,
        hydrogens=said.hydrogens,
        isotope=said.isotope,
        confidence=settings.confidence * row.confidence,
    )


def _is_plausible(graph: MoleculeGraph) -> bool:
    """Whether valences allow all bonds, no two bonds join the same atoms, the angles at corners are
    those of bonds, and the graph is connected."""
    pairs = {frozenset((bond.begin, bond.end)) for bond in graph.bonds}
    if len(pairs) != len(graph.bonds) or any(len(pair) != 2 for pair in pairs):
        return False
    totals, aromatic = order_sums(len(graph.atoms), graph.bonds)
    for place, atom in enumerate(graph.atoms):
        if totals[place] == 0:
            return False
        if not atom.symbol:
            continue
        written = atom.hydrogens if atom.text else None
        if not fits(atom.symbol, atom.charge, written, totals[place], aromatic[place]):
            return False
        if not atom.text and totals[place] == 2 and not _is_corner(graph, place):
            return False
    return _is_connected(graph)


def _is_corner(graph: MoleculeGraph, place: int) -> bool:
    """Whether two bonds meet as two bonds do: not in one line, nor as sharply as strokes of a
    letter (N, Z)."""
    ways = []
    for bond in graph.bonds:
        if place in (bond.begin, bond.end):
            other = graph.atoms[bond.end if bond.begin == place else bond.begin]
            step = np.array([other.x - graph.atoms[place].x, other.y - graph.atoms[place].y])
            ways.append(step / max(float(np.hypot(*step)), 1e-9))
    return len(ways) != 2 or STRAIGHT < float(ways[0] @ ways[1]) < SHARP


def _is_connected(graph: MoleculeGraph) -> bool:
    reached, pending = {0}, [0]
    while pending:
        place = pending.pop()
        for bond in graph.bonds:
            if place in (bond.begin, bond.end):
                other = bond.end if bond.begin == place else bond.begin
                if other not in reached:
                    reached.add(other)
                    pending.append(other)
    return len(reached) == len(graph.atoms)
