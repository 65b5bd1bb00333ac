"""Competition-style rendering of an InChI together with the graph that the picture shows.

The graph is read from the very molecule that Indigo laid out and drew; nothing is drawn twice.
Indigo's SVG puts the leftmost atom at x = 0 and the highest at y = 0 of its own frame; a transform,
the same on every stroke, carries that frame to the canvas. Shape letters: E edges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import hypot
from typing import Any

import numpy as np

from inchify.chemistry.molecule_expansion import usual_bond
from inchify.rendering.bms_fonts import replace_typeface
from inchify.rendering.bms_style import (
    FINE_BOND_PIXELS,
    chosen_scale,
    competition_mask,
    fitted_drawing,
    label_edges,
    placement,
)
from inchify.rendering.drawn_picture import DrawnPicture
from inchify.rendering.indigo import DrawingError, render_molecule
from inchify.rendering.rasterizer import Drawing
from inchify.rendering.svg import Letter, SvgShapes, matrix_of, shapes_of_svg
from inchify.types import BondKind, GraphAtom, GraphBond, MoleculeGraph

# A symbol stands with its middle this near its atom, in bond lengths.
NEAR_SYMBOL = 0.12
# The sign of a charge is this small and stands this near its atom, in bond lengths.
SIGN_SIZE, NEAR_SIGN = 0.3, 1.0
# Indigo's numbers for the orders and the marks of a bond.
ORDERS: dict[int, BondKind] = {1: "single", 2: "double", 3: "triple", 4: "aromatic"}
MARKS: dict[int, BondKind] = {4: "wavy", 5: "wedge", 6: "hash"}
HEAVY_HYDROGEN = {2: "D", 3: "T"}

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class LaidAtom:
    """An atom as laid out by Indigo; x and y in bond lengths, y up."""

    symbol: str
    x: float
    y: float
    charge: int
    isotope: int
    hydrogens: int

    @property
    def written(self) -> str:
        """The text of the symbol's label."""
        return HEAVY_HYDROGEN.get(self.isotope, "H") if self.symbol == "H" else self.symbol

    @property
    def may_be_bare(self) -> bool:
        """Whether the atom can be drawn as a corner without text."""
        return self.symbol == "C" and not self.charge and not self.isotope

    @property
    def extra_labels(self) -> int:
        """The number of texts beside the symbol: isotope, H, their number, the charge's number."""
        isotope = self.isotope != 0 and self.written == self.symbol
        return isotope + (self.hydrogens > 0) + (self.hydrogens > 1) + (abs(self.charge) > 1)

    @property
    def text(self) -> str:
        """The complete label, symbol first, whatever side the hydrogens stand on."""
        isotope = str(self.isotope) if self.isotope and self.written == self.symbol else ""
        number = str(self.hydrogens) if self.hydrogens > 1 else ""
        size = str(abs(self.charge)) if abs(self.charge) > 1 else ""
        sign = "" if not self.charge else "+" if self.charge > 0 else "-"
        return f"{isotope}{self.written}{'H' * (self.hydrogens > 0)}{number}{size}{sign}"


def draw_competition_picture(
    inchi: str,
    generator: np.random.Generator,
    *,
    bond_pixels: float | None = None,
    face: str = "",
) -> DrawnPicture:
    """Draw a clean, bilevel picture in the competition's style, with its graph.

    With the same generator the pixels are those of ``draw_competition``.

    Args:
        inchi: The InChI to draw.
        generator: Source of the scale and the sub-pixel shift.
        bond_pixels: Pixels per bond length, one of ``BOND_PIXELS`` at random if None.
        face: Another typeface, of ``bms_fonts.OTHER_FACES``; "" for the competition's.

    Returns:
        The picture and its graph in pixels.

    Raises:
        DrawingError: The InChI cannot be drawn, or the drawing is not understood.
    """
    svg, molecule = render_molecule(inchi, "svg", FINE_BOND_PIXELS)
    shapes = shapes_of_svg(svg)
    if face:
        shapes = replace_typeface(shapes, face)
    drawing = fitted_drawing(shapes)
    graph = graph_of(molecule, svg, shapes, drawing, laid_atoms(molecule))
    bond, offset = chosen_scale(generator, bond_pixels)
    intensity = competition_mask(drawing, bond, offset)
    scale, shift = placement(drawing, bond, offset)
    placed = graph.moved(scale, shift)
    return DrawnPicture(
        intensity.astype(np.uint8) * 255, placed, float(usual_bond(placed) or bond), inchi
    )


