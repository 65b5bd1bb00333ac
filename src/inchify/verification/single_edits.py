"""Molecules that differ from a proposal in one place: another element, one carbon more or less, one
bond more.

Readers confuse similar letters of an unusual typeface, lose a line that noise broke, or miss the
rear bond of a cage in every view. Where no candidate's rendering explains a picture, these
neighbors are rendered too.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from inchify.chemistry.convert import quiet_chem
from inchify.chemistry.inchi import PREFIX

# Symbols that are taken for one another, by the number of an atom's bonds, each bond counted as
# often as its order: with one many, with two those that have two, with three those that have three.
LIKE = {1: (6, 7, 8, 9, 16, 17, 35, 53), 2: (7, 8, 16), 3: (6, 7)}
# A methoxy whose carbon is lost looks like a halogen.
HALOGENS = (9, 17, 35, 53)
# Between which distances along the bonds a bond may be missing, those of usual rings first.
CLOSURES = (5, 4, 3, 2, 6)


def edits(inchi: str, limit: int) -> list[str]:
    """List molecules that differ in one place from a molecule.

    Args:
        inchi: The molecule.
        limit: The maximum number of InChIs.

    Returns:
        Different InChIs, the likeliest kinds of edits first; empty where RDKit cannot read the
        molecule.
    """
    chem = quiet_chem()
    molecule = chem.MolFromInchi(inchi)
    if molecule is None:
        return []
    chem.Kekulize(molecule, clearAromaticFlags=True)
    inchis: dict[str, None] = {}
    for changed in _all(molecule):
        text = _inchi(changed)
        if text and text != inchi:
            inchis[text] = None
        if len(inchis) >= limit:
            break
    return list(inchis)


def _all(molecule: Any) -> Iterator[Any]:
    yield from _other_letters(molecule)
    yield from _longer_and_shorter(molecule)
    yield from _closed(molecule)


def _other_letters(molecule: Any) -> Iterator[Any]:
    for atom in molecule.GetAtoms():
        orders = round(sum(bond.GetBondTypeAsDouble() for bond in atom.GetBonds()))
        like = LIKE.get(orders, ())
        if atom.GetAtomicNum() not in like or atom.GetFormalCharge():
            continue
        for number in like:
            if number != atom.GetAtomicNum():
                changed = _editable(molecule)
                changed.GetAtomWithIdx(atom.GetIdx()).SetAtomicNum(number)
                yield _freed(changed, atom.GetIdx())
        if atom.GetAtomicNum() in HALOGENS:
            changed = _editable(molecule)
            changed.GetAtomWithIdx(atom.GetIdx()).SetAtomicNum(8)
            yield _freed(_with_carbon(changed, atom.GetIdx()), atom.GetIdx())


def _longer_and_shorter(molecule: Any) -> Iterator[Any]:
    """With a carbon more at an atom that has a hydrogen, in a bond, or with one less."""
    single = quiet_chem().BondType.SINGLE
    for atom in molecule.GetAtoms():
        place = atom.GetIdx()
        if atom.GetTotalNumHs():
            yield _freed(_with_carbon(_editable(molecule), place), place)
        if atom.GetAtomicNum() == 6 and atom.GetDegree() <= 2 and not atom.GetFormalCharge():
            ends = [end.GetIdx() for end in atom.GetNeighbors()]
            if all(bond.GetBondType() == single for bond in atom.GetBonds()) and ends:
                yield _without_carbon(molecule, place, ends)
    for bond in molecule.GetBonds():
        if bond.GetBondType() == single:
            changed = _editable(molecule)
            carbon = changed.AddAtom(quiet_chem().Atom(6))
            begin, end = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
            _rebonded(changed, begin, end, carbon)
            changed.AddBond(carbon, end, single)
            yield changed


def _closed(molecule: Any) -> Iterator[Any]:
    """With a bond between two atoms that have hydrogens, or a carbon there that both are bonded
    to; first where an end of a chain is one of them, for what lost a bond looks like one."""
    single = quiet_chem().BondType.SINGLE
    apart = quiet_chem().GetDistanceMatrix(molecule)
    free = [atom.GetIdx() for atom in molecule.GetAtoms() if atom.GetTotalNumHs()]
    ends = {place for place in free if molecule.GetAtomWithIdx(place).GetDegree() == 1}
    pairs = [pair for pair in combinations(free, 2) if apart[pair] in CLOSURES]
    pairs.sort(key=lambda pair: (not ends & set(pair), CLOSURES.index(apart[pair])))
    for first, second in pairs:
        changed = _editable(molecule)
        changed.AddBond(first, second, single)
        yield _freed(changed, first, second)
        changed = _with_carbon(_editable(molecule), first)
        changed.AddBond(second, changed.GetNumAtoms() - 1, single)
        yield _freed(changed, first, second)


def _editable(molecule: Any) -> Any:
    return quiet_chem().RWMol(molecule)


def _with_carbon(changed: Any, place: int) -> Any:
    chem = quiet_chem()
    changed.AddBond(place, changed.AddAtom(chem.Atom(6)), chem.BondType.SINGLE)
    return changed


def _without_carbon(molecule: Any, place: int, ends: list[int]) -> Any:
    """Without a carbon at the end of a chain or in it."""
    changed = _editable(molecule)
    if len(ends) == 2:
        first, second = ends
        if changed.GetBondBetweenAtoms(first, second) is None:
            for begin in ends:
                _turned(changed, begin, place)
            changed.AddBond(first, second, quiet_chem().BondType.SINGLE)
            changed.RemoveAtom(place)
            return changed
    freed = _freed(changed, *ends)
    freed.RemoveAtom(place)
    return freed


def _rebonded(changed: Any, atom: int, old: int, new: int) -> None:
    """Bonds an atom to another in place of the old one, its configuration as it was."""
    _turned(changed, atom, old)
    changed.RemoveBond(atom, old)
    changed.AddBond(atom, new, quiet_chem().BondType.SINGLE)


def _turned(changed: Any, atom: int, old: int) -> None:
    """Keeps an atom's configuration although its bond to ``old`` becomes its last."""
    ends = [neighbor.GetIdx() for neighbor in changed.GetAtomWithIdx(atom).GetNeighbors()]
    if (len(ends) - 1 - ends.index(old)) % 2:
        changed.GetAtomWithIdx(atom).InvertChirality()


def _freed(changed: Any, *places: int) -> Any:
    """With as many hydrogens at these atoms as their valences ask for, and no configuration."""
    for place in places:
        atom = changed.GetAtomWithIdx(place)
        atom.SetNoImplicit(False)
        atom.SetNumExplicitHs(0)
        atom.SetChiralTag(quiet_chem().ChiralType.CHI_UNSPECIFIED)
    return changed


def _inchi(changed: Any) -> str:
    """Its InChI, "" where it is no molecule or, as no caption does, leaves one of its centers
    open."""
    chem = quiet_chem()
    if chem.SanitizeMol(changed, catchErrors=True) != chem.SanitizeFlags.SANITIZE_NONE:
        return ""
    text = str(chem.MolToInchi(changed))
    return text if text.startswith(PREFIX) and "?" not in text else ""
