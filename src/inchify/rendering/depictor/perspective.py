"""Perspective layout of cage molecules, as seen from the side.

RDKit lays such rings out flat or by its own templates, which print seldom has. Places are in bond
lengths, y up.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from inchify.chemistry.convert import quiet_chem

Places = tuple[tuple[float, float], ...]
_ADAMANTANE = (
    *((0.87, 0.5), (0.0, 0.98), (-0.87, 0.5), (-0.87, -0.5), (0.0, -0.98), (0.87, -0.5)),
    *((0.28, -1.72), (-0.49, -1.3), (-0.49, 0.25), (-1.4, -1.72)),
)
_LOW_ADAMANTANE = (
    *((0.97, 0.62), (0.0, 1.12), (-1.02, 0.6), (-1.0, -0.38), (-0.02, -0.62), (0.94, -0.36)),
    *((0.45, -1.22), (-0.54, -1.0), (-0.5, 0.26), (-1.5, -1.26)),
)
_NORBORNANE = (
    *((0.56, -1.05), (1.31, -0.31), (0.4, 0.22), (-0.65, 0.22), (-1.42, -0.51), (-0.35, -0.51)),
    (0.13, 1.24),
)
_UPRIGHT_NORBORNANE = (
    *((0.15, 1.2), (0.88, 0.55), (0.45, -0.2), (0.5, -1.27), (-0.18, -0.6), (-0.24, 0.36)),
    (-1.1, 0.3),
)
_MORPHINAN = (
    *((-2.5, -0.86), (-2.0, -1.73), (-1.0, -1.73), (-0.5, -0.86), (-1.0, 0.0), (-2.0, 0.0)),
    *((-0.5, 0.86), (0.5, 0.86), (1.25, 1.53), (0.92, 0.8), (1.45, -0.38), (0.5, -0.86)),
)
_RING_C = ((1.0, -1.73), (2.0, -1.73), (2.5, -0.86), (2.0, 0.0), (1.0, 0.0))
# Rings by SMILES, with ways to lay out their atoms in that order; elements and orders do not count.
_CAGES: tuple[tuple[str, tuple[Places, ...]], ...] = (
    ("C1C2CC3CC1CC(C2)C3", (_ADAMANTANE, _LOW_ADAMANTANE)),
    ("C1CC2CCC1C2", (_NORBORNANE, _UPRIGHT_NORBORNANE)),
    (
        "C1CC2CCC1CC2",
        (
            (
                *((-0.87, 0.5), (-0.87, -0.5), (0.0, -1.0), (0.87, -0.5), (0.87, 0.5), (0.0, 1.0)),
                *((0.3, 0.25), (0.3, -0.45)),
            ),
        ),
    ),
    (
        "C1CC2CCC(C1)C2",
        (
            (
                *((1.5, -0.75), (1.35, 0.1), (0.4, 0.22), (-0.65, 0.22), (-1.42, -0.51)),
                *((-0.35, -0.51), (0.55, -1.15), (0.13, 1.24)),
            ),
        ),
    ),
    (
        "C12C3C4C1C5C2C3C45",
        (
            (
                *((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.45, 1.35), (0.45, 0.35)),
                *((1.45, 0.35), (1.45, 1.35)),
            ),
        ),
    ),
    ("c1ccc2c(c1)CC1NCCC23CCCCC13", ((*_MORPHINAN, *_RING_C),)),
    ("c1cc2c3c(c1)CC1NCCC34C1CCCC4O2", ((*_MORPHINAN, *_RING_C[::-1], (0.0, -2.25)),)),
)
# RDKit's own bonds, in its units.
BOND = 1.5
# How far a drawing's proportions differ from those above.
_WIDER, _SHEAR = 0.12, 0.12


@lru_cache(maxsize=1)
def cages() -> tuple[tuple[Any, tuple[Places, ...]], ...]:
    """The cages as queries of any elements and orders, with their layouts."""
    chem = quiet_chem()
    parameters = chem.AdjustQueryParameters.NoAdjustments()
    parameters.makeAtomsGeneric = True
    parameters.makeBondsGeneric = True
    queries = []
    for smiles, layouts in _CAGES:
        molecule = chem.MolFromSmiles(smiles)
        assert all(len(places) == molecule.GetNumAtoms() for places in layouts)
        queries.append((chem.AdjustQueryProperties(molecule, parameters), layouts))
    return tuple(queries)


def perspective_places(molecule: Any, generator: np.random.Generator) -> dict[int, Any]:
    """Places in RDKit's units for the atoms of every known cage that is a whole ring system, by the
    atoms' numbers; only of the first cage, for two would not stand free of each other."""
    from rdkit.Geometry import Point2D

    systems = list(ring_systems(molecule))
    ends = [{bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()} for bond in molecule.GetBonds()]
    for query, layouts in cages():
        matches = molecule.GetSubstructMatches(query, uniquify=False, maxMatches=200)
        # Cubane has all bonds of bicyclooctane, and more.
        matches = [
            match
            for match in matches
            if set(match) in systems
            and sum(pair <= set(match) for pair in ends) == query.GetNumBonds()
        ]
        if not matches:
            continue
        match = matches[int(generator.integers(len(matches)))]
        places_N2 = np.array(layouts[int(generator.integers(len(layouts)))])
        wide, high = generator.uniform(1 - _WIDER, 1 + _WIDER, 2)
        lean = generator.uniform(-_SHEAR, _SHEAR)
        change = np.array(((wide, 0.0), (lean, high)))
        if generator.random() < 0.5:
            change[:, 0] *= -1
        return {
            atom: Point2D(float(x), float(y))
            for atom, (x, y) in zip(match, BOND * places_N2 @ change, strict=True)
        }
    return {}


def ring_systems(molecule: Any) -> Iterator[set[int]]:
    """The atoms of rings that share bonds, one set for each such system."""
    rings = molecule.GetRingInfo()
    left = [
        (set(atoms), set(bonds))
        for atoms, bonds in zip(rings.AtomRings(), rings.BondRings(), strict=True)
    ]
    while left:
        atoms, bonds = left.pop()
        changed = True
        while changed:
            changed = False
            for other in list(left):
                if other[1] & bonds:
                    atoms |= other[0]
                    bonds |= other[1]
                    left.remove(other)
                    changed = True
        yield atoms
