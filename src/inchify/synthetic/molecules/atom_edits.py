"""Random atom edits of RDKit molecules: nuclides, rare elements, hetero centers.

Every function returns a new sanitized molecule, or the given one where it can change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from inchify.chemistry.abbreviations.contraction import LABEL, LABEL_REVERSED
from inchify.chemistry.abbreviations.table import words
from inchify.chemistry.convert import quiet_chem

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


def with_isotopes(molecule: Any, generator: np.random.Generator) -> Any:
    """A group with deuterium, deuterium or tritium as atoms, or nuclides of other elements."""
    kind = generator.random()
    if kind < 0.35:
        deuterated = _with_deuterated_groups(molecule, generator)
        if deuterated is not molecule:
            return deuterated
    if kind < 0.6:
        return _with_heavy_hydrogens(molecule, generator)
    return _with_nuclides(molecule, generator)


def _with_deuterated_groups(molecule: Any, generator: np.random.Generator) -> Any:
    chem = quiet_chem()
    editable, changed = chem.RWMol(molecule), False
    for place in generator.permutation(len(_DEUTERATED)).tolist():
        smarts, texts = _DEUTERATED[place]
        hits = [hit[0] for hit in molecule.GetSubstructMatches(chem.MolFromSmarts(smarts))]
        hits = [hit for hit in hits if not is_stereo(molecule.GetAtomWithIdx(hit))]
        pair = texts[int(generator.integers(len(texts)))]
        for hit in hits if generator.random() < 0.5 else hits[:1]:
            editable.ReplaceAtom(hit, labelled_atom(*pair), preserveProps=False)
            changed = True
        if changed and generator.random() < 0.7:
            break
    return checked(editable, molecule) if changed else molecule


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
    # carbons are many; the other elements should not be rare
    others = [p for p in places if copy.GetAtomWithIdx(p).GetAtomicNum() != 6]
    pool = others if others and generator.random() < 0.5 else places
    for place in generator.permutation(pool)[: int(generator.integers(1, 4))].tolist():
        atom = copy.GetAtomWithIdx(place)
        masses = _NUCLIDES[atom.GetAtomicNum()]
        atom.SetIsotope(masses[int(generator.integers(len(masses)))])
    return checked(copy, molecule)


def with_elements(molecule: Any, generator: np.random.Generator) -> Any:
    """One or two atoms replaced by others that have as many bonds, or a metal at an end."""
    chem = quiet_chem()
    copy = chem.RWMol(molecule)
    count = int(generator.integers(1, 3))
    for place in generator.permutation(molecule.GetNumAtoms()).tolist():
        if count and _replace(copy, place, generator):
            count -= 1
    return checked(copy, molecule)


def _replace(copy: Any, place: int, generator: np.random.Generator) -> bool:
    chem = quiet_chem()
    atom = copy.GetAtomWithIdx(place)
    number, degree = atom.GetAtomicNum(), atom.GetDegree()
    plain = all(bond.GetBondType() == chem.BondType.SINGLE for bond in atom.GetBonds())
    charged = any(other.GetFormalCharge() for other in (atom, *atom.GetNeighbors()))
    if charged or atom.GetIsotope() or is_stereo(atom) or not plain or not degree:
        return False
    hydrogens = atom.GetTotalNumHs()
    if degree == 1 and number in (6, 9, 17, 35) and generator.random() < 0.6:
        _set_element(atom, one_of(_AT_AN_END, generator), generator, copy)
        return True
    if number == 8 and degree == 2:
        choices: Sequence[str] = _LIKE_OXYGEN
    elif number == 7 and degree + hydrogens == 3:
        choices = _LIKE_NITROGEN if degree == 3 else _LIKE_NITROGEN[:4]
    elif number == 6 and degree + hydrogens == 4 and degree > 2:
        choices = _LIKE_CARBON if degree == 4 else _LIKE_CARBON[:3]
    else:
        return False
    atom.SetAtomicNum(chem.GetPeriodicTable().GetAtomicNumber(one_of(choices, generator)))
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
        halogen = chem.Atom(one_of(_METAL_LIGANDS[symbol], generator))
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
    metal = chem.Atom(one_of(_COMPLEX_METALS, generator))
    metal.SetNoImplicit(True)
    center = editable.AddAtom(metal)
    for donor in generator.permutation(donors)[: 1 + int(generator.random() < 0.15)].tolist():
        editable.AddBond(donor, center, chem.BondType.DATIVE)
    for _ in range(int(generator.choice((1, 2, 3), p=(0.2, 0.5, 0.3)))):
        end = editable.AddAtom(chem.Atom(one_of(("Cl", "Cl", "Cl", "Br", "I", "C"), generator)))
        editable.AddBond(center, end, chem.BondType.SINGLE)
    return checked(editable, molecule)


def with_hetero_centers(molecule: Any, generator: np.random.Generator) -> Any:
    """A configuration for S, P, Si, Ge, As, Se and N+ that may have one and have none; where there
    are none, a thioether becomes a sulfoxide, an amine an ammonium, a carbon silicon."""
    chem = quiet_chem()
    copy, tags = _with_possible_center(molecule, generator), chem.ChiralType
    for stereo in chem.FindPotentialStereo(copy):
        if stereo.type != chem.StereoType.Atom_Tetrahedral:
            continue
        atom = copy.GetAtomWithIdx(stereo.centeredOn)
        if atom.GetAtomicNum() in (7, 14, 15, 16, 32, 33, 34) and not int(atom.GetChiralTag()):
            left = generator.random() < 0.5
            atom.SetChiralTag(tags.CHI_TETRAHEDRAL_CCW if left else tags.CHI_TETRAHEDRAL_CW)
    chem.AssignStereochemistry(copy, cleanIt=True, force=True)
    return copy


def _with_possible_center(molecule: Any, generator: np.random.Generator) -> Any:
    chem = quiet_chem()
    copy = chem.RWMol(molecule)
    hits = copy.GetSubstructMatches(
        chem.MolFromSmarts(
            "[$([S;X2;+0](-[#6])-[#6]),$([N;X3;H0;+0](-[CX4])(-[CX4])-[#6]),$([C;X4;H0;+0])]"
        )
    )
    hits = [hit[0] for hit in hits if not is_stereo(copy.GetAtomWithIdx(hit[0]))]
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
    return chem.Mol(checked(copy, molecule))


def with_halogens_at_centers(molecule: Any, generator: np.random.Generator) -> Any:
    """One or two ends at centers (methyls, hydroxyls, amines) replaced by Cl, Br or F."""
    chem = quiet_chem()
    copy = chem.RWMol(molecule)
    ends = [
        atom.GetIdx()
        for atom in copy.GetAtoms()
        if atom.GetDegree() == 1
        and atom.GetAtomicNum() in (6, 7, 8)
        and atom.GetBonds()[0].GetBondType() == chem.BondType.SINGLE
        and not atom.GetFormalCharge()
        and int(atom.GetNeighbors()[0].GetChiralTag())
    ]
    for place in generator.permutation(ends)[: int(generator.integers(1, 3))].tolist():
        atom = copy.GetAtomWithIdx(int(place))
        atom.SetAtomicNum(int(generator.choice((17, 17, 35, 9))))
        atom.SetNoImplicit(False)
        atom.SetNumExplicitHs(0)
    changed = checked(copy, molecule)
    if changed is not molecule:
        chem.AssignStereochemistry(changed, cleanIt=True, force=True)
    return changed


def labelled_atom(text: str, text_reversed: str) -> Any:
    atom = quiet_chem().Atom(0)
    atom.SetNoImplicit(True)
    atom.SetProp(LABEL, text)
    atom.SetProp(LABEL_REVERSED, text_reversed)
    return atom


def is_stereo(atom: Any) -> bool:
    """Whether an atom is a center or stands beside a double bond with a geometry."""
    chem = quiet_chem()
    if int(atom.GetChiralTag()):
        return True
    around = [atom, *atom.GetNeighbors()]
    none = chem.BondStereo.STEREONONE
    return any(bond.GetStereo() != none for other in around for bond in other.GetBonds())


def checked(editable: Any, before: Any) -> Any:
    """The edited molecule, or the one before where RDKit refuses the edited one."""
    chem = quiet_chem()
    molecule = editable.GetMol()
    if chem.SanitizeMol(molecule, catchErrors=True) != chem.SanitizeFlags.SANITIZE_NONE:
        return before
    return molecule


def one_of(choices: Sequence[str], generator: np.random.Generator) -> str:
    return choices[int(generator.integers(len(choices)))]
