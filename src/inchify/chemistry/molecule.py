"""Conversion of a drawn molecular graph into standard InChI, SMILES and molfile.

``read_molecule`` needs no more than its argument, so that a worker pool can run it. Pictures have y
down and molecules y up: y changes its sign on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import atan2, degrees
from typing import Any

from inchify.chemistry.convert import quiet_chem
from inchify.chemistry.inchi import without_stereo
from inchify.chemistry.molecule_expansion import expand, usual_bond
from inchify.chemistry.stereo.projections import unprojected
from inchify.chemistry.undefined_groups import canonical_cxsmiles, name_open_end, undefined_groups
from inchify.chemistry.valence import PlainAtom, is_metal, resolve_contradictions
from inchify.types import GraphAtom, GraphBond, MoleculeGraph

__all__ = ["MoleculeReading", "expand", "read_molecule"]

# Angstrom; RDKit's tests for flat and straight arrangements count on such lengths.
BOND_LENGTH = 1.5
# A neighbor of a double bond this near its line, in degrees, tells no side.
STRAIGHT = 9.0


@dataclass(frozen=True)
class MoleculeReading:
    """A molecule read from a graph.

    ``inchi`` is the standard InChI, "" where there is none; ``error`` then says why. ``smiles`` is
    canonical and isomeric; where groups are undefined (R1, X, an unreadable label) it is a
    canonical CXSMILES with ``*`` and their names, and the molfile has R groups and aliases. The
    molfile's x is the picture's, its y the picture's times -1, both in pixels; a Haworth projection
    or chair is laid out flat. ``projection``: "Fischer projection", "Haworth projection" or "chair"
    where the drawing is one; stereo was read from it where there is no ``error``.
    """

    inchi: str = ""
    smiles: str = ""
    molfile: str = ""
    error: str = ""
    projection: str = ""

    @property
    def identity(self) -> str:
        """A key that is equal for readings of the same molecule, also with undefined groups: the
        InChI, or else the canonical (CX)SMILES, "" where nothing was read."""
        return self.inchi or self.smiles

    @property
    def inchi_without_stereo(self) -> str:
        """The InChI without its double-bond and center layers."""
        return without_stereo(self.inchi)


def read_molecule(graph: MoleculeGraph) -> MoleculeReading:
    """Convert a drawn graph into a molecule; never raises for the content of a graph.

    Contradictions are resolved as ``valence.resolve_contradictions`` documents. Bold bonds are
    single; a crossed double bond has no known geometry; a wavy bond makes the double bond or the
    center at its start unknown (at its end, where its start has no stereo). Stereo that is drawn
    but not recognized by chemistry is left out. Projections and chairs are converted to wedges
    first.

    Args:
        graph: The drawn graph, coordinates in pixels, y down.

    Returns:
        InChI, SMILES and molfile, with an ``error`` where there is no InChI.
    """
    if not graph.atoms:
        return MoleculeReading(error="the graph holds no atoms")
    try:
        drawn = unprojected(graph)
        reading = replace(_read(drawn.graph), projection=drawn.name)
        if drawn.understood or reading.error:
            return reading
        return replace(reading, error=f"{drawn.name}: its stereo could not be read")
    except Exception as error:  # RDKit raises many kinds; each says what is wrong with the graph
        return MoleculeReading(error=f"{type(error).__name__}: {error}")


def _read(graph: MoleculeGraph) -> MoleculeReading:
    chem = quiet_chem()
    atoms, bonds = resolve_contradictions(graph)
    scale = BOND_LENGTH / (usual_bond(graph) or 1.0)
    molecule = _sanitized(_built(graph, atoms, bonds, scale), atoms)
    _perceive_bond_stereo(molecule, bonds)
    pixels = chem.Mol(molecule)
    points = pixels.GetConformer().GetPositions()
    pixels.GetConformer().SetPositions(points / scale)
    smiles, molfile = canonical_cxsmiles(chem.RemoveHs(molecule)), chem.MolToMolBlock(pixels)
    undefined = [atom for atom in graph.atoms if not atom.symbol]
    if undefined:
        return MoleculeReading("", smiles, molfile, undefined_groups(undefined))
    inchi = _inchi(molecule)
    return MoleculeReading(inchi, smiles, molfile, "" if inchi else "InChI's software refuses it")


def _built(
    graph: MoleculeGraph, atoms: Sequence[PlainAtom], bonds: Sequence[GraphBond], scale: float
) -> Any:
    """The RDKit molecule as drawn, with centers from its wedges, not sanitized."""
    chem = quiet_chem()
    kinds, directions = chem.BondType, chem.BondDir
    types = {
        "double": kinds.DOUBLE,
        "crossed": kinds.DOUBLE,
        "triple": kinds.TRIPLE,
        "aromatic": kinds.AROMATIC,
        "dative": kinds.DATIVE,
    }
    molecule = chem.RWMol()
    for drawn, atom in zip(graph.atoms, atoms, strict=True):
        molecule.AddAtom(_rdkit_atom(drawn, atom))
    for bond in bonds:
        molecule.AddBond(bond.begin, bond.end, types.get(bond.kind, kinds.SINGLE))
    conformer = chem.Conformer(len(atoms))
    conformer.Set3D(False)
    for place, spot in enumerate(graph.atoms):
        conformer.SetAtomPosition(place, (spot.x * scale, -spot.y * scale, 0.0))
    molecule.AddConformer(conformer)
    _mark_aromatic(molecule)
    molecule.UpdatePropertyCache(False)
    for bond in bonds:
        if bond.kind in ("wedge", "hash"):
            new = molecule.GetBondBetweenAtoms(bond.begin, bond.end)
            wedge = bond.kind == "wedge"
            new.SetBondDir(directions.BEGINWEDGE if wedge else directions.BEGINDASH)
    _perceive_centers(molecule)
    for new in molecule.GetBonds():
        new.SetBondDir(directions.NONE)
    return molecule


def _rdkit_atom(drawn: GraphAtom, atom: PlainAtom) -> Any:
    """RDKit's atom; one that no element stands for has the name of its label."""
    new = quiet_chem().Atom(atom.symbol or "*")
    new.SetFormalCharge(atom.charge)
    new.SetIsotope(atom.isotope)
    new.SetNumRadicalElectrons(atom.radicals)
    if atom.hydrogens is not None:
        new.SetNoImplicit(True)
        new.SetNumExplicitHs(atom.hydrogens)
    if not atom.symbol:
        name_open_end(new, drawn.text)
    return new


