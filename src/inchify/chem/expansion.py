"""A written label comes in, the structure that chemists mean by it goes out.

First the table of names (``label_table``), then the reader of condensed formulas (``condensed``),
then both again with what writers and recognisers confuse set right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from inchify.chem.condensed import readings
from inchify.chem.convert import quiet_chem
from inchify.chem.formula_tokens import ELEMENTS, ISOTOPES, R_GROUP
from inchify.chem.label_table import exact_entry, near_entry, plain_text
from inchify.chem.species import species_of_text

LONGEST = 40
SIDES = ("left", "right")
# Two readings whose costs are nearer than this are two meanings, and the label is not understood.
_MARGIN = 0.15
# A reading that costs more has a chain of peroxides or the like in it.
_STRANGE = 2.4
_ATOM = re.compile(r"([0-9]{0,3})([A-Z][a-z]?)(H[0-9]?)?([0-9]?[+-]{1,2}[0-9]?)?")
_ATOM_AFTER = re.compile(r"H[0-9]?([A-Z][a-z]?)([+-])?")
_BONDS = {1: "", 2: "=", 3: "#"}
_BY_DOUBLE_BOND = {"N2": "[*:1]=[N+]=[N-]"}


@dataclass(frozen=True)
class Expansion:
    """The structure of a label.

    ``smiles`` has ``[*:1]`` ... ``[*:n]`` where the label's bonds go, in reading order, and a bare
    ``*`` for every R group (``r_groups`` of them; ``[*:1]*`` is a label that is one). ``exact``
    tells that the text was taken as it stands.
    """

    smiles: str
    r_groups: int = 0
    exact: bool = True


@lru_cache(maxsize=20_000)
def expand_label(
    text: str,
    attachments: int = 1,
    side: str | None = None,
    orders: tuple[int, ...] | None = None,
) -> Expansion | None:
    """The structure of a label with so many bonds, or None when it is not understood.

    ``side`` is where a single bond comes from: "left" as for OMe, "right" as for MeO, None from
    above, below or unknown. ``orders`` are those of the bonds (1 each). Raises ValueError when
    ``side``, ``attachments`` or ``orders`` is none of what is allowed.
    """
    if side not in (*SIDES, None):
        raise ValueError(f"side is {side!r}; allowed are 'left', 'right' and None")
    orders = orders or (1,) * attachments
    if attachments < 0 or len(orders) != attachments or not set(orders) <= {1, 2, 3}:
        raise ValueError(f"{attachments} attachments with orders {orders}; orders are 1, 2 or 3")
    species = species_of_text(text) if attachments == 0 else None
    if species is not None:
        return None if species.error else Expansion(_canonical(species.smiles) or species.smiles)
    text = plain_text(text)
    if not text or len(text) > LONGEST or attachments > 6:
        return None
    if R_GROUP.fullmatch(text) and attachments and text not in ELEMENTS:
        stars = "".join(f"({_BONDS[n]}[*:{k}])" for k, n in enumerate(orders, 1))
        return Expansion(_canonical(f"*{stars}") or "", r_groups=1)
    found = _read(text, attachments, side, orders, near=False)
    chlorine = re.sub(r"C[I1](?![a-z])", "Cl", text)
    if found is not None and (chlorine == text or exact_entry(text, attachments, None)):
        return _expansion(found, exact=True)
    for variant in _variants(text) if found is None else (chlorine, text):
        again = _read(variant, attachments, side, orders, near=True)
        if again is not None:
            return _expansion(again, exact=False)
    found = _bare_atom(text, orders)
    return None if found is None else _expansion(found, exact=False)


def _expansion(smiles: str, *, exact: bool) -> Expansion:
    groups = len(re.findall(r"\*(?!:)", smiles))
    return Expansion(smiles, r_groups=groups, exact=exact)


def _read(
    text: str, attachments: int, side: str | None, orders: tuple[int, ...], *, near: bool
) -> str | None:
    """The table and the formula reader for one spelling, from the given side, then the other."""
    plain = set(orders) <= {1}
    other = {"left": "right", "right": "left"}.get(side or "")
    if orders == (2,) and text in _BY_DOUBLE_BOND:
        return _canonical(_BY_DOUBLE_BOND[text])
    for place in (side, other) if other else (side,):
        if plain and (found := exact_entry(text, attachments, place)):
            return _canonical(found)
        if found := _formula(text, attachments, place, orders):
            return found
    if near and plain:
        for place in (side, other) if other else (side,):
            if found := near_entry(text, attachments, place):
                return _canonical(found)
    return None


def _formula(text: str, attachments: int, side: str | None, orders: tuple[int, ...]) -> str | None:
    """The likeliest reading as a formula, None when there is none or two are as likely."""
    best: dict[str, float] = {}
    for cost, smiles in readings(text, attachments, side, orders)[:12]:
        canonical = _canonical(smiles)
        if canonical is not None:
            best[canonical] = min(cost, best.get(canonical, cost))
    ranked = sorted((cost, smiles) for smiles, cost in best.items())
    if (
        not ranked
        or ranked[0][0] > _STRANGE
        or (len(ranked) > 1 and ranked[1][0] - ranked[0][0] < _MARGIN)
    ):
        return None
    return ranked[0][1]


def _canonical(smiles: str) -> str | None:
    """RDKit's SMILES, None where valences are wrong."""
    chem = quiet_chem()
    molecule = chem.MolFromSmiles(smiles)
    if molecule is None:
        return None
    radical = any(atom.GetNumRadicalElectrons() for atom in molecule.GetAtoms())
    if radical and molecule.GetNumAtoms() > 1:
        return None
    return chem.MolToSmiles(molecule)


