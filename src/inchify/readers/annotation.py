"""Pseudo-annotation of atoms and bonds in pictures whose molecule is known, by a graph reader.

Where one of its candidates is the true molecule, the candidate's drawn graph is the annotation.
Else the best candidate's is, corrected where the truth says how, and boxes cover what remains
unknown (after AtomLenz, Oldenhof et al. 2024, which learned from structures alone).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from statistics import median

import numpy as np

from inchify.chemistry.common_substructure import CommonStructure, common_structure
from inchify.chemistry.inchi import without_stereo
from inchify.data.annotated_pictures import Agreement, AnnotatedPicture
from inchify.readers.graph import GraphReader
from inchify.readers.views.view import View
from inchify.types import Box, Candidate, GraphAtom, MoleculeGraph

VIEWS = (View(n_best=8), View(scale=1.12, n_best=8), View(scale=0.9, n_best=8))
# A candidate more nats than this below the first is not evidence of the truth: it differs from the
# picture.
MOST_DOUBT = 3.0
# Half the side of an ignored box around a bond's middle, around an atom that is not the truth's,
# and around one beside which something was not read; in bond lengths.
BOND_SIDE, ATOM_SIDE, MISSING_SIDE = 0.3, 0.7, 1.3
# Largest distance in pixels of an atom and its point in the molfile.
SAME_PLACE = 0.5
# Least share of the read atoms, and least number of atoms, that a partial annotation shares.
LEAST_SHARED, LEAST_ATOMS = 0.7, 5
STEREO_KINDS = ("wedge", "hash", "wavy", "bold", "crossed")


def annotate(reader: GraphReader, image_id: str, gray: np.ndarray, inchi: str) -> AnnotatedPicture:
    """Place a picture's true molecule in it.

    Args:
        reader: Reads the graphs; it should refuse nothing.
        image_id: The picture's id.
        gray: The picture, uint8 (H, W), paper white.
        inchi: The molecule that it shows.

    Returns:
        The annotation; ``agreement`` is "none" where too little could be placed.
    """
    candidates: list[Candidate] = []
    for view in VIEWS:
        view_candidates = reader.candidates(gray, view)
        for candidate in view_candidates:
            likely = candidate.score > view_candidates[0].score - MOST_DOUBT
            if candidate.text == inchi and likely and candidate.graph is not None:
                return _annotation(image_id, inchi, candidate.graph, "whole")
        candidates += view_candidates
    skeleton = without_stereo(inchi)
    for candidate in candidates:
        if candidate.graph is not None and without_stereo(candidate.text) == skeleton:
            boxes = _stereo_boxes(candidate.graph)
            return _annotation(image_id, inchi, candidate.graph, "without stereo", boxes)
    return _partial(reader, image_id, gray, inchi)


def _partial(reader: GraphReader, image_id: str, gray: np.ndarray, inchi: str) -> AnnotatedPicture:
    """The annotation of what the first reading shares with the truth."""
    prediction = reader.read_gray(image_id, gray)
    nothing = AnnotatedPicture(image_id, inchi)
    if not prediction.molfile or not prediction.candidates:
        return nothing
    drawn = prediction.candidates[0].graph
    common = common_structure(prediction.molfile, inchi)
    if drawn is None or len(common.atoms) < LEAST_ATOMS:
        return nothing
    places = molfile_places(prediction.molfile, drawn)
    if len(common.atoms) < LEAST_SHARED * max(len(places), 1):
        return nothing
    graph, boxes = corrected(drawn, common, places)
    return _annotation(image_id, inchi, graph, "partial", boxes)


def corrected(
    drawn: MoleculeGraph, common: CommonStructure, places: dict[int, int]
) -> tuple[MoleculeGraph, list[Box]]:
    """Correct a drawn graph by the true elements, and box what remains unknown.

    Args:
        drawn: The graph that was read, in pixels.
        common: The substructure that it shares with the truth.
        places: The molfile's atom of each place in ``drawn``.

    Returns:
        The graph and the boxes of unknown regions, in pixels.
    """
    bond = bond_length(drawn)
    atoms, boxes = list(drawn.atoms), []
    others = dict(common.other_elements)
    for place, atom in enumerate(drawn.atoms):
        number = places.get(place)
        if number is None:
            continue  # a label of letters, or a species beside the drawing
        if number in others:
            symbol = others[number]
            atoms[place] = replace(atom, symbol=symbol, text=symbol)
        elif number not in common.atoms or (number in common.other_hydrogens and atom.text):
            boxes.append(_box(atom, ATOM_SIDE * bond))
        if number in common.missing:
            boxes.append(_box(atom, MISSING_SIDE * bond))
    for edge in drawn.bonds:
        ends = sorted(places.get(place, -1) for place in (edge.begin, edge.end))
        if edge.kind in STEREO_KINDS or tuple(ends) in common.doubtful:
            boxes.append(_middle_box(drawn, edge.begin, edge.end, bond))
    return MoleculeGraph(tuple(atoms), drawn.bonds), boxes


def molfile_places(molfile: str, drawn: MoleculeGraph) -> dict[int, int]:
    """Match a molfile's atoms with those of a drawn graph by their coordinates.

    Args:
        molfile: The molecule in pixels, y up.
        drawn: The graph in pixels, y down.

    Returns:
        The number of the heavy atom (from 0) for each place of the graph that has one.
    """
    from inchify.chemistry.molfiles import heavy_atom_points

    points_P2 = heavy_atom_points(molfile)
    place_of = {}
    for place, atom in enumerate(drawn.atoms):
        if len(points_P2):
            away_P = np.hypot(points_P2[:, 0] - atom.x, -points_P2[:, 1] - atom.y)
            if away_P.min() < SAME_PLACE:
                place_of[place] = int(away_P.argmin())
    return place_of


def bond_length(graph: MoleculeGraph) -> float:
    """The usual length of a graph's bonds in pixels, 0 without any."""
    lengths = [
        float(
            np.hypot(
                graph.atoms[b.begin].x - graph.atoms[b.end].x,
                graph.atoms[b.begin].y - graph.atoms[b.end].y,
            )
        )
        for b in graph.bonds
    ]
    return median(lengths) if lengths else 0.0


