"""Whether a molecule has a bond that no small ring can have.

Beside an aromatic ring's double bond a line that is not there is easily read.
"""

from __future__ import annotations

from functools import lru_cache

from inchify.chemistry.convert import quiet_chem

# Rings of at most ``SMALL_RING`` atoms have neither triple bonds nor two double bonds at one
# carbon: of 6,000 molecules none has.
SMALL_RING = 7


@lru_cache(maxsize=512)
def is_strained(inchi: str) -> bool:
    """Whether a small ring has a triple bond or a carbon with two double bonds."""
    chem = quiet_chem()
    molecule = chem.MolFromInchi(inchi)
    if molecule is None:
        return False
    chem.Kekulize(molecule, clearAromaticFlags=True)
    orders = {bond.GetIdx(): bond.GetBondTypeAsDouble() for bond in molecule.GetBonds()}
    rings = [ring for ring in molecule.GetRingInfo().BondRings() if len(ring) <= SMALL_RING]
    if any(orders[bond] == 3 for ring in rings for bond in ring):
        return True
    in_ring = {bond for ring in rings for bond in ring}
    return any(
        atom.GetAtomicNum() == 6
        and sum(orders[bond.GetIdx()] == 2 for bond in atom.GetBonds()) > 1
        and sum(bond.GetIdx() in in_ring for bond in atom.GetBonds()) > 1
        and all(bond.GetIdx() in in_ring for bond in atom.GetBonds() if orders[bond.GetIdx()] == 2)
        for atom in molecule.GetAtoms()
    )
