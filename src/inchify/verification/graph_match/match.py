"""Comparison of a graph with a picture: the graph redrawn in its own places with the picture's line
width and letters, and the foreground that it leaves unexplained.

The test runs both ways: every bond, label and bare corner is compared with the picture, and so is
the foreground that they leave over. The worst single place decides. It is made for any style of
drawing; letters must be upright (rotate a picture that lies, and its graph, first). Labels of
several atoms must be unexpanded: symbol "" and their text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import numpy as np

from inchify.chemistry.molecule_expansion import usual_bond
from inchify.data.strokes.dashed import dashed_strokes
from inchify.types import MoleculeGraph
from inchify.verification.graph_match.binarized import Box, Paper
from inchify.verification.graph_match.features import CAPITAL, LETTER_NEAR, Measured, measured
from inchify.verification.graph_match.likelihood import (
    bond_chances,
    chance_of,
    corner_features,
    ink_features,
    label_chance,
    whole_features,
)
from inchify.verification.objections.possible_centers import has_twins, possible_centers

MismatchKind = Literal["bond", "label", "corner", "unexplained ink"]

# Pixels of a bond where a graph has neither bonds nor labels.
UNIT = 30.0
# An NH that is less like its text than this is taken for a bare N where that is more like it by
# ``LIKER`` and leaves no more foreground (in bonds' worth) over.
UNLIKE, LIKER, FOREGROUND = 0.75, 0.15, 0.05


@dataclass(frozen=True, kw_only=True)
class GraphMatchSettings:
    """``least``: places are named as objections where the chance that they are right is below this;
    ``explained``: a graph explains the picture when its whole chance is above this."""

    least: float = 0.5
    explained: float = 0.5

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"'{name}' is {value}; it must be between 0 and 1")


class Inspection(NamedTuple):
    """What was measured of a graph: the picture's ``paper``, and the ``graph`` and the length of
    its bonds (``unit``) in the paper's pixels."""

    paper: Paper
    graph: MoleculeGraph
    unit: float
    observed: Measured


@dataclass(frozen=True)
class Mismatch:
    """A place that speaks against the graph: its box in pixels, the chance that it is as the graph
    says and, for unexplained foreground, its ``amount`` in bonds' worth of foreground. ``atoms``
    and ``bonds`` are numbers in the graph."""

    kind: MismatchKind
    box: Box
    chance: float
    amount: float = 0.0
    atoms: tuple[int, ...] = ()
    bonds: tuple[int, ...] = ()


@dataclass(frozen=True)
class GraphMatch:
    """``explained``: the share of the foreground that the graph explains; ``supported``: the share
    of the bonds' length that has foreground. ``bonds`` and ``labels``: for each the chance that it
    is as the picture shows (labels in the order of ``labelled``, their atoms); ``ink`` and
    ``corners``: that no foreground and no bare corner speaks against the graph. ``far``: connected
    components farther off (clutter, or another molecule). ``line_width`` and ``letter_height`` in
    pixels. ``chance``: of the whole, as fitted on drawings; ``doubts``: the worst first."""

    explained: float = 0.0
    supported: float = 0.0
    bonds: tuple[float, ...] = ()
    labels: tuple[float, ...] = ()
    labelled: tuple[int, ...] = ()
    ink: float = 0.0
    corners: float = 0.0
    far: int = 0
    line_width: float = 0.0
    letter_height: float = 0.0
    chance: float = 0.0
    explains: bool = False
    doubts: tuple[Mismatch, ...] = field(default=(), repr=False)

    @property
    def weakest(self) -> float:
        """The probability of the worst single place."""
        return min((*self.bonds, *self.labels, self.ink, self.corners))

    def features(self) -> dict[str, float]:
        """What a verifier may weigh, each the larger the better."""
        parts = self.bonds, self.labels, max(self.ink, 1e-6), max(self.corners, 1e-6)
        return whole_features(*parts, self.supported)


