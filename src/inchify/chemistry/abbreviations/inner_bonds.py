"""Structures of condensed formulas whose bonds end at given letters inside the formula.

SO2NHCH2CHCH2OH may have a bond from the left and one from below, which belongs to the atom whose
letters it points at. The text gets a sign for each bond behind that atom's symbol and is then read
as any other formula.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import product

from inchify.chemistry.abbreviations.formula_tokens import ELEMENTS, FIRST_INNER, UNITS, bond_sign
from inchify.chemistry.convert import quiet_chem

# Widths of letters in heights of a capital; capitals have 1.
_WIDTHS = {
    **dict.fromkeys("ilt1If()[]-'.,", 0.4),
    **dict.fromkeys("0123456789r", 0.55),
    **dict.fromkeys("abcdeghknopqsuvxyz", 0.7),
    **dict.fromkeys("mMW", 1.25),
}
# Maximum distance of an atom from where a bond points, in capital heights, and the number of atoms
# tried.
REACH, MAX_ATOMS = 1.3, 3
_SYMBOL = re.compile(r"(?P<before>^H[0-9]?)?(?P<symbol>[A-Z][a-z]?)(?P<hydrogens>H[0-9]?)?")
# Reads a formula without bonds, "" or None where it has no meaning.
Reader = Callable[[str], str | None]


def inner_bonds(
    text: str, spots: Sequence[float], orders: Sequence[int], read: Reader
) -> str | None:
    """The SMILES of a chain with ``[*:1]`` ... ``[*:n]`` for its bonds; None where no nearby atoms
    have a free valence.

    Args:
        text: a label in plain characters.
        spots: where each bond ends, as a share of the text's width: 0 at its left end, 1 at its
            right one.
        orders: of these bonds.
        read: reads a formula with the signs of ``bond_sign``.
    """
    atoms = list(_atoms(text))
    if not atoms:
        return None
    width = sum(map(_width, text))
    ranked = [_nearest(atoms, spot, width) for spot in spots]
    ways = sorted(product(*ranked), key=lambda way: sum(distance for distance, _ in way))
    ends = atoms[0][2], atoms[-1][2]
    for way in ways:
        places = [place for _, place in way]
        smiles = read(_marked(text, places, orders))
        inner = [number for number, place in enumerate(places) if place not in ends]
        if smiles and all(_goes_on(smiles, number) for number in inner):
            return re.sub(r"\[\*:(\d+)\]", _numbered, smiles)
    return None


def _goes_on(smiles: str, number: int) -> bool:
    """Whether the chain goes on to both sides of an atom inside it that bears a bond."""
    atoms = quiet_chem().MolFromSmiles(smiles).GetAtoms()
    star = next(atom for atom in atoms if atom.GetAtomMapNum() == FIRST_INNER + number)
    return bool(star.GetNeighbors()[0].GetDegree() > 2)


def _width(letter: str) -> float:
    return _WIDTHS.get(letter, 1.0)


def _atoms(text: str) -> Iterator[tuple[float, float, int]]:
    """(where its letters begin, where they end, the place behind its symbol in the text) of every
    atom that stands in the chain itself once."""
    at, depth = 0, 0
    while at < len(text):
        depth += (text[at] in "([") - (text[at] in ")]")
        name = next((n for n in sorted(UNITS, key=len, reverse=True) if text.startswith(n, at)), "")
        match = _SYMBOL.match(text, at)
        if depth or match is None or name:
            at += len(name) or 1
            continue
        symbol = match["symbol"]
        if symbol not in ELEMENTS and symbol[0] in ELEMENTS:
            symbol = symbol[0]
            match = re.compile(f"(?P<symbol>{symbol})(?P<hydrogens>)").match(text, at) or match
        behind = match.end("symbol")
        if symbol in ELEMENTS and symbol != "H" and not text[behind : behind + 1].isdigit():
            begin, end = sum(map(_width, text[:at])), sum(map(_width, text[: match.end()]))
            yield begin, end, behind
        at = match.end()


def _nearest(
    atoms: Sequence[tuple[float, float, int]], spot: float, width: float
) -> list[tuple[float, int]]:
    """(distance, place) of the atoms that a bond may end at; at an end of the text the last."""
    if spot in (0.0, 1.0):
        return [(0.0, atoms[0 if spot == 0.0 else -1][2])]
    x = spot * width
    away = sorted((max(begin - x, x - end, 0.0), place) for begin, end, place in atoms)
    return [pair for pair in away[:MAX_ATOMS] if pair[0] <= REACH]


def _marked(text: str, places: Sequence[int], orders: Sequence[int]) -> str:
    """The text with a mark for each bond after the symbol of its atom."""
    ends = sorted(zip(places, range(len(places)), strict=True), reverse=True)
    for place, number in ends:
        text = text[:place] + bond_sign(number, orders[number]) + text[place:]
    return text


def _numbered(match: re.Match[str]) -> str:
    number = int(match[1])
    return f"[*:{number - FIRST_INNER + 1}]" if number >= FIRST_INNER else match[0]
