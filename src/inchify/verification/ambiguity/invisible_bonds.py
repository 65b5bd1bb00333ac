"""Molecules that the same low-resolution picture may show: bonds whose second line is thinner than
a pixel.

A level or vertical line, thinner than a pixel, can fall between two rows of pixels and vanish: the
inner line of a double bond, or the whole bond to a further carbon.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import atan2, copysign, cos, degrees, pi, sin
from typing import Any

import numpy as np

from inchify.chemistry.convert import quiet_chem
from inchify.chemistry.inchi import PREFIX
from inchify.rendering.bms_graph import LaidAtom, graph_bonds, laid_atoms, svg_frame
from inchify.rendering.bms_style import FINE_BOND_PIXELS
from inchify.rendering.indigo import DrawingError, render_molecule
from inchify.rendering.svg import shapes_of_svg
from inchify.types import GraphBond
from inchify.verification.render_match.match import HAIR, Place
from inchify.verification.render_match.stroke_support import could_hide

# How much rather than its rival a molecule is meant whose ring the bond completes, by how many
# atoms become aromatic with it (``MAX_COUNT`` stands for more), and for other numbers; and how much
# less one with a further double bond elsewhere; logarithms. In 11,256 molecules 94 six-rings that
# share two bonds with other aromatic rings lack nothing (phenanthrenes) and 39 this bond; three
# atoms: 1,746 and 95 (indoles), five: 7,127 and 139, four: 6,739 and 81, six: 43,164 and 73.
COMPLETED, COMPLETED_OTHERS, MORE_DOUBLE = {2: 0.9, 3: 2.9, 4: 4.4, 5: 3.9, 6: 6.4}, 4.5, -3.0
MAX_COUNT = max(COMPLETED)
# How much less a carbon more is meant where its bond is not seen and the drawing is the same: in
# 1,200 drawings at 25 pixels a bond 8 chains could go on so and 5 did; 122 other atoms could carry
# such a carbon and 4 did. Of 6,000 molecules 451 isopropyls and 199 tert-butyls.
LONGER_CHAIN, BRANCH, TERT_BUTYL = -0.5, -3.4, -0.8
# Lines this near to upright or level, in degrees, can vanish as a whole.
LEVEL = 5.0
ORDERS = {"single": 1, "wedge": 1, "hash": 1, "double": 2, "triple": 3}


def invisible_bonds_of(inchi: str, limit: int = 8) -> dict[str, float]:
    """List molecules that differ in the order of one level or upright bond: single or double.

    Indigo may crash on the InChI: call this in an isolated process.

    Args:
        inchi: The molecule that is drawn.
        limit: The maximum number of InChIs.

    Returns:
        InChI -> the log-odds that it is meant rather than the given one. Empty where RDKit or
        Indigo cannot read the given one.
    """
    molecule = quiet_chem().MolFromInchi(inchi)
    try:
        _, drawn = render_molecule(inchi, "svg", FINE_BOND_PIXELS)
        atoms, bonds = laid_atoms(drawn), list(graph_bonds(drawn))
    except DrawingError:
        return {}
    if molecule is None or not _as_drawn(molecule, atoms, bonds):
        return {}
    aromatic = _aromatic(quiet_chem().MolFromInchi(inchi))
    log_odds: dict[str, float] = {}
    for bond in molecule.GetBonds():
        begin, end = (atoms[place] for place in (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()))
        other = _with_other_order(molecule, bond.GetIdx()) if _tilt(begin, end) < LEVEL else None
        if other is None:
            continue
        gained, text = _aromatic(other) - aromatic, str(quiet_chem().MolToInchi(other))
        if text.startswith(PREFIX) and text != inchi:
            more = bond.GetBondTypeAsDouble() == 1
            log_odds[text] = _completed(gained) if gained else MORE_DOUBLE * more
    return dict(list(log_odds.items())[:limit])


def _completed(gained: int) -> float:
    """The logarithm of how often a molecule with ``gained`` more aromatic atoms (fewer where that
    is negative) is meant rather than the other."""
    return copysign(COMPLETED.get(min(abs(gained), MAX_COUNT), COMPLETED_OTHERS), gained)


def _as_drawn(molecule: Any, atoms: Sequence[LaidAtom], bonds: Sequence[GraphBond]) -> bool:
    """Gives an RDKit molecule the double bonds that Indigo drew; False where the two differ."""
    chem = quiet_chem()
    if [atom.GetSymbol() for atom in molecule.GetAtoms()] != [
        atom.symbol for atom in atoms[: molecule.GetNumAtoms()]
    ]:
        return False
    orders = {frozenset((bond.begin, bond.end)): ORDERS.get(bond.kind, 1) for bond in bonds}
    chem.Kekulize(molecule, clearAromaticFlags=True)
    for bond in molecule.GetBonds():
        order = orders.get(frozenset((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())))
        if order is None:
            return False
        bond.SetBondType(chem.BondType.values[order])
    return True


def _aromatic(molecule: Any) -> int:
    return sum(atom.GetIsAromatic() for atom in molecule.GetAtoms())


def _tilt(begin: Any, end: Any) -> float:
    """Degrees between a bond and the nearer of the two axes."""
    return _slant(np.array([end.x - begin.x, end.y - begin.y]))


def _slant(way_2: np.ndarray) -> float:
    """Degrees between a vector and the nearer of the two axes."""
    angle = atan2(way_2[1], way_2[0]) % (pi / 2)
    return degrees(min(angle, pi / 2 - angle))


def _with_other_order(molecule: Any, number: int) -> Any | None:
    """The molecule with that bond double instead of single or the other way round, its ends with a
    hydrogen less or more; None where that is none."""
    chem = quiet_chem()
    changed = chem.RWMol(molecule)
    bond = changed.GetBondWithIdx(number)
    double, single = chem.BondType.DOUBLE, chem.BondType.SINGLE
    if bond.GetBondType() not in (double, single):
        return None
    more = -1 if bond.GetBondType() == single else 1
    for atom in (bond.GetBeginAtom(), bond.GetEndAtom()):
        hydrogens = atom.GetTotalNumHs() + more
        if hydrogens < 0:
            return None
        atom.SetNoImplicit(True)
        atom.SetNumExplicitHs(hydrogens)
        if more < 0:
            atom.SetChiralTag(chem.ChiralType.CHI_UNSPECIFIED)
    bond.SetBondType(double if more < 0 else single)
    bond.SetStereo(chem.BondStereo.STEREONONE)
    if chem.SanitizeMol(changed, catchErrors=True) != chem.SanitizeFlags.SANITIZE_NONE:
        return None
    return changed


def invisible_carbons(inchi: str, place: Place, size: tuple[int, int]) -> dict[str, float]:
    """List molecules with one carbon more or less whose bond would be invisible in the picture.

    The bond is tried where the drawing lies and ``HAIR`` pixels beside it. Whether Indigo lays the
    molecules out alike is left to a comparison of their drawings. Indigo may crash on the InChI:
    call this in an isolated process.

    Args:
        inchi: The answer.
        place: Scale and shift (x, y) from bond lengths of its drawing to pixels.
        size: The upright picture's height and width in pixels.

    Returns:
        InChI -> the log-odds that it is meant rather than the given one.

    Raises:
        DrawingError: If the given InChI cannot be drawn.
    """
    svg, drawn = render_molecule(inchi, "svg", FINE_BOND_PIXELS)
    shapes, atoms, bonds = shapes_of_svg(svg), laid_atoms(drawn), list(graph_bonds(drawn))
    molecule = quiet_chem().MolFromInchi(inchi)
    if molecule is None or not _as_drawn(molecule, atoms, bonds):
        return {}
    left, top = svg_frame(atoms, svg, shapes)
    spots = np.array([(atom.x + left, top - atom.y) for atom in atoms])
    strokes = shapes.strokes_S5
    width = float(np.median(strokes[:, 4])) / FINE_BOND_PIXELS if len(strokes) else 0.04

    def invisible(begin: np.ndarray, end: np.ndarray) -> bool:
        stroke_5 = np.array([*begin, *end, width])
        return _slant(end - begin) < LEVEL and any(
            could_hide(stroke_5, (scale, (x + across, y + down)), size)
            for across, down in product((0.0, -HAIR, HAIR), repeat=2)
        )

    scale, (x, y) = place
    neighbors = _neighbors(bonds)
    log_odds: dict[str, float] = {}
    for number, others in neighbors.items():
        if not (atoms[number].may_be_bare and atoms[number].hydrogens):
            continue
        here = spots[number]
        if len(others) == 1 and atoms[number].hydrogens == 3 and invisible(spots[others[0]], here):
            log_odds[_without_carbon(molecule, number)] = -_carbon_log_odds(
                atoms, neighbors, others[0], number
            )
        if any(invisible(here, here + way) for way in _free_ways(spots[others] - here)):
            log_odds[_with_carbon(molecule, number)] = _carbon_log_odds(atoms, neighbors, number)
    return {text: chance for text, chance in log_odds.items() if text not in ("", inchi)}


def _carbon_log_odds(
    atoms: Sequence[LaidAtom], neighbors: Mapping[int, Sequence[int]], number: int, carbon: int = -1
) -> float:
    """Log-odds that an atom carries another carbon; ``carbon``: that atom, where it is drawn."""
    others = [other for other in neighbors[number] if other != carbon]
    if len(others) == 1:
        return LONGER_CHAIN if atoms[number].may_be_bare else BRANCH
    methyls = sum(atoms[other].hydrogens == 3 and atoms[other].may_be_bare for other in others)
    return TERT_BUTYL if len(others) == 3 and methyls == 2 else BRANCH


def _neighbors(bonds: Sequence[GraphBond]) -> dict[int, list[int]]:
    neighbors: dict[int, list[int]] = {}
    for bond in bonds:
        neighbors.setdefault(bond.begin, []).append(bond.end)
        neighbors.setdefault(bond.end, []).append(bond.begin)
    return neighbors


def _with_carbon(molecule: Any, number: int) -> str:
    """The InChI with a methyl at an atom in place of a hydrogen, "" where there is none."""
    chem = quiet_chem()
    changed = chem.RWMol(molecule)
    changed.AddBond(number, changed.AddAtom(chem.Atom(6)), chem.BondType.SINGLE)
    hydrogens = molecule.GetAtomWithIdx(number).GetTotalNumHs() - 1
    return _inchi_with_hydrogens(changed, number, hydrogens)


def _without_carbon(molecule: Any, number: int) -> str:
    """The InChI with a hydrogen in place of a methyl, "" where there is none."""
    changed = quiet_chem().RWMol(molecule)
    (neighbor,) = molecule.GetAtomWithIdx(number).GetNeighbors()
    place, hydrogens = neighbor.GetIdx(), neighbor.GetTotalNumHs() + 1
    changed.GetAtomWithIdx(place).SetChiralTag(quiet_chem().ChiralType.CHI_UNSPECIFIED)
    changed.RemoveAtom(number)
    return _inchi_with_hydrogens(changed, place - (place > number), hydrogens)


def _inchi_with_hydrogens(changed: Any, number: int, hydrogens: int) -> str:
    """The InChI of a molecule of which one atom has that many hydrogens. "" where no caption has
    it: captions leave all centers open or none."""
    chem = quiet_chem()
    atom = changed.GetAtomWithIdx(number)
    atom.SetNoImplicit(True)
    atom.SetNumExplicitHs(hydrogens)
    if chem.SanitizeMol(changed, catchErrors=True) != chem.SanitizeFlags.SANITIZE_NONE:
        return ""
    text = str(chem.MolToInchi(changed))
    return text if text.startswith(PREFIX) and "?" not in text else ""


def _free_ways(bonds_N2: np.ndarray) -> list[np.ndarray]:
    """Where a drawing would put one more bond: unit vectors (x, y)."""
    bonds_N2 = bonds_N2 / np.maximum(np.hypot(*bonds_N2.T), 1e-9)[:, None]
    if len(bonds_N2) == 1:
        (x, y), cosine, sine = -bonds_N2[0], cos(pi / 3), sin(pi / 3)
        return [np.array((x * cosine - y * s, x * s + y * cosine)) for s in (sine, -sine)]
    angles = np.sort(np.arctan2(bonds_N2[:, 1], bonds_N2[:, 0]))
    gaps = np.diff(np.append(angles, angles[0] + 2 * pi))
    widest = int(np.argmax(gaps))
    middle = angles[widest] + gaps[widest] / 2
    return [np.array((cos(middle), sin(middle)))]