def match_graph(
    intensity_HW: np.ndarray, graph: MoleculeGraph, settings: GraphMatchSettings | None = None
) -> GraphMatch:
    """Compare a graph with a picture.

    Args:
        intensity_HW: uint8, 255 full foreground (``data.pictures.scaling.intensity_of_gray``).
        graph: The graph in the picture's pixels.
        settings: When it explains the picture.

    Returns:
        The match; a graph without atoms explains nothing.

    Raises:
        ValueError: For foreground of another type or shape.
    """
    inspection = inspected(intensity_HW, graph)
    return GraphMatch() if inspection is None else assessed(inspection, settings)


def inspected(intensity_HW: np.ndarray, graph: MoleculeGraph) -> Inspection | None:
    """Measure a graph on a picture.

    Args:
        intensity_HW: uint8, 255 full foreground, at the picture's full resolution.
        graph: The graph in the picture's pixels.

    Returns:
        The measurements, or None where there is no foreground or no atom.

    Raises:
        ValueError: For foreground of another type or shape.
    """
    unit = usual_bond(graph) or _unit_of_letters(graph)
    paper = Paper.of(intensity_HW, unit)
    if not graph.atoms or len(paper.area_P) < 2:
        return None
    unit *= paper.scale
    placed = graph.moved(paper.scale)
    inspection = Inspection(paper, placed, unit, measured(paper, placed, unit))
    return _with_bare_nitrogens(inspection)


def _with_bare_nitrogens(inspection: Inspection) -> Inspection:
    """The same with N for each NH between two bonds that has no H in the picture: some leave it
    out, and readers write what must be there."""
    paper, graph, unit, observed = inspection
    bare = {
        observation.atom: observation.fit.like
        for observation in observed.observations
        if (atom := graph.atoms[observation.atom]).symbol == "N"
        and (atom.hydrogens, atom.charge, atom.isotope) == (1, 0, 0)
        and observation.fit.like < UNLIKE
        and sum(observation.atom in (bond.begin, bond.end) for bond in graph.bonds) == 2
    }
    if not bare:
        return inspection
    atoms = tuple(
        replace(atom, text="N", hydrogens=0) if number in bare else atom
        for number, atom in enumerate(graph.atoms)
    )
    other = MoleculeGraph(atoms, graph.bonds)
    again = measured(paper, other, unit)
    more = sum(blob.amount for blob in again.blobs) - sum(blob.amount for blob in observed.blobs)
    likes = {
        observation.atom: observation.fit.like
        for observation in again.observations
        if observation.atom in bare
    }
    if more > FOREGROUND or any(likes[number] < like + LIKER for number, like in bare.items()):
        return inspection
    return Inspection(paper, other, unit, again)


def _unit_of_letters(graph: MoleculeGraph) -> float:
    """Pixels of a bond in a graph without bonds, by its labels' boxes."""
    heights = [atom.box[3] - atom.box[1] for atom in graph.atoms if atom.box is not None]
    return max(float(np.median(heights)) / CAPITAL, 1.0) if heights else UNIT


def dashed_bonds(inspection: Inspection) -> np.ndarray:
    """Find evenly dashed bonds among the single and hashed ones.

    Args:
        inspection: The graph as it was measured on the picture.

    Returns:
        Which bonds are evenly dashed, bool (B,).
    """
    paper, graph, unit, observed = inspection
    dashed_B = np.array([bond.kind in ("hash", "single") for bond in graph.bonds], bool)
    if dashed_B.any():
        dashed_B[dashed_B] = dashed_strokes(paper.intensity_HW, observed.ends_B4[dashed_B], unit)
    return dashed_B


def marking_dashes(inspection: Inspection) -> np.ndarray:
    """Find evenly dashed bonds whose dashes mean a hashed bond.

    Args:
        inspection: The graph as it was measured on the picture.

    Returns:
        Which bonds are evenly dashed and either hashed in the graph or at a possible center that
        nothing marks, bool (B,).
    """
    graph, center_A = inspection.graph, possible_centers(inspection.graph)
    marking_B = dashed_bonds(inspection)
    for number in np.flatnonzero(marking_B).tolist():
        bond = graph.bonds[number]
        ends = [place for place in (bond.begin, bond.end) if center_A[place]]
        marks = any(not has_twins(graph, place) for place in ends)
        marking_B[number] = bond.kind == "hash" or marks
    return marking_B


