"""Candidates from straight strokes alone, where those explain all that is drawn.

Labels and stereo bonds are the network's; corners and plain bonds come from the strokes.
Shape letters: A atoms, B bonds, C corners, L labels, H and W pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from inchify.chemistry.graph_assembly.candidates import (
    COLUMNS,
    LOWEST,
    NONE,
    AtomCandidates,
    BondCandidates,
    bond_length,
)
from inchify.chemistry.symbols import ATOM_CLASSES, BOND_KINDS, CHARGES, CORNER, HYDROGENS, TEXT
from inchify.chemistry.valence import fits, implied_total
from inchify.data.strokes.visible_strokes import free_part, visible_stroke
from inchify.readers.bonds.crossings import CrossingReading
from inchify.readers.bonds.visible_at_crossings import without_lone_aromatic
from inchify.readers.stroke_graph.graph import StrokeGraphReader
from inchify.readers.stroke_graph.line_segments import Stroke
from inchify.readers.stroke_graph.parts import StereoBond, StrokeGraph, middles
from inchify.readers.views.coordinates import Frame
from inchify.readers.views.crops import Box
from inchify.readers.views.scale_search import line_width
from inchify.types import BondKind

# A stroke as dark as this is solid.
SOLID = 0.85
STEREO = ("wedge", "hash")
# Kinds whose strokes are not understood here.
OTHER = ("aromatic", "wavy", "bold", "dative", "crossed")


@dataclass(frozen=True, kw_only=True)
class StrokeReadingSettings:
    """Drawings with bonds shorter than ``smallest`` pixels are not read.
    ``letter``: the largest height in bonds of a letter that is not read as text.
    Atoms with the score ``present`` and bonds with the chance ``likely`` count as predicted.
    ``confident``: least chance of a confident kind.
    ``chance`` of each corner and bond that strokes show. ``corner_radius``: an atom candidate
    belongs to a crossing within this many bonds; its log-odds are multiplied by ``score``, its
    score is at least ``least``. ``level``: a stereo bond whose stroke widens no more than this and
    is nowhere as ``broad`` is plain."""

    letter: float = 0.75
    smallest: float = 14.0
    present: float = 0.5
    confident: float = 0.9
    likely: float = 0.5
    chance: float = 0.99
    corner_radius: float = 0.25
    score: float = 0.5
    least: float = 0.02
    level: float = 1.4
    broad: float = 1.35


def stroke_readings(
    atoms: AtomCandidates,
    bonds: BondCandidates,
    lines_HW: np.ndarray,
    rows: Sequence[Box],
    frame: Frame,
    settings: StrokeReadingSettings | None = None,
) -> list[CrossingReading]:
    """Read a drawing from its straight strokes.

    Args:
        atoms: In pixels of the network's picture.
        bonds: Between those atoms.
        lines_HW: uint8, 255 full foreground, without the letters of labels.
        rows: Boxes of rows of letters that were read, in pixels of ``lines_HW``.
        frame: Maps the pixels of ``lines_HW`` to the network's picture.
        settings: Chances and limits.

    Returns:
        Readings, the likeliest first; none where strokes, labels and stereo bonds do not explain
        all that is drawn.
    """
    settings = settings or StrokeReadingSettings()
    bonds = without_lone_aromatic(bonds) if len(bonds) else bonds
    length = bond_length(atoms, bonds)
    if not length:
        return []
    unit = length / float(np.mean(frame.factors))
    if unit < settings.smallest:
        return []
    likely_B = bonds.log_kind_BK[:, NONE] < log(1 - settings.likely)
    likely_B &= (atoms.score_A[bonds.pairs_B2] >= settings.present).all(axis=1)
    kinds = [BOND_KINDS[column] for column in bonds.log_kind_BK[:, 1:].argmax(axis=1)]
    confident_B = likely_B & (bonds.log_kind_BK[:, 1:].max(axis=1) > log(settings.confident))
    if any(kinds[number] in OTHER for number in np.flatnonzero(confident_B)):
        return []
    xy_A2 = frame.to_picture(atoms.xy_A2)
    written_A = atoms.class_AK.argmax(axis=1) != ATOM_CLASSES.index(CORNER)
    label_L = np.flatnonzero(written_A & (atoms.score_A >= settings.present))
    middle_A2 = middles([frame.foreground_box(box_4) for box_4 in atoms.box_A4])
    read_L = np.array([_is_in(middle_A2[label], rows) for label in label_L], bool)
    # letters that touch strokes are not in a row; they are small and confidently predicted
    confident_L = atoms.class_AK[label_L].max(axis=1) > log(settings.confident)
    confident_L &= atoms.score_A[label_L] >= settings.confident
    height_L = np.diff(atoms.box_A4[label_L][:, [1, 3]], axis=1)[:, 0]
    read_L |= confident_L & (height_L < settings.letter * length)
    label_L = label_L[read_L]
    if not all(any(_is_in(middle_A2[label], [row]) for label in label_L) for row in rows):
        return []  # letters that are not a label, or strokes that were taken for letters
    bare_N2 = xy_A2[~written_A]
    score_N = atoms.score_A[~written_A]

    def corner_log_odds(place_2: np.ndarray) -> float:
        """The network's log-odds of a corner at a place."""
        close_N = np.hypot(*(bare_N2 - place_2).T) < settings.corner_radius * unit
        score = float(score_N[close_N].max(initial=settings.least))
        score = min(score, 1 - settings.least)
        return settings.score * log(score / (1 - score))

    graphs: list[StrokeGraph] = []
    for _ in range(2):
        boxes = [frame.foreground_box(atoms.box_A4[label]) for label in label_L]
        stereo = [
            _to_first_label(bond, boxes, lines_HW, unit)
            for bond in _stereo_bonds(
                atoms, bonds, likely_B, kinds, label_L, xy_A2, lines_HW, unit, settings
            )
        ]
        reader = StrokeGraphReader(lines_HW, boxes, stereo, unit, corner_log_odds)
        graphs = reader.graphs()
        if graphs or not reader.lone_labels:
            break
        # a corner taken for a label has letters that are strokes
        if any(_is_in(middle_A2[label_L[lone]], rows) for lone in reader.lone_labels):
            break
        label_L = np.delete(label_L, reader.lone_labels)
    return [
        _reading(graph, atoms, label_L, frame, settings)
        for graph in graphs
        if _labels_fit(graph, atoms, label_L)
        and _orders_agree(
            graph, boxes, xy_A2, bonds, confident_B, kinds, settings.corner_radius * unit
        )
    ]


