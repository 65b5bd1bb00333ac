"""Condensed formulas of a branch of a molecule, for a bond from either side.

What is written here is not always read as it was meant (``expand_label`` decides); the caller
checks it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_ELEMENTS = frozenset((6, 7, 8, 9, 16, 17, 35, 53))


@dataclass(frozen=True)
class _Branch:
    """An atom with its hydrogens, a double-bonded oxygen and its substituents, the longest last."""

    symbol: str
    hydrogens: int
    oxo: bool
    branches: tuple[_Branch, ...]
    size: int


def condensed_texts(molecule: Any, first: int, outer: int) -> tuple[list[str], list[str]] | None:
    """Write the branch of a molecule as condensed formulas.

    Args:
        molecule: RDKit molecule.
        first: Index of the branch's first atom.
        outer: Index of the atom that the branch is bonded to.

    Returns:
        Texts for a bond from the left and for one from the right, the most usual first; None for
        rings, charges, multiple bonds between carbons and the like.
    """
    tree = _tree(molecule, first, outer)
    if tree is None:
        return None
    left = [_forward(tree, style) for style in (0, 1)]
    right = [_backward(tree, style) for style in (0, 1)]
    return list(dict.fromkeys(left)), list(dict.fromkeys(right))


def _tree(molecule: Any, at: int, before: int) -> _Branch | None:
    atom = molecule.GetAtomWithIdx(at)
    usual = atom.GetAtomicNum() in _ELEMENTS and not atom.IsInRing() and not atom.GetIsotope()
    if not usual or atom.GetFormalCharge() or atom.GetNumRadicalElectrons():
        return None
    oxo, branches = False, []
    for bond in atom.GetBonds():
        other = bond.GetOtherAtom(atom)
        if other.GetIdx() == before:
            continue
        order = bond.GetBondTypeAsDouble()
        if order == 2 and other.GetAtomicNum() == 8 and atom.GetAtomicNum() == 6 and not oxo:
            oxo = True
            continue
        if order != 1:
            return None
        branch = _tree(molecule, other.GetIdx(), at)
        if branch is None:
            return None
        branches.append(branch)
    branches.sort(key=lambda branch: (branch.symbol == "C", branch.size))
    size = 1 + oxo + sum(branch.size for branch in branches)
    return _Branch(atom.GetSymbol(), atom.GetTotalNumHs(), oxo, tuple(branches), size)


def _count(text: str, number: int) -> str:
    return text + (str(number) if number > 1 else "")


def _head(branch: _Branch) -> str:
    hydrogens = _count("H", branch.hydrogens) if branch.hydrogens else ""
    return branch.symbol + hydrogens


def _grouped(branches: list[str]) -> list[tuple[str, int]]:
    """Equal texts next to each other counted."""
    groups: list[tuple[str, int]] = []
    for text in branches:
        if groups and groups[-1][0] == text:
            groups[-1] = (text, groups[-1][1] + 1)
        else:
            groups.append((text, 1))
    return groups


def _bracketed(text: str, number: int) -> str:
    single = text in ("F", "Cl", "Br", "I")
    return _count(text if single else f"({text})", number)


def _forward(branch: _Branch, style: int) -> str:
    """Text that starts at the bond. Style 1 writes (CH2)3 for CH2CH2CH2 and C(O) for CO."""
    run = _run(branch)
    if style and run > 2:
        for _ in range(run):
            last, branch = branch, branch.branches[0]
        return f"({_head(last)}){run}{_forward(branch, style)}"
    texts = _grouped([_forward(part, style) for part in branch.branches])
    # the last part is the main chain and needs no parentheses, but for equal ones
    tail = texts.pop()[0] if texts and texts[-1][1] == 1 else ""
    middle = "".join(_bracketed(text, number) for text, number in texts)
    oxo = ("(O)" if style else "O") if branch.oxo else ""
    head = _head(branch)
    if oxo == "O" and tail.startswith("O") and not middle and tail[1:2] not in ("", "O"):
        oxo, tail = "O2", tail[1:]
    if branch.oxo and branch.hydrogens:
        oxo = "O"
    return head + middle + oxo + tail


def _run(branch: _Branch) -> int:
    """How many CH2 follow each other from here on, something else behind them."""
    number = 0
    while branch.symbol == "C" and branch.hydrogens == 2 and len(branch.branches) == 1:
        number += 1
        branch = branch.branches[0]
    return number


def _backward(branch: _Branch, style: int) -> str:
    """Text that ends at the bond. Style 0 writes H3CH2CO, style 1 CH3CH2O."""
    run = _run(branch)
    if style and run > 2:
        last = branch
        for _ in range(run):
            last, branch = branch, branch.branches[0]
        return f"{_backward(branch, style)}({_head(last)}){run}"
    texts = _grouped([_backward(part, style) for part in branch.branches])
    tail = texts.pop()[0] if texts and texts[-1][1] == 1 else ""
    middle = "".join(_bracketed(text, number) for text, number in texts)
    hydrogens = _count("H", branch.hydrogens) if branch.hydrogens else ""
    if style:
        return tail + _head(branch) + middle + ("O" if branch.oxo else "")
    if branch.oxo and tail.endswith("O") and not middle:
        return tail[:-1] + "O2" + hydrogens + branch.symbol
    return tail + middle + ("O" if branch.oxo else "") + hydrogens + branch.symbol
