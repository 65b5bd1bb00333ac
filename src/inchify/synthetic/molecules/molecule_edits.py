"""Random edits of RDKit molecules: open ends, nuclides, rare elements.

Every function returns a new sanitized molecule, or the given one where it can change nothing. Atoms
of number 0 with the properties ``label`` and ``label_reversed`` are drawn as these texts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from inchify.chemistry.abbreviations.expansion import expand_label
from inchify.chemistry.abbreviations.table import words
from inchify.chemistry.convert import quiet_chem
from inchify.synthetic.molecules.atom_edits import (
    checked,
    is_stereo,
    labelled_atom,
    one_of,
    with_complex,
    with_elements,
    with_halogens_at_centers,
    with_hetero_centers,
    with_isotopes,
)
from inchify.synthetic.molecules.group_formulas import with_group_formulas

FILLED_BEAD, OPEN_BEAD = "●", "○"
# Open ends: text with the bond at its left, with the bond at its right, weight.
_ON_CARBON = (
    *(("R", "R", 4), ("R1", "R1", 5), ("R2", "R2", 4), ("R3", "R3", 3), ("R4", "R4", 2)),
    *(("R'", "R'", 2), ("R''", "R''", 1), ("X", "X", 4), ("Y", "Y", 1), ("Z", "Z", 1)),
    *(("Ar", "Ar", 4), ("Ar1", "Ar1", 1), ("Ar'", "Ar'", 1), ("OR", "RO", 3), ("OR1", "R1O", 1)),
    *(("OR2", "R2O", 2), ("NR2", "R2N", 3), ("NHR", "RHN", 2), ("NR1R2", "R1R2N", 1)),
    *(("SR", "RS", 1), ("CO2R", "RO2C", 2), ("COR", "ROC", 1), ("SiR3", "R3Si", 1)),
    *(("LG", "LG", 2), ("EWG", "EWG", 2), ("EDG", "EDG", 1), ("FG", "FG", 1), ("OPG", "PGO", 2)),
    *(("NHPG", "PGHN", 1), ("Nu", "Nu", 1), ("Het", "Het", 1), ("Rf", "Rf", 1), ("Hal", "Hal", 1)),
    *(("Ra", "Ra", 1), ("Rb", "Rb", 1), ("R5", "R5", 1), ("R6", "R6", 1), ("Q", "Q", 1)),
    *((FILLED_BEAD, FILLED_BEAD, 3), (OPEN_BEAD, OPEN_BEAD, 1), ("Polymer", "Polymer", 1)),
    *(("PS", "PS", 1), ("A", "A", 1), ("G", "G", 1), ("L", "L", 1), ("E", "E", 1), ("M", "M", 1)),
)
_ON_HETERO = (
    *(("R", "R", 4), ("R1", "R1", 4), ("R2", "R2", 3), ("R'", "R'", 2), ("PG", "PG", 5)),
    *(("Ar", "Ar", 1), ("R3", "R3", 1), (FILLED_BEAD, FILLED_BEAD, 2), (OPEN_BEAD, OPEN_BEAD, 1)),
)
_COUNTER_IONS = words(
    "HCl HCl HCl HBr HI TFA CF3CO2H H2O H2SO4 HNO3 H3PO4 AcOH TsOH HCO2H HClO4 MsOH EtOH MeOH"
)
_IONS = words("Cl- Br- I- Na+ K+ Li+ BF4- PF6- ClO4- OTf- NH4+ CF3CO2- AcO- TsO- NO3- HSO4-")
# Writings as ChemDraw has them: a count before an ion that keeps or loses its sign, an open count.
_SALTS = (
    *("2 Na", "2 Na+", "Na", "K+", "2 K+", "Ca2+", "2HCl", "HCl", "xHCl", "x HCl", "2 HBr", "3HCl"),
    *("CF3CO2H", "2 CF3CO2H", "2 CF3COOH", "TFA", "2 TFA", "CF3COOH", "1/2 H2O", "H2O", "2 H2O"),
)

_FORMULAS = words(
    "CH3OH MeOH EtOH C2H5OH CH3CH2OH CO2 CH2Cl2 CHCl3 HCN CS2 H2O2 CH3CN MeCN CH3COOH AcOH CH3CO2H "
    "HCOOH HCO2H CH3NH2 MeNH2 CH3CHO HCHO CH2O CH4 CCl4 MeI CH3I EtBr SO2 BF3 HNO3 NaCl Br2 I2 H2 "
    "O2 N2 DMSO CH3SH (CH3)2CO CH3OCH3"
)
AS_ONE_LABEL = 0.3  # of the small molecules that are usually written so

Edit = Callable[[Any, np.random.Generator], Any]


def with_open_ends(molecule: Any, generator: np.random.Generator) -> Any:
    """One to three hydrogens replaced by R groups, X, leaving groups, polymer beads ..."""
    chem = quiet_chem()
    places = [
        atom.GetIdx()
        for atom in molecule.GetAtoms()
        if atom.GetAtomicNum() in (6, 7, 8, 16)
        and atom.GetTotalNumHs()
        and not atom.GetFormalCharge()
        and not is_stereo(atom)
    ]
    if not places:
        return molecule
    count = min(int(generator.choice((1, 2, 3), p=(0.6, 0.28, 0.12))), len(places))
    editable = chem.RWMol(molecule)
    for place in generator.permutation(places)[:count].tolist():
        atom = editable.GetAtomWithIdx(place)
        texts = _weighted(_ON_CARBON if atom.GetAtomicNum() == 6 else _ON_HETERO, generator)
        if atom.GetNoImplicit() or atom.GetNumExplicitHs():
            atom.SetNumExplicitHs(max(atom.GetNumExplicitHs() - 1, 0))
        new = editable.AddAtom(labelled_atom(*texts))
        editable.AddBond(place, new, chem.BondType.SINGLE)
    return checked(editable, molecule)


def with_open_geometry(molecule: Any, generator: np.random.Generator) -> Any:
    """Without the geometry of some double bonds and the configuration of some centers."""
    chem = quiet_chem()
    copy = chem.RWMol(molecule)
    for bond in copy.GetBonds():
        if bond.GetStereo() != chem.BondStereo.STEREONONE and generator.random() < 0.8:
            bond.SetStereo(chem.BondStereo.STEREONONE)
            for end in (bond.GetBeginAtom(), bond.GetEndAtom()):
                for neighbor_bond in end.GetBonds():
                    neighbor_bond.SetBondDir(chem.BondDir.NONE)
    for atom in copy.GetAtoms():
        if int(atom.GetChiralTag()) and generator.random() < 0.5:
            atom.SetChiralTag(chem.ChiralType.CHI_UNSPECIFIED)
    chem.AssignStereochemistry(copy, cleanIt=True, force=True)
    return copy.GetMol()


def with_counter_ion(molecule: Any, generator: np.random.Generator) -> Any:
    """A species with its count beside the molecule, as one label: 2 HCl, TFA, 3 H2O, Na+."""
    chem = quiet_chem()
    charge = chem.GetFormalCharge(molecule)
    if charge or generator.random() < 0.2:
        ions = [ion for ion in _IONS if not charge or (ion[-1] == "-") == (charge > 0)]
        text = one_of(ions, generator)
    else:
        text = one_of(_COUNTER_IONS, generator)
        count = int(generator.choice((1, 2, 3, 4), p=(0.5, 0.3, 0.15, 0.05)))
        text = f"{count} {text}" if count > 1 else text
    if generator.random() < 0.25:
        text = f"· {text}"
    editable = chem.RWMol(molecule)
    editable.AddAtom(labelled_atom(text, text))
    return checked(editable, molecule)


def with_salt_beside(molecule: Any, generator: np.random.Generator) -> Any:
    """One of ``_SALTS`` beside the molecule, with a bullet before it as often as not."""
    text = one_of(_SALTS, generator)
    if generator.random() < 0.5:
        text = ("• " if generator.random() < 0.7 else "•") + text
    editable = quiet_chem().RWMol(molecule)
    editable.AddAtom(labelled_atom(text, text))
    return checked(editable, molecule)


@lru_cache(maxsize=1)
def _whole_formulas() -> dict[str, tuple[str, ...]]:
    """Canonical SMILES -> the formulas by which a small molecule is written as one label."""
    formulas: dict[str, tuple[str, ...]] = {}
    for text in _FORMULAS:
        reading = expand_label(text, 0)
        assert reading is not None
        smiles = str(quiet_chem().CanonSmiles(reading.smiles))
        formulas[smiles] = (*formulas.get(smiles, ()), text)
    return formulas


def as_one_label(molecule: Any, generator: np.random.Generator) -> Any:
    """Now and then a small molecule as one label without bonds: CH3OH, CO2, CH2Cl2."""
    chem = quiet_chem()
    texts = _whole_formulas().get(chem.MolToSmiles(molecule))
    if texts is None or generator.random() >= AS_ONE_LABEL:
        return molecule
    text = one_of(texts, generator)
    editable = chem.RWMol()
    editable.AddAtom(labelled_atom(text, text))
    return checked(editable, molecule)


EDITS: dict[str, Edit] = {
    "small_molecules": as_one_label,
    "open_geometry": with_open_geometry,
    "hetero_centers": with_hetero_centers,
    "dashed_halogens": with_halogens_at_centers,
    "elements": with_elements,
    "complexes": with_complex,
    "isotopes": with_isotopes,
    "group_formulas": with_group_formulas,
    "open_ends": with_open_ends,
    "counter_ions": with_counter_ion,
    "salts_beside": with_salt_beside,
}


def edited(molecule: Any, kinds: frozenset[str], generator: np.random.Generator) -> Any:
    """The molecule after the edits of the chosen kinds, in the order of ``EDITS``."""
    for kind, edit in EDITS.items():
        if kind in kinds:
            molecule = edit(molecule, generator)
    return molecule


def _weighted(
    rows: Sequence[tuple[str, str, int]], generator: np.random.Generator
) -> tuple[str, str]:
    weights = np.array([row[2] for row in rows], dtype=np.float64)
    left, right, _ = rows[int(generator.choice(len(rows), p=weights / weights.sum()))]
    return left, right
