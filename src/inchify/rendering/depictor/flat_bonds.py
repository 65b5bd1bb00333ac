"""Plain bonds drawn hashed or bold without stereochemical meaning.

Patents draw both methyls of C(CH3)2, a fluorine of CF3 or a ring's bond so, where it says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np

from inchify.rendering.depictor.style import DrawingStyle

Stroke = Literal["bold", "dashes", "wedge"]
# Of two or more equal ends: one dashed, all dashed, one dashed and another bold, one bold.
_WAYS: tuple[tuple[Stroke, ...], ...] = (
    ("dashes",),
    ("dashes",) * 3,
    ("dashes", "bold"),
    ("bold",),
)
_SHARES = (0.3, 0.35, 0.25, 0.1)
# The chance of bonds to other ends, of other chain bonds and of a ring's, as a part of that of
# equal ends; how these are drawn.
ENDS, CHAINS, RINGS = 0.25, 0.08, 0.03
_STROKES: tuple[Stroke, ...] = ("dashes", "bold", "wedge")
_STROKE_SHARES = (0.65, 0.25, 0.1)
# Ends whose bonds make a straight line, to degrees: the sign for a bond that goes on elsewhere.
IN_LINE = 8.0


def flat_strokes(
    molecule: Any, marked: Iterable[int], style: DrawingStyle, generator: np.random.Generator
) -> dict[int, Stroke]:
    """Bonds at no possible center and how they are drawn, by their index; ``marked`` bonds already
    have another kind."""
    from rdkit import Chem

    taken = set(marked)
    centers = possible_centers(molecule)
    free = [
        bond
        for bond in molecule.GetBonds()
        if bond.GetBondType() == Chem.BondType.SINGLE
        and bond.GetIdx() not in taken
        and bond.GetStereo() == Chem.BondStereo.STEREONONE
        and not centers & {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()}
    ]
    strokes: dict[int, Stroke] = {}
    for bonds in equal_ends(free):
        if generator.random() < style.flat_dash_chance:
            way = _WAYS[int(generator.choice(len(_WAYS), p=_SHARES))]
            if in_line(molecule, bonds):
                way = ("dashes", "dashes")
            order = generator.permutation(len(bonds)).tolist()
            strokes |= {bonds[place]: stroke for place, stroke in zip(order, way, strict=False)}
    for bond in free:
        end = 1 in (bond.GetBeginAtom().GetDegree(), bond.GetEndAtom().GetDegree())
        part = RINGS if bond.IsInRing() else ENDS if end else CHAINS
        if bond.GetIdx() not in strokes and generator.random() < part * style.flat_dash_chance:
            strokes[bond.GetIdx()] = _STROKES[
                int(generator.choice(len(_STROKES), p=_STROKE_SHARES))
            ]
    return strokes


def in_line(molecule: Any, bonds: list[int]) -> bool:
    """Whether two bonds make one straight line."""
    if len(bonds) != 2:
        return False
    first, second = (molecule.GetBondWithIdx(bond) for bond in bonds)
    ends = {first.GetBeginAtomIdx(), first.GetEndAtomIdx()}
    (middle,) = ends & {second.GetBeginAtomIdx(), second.GetEndAtomIdx()}
    at_N2 = molecule.GetConformer().GetPositions()[:, :2]
    angles = [
        np.arctan2(*(at_N2[bond.GetOtherAtomIdx(middle)] - at_N2[middle]))
        for bond in (first, second)
    ]
    bent = abs(np.degrees(np.angle(np.exp(1j * (angles[0] - angles[1])))))
    return bool(bent > 180 - IN_LINE)


def line_up_ends(
    molecule: Any, places_N2: np.ndarray, style: DrawingStyle, generator: np.random.Generator
) -> None:
    """Place the two equal ends of some atoms with one more bond on a line perpendicular to that
    bond, in place."""
    single = [bond for bond in molecule.GetBonds() if bond.GetBondTypeAsDouble() == 1]
    for bonds in equal_ends(single):
        first, second = (molecule.GetBondWithIdx(bond) for bond in bonds[:2])
        ends = [
            end
            for bond in (first, second)
            for end in (bond.GetBeginAtom(), bond.GetEndAtom())
            if end.GetDegree() == 1
        ]
        middle = first.GetOtherAtom(ends[0])
        neighbors = [atom.GetIdx() for atom in middle.GetNeighbors()]
        rest = set(neighbors) - {end.GetIdx() for end in ends}
        if len(neighbors) != 3 or len(rest) != 1 or generator.random() >= style.flat_dash_chance:
            continue
        center = places_N2[middle.GetIdx()]
        along = center - places_N2[rest.pop()]
        angle = np.arctan2(along[1], along[0]) + np.pi / 2 + generator.uniform(-0.4, 0.4)
        length = generator.uniform(0.8, 1.1)
        step = length * np.array((np.cos(angle), np.sin(angle)))
        for end, way in zip(ends, (1, -1), strict=True):
            places_N2[end.GetIdx()] = center + way * step


def possible_centers(molecule: Any) -> set[int]:
    """Potential stereocenters, whether their configuration is specified or not."""
    from rdkit import Chem

    tetrahedral = Chem.StereoType.Atom_Tetrahedral
    return {
        stereo.centeredOn
        for stereo in Chem.FindPotentialStereo(molecule)
        if stereo.type == tetrahedral
    } | {atom.GetIdx() for atom in molecule.GetAtoms() if int(atom.GetChiralTag())}


def equal_ends(bonds: Iterable[Any]) -> list[list[int]]:
    """The bonds from one saturated atom to two or more ends of one element, such sets by index."""
    groups: dict[tuple[int, int], list[int]] = {}
    for bond in bonds:
        for atom, end in (
            (bond.GetBeginAtom(), bond.GetEndAtom()),
            (bond.GetEndAtom(), bond.GetBeginAtom()),
        ):
            saturated = all(other.GetBondTypeAsDouble() == 1 for other in atom.GetBonds())
            if end.GetDegree() == 1 and end.GetAtomicNum() in (6, 9, 17) and saturated:
                key = atom.GetIdx(), end.GetAtomicNum()
                groups.setdefault(key, []).append(bond.GetIdx())
    return [group for group in groups.values() if len(group) > 1]
