"""Expansion of a superatom label into the structure that chemists mean by it.

The table of names (``table``) comes first, then the parser of condensed formulas
(``condensed_formula``), then both again for corrected spellings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from inchify.chemistry.abbreviations.aryl_groups import aryl_inside, aryl_smiles
from inchify.chemistry.abbreviations.condensed_formula import readings
from inchify.chemistry.abbreviations.formula_tokens import (
    ELEMENTS,
    FIRST_NAME,
    ISOTOPES,
    R_GROUP,
    named_star,
    star_name,
)
from inchify.chemistry.abbreviations.inner_bonds import inner_bonds
from inchify.chemistry.abbreviations.label_salts import (
    acid_of_salt,
    metal_salt,
    with_acid,
    with_anion,
)
from inchify.chemistry.abbreviations.single_atoms import bare_atom
from inchify.chemistry.abbreviations.spelling import spelling_variants, with_implied_hydrogens
from inchify.chemistry.abbreviations.table import exact_entry, fuzzy_entry, plain_text
from inchify.chemistry.convert import quiet_chem
from inchify.chemistry.species import species_of_text
from inchify.chemistry.undefined_groups import canonical_cxsmiles, name_open_end
from inchify.chemistry.valence import ALKALI, is_metal

LONGEST = 40
SIDES = ("left", "right")
# Two readings whose costs differ by less than this are ambiguous, and the label is not understood.
_MARGIN = 0.15
# A reading with a higher cost contains a chain of peroxides or the like.
_STRANGE = 2.4
_DOT = re.compile(r"(?P<before>\.)?(?P<rest>[A-CE-Z][A-Za-z0-9()]*)(?(before)|\.)")
_ISOTOPE = re.compile(r"([0-9]{1,3})([A-Z][a-z]?)[+-]?")
# Isotopes in brackets as in [18F]F or [11C]H3, or alone.
_BRACKETED = re.compile(r"\[([0-9]{1,3}m?[A-Z][a-z]?|D|T)\]")
# Alkyl groups as formulas with a letter before or behind that says how they are branched.
_ALKYL = re.compile(
    r"(?:(?<![A-MP-Za-z])(?P<before>[nist])-|(?<![A-Za-z])(?P<start>[nist])|\((?P<in>[nist])\)-?)?"
    r"C(?P<carbons>[0-9]{1,2})(?P<end>[HD][0-9]{1,2})"
    r"(?:-(?P<behind>[nist])(?![A-Za-z])|\((?P<out>[nist])\))?"
)
_BRANCHED = {"3i": "i-Pr", "4i": "i-Bu", "4s": "s-Bu", "4t": "t-Bu", "5t": "t-Am", "8t": "t-Oct"}
# Stands for a phenyl group while the rest of its label is read.
_PLACEHOLDER = "Rd"
_BONDS = {1: "", 2: "=", 3: "#"}
_BY_DOUBLE_BOND = {"N2": "[*:1]=[N+]=[N-]"}


@dataclass(frozen=True)
class Expansion:
    """The structure of a label.

    ``smiles`` has ``[*:1]`` ... ``[*:n]`` where the label's bonds go, in reading order, and a bare
    ``*`` for every undefined group (``r_groups`` of them; ``[*:1]*`` is a label that is one); it is
    a CXSMILES where these have names. ``exact`` tells that the text was taken as it stands.
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
    spots: tuple[float, ...] | None = None,
) -> Expansion | None:
    """Expand the text of an atom label into its structure.

    Args:
        text: The label as written or recognized.
        attachments: Number of bonds at the label.
        side: Where a single bond comes from: "left" as for OMe, "right" as for MeO, None from
            above, below or unknown.
        orders: The bond orders, 1 each by default.
        spots: Where each bond ends along the text, from 0 (left end) to 1 (right end); needed where
            a bond ends above or below the inside of the text.

    Returns:
        The structure, or None when the label is not understood.

    Raises:
        ValueError: ``side``, ``attachments``, ``orders`` or ``spots`` is invalid.
    """
    if side not in (*SIDES, None):
        raise ValueError(f"'side' is {side!r}; it must be 'left', 'right' or None")
    orders = orders or (1,) * attachments
    if attachments < 0 or len(orders) != attachments or not set(orders) <= {1, 2, 3}:
        raise ValueError(f"{attachments} attachments with orders {orders}; orders are 1, 2 or 3")
    if spots is not None and (len(spots) != attachments or not all(0 <= s <= 1 for s in spots)):
        raise ValueError(f"{attachments} attachments at {spots}; spots are from 0 to 1")
    species = species_of_text(text) if attachments == 0 else None
    if species is not None:
        return None if species.error else Expansion(_canonical(species.smiles) or species.smiles)
    text = _ALKYL.sub(_unbranched, _BRACKETED.sub(r"\1", plain_text(text)))
    if not text or len(text) > LONGEST or attachments > 6:
        return None
    if spots:
        return _with_inner_bonds(text, orders, spots)
    if R_GROUP.fullmatch(text) and attachments and not _is_element(text, attachments):
        stars = "".join(f"({_BONDS[n]}[*:{k}])" for k, n in enumerate(orders, 1))
        return Expansion(_canonical(f"*{stars}") or "", r_groups=1)
    radical = _radical(text, attachments, side, orders)
    if radical is not None:
        return _expansion(radical, exact=False)
    salt = _with_salt(text, attachments, side, orders)
    if salt is not None:
        return salt
    structure = _as_written(text, attachments, side, orders)
    chlorine = re.sub(r"C[I1](?![a-z])", "Cl", text)
    if structure is not None and (chlorine == text or exact_entry(text, attachments, None)):
        return _expansion(structure, exact=True)
    acid = None if structure else with_acid(text, dot=False)
    if acid is not None and (salt := _beside(*acid, attachments, side, orders)):
        return salt
    structure = _corrected(text, attachments, side, orders, (chlorine, text) if structure else None)
    return None if structure is None else _expansion(structure, exact=False)


