"""SMILES of labels that are one atom (13CH2, Pt2+, 99mTc, H2As), with the label's bonds."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from inchify.chemistry.convert import quiet_chem
from inchify.chemistry.valence import ONIUM, is_metal

_CHARGE = r"(?P<charge>[0-9]?[+-]{1,3}|[+-][0-9])?"
_ATOM = re.compile(
    rf"(?P<mass>[0-9]{{0,3}})m?(?P<symbol>[A-Z][a-z]?)(?P<hydrogens>H[0-9]?)?{_CHARGE}"
)
_ATOM_AFTER = re.compile(rf"(?P<hydrogens>H[0-9]?)(?P<mass>)(?P<symbol>[A-Z][a-z]?){_CHARGE}")


def bare_atom(text: str, orders: tuple[int, ...]) -> str | None:
    """Read a label that is a single atom of any element, with its charge, isotope and hydrogens.

    Args:
        text: The label in plain characters.
        orders: The order of each bond at the label.

    Returns:
        SMILES with ``[*:1]`` ... for the bonds; hydrogens that are not written follow from the
        valence. None for any other label, or where the valence forbids the bonds.
    """
    match = _ATOM.fullmatch(text) or _ATOM_AFTER.fullmatch(text)
    chem = quiet_chem()
    elements = chem.GetPeriodicTable()
    if match is None or match["symbol"] not in _symbols():
        return None
    symbol, mass = match["symbol"], int(match["mass"] or 0)
    if mass and not elements.GetMassForIsotope(symbol, mass):
        return None
    signs = match["charge"] or ""
    digits = re.sub(r"[^0-9]", "", signs) or str(len(signs))
    charge = int(digits) * (-1 if "-" in signs else 1)
    # what is bonded once too often is a cation (or borate), as in graphs
    for guess in (charge,) if charge else (0, ONIUM.get(symbol, 0)):
        atom = chem.Atom(symbol)
        atom.SetIsotope(mass)
        atom.SetFormalCharge(guess)
        if is_metal(symbol) and (written := match["hydrogens"]):
            atom.SetNumExplicitHs(int(written[1:] or 1))
        if smiles := _with_bonds(atom, orders):
            return smiles
    return None


@lru_cache(maxsize=1)
def _symbols() -> frozenset[str]:
    """The symbols of all 118 elements."""
    elements = quiet_chem().GetPeriodicTable()
    return frozenset(elements.GetElementSymbol(number) for number in range(1, 119))


def _with_bonds(atom: Any, orders: tuple[int, ...]) -> str | None:
    """The SMILES of an atom with the label's bonds, None where its valence forbids them."""
    chem = quiet_chem()
    molecule = chem.RWMol()
    center = molecule.AddAtom(atom)
    kinds = {1: chem.BondType.SINGLE, 2: chem.BondType.DOUBLE, 3: chem.BondType.TRIPLE}
    for number, order in enumerate(orders, 1):
        star = chem.Atom(0)
        star.SetAtomMapNum(number)
        molecule.AddBond(center, molecule.AddAtom(star), kinds[order])
    try:
        chem.SanitizeMol(molecule)
    except ValueError:
        return None
    return str(chem.MolToSmiles(molecule))
