"""Haworth projection layout of sugar rings.

The ring lies level, its front edge nearer and below; what is above the ring rises, what is below it
hangs. ``chemistry.stereo.projections`` reads such drawings. Lengths are bond lengths, y up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from inchify.chemistry.stereo.projections import HAWORTH, unprojected
from inchify.rendering.depictor.skeleton import Skeleton, far_side
from inchify.rendering.indigo import DrawingError
from inchify.types import BondKind, MoleculeGraph

# The oxygen behind, then clockwise as seen from above: right, front right, front left, left.
_FURANOSE = ((0.0, 0.9), (1.3, 0.17), (0.75, -0.67), (-0.75, -0.67), (-1.3, 0.17))
_PYRANOSE = ((0.75, 0.6), (1.65, 0.0), (0.9, -0.65), (-0.9, -0.65), (-1.65, 0.0), (-0.75, 0.6))
_APART = math.radians(25)
# Ways to place the groups that are tried; how much less a distance beside counts than one above.
TRIES = 24
WIDE_LETTERS = np.array((0.75, 1.0))


@dataclass(frozen=True)
class SugarRing:
    """``atoms`` of the ring in the order of the places above; ``above``: (ring atom, neighbor) -> 1
    where it rises, -1 where it hangs."""

    atoms: tuple[int, ...]
    above: dict[tuple[int, int], int]

    def front(self) -> list[tuple[int, int, BondKind]]:
        """(begin, end, kind) of the three bonds of the front, broad towards the viewer."""
        right, front_right, front_left, left = self.atoms[1:5]
        return [
            (right, front_right, "wedge"),
            (front_right, front_left, "bold"),
            (left, front_left, "wedge"),
        ]


def sugar_ring(molecule: Any, generator: np.random.Generator) -> SugarRing | None:
    """The molecule's ring of sugars, where it has one and only one, alone, and every carbon with a
    group has a configuration."""
    rings = molecule.GetRingInfo()
    sugars = [ring for ring in rings.AtomRings() if is_sugar(molecule, ring)]
    if len(sugars) != 1:
        return None
    (ring,) = sugars
    first = next(
        i for i, atom in enumerate(ring) if molecule.GetAtomWithIdx(atom).GetSymbol() == "O"
    )
    order = (*ring[first:], *ring[:first])
    # The carbon between two hetero atoms is at the right.
    if hetero_groups(molecule, order, 1) < hetero_groups(molecule, order, -1):
        order = (order[0], *order[:0:-1])
    if generator.random() < 0.1:
        order = (order[0], *order[:0:-1])
    above = sides(molecule, order)
    return SugarRing(order, above) if len(above) >= 2 else None


def is_sugar(molecule: Any, ring: tuple[int, ...]) -> bool:
    """Whether a ring is of four or five carbons and an oxygen, of single bonds and in no other
    ring, and all its carbons with groups have a configuration."""
    atoms = [molecule.GetAtomWithIdx(atom) for atom in ring]
    symbols = sorted(atom.GetSymbol() for atom in atoms)
    if len(ring) not in (5, 6) or symbols != ["C"] * (len(ring) - 1) + ["O"]:
        return False
    information = molecule.GetRingInfo()
    return all(
        information.NumAtomRings(atom.GetIdx()) == 1
        and all(bond.GetBondTypeAsDouble() == 1 for bond in atom.GetBonds())
        and (atom.GetDegree() == 2 or int(atom.GetChiralTag()))
        for atom in atoms
    )


def hetero_groups(molecule: Any, order: tuple[int, ...], place: int) -> int:
    """How many groups at a ring's atom begin with another element than carbon or hydrogen."""
    around = molecule.GetAtomWithIdx(order[place]).GetNeighbors()
    return sum(
        neighbor.GetIdx() not in order and neighbor.GetAtomicNum() not in (1, 6)
        for neighbor in around
    )