def _unbranched(match: re.Match[str]) -> str:
    """An alkyl group with its prefix as a name (t-Bu for C4H9-t); n only says that the chain is
    straight, and groups without a name stay as written."""
    letters = {match[name] for name in ("before", "start", "in", "behind", "out")} - {None}
    plain = f"C{match['carbons']}{match['end']}"
    if not letters or len(letters) > 1:
        return match[0]
    letter = letters.pop()
    straight = match["end"] == f"H{2 * int(match['carbons']) + 1}"
    if letter == "n":
        return plain
    return _BRANCHED.get(match["carbons"] + letter, match[0]) if straight else match[0]


def _with_inner_bonds(
    text: str, orders: tuple[int, ...], spots: tuple[float, ...]
) -> Expansion | None:
    """A chain with bonds at inner atoms. With two bonds the valences alone may determine their
    places; more would be ambiguous."""
    smiles = inner_bonds(text, spots, orders, lambda marked: _formula(marked, 0, None, ()))
    canonical = smiles and _canonical(smiles)
    if canonical:
        return _expansion(canonical, exact=True)
    return expand_label(text, len(orders), None, orders) if len(orders) < 3 else None


def _with_salt(
    text: str, attachments: int, side: str | None, orders: tuple[int, ...]
) -> Expansion | None:
    """A group with what makes it a salt: its anion, its acid behind a dot, or several metals."""
    beside = with_anion(text) or with_acid(text, dot=True)
    if beside is not None:
        return _beside(*beside, attachments, side, orders)
    salt = acid_of_salt(text)
    expansion = salt and expand_label(salt[0], attachments, side, orders)
    if not salt or not expansion or expansion.r_groups:
        return None
    smiles = _canonical(metal_salt(expansion.smiles, *salt[1:]) or "")
    return replace(expansion, smiles=smiles) if smiles else None