def _stereo_boxes(graph: MoleculeGraph) -> list[Box]:
    """Boxes on all bonds that may carry stereo information: stereo bonds, and single bonds at atoms
    with three neighbors or more."""
    degree = [0] * len(graph.atoms)
    for bond in graph.bonds:
        degree[bond.begin] += 1
        degree[bond.end] += 1
    length = bond_length(graph)
    return [
        _middle_box(graph, bond.begin, bond.end, length)
        for bond in graph.bonds
        if bond.kind in STEREO_KINDS
        or (bond.kind == "single" and max(degree[bond.begin], degree[bond.end]) > 2)
    ]


def _annotation(
    image_id: str, inchi: str, graph: MoleculeGraph, agreement: Agreement, boxes: Iterable[Box] = ()
) -> AnnotatedPicture:
    clean = MoleculeGraph(
        tuple(replace(atom, confidence=1.0) for atom in graph.atoms),
        tuple(replace(bond, confidence=1.0) for bond in graph.bonds),
    )
    return AnnotatedPicture(
        image_id,
        inchi,
        agreement if graph.bonds else "none",
        clean,
        tuple(boxes),
        bond_length(graph),
    )


def _box(atom: GraphAtom, half: float) -> Box:
    return atom.x - half, atom.y - half, atom.x + half, atom.y + half


def _middle_box(graph: MoleculeGraph, begin: int, end: int, bond: float) -> Box:
    first, second = graph.atoms[begin], graph.atoms[end]
    x, y, half = (first.x + second.x) / 2, (first.y + second.y) / 2, BOND_SIDE * bond
    return x - half, y - half, x + half, y + half
