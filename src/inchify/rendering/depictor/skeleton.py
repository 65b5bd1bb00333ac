"""Plain-list view of an RDKit molecule, for the depictor's frequent queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inchify.rendering.indigo import DrawingError
from inchify.types import BondKind

# Kinds of bonds by RDKit's number for their type.
KINDS: dict[int, BondKind] = {1: "single", 2: "double", 3: "triple", 17: "dative"}


@dataclass(frozen=True)
class Skeleton:
    """A Kekulé molecule: ``ends`` of its bonds, their ``kinds`` and whether they are ``aromatic``;
    the ``neighbors`` of every atom; ``rings`` as (atoms, bonds) in their order around the ring."""

    ends: list[tuple[int, int]]
    kinds: list[BondKind]
    aromatic: list[bool]
    neighbors: list[list[int]]
    rings: list[tuple[tuple[int, ...], tuple[int, ...]]]

    def degree(self, atom: int) -> int:
        """How many bonds an atom has."""
        return len(self.neighbors[atom])

    def circle_rings(self) -> list[tuple[int, ...]]:
        """The six-membered rings that a circle describes as well as a Kekulé form does: all their
        double bonds are in such rings."""
        rings = [
            (atoms, bonds)
            for atoms, bonds in self.rings
            if len(bonds) == 6 and all(self.aromatic[index] for index in bonds)
        ]
        while rings:
            inside = {index for _, bonds in rings for index in bonds}
            doubled = {
                atom
                for index in inside
                if self.kinds[index] == "double"
                for atom in self.ends[index]
            }
            kept = [ring for ring in rings if all(atom in doubled for atom in ring[0])]
            if len(kept) == len(rings):
                break
            rings = kept
        return [atoms for atoms, _ in rings]

    def ring_of_bonds(self) -> dict[int, tuple[int, ...]]:
        """For every ring bond the ring that its second line stands in: aromatic ones first."""
        rings = sorted(
            self.rings,
            key=lambda ring: (not all(self.aromatic[i] for i in ring[1]), abs(len(ring[0]) - 6)),
        )
        ring_of: dict[int, tuple[int, ...]] = {}
        for atoms, bonds in rings:
            for index in bonds:
                ring_of.setdefault(index, atoms)
        return ring_of


def skeleton_of(molecule: Any) -> Skeleton:
    """Reads a Kekulé molecule. Raises DrawingError for a kind of bond that no drawing shows."""
    ends, kinds, aromatic = [], [], []
    neighbors: list[list[int]] = [[] for _ in range(molecule.GetNumAtoms())]
    for bond in molecule.GetBonds():
        begin, end, kind = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), bond.GetBondType()
        if kind not in KINDS:
            raise DrawingError(f"no drawing shows a bond of type {kind}")
        ends.append((begin, end))
        kinds.append(KINDS[kind])
        aromatic.append(bond.GetIsAromatic())
        neighbors[begin].append(end)
        neighbors[end].append(begin)
    information = molecule.GetRingInfo()
    rings = list(zip(information.AtomRings(), information.BondRings(), strict=True))
    return Skeleton(ends, kinds, aromatic, neighbors, rings)


def far_side(skeleton: Skeleton, begin: int, end: int) -> list[int]:
    """The atoms attached to the end of an acyclic bond, including that end."""
    visited, queue = {begin, end}, [end]
    while queue:
        for other in skeleton.neighbors[queue.pop()]:
            if other not in visited:
                visited.add(other)
                queue.append(other)
    visited.remove(begin)
    return list(visited)
