"""Double bonds that may have E/Z geometry: which is stated, and which is drawn. Atoms count from 0
in InChI's order. Shape letters: N atoms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inchify.chemistry.convert import molecule_of_inchi, quiet_chem
from inchify.chemistry.inchi import layer_table
from inchify.rendering.bms_graph import laid_atoms
from inchify.rendering.bms_style import FINE_BOND_PIXELS
from inchify.rendering.indigo import DrawingError, render_molecule

Geometry = tuple[bool | None, ...]
_LAYER = re.compile(r"\d+-\d+[-+?](,\d+-\d+[-+?])*")


@dataclass(frozen=True)
class StereoBond:
    """A double bond that may have a geometry: its number in the molecule, its ends with the
    neighbor of each that ``cis`` speaks of (in its ring, where it is in one), the size of its
    smallest ring (0: none) and the hydrogens at its ends."""

    number: int
    ends: tuple[int, int]
    beside: tuple[int, int]
    ring: int
    hydrogens: int

    def __str__(self) -> str:
        where = f"in a ring of {self.ring}" if self.ring else "in no ring"
        return f"{self.ends[0] + 1}={self.ends[1] + 1} {where}, {self.hydrogens} hydrogens"


@dataclass(frozen=True, eq=False)
class DoubleBonds:
    """A molecule (RDKit's) and its double bonds that may have a geometry; ``cis``: True or False
    where it is stated, None where it is open."""

    molecule: Any
    bonds: tuple[StereoBond, ...]
    cis: Geometry

    @property
    def is_open(self) -> bool:
        return None in self.cis

    def written(self, cis: Geometry) -> str:
        """Write the InChI of the molecule with this geometry.

        Args:
            cis: For each of ``bonds`` whether it is cis, None to leave it open.

        Returns:
            The standard InChI; "" where InChI's software makes none.
        """
        return str(quiet_chem().MolToInchi(self.shaped(cis)))

    def shaped(self, cis: Geometry) -> Any:
        """Copy the molecule with this geometry.

        Args:
            cis: For each of ``bonds`` whether it is cis, None to leave it open.

        Returns:
            An RDKit molecule; this one stays as it is.
        """
        chem = quiet_chem()
        kinds = chem.BondStereo
        shaped = chem.RWMol(self.molecule)
        for bond, state in zip(self.bonds, cis, strict=True):
            target = shaped.GetBondWithIdx(bond.number)
            if state is None:
                target.SetStereo(kinds.STEREONONE)
            else:
                target.SetStereoAtoms(*bond.beside)
                target.SetStereo(kinds.STEREOCIS if state else kinds.STEREOTRANS)
        return shaped


def read_bonds(inchi: str) -> DoubleBonds | None:
    """Read the double bonds of an InChI that may have a geometry.

    Those count that InChI's software gives an entry in ``/b``; of several components none do.

    Args:
        inchi: A standard InChI.

    Returns:
        The bonds and their stated geometry, or None where there are none (or no molecule).
    """
    molecule = molecule_of_inchi(inchi)
    if molecule is None:
        return None
    bonds = tuple(_candidates(molecule))
    if not bonds:
        return None
    double_bonds = DoubleBonds(molecule, bonds, tuple(_stated(molecule, bond) for bond in bonds))
    known = _with_entry(double_bonds)
    kept = [place for place, bond in enumerate(bonds) if frozenset(bond.ends) in known]
    if not kept:
        return None
    return replace(
        double_bonds,
        bonds=tuple(bonds[place] for place in kept),
        cis=tuple(double_bonds.cis[place] for place in kept),
    )


def _candidates(molecule: Any) -> Iterator[StereoBond]:
    """Potential stereo bonds by RDKit, without those at a bare =NH."""
    chem = quiet_chem()
    rings = molecule.GetRingInfo()
    for potential in chem.FindPotentialStereo(molecule):
        if potential.type != chem.StereoType.Bond_Double:
            continue
        bond = molecule.GetBondWithIdx(potential.centeredOn)
        ends = (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
        ring = min((set(r) for r in rings.AtomRings() if {*ends} <= {*r}), key=len, default=set())
        beside = []
        for end, other in (ends, ends[::-1]):
            neighbors = [n.GetIdx() for n in molecule.GetAtomWithIdx(end).GetNeighbors()]
            neighbors = sorted({*neighbors} - {other}, key=lambda place: (place not in ring, place))
            beside += neighbors[:1]
        if len(beside) == 2:
            hydrogens = sum(molecule.GetAtomWithIdx(end).GetTotalNumHs() for end in ends)
            sides = (beside[0], beside[1])
            yield StereoBond(bond.GetIdx(), ends, sides, len(ring), hydrogens)


def _stated(molecule: Any, bond: StereoBond) -> bool | None:
    kinds = quiet_chem().BondStereo
    rdkit_bond = molecule.GetBondWithIdx(bond.number)
    if rdkit_bond.GetStereo() in (kinds.STEREONONE, kinds.STEREOANY):
        return None
    cis = rdkit_bond.GetStereo() in (kinds.STEREOZ, kinds.STEREOCIS)
    return cis != (len({*rdkit_bond.GetStereoAtoms()} & {*bond.beside}) == 1)


def _with_entry(double_bonds: DoubleBonds) -> set[frozenset[int]]:
    """The ends of the bonds that get an entry when all are stated."""
    every = double_bonds.shaped(tuple(state or False for state in double_bonds.cis))
    text, more = quiet_chem().MolToInchiAndAuxInfo(every)
    layer = layer_table(text).get("b", "")
    if not _LAYER.fullmatch(layer):
        return set()
    order = [int(number) - 1 for number in more.split("/N:")[1].split("/")[0].split(",")]
    entries = (re.findall(r"\d+", entry) for entry in layer.split(","))
    return {frozenset(order[int(number) - 1] for number in entry) for entry in entries}


def drawn_geometry(inchi: str, double_bonds: DoubleBonds) -> tuple[bool, ...]:
    """Find the geometry that the competition's drawing shows, stated or not.

    Args:
        inchi: The molecule that is drawn.
        double_bonds: Its double bonds, as ``read_bonds`` gives them.

    Returns:
        For each of the bonds whether it is drawn cis.

    Raises:
        DrawingError: If Indigo cannot draw the molecule or orders its atoms differently.
    """
    if not double_bonds.is_open:
        pairs = zip(double_bonds.cis, double_bonds.bonds, strict=True)
        return tuple(bool(state or bond.ring) for state, bond in pairs)
    _, laid = render_molecule(inchi, "svg", FINE_BOND_PIXELS)
    atoms = laid_atoms(laid)
    heavy = [atom.GetSymbol() for atom in double_bonds.molecule.GetAtoms()]
    if [atom.symbol for atom in atoms[: len(heavy)]] != heavy:
        raise DrawingError("Indigo's atoms stand in another order than RDKit's")
    places = np.array([(atom.x, atom.y) for atom in atoms])
    return tuple(_is_cis(places, bond) for bond in double_bonds.bonds)


def _is_cis(places_N2: np.ndarray, bond: StereoBond) -> bool:
    """Whether the neighbors at both ends lie on one side of the bond's line."""
    (x, y), (left, right) = places_N2[list(bond.ends)], places_N2[list(bond.beside)]
    along, first, second = y - x, left - x, right - y
    sides = (along[0] * way[1] - along[1] * way[0] for way in (first, second))
    return bool(np.prod(list(sides)) > 0)
