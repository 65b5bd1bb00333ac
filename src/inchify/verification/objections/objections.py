"""What forbids calling an answer verified, collected over all kinds.

Every connected component of foreground in and near the drawing must be explained by the answer, and
every part of the answer by foreground. The chance of ``verification.graph_match.match`` weighs all
places together and forgives a little; this test does not weigh: one place that is not explained is
enough. Shape letters: H and W pixels, P connected components, B bonds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from inchify.chemistry.stereo.projections import CHAIR, unprojected
from inchify.verification.graph_match.binarized import Box, mark_band
from inchify.verification.graph_match.features import HALF_WIDTHS
from inchify.verification.graph_match.match import Inspection
from inchify.verification.objections.border import cut_places
from inchify.verification.objections.corners import (
    CornerSettings,
    lettered_corners,
    parted_corners,
    straight_corners,
    twin_ends,
)
from inchify.verification.objections.crossed_bonds import CrossedBondSettings, crossed_bonds
from inchify.verification.objections.crossings import doubtful_crossings
from inchify.verification.objections.label_agreement import (
    LabelTexts,
    contradicted_labels,
    is_caption,
    read_crops,
)
from inchify.verification.objections.label_signs import signs_near_labels
from inchify.verification.objections.lost_lines import has_only_parallel_strokes, vanished_lines
from inchify.verification.objections.plain_bonds import StrokeSettings, doubtful_strokes
from inchify.verification.objections.second_lines import doubtful_lines
from inchify.verification.objections.stereocenters import doubtful_center_strokes
from inchify.verification.objections.wavy_bonds import WavyBondSettings, wavy_bonds
from inchify.verification.objections.wedges import WedgeSettings, doubtful_wedges

ObjectionKind = Literal[
    "unexplained foreground",
    "text beside",
    "label",
    "bond kind",
    "stroke",
    "crossing",
    "cut off",
    "projection",
    "charge",
]
# Another view of the picture would not take these back.
FINAL_OBJECTIONS = ("text beside", "bond kind", "cut off", "projection")
# No one has tested how reliably these are read.
RARE_BONDS = ("wavy", "bold", "dative")
# These are broad, or of many components, themselves.
BROAD = ("wedge", "hash", "wavy", "bold")
# Pixels that soft edges add to the breadth of a stroke.
EDGE = 1.2
# Half the side of the box around a corner, in bonds.
CORNER = 0.2
# The height of a small letter in those of a capital.
LOW = 0.6
# The largest ratio of a letter's length to its breadth.
LONG = 3.5


@dataclass(frozen=True, kw_only=True)
class VerificationSettings:
    """Amounts in bonds' worth of foreground, lengths in bonds.

    ``left_over``: the largest part of a component that may stay unexplained; ``loose``: the largest
    amount of unexplained components, of which at least a share of ``unexplained`` is; ``speck``:
    smaller components are dirt. ``max_distance`` and ``beside``: how far outside the drawing such
    strokes and text count; ``letter`` and ``largest_letter``: heights of letters; ``broad``: the
    least breadth of one, in widths of the picture's lines.

    ``corners``: when a letter may stand at a bare one. ``strokes``: of plain bonds; ``wedges``: of
    wedges and hashes; ``crossed``: when two strokes cross; ``wavy``: when one swings.
    ``complete_bond``: a shorter bond that ends at the picture's border may go on."""

    left_over: float = 0.12
    loose: float = 0.12
    unexplained: float = 0.7
    speck: float = 0.03
    max_distance: float = 1.2
    beside: float = 4.0
    letter: float = 0.2
    largest_letter: float = 0.75
    broad: float = 1.4
    corners: CornerSettings = field(default_factory=CornerSettings)
    strokes: StrokeSettings = field(default_factory=StrokeSettings)
    wedges: WedgeSettings = field(default_factory=WedgeSettings)
    crossed: CrossedBondSettings = field(default_factory=CrossedBondSettings)
    wavy: WavyBondSettings = field(default_factory=WavyBondSettings)
    complete_bond: float = 0.9


@dataclass(frozen=True)
class Objection:
    """A place that forbids verification: its box in the picture's pixels and what is wrong."""

    kind: ObjectionKind
    box: Box
    detail: str = ""