def _beside(
    group: str, ion: str, attachments: int, side: str | None, orders: tuple[int, ...]
) -> Expansion | None:
    """A group and an ion or acid beside it; one that is an ion needs its charge."""
    expansion = expand_label(group, attachments, side, orders)
    if (
        expansion is None
        or not ion
        or expansion.r_groups
        or ("-]" in ion and "+" not in expansion.smiles)
    ):
        return None
    return replace(expansion, smiles=f"{expansion.smiles}.{ion}")


def _as_written(
    text: str, attachments: int, side: str | None, orders: tuple[int, ...]
) -> str | None:
    """The structure of a label taken literally: metals between many bonds, the table and the
    formula parser, and lone isotopes, which the table would treat as spelling errors."""
    if attachments > 2 and is_metal(text) and (metal := bare_atom(text, orders)):
        return metal
    structure = _read(text, attachments, side, orders, fuzzy=False)
    isotope = _ISOTOPE.fullmatch(text)
    if structure is None and isotope and int(isotope[1]) in ISOTOPES.get(isotope[2], ()):
        return bare_atom(text, orders)
    return structure


def _corrected(
    text: str,
    attachments: int,
    side: str | None,
    orders: tuple[int, ...],
    spellings: tuple[str, ...] | None,
) -> str | None:
    """The structure of a misspelled or misread label, of one without its hydrogens, or of a single
    atom; ``spellings`` None stands for all usual errors."""
    for variant in spelling_variants(text) if spellings is None else spellings:
        structure = _read(variant, attachments, side, orders, fuzzy=True)
        if structure is not None:
            return structure
    if implied := with_implied_hydrogens(text, sum(orders)):
        structure = _read(implied, attachments, side, orders, fuzzy=False)
        if structure is not None:
            return structure
    return bare_atom(text, orders)


def _radical(text: str, attachments: int, side: str | None, orders: tuple[int, ...]) -> str | None:
    """The structure of a label with a dot for an unpaired electron before or behind it.

    The dot is read as a deuterium atom, which then gives its electron to its neighbor.
    """
    match = _DOT.fullmatch(text)
    if match is None:
        return None
    marked = f"D{match['rest']}" if match["before"] else f"{match['rest']}D"
    structure = _read(marked, attachments, side, orders, fuzzy=False)
    if structure is None or structure.count("[2H]") != 1:
        return None
    chem = quiet_chem()
    molecule = chem.RWMol(chem.MolFromSmiles(structure))
    dot = next(a for a in molecule.GetAtoms() if a.GetSymbol() == "H" and a.GetIsotope() == 2)
    (bearer,) = dot.GetNeighbors()
    bearer.SetNumExplicitHs(bearer.GetTotalNumHs())
    bearer.SetNoImplicit(True)
    bearer.SetNumRadicalElectrons(1)
    molecule.RemoveAtom(dot.GetIdx())
    chem.SanitizeMol(molecule)
    return str(chem.MolToSmiles(molecule))


def _is_element(text: str, attachments: int) -> bool:
    """Whether a text that may name an undefined group (Ra, W, Y) is an element after all."""
    return text in ELEMENTS or text == "Re" or (text in ("W", "Y") and attachments > 2)


def _expansion(smiles: str, *, exact: bool) -> Expansion:
    """The expansion with the names of undefined groups, and alkali salts as ions."""
    if "*" not in re.sub(r"\[\*:[1-6]\]", "", smiles):
        return Expansion(smiles, exact=exact)
    molecule = quiet_chem().MolFromSmiles(smiles)
    groups = 0
    for atom in molecule.GetAtoms():
        mark = atom.GetAtomMapNum()
        if atom.GetAtomicNum() or 0 < mark < FIRST_NAME:
            continue
        groups += 1
        if mark:
            atom.SetAtomMapNum(0)
            name_open_end(atom, star_name(mark))
    return Expansion(canonical_cxsmiles(molecule), r_groups=groups, exact=exact)