def _perceive_centers(molecule: Any) -> None:
    """Set the atoms' chirality from wedges. RDKit 2026.09 leaves out selenium with three neighbors,
    so that selenoxides stand as sulfoxides meanwhile."""
    chem = quiet_chem()
    selenium = [atom for atom in molecule.GetAtoms() if atom.GetAtomicNum() == 34]
    for atom in selenium:
        atom.SetAtomicNum(16)
    chem.AssignChiralTypesFromBondDirs(molecule)
    for atom in selenium:
        atom.SetAtomicNum(34)


def _mark_aromatic(molecule: Any) -> None:
    """Mark the atoms of aromatic bonds; outside rings such a bond (a dashed one) is single."""
    chem = quiet_chem()
    aromatic = [b for b in molecule.GetBonds() if b.GetBondType() == chem.BondType.AROMATIC]
    if not aromatic:
        return
    chem.FastFindRings(molecule)
    for bond in aromatic:
        if not bond.IsInRing():
            bond.SetBondType(chem.BondType.SINGLE)
            continue
        bond.SetIsAromatic(True)
        bond.GetBeginAtom().SetIsAromatic(True)
        bond.GetEndAtom().SetIsAromatic(True)


def _sanitized(molecule: Any, atoms: Sequence[PlainAtom]) -> Any:
    """The molecule after RDKit's checks, hypervalent nitrogen with charges, Kekulé's bonds known.

    Where aromatic bonds find no double bonds, an uncharged nitrogen gets an unwritten hydrogen, or
    else a carbon the charge (cyclopentadienyl), or else they are single. Raises RDKit's errors.
    """
    chem = quiet_chem()
    result = chem.RWMol(molecule)
    try:
        chem.SanitizeMol(result)
        return result
    except chem.MolSanitizeException:
        if not any(bond.GetIsAromatic() for bond in molecule.GetBonds()):
            raise
        for change in (*_aromatic_changes(molecule, atoms), _without_aromatic):
            trial = chem.RWMol(molecule)
            change(trial)
            if chem.SanitizeMol(trial, catchErrors=True) == chem.SanitizeFlags.SANITIZE_NONE:
                return trial
        raise


def _without_aromatic(molecule: Any) -> None:
    """Aromatic bonds become single ones."""
    for bond in molecule.GetBonds():
        if bond.GetIsAromatic():
            bond.SetBondType(quiet_chem().BondType.SINGLE)
            bond.SetIsAromatic(False)
    for atom in molecule.GetAtoms():
        atom.SetIsAromatic(False)


