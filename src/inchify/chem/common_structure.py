"""Which atoms and bonds of a read molecule the true molecule has too, by their common substructure.

RDKit's rdFMCS finds the largest connected substructure with the same elements; bonds may differ in
order, which is compared afterwards: Kekulé structures and tautomers are drawn in several ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inchify.chem.convert import molecule_of_inchi, quiet_chem

# Seconds after which a search for the common substructure gives up and nothing counts as shared.
SEARCH_SECONDS = 20


@dataclass(frozen=True)
class CommonStructure:
    """What a molfile's molecule shares with the true one; atoms are places in the molfile.

    Attributes:
        atoms: Those with the same element and the same place in the structure.
        other_elements: True symbols of atoms whose place in the structure is the same.
        doubtful: Pairs of shared atoms whose bond has another order there, or is missing.
        other_hydrogens: Shared atoms whose charge or number of hydrogens differs.
        missing: Shared atoms at which the truth has a bond to something that was not read.
    """

    atoms: frozenset[int] = frozenset()
    other_elements: tuple[tuple[int, str], ...] = ()
    doubtful: frozenset[tuple[int, int]] = frozenset()
    other_hydrogens: frozenset[int] = frozenset()
    missing: frozenset[int] = frozenset()


def common_structure(molfile: str, inchi: str) -> CommonStructure:
    """Compare a read molecule with the true one.

    Args:
        molfile: The read molecule.
        inchi: The true molecule.

    Returns:
        What they share; nothing where either is no molecule or the search gave up.
    """
    from rdkit.Chem import rdFMCS

    chem = quiet_chem()
    read, true = chem.MolFromMolBlock(molfile, removeHs=True), molecule_of_inchi(inchi)
    if read is None or true is None:
        return CommonStructure()
    found = rdFMCS.FindMCS(
        [read, true],
        atomCompare=rdFMCS.AtomCompare.CompareElements,
        bondCompare=rdFMCS.BondCompare.CompareAny,
        timeout=SEARCH_SECONDS,
    )
    pattern = chem.MolFromSmarts(found.smartsString) if not found.canceled else None
    if pattern is None or not pattern.GetNumAtoms():
        return CommonStructure()
    pairs = zip(read.GetSubstructMatch(pattern), true.GetSubstructMatch(pattern), strict=True)
    return _compared(read, true, dict(pairs))


def _compared(read: Any, true: Any, matched: dict[int, int]) -> CommonStructure:
    """What differs between two molecules of which ``matched`` atoms correspond."""
    others = _other_elements(read, true, matched)
    both = matched | {one: other for one, other, _ in others}
    back = {other: one for one, other in both.items()}
    doubtful = {
        _pair(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
        for bond in read.GetBonds()
        if _differs(bond, true, both)
    }
    missing = set()
    for bond in true.GetBonds():
        ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        shared = [back[end] for end in ends if end in back]
        if len(shared) == 1 or (shared and read.GetBondBetweenAtoms(*shared) is None):
            missing.update(shared)
    return CommonStructure(
        atoms=frozenset(matched),
        other_elements=tuple((one, symbol) for one, _, symbol in others),
        doubtful=frozenset(doubtful),
        other_hydrogens=frozenset(
            one
            for one, other in both.items()
            if _hydrogens(read.GetAtomWithIdx(one)) != _hydrogens(true.GetAtomWithIdx(other))
        ),
        missing=frozenset(missing),
    )


def _other_elements(read: Any, true: Any, matched: dict[int, int]) -> list[tuple[int, int, str]]:
    """Atoms between the same shared neighbours whose elements differ: (read, true, symbol)."""
    by_neighbours: dict[frozenset[int], list[Any]] = {}
    taken = set(matched.values())
    for atom in true.GetAtoms():
        around = frozenset(other.GetIdx() for other in atom.GetNeighbors())
        if atom.GetIdx() not in taken and around and around <= taken:
            by_neighbours.setdefault(around, []).append(atom)
    found = []
    for atom in read.GetAtoms():
        near = [other.GetIdx() for other in atom.GetNeighbors()]
        if atom.GetIdx() in matched or not near or any(other not in matched for other in near):
            continue
        candidates = by_neighbours.get(frozenset(matched[other] for other in near), [])
        if len(candidates) == 1:
            found.append((atom.GetIdx(), candidates[0].GetIdx(), candidates[0].GetSymbol()))
    once = {other for _, other, _ in found}
    return found if len(once) == len(found) else []


def _differs(bond: Any, true: Any, both: dict[int, int]) -> bool:
    """Whether a read bond between corresponding atoms has another order in the truth, or none."""
    begin, end = both.get(bond.GetBeginAtomIdx()), both.get(bond.GetEndAtomIdx())
    if begin is None or end is None:
        return False
    other = true.GetBondBetweenAtoms(begin, end)
    return other is None or other.GetBondType() != bond.GetBondType()


def _hydrogens(atom: Any) -> tuple[int, int]:
    return atom.GetTotalNumHs(), atom.GetFormalCharge()


def _pair(one: int, other: int) -> tuple[int, int]:
    return min(one, other), max(one, other)
