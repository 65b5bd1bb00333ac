"""Labels of one atom: element, charge, hydrogens and isotope from their text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inchify.chemistry.abbreviations.expansion import expand_label
from inchify.chemistry.symbols import ATOM_CLASSES, CHARGES, CORNER, HYDROGENS, ISOTOPES, TEXT

# Isotopes with a separate letter.
HYDROGEN_ISOTOPES = {"D": 2, "T": 3}
_SYMBOLS = "|".join(
    sorted((s for s in ATOM_CLASSES if s not in (CORNER, TEXT)), key=len, reverse=True)
)
_PLAIN = re.compile(
    rf"(?P<before>H[2-4]?)?(?P<isotope>[1-9][0-9]{{0,2}})?(?P<symbol>{_SYMBOLS}|D|T)"
    rf"(?P<after>H[2-4]?)?(?P<charge>[2]?[+-])?"
)


@dataclass(frozen=True)
class PlainLabel:
    """A label of a single atom as the network's classes know it."""

    symbol: str
    hydrogens: int = 0
    charge: int = 0
    isotope: int = 0


def plain_label(text: str) -> PlainLabel | None:
    """Parse a text as one atom with its hydrogens, charge and isotope, as far as the network's
    classes know it; None otherwise."""
    match = _PLAIN.fullmatch(text)
    if match is None or (match["before"] and match["after"]):
        return None
    if match["symbol"] == "H" and (match["before"] or match["after"]):
        return None
    written = match["before"] or match["after"] or ""
    hydrogens = int(written[1:] or 1) if written else 0
    charge = match["charge"] or ""
    amount = int(charge[:-1] or 1) * (-1 if charge.endswith("-") else 1) if charge else 0
    isotope = int(match["isotope"] or 0)
    symbol = match["symbol"]
    if symbol in HYDROGEN_ISOTOPES:
        if isotope or hydrogens:
            return None
        symbol, isotope = "H", HYDROGEN_ISOTOPES[symbol]
    known = hydrogens in HYDROGENS and amount in CHARGES and isotope in ISOTOPES
    if not known or (isotope and expand_label(text, 1) is None):
        return None
    return PlainLabel(symbol, hydrogens, amount, isotope)