def graph_of(
    molecule: Any,
    svg: bytes,
    shapes: SvgShapes,
    drawing: Drawing,
    laid: Sequence[LaidAtom],
    *,
    clutter: bool = False,
    hydrogens: bool = True,
) -> MoleculeGraph:
    """The graph of what Indigo drew, in bond lengths of the drawing. Raises DrawingError.

    ``clutter``: there may be text between the atoms that does not belong to them. ``hydrogens``:
    those that are not atoms are written in labels; where they are not, the valence decides.
    """
    if not hydrogens:
        laid = [replace(atom, hydrogens=0) for atom in laid]
    frame = svg_frame(laid, svg, shapes)
    places = [(atom.x + frame[0], frame[1] - atom.y) for atom in laid]
    signs = sign_boxes(drawing.outlines_E4)
    labels = shared_labels(laid, places, shapes.labels, clutter=clutter)
    atoms = tuple(
        graph_atom(atom, place, shapes.labels, drawing.labels, label, signs)
        for atom, place, label in zip(laid, places, labels, strict=True)
    )
    if not hydrogens:
        atoms = tuple(replace(atom, hydrogens=None) for atom in atoms)
    return MoleculeGraph(atoms, tuple(graph_bonds(molecule)))


def laid_atoms(molecule: Any) -> list[LaidAtom]:
    """Atoms of a laid out Indigo molecule, where Indigo drew them.

    Bridged rings are laid out with bonds of other lengths; the renderer scales their mean to one.

    Args:
        molecule: Indigo molecule with coordinates.

    Returns:
        The atoms in Indigo's order, in bond lengths, y up.
    """
    ends = [(bond.source().xyz(), bond.destination().xyz()) for bond in molecule.iterateBonds()]
    mean = sum(hypot(a[0] - b[0], a[1] - b[1]) for a, b in ends) / len(ends) if ends else 1.0
    atoms = []
    for atom in molecule.iterateAtoms():
        x, y, _ = (value / (mean or 1.0) for value in atom.xyz())
        hydrogens = atom.countImplicitHydrogens()
        atoms.append(
            LaidAtom(atom.symbol(), x, y, atom.charge() or 0, atom.isotope(), hydrogens or 0)
        )
    return atoms


def graph_bonds(molecule: Any) -> Iterator[GraphBond]:
    """Bonds of an Indigo molecule as they are drawn.

    Args:
        molecule: Indigo molecule.

    Yields:
        A bond at a time; the narrow end of a wedge is its ``begin``.

    Raises:
        DrawingError: A bond has an order that is not drawn.
    """
    for bond in molecule.iterateBonds():
        order = ORDERS.get(bond.bondOrder())
        if order is None:
            raise DrawingError(f"a bond of order {bond.bondOrder()}")
        mark = MARKS.get(bond.bondStereo()) if order == "single" else None
        yield GraphBond(bond.source().index(), bond.destination().index(), mark or order)


def svg_frame(laid: Sequence[LaidAtom], svg: bytes, shapes: SvgShapes) -> tuple[float, float]:
    """Translation from Indigo's coordinates to those of the drawing.

    Args:
        laid: Atoms in bond lengths, y up.
        svg: Indigo's drawing of them.
        shapes: The shapes of ``svg``.

    Returns:
        What to add to x, and from what to subtract y, in bond lengths.

    Raises:
        DrawingError: There are no atoms or shapes, or the scale is another than expected.
    """
    if not laid:
        raise DrawingError("a molecule without atoms")
    match = re.search(rb'transform="(matrix\([^)]*\))"', svg)
    if match:
        a, _, _, d, e, f = matrix_of(match[1].decode())
        if abs(a - FINE_BOND_PIXELS) > 0.5 or abs(d - FINE_BOND_PIXELS) > 0.5:
            raise DrawingError(f"Indigo drew at {a:g} px a bond, not at {FINE_BOND_PIXELS}")
        left, top = min(atom.x for atom in laid), max(atom.y for atom in laid)
        return e / FINE_BOND_PIXELS - left, f / FINE_BOND_PIXELS + top
    if not shapes.labels:
        raise DrawingError("neither strokes nor labels")
    # no bond is drawn, so every atom has a label, in the order of the atoms
    middle = middle_of(edges_box(label_edges(shapes.labels[0])))
    return middle[0] / FINE_BOND_PIXELS - laid[0].x, middle[1] / FINE_BOND_PIXELS + laid[0].y


