"""Tokenization of condensed formulas, with every likely segmentation.

Tokens are atoms with a count, named groups (Me, Boc), R groups, parentheses and bonds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_lowercase

from inchify.chemistry.abbreviations.table import exact_entry, words

# Named groups that stand inside formulas; the table has their structures.
UNITS = words(
    "Me Et nPr n-Pr Pr iPr i-Pr Pri nBu n-Bu Bu iBu i-Bu sBu s-Bu tBu t-Bu But Pent Hex Hept Oct "
    "Cy cPr Ad Ph Bn Bzl Bz Ac Piv Boc BOC Cbz CBZ Fmoc FMOC Alloc Troc Ts Tos Ms Tf Tol p-Tol Mes "
    "PMP PMB MPM Py Naph allyl All vinyl TMS TES TBS TBDMS TIPS TBDPS MOM MEM SEM THP Tr Trt DMTr "
    "TFA t-Am t-Oct Bu-t Pr-i"
)
# Names of undefined groups that stand alone, and of these those that may stand inside a formula.
_HEADS = words(
    "Polymer Resin Alkyl Aryl Alk Hal Het Pol EWG EDG Ar Rf PG LG Nu bead R X Y Z Q L G W A E M"
)
_NAME = r"(?P<head>R[a-z]|{heads})(?P<number>[0-9]{{0,2}})(?P<primes>[\"'*]{{0,3}})"
R_GROUP = re.compile(_NAME.format(heads="|".join(_HEADS)) + "|[●⬤⚫○◯⚪∗*]")
_INSIDE = words("Polymer Resin Alkyl Aryl Alk Hal Het EWG EDG Ar PG LG Rf R X Y Z")
# R followed by these is an element or a part of one.
_R_INSIDE = re.compile(_NAME.format(heads="|".join(_INSIDE)).replace("R[a-z]", "R[abcdf](?![a-z])"))
# Atom map numbers from here on stand for the names of undefined groups.
FIRST_NAME = 1000
ELEMENTS = frozenset(
    words(
        "H B C N O F Si P S Cl As Se Br Te I Ge Sn Sb Pb Li Na K Cs Mg Ca Zn Cd Hg Al Cu Ag Au Tl "
        "Ga In Bi Ti Zr Hf Mn Fe Co Ni Pd Pt Rh Ir Ru Cr"
    )
)
ISOTOPES = {
    **{"H": (2, 3), "C": (11, 12, 13, 14), "N": (13, 15), "O": (15, 17, 18), "F": (18, 19)},
    **{"B": (10, 11), "Si": (28, 29, 30), "P": (31, 32, 33), "S": (33, 34, 35, 36)},
    **{"Cl": (35, 36, 37), "Se": (75, 77, 82), "Br": (75, 76, 77, 79, 81, 82)},
    **{"I": (120, 122, 123, 124, 125, 127, 129, 131), "Sn": (117, 119), "Hg": (199, 203)},
}
_ORDERS = {"=": 2, "#": 3}
# Private-use Unicode characters for bonds at atoms inside a chain, and the atom map number of the
# first of them.
_SIGNS, MAX_INNER_BONDS, FIRST_INNER = 0xE000, 6, 101
MAX_SEGMENTATIONS = 12
# Of one atom or group in a formula: the hydrogens of a chain of 32 carbons.
LARGEST_COUNT = 65


@dataclass(frozen=True)
class Token:
    """An atom, or a group with ``smiles`` (from its bond on), or with ``mark`` a bond of the label
    to the outside, whose order is then ``count``."""

    symbol: str
    count: int = 1
    isotope: int = 0
    charge: int = 0
    smiles: str = ""
    mark: int = 0


@dataclass(frozen=True)
class Group:
    """Parentheses with a count."""

    content: tuple[Token | Group | Order, ...]
    count: int = 1


@dataclass(frozen=True)
class Order:
    """A double or triple bond that is written out."""

    order: int


Item = Token | Group | Order


@lru_cache(maxsize=256)
def unit_smiles(name: str) -> str:
    """The structure of a named group from its bond on, "" if the table does not have it."""
    return (exact_entry(name, 1, "left") or "").removeprefix("[*:1]")


def tokenizations(text: str) -> list[tuple[int, tuple[Item, ...]]]:
    """Segment a condensed formula into tokens.

    Args:
        text: The formula in plain characters.

    Returns:
        (total charge, tokens) for every likely segmentation, the likeliest first.
    """
    segmentations: list[tuple[int, tuple[Item, ...]]] = []
    for charge, rest in _charges(text):
        for tokens, end in _cut(rest, 0, 0):
            if end == len(rest) and tokens:
                chain = _alkyls(tokens)
                if chain is not None and (charge, chain) not in segmentations:
                    segmentations.append((charge, chain))
            if len(segmentations) >= MAX_SEGMENTATIONS:
                return segmentations
    return segmentations


def reversed_tokens(tokens: tuple[Item, ...]) -> tuple[Item, ...]:
    """The tokens in reverse order; the content of parentheses stays."""
    return tuple(reversed(tokens))


def _charges(text: str) -> Iterator[tuple[int, str]]:
    """Charges at the ends of a text, taken off."""
    match = re.fullmatch(r"(.*?[^+\-0-9])(?:([0-9])?([+-])|([+-])([0-9])|([+-]{2,3}))", text)
    if match:
        number = match[2] or match[5] or str(len(match[6] or "+"))
        sign = match[3] or match[4] or match[6][0]
        if match[2]:
            # NH3+: the digit is more often a count than the size of the charge
            yield (1 if sign == "+" else -1), match[1] + match[2]
        yield int(number) if sign == "+" else -int(number), match[1]
        return
    match = re.fullmatch(r"(.*[0-9])([1-3])([+-])", text)
    if match:
        yield (1 if match[3] == "+" else -1), match[1] + match[2]
        yield int(match[2]) if match[3] == "+" else -int(match[2]), match[1]
        return
    match = re.fullmatch(r"([0-9]?)([+-])([0-9]?)([A-Z(].*)", text)
    if match:
        number = match[1] or match[3] or "1"
        yield int(number) if match[2] == "+" else -int(number), match[4]
        return
    yield 0, text


def bond_sign(number: int, order: int) -> str:
    """A private-use character after an atom's symbol that marks a bond of that order at this atom:
    ``[*:k]`` in SMILES, k from ``FIRST_INNER`` on."""
    return chr(_SIGNS + MAX_INNER_BONDS * (order - 1) + number)


def _cut(text: str, at: int, depth: int) -> Iterator[tuple[tuple[Item, ...], int]]:
    """All segmentations of the text from ``at`` to its end or to the closing parenthesis."""
    if at >= len(text) or text[at] in ")]":
        yield (), at
        return
    for item, after in _items(text, at, depth):
        for rest, end in _cut(text, after, depth):
            yield ((item, *rest) if item is not None else rest), end


def _items(text: str, at: int, depth: int) -> Iterator[tuple[Item | None, int]]:
    sign = text[at]
    if sign in "-.":
        yield None, at + 1
    elif sign in _ORDERS:
        yield Order(_ORDERS[sign]), at + 1
    elif 0 <= ord(sign) - _SIGNS < 3 * MAX_INNER_BONDS:
        order, number = divmod(ord(sign) - _SIGNS, MAX_INNER_BONDS)
        yield Token("*", mark=FIRST_INNER + number, count=order + 1), at + 1
    elif sign in "([" and depth < 4:
        for content, end in _cut(text, at + 1, depth + 1):
            if end < len(text) and content:
                count = re.match(r"[0-9]{0,2}", text[end + 1 :])
                assert count is not None
                yield Group(content, int(count[0] or 1)), end + 1 + len(count[0])
    else:
        yield from _units(text, at)
        yield from _r_groups(text, at)
        yield from _atoms(text, at)


def _units(text: str, at: int) -> Iterator[tuple[Item, int]]:
    for name in sorted(UNITS, key=len, reverse=True):
        if text.startswith(name, at) and unit_smiles(name):
            for count, isotope, end in _numbers(text, at + len(name)):
                if not isotope:
                    yield Token("", count, smiles=unit_smiles(name)), end


def _r_groups(text: str, at: int) -> Iterator[tuple[Item, int]]:
    match = _R_INSIDE.match(text, at)
    if match is None or (text[at] == "X" and text[at : at + 2] == "Xe"):
        return
    head, number, primes = match["head"], match["number"], match["primes"]
    yield Token("", smiles=named_star(match[0])), match.end()
    if number in ("2", "3"):
        # OR2 has one of that name, NR2 has two of them
        yield Token("", int(number), smiles=named_star(head + primes)), match.end()
    if len(number) == 2 and number[1] in "23" and not primes:
        yield Token("", int(number[1]), smiles=named_star(head + number[0])), match.end()


def named_star(name: str) -> str:
    """The SMILES atom that stands for an undefined group of that name."""
    match = R_GROUP.fullmatch(name)
    if match is None or not match["head"]:
        return "*"
    heads = (*_HEADS, *(f"R{letter}" for letter in ascii_lowercase))
    place = heads.index(match["head"]) * 101 + int(match["number"] or -1) + 1
    primes = match["primes"].replace('"', "''").replace("*", "'")
    return f"[*:{FIRST_NAME + 5 * place + min(len(primes), 4)}]"


def star_name(mark: int) -> str:
    """The name behind an atom map number that ``named_star`` gave."""
    heads = (*_HEADS, *(f"R{letter}" for letter in ascii_lowercase))
    place, primes = divmod(mark - FIRST_NAME, 5)
    head, number = divmod(place, 101)
    return heads[head] + (str(number - 1) if number else "") + "'" * primes


def _atoms(text: str, at: int) -> Iterator[tuple[Item, int]]:
    start = re.compile(r"[0-9]{1,3}").match(text, at)
    isotope, place = (int(start[0]), start.end()) if start else (0, at)
    if start and not isotope:
        return
    inside = at > 0 and bool(start)
    for length in (2, 1):
        symbol = text[place : place + length]
        if len(symbol) < length:
            continue
        mass = isotope
        if symbol in ("D", "T") and not isotope:
            symbol, mass = "H", 2 if symbol == "D" else 3
        elif symbol not in ELEMENTS or (isotope and isotope not in ISOTOPES.get(symbol, ())):
            continue
        elif inside and symbol == "H":
            continue  # SO3H is not tritium
        end, charge = place + length, 0
        if text[end : end + 1] == "+" and end + 1 < len(text):
            end, charge = end + 1, 1
        for count, following, after in _numbers(text, end):
            yield Token(symbol, count, mass, charge), after - following


def _numbers(text: str, at: int) -> Iterator[tuple[int, int, int]]:
    """(count, digits of an isotope that follow, where the number ends)."""
    match = re.compile(r"[0-9]*").match(text, at)
    assert match is not None
    digits = match[0]
    if not digits:
        yield 1, 0, at
    if not digits or digits[0] == "0":
        return
    if len(digits) <= 2 and 0 < int(digits) <= LARGEST_COUNT:
        yield int(digits), 0, match.end()
    for split in range(len(digits) - 1):
        yield int(digits[: split + 1]), len(digits) - split - 1, match.end()
    if len(digits) <= 3:
        yield 1, len(digits), match.end()


def _alkyls(tokens: tuple[Item, ...]) -> tuple[Item, ...] | None:
    """C2H5, C6H5, C2F5 and C2H4 as chains and rings, in both directions; None where a carbon
    has a count that leaves the connectivity open."""
    chained: list[Item] = []
    at = 0
    while at < len(tokens):
        item = tokens[at]
        pair = tokens[at : at + 2]
        merged = _chain(pair[0], pair[1]) if len(pair) == 2 else None
        if merged is not None:
            chained.append(merged)
            at += 2
            continue
        if isinstance(item, Group):
            content = _alkyls(item.content)
            if content is None:
                return None
            item = Group(content, item.count)
        elif isinstance(item, Token) and item.symbol == "C" and item.count > 1:
            return None
        chained.append(item)
        at += 1
    return tuple(chained)


def _chain(first: Item, second: Item) -> Item | None:
    if not (isinstance(first, Token) and isinstance(second, Token)):
        return None
    carbon, other = (first, second) if first.symbol == "C" else (second, first)
    if carbon.symbol != "C" or carbon.count < 2 or other.symbol not in ("H", "F"):
        return None
    if carbon.isotope or carbon.charge or other.charge:
        return None
    number, protium = carbon.count, other.symbol == "H" and not other.isotope
    name = "" if protium else f"[{other.isotope}H]" if other.symbol == "H" else "F"
    link = "C" if protium else f"C({name})({name})"
    if other.count == 2 * number + 1:
        return Token("", smiles=link * number + name)
    if number == 6 and other.count == 5:
        return Token("", smiles="c1ccccc1" if protium else f"c1{f'c({name})' * 4}c1{name}")
    if other.count == 2 * number:
        content = (Token("C"), Token(other.symbol, 2, other.isotope))
        return Group(content, number)
    return None