def sides(molecule: Any, order: tuple[int, ...]) -> dict[tuple[int, int], int]:
    """Which groups are above the ring when it is seen from above with its atoms clockwise: where a
    flat drawing of it has wedges."""
    from rdkit import Chem
    from rdkit.Geometry import Point3D

    flat = Chem.Mol(molecule)
    flat.RemoveAllConformers()
    conformer = Chem.Conformer(flat.GetNumAtoms())
    groups = []
    for place, atom in enumerate(order):
        angle = -math.tau * place / len(order)
        x, y = math.cos(angle), math.sin(angle)
        conformer.SetAtomPosition(atom, Point3D(x, y, 0.0))
        outside = [
            neighbor.GetIdx()
            for neighbor in flat.GetAtomWithIdx(atom).GetNeighbors()
            if neighbor.GetIdx() not in order
        ]
        for sign, other in zip((1, -1), outside, strict=False):
            away = angle + sign * (len(outside) > 1) * _APART
            spot = Point3D(x + math.cos(away), y + math.sin(away), 0.0)
            conformer.SetAtomPosition(other, spot)
        groups.append((atom, outside))
    flat.AddConformer(conformer)
    above = {}
    for atom, outside in groups:
        for other, way in zip(outside, (1, -1), strict=False):
            bond = flat.GetBondBetweenAtoms(atom, outside[0])
            Chem.WedgeBond(bond, atom, flat.GetConformer())
            up = bond.GetBondDir() == Chem.BondDir.BEGINWEDGE
            above[atom, other] = way if up else -way
    return above


def place_sugar(
    sugar: SugarRing, skeleton: Skeleton, places_N2: np.ndarray, generator: np.random.Generator
) -> None:
    """Moves the ring to its places and each group, turned as a whole, above or below its atom; of
    several ways the one that leaves the most space."""
    template = np.array(_FURANOSE if len(sugar.atoms) == 5 else _PYRANOSE)
    template *= generator.uniform((1.0, 0.9), (1.5, 1.4))
    ring = {atom: template[place] for place, atom in enumerate(sugar.atoms)}
    best, maximum = places_N2, -1.0
    for _ in range(TRIES):
        trial_N2 = places_N2.copy()
        for atom, place in ring.items():
            trial_N2[atom] = place
        for (atom, other), way in sugar.above.items():
            group = far_side(skeleton, atom, other)
            along = places_N2[other] - places_N2[atom]
            angle = way * math.pi / 2 - math.atan2(along[1], along[0])
            cosine, sine = math.cos(angle), math.sin(angle)
            rotation = np.array([[cosine, sine], [-sine, cosine]])
            moved = (places_N2[group] - places_N2[other]) @ rotation
            if generator.random() < 0.5:
                moved[:, 0] *= -1
            length = generator.uniform(0.6, 1.0 if len(group) == 1 else 1.6)
            trial_N2[group] = moved + ring[atom] + (0.0, way * length)
        space = min_clearance(skeleton, trial_N2)
        if space > maximum:
            best, maximum = trial_N2, space
    places_N2[:] = best


def min_clearance(skeleton: Skeleton, places_N2: np.ndarray) -> float:
    """The minimum distance of two unbonded atoms; letters need more space beside each other than
    above one another."""
    apart = np.abs(places_N2[:, None] - places_N2) * WIDE_LETTERS
    square = (apart**2).sum(axis=2)
    np.fill_diagonal(square, 9.0)
    for begin, end in skeleton.ends:
        square[begin, end] = square[end, begin] = 9.0
    return float(square.min())


def without_centers(molecule: Any, atoms: Iterable[int]) -> Any:
    """A copy in which these atoms have no configuration."""
    from rdkit import Chem

    copy = Chem.Mol(molecule)
    for atom in atoms:
        copy.GetAtomWithIdx(atom).SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    return copy


def check_reading(sugar: SugarRing, graph: MoleculeGraph) -> None:
    """Raises DrawingError where the drawn ring would be read as another one."""
    read = unprojected(graph)
    if read.name != HAWORTH or not read.understood:
        raise DrawingError("a ring of sugars that would not be read as one")
    kinds = {(bond.begin, bond.end): bond.kind for bond in read.graph.bonds}
    for ends, way in sugar.above.items():
        if kinds.get(ends) != ("wedge" if way > 0 else "hash"):
            raise DrawingError("a group of a ring of sugars that would be read on its other side")