def objections(
    intensity_HW: np.ndarray,
    inspection: Inspection,
    settings: VerificationSettings | None = None,
    *,
    texts: LabelTexts | None = None,
    explained_boxes: Sequence[Box] = (),
) -> list[Objection]:
    """All that forbids calling a graph verified.

    Args:
        intensity_HW: uint8, 255 full foreground, at the picture's full resolution.
        inspection: the graph as ``verification.graph_match.match.inspected`` measured it there.
        settings: how much may stay unexplained.
        texts: a second, independent reading of labels; without one no rare label is verified.
        explained_boxes: foreground whose middle lies in one of these (pixels) is explained by
            something else, for example text that was read as a counter-ion.

    Returns:
        The objections; an answer without any may be verified.
    """
    settings = settings or VerificationSettings()
    raised = [
        *_rare_bonds(inspection),
        *_projections(inspection),
        *_strokes(intensity_HW, inspection, settings),
        *_foreground(inspection, settings, explained_boxes),
        *_corners(intensity_HW, inspection, settings),
        *_crossings(inspection),
        *_signs(inspection, explained_boxes),
        *(
            Objection("cut off", (x - far, y - far, x + far, y + far))
            for x, y, far in cut_places(intensity_HW, inspection, settings.complete_bond)
        ),
    ]
    # reading is the slowest check and not needed where something else forbids it
    if raised:
        return raised
    beside = _text_beside(inspection, settings, explained_boxes)
    if beside is not None and not is_caption(read_crops(intensity_HW, [beside], texts)):
        return [Objection("text beside", beside)]
    return [
        Objection("label", box, detail)
        for box, detail in contradicted_labels(intensity_HW, inspection, texts)
    ]


def _native(box: Sequence[float] | np.ndarray, inspection: Inspection) -> Box:
    """A box on the paper in the picture's pixels."""
    left, top, right, bottom = (float(side) / inspection.paper.scale for side in box)
    return left, top, right, bottom


def _bond_box(inspection: Inspection, number: int) -> Box:
    x0, y0, x1, y1 = inspection.observed.ends_B4[number].tolist()
    return _native((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), inspection)


def _rare_bonds(inspection: Inspection) -> Iterator[Objection]:
    for number, bond in enumerate(inspection.graph.bonds):
        if bond.kind in RARE_BONDS:
            yield Objection("bond kind", _bond_box(inspection, number), bond.kind)


def _projections(inspection: Inspection) -> Iterator[Objection]:
    """Chairs, whose stereo is in small differences of slope, and projections that were not
    understood."""
    drawn = unprojected(inspection.graph)
    if drawn.name == CHAIR or not drawn.understood:
        yield Objection("projection", _native(_frame(inspection), inspection), drawn.name)


def _strokes(
    intensity_HW: np.ndarray, inspection: Inspection, settings: VerificationSettings
) -> Iterator[Objection]:
    """Plain single bonds whose strokes may be hashed, wedged or bold; bonds whose strokes cross."""
    for number in crossed_bonds(intensity_HW, inspection, settings.crossed):
        yield Objection("stroke", _bond_box(inspection, number), "crossing strokes")
    for number in wavy_bonds(intensity_HW, inspection, settings.wavy):
        yield Objection("stroke", _bond_box(inspection, number), "a wavy line")
    for number, detail in doubtful_strokes(intensity_HW, inspection, settings.strokes):
        yield Objection("stroke", _bond_box(inspection, number), detail)
    for number, detail in doubtful_wedges(intensity_HW, inspection, settings.wedges):
        yield Objection("stroke", _bond_box(inspection, number), detail)
    for number, detail in doubtful_center_strokes(intensity_HW, inspection):
        yield Objection("stroke", _bond_box(inspection, number), detail)
    for number, detail in doubtful_lines(intensity_HW, inspection):
        yield Objection("stroke", _bond_box(inspection, number), detail)
    for number in vanished_lines(intensity_HW, inspection):
        yield Objection("stroke", _bond_box(inspection, number), "a second line may be lost")
    if has_only_parallel_strokes(inspection.graph):
        yield Objection("stroke", _native(_frame(inspection), inspection), "only parallel strokes")


def _corners(
    intensity_HW: np.ndarray, inspection: Inspection, settings: VerificationSettings
) -> Iterator[Objection]:
    """Bare corners where strokes do not meet or do not bend, or where a letter may stand."""
    half = CORNER * inspection.unit
    doubts: list[tuple[int, ObjectionKind, str]] = [
        *(
            (number, "stroke", "strokes do not meet")
            for number in parted_corners(intensity_HW, inspection)
        ),
        *((number, "stroke", "a stroke does not bend") for number in straight_corners(inspection)),
        *((number, "stroke", "an end beside another atom") for number in twin_ends(inspection)),
        *(
            (number, "label", "a letter may stand there")
            for number in lettered_corners(intensity_HW, inspection, settings.corners)
        ),
    ]
    for number, kind, detail in doubts:
        atom = inspection.graph.atoms[number]
        box = (atom.x - half, atom.y - half, atom.x + half, atom.y + half)
        yield Objection(kind, _native(box, inspection), detail)


