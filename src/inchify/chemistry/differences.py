"""Where a read molecule differs from a given one, in words.

Both are laid on their largest common substructure (``common_substructure``). A difference is told
at atoms of the read molecule, which have places in the picture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from inchify.chemistry.common_substructure import atom_maps, similarity
from inchify.chemistry.convert import quiet_chem

DifferenceKind = Literal["element", "charge", "hydrogens", "isotope", "bond", "atoms", "stereo"]
ORDERS = {"SINGLE": "single", "DOUBLE": "double", "TRIPLE": "triple", "AROMATIC": "aromatic"}


@dataclass(frozen=True)
class Difference:
    """What differs at some ``atoms`` of the read molecule (places in its molfile, hydrogens left
    out); ``reason`` is for people."""

    kind: DifferenceKind
    atoms: tuple[int, ...]
    reason: str


def differences(molfile: str, smiles: str, *, stereo_only: bool = False) -> list[Difference]:
    """Compare a molecule that was read with one that was given.

    Args:
        molfile: The read molecule.
        smiles: The given one, called "the answer" in the reasons.
        stereo_only: Compare stereo alone: the rest is known to be the same, and bonds may only
            stand elsewhere because another tautomer is drawn.

    Returns:
        The differences; none where either is no molecule or nothing can be laid on the other.
    """
    chem = quiet_chem()
    read, true = chem.MolFromMolBlock(molfile, removeHs=True), chem.MolFromSmiles(smiles)
    if read is None or true is None:
        return []
    chem.AssignStereochemistry(read, cleanIt=True, force=True)
    maps = atom_maps(read, true)
    if not maps:
        return []
    both = max(
        maps,
        key=lambda one: (similarity(read, true, one), -sum(1 for _ in _stereo(read, true, one))),
    )
    if stereo_only:
        return list(_stereo(read, true, both))
    found = [*_atoms(read, true, both), *_bonds(read, true, both), *_extra(read, true, both)]
    return found or list(_stereo(read, true, both))


def _atoms(read: Any, true: Any, both: dict[int, int]) -> Iterator[Difference]:
    for one, other in sorted(both.items()):
        seen, known = read.GetAtomWithIdx(one), true.GetAtomWithIdx(other)
        if seen.GetAtomicNum() != known.GetAtomicNum():
            reason = f"{known.GetSymbol()} in the answer, {_symbol(seen)} in the picture"
            yield Difference("element", (one,), reason)
            continue
        if seen.GetFormalCharge() != known.GetFormalCharge():
            charges = known.GetFormalCharge(), seen.GetFormalCharge()
            reason = f"charge {charges[0]:+d} in the answer, {charges[1]:+d} in the picture"
            yield Difference("charge", (one,), reason)
        elif _same_bonds(seen, known) and seen.GetTotalNumHs() != known.GetTotalNumHs():
            counts = known.GetTotalNumHs(), seen.GetTotalNumHs()
            reason = f"{_hydrogens(counts[0])} in the answer, {counts[1]} in the picture"
            yield Difference("hydrogens", (one,), reason)
        if seen.GetIsotope() != known.GetIsotope():
            names = known.GetIsotope() or "no isotope", seen.GetIsotope() or "none"
            reason = f"{names[0]} in the answer, {names[1]} in the picture"
            yield Difference("isotope", (one,), reason)


def _symbol(atom: Any) -> str:
    """The symbol of a read atom; a dummy is something that is no element."""
    return str(atom.GetSymbol()) if atom.GetAtomicNum() else "a group without a structure"


def _hydrogens(count: int) -> str:
    return f"{count or 'no'} hydrogen{'' if count == 1 else 's'}"


def _same_bonds(seen: Any, known: Any) -> bool:
    kinds = [sorted(str(bond.GetBondType()) for bond in atom.GetBonds()) for atom in (seen, known)]
    return kinds[0] == kinds[1]


def _bonds(read: Any, true: Any, both: dict[int, int]) -> Iterator[Difference]:
    back = {other: one for one, other in both.items()}
    for bond in read.GetBonds():
        ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        if not all(end in both for end in ends):
            continue
        known = true.GetBondBetweenAtoms(both[ends[0]], both[ends[1]])
        if known is None:
            reason = f"no bond in the answer, a {_order(bond)} one in the picture"
            yield Difference("bond", ends, reason)
        elif known.GetBondType() != bond.GetBondType():
            reason = f"{_order(known)} bond in the answer, {_order(bond)} bond in the picture"
            yield Difference("bond", ends, reason)
    for bond in true.GetBonds():
        ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        if not all(end in back for end in ends):
            continue
        here = back[ends[0]], back[ends[1]]
        if read.GetBondBetweenAtoms(*here) is None:
            yield Difference(
                "bond", here, f"{_order(bond)} bond in the answer, none in the picture"
            )


def _order(bond: Any) -> str:
    kind = str(bond.GetBondType())
    return ORDERS.get(kind, kind.lower())


def _extra(read: Any, true: Any, both: dict[int, int]) -> Iterator[Difference]:
    """Atoms that only one of them has. Parts of their own that both have, such as counter-ions, are
    no difference: the common part is connected."""
    back = {other: one for one, other in both.items()}
    mine, theirs = _parts(read, set(both)), _parts(true, set(back))
    shared = Counter(name for name, _, whole in mine if whole)
    shared &= Counter(name for name, _, whole in theirs if whole)
    left = Counter(shared)
    for name, atoms, whole in mine:
        if whole and left[name] > 0:
            left[name] -= 1
            continue
        yield Difference("atoms", atoms, f"{name} in the picture, not in the answer")
    for name, atoms, whole in theirs:
        if whole and shared[name] > 0:
            shared[name] -= 1
            continue
        near = {
            back[other.GetIdx()]
            for atom in atoms
            for other in true.GetAtomWithIdx(atom).GetNeighbors()
            if other.GetIdx() in back
        }
        places = tuple(sorted(near)) or tuple(sorted(both))
        yield Difference("atoms", places, f"{name} in the answer, not in the picture")


def _parts(molecule: Any, known: set[int]) -> list[tuple[str, tuple[int, ...], bool]]:
    """Connected parts without ``known`` atoms: SMILES, atoms, whether it is a whole molecule."""
    left = [atom.GetIdx() for atom in molecule.GetAtoms() if atom.GetIdx() not in known]
    parts, done = [], set(known)
    for start in left:
        if start in done:
            continue
        part, todo, whole = [], [start], True
        done.add(start)
        while todo:
            number = todo.pop()
            part.append(number)
            for other in molecule.GetAtomWithIdx(number).GetNeighbors():
                whole = whole and other.GetIdx() not in known
                if other.GetIdx() not in done:
                    done.add(other.GetIdx())
                    todo.append(other.GetIdx())
        name = quiet_chem().MolFragmentToSmiles(molecule, part, isomericSmiles=False)
        parts.append((str(name), tuple(sorted(part)), whole))
    return parts


def _stereo(read: Any, true: Any, both: dict[int, int]) -> Iterator[Difference]:
    """Centers and double bonds whose CIP labels differ."""
    for one, other in sorted(both.items()):
        labels = [_center(true.GetAtomWithIdx(other)), _center(read.GetAtomWithIdx(one))]
        if labels[0] != labels[1]:
            told = [f"{label} centre" if label else "no stereocentre" for label in labels]
            yield Difference("stereo", (one,), f"{told[0]} in the answer, {told[1]} in the picture")
    for bond in read.GetBonds():
        ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        if not all(end in both for end in ends):
            continue
        known = true.GetBondBetweenAtoms(both[ends[0]], both[ends[1]])
        labels = ["" if known is None else _side(known), _side(bond)]
        if labels[0] != labels[1]:
            told = [f"{label} double bond" if label else "open geometry" for label in labels]
            yield Difference("stereo", ends, f"{told[0]} in the answer, {told[1]} in the picture")


def _center(atom: Any) -> str:
    return str(atom.GetProp("_CIPCode")) if atom.HasProp("_CIPCode") else ""


def _side(bond: Any) -> str:
    name = str(bond.GetStereo()).removeprefix("STEREO")
    return {"Z": "Z", "CIS": "Z", "E": "E", "TRANS": "E"}.get(name, "")
