"""Contraction of groups into condensed formulas: C6H13 and H13C6, OCH(CH3)2, COOCH2CH3, SO2NH2,
(CH3CH2)2N.

The table of abbreviations chooses short names mostly; patents write chains and groups in full.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from inchify.chemistry.convert import quiet_chem
from inchify.synthetic.molecules.atom_edits import checked, is_stereo, labelled_atom

# What the group is bonded to, then the group; its writings with the bond at their left and right.
_GROUPS = (
    ("*-[OX2][CH1]([CH3])[CH3]", ("OCH(CH3)2", "(CH3)2CHO"), ("OCH(CH3)2", "(H3C)2HCO")),
    ("*-[OX2][CH2][CH3]", ("OCH2CH3", "CH3CH2O"), ("OC2H5", "C2H5O"), ("OC2H5", "H5C2O")),
    ("*-[OX2][CH2][CH2][OH]", ("OCH2CH2OH", "HOCH2CH2O")),
    ("*-[OX2]C(=O)[CH3]", ("OCOCH3", "CH3COO"), ("OCOCH3", "H3COCO")),
    ("*-[NX3;H0]([CH2][CH3])[CH2][CH3]", ("N(CH2CH3)2", "(CH3CH2)2N"), ("N(C2H5)2", "(C2H5)2N")),
    ("*-[NX3;H0]([CH3])[CH3]", ("N(CH3)2", "(CH3)2N"), ("N(CH3)2", "(H3C)2N")),
    ("*-[NH]C(=O)[CH3]", ("NHCOCH3", "CH3CONH"), ("NHCOCH3", "H3COCHN")),
    ("*-S(=O)(=O)[NH2]", ("SO2NH2", "H2NO2S"), ("SO2NH2", "H2NSO2"), ("SO2NH2", "NH2SO2")),
    ("*-S(=O)(=O)[CH3]", ("SO2CH3", "CH3SO2"), ("SO2CH3", "H3CO2S")),
    ("*-C(=O)[OX2][CH2][CH3]", ("COOCH2CH3", "CH3CH2OOC"), ("CO2CH2CH3", "CH3CH2O2C")),
    ("*-C(=O)[OX2][CH3]", ("COOCH3", "CH3OOC"), ("CO2CH3", "H3CO2C"), ("COOCH3", "H3COOC")),
    ("*-C(=O)[OH]", ("COOH", "HOOC"), ("CO2H", "HO2C")),
    ("*-C(=O)[NH][CH3]", ("CONHCH3", "H3CHNOC"), ("CONHCH3", "CH3NHOC")),
    ("*-C(=O)[NH2]", ("CONH2", "H2NOC"), ("CONH2", "NH2CO")),
    ("*-[CH2]C(=O)[OX2][CH2][CH3]", ("CH2COOCH2CH3", "CH3CH2OOCCH2"), ("CH2COOC2H5", "C2H5OOCCH2")),
    ("*-[CH2]C(=O)[OH]", ("CH2COOH", "HOOCCH2"), ("CH2CO2H", "HO2CH2C")),
    ("*-[CH2][CH2][OH]", ("CH2CH2OH", "HOCH2CH2"), ("CH2CH2OH", "HOH2CH2C")),
    ("*-[CH2][CH2][NH2]", ("CH2CH2NH2", "H2NCH2CH2"), ("CH2CH2NH2", "H2NH2CH2C")),
    ("*-[CH1]([CH3])[CH3]", ("CH(CH3)2", "(CH3)2CH"), ("CH(CH3)2", "(H3C)2HC")),
    ("*-[CH2][CH1]([CH3])[CH3]", ("CH2CH(CH3)2", "(CH3)2CHCH2"), ("CH2CH(CH3)2", "(H3C)2HCH2C")),
    ("*-C([CH3])([CH3])[CH3]", ("C(CH3)3", "(CH3)3C"), ("C(CH3)3", "(H3C)3C")),
    ("*-[CH1]=[CH2]", ("CH=CH2", "CH2=CH"), ("CH=CH2", "H2C=HC")),
    ("*-[CH2][CH1]=[CH2]", ("CH2CH=CH2", "CH2=CHCH2"), ("CH2CH=CH2", "H2C=HCH2C")),
    ("*-[CH2][CH2][CH3]", ("CH2CH2CH3", "CH3CH2CH2"), ("CH2CH2CH3", "H3CH2CH2C")),
)
# Numbers of carbons in chains of CH2 with CH3 at the end.
_SHORTEST, _LONGEST = 3, 19
# Heavy atoms that must stay drawn.
_LEFT = 3

Writings = tuple[tuple[str, str], ...]


@lru_cache(maxsize=1)
def group_queries() -> tuple[tuple[Any, Writings], ...]:
    """The groups as queries, what they are bonded to first, with their writings."""
    rows = [(smarts, writings) for smarts, *writings in _GROUPS]
    for length in range(_SHORTEST, _LONGEST + 1):
        chain = "*-" + "[CH2]" * (length - 1) + "[CH3]"
        formula = f"C{length}H{2 * length + 1}", f"H{2 * length + 1}C{length}"
        rows.append((chain, [formula]))
    chem = quiet_chem()
    return tuple((chem.MolFromSmarts(smarts), tuple(writings)) for smarts, writings in rows)


def with_group_formulas(molecule: Any, generator: np.random.Generator) -> Any:
    """One to three groups as formulas; larger groups come before those inside them as often as the
    order of chance has it."""
    queries = group_queries()
    left, wanted, changed = molecule, int(generator.integers(1, 4)), 0
    for place in generator.permutation(len(queries)).tolist():
        query, writings = queries[place]
        matches = [match for match in left.GetSubstructMatches(query) if is_free(left, match)]
        if not matches:
            continue
        match = matches[int(generator.integers(len(matches)))]
        texts = writings[int(generator.integers(len(writings)))]
        left = written_group(left, match, texts)
        changed += 1
        if changed == wanted:
            break
    return left


def is_free(molecule: Any, match: tuple[int, ...]) -> bool:
    """Whether a group is attached to one atom, acyclic, without stereo and without labels, beside
    enough that stays."""
    outer, *group = match
    inside = {*match}
    atoms = [molecule.GetAtomWithIdx(place) for place in group]
    heavy = sum(atom.GetAtomicNum() > 0 for atom in molecule.GetAtoms())
    if heavy - len(group) < _LEFT or not molecule.GetAtomWithIdx(outer).GetAtomicNum():
        return False
    return all(
        atom.GetAtomicNum()
        and not atom.IsInRing()
        and not atom.GetFormalCharge()
        and not atom.GetIsotope()
        and not is_stereo(atom)
        and all(neighbor.GetIdx() in inside for neighbor in atom.GetNeighbors())
        for atom in atoms
    )


def written_group(molecule: Any, match: tuple[int, ...], texts: tuple[str, str]) -> Any:
    """The molecule with the group behind the first atom of the match as one label, at the place of
    the group's first atom, so that a center keeps its neighbors' order."""
    editable = quiet_chem().RWMol(molecule)
    _, first, *rest = match
    editable.ReplaceAtom(first, labelled_atom(*texts), preserveProps=False)
    for place in sorted(rest, reverse=True):
        editable.RemoveAtom(place)
    return checked(editable, molecule)
