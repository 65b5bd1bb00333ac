"""Recognition of counter-ions, acids and solvents written beside a drawing.

``2 HCl``, ``• 3 H2O``, ``TFA``, ``fumaric acid``, ``2 Br-``: a text is parsed into the molecules
or ions that it names, with their counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from inchify.chemistry.abbreviations.condensed_formula import readings
from inchify.chemistry.abbreviations.formula_tokens import ELEMENTS, ISOTOPES
from inchify.chemistry.abbreviations.table import exact_entry, plain_text, words
from inchify.chemistry.convert import quiet_chem

TABLE = Path(__file__).with_name("species.tsv")
LONGEST = 60
# More of one species than this is no count but a number of something else.
MAX_COUNT = 24
_BULLET = "[.*·•∙●⋅∗‧・◦°,;:]"
_COUNT = r"(?P<count>[0-9]{1,2}(?:[.,][0-9]{1,2}|/[0-9]{1,2})?|[xynXY](?=\s*[A-Z])|[½¼¾])"
_BEFORE = re.compile(rf"(?:[xX×]\s*(?=[0-9]))?(?:{_COUNT}\s*(?:[x×*·]\s*)?|×\s*)?(?P<rest>.+)")
_AFTER = re.compile(
    r"(?P<rest>.+?)\s*(?:[xX×]\s*(?P<a>[0-9]{1,2})|\(\s*(?P<b>[0-9]{1,2})\s*[x×]?\))"
)
_GREEK = {"hemi": 0, "sesqui": 0, "mono": 1, "di": 2, "tri": 3, "tetra": 4, "penta": 5, "hexa": 6}
_ION = re.compile(r"([A-Z][a-z]?)(?:\(([IV]{1,3})\))?")
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5}
# Charges of the ions of elements that stand by their symbol alone.
_CATIONS = {"Li": 1, "Na": 1, "K": 1, "Rb": 1, "Cs": 1, "Ag": 1, "Mg": 2, "Ca": 2, "Sr": 2, "Ba": 2}
_CATIONS |= {"Zn": 2, "Al": 3}
_ANIONS = {"F": -1, "Cl": -1, "Br": -1}
NON_METALS = frozenset(words("H B C N O F Si P S Cl As Se Br Te I"))
# Hydrogen halides that are written with their bond.
_BONDED_HALIDE = re.compile(r"H-(?:F|Cl|Br|I)|(?:F|Cl|Br|I)-H")
# Gases over a reaction are in the table of labels but crystallise with nothing.
_GASES = frozenset(("H2", "N2", "O2", "CO2"))


@dataclass(frozen=True)
class Component:
    """One kind of molecule or ion. ``smiles`` is what is written; ``ion`` is what it is in a salt,
    "" where that is the same or it makes none; ``count`` 0 where the text leaves it open."""

    smiles: str
    count: int = 1
    ion: str = ""


@dataclass(frozen=True)
class Species:
    """Species that a text beside a drawing adds to it; ``error`` says why their counts are
    unknown."""

    units: tuple[Component, ...]
    error: str = ""

    @property
    def smiles(self) -> str:
        """The SMILES of all units, each as often as it is there; "" where a count is open."""
        if self.error:
            return ""
        return ".".join(unit.smiles for unit in self.units for _ in range(unit.count))

    def balanced(self, charge: int) -> str:
        """The same beside a molecule of that charge: what is named as a salt (chloride, fumarate,
        Na) is an ion where the whole then is nearer to neutral, and a molecule elsewhere."""
        if self.error:
            return ""
        net, chosen = charge + _charge(self.smiles), []
        for unit in self.units:
            for _ in range(unit.count):
                change = _charge(unit.ion) - _charge(unit.smiles) if unit.ion else 0
                ionic = change != 0 and abs(net + change) < abs(net)
                net += change if ionic else 0
                chosen.append(unit.ion if ionic else unit.smiles)
        return ".".join(chosen)


def species_of_text(text: str) -> Species | None:
    """The molecules and ions that a free-standing text names, or None where it names none.

    Args:
        text: one line, for example ``HCl``, ``• 2 Na``, ``2 CF3CO2H``, ``xHCl``, ``HCl·H2O``.

    Returns:
        The species with their counts; with an ``error`` where a count is open (``x HCl``) or
        broken (``0.5 H2O``). None for anything else, for a compound's number or a step's
        conditions as for an element's symbol that may be a label (``C``, ``N``, ``I``).
    """
    text = re.sub(r"\s+", " ", text).strip()
    if not text or len(text) > LONGEST:
        return None
    return _species(text)


@lru_cache(maxsize=4096)
def _species(text: str) -> Species | None:
    single = _single_species(text)
    if single is not None:
        return _checked((single,), text)
    parts = [p.strip() for p in re.split(rf"(?:\s|(?<=\S)){_BULLET}(?![0-9]\S*$)", text)]
    parts = [part for part in parts if part]
    if not 1 <= len(parts) <= 4:
        return None
    units = [_single_species(part) for part in parts]
    known = tuple(unit for unit in units if unit is not None)
    return _checked(known, text) if len(known) == len(parts) else None


def _checked(units: Sequence[Component], text: str) -> Species:
    unknown = any(unit.count == 0 for unit in units)
    error = f"the number of molecules is not known in {text!r}" if unknown else ""
    return Species(tuple(units), error)


def _single_species(text: str) -> Component | None:
    """A single species with its count."""
    text = re.sub(rf"^(?:{_BULLET}\s*)+", "", text)
    if re.fullmatch(r"[(\[].*[)\]]", text) and text.count(text[0]) == 1:
        text = text[1:-1].strip()
    named = _named(text)
    if named is not None:
        return named
    isotope = re.fullmatch(r"([0-9]{2,3})([A-Z][a-z]?)([+-])", plain_text(text))
    if isotope and int(isotope[1]) in ISOTOPES.get(isotope[2], ()):
        return Component(f"[{isotope[1]}{isotope[2]}{isotope[3]}]")
    group = re.fullmatch(r"\((.+)\)\s*([0-9]{1,2})", text)
    if group:
        return _times(_named(group[1]), group[2])
    after = _AFTER.fullmatch(text)
    if after:
        return _times(_named(after["rest"]), after["a"] or after["b"])
    before = _BEFORE.fullmatch(text)
    if before is None:
        return None
    rest = re.sub(r"^\((.+)\)$", r"\1", before["rest"])
    return _times(_named(rest), before["count"] or "1")


def _times(unit: Component | None, count: str) -> Component | None:
    if unit is None:
        return None
    number = int(count) if count.isdigit() else 0
    if count.isdigit() and not 1 <= number <= MAX_COUNT:
        return None
    return Component(unit.smiles, number, unit.ion) if unit.count == 1 else None


def _named(text: str) -> Component | None:
    """A species without a count: from the tables, a lone ion, or a formula."""
    plain = plain_text(text)
    if not plain or plain in _GASES:
        return None
    if _BONDED_HALIDE.fullmatch(plain):
        plain = plain.replace("-", "")
    for spelling in (plain, _without_slips(plain)):
        smiles = exact_entry(spelling, 0, None)
        if smiles is not None and spelling not in _GASES:
            return Component(smiles, 1, _conjugate(smiles))
    folded = _folded(text)
    rows = _rows()
    if folded in rows:
        return rows[folded]
    for prefix, number in _GREEK.items():
        rest = folded.removeprefix(prefix)
        if rest != folded and rest in rows:
            unit = rows[rest]
            return Component(unit.smiles, number, unit.ion)
    return _lone_element(plain) or _formula(plain)


def _without_slips(text: str) -> str:
    """HCI and HC1 as HCl, H20 as H2O: what recognizers confuse in formulas; "salt" left out."""
    text = re.sub(r"C[1I](?![a-z])", "Cl", re.sub(r"-?salts?$", "", text))
    return re.sub(r"(?<=[A-Za-z1-9])0", "O", text)


def _lone_element(text: str) -> Component | None:
    """Symbols of metals and halogens that can only be ions here: Na, 2 K, Cl, Zn2+, Fe(III)."""
    match = re.fullmatch(r"([A-Z][a-z]?)(?:([1-4]?)([+-])|([+-])([1-4])|\+\+)", text)
    if match and match[1] in ELEMENTS:
        size = int(match[2] or match[5] or "1") if (match[3] or match[4]) else 2
        negative = "-" in (match[3] or match[4] or "+")
        if negative:
            simple = size == 1 and match[1] in (*_ANIONS, "I")
            return Component(_ion(match[1], -1)) if simple else None
        return Component(_ion(match[1], size)) if match[1] not in NON_METALS else None
    match = _ION.fullmatch(text)
    if match is None:
        return None
    symbol = match[1]
    if match[2] and symbol in ELEMENTS and len(symbol) == 2:
        return Component(_ion(symbol, _ROMAN.get(match[2], 0)))
    charge = _CATIONS.get(symbol, 0) or _ANIONS.get(symbol, 0)
    if not charge or match[2] or (len(text) == 1 and symbol != "K"):
        return None
    if charge > 0:
        return Component(_ion(symbol, charge))
    return Component(symbol, 1, f"[{symbol}-]")


def _ion(symbol: str, charge: int) -> str:
    size = "" if abs(charge) == 1 else str(abs(charge))
    return f"[{symbol}{'+' if charge > 0 else '-'}{size}]"


def _formula(text: str) -> Component | None:
    """A condensed formula that can only be read as a whole neutral molecule or ion."""
    if len(text) < 4 or not re.search(r"[0-9]", text) or not re.match(r"[A-Z(]", text):
        return None
    if re.search(r"[a-z]{2}", text):
        return None
    chem = quiet_chem()
    for cost, smiles in readings(text, 0, None, ())[:4]:
        if cost > 1.5 or "*" in smiles:
            return None
        molecule = chem.MolFromSmiles(smiles)
        if molecule is not None and not any(
            a.GetNumRadicalElectrons() for a in molecule.GetAtoms()
        ):
            return Component(chem.MolToSmiles(molecule), 1, _conjugate(smiles))
    return None


@lru_cache(maxsize=512)
def _conjugate(smiles: str) -> str:
    """The ion of an acid or amine that the table of names knows by the same structure."""
    chem = quiet_chem()
    molecule = chem.MolFromSmiles(smiles)
    canonical = chem.MolToSmiles(molecule) if molecule is not None else ""
    for unit in _rows().values():
        if unit.ion and chem.CanonSmiles(unit.smiles) == canonical:
            return unit.ion
    return ""


@lru_cache(maxsize=512)
def _charge(smiles: str) -> int:
    chem = quiet_chem()
    molecule = chem.MolFromSmiles(smiles, sanitize=False)
    return int(chem.GetFormalCharge(molecule)) if molecule is not None else 0


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).lower()


@lru_cache(maxsize=1)
def _rows() -> dict[str, Component]:
    """Folded name -> species. Raises ValueError naming a line that is not right."""
    rows: dict[str, Component] = {}
    for number, line in enumerate(TABLE.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != 3:
            raise ValueError(f"{TABLE}:{number}: {len(cells)} columns; there must be 3")
        neutral, ion = ("" if cell == "-" else cell for cell in cells[1:])
        unit = Component(neutral or ion, 1, ion if neutral else "")
        for name in cells[0].split("|"):
            if _folded(name) in rows:
                raise ValueError(f"{TABLE}:{number}: {name!r} stands there twice")
            rows[_folded(name)] = unit
    return rows
