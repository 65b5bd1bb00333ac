"""A molecule goes in; the plain bonds that a drawing shows as dashes or broad strokes come out.

Patents draw both methyls of C(CH3)2, a fluorine of CF3 or a ring's bond so, where it says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np

from inchify.synth.depict.style import DrawingStyle

Look = Literal["bold", "dashes"]
# Of two or more equal ends: one dashed, all dashed, one dashed and another bold, one bold.
_WAYS: tuple[tuple[Look, ...], ...] = (("dashes",), ("dashes",) * 3, ("dashes", "bold"), ("bold",))
_SHARES = (0.3, 0.35, 0.25, 0.1)
# The chance of other chain bonds and of a ring's, as a part of that of equal ends.
CHAINS, RINGS = 0.12, 0.03


def flat_looks(
    molecule: Any, marked: Iterable[int], style: DrawingStyle, generator: np.random.Generator
) -> dict[int, Look]:
    """Bonds at no possible centre and how they are drawn, by their index; ``marked`` bonds already
    have a kind of their own."""
    from rdkit import Chem

    taken = set(marked)
    centres = possible_centres(molecule)
    free = [
        bond
        for bond in molecule.GetBonds()
        if bond.GetBondType() == Chem.BondType.SINGLE
        and bond.GetIdx() not in taken
        and bond.GetStereo() == Chem.BondStereo.STEREONONE
        and not centres & {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()}
    ]
    found: dict[int, Look] = {}
    for bonds in equal_ends(free):
        if generator.random() < style.flat_dash_chance:
            way = _WAYS[int(generator.choice(len(_WAYS), p=_SHARES))]
            order = generator.permutation(len(bonds)).tolist()
            found |= {bonds[place]: look for place, look in zip(order, way, strict=False)}
    for bond in free:
        part = RINGS if bond.IsInRing() else CHAINS
        if bond.GetIdx() not in found and generator.random() < part * style.flat_dash_chance:
            found[bond.GetIdx()] = "bold" if generator.random() < 0.3 else "dashes"
    return found


def possible_centres(molecule: Any) -> set[int]:
    """Atoms that may have a configuration, whether anybody said it or not."""
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
            whole = all(other.GetBondTypeAsDouble() == 1 for other in atom.GetBonds())
            if end.GetDegree() == 1 and end.GetAtomicNum() in (6, 9, 17) and whole:
                key = atom.GetIdx(), end.GetAtomicNum()
                groups.setdefault(key, []).append(bond.GetIdx())
    return [found for found in groups.values() if len(found) > 1]
