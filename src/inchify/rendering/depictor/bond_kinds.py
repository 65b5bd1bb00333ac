"""Bonds as drawn: kind, direction and side of each, from a molecule with coordinates."""

from __future__ import annotations

from typing import Any

import numpy as np

from inchify.rendering.depictor.bonds import BondToDraw
from inchify.rendering.depictor.chemistry import open_bonds, wedges
from inchify.rendering.depictor.flat_bonds import flat_strokes
from inchify.rendering.depictor.haworth import SugarRing, without_centers
from inchify.rendering.depictor.labels import Written
from inchify.rendering.depictor.pen import Point
from inchify.rendering.depictor.skeleton import Skeleton
from inchify.rendering.depictor.style import DrawingStyle


def bonds_to_draw(
    molecule: Any,
    skeleton: Skeleton,
    written: list[Written | None],
    places: list[Point],
    style: DrawingStyle,
    generator: np.random.Generator,
    sugar: SugarRing | None = None,
) -> list[BondToDraw]:
    """Every bond with its kind as drawn, its direction and the side of its second line; a ring of
    sugars, drawn as it is seen from its front, needs no wedges for its groups."""
    shown = molecule if sugar is None else without_centers(molecule, sugar.atoms)
    marked = wedges(shown, style, generator)
    if sugar is not None and style.bold_front:
        for begin, end, front in sugar.front():
            marked[molecule.GetBondBetweenAtoms(begin, end).GetIdx()] = begin, front
    if style.wavy_chance or style.crossed_chance:
        marked |= open_bonds(molecule, style, set(marked), generator)
    strokes = flat_strokes(molecule, marked, style, generator) if style.flat_dash_chance else {}
    centers = {center for center, kind in marked.values() if kind == "wedge"}
    rings = skeleton.ring_of_bonds()
    circled = circled_bonds(skeleton) if style.aromatic != "kekule" else {}
    bonds = []
    for index, (begin, end) in enumerate(skeleton.ends):
        kind = skeleton.kinds[index]
        bond = BondToDraw(begin, end, kind)
        if index in marked:
            center, bond.kind = marked[index]
            if center != begin:
                bond.begin, bond.end = end, begin
            # A stroke of constant width between two stereocenters would be ambiguous.
            if style.bold_stereo and bond.kind == "wedge" and bond.end not in centers:
                bond.stroke = "bold"
        elif index in circled:
            bond.kind, bond.dashed = "aromatic", style.aromatic == "dashed"
            bond.side = side_of(bond, middle(circled[index], places), places)
        elif kind == "double":
            bond.side = double_side(skeleton, bond, rings.get(index), places, style)
        elif index in strokes:
            stroke = strokes[index]
            bond.stroke = "" if stroke == "wedge" else stroke
            bond.kind = "single" if stroke == "dashes" else stroke
        elif style.bold_chance and kind == "single" and written[begin] is written[end] is None:
            bond.kind = "bold" if generator.random() < style.bold_chance else "single"
        bond.crowded = (skeleton.degree(bond.begin) > 1, skeleton.degree(bond.end) > 1)
        bond.joined = (
            bond.crowded[0] and written[bond.begin] is None,
            bond.crowded[1] and written[bond.end] is None,
        )
        bonds.append(bond)
    return bonds


def circled_bonds(skeleton: Skeleton) -> dict[int, tuple[int, ...]]:
    """The bonds of the rings that get a circle -> the ring's atoms."""
    circles = set(skeleton.circle_rings())
    return {index: atoms for atoms, bonds in skeleton.rings if atoms in circles for index in bonds}


def middle(atoms: tuple[int, ...], places: list[Point]) -> Point:
    """The mean of the atoms' places."""
    return (
        sum(places[atom][0] for atom in atoms) / len(atoms),
        sum(places[atom][1] for atom in atoms) / len(atoms),
    )


def side_of(bond: BondToDraw, point: Point, places: list[Point]) -> int:
    """+1 or -1: on which side of the bond the point lies."""
    (x0, y0), (x1, y1) = places[bond.begin], places[bond.end]
    return 1 if (x1 - x0) * (point[1] - y0) - (y1 - y0) * (point[0] - x0) > 0 else -1


def double_side(
    skeleton: Skeleton,
    bond: BondToDraw,
    ring: tuple[int, ...] | None,
    places: list[Point],
    style: DrawingStyle,
) -> int:
    """Where the second line of a double bond stands; 0 for both lines at equal distance."""
    if ring is not None:
        return 0 if style.ring_double == "centre" else side_of(bond, middle(ring, places), places)
    if style.chain_double == "centre":
        return 0
    degrees = skeleton.degree(bond.begin), skeleton.degree(bond.end)
    if min(degrees) < 2 and style.chain_double == "side":
        return 0
    balance = 0
    for atom, other in ((bond.begin, bond.end), (bond.end, bond.begin)):
        for neighbor in skeleton.neighbors[atom]:
            if neighbor != other:
                balance += side_of(bond, places[neighbor], places)
    if balance == 0 and style.chain_double == "side" and sum(degrees) > 4:
        return 0
    return 1 if balance > 0 else -1
