"""Examples that the redrawing's chances are fitted on: the measures of all parts of right and of
spoiled graphs, from drawings with their true graphs and from real pictures with readers' graphs.

Shape letters: N examples, X measures.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from inchify.chemistry.normalization import examine
from inchify.data.degrade import DegradeSettings, degrade
from inchify.data.pictures.preparation import PictureError, read_picture
from inchify.data.pictures.scaling import intensity_of_gray
from inchify.readers.graph import GraphReader
from inchify.readers.views.view import View
from inchify.rendering.indigo import DrawingError
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.synthetic.molecules.special import sample_molecule
from inchify.synthetic.rare_kinds import KindSettings
from inchify.synthetic.style_mix import StyleMix, draw_molecule, pick_style
from inchify.types import GraphAtom, GraphBond, MoleculeGraph
from inchify.verification.graph_match.bond_profiles import DRAWN
from inchify.verification.graph_match.likelihood import (
    NONE,
    corner_features,
    ink_features,
    label_features,
)
from inchify.verification.graph_match.match import Inspection, dashed_bonds, inspected

# Shares of the styles of drawings, of those with groups as labels, and of degraded ones; of kinds
# those that leave nothing in the picture which the graph does not hold.
STYLES = StyleMix(
    own=0.55,
    competition=0.0,
    rdkit=0.25,
    indigo=0.2,
    kinds=KindSettings(
        print_faces=0.55,
        patent_applications=0.15,
        drug_drawings=0.15,
        chemdraw_exports=0.1,
        bare_hetero_atoms=0.05,
        stacked_labels=0.08,
        fine_hashes=0.08,
        small_letters=0.05,
        thin_lines=0.04,
        crowded_groups=0.05,
    ),
)
CONTRACTED, DEGRADED = 0.3, 0.6
# Candidates of each real picture, and bonds that are not there for each one that is.
CANDIDATES, FALSE_BONDS = 3, 0.15
# What a spoiled label says instead, by its symbol: such as it is taken for.
TAKEN_FOR = {"N": "OHS", "O": "NSC", "S": "ON", "F": "P", "Cl": "CF", "Br": "B", "I": "F"}


@dataclass
class Parts:
    """Measures of parts, and whether each is as its graph says: ``bonds`` with the kind that is
    drawn, ``whole`` with the inspection of the complete graph."""

    bonds: list[tuple[np.ndarray, str]] = field(default_factory=list)
    labels: list[tuple[dict[str, float], bool]] = field(default_factory=list)
    no_foreground: list[bool] = field(default_factory=list)
    ink: list[tuple[dict[str, float], bool]] = field(default_factory=list)
    corners: list[tuple[dict[str, float], bool]] = field(default_factory=list)
    whole: list[tuple[Inspection, bool]] = field(default_factory=list)

    def extend(self, other: Parts) -> None:
        """Append all examples of ``other``."""
        for name, examples in vars(self).items():
            examples.extend(getattr(other, name))


def drawn_parts(library: MoleculeLibrary, count: int, seed: int) -> Parts:
    """Draw molecules and measure the parts of their true and spoiled graphs.

    Args:
        library: The molecules to draw.
        count: Number of drawings.
        seed: Decides molecules, styles and changes.

    Returns:
        The examples of all drawings.
    """
    parts = Parts()
    for number in range(count):
        generator = np.random.default_rng([seed, number])
        ink, graph = _drawing(library, generator)
        parts.extend(parts_of(ink, graph, generator))
    return parts


def _drawing(
    library: MoleculeLibrary, generator: np.random.Generator
) -> tuple[np.ndarray, MoleculeGraph]:
    """Foreground with its true graph; what cannot be drawn is redrawn."""
    while True:
        kinds = STYLES.kinds.chosen(generator)
        smiles = sample_molecule(library, kinds, generator)
        style = pick_style(STYLES, generator)
        try:
            drawn = draw_molecule(smiles, style, generator, contracted=CONTRACTED, kinds=kinds)
        except DrawingError:
            continue
        except Exception:  # RDKit raises many kinds, all about this molecule
            continue
        ink = drawn.intensity
        if generator.random() < DEGRADED:
            ink = degrade(ink, drawn.bond_pixels, DegradeSettings(clean=0.0), generator)
        return ink, drawn.graph


def parts_of(ink: np.ndarray, graph: MoleculeGraph, generator: np.random.Generator) -> Parts:
    """Measure the parts of a true graph and of graphs spoiled from it.

    Args:
        ink: Foreground intensity, uint8 (H, W).
        graph: The graph that the picture shows, in pixels.
        generator: Decides the changes.

    Returns:
        The examples; empty where the picture has no foreground or the graph no atom.
    """
    parts = Parts()
    right = inspected(ink, graph)
    if right is None:
        return parts
    _add_bonds(parts, right)
    _add_labels(parts, right, set())
    _add_rest(parts, right, correct_foreground=True, right_corners=True)
    parts.whole.append((right, True))
    spoiled = with_reversed_bonds(graph, generator)
    if (inspection := inspected(ink, spoiled[0])) is not None:
        for place in spoiled[1]:
            kind = _kind(spoiled[0].bonds[place])
            kind = f"{kind} back" if kind in ("wedge", "hash") else kind
            parts.bonds.append((inspection.observed.features_BX[place], kind))
        parts.whole.append((inspection, not spoiled[1]))
    for change in (with_false_bonds, with_other_labels, without_a_bond, without_a_label):
        changed, places = change(graph, generator)
        inspection = inspected(ink, changed) if places else None
        if inspection is None:
            continue
        parts.whole.append((inspection, False))
        if change is with_false_bonds:
            parts.bonds += [(inspection.observed.features_BX[place], NONE) for place in places]
        elif change is with_other_labels:
            _add_labels(parts, inspection, set(places))
        else:
            _add_rest(
                parts,
                inspection,
                correct_foreground=False if change is without_a_bond else None,
                right_corners=False if change is without_a_label else None,
            )
    return parts


def _kind(bond: GraphBond) -> str:
    return bond.kind if bond.kind in DRAWN else "double" if bond.kind == "crossed" else "single"


def _add_bonds(parts: Parts, inspection: Inspection) -> None:
    """Append the bonds of a right graph except those drawn as dashes of one width, which the table
    takes for plain bonds (``marking_dashes``)."""
    observed = inspection.observed.features_BX
    rows = zip(observed, inspection.graph.bonds, dashed_bonds(inspection), strict=True)
    parts.bonds += [(measures, _kind(bond)) for measures, bond, dashed in rows if not dashed]


def _add_labels(parts: Parts, inspection: Inspection, wrong: set[int]) -> None:
    """Append the labels of a graph; with ``wrong`` atoms only the labels of these, as wrong."""
    for observation in inspection.observed.observations:
        right = observation.atom not in wrong
        if wrong and right:
            continue
        if observation.fit.like <= 0:
            parts.no_foreground.append(right)
            continue
        atom = inspection.graph.atoms[observation.atom]
        parts.labels.append((label_features(observation, atom, inspection.observed.capital), right))


def _add_rest(
    parts: Parts,
    inspection: Inspection,
    *,
    correct_foreground: bool | None,
    right_corners: bool | None,
) -> None:
    measured = inspection.observed
    if correct_foreground is not None:
        extent = max((blob.extent for blob in measured.blobs), default=0.0)
        amounts = [blob.amount for blob in measured.blobs]
        parts.ink.append((ink_features(amounts, extent), correct_foreground))
    if right_corners is not None:
        features = corner_features(measured.reached[0], measured.lettered[0])
        parts.corners.append((features, right_corners))


Changed = tuple[MoleculeGraph, list[int]]


def with_reversed_bonds(graph: MoleculeGraph, generator: np.random.Generator) -> Changed:
    """Reverse every wedge and hash.

    Args:
        graph: A true graph.
        generator: Not used; the signature is that of the other changes.

    Returns:
        The changed graph and the numbers of the changed bonds.
    """
    places = [n for n, bond in enumerate(graph.bonds) if bond.kind in ("wedge", "hash")]
    bonds = list(graph.bonds)
    for place in places:
        bonds[place] = replace(bonds[place], begin=bonds[place].end, end=bonds[place].begin)
    return MoleculeGraph(graph.atoms, tuple(bonds)), places


def with_false_bonds(graph: MoleculeGraph, generator: np.random.Generator) -> Changed:
    """Add single bonds between close atoms that have none (0.6 to 1.9 bond lengths apart).

    Args:
        graph: A true graph.
        generator: Decides which.

    Returns:
        The changed graph and the numbers of the new bonds; no new bond in a graph without bonds.
    """
    xy = np.array([(atom.x, atom.y) for atom in graph.atoms])
    lengths = [np.hypot(*(xy[bond.begin] - xy[bond.end])) for bond in graph.bonds]
    if not lengths:
        return graph, []
    known = {frozenset((bond.begin, bond.end)) for bond in graph.bonds}
    away = np.hypot(*(xy[:, None] - xy[None]).T) / np.median(lengths)
    close_pairs = np.argwhere(np.triu((away > 0.6) & (away < 1.9)))
    pairs = [(int(a), int(b)) for a, b in close_pairs if frozenset((int(a), int(b))) not in known]
    count = min(len(pairs), 1 + int(FALSE_BONDS * len(graph.bonds)))
    picked = generator.permutation(len(pairs))[:count]
    more = tuple(GraphBond(*pairs[int(place)], "single") for place in picked)
    places = list(range(len(graph.bonds), len(graph.bonds) + len(more)))
    return MoleculeGraph(graph.atoms, (*graph.bonds, *more)), places


def with_other_labels(graph: MoleculeGraph, generator: np.random.Generator) -> Changed:
    """Replace symbols by those they are taken for, or change their number of hydrogens.

    Args:
        graph: A true graph.
        generator: Decides the changes.

    Returns:
        The changed graph and the numbers of the changed atoms.
    """
    atoms, places = list(graph.atoms), []
    for place, atom in enumerate(atoms):
        if not atom.symbol or not atom.text:
            continue
        if atom.hydrogens and generator.random() < 0.4:
            atoms[place] = replace(atom, hydrogens=atom.hydrogens % 3 + 1)
        elif options := TAKEN_FOR.get(atom.symbol, "NO"):
            symbol = options[int(generator.integers(len(options)))]
            atoms[place] = replace(atom, symbol=symbol)
        if atoms[place] != atom:
            places.append(place)
    return MoleculeGraph(tuple(atoms), graph.bonds), places


def without_a_bond(graph: MoleculeGraph, generator: np.random.Generator) -> Changed:
    """Remove a random bond.

    Args:
        graph: A true graph.
        generator: Decides which.

    Returns:
        The changed graph and the number of the removed bond in ``graph``; none in a graph without
        bonds.
    """
    if not graph.bonds:
        return graph, []
    place = int(generator.integers(len(graph.bonds)))
    bonds = graph.bonds[:place] + graph.bonds[place + 1 :]
    return MoleculeGraph(graph.atoms, bonds), [place]


def without_a_label(graph: MoleculeGraph, generator: np.random.Generator) -> Changed:
    """Replace a random labeled atom by a bare corner.

    Args:
        graph: A true graph.
        generator: Decides which.

    Returns:
        The changed graph and the number of the atom; none in a graph without labels.
    """
    labelled = [place for place, atom in enumerate(graph.atoms) if atom.text]
    if not labelled:
        return graph, []
    place = labelled[int(generator.integers(len(labelled)))]
    atom = graph.atoms[place]
    atoms = list(graph.atoms)
    atoms[place] = GraphAtom(atom.x, atom.y)
    return MoleculeGraph(tuple(atoms), graph.bonds), [place]


def real_parts(folders: Sequence[Path], reader: GraphReader) -> Parts:
    """Measure the graphs that a reader proposes for real pictures.

    Args:
        folders: Folders with pictures and ``labels.csv`` (image_id, InChI).
        reader: Proposes up to ``CANDIDATES`` graphs for each picture.

    Returns:
        The proposed graphs with whether their InChI is right, and all parts of the right ones.
        Unreadable pictures are skipped.
    """
    parts = Parts()
    for path, truth in _listed(folders):
        try:
            gray = read_picture(path)
        except PictureError:
            continue
        ink = intensity_of_gray(gray)
        for candidate in reader.candidates(gray, View(n_best=CANDIDATES)):
            if candidate.graph is None or (inspection := inspected(ink, candidate.graph)) is None:
                continue
            (known,) = examine([candidate.text])
            right = known.valid and known.inchi == truth
            parts.whole.append((inspection, right))
            if right:
                _add_bonds(parts, inspection)
                _add_labels(parts, inspection, set())
                _add_rest(parts, inspection, correct_foreground=True, right_corners=True)
    return parts


def _listed(folders: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    for folder in folders:
        with (folder / "labels.csv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                yield folder / f"{row['image_id']}.png", row["InChI"]