def _is_in(place_2: np.ndarray, boxes: Sequence[Box]) -> bool:
    x, y = place_2.tolist()
    return any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in boxes)


def _stereo_bonds(
    atoms: AtomCandidates,
    bonds: BondCandidates,
    likely_B: np.ndarray,
    kinds: Sequence[BondKind],
    label_L: np.ndarray,
    xy_A2: np.ndarray,
    lines_HW: np.ndarray,
    unit: float,
    settings: StrokeReadingSettings,
) -> list[StereoBond]:
    """The wedges and hashes that the network predicts, without those whose stroke is plain."""
    width = line_width(lines_HW)
    number = {int(label): place for place, label in enumerate(label_L)}
    result = []
    for row in np.flatnonzero(likely_B).tolist():
        if kinds[row] not in STEREO:
            continue
        pair = bonds.pairs_B2[row].tolist()
        begin, end = pair if bonds.forward_B[row] >= 0.5 else pair[::-1]
        stroke = visible_stroke(lines_HW, xy_A2[begin], xy_A2[end], unit, width)
        level = 1 / settings.level < stroke.widening < settings.level
        if level and not stroke.gaps and stroke.broadest < settings.broad:
            continue
        labels = (number.get(begin, -1), number.get(end, -1))
        result.append(StereoBond(xy_A2[[begin, end]], labels, kinds[row]))
    return result


def _to_first_label(
    bond: StereoBond, boxes: Sequence[Box], lines_HW: np.ndarray, unit: float
) -> StereoBond:
    """The bond cut at the first label on its way, with the kind of its stroke before that: the
    network may take the hydrogen there for a part of the bond."""
    begin_2 = bond.ends_22[0]
    passed = []
    for number, box in enumerate(boxes):
        middle_2 = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
        axis = Stroke(bond.ends_22)
        inside = 0.2 < axis.share(middle_2) < 0.95
        if number not in bond.labels and inside and axis.distance(middle_2) < 0.2 * unit:
            passed.append((axis.share(middle_2), number, middle_2))
    if not passed:
        return bond
    _, number, middle_2 = min(passed, key=lambda item: item[0])
    free = free_part(begin_2, middle_2, [boxes[number]], 1.0)
    stroke = visible_stroke(lines_HW, *free, unit, line_width(lines_HW))
    kind = "hash" if stroke.gaps > 1 else "wedge" if stroke.darkness > SOLID else bond.kind
    return StereoBond(np.stack([begin_2, middle_2]), (bond.labels[0], number), kind)