def _crossings(inspection: Inspection) -> Iterator[Objection]:
    """Corners that may be crossings, crossings that may be corners."""
    half = CORNER * inspection.unit
    for x, y in doubtful_crossings(inspection.graph):
        box = (x - half, y - half, x + half, y + half)
        yield Objection("crossing", _native(box, inspection), "bonds may cross or meet here")


def _signs(inspection: Inspection, explained_boxes: Sequence[Box]) -> Iterator[Objection]:
    """Small foreground beside labels."""
    for box, amount in signs_near_labels(inspection):
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        if not _in_boxes(np.array([middle]), inspection, explained_boxes)[0]:
            detail = f"beside a label: {amount:.3f} squares of a capital"
            yield Objection("unexplained foreground", _native(box, inspection), detail)


def _loose(inspection: Inspection, settings: VerificationSettings) -> np.ndarray:
    """The numbers of components that the graph does not explain, dirt apart."""
    paper, observed = inspection.paper, inspection.observed
    explained_P = paper.share_P(observed.explained_HW)
    worth = observed.line_width * inspection.unit**2
    loose_P = (explained_P < 1.0 - settings.unexplained) & (paper.area_P > settings.speck * worth)
    loose_P[0] = False
    return np.flatnonzero(loose_P)


def _elsewhere(
    numbers: np.ndarray, inspection: Inspection, explained_boxes: Sequence[Box]
) -> np.ndarray:
    """Of some components those that do not lie in the boxes."""
    middle_P2 = inspection.paper.middle_P2[numbers]
    return numbers[~_in_boxes(middle_P2, inspection, explained_boxes)]


def _in_boxes(middle_P2: np.ndarray, inspection: Inspection, boxes: Sequence[Box]) -> np.ndarray:
    """Which places on the paper lie in one of the boxes, which are in the picture's pixels."""
    x_P, y_P = middle_P2.T / inspection.paper.scale
    inside_P = np.zeros(len(middle_P2), bool)
    for left, top, right, bottom in boxes:
        inside_P |= (x_P > left) & (x_P < right) & (y_P > top) & (y_P < bottom)
    return inside_P


def _mostly_explained(box: Box, inspection: Inspection, settings: VerificationSettings) -> bool:
    """Whether what is left over in a box is a part of a letter whose larger part a label
    explains."""
    paper, observed = inspection.paper, inspection.observed
    left, top, right, bottom = (int(side) for side in box)
    window = slice(top, bottom), slice(left, right)
    components = paper.piece_HW[window][observed.explained_HW[window] == 0]
    number = int(np.bincount(components[components > 0], minlength=1).argmax())
    component_HW = paper.piece_HW == number
    small = paper.side_P2[number].max() < settings.largest_letter * inspection.unit
    return bool(small and observed.explained_HW[component_HW].mean() > 0.5)


def _letters_on_bonds(inspection: Inspection, settings: VerificationSettings) -> list[int]:
    """Components of a letter's size and shape that belong to no label and hide where bonds are."""
    paper, graph, unit, observed = inspection
    known_HW = np.zeros_like(observed.explained_HW)
    for observation in observed.observations:
        if observation.region is not None:
            known_HW[observation.region.window] |= observation.region.kept_HW.view(np.uint8)
    for bond, ends in zip(graph.bonds, observed.ends_B4, strict=True):
        if bond.kind in BROAD:
            half = (HALF_WIDTHS[bond.kind] + observed.line_width) * unit
            begin = observed.line_width * unit if bond.kind in ("wedge", "hash") else half
            mark_band(known_HW, ends, half, begin)
    side_P2 = paper.side_P2 / unit
    # letters may be small beside their bonds
    letter = min(settings.letter, LOW * min(observed.capital, observed.letter_height) / unit)
    like_P = (side_P2.min(axis=1) > letter / 2) & (side_P2.max(axis=1) > letter)
    like_P &= (side_P2.max(axis=1) < settings.largest_letter) & (paper.share_P(known_HW) < 0.3)
    like_P &= paper.share_P(observed.explained_HW) >= 1.0 - settings.unexplained
    like_P[0] = False
    like_P &= ~_beside_counts(inspection)
    return [
        number
        for number in np.flatnonzero(like_P).tolist()
        if _like_a_letter(
            paper.piece_HW == number, settings.broad * observed.line_width * unit + EDGE
        )
    ]


