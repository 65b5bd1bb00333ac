"""Expansion of superatom labels in a molecular graph into graphs of their atoms.

Pictures have y down and RDKit's layouts y up: y changes its sign on the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import hypot
from statistics import median
from typing import Any

from inchify.chemistry.convert import quiet_chem
from inchify.chemistry.undefined_groups import open_end_name
from inchify.chemistry.valence import is_metal, label_text
from inchify.types import BondKind, GraphAtom, GraphBond, MoleculeGraph

# RDKit's layouts have bonds of this length.
LAYOUT_LENGTH = 1.5
# The several ends of one label stand this far on the way to their neighbors.
APART = 0.2


def usual_bond(graph: MoleculeGraph) -> float:
    """Median bond length of a graph.

    Args:
        graph: A drawn graph.

    Returns:
        The length in the unit of the graph's coordinates; 0 where there is no bond.
    """
    lengths = []
    for bond in graph.bonds:
        begin, end = graph.atoms[bond.begin], graph.atoms[bond.end]
        lengths.append(hypot(begin.x - end.x, begin.y - end.y))
    return median(lengths) if lengths else 0.0


def attached_at(label: GraphAtom, neighbor: GraphAtom) -> tuple[float, float]:
    """Where a bond from above or below ends at a label of several letters: at the letter that is
    nearest to the neighbor; at the label's place otherwise."""
    if label.box is None:
        return label.x, label.y
    left, top, right, bottom = label.box
    half = (bottom - top) / 2
    if top - half < neighbor.y < bottom + half or right - left <= 2 * half:
        return label.x, label.y
    return min(max(neighbor.x, left + half), right - half), label.y


def written_order(
    atoms: Sequence[GraphAtom], bonds: Sequence[GraphBond], place: int, bond_pixels: float
) -> list[int]:
    """Order the bonds at a label as they occur along its text.

    They go from left to right by their other ends, or from top to bottom where these are one above
    the other.

    Args:
        atoms: All atoms of the graph.
        bonds: All bonds of the graph.
        place: Index of the label among ``atoms``.
        bond_pixels: Usual length of a bond, in the unit of the coordinates.

    Returns:
        Indices of the label's bonds among ``bonds``.
    """
    numbers = [number for number, bond in enumerate(bonds) if place in (bond.begin, bond.end)]
    ends = {number: atoms[bonds[number].begin + bonds[number].end - place] for number in numbers}
    across = [ends[number].x for number in numbers]
    if numbers and max(across) - min(across) > bond_pixels / 2:
        return sorted(numbers, key=lambda number: ends[number].x)
    return sorted(numbers, key=lambda number: ends[number].y)


def expand(graph: MoleculeGraph, fragments: Mapping[int, str]) -> MoleculeGraph:
    """Replace labels of a graph by the atoms of their groups.

    The atom at ``[*:1]`` takes the label's index, the others follow all present atoms. A group's
    first atom stands where the label stood, the others beside it. The group's stereo is kept as
    wedges; double bonds whose geometry the SMILES leaves open are crossed. Attachment points
    without a neighbor become labels with the name that a CXSMILES gives them, or ``*``.

    Args:
        graph: The drawn graph, y down.
        fragments: Index of an atom -> SMILES whose ``*`` stands for the neighbor; of several,
            ``[*:1]`` is the neighbor at the label's left (above it, where both have one x), then
            ``[*:2]``.

    Returns:
        The expanded graph.

    Raises:
        ValueError: RDKit cannot read a SMILES, an index is out of range, or a label has more bonds
            than its fragment has attachment points.
    """
    bond_pixels = usual_bond(graph) or 1.0
    atoms, bonds = list(graph.atoms), list(graph.bonds)
    for place, smiles in fragments.items():
        if not 0 <= place < len(graph.atoms):
            raise ValueError(
                f"there is no atom {place}; its number must be between 0 and {len(graph.atoms) - 1}"
            )
        _expand_one(atoms, bonds, place, smiles, bond_pixels)
    return MoleculeGraph(tuple(atoms), tuple(bonds))


def _expand_one(
    atoms: list[GraphAtom], bonds: list[GraphBond], place: int, smiles: str, bond_pixels: float
) -> None:
    label = atoms[place]
    fragment, stars = _fragment(smiles)
    outer = written_order(atoms, bonds, place, bond_pixels)
    if len(outer) > len(stars):
        raise ValueError(
            f"label {label.text!r} has {len(outer)} bonds: {smiles!r} allows {len(stars)}"
        )
    stars, spare = stars[: len(outer)], set(stars[len(outer) :])
    inner = [fragment.GetAtomWithIdx(s).GetNeighbors()[0].GetIdx() for s in stars]
    kept = [p for p in range(fragment.GetNumAtoms()) if p not in stars]
    first = inner[0] if inner else kept[0]
    index = {first: place}
    for position in kept:
        index.setdefault(position, len(atoms) + len(index) - 1)
    ends = [bonds[o].begin + bonds[o].end - place for o in outer]
    spots = _spots(fragment, stars, inner, label, [atoms[e] for e in ends], bond_pixels)
    for position in sorted(kept, key=index.__getitem__):
        new = _fragment_atom(fragment.GetAtomWithIdx(position), spots[position], label)
        if position in spare:
            new = replace(new, symbol="", text=open_end_name(fragment.GetAtomWithIdx(position)))
        if position == first:
            atoms[place] = new
        else:
            atoms.append(new)
    for number, end, star, attached in zip(outer, ends, stars, inner, strict=True):
        bond = bonds[number]
        turned = fragment.GetBondBetweenAtoms(star, attached)
        kind = _fragment_kind(turned)
        begin, last = (index[attached], end) if bond.begin == place else (end, index[attached])
        bonds[number] = replace(bond, begin=begin, end=last)
        if bond.kind == "single" and kind in ("wedge", "hash"):
            bonds[number] = replace(bond, begin=index[attached], end=end, kind=kind)
        elif bond.kind == "double" and kind == "crossed":
            bonds[number] = replace(bonds[number], kind=kind)
    for inside in fragment.GetBonds():
        begin, last = inside.GetBeginAtomIdx(), inside.GetEndAtomIdx()
        if begin in index and last in index:
            kind = _fragment_kind(inside)
            bonds.append(GraphBond(index[begin], index[last], kind, label.confidence))