def _labels_fit(graph: StrokeGraph, atoms: AtomCandidates, label_L: np.ndarray) -> bool:
    """Whether labels can have the bonds that strokes show."""
    total_L = np.zeros(len(label_L), int)
    for bond in graph.bonds:
        order = {"double": 2, "triple": 3}.get(bond.kind, 1)
        for end in (bond.begin, bond.end):
            if end < len(label_L):
                total_L[end] += order
    for label, total in zip(label_L.tolist(), total_L.tolist(), strict=True):
        symbol = ATOM_CLASSES[int(atoms.class_AK[label].argmax())]
        if symbol == TEXT:
            continue
        charge = CHARGES[int(atoms.charge_AQ[label].argmax())]
        written = HYDROGENS[int(atoms.hydrogens_AH[label].argmax())]
        bare = total <= implied_total(symbol, charge, written)
        if not bare and not fits(symbol, charge, written, total):
            return False
    return True


def _orders_agree(
    graph: StrokeGraph,
    boxes: Sequence[Box],
    xy_A2: np.ndarray,
    bonds: BondCandidates,
    confident_B: np.ndarray,
    kinds: Sequence[BondKind],
    max_distance: float,
) -> bool:
    """Whether no bond has another order than the network's confident one."""
    place_N2 = graph.places(boxes)
    order = {"double": 2, "triple": 3}
    for row in np.flatnonzero(confident_B).tolist():
        ends_22 = xy_A2[bonds.pairs_B2[row]]
        away_N2 = np.hypot(*(place_N2[:, None] - ends_22[None]).transpose(2, 0, 1))
        if away_N2.min(axis=0).max() > max_distance:
            continue
        pair = set(away_N2.argmin(axis=0).tolist())
        for bond in graph.bonds:
            if {bond.begin, bond.end} == pair and order.get(bond.kind) != order.get(kinds[row]):
                return False
    return True


def _reading(
    graph: StrokeGraph,
    atoms: AtomCandidates,
    label_L: np.ndarray,
    frame: Frame,
    settings: StrokeReadingSettings,
) -> CrossingReading:
    """The graph as candidates."""
    count = len(graph.xy_C2)
    labels = atoms.only(label_L)
    xy_C2 = graph.xy_C2 * np.array(frame.factors) + frame.margin

    def one_hot(columns: int, column: int) -> np.ndarray:
        rows = np.full((count, columns), LOWEST)
        rows[:, column] = 0.0
        return rows

    merged = AtomCandidates(
        np.concatenate([labels.xy_A2, xy_C2]),
        np.concatenate([labels.score_A, np.full(count, settings.chance)]),
        np.concatenate([labels.class_AK, one_hot(len(ATOM_CLASSES), ATOM_CLASSES.index(CORNER))]),
        np.concatenate([labels.charge_AQ, one_hot(len(CHARGES), CHARGES.index(0))]),
        np.concatenate([labels.hydrogens_AH, one_hot(len(HYDROGENS), 0)]),
        np.concatenate([labels.isotope_AI, one_hot(labels.isotope_AI.shape[1], 0)]),
        np.concatenate([labels.box_A4, np.zeros((count, 4))]),
        np.concatenate([labels.label_bonds_A, np.zeros(count, np.int64)]),
    )
    log_kind_BK = np.full((len(graph.bonds), 1 + len(BOND_KINDS)), LOWEST)
    log_kind_BK[:, NONE] = log(1 - settings.chance)
    columns = [COLUMNS[bond.kind] for bond in graph.bonds]
    log_kind_BK[np.arange(len(columns)), columns] = log(settings.chance)
    pairs_B2 = np.array([(bond.begin, bond.end) for bond in graph.bonds])
    forward_B = np.array([1.0 if bond.kind in STEREO else 0.5 for bond in graph.bonds])
    return CrossingReading(
        merged,
        BondCandidates(pairs_B2, log_kind_BK, forward_B),
        graph.price,
        complete=True,
        crossed=bool(graph.crossings),
    )