def _variants(text: str) -> Iterator[str]:
    """The text, then spellings that it may be a slip of; each once."""
    seen = set()
    for variant in _respelt(text):
        if variant and variant not in seen:
            seen.add(variant)
            yield variant


def _respelt(text: str) -> Iterator[str]:
    yield text
    letters = text.replace("l", "I") if "l" in text and "Cl" not in text else text
    # zero for the letter, and l, 1 or I for each other
    zero = re.sub(r"(?<![0-9])0|0(?=[A-Z(])|(?<=[0-9])0(?![0-9])", "O", text)
    yield zero
    chlorine = re.sub(r"C[I1](?![a-z])", "Cl", zero)
    yield chlorine
    yield re.sub(r"[I|l](?=Pr|Bu)", "i", chlorine)
    yield re.sub(r"(?<=[A-Z)])[lI|](?=[A-Z0-9)]|$)", "1", letters)
    # small letters that have the shape of the capital
    small = re.sub(r"(?<![A-Z])[cosp](?![a-z])|(?<=[A-Z])[co](?=[A-Z0-9]|$)", _upper, chlorine)
    yield small
    yield re.sub(r"(?<=[CNH])h(?=[0-9]|$)", "H", small)
    yield re.sub(r"(?<=[HFN(])z|Z(?![a-z])", "2", small)
    yield re.sub(r"S(?=$)", "5", small)
    # the stump of the bond read as a sign
    yield chlorine.strip("-=.,'_~")
    if text.isupper() and len(text) > 3:
        yield text.title()


def _upper(match: re.Match[str]) -> str:
    return match[0].upper()


def _bare_atom(text: str, orders: tuple[int, ...]) -> str | None:
    """An atom by itself whose hydrogens are not all written: they follow from its valence."""
    match = _ATOM.fullmatch(text)
    isotope, symbol, charge = (match[1], match[2], match[4]) if match else ("", "", "")
    if match is None:
        after = _ATOM_AFTER.fullmatch(text)
        if after is None:
            return None
        symbol, charge = after[1], after[2]
    if symbol not in ELEMENTS or (isotope and int(isotope) not in ISOTOPES.get(symbol, ())):
        return None
    chem = quiet_chem()
    atom = chem.Atom(symbol)
    atom.SetIsotope(int(isotope or 0))
    digits = re.sub(r"[^0-9]", "", charge or "") or str(len(charge or " "))
    atom.SetFormalCharge(int(digits) * (-1 if "-" in (charge or "") else 1) if charge else 0)
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
    return chem.MolToSmiles(molecule)