def shared_labels(
    laid: Sequence[LaidAtom],
    places: Sequence[tuple[float, float]],
    labels: Sequence[Sequence[Letter]],
    *,
    clutter: bool = False,
) -> list[tuple[int, int]]:
    """For every atom the first and the end of its pieces of text (equal at a bare corner).

    With ``clutter``, text that belongs to no atom is skipped. Indigo writes atom after atom, the
    symbol first. Raises DrawingError when that does not hold.
    """
    middles = [middle_of(edges_box(label_edges(label))) for label in labels]

    def stands(label: int, atom: int) -> bool:
        x, y = (value / FINE_BOND_PIXELS for value in middles[label])
        return max(abs(x - places[atom][0]), abs(y - places[atom][1])) < NEAR_SYMBOL

    def past_clutter(label: int) -> int:
        while clutter and label < len(labels):
            if any(stands(label, atom) for atom in range(len(laid))):
                break
            label += 1
        return label

    written = [place for place, atom in enumerate(laid) if not atom.may_be_bare]
    shares: list[tuple[int, int]] = []
    position = 0
    for place, atom in enumerate(laid):
        position = past_clutter(position)
        begin = position
        if position < len(labels) and stands(position, place):
            # where atoms lie upon each other, the label is that of the one that needs it
            after = next((later for later in written if later >= place), place)
            if after == place or not stands(position, after):
                position += 1 + atom.extra_labels
        if begin == position and not atom.may_be_bare:
            raise DrawingError(f"no label where {atom.text} should stand")
        shares.append((begin, position))
    if past_clutter(position) != len(labels):
        raise DrawingError(f"{len(labels)} pieces of text, {position} of them understood")
    return shares


def graph_atom(
    atom: LaidAtom,
    place: tuple[float, float],
    labels: Sequence[Sequence[Letter]],
    fitted: Sequence[np.ndarray],
    share: tuple[int, int],
    signs: Sequence[Box],
) -> GraphAtom:
    """The atom as it is drawn, in bond lengths."""
    first, end = share
    if first == end:
        return GraphAtom(*place)
    boxes = [edges_box(edges) for edges in fitted[first:end]]
    capital = edges_box(fitted[first][: len(labels[first][0].edges_E4)])
    if atom.charge and (sign := nearest_sign(place, signs)):
        boxes.append(sign)
    sides = np.array(boxes)
    left, top = sides[:, :2].min(axis=0).tolist()
    right, bottom = sides[:, 2:].max(axis=0).tolist()
    x, y = middle_of(capital)
    box = (left, top, right, bottom)
    return GraphAtom(x, y, atom.symbol, atom.text, atom.charge, atom.hydrogens, atom.isotope, box)


def sign_boxes(outlines_E4: np.ndarray) -> list[Box]:
    """The boxes of the outlines that are as small as a charge sign."""
    if not len(outlines_E4):
        return []
    joined = np.abs(outlines_E4[1:, :2] - outlines_E4[:-1, 2:]).max(axis=1) < 1e-9
    joined |= np.abs(outlines_E4[1:, 2:] - outlines_E4[:-1, :2]).max(axis=1) < 1e-9  # turned round
    boxes = [edges_box(part) for part in np.split(outlines_E4, np.flatnonzero(~joined) + 1)]
    return [box for box in boxes if max(box[2] - box[0], box[3] - box[1]) < SIGN_SIZE]


def nearest_sign(place: tuple[float, float], signs: Sequence[Box]) -> Box | None:
    def distance(box: Box) -> float:
        x, y = middle_of(box)
        return float(np.hypot(x - place[0], y - place[1]))

    nearest = min(signs, key=distance, default=None)
    return nearest if nearest and distance(nearest) < NEAR_SIGN else None


def edges_box(edges_E4: np.ndarray) -> Box:
    """Left, top, right, bottom."""
    left, top = edges_E4[:, :2].min(axis=0).tolist()
    right, bottom = edges_E4[:, :2].max(axis=0).tolist()
    return left, top, right, bottom


def middle_of(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
