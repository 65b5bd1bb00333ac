"""An RDKit molecule goes in; the same with open ends, nuclides or rare elements comes out.

Every function returns a new sanitised molecule, or the given one where it can change nothing.
Atoms of number 0 with the properties ``label`` and ``label_reversed`` are drawn as these texts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from inchify.chem.contraction import LABEL, LABEL_REVERSED
from inchify.chem.convert import quiet_chem
from inchify.chem.expansion import expand_label
from inchify.chem.label_table import words

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
# Hydrogens of these groups as deuterium: SMARTS of the atom, texts of the label.
_DEUTERATED = (
    ("[CH3;D1;+0]", (("CD3", "D3C"), ("CD3", "D3C"), ("CHD2", "D2HC"), ("CH2D", "DH2C"))),
    ("[NH2;D1;+0]", (("ND2", "D2N"), ("NHD", "DHN"))),
    ("[OH;D1;+0]", (("OD", "DO"),)),
    ("[SH;D1;+0]", (("SD", "DS"),)),
)
_NUCLIDES = {
    **{6: (13, 13, 13, 14, 14, 11), 7: (15, 15, 13), 8: (18, 18, 17, 15), 9: (18,)},
    **{53: (123, 124, 125, 131), 16: (35, 34), 15: (32, 33), 17: (36, 37), 35: (76, 77, 82)},
}
# Elements that may stand in place of another one: with two, three and four bonds, and at an end.
_LIKE_OXYGEN = ("S", "Se", "Se", "Te")
_LIKE_NITROGEN = ("P", "P", "As", "As", "Sb", "Bi", "B", "Al", "Ga", "In")
_LIKE_CARBON = ("Si", "Si", "Ge", "Sn", "Sn", "Pb", "Ti", "Zr")
_AT_AN_END = words("Li Na K Cu Ag Au Hg Mg Zn Tl I Br As Ge")
_METAL_LIGANDS = {"Mg": ("Br", "Cl", "I"), "Zn": ("Br", "Cl"), "Hg": ("Cl", "Br"), "Pd": ("Cl",)}
_COMPLEX_METALS = words("Pd Pt Cu Zn Fe Ni Co Ru Rh Ir Au Ag Mn Ti Al")
_COUNTER_IONS = words(
    "HCl HCl HCl HBr HI TFA CF3CO2H H2O H2SO4 HNO3 H3PO4 AcOH TsOH HCO2H HClO4 MsOH EtOH MeOH"
)
_IONS = words("Cl- Br- I- Na+ K+ Li+ BF4- PF6- ClO4- OTf- NH4+ CF3CO2- AcO- TsO- NO3- HSO4-")

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
        and not _is_stereo(atom)
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
        new = editable.AddAtom(_labelled(*texts))
        editable.AddBond(place, new, chem.BondType.SINGLE)
    return _checked(editable, molecule)


def with_isotopes(molecule: Any, generator: np.random.Generator) -> Any:
    """A group with deuterium, deuterium or tritium as atoms, or nuclides of other elements."""
    kind = generator.random()
    if kind < 0.35:
        found = _with_deuterated_groups(molecule, generator)
        if found is not molecule:
            return found
    if kind < 0.6:
        return _with_heavy_hydrogens(molecule, generator)
    return _with_nuclides(molecule, generator)


def _with_deuterated_groups(molecule: Any, generator: np.random.Generator) -> Any:
    chem = quiet_chem()
    editable, changed = chem.RWMol(molecule), False
    for place in generator.permutation(len(_DEUTERATED)).tolist():
        smarts, texts = _DEUTERATED[place]
        hits = [hit[0] for hit in molecule.GetSubstructMatches(chem.MolFromSmarts(smarts))]
        hits = [hit for hit in hits if not _is_stereo(molecule.GetAtomWithIdx(hit))]
        pair = texts[int(generator.integers(len(texts)))]
        for hit in hits if generator.random() < 0.5 else hits[:1]:
            editable.ReplaceAtom(hit, _labelled(*pair), preserveProps=False)
            changed = True
        if changed and generator.random() < 0.7:
            break
    return _checked(editable, molecule) if changed else molecule


def _with_heavy_hydrogens(molecule: Any, generator: np.random.Generator) -> Any:
    """Up to three hydrogens of one atom, or of several, as D or T."""
    chem = quiet_chem()
    places = [a.GetIdx() for a in molecule.GetAtoms() if a.GetTotalNumHs() and a.GetAtomicNum() > 1]
    if not places:
        return molecule
    chosen = generator.permutation(places)[: int(generator.integers(1, 4))].tolist()
    full = chem.AddHs(molecule, onlyOnAtoms=chosen)
    isotope = 2 if generator.random() < 0.8 else 3
    for place in chosen:
        hydrogens = [
            n
            for n in full.GetAtomWithIdx(place).GetNeighbors()
            if n.GetAtomicNum() == 1 and n.GetIdx() >= molecule.GetNumAtoms()
        ]
        kept = 1 if generator.random() < 0.6 else len(hydrogens)
        for hydrogen in hydrogens[:kept]:
            hydrogen.SetIsotope(isotope)
    parameters = chem.RemoveHsParameters()
    return chem.RemoveHs(full, parameters)


def _with_nuclides(molecule: Any, generator: np.random.Generator) -> Any:
    chem = quiet_chem()
    copy = chem.RWMol(molecule)
    places = [a.GetIdx() for a in copy.GetAtoms() if a.GetAtomicNum() in _NUCLIDES]
    if not places:
        return molecule
    # carbons are many; the other elements shall not be rare
    others = [p for p in places if copy.GetAtomWithIdx(p).GetAtomicNum() != 6]
    pool = others if others and generator.random() < 0.5 else places
    for place in generator.permutation(pool)[: int(generator.integers(1, 4))].tolist():
        atom = copy.GetAtomWithIdx(place)
        masses = _NUCLIDES[atom.GetAtomicNum()]
        atom.SetIsotope(masses[int(generator.integers(len(masses)))])
    return _checked(copy, molecule)


def with_elements(molecule: Any, generator: np.random.Generator) -> Any:
    """One or two atoms replaced by others that have as many bonds, or a metal at an end."""
    chem = quiet_chem()
    copy = chem.RWMol(molecule)
    count = int(generator.integers(1, 3))
    for place in generator.permutation(molecule.GetNumAtoms()).tolist():
        if count and _replace(copy, place, generator):
            count -= 1
    return _checked(copy, molecule)


def _replace(copy: Any, place: int, generator: np.random.Generator) -> bool:
    chem = quiet_chem()
    atom = copy.GetAtomWithIdx(place)
    number, degree = atom.GetAtomicNum(), atom.GetDegree()
    plain = all(bond.GetBondType() == chem.BondType.SINGLE for bond in atom.GetBonds())
    charged = any(one.GetFormalCharge() for one in (atom, *atom.GetNeighbors()))
    if charged or atom.GetIsotope() or _is_stereo(atom) or not plain or not degree:
        return False
    hydrogens = atom.GetTotalNumHs()
    if degree == 1 and number in (6, 9, 17, 35) and generator.random() < 0.6:
        _set_element(atom, _one(_AT_AN_END, generator), generator, copy)
        return True
    if number == 8 and degree == 2:
        choices: Sequence[str] = _LIKE_OXYGEN
    elif number == 7 and degree + hydrogens == 3:
        choices = _LIKE_NITROGEN if degree == 3 else _LIKE_NITROGEN[:4]
    elif number == 6 and degree + hydrogens == 4 and degree > 2:
        choices = _LIKE_CARBON if degree == 4 else _LIKE_CARBON[:3]
    else:
        return False
    atom.SetAtomicNum(chem.GetPeriodicTable().GetAtomicNumber(_one(choices, generator)))
    atom.SetNoImplicit(True)
    atom.SetNumExplicitHs(hydrogens)
    return True


def _set_element(atom: Any, symbol: str, generator: np.random.Generator, copy: Any) -> None:
    """Makes an end another element; Mg, Zn and Hg get a halogen, As and the like hydrogens."""
    chem = quiet_chem()
    table = chem.GetPeriodicTable()
    atom.SetAtomicNum(table.GetAtomicNumber(symbol))
    atom.SetNoImplicit(True)
    atom.SetNumExplicitHs({"As": 2, "Ge": 3}.get(symbol, 0))
    if symbol in _METAL_LIGANDS:
        halogen = chem.Atom(_one(_METAL_LIGANDS[symbol], generator))
        copy.AddBond(atom.GetIdx(), copy.AddAtom(halogen), chem.BondType.SINGLE)


def with_complex(molecule: Any, generator: np.random.Generator) -> Any:
    """A metal with halides at a lone pair of the molecule, by a dative bond."""
    chem = quiet_chem()
    donors = [
        hit[0]
        for hit in molecule.GetSubstructMatches(
            chem.MolFromSmarts(
                "[$([n;D2;H0;+0]),$([N;X3;+0;!$(N-[C,S,P]=*);!$(N-c)]),$([P;X3;+0]),$(N#C),"
                "$([S;X2;+0;!$(S-C=*)]),$([N;X2;+0]=C)]"
            )
        )
    ]
    if not donors:
        return molecule
    editable = chem.RWMol(molecule)
    metal = chem.Atom(_one(_COMPLEX_METALS, generator))
    metal.SetNoImplicit(True)
    centre = editable.AddAtom(metal)
    for donor in generator.permutation(donors)[: 1 + int(generator.random() < 0.15)].tolist():
        editable.AddBond(donor, centre, chem.BondType.DATIVE)
    for _ in range(int(generator.choice((1, 2, 3), p=(0.2, 0.5, 0.3)))):
        end = editable.AddAtom(chem.Atom(_one(("Cl", "Cl", "Cl", "Br", "I", "C"), generator)))
        editable.AddBond(centre, end, chem.BondType.SINGLE)
    return _checked(editable, molecule)


def with_hetero_centres(molecule: Any, generator: np.random.Generator) -> Any:
    """A configuration for S, P, Si, Ge, As, Se and N+ that may have one and have none; where there
    are none, a thioether becomes a sulfoxide, an amine an ammonium, a carbon silicon."""
    chem = quiet_chem()
    copy, tags = _with_possible_centre(molecule, generator), chem.ChiralType
    for stereo in chem.FindPotentialStereo(copy):
        if stereo.type != chem.StereoType.Atom_Tetrahedral:
            continue
        atom = copy.GetAtomWithIdx(stereo.centeredOn)
        if atom.GetAtomicNum() in (7, 14, 15, 16, 32, 33, 34) and not int(atom.GetChiralTag()):
            left = generator.random() < 0.5
            atom.SetChiralTag(tags.CHI_TETRAHEDRAL_CCW if left else tags.CHI_TETRAHEDRAL_CW)
    chem.AssignStereochemistry(copy, cleanIt=True, force=True)
    return copy


def _with_possible_centre(molecule: Any, generator: np.random.Generator) -> Any:
    chem = quiet_chem()
    copy = chem.RWMol(molecule)
    hits = copy.GetSubstructMatches(
        chem.MolFromSmarts(
            "[$([S;X2;+0](-[#6])-[#6]),$([N;X3;H0;+0](-[CX4])(-[CX4])-[#6]),$([C;X4;H0;+0])]"
        )
    )
    hits = [hit[0] for hit in hits if not _is_stereo(copy.GetAtomWithIdx(hit[0]))]
    for place in generator.permutation(hits)[:2].tolist() if hits else ():
        atom = copy.GetAtomWithIdx(int(place))
        number = atom.GetAtomicNum()
        if number == 6:
            atom.SetAtomicNum(14)
            continue
        new = copy.AddAtom(chem.Atom(8 if number == 16 else 6))
        copy.AddBond(
            int(place), new, chem.BondType.DOUBLE if number == 16 else chem.BondType.SINGLE
        )
        atom.SetFormalCharge(1 if number == 7 else 0)
    return chem.Mol(_checked(copy, molecule))


def with_open_geometry(molecule: Any, generator: np.random.Generator) -> Any:
    """Without the geometry of some double bonds and the configuration of some centres."""
    chem = quiet_chem()
    copy = chem.RWMol(molecule)
    for bond in copy.GetBonds():
        if bond.GetStereo() != chem.BondStereo.STEREONONE and generator.random() < 0.8:
            bond.SetStereo(chem.BondStereo.STEREONONE)
            for end in (bond.GetBeginAtom(), bond.GetEndAtom()):
                for near in end.GetBonds():
                    near.SetBondDir(chem.BondDir.NONE)
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
        text = _one(ions, generator)
    else:
        text = _one(_COUNTER_IONS, generator)
        count = int(generator.choice((1, 2, 3, 4), p=(0.5, 0.3, 0.15, 0.05)))
        text = f"{count} {text}" if count > 1 else text
    if generator.random() < 0.25:
        text = f"· {text}"
    editable = chem.RWMol(molecule)
    editable.AddAtom(_labelled(text, text))
    return _checked(editable, molecule)


@lru_cache(maxsize=1)
def _whole_formulas() -> dict[str, tuple[str, ...]]:
    """Canonical SMILES -> the formulas by which a small molecule is written as one label."""
    found: dict[str, tuple[str, ...]] = {}
    for text in _FORMULAS:
        reading = expand_label(text, 0)
        assert reading is not None
        smiles = str(quiet_chem().CanonSmiles(reading.smiles))
        found[smiles] = (*found.get(smiles, ()), text)
    return found


def as_one_label(molecule: Any, generator: np.random.Generator) -> Any:
    """Now and then a small molecule as one label without bonds: CH3OH, CO2, CH2Cl2."""
    chem = quiet_chem()
    texts = _whole_formulas().get(chem.MolToSmiles(molecule))
    if texts is None or generator.random() >= AS_ONE_LABEL:
        return molecule
    text = _one(texts, generator)
    editable = chem.RWMol()
    editable.AddAtom(_labelled(text, text))
    return _checked(editable, molecule)


EDITS: dict[str, Edit] = {
    "small_molecules": as_one_label,
    "open_geometry": with_open_geometry,
    "hetero_centres": with_hetero_centres,
    "elements": with_elements,
    "complexes": with_complex,
    "isotopes": with_isotopes,
    "open_ends": with_open_ends,
    "counter_ions": with_counter_ion,
}


def edited(molecule: Any, kinds: frozenset[str], generator: np.random.Generator) -> Any:
    """The molecule after the edits of the chosen kinds, in the order of ``EDITS``."""
    for kind, edit in EDITS.items():
        if kind in kinds:
            molecule = edit(molecule, generator)
    return molecule


def _labelled(text: str, text_reversed: str) -> Any:
    atom = quiet_chem().Atom(0)
    atom.SetNoImplicit(True)
    atom.SetProp(LABEL, text)
    atom.SetProp(LABEL_REVERSED, text_reversed)
    return atom


def _is_stereo(atom: Any) -> bool:
    """Whether an atom is a centre or stands beside a double bond with a geometry."""
    chem = quiet_chem()
    if int(atom.GetChiralTag()):
        return True
    around = [atom, *atom.GetNeighbors()]
    none = chem.BondStereo.STEREONONE
    return any(bond.GetStereo() != none for one in around for bond in one.GetBonds())


def _checked(editable: Any, before: Any) -> Any:
    """The edited molecule, or the one before where RDKit refuses the edited one."""
    chem = quiet_chem()
    molecule = editable.GetMol()
    if chem.SanitizeMol(molecule, catchErrors=True) != chem.SanitizeFlags.SANITIZE_NONE:
        return before
    return molecule


def _one(choices: Sequence[str], generator: np.random.Generator) -> str:
    return choices[int(generator.integers(len(choices)))]


def _weighted(
    rows: Sequence[tuple[str, str, int]], generator: np.random.Generator
) -> tuple[str, str]:
    weights = np.array([row[2] for row in rows], dtype=np.float64)
    left, right, _ = rows[int(generator.choice(len(rows), p=weights / weights.sum()))]
    return left, right
