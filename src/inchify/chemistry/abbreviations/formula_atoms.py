"""Atoms of a condensed formula and the substituents that they may carry, up to their full valence.

The costs are what makes one reading of a formula likelier than another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from inchify.chemistry.abbreviations.formula_tokens import Item, Token
from inchify.chemistry.valence import is_metal

# Bonds of a neutral atom, the usual number first; more than that only with double bonds to others.
VALENCES = {
    **{"H": (1,), "B": (3,), "C": (4,), "N": (3,), "O": (2,), "F": (1,), "Cl": (1,), "Br": (1,)},
    **{"I": (1,), "Si": (4,), "P": (3, 5), "S": (2, 4, 6), "Se": (2, 4), "Te": (2, 4)},
    **{"As": (3, 5), "Ge": (4,), "Sn": (4, 2), "Sb": (3, 5), "Pb": (4, 2), "Li": (1,)},
    **{"Na": (1,), "K": (1,), "Cs": (1,), "Mg": (2,), "Ca": (2,), "Zn": (2,), "Cd": (2,)},
    **{"Hg": (2, 1), "Al": (3,), "Cu": (1, 2), "Ag": (1,), "Au": (1, 2, 3), "Tl": (1, 3)},
    **{"Ga": (3,), "In": (3,), "Bi": (3, 5), "Ti": (4, 3), "Zr": (4,), "Hf": (4,)},
    **{"Mn": (2,), "Fe": (2, 3), "Co": (2, 3), "Ni": (2,), "Pd": (2, 4), "Pt": (2, 4)},
    **{"Rh": (1, 3), "Ir": (1, 3), "Ru": (2, 3), "Cr": (2, 3)},
}
# Bonds of a charged atom, in the order in which atoms are likely to carry the charge.
PLUS = {"N": 4, "P": 4, "S": 3, "O": 3, "Se": 3, "I": 2, "C": 3}
MINUS = {"O": 1, "S": 1, "N": 2, "B": 4, "Se": 1, "C": 3}


@dataclass(frozen=True)
class Node:
    """A part that is complete except for its attachment bond: its SMILES from that bond on, its
    cost, its charge, and the R groups in it."""

    smiles: str
    cost: float
    charge: int = 0


@dataclass(frozen=True)
class OpenAtom:
    """An atom that can still take substituents."""

    token: Token
    bonds_left: int
    hydrogens: int
    surplus: int  # bonds above the usual valence that a double bond must explain
    cost: float
    charge: int
    own_charge: int
    parts: str = ""
    hypervalent: int = 0  # double bonds that its valence asks for
    before: bool = False  # its hydrogens stood before it


BONDS = {1: "", 2: "=", 3: "#"}
# What double and triple bonds lead to so often that nobody writes them.
_ENDS = {(2, "[O]"): 0.0, (3, "[N]"): 0.0, (2, "[S]"): 0.2, (2, "[NH1]"): 0.3}
# Those to CH2 are written: CCH2 has lost a bond.
_ENDS[2, "[CH2]"] = 2.5


def has_free_valence(atom: OpenAtom, hydrogens: Token) -> bool:
    return hydrogens.count <= atom.bonds_left and not atom.before


def is_hydrogen(item: Item) -> bool:
    return isinstance(item, Token) and item.symbol == "H" and not item.isotope and not item.smiles


def _first_symbol(smiles: str) -> str:
    match = re.match(r"\[?[0-9]*([A-Z][a-z]?|[a-z]|\*)", smiles)
    if match is None:
        return ""
    symbol = match[1]
    # outside brackets only these have two letters
    return symbol if smiles.startswith("[") or symbol in ("Cl", "Br") else symbol[:1].upper()


def hung(smiles: str, branch: str) -> str:
    """The branch on the first atom of a SMILES that begins with a bracket atom."""
    end = smiles.index("]") + 1 if smiles.startswith("[") else 1
    return f"{smiles[:end]}({branch}){smiles[end:]}"


def openings(item: Token, order: int, before: int, charge: int) -> Iterator[OpenAtom]:
    """The initial states of an atom: its valences, with or without a charge."""
    usual = VALENCES.get(item.symbol)
    if usual is None:
        return
    if item.charge == 0:
        for valence in usual:
            left = valence - order - before
            if left >= 0:
                # an odd number of bonds above the usual one cannot be double bonds; the bond that
                # it hangs on may be one of them
                surplus = 0 if is_metal(item.symbol) else (valence - usual[0]) // 2
                surplus -= order == 2 and surplus > 0
                yield OpenAtom(
                    *(item, left, before, surplus, 0.0, 0, 0),
                    hypervalent=surplus,
                    before=before > 0,
                )
    atom_charge = item.charge or (1 if charge > 0 else -1 if charge < 0 else 0)
    table = PLUS if atom_charge > 0 else MINUS
    if atom_charge and item.symbol in table:
        left = table[item.symbol] - order - before
        if left >= 0:
            cost = 0.3 * list(table).index(item.symbol)
            placed = 0 if item.charge else atom_charge
            yield OpenAtom(item, left, before, 0, cost, placed, atom_charge, before=before > 0)


def joined_to(atom: OpenAtom, node: Node, order: int, explicit: bool) -> OpenAtom | None:
    """The atom with one more part on it."""
    if order > atom.bonds_left:
        return None
    surplus, cost = atom.surplus, atom.cost + node.cost
    symbol, other = atom.token.symbol, _first_symbol(node.smiles)
    if order == 2 and surplus:
        surplus -= 1
        cost += 0.0 if other == "O" else 0.5
    elif order > 1 and not explicit:
        cost += _ENDS.get((order, node.smiles), 0.5 * (order - 1))
    ketene = symbol == "C" and order == 2 and not explicit and node.smiles.startswith("[C](=")
    cost += 2.5 * ketene
    # N=SO2 is what is left of a sulfonamide that lost letters
    imide = symbol == "N" and order == 2 and not explicit and node.smiles.startswith("[S]")
    cost += 2.5 * imide
    cost += 2.5 * (symbol == "S" and order == 2 and atom.parts == "(=[O])(=[O])")
    # nobody leaves out the signs of a metal's double bonds, but to oxygen
    metal = order > 1 and not explicit and other != "O"
    cost += 2.5 * (metal and (is_metal(symbol) or is_metal(other)))
    peroxide = symbol == other == "O"
    sulfenate = {symbol, other} == {"O", "S"} and not atom.hypervalent
    if order == 1 and (peroxide or (sulfenate and not node.smiles.startswith("[S](="))):
        cost += 2.0
    if order == 1 and symbol == "S" and atom.hypervalent == 1 and other == "O":
        # SO2 between two others is no sulfinate
        cost += 2.5 if node.smiles.startswith("[O](") else 1.0
    # HONHOC is a hydroxamic acid
    if symbol == "C" and node.smiles == "[N](=[O])" and "([OH1])" in atom.parts:
        cost += 1.5
    if symbol == other and symbol in ("N", "S"):
        cost += 0.5
    part = f"({BONDS[order]}{node.smiles})"
    return replace(
        atom,
        bonds_left=atom.bonds_left - order,
        surplus=surplus,
        cost=cost,
        charge=atom.charge + node.charge,
        parts=atom.parts + part,
    )


def written(atom: OpenAtom) -> str:
    token = atom.token
    mass = str(token.isotope) if token.isotope else ""
    hydrogens = f"H{atom.hydrogens}" if atom.hydrogens else ""
    charge = f"{atom.own_charge:+d}" if atom.own_charge else ""
    return f"[{mass}{token.symbol}{hydrogens}{charge}]{atom.parts}"
