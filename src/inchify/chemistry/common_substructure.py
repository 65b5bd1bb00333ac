"""Atoms and bonds that a read molecule shares with the true one, by maximum common substructure.

RDKit's rdFMCS finds the largest connected substructure, whatever its elements and bond orders.
These are compared afterwards: one misread letter must not tear a chain apart, and tautomers are
drawn in several ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inchify.chemistry.convert import molecule_of_inchi, quiet_chem

# Seconds after which a search for the common substructure gives up and nothing counts as shared.
SEARCH_SECONDS = 20
# Maximum number of matches of the common part in a symmetric molecule that are compared.
MAX_MATCHES = 200


@dataclass(frozen=True)
class CommonStructure:
    """What a molfile's molecule shares with the true one; atoms are places in the molfile.

    Attributes:
        atoms: Those with the same element and the same place in the structure.
        other_elements: True symbols of misread atoms between such.
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
        What they share; empty where either is no molecule or the search timed out.
    """
    chem = quiet_chem()
    read, true = chem.MolFromMolBlock(molfile, removeHs=True), molecule_of_inchi(inchi)
    if read is None or true is None:
        return CommonStructure()
    maps = atom_maps(read, true)
    if not maps:
        return CommonStructure()
    return _compared(read, true, max(maps, key=lambda matched: similarity(read, true, matched)))


def atom_maps(read: Any, true: Any) -> list[dict[int, int]]:
    """Map the largest common connected substructure of two molecules, of any elements and orders.

    Args:
        read: RDKit molecule that was read.
        true: RDKit molecule that it is compared with.

    Returns:
        Mappings of read atoms to true ones, at most ``MAX_MATCHES``; none where the search gave up.
    """
    from rdkit.Chem import rdFMCS

    result = rdFMCS.FindMCS(
        [read, true],
        atomCompare=rdFMCS.AtomCompare.CompareAny,
        bondCompare=rdFMCS.BondCompare.CompareAny,
        ringMatchesRingOnly=True,
        timeout=SEARCH_SECONDS,
    )
    pattern = quiet_chem().MolFromSmarts(result.smartsString) if not result.canceled else None
    if pattern is None or not pattern.GetNumAtoms():
        return []
    first = read.GetSubstructMatch(pattern)
    others = true.GetSubstructMatches(pattern, uniquify=False, maxMatches=MAX_MATCHES)
    return [dict(zip(first, other, strict=True)) for other in others]


def similarity(read: Any, true: Any, matched: dict[int, int]) -> int:
    """The number of elements (twice) and bonds that two molecules share under an atom mapping."""
    elements = sum(_same_element(read, true, atom, matched[atom]) for atom in matched)
    bonds = sum(not _differs(bond, true, matched) for bond in read.GetBonds())
    return 2 * elements + bonds


def _compared(read: Any, true: Any, both: dict[int, int]) -> CommonStructure:
    """What differs between two molecules whose atoms ``both`` correspond."""
    back = {other: atom for atom, other in both.items()}
    atoms = {atom for atom, other in both.items() if _same_element(read, true, atom, other)}
    others = [
        (atom, true.GetAtomWithIdx(other).GetSymbol())
        for atom, other in both.items()
        if atom not in atoms and _between(read, atom, atoms)
    ]
    named = atoms | {atom for atom, _ in others}
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
        atoms=frozenset(atoms),
        other_elements=tuple(others),
        doubtful=frozenset(doubtful),
        other_hydrogens=frozenset(
            atom
            for atom, other in both.items()
            if atom in named
            and _hydrogens(read.GetAtomWithIdx(atom)) != _hydrogens(true.GetAtomWithIdx(other))
        ),
        missing=frozenset(missing),
    )


def _same_element(read: Any, true: Any, atom: int, other: int) -> bool:
    numbers = read.GetAtomWithIdx(atom).GetAtomicNum(), true.GetAtomWithIdx(other).GetAtomicNum()
    return numbers[0] == numbers[1]


def _between(read: Any, atom: int, atoms: set[int]) -> bool:
    """Whether all neighbors of an atom are among ``atoms``."""
    return all(neighbor.GetIdx() in atoms for neighbor in read.GetAtomWithIdx(atom).GetNeighbors())


def _differs(bond: Any, true: Any, both: dict[int, int]) -> bool:
    """Whether a read bond between corresponding atoms has another order in the truth, or none."""
    begin, end = both.get(bond.GetBeginAtomIdx()), both.get(bond.GetEndAtomIdx())
    if begin is None or end is None:
        return False
    other = true.GetBondBetweenAtoms(begin, end)
    return other is None or other.GetBondType() != bond.GetBondType()


def _hydrogens(atom: Any) -> tuple[int, int]:
    return atom.GetTotalNumHs(), atom.GetFormalCharge()


def _pair(first: int, second: int) -> tuple[int, int]:
    return min(first, second), max(first, second)
