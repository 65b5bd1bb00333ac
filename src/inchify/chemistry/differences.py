"""Where a read molecule differs from a given one, in words.

Both are mapped on their largest common substructure (``common_substructure``). A difference is
reported at atoms of the read molecule, which have places in the picture.
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
        key=lambda mapping: (
            similarity(read, true, mapping),
            -sum(1 for _ in _stereo(read, true, mapping)),
        ),
    )
    if stereo_only:
        return list(_stereo(read, true, both))
    constitution = [*_atoms(read, true, both), *_bonds(read, true, both), *_extra(read, true, both)]
    return constitution or list(_stereo(read, true, both))


def _atoms(read: Any, true: Any, both: dict[int, int]) -> Iterator[Difference]:
    for atom, other in sorted(both.items()):
        drawn, known = read.GetAtomWithIdx(atom), true.GetAtomWithIdx(other)
        if drawn.GetAtomicNum() != known.GetAtomicNum():
            reason = f"{known.GetSymbol()} in the answer, {_symbol(drawn)} in the picture"
            yield Difference("element", (atom,), reason)
            continue
        if drawn.GetFormalCharge() != known.GetFormalCharge():
            charges = known.GetFormalCharge(), drawn.GetFormalCharge()
            reason = f"charge {charges[0]:+d} in the answer, {charges[1]:+d} in the picture"
            yield Difference("charge", (atom,), reason)
        elif _same_bonds(drawn, known) and drawn.GetTotalNumHs() != known.GetTotalNumHs():
            counts = known.GetTotalNumHs(), drawn.GetTotalNumHs()
            reason = f"{_hydrogens(counts[0])} in the answer, {counts[1]} in the picture"
            yield Difference("hydrogens", (atom,), reason)
        if drawn.GetIsotope() != known.GetIsotope():
            names = known.GetIsotope() or "no isotope", drawn.GetIsotope() or "none"
            reason = f"{names[0]} in the answer, {names[1]} in the picture"
            yield Difference("isotope", (atom,), reason)


def _symbol(atom: Any) -> str:
    """The symbol of a read atom; a dummy is something that is no element."""
    return str(atom.GetSymbol()) if atom.GetAtomicNum() else "a group without a structure"


def _hydrogens(count: int) -> str:
    return f"{count or 'no'} hydrogen{'' if count == 1 else 's'}"


def _same_bonds(drawn: Any, known: Any) -> bool:
    kinds = [sorted(str(bond.GetBondType()) for bond in atom.GetBonds()) for atom in (drawn, known)]
    return kinds[0] == kinds[1]


def _bonds(read: Any, true: Any, both: dict[int, int]) -> Iterator[Difference]:
    back = {other: atom for atom, other in both.items()}
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
    """Atoms that only one molecule has. Separate components that both have, such as counter-ions,
    are no difference: the common part is connected."""
    back = {other: atom for atom, other in both.items()}
    read_parts, true_parts = _parts(read, set(both)), _parts(true, set(back))
    shared = Counter(name for name, _, complete in read_parts if complete)
    shared &= Counter(name for name, _, complete in true_parts if complete)
    left = Counter(shared)
    for name, atoms, complete in read_parts:
        if complete and left[name] > 0:
            left[name] -= 1
            continue
        yield Difference("atoms", atoms, f"{name} in the picture, not in the answer")
    for name, atoms, complete in true_parts:
        if complete and shared[name] > 0:
            shared[name] -= 1
            continue
        neighbors = {
            back[other.GetIdx()]
            for atom in atoms
            for other in true.GetAtomWithIdx(atom).GetNeighbors()
            if other.GetIdx() in back
        }
        places = tuple(sorted(neighbors)) or tuple(sorted(both))
        yield Difference("atoms", places, f"{name} in the answer, not in the picture")


def _parts(molecule: Any, known: set[int]) -> list[tuple[str, tuple[int, ...], bool]]:
    """Connected parts without ``known`` atoms: SMILES, atoms, whether it is a complete molecule."""
    left = [atom.GetIdx() for atom in molecule.GetAtoms() if atom.GetIdx() not in known]
    parts, done = [], set(known)
    for start in left:
        if start in done:
            continue
        part, todo, complete = [], [start], True
        done.add(start)
        while todo:
            number = todo.pop()
            part.append(number)
            for other in molecule.GetAtomWithIdx(number).GetNeighbors():
                complete = complete and other.GetIdx() not in known
                if other.GetIdx() not in done:
                    done.add(other.GetIdx())
                    todo.append(other.GetIdx())
        name = quiet_chem().MolFragmentToSmiles(molecule, part, isomericSmiles=False)
        parts.append((str(name), tuple(sorted(part)), complete))
    return parts


def _stereo(read: Any, true: Any, both: dict[int, int]) -> Iterator[Difference]:
    """Centers and double bonds whose CIP labels differ."""
    for atom, other in sorted(both.items()):
        labels = [_center(true.GetAtomWithIdx(other)), _center(read.GetAtomWithIdx(atom))]
        if labels[0] != labels[1]:
            descriptions = [f"{label} centre" if label else "no stereocentre" for label in labels]
            yield Difference(
                "stereo",
                (atom,),
                f"{descriptions[0]} in the answer, {descriptions[1]} in the picture",
            )
    for bond in read.GetBonds():
        ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        if not all(end in both for end in ends):
            continue
        known = true.GetBondBetweenAtoms(both[ends[0]], both[ends[1]])
        labels = ["" if known is None else _side(known), _side(bond)]
        if labels[0] != labels[1]:
            descriptions = [
                f"{label} double bond" if label else "open geometry" for label in labels
            ]
            yield Difference(
                "stereo", ends, f"{descriptions[0]} in the answer, {descriptions[1]} in the picture"
            )


def _center(atom: Any) -> str:
    return str(atom.GetProp("_CIPCode")) if atom.HasProp("_CIPCode") else ""


def _side(bond: Any) -> str:
    name = str(bond.GetStereo()).removeprefix("STEREO")
    return {"Z": "Z", "CIS": "Z", "E": "E", "TRANS": "E"}.get(name, "")