def _beside_counts(inspection: Inspection) -> np.ndarray:
    """Which components may be the small digit of a label that has one and is read a second time
    anyway: lower than a capital and close to the label's box."""
    paper, observed = inspection.paper, inspection.observed
    beside_P = np.zeros(len(paper.area_P), bool)
    edge = 0.3 * observed.capital
    for number, (left, top, right, bottom) in observed.boxes.items():
        if any(letter.isdigit() for letter in inspection.graph.atoms[number].text):
            box_P4 = paper.box_P4
            beside_P |= (
                (box_P4[:, 0] < right + edge)
                & (box_P4[:, 2] > left - edge)
                & (box_P4[:, 1] < bottom + edge)
                & (box_P4[:, 3] > top - edge)
            )
    return beside_P & (paper.side_P2[:, 1] < 0.9 * observed.capital)


def _like_a_letter(component_HW: np.ndarray, least: float) -> bool:
    """Whether a component is too broad for a bit of a bond, and not much longer than broad, by the
    rectangle that has its moments; ``least``: pixels."""
    places = np.argwhere(component_HW).astype(float)
    if len(places) < 3:
        return False
    low, high = np.sqrt(np.maximum(12.0 * np.linalg.eigvalsh(np.cov(places.T)) + 1.0, 1.0))
    return bool(low > least and high < LONG * low)


def _frame(inspection: Inspection) -> np.ndarray:
    """The box of all atoms and labels (4,), on the paper."""
    spots = np.array([(atom.x, atom.y) for atom in inspection.graph.atoms])
    boxes = np.array([*inspection.observed.boxes.values()]).reshape(-1, 4)
    low = np.vstack([spots, boxes[:, :2]]).min(axis=0)
    return np.concatenate([low, np.vstack([spots, boxes[:, 2:]]).max(axis=0)])


def _away(numbers: np.ndarray, inspection: Inspection) -> np.ndarray:
    """How far some components lie outside the drawing's frame, in bonds."""
    frame, boxes = _frame(inspection), inspection.paper.box_P4[numbers]
    outside = np.maximum(boxes[:, :2] - frame[2:], frame[:2] - boxes[:, 2:])
    return np.asarray(np.maximum(outside, 0.0).max(axis=1) / inspection.unit)


def _foreground(
    inspection: Inspection, settings: VerificationSettings, explained_boxes: Sequence[Box]
) -> Iterator[Objection]:
    """Parts of components, and whole ones in the drawing's frame or smaller than letters beside
    it, that the graph does not explain."""
    paper, observed = inspection.paper, inspection.observed
    worth = observed.line_width * inspection.unit**2
    for blob in observed.blobs:
        if blob.amount <= settings.left_over or _mostly_explained(blob.box, inspection, settings):
            continue
        middle = (blob.box[0] + blob.box[2]) / 2, (blob.box[1] + blob.box[3]) / 2
        if not _in_boxes(np.array([middle]), inspection, explained_boxes)[0]:
            detail = f"{blob.amount:.2f} bonds' worth"
            yield Objection("unexplained foreground", _native(blob.box, inspection), detail)
    for number in _letters_on_bonds(inspection, settings):
        letter = _native(paper.box_P4[number], inspection)
        yield Objection("unexplained foreground", letter, "a letter where bonds are")
    numbers = _elsewhere(_loose(inspection, settings), inspection, explained_boxes)
    away = _away(numbers, inspection)
    small = paper.side_P2[numbers][:, 1] < settings.letter * inspection.unit
    numbers = numbers[(away == 0.0) | (small & (away < settings.max_distance))]
    amount = float(paper.area_P[numbers].sum()) / worth
    if amount > settings.loose:
        box = _around(paper.box_P4[numbers])
        detail = f"{amount:.2f} bonds' worth in {len(numbers)} components"
        yield Objection("unexplained foreground", _native(box, inspection), detail)


def _around(boxes: np.ndarray) -> np.ndarray:
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _text_beside(
    inspection: Inspection, settings: VerificationSettings, explained_boxes: Sequence[Box]
) -> Box | None:
    """The box, in the picture's pixels, of components as high as letters outside the drawing's
    frame; None where there are none."""
    paper, unit = inspection.paper, inspection.unit
    numbers = _elsewhere(_loose(inspection, settings), inspection, explained_boxes)
    away = _away(numbers, inspection)
    high = paper.side_P2[numbers][:, 1] >= settings.letter * unit
    numbers = numbers[(away > 0.0) & (away < settings.beside) & high]
    return _native(_around(paper.box_P4[numbers]), inspection) if len(numbers) else None
