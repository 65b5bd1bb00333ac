"""Depiction of a molecule in a given style, with the graph that it shows, in bond lengths."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inchify.rendering.depictor.bond_kinds import bonds_to_draw
from inchify.rendering.depictor.bonds import BondDrawer, BondToDraw, crossing_cuts
from inchify.rendering.depictor.chemistry import drawn_inchi, prepared, written_atoms
from inchify.rendering.depictor.clutter import add_clutter
from inchify.rendering.depictor.glyphs import Box
from inchify.rendering.depictor.haworth import check_reading, sugar_ring
from inchify.rendering.depictor.label_placement import place_labels
from inchify.rendering.depictor.labels import Label, Written
from inchify.rendering.depictor.layout import lay_out
from inchify.rendering.depictor.marks import add_marks, watermark
from inchify.rendering.depictor.pen import Pen, Point, shifted
from inchify.rendering.depictor.skeleton import Skeleton, skeleton_of
from inchify.rendering.depictor.style import DrawingStyle
from inchify.rendering.depictor.surroundings import (
    add_contamination,
    add_punctuation,
    add_side_texts,
)
from inchify.rendering.depictor.wording import add_captions, add_sentence_words
from inchify.rendering.indigo import DrawingError
from inchify.rendering.rasterizer import Drawing
from inchify.types import GraphAtom, GraphBond, MoleculeGraph

# A neighbor's drawing has nothing beside it.
ALONE = {
    "clutter": False,
    "side_texts": False,
    "punctuation": False,
    "sentence_words": False,
    "captions": False,
    "contamination": False,
    "marks": frozenset(),
}


@dataclass(frozen=True)
class Depiction:
    """A drawing and its ground truth, both in bond lengths, y down; ``molecule`` is the RDKit
    molecule with the drawn places (y up) as its conformer; ``watermark`` lies under the drawing."""

    drawing: Drawing
    graph: MoleculeGraph
    molecule: Any
    watermark: Drawing | None = None

    def inchi(self) -> str:
        """Standard InChI of what is drawn, "" where it has none."""
        return drawn_inchi(self.molecule)


def depict(molecule: Any, style: DrawingStyle, generator: np.random.Generator) -> Depiction:
    """Draw an RDKit molecule in a given style.

    Returns:
        The drawing and the graph that it shows, in bond lengths, y down.

    Raises:
        DrawingError: Three layouts have overlapping atoms or letters, or the molecule has features
            that cannot be drawn.
    """
    molecule = prepared(molecule, style, generator)
    skeleton = skeleton_of(molecule)
    written = written_atoms(molecule, style, generator)
    # Where there is little space, people choose smaller letters and rotate the drawing.
    calm = replace(style, cap=0.85 * style.cap, letter_space=0.0, jitter=0.0, stretch=0.0)
    calm = replace(calm, bend=0.5 * style.bend)
    last = replace(
        calm, bend=0.0, haworth=False, cap=0.7 * style.cap, rotation=style.rotation + math.pi / 6
    )
    for trial in (style, calm):
        engine = style.coordgen if trial is style else not style.coordgen
        try:
            return depict_once(molecule, skeleton, written, trial, generator, coordgen=engine)
        except DrawingError:
            continue
    return depict_once(molecule, skeleton, written, last, generator, coordgen=style.coordgen)


def depict_once(
    molecule: Any,
    skeleton: Skeleton,
    written: list[Written | None],
    style: DrawingStyle,
    generator: np.random.Generator,
    *,
    coordgen: bool,
) -> Depiction:
    """Draws with one layout engine. Raises DrawingError as ``depict``."""
    if style.wavy_chance or style.crossed_chance:
        # Unknown double bonds are marked in the molecule; another try may choose others.
        molecule = type(molecule)(molecule)
    sugar = sugar_ring(molecule, generator) if style.haworth else None
    places_N2 = lay_out(molecule, skeleton, style, generator, coordgen=coordgen, sugar=sugar)
    places: list[Point] = [(float(x), float(-y)) for x, y in places_N2]
    bonds = bonds_to_draw(molecule, skeleton, written, places, style, generator, sugar)
    labels, boxes = place_labels(skeleton, written, places, style)
    pen = Pen()
    letters: list[tuple[Box, ...]] = []
    for label, place in zip(labels, places, strict=True):
        letters.append(label.boxes_at(*place) if label else ())
    if style.crossing_gap:
        crossing_cuts(bonds, places, style.crossing_gap)
    drawer = BondDrawer(pen, style, places, letters)
    for bond in bonds:
        drawer.draw(bond)
    if style.aromatic == "circle":
        for ring in skeleton.circle_rings():
            draw_circle(pen, [places[atom] for atom in ring], style.line)
    graph = graph_of(written, labels, boxes, bonds, places)
    if sugar is not None:
        check_reading(sugar, graph)
    edges = tuple(
        shifted(label.edges_E4, x, y)
        for label, (x, y) in zip(labels, places, strict=True)
        if label is not None
    )
    drawing = Drawing(pen.strokes_S5(), pen.outlines_E4(), edges)
    if style.marks:
        symbols = [atom.symbol for atom in graph.atoms]
        drawing = add_marks(drawing, skeleton, places, labels, symbols, style, generator)
    drawing = surrounded(drawing, style, generator)
    background = watermark(drawing.box, style, generator) if "watermarks" in style.marks else None
    return Depiction(drawing, graph, molecule, background)


def surrounded(drawing: Drawing, style: DrawingStyle, generator: np.random.Generator) -> Drawing:
    """The drawing with the surroundings that the style asks for."""
    if style.punctuation:
        drawing = add_punctuation(drawing, style, generator)
    if style.sentence_words:
        drawing = add_sentence_words(drawing, style, generator)
    if style.captions:
        drawing = add_captions(drawing, style, generator)
    if style.clutter:
        drawing = add_clutter(drawing, style, generator)
    if style.side_texts:
        drawing = add_side_texts(drawing, style, generator)
    if style.contamination:

        def draw_neighbor(smiles: str, neighbor_style: DrawingStyle) -> Drawing:
            from rdkit import Chem

            alone = replace(neighbor_style, **ALONE)  # type: ignore[arg-type]
            return depict(Chem.MolFromSmiles(smiles), alone, generator).drawing

        drawing = add_contamination(drawing, style, generator, draw_neighbor)
    return drawing


def draw_circle(pen: Pen, corners: list[Point], width: float) -> None:
    """The circle in an aromatic ring."""
    x = sum(corner[0] for corner in corners) / len(corners)
    y = sum(corner[1] for corner in corners) / len(corners)
    radius = 0.6 * sum(math.hypot(a - x, b - y) for a, b in corners) / len(corners)
    angles = [math.pi / 16 * step for step in range(33)]
    pen.curve([(x + radius * math.cos(t), y + radius * math.sin(t)) for t in angles], width)


def graph_of(
    written: list[Written | None],
    labels: list[Label | None],
    boxes: list[Box | None],
    bonds: list[BondToDraw],
    places: list[Point],
) -> MoleculeGraph:
    """The graph of what is drawn."""
    atoms = []
    for atom, label, box, (x, y) in zip(written, labels, boxes, places, strict=True):
        if atom is None or label is None:
            atoms.append(GraphAtom(x, y))
            continue
        x, y = x + label.center[0], y + label.center[1]
        if atom.long:
            atoms.append(GraphAtom(x, y, "", label.text, box=box))
            continue
        hydrogens = None if atom.hidden else atom.hydrogens
        atoms.append(
            GraphAtom(*(x, y, atom.symbol, label.text, atom.charge, hydrogens, atom.isotope, box))
        )
    return MoleculeGraph(
        tuple(atoms), tuple(GraphBond(bond.begin, bond.end, bond.kind) for bond in bonds)
    )