def assessed(inspection: Inspection, settings: GraphMatchSettings | None = None) -> GraphMatch:
    """Convert the measurements of a graph to probabilities.

    Args:
        inspection: The graph as it was measured on the picture.
        settings: When it explains the picture, and which places are doubtful.

    Returns:
        The match.
    """
    paper, graph, unit, observed = inspection
    scale = paper.scale
    settings = settings or GraphMatchSettings()
    bonds = bond_chances(observed.features_BX, graph.bonds, marking_dashes(inspection)).tolist()
    labels = [label_chance(s, graph.atoms[s.atom], observed.capital) for s in observed.observations]
    extent = max((blob.extent for blob in observed.blobs), default=0.0)
    ink = chance_of("ink", ink_features([blob.amount for blob in observed.blobs], extent))
    corners = chance_of("corners", corner_features(observed.reached[0], observed.lettered[0]))
    chance = chance_of("whole", whole_features(bonds, labels, ink, corners, observed.cover))
    places = (
        *_doubtful_parts(observed, graph, bonds, labels, LETTER_NEAR * unit),
        *_doubtful_rest(observed, graph, corners, LETTER_NEAR * unit),
    )
    return GraphMatch(
        explained=observed.explained,
        supported=observed.cover,
        bonds=tuple(bonds),
        labels=tuple(labels),
        labelled=tuple(observation.atom for observation in observed.observations),
        ink=ink,
        corners=corners,
        far=observed.far,
        line_width=observed.line_width * unit / scale,
        letter_height=observed.letter_height / scale,
        chance=chance,
        explains=chance > settings.explained,
        doubts=tuple(
            replace(mismatch, box=_enlarged(mismatch.box, 1 / scale))
            for mismatch in sorted(places, key=lambda mismatch: mismatch.chance)
            if mismatch.chance < settings.least
        ),
    )


def _doubtful_parts(
    observed: Measured,
    graph: MoleculeGraph,
    bonds: Sequence[float],
    labels: Sequence[float],
    edge: float,
) -> Iterator[Mismatch]:
    """Every bond and label as if it were doubtful."""
    for number, (bond, chance) in enumerate(zip(graph.bonds, bonds, strict=True)):
        ends = (bond.begin, bond.end)
        yield Mismatch("bond", _frame(graph, ends, edge), chance, atoms=ends, bonds=(number,))
    for observation, chance in zip(observed.observations, labels, strict=True):
        yield Mismatch("label", observed.boxes[observation.atom], chance, atoms=(observation.atom,))


def _doubtful_rest(
    observed: Measured, graph: MoleculeGraph, corners: float, edge: float
) -> Iterator[Mismatch]:
    """The worst bare corner and all foreground that is left over."""
    place = observed.lettered[1] if observed.lettered[1] >= 0 else observed.reached[1]
    if place >= 0:
        yield Mismatch("corner", _frame(graph, (place,), edge), corners, atoms=(place,))
    for blob in observed.blobs:
        alone = chance_of("ink", ink_features([blob.amount], blob.extent))
        atoms = _nearest(graph, blob.box)
        yield Mismatch("unexplained ink", blob.box, alone, amount=blob.amount, atoms=atoms)


def _enlarged(box: Box, scale: float) -> Box:
    left, top, right, bottom = (float(side * scale) for side in box)
    return left, top, right, bottom


def _nearest(graph: MoleculeGraph, box: Box) -> tuple[int, ...]:
    """The atom that is nearest to a box's middle."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    away = [np.hypot(atom.x - x, atom.y - y) for atom in graph.atoms]
    return (int(np.argmin(away)),)


def _frame(graph: MoleculeGraph, atoms: tuple[int, ...], edge: float) -> Box:
    """A box around some atoms."""
    x = [graph.atoms[number].x for number in atoms]
    y = [graph.atoms[number].y for number in atoms]
    return min(x) - edge, min(y) - edge, max(x) + edge, max(y) + edge