def _read(
    text: str, attachments: int, side: str | None, orders: tuple[int, ...], *, fuzzy: bool
) -> str | None:
    """Lookup of one spelling in the table and the formula parser, from the given side, then the
    other."""
    plain = set(orders) <= {1}
    other = {"left": "right", "right": "left"}.get(side or "")
    if orders == (2,) and text in _BY_DOUBLE_BOND:
        return _canonical(_BY_DOUBLE_BOND[text])
    for place in (side, other) if other else (side,):
        if plain and (structure := exact_entry(text, attachments, place)):
            return _canonical(structure)
        if structure := _formula(text, attachments, place, orders):
            return structure
        if attachments == 1 and plain and (aryl := aryl_smiles(text, _substituent)):
            return _canonical(aryl)
        if longer := _with_aryl(text, attachments, place, orders):
            return longer
    if fuzzy and plain:
        for place in (side, other) if other else (side,):
            if structure := fuzzy_entry(text, attachments, place):
                return _canonical(structure)
    return None


def _with_aryl(
    text: str, attachments: int, side: str | None, orders: tuple[int, ...]
) -> str | None:
    """The structure of a formula in which a phenyl group with named positions stands."""
    parts = aryl_inside(text, _PLACEHOLDER)
    aryl = aryl_smiles(parts[0], _substituent) if parts else None
    formula = _formula(parts[1], attachments, side, orders) if parts and aryl else None
    if formula is None or aryl is None:
        return None
    chem = quiet_chem()
    joined = chem.RWMol(chem.MolFromSmiles(f"{formula}.{aryl}"))
    mark = int(re.sub(r"[^0-9]", "", named_star(_PLACEHOLDER)))
    last = chem.MolFromSmiles(formula).GetNumAtoms()
    here = [atom.GetIdx() for atom in joined.GetAtoms() if atom.GetAtomMapNum() == mark]
    (neighbor,) = joined.GetAtomWithIdx(here[0]).GetNeighbors()
    (ring,) = joined.GetAtomWithIdx(last).GetNeighbors()
    joined.AddBond(neighbor.GetIdx(), ring.GetIdx(), chem.BondType.SINGLE)
    for place in sorted((here[0], last), reverse=True):
        joined.RemoveAtom(place)
    chem.SanitizeMol(joined)
    return str(chem.MolToSmiles(joined))


def _substituent(text: str, side: str) -> str | None:
    """The SMILES of a ring's substituent, its bond first."""
    structure = _read(text, 1, side, (1,), fuzzy=False)
    if structure is None:
        return None
    chem = quiet_chem()
    molecule = chem.MolFromSmiles(structure)
    first = next(atom.GetIdx() for atom in molecule.GetAtoms() if atom.GetAtomMapNum() == 1)
    return str(chem.MolToSmiles(molecule, rootedAtAtom=first))


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
    return str(chem.MolToSmiles(_with_salts(molecule)))


def _with_salts(molecule: Any) -> Any:
    """An alkali metal on oxygen becomes a cation, the oxygen an anion."""
    chem = quiet_chem()
    alkali = [atom.GetIdx() for atom in molecule.GetAtoms() if atom.GetSymbol() in ALKALI]
    if not alkali:
        return molecule
    salt = chem.RWMol(molecule)
    for metal in map(salt.GetAtomWithIdx, alkali):
        neighbors = metal.GetNeighbors()
        if len(neighbors) == 1 and neighbors[0].GetSymbol() == "O":
            salt.RemoveBond(metal.GetIdx(), neighbors[0].GetIdx())
            metal.SetFormalCharge(1)
            neighbors[0].SetFormalCharge(neighbors[0].GetFormalCharge() - 1)
    # an oxygen with other bonds as well is no anion
    return molecule if chem.SanitizeMol(salt, catchErrors=True) else salt
