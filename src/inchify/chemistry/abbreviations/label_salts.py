"""Separation of a superatom label into its group and its counter-ions, acid or metals: NH3+Cl-,
N+(CH3)3BF4-, NH2.HCl, OPO3Na2.
"""

from __future__ import annotations

import re

from inchify.chemistry.convert import quiet_chem
from inchify.chemistry.species import species_of_text

_ANION = r"(?P<{}>(?:F|Cl|Br|I|BF4|PF6|ClO4|CF3SO3|OTf|TfO|TsO|HSO4|NO3)-)"
# An ammonium or diazonium group and its anion, which stands behind it or before it.
_IONS = (
    re.compile(rf"(?P<group>.*N.*?){_ANION.format('ion')}"),
    re.compile(rf"{_ANION.format('ion')}(?P<group>.*N.*)"),
)
_ACID = r"(?P<acid>HCl|HBr|HI|TFA|CF3CO2H|CF3COOH)"
# An amine and its acid: with a dot between them, or without.
_DOTTED = re.compile(rf"(?P<group>.*N.*)\.{_ACID}")
_PLAIN = re.compile(r"(?P<group>.*N.*)(?P<acid>HCl|HBr)")
# The salt of an acid with several metals at the label's end.
_METALS = re.compile(r"(?P<acid>.*O[0-9]?)(?P<metal>Li|Na|K|Cs)(?P<count>[2-4])")
_ACID_OXYGEN = "[OX2H1]-[P,S,C](=O)"


def with_anion(text: str) -> tuple[str, str] | None:
    """(text of the group with its positive charge, SMILES of its anion), None for other labels."""
    for form in _IONS:
        match = form.fullmatch(text)
        if match is not None and "+" in match["group"]:
            return match["group"], _smiles(match["ion"])
    return None


def with_acid(text: str, *, dot: bool) -> tuple[str, str] | None:
    """(text of the amine, SMILES of its acid), None for other labels; ``dot``: whether a dot stands
    between them."""
    match = (_DOTTED if dot else _PLAIN).fullmatch(text)
    return None if match is None else (match["group"], _smiles(match["acid"]))


def acid_of_salt(text: str) -> tuple[str, str, int] | None:
    """(text of the free acid, symbol of the metal, how many of it), None for other labels."""
    match = _METALS.fullmatch(text)
    if match is None:
        return None
    return f"{match['acid']}H{match['count']}", match["metal"], int(match["count"])


def metal_salt(acid: str, metal: str, count: int) -> str | None:
    """The SMILES of an acid's salt with ``count`` metal ions, None where it has not just as many
    acidic hydrogens."""
    chem = quiet_chem()
    molecule = chem.RWMol(chem.MolFromSmiles(acid))
    acidic = molecule.GetSubstructMatches(chem.MolFromSmarts(_ACID_OXYGEN))
    oxygens = {match[0] for match in acidic}
    if len(oxygens) != count:
        return None
    for place in oxygens:
        atom = molecule.GetAtomWithIdx(place)
        atom.SetFormalCharge(-1)
        atom.SetNumExplicitHs(0)
    chem.SanitizeMol(molecule)
    return ".".join([str(chem.MolToSmiles(molecule)), *[f"[{metal}+]"] * count])


def _smiles(text: str) -> str:
    species = species_of_text(text)
    return "" if species is None else species.smiles