def _aromatic_changes(molecule: Any, atoms: Sequence[PlainAtom]) -> Iterable[Callable[[Any], None]]:
    """Single changes to an atom that may let its aromatic bonds become Kekulé's."""

    def hydrogen(place: int) -> Callable[[Any], None]:
        return lambda target: target.GetAtomWithIdx(place).SetNumExplicitHs(1)

    def charge(place: int, amount: int) -> Callable[[Any], None]:
        return lambda target: target.GetAtomWithIdx(place).SetFormalCharge(amount)

    places = [atom.GetIdx() for atom in molecule.GetAtoms() if atom.GetIsAromatic()]
    free = [p for p in places if not atoms[p].charge]
    for place in free:
        if atoms[place].symbol == "N" and molecule.GetAtomWithIdx(place).GetDegree() == 2:
            yield hydrogen(place)
    rings = molecule.GetRingInfo()
    for amount, size in ((-1, 5), (1, 7)):
        for place in free:
            if atoms[place].symbol == "C" and rings.IsAtomInRingOfSize(place, size):
                yield charge(place, amount)


def _perceive_bond_stereo(molecule: Any, bonds: Sequence[GraphBond]) -> None:
    """Set the double bonds' stereo from the coordinates, and clean up what is no stereo."""
    chem = quiet_chem()
    wedged = {bond.begin for bond in bonds if bond.kind in ("wedge", "hash")}
    for bond in bonds:
        if bond.kind == "crossed":
            drawn = molecule.GetBondBetweenAtoms(bond.begin, bond.end)
            if drawn.GetBondType() == chem.BondType.DOUBLE:
                drawn.SetBondDir(chem.BondDir.EITHERDOUBLE)
        if bond.kind != "wavy":
            continue
        for place in (bond.begin, bond.end):
            atom = molecule.GetAtomWithIdx(place)
            double = [b for b in atom.GetBonds() if _may_have_geometry(b)]
            if double:
                double[0].SetBondDir(chem.BondDir.EITHERDOUBLE)
            elif place in wedged and place == bond.begin:
                atom.SetChiralTag(chem.ChiralType.CHI_UNSPECIFIED)
            if double or (place == bond.begin and atom.GetDegree() > 2):
                break
    points = molecule.GetConformer().GetPositions()
    for bond in molecule.GetBonds():
        if bond.GetBondType() == chem.BondType.DOUBLE and _straight(bond, points):
            bond.SetBondDir(chem.BondDir.EITHERDOUBLE)
    chem.DetectBondStereochemistry(molecule)
    chem.AssignStereochemistry(molecule, cleanIt=True, force=True, flagPossibleStereoCenters=True)


def _may_have_geometry(bond: Any) -> bool:
    """Whether a bond is double, in no small ring, and bonded further at both its ends."""
    if bond.GetBondType() != quiet_chem().BondType.DOUBLE:
        return False
    ends = bond.GetBeginAtom(), bond.GetEndAtom()
    rings = bond.GetOwningMol().GetRingInfo()
    small = bond.IsInRing() and rings.MinBondRingSize(bond.GetIdx()) < 8
    return not small and all(end.GetDegree() > 1 for end in ends)


def _straight(bond: Any, points: Any) -> bool:
    """Whether a double bond and the only further bond at one of its ends lie in one line."""
    ends = bond.GetBeginAtom(), bond.GetEndAtom()
    for atom, other in (ends, ends[::-1]):
        neighbors = [n.GetIdx() for n in atom.GetNeighbors() if n.GetIdx() != other.GetIdx()]
        if len(neighbors) != 1:
            continue
        here = points[atom.GetIdx()]
        ahead, behind = points[neighbors[0]] - here, here - points[other.GetIdx()]
        angle = atan2(
            ahead[0] * behind[1] - ahead[1] * behind[0], ahead[0] * behind[0] + ahead[1] * behind[1]
        )
        if abs(degrees(angle)) < STRAIGHT:
            return True
    return False


def _inchi(molecule: Any) -> str:
    """The standard InChI. Its software takes stereo from coordinates where it finds no other, so it
    gets none; it knows no dative bonds, so these get charges (+ at the start)."""
    chem = quiet_chem()
    plain = chem.RWMol(molecule)
    plain.RemoveAllConformers()
    for bond in plain.GetBonds():
        if bond.GetBondType() == chem.BondType.DATIVE:
            begin, end = bond.GetBeginAtom(), bond.GetEndAtom()
            bond.SetBondType(chem.BondType.SINGLE)
            if not (is_metal(begin.GetSymbol()) and is_metal(end.GetSymbol())):
                begin.SetFormalCharge(begin.GetFormalCharge() + 1)
                end.SetFormalCharge(end.GetFormalCharge() - 1)
            for atom in (begin, end):
                atom.SetNumExplicitHs(atom.GetTotalNumHs())
                atom.SetNoImplicit(True)
    plain.UpdatePropertyCache(False)
    return str(chem.MolToInchi(plain))