def _fragment(smiles: str) -> tuple[Any, list[int]]:
    """A laid-out molecule with Kekulé's bonds and wedges, and its ``*`` in their order."""
    from rdkit.Chem import rdDepictor

    chem = quiet_chem()
    fragment = chem.MolFromSmiles(smiles)
    if fragment is None or not any(atom.GetAtomicNum() for atom in fragment.GetAtoms()):
        raise ValueError(f"the fragment {smiles!r} is no SMILES with an atom in it")
    dummies = [atom for atom in fragment.GetAtoms() if not atom.GetAtomicNum()]
    # an R group's star has no number: it is an open end, behind all that are bonded
    numbers = [(atom.GetAtomMapNum() == 0, atom.GetAtomMapNum(), atom.GetIdx()) for atom in dummies]
    stars = [place for _, _, place in sorted(numbers)]
    chem.Kekulize(fragment, clearAromaticFlags=True)
    rdDepictor.Compute2DCoords(fragment)
    chem.WedgeMolBonds(fragment, fragment.GetConformer())
    for bond in fragment.GetBonds():
        if bond.GetBondType() != chem.BondType.DOUBLE or bond.IsInRing():
            continue
        if bond.GetStereo() in (chem.BondStereo.STEREONONE, chem.BondStereo.STEREOANY):
            ends = bond.GetBeginAtom(), bond.GetEndAtom()
            if all(e.GetDegree() > 1 or e.GetIdx() in stars for e in ends):
                bond.SetBondDir(chem.BondDir.EITHERDOUBLE)
    return fragment, stars


def _spots(
    fragment: Any,
    stars: Sequence[int],
    inner: Sequence[int],
    label: GraphAtom,
    ends: Sequence[GraphAtom],
    bond_pixels: float,
) -> list[complex]:
    """A place x + iy in the picture for each atom of a fragment: its layout turned so that the
    ``*`` lie towards the neighbors; the atoms next to ``*`` on the way from label to neighbor."""
    points = fragment.GetConformer().GetPositions()
    laid = [complex(x, -y) for x, y, _ in points]
    here = complex(*attached_at(label, ends[0])) if len(ends) == 1 else complex(label.x, label.y)
    outward = [complex(end.x, end.y) - here for end in ends]
    scale = bond_pixels / LAYOUT_LENGTH
    if not stars:
        return [here + scale * (spot - laid[0]) for spot in laid]
    if len(set(inner)) == 1:
        away = [laid[star] - laid[inner[0]] for star in stars]
        rotation = _direction(outward) / _direction(away)
        return [here + scale * rotation * (spot - laid[inner[0]]) for spot in laid]
    fixed = {atom: here + APART * way for atom, way in zip(inner, outward, strict=True)}
    first, last = inner[0], next(atom for atom in reversed(inner) if atom != inner[0])
    stretch = (fixed[last] - fixed[first]) / (laid[last] - laid[first])
    spots = [fixed[first] + stretch * (spot - laid[first]) for spot in laid]
    for atom, spot in fixed.items():
        spots[atom] = spot
    return spots


def _direction(ways: Sequence[complex]) -> complex:
    """The mean direction, length 1; the first one's where they point against each other."""
    units = [way / abs(way) if way else 1 + 0j for way in ways]
    mean = sum(units)
    return mean / abs(mean) if abs(mean) > 0.3 else units[0]


def _fragment_atom(atom: Any, spot: complex, label: GraphAtom) -> GraphAtom:
    symbol, charge, isotope = atom.GetSymbol(), atom.GetFormalCharge(), atom.GetIsotope()
    new = GraphAtom(spot.real, spot.imag, confidence=label.confidence)
    radicals = 0 if is_metal(symbol) else atom.GetNumRadicalElectrons()
    if symbol == "C" and not (charge or isotope or radicals) and atom.GetDegree():
        return new
    hydrogens = atom.GetTotalNumHs()
    text = label_text(symbol, charge, hydrogens, isotope, radicals)
    written = replace(new, symbol=symbol, text=text, charge=charge, radicals=radicals)
    return replace(written, hydrogens=hydrogens, isotope=isotope)


def _fragment_kind(bond: Any) -> BondKind:
    name = str(bond.GetBondDir())
    if name == "EITHERDOUBLE":
        return "crossed"
    if name in ("BEGINWEDGE", "BEGINDASH", "UNKNOWN"):
        marks: dict[str, BondKind] = {"BEGINWEDGE": "wedge", "BEGINDASH": "hash"}
        return marks.get(name, "wavy")
    kinds: dict[str, BondKind] = {"DOUBLE": "double", "TRIPLE": "triple", "DATIVE": "dative"}
    return kinds.get(str(bond.GetBondType()), "single")
