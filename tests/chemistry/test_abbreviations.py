"""Labels give the structures that chemists mean; a molecule survives being written with them."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inchify.chemistry.abbreviations.contraction import LABEL, LABEL_REVERSED, contract
from inchify.chemistry.abbreviations.expansion import expand_label
from inchify.chemistry.abbreviations.table import entries
from inchify.chemistry.abbreviations.text_variants import ALPHABET, random_atom_label
from inchify.chemistry.convert import quiet_chem

SAMPLE = Path(__file__).parents[2] / "input" / "sample" / "molecules.smi.gz"
# label, side, structure with its bond at *
TERMINAL = """
CH2CH2OH left *CCO|(CH2)3CH3 left *CCCC|C(CH3)3 left *C(C)(C)C|OC2H5 left *OCC|C6H5 left *c1ccccc1
NHCOCH3 left *NC(C)=O|CO2C2H5 left *C(=O)OCC|SO2N(CH3)2 left *S(=O)(=O)N(C)C|H3CO right *OC
HOOC right *C(=O)O|H2NCO right *C(N)=O|EtO2C right *C(=O)OCC|COCl left *C(=O)Cl
C(=O)NH2 left *C(N)=O|CH=CH2 left *C=C|OCH2Ph left *OCc1ccccc1|HOCH2CH2 right *CCO
HOH2CH2C right *CCO|CH3O right *OC|HO2CCH2O right *OCC(=O)O|O2NCH2 right *C[N+](=O)[O-]
CH2N3 left *CN=[N+]=[N-]|NH3+ left *[NH3+]|+H3N right *[NH3+]|-O right *[O-]|13CH3 left *[13CH3]
CD3 left *C([2H])([2H])[2H]|NCS left *N=C=S|NCS right *SC#N|NC right *C#N
CH(CO2Et)2 left *C(C(=O)OCC)C(=O)OCC|(EtO2C)2HC right *C(C(=O)OCC)C(=O)OCC
OP(O)(OMe)2 left *OP(=O)(OC)OC|SO2NiPr2 left *S(=O)(=O)N(C(C)C)C(C)C|CH2CHO left *CC=O
NHCO2CH2CCl3 left *NC(=O)OCC(Cl)(Cl)Cl|OPO32- left *OP(=O)([O-])[O-]
Boc2N right *N(C(=O)OC(C)(C)C)C(=O)OC(C)(C)C
"""
SLIPS = {"C0CI": "COCl", "CCI3": "CCl3", "OMe-": "OMe", "ph": "Ph", "oMe": "OMe", "C02Et": "CO2Et"}
SLIPS |= {"lPr": "iPr", "t Bu": "tBu", "NHB0C": "NHBoc", "CO₂Me": "CO2Me"}


def canonical(smiles: str) -> str:
    return quiet_chem().CanonSmiles(smiles)


def test_table_is_large_and_every_form_gives_its_structure() -> None:
    rows = entries()
    assert len({text for row in rows for text in (*row.left, *row.right)}) > 1000
    for row in rows:
        for side, texts in (("left", row.left), ("right", row.right)):
            for text in texts:
                if text == "CN" and "[C-]" in row.smiles:
                    continue  # from the right too it is nearly always a nitrile
                read = expand_label(text, row.attachments, side)
                assert read is not None, text
                assert read.smiles == canonical(row.smiles), text


@pytest.mark.parametrize("line", TERMINAL.replace("\n", "|").strip("|").split("|"))
def test_condensed_formulas(line: str) -> None:
    text, side, smiles = line.split()
    read = expand_label(text, 1, side)
    assert read is not None
    assert read.smiles == canonical(smiles.replace("*", "[*:1]"))


def test_slips_of_reading_and_style_are_forgiven_and_told() -> None:
    for slip, meant in SLIPS.items():
        read, right = expand_label(slip, 1, "left"), expand_label(meant, 1, "left")
        assert read is not None and right is not None
        assert read.smiles == right.smiles
    slip = expand_label("CCI3", 1, "left")
    assert slip is not None and not slip.exact


@pytest.mark.parametrize(
    "text", ["C6H4Cl", "qwe", "HHH", "Lx", "", "(((", "C" * 60, "10", "++", "H2CO", "H2CS"]
)
def test_what_is_ambiguous_or_nonsense_is_refused(text: str) -> None:
    assert expand_label(text, 1, "left") is None


def test_linkers_keep_their_direction() -> None:
    for text, smiles in {
        "CONH": "[*:1]C(=O)N[*:2]",
        "NHCO": "[*:1]NC(=O)[*:2]",
        "O2C": "[*:1]OC(=O)[*:2]",
        "OCH2CH2": "[*:1]OCC[*:2]",
        "NCH2CH3": "[*:1]N(CC)[*:2]",
        "O2S": "[*:1]S(=O)(=O)[*:2]",
        "NBoc": "[*:1]N(C(=O)OC(C)(C)C)[*:2]",
    }.items():
        read = expand_label(text, 2)
        assert read is not None and read.smiles == canonical(smiles), text


def test_atoms_orders_and_whole_molecules() -> None:
    known = {
        ("N", 3, None): "[*:1]N([*:2])[*:3]",
        ("N+", 4, None): "[*:1][N+]([*:2])([*:3])[*:4]",
        ("Sn", 4, None): "[*:1][Sn]([*:2])([*:3])[*:4]",
        ("N2", 1, (2,)): "[*:1]=[N+]=[N-]",
        ("NOH", 1, (2,)): "[*:1]=NO",
        ("CHCO2Et", 1, (2,)): "[*:1]=CC(=O)OCC",
        ("HCl", 0, None): "Cl",
        ("Lu", 3, None): "[Lu]([*:1])([*:2])[*:3]",
        ("Tc", 3, None): "[Tc]([*:1])([*:2])[*:3]",
        ("99mTc", 3, None): "[99Tc]([*:1])([*:2])[*:3]",
        ("211At", 1, None): "[*:1][211At]",
        ("Pt2+", 2, None): "[*:1][Pt+2][*:2]",
        ("GeH3", 1, None): "[*:1][GeH3]",
        ("AsO3H2", 1, None): "[*:1][As](=O)(O)O",
        ("SnCl3", 1, None): "[*:1][Sn](Cl)(Cl)Cl",
        ("N", 4, None): "[*:1][N+]([*:2])([*:3])[*:4]",
        ("13C", 1, None): "[*:1][13CH3]",
        ("15N", 2, None): "[*:1][15NH][*:2]",
        ("[18F]", 1, None): "[*:1][18F]",
        ("[11C]H3", 1, None): "[*:1][11CH3]",
        ("2H", 1, None): "[*:1][2H]",
        ("O•", 1, None): "[*:1][O]",
        ("•CH2", 1, None): "[*:1][CH2]",
        ("NO•", 2, None): "[*:1]N([*:2])[O]",
        ("Br-", 0, None): "[Br-]",
    }
    for (text, attachments, orders), smiles in known.items():
        read = expand_label(text, attachments, None, orders)
        assert read is not None and read.smiles == canonical(smiles), text


LABELS = [
    line.split("\t")
    for line in Path(__file__).with_name("labels.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize(("text", "side", "smiles"), LABELS)
def test_labels_that_chemists_write(text: str, side: str, smiles: str) -> None:
    bonds = 2 if side == "2" else 1
    read = expand_label(text, bonds, None if side == "2" else side)
    if smiles == "-":
        assert read is None
        return
    assert read is not None
    assert read.smiles == canonical(smiles if bonds == 2 else smiles.replace("*", "[*:1]", 1))


@pytest.mark.parametrize(
    ("text", "bonds", "side", "smiles"),
    [
        ("R1", 1, None, "*[*:1]"),
        ("X", 1, None, "*[*:1]"),
        ("Polymer", 1, None, "*[*:1]"),
        ("●", 1, None, "*[*:1]"),
        ("*", 1, None, "*[*:1]"),
        ("OR", 1, "left", "*O[*:1] |$R;;$|"),
        ("OR2", 1, "left", "*O[*:1] |$_R2;;$|"),
        ("NR2", 1, "left", "*N(*)[*:1] |$R;;R;$|"),
        ("R2N", 1, "right", "*N(*)[*:1] |$R;;R;$|"),
        ("NR2", 2, None, "*N([*:1])[*:2] |$_R2;;;$|"),
        ("NR12", 1, "left", "*N(*)[*:1] |$_R1;;_R1;$|"),
        ("NR1R2", 1, "left", "*N(*)[*:1] |$_R1;;_R2;$|"),
        ("NRR'", 1, "left", "*N(*)[*:1] |$R;;R&#39;;$|"),
        ("CO2R", 1, "left", "*OC(=O)[*:1] |$R;;;;$|"),
        ("RO2C", 1, "right", "*OC(=O)[*:1] |$R;;;;$|"),
        ("SO2R", 1, "left", "*S(=O)(=O)[*:1] |$R;;;;$|"),
        ("CONHR1", 1, "left", "*NC(=O)[*:1] |$_R1;;;;$|"),
        ("NHCOR3", 1, "left", "*C(=O)N[*:1] |$_R3;;;;$|"),
        ("OAr", 1, "left", "*O[*:1] |$Ar;;$|"),
        ("NPG", 2, None, "*N([*:1])[*:2] |$PG;;;$|"),
        ("CX3", 1, "left", "*C(*)(*)[*:1] |$X;;X;X;$|"),
        ("4-RC6H4", 1, "left", "*c1ccc([*:1])cc1 |$R;;;;;;;$|"),
    ],
)
def test_undefined_groups_keep_their_names(
    text: str, bonds: int, side: str | None, smiles: str
) -> None:
    read = expand_label(text, bonds, side)
    assert read is not None and read.r_groups == smiles.replace("[*:", "").count("*")
    assert read.smiles == smiles


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="'side' is 'top'"):
        expand_label("OMe", 1, "top")
    with pytest.raises(ValueError, match="orders"):
        expand_label("OMe", 1, None, (1, 1))
    with pytest.raises(ValueError, match="share"):
        contract(quiet_chem().MolFromSmiles("CO"), np.random.default_rng(0), 2.0)


def expanded(drawn: Any, key: str, side: str) -> Any:
    """The drawn molecule with every label replaced by what it stands for."""
    chem = quiet_chem()
    whole = chem.RWMol(drawn)
    for place in [atom.GetIdx() for atom in drawn.GetAtoms() if atom.HasProp(LABEL)]:
        bonds = whole.GetAtomWithIdx(place).GetDegree()
        read = expand_label(drawn.GetAtomWithIdx(place).GetProp(key), bonds, side)
        assert read is not None
        piece = chem.MolFromSmiles(read.smiles)
        stars = {atom.GetAtomMapNum(): atom for atom in piece.GetAtoms() if atom.GetAtomMapNum()}
        first, last = (stars[n].GetNeighbors()[0].GetIdx() for n in (1, bonds))
        new: dict[int, int] = {first: place}
        for atom in piece.GetAtoms():
            if atom.GetAtomMapNum():
                continue
            target = atom.GetIdx()
            if target == first:
                whole.ReplaceAtom(place, atom)  # keeps the order of bonds, thus stereo around it
            else:
                new[target] = whole.AddAtom(atom)
            here = whole.GetAtomWithIdx(new[target])
            here.SetNoImplicit(True)
            here.SetNumExplicitHs(atom.GetTotalNumHs())
        for bond in piece.GetBonds():
            ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
            if set(ends) <= set(new):
                whole.AddBond(new[ends[0]], new[ends[1]], bond.GetBondType())
        if first != last:
            around = [atom.GetIdx() for atom in whole.GetAtomWithIdx(place).GetNeighbors()]
            outer = [atom for atom in around if atom not in new.values()][1]
            whole.RemoveBond(place, outer)
            whole.AddBond(new[last], outer, chem.BondType.SINGLE)
    molecule = whole.GetMol()
    chem.SanitizeMol(molecule)
    return molecule


def test_contracted_molecules_expand_to_themselves() -> None:
    chem, generator = quiet_chem(), np.random.default_rng(5)
    with gzip.open(SAMPLE, "rt") as file:
        molecules = [chem.MolFromSmiles(line.split()[0]) for line in list(file)[::9][:220]]
    labels = 0
    for molecule in filter(None, molecules):
        inchi = chem.MolToInchi(molecule)
        drawn = contract(molecule, generator, 0.7)
        chem.AssignStereochemistry(drawn, cleanIt=True, force=True)
        labels += sum(atom.HasProp(LABEL) for atom in drawn.GetAtoms())
        for key, side in ((LABEL, "left"), (LABEL_REVERSED, "right")):
            assert chem.MolToInchi(expanded(drawn, key, side)) == inchi
        assert chem.MolToInchi(molecule) == inchi
    assert labels > 150


def test_share_zero_contracts_nothing() -> None:
    molecule = quiet_chem().MolFromSmiles("COC(=O)c1ccccc1N(C)C")
    drawn = contract(molecule, np.random.default_rng(0), 0.0)
    assert quiet_chem().MolToSmiles(drawn) == quiet_chem().MolToSmiles(molecule)


def test_random_labels_are_varied_short_and_of_the_alphabet() -> None:
    generator = np.random.default_rng(2)
    texts = [random_atom_label(generator) for _ in range(3000)]
    assert len(set(texts)) > 1200
    assert all(text and len(text) < 60 and set(text) <= set(ALPHABET) for text in texts)
    assert len(set(ALPHABET)) == len(ALPHABET)
    again = np.random.default_rng(2)
    assert [random_atom_label(again) for _ in range(50)] == texts[:50]


def test_random_labels_do_not_depend_on_the_process() -> None:
    code = (
        "import numpy as np; "
        "from inchify.chemistry.abbreviations.text_variants import random_atom_label; "
        "g = np.random.default_rng(7); print([random_atom_label(g) for _ in range(40)])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1 and "'" in said.pop()


@pytest.mark.parametrize(
    "smiles",
    [
        "OCCCCCCCC[N+](=O)[O-]",
        "CCCCCc1c[nH]cn1",
        "CC(=O)CCCCCN=[N+]=[N-]",
        "[O-][N+](=O)c1ccc(CCCCO)cc1",
    ],
)
def test_chains_to_charged_or_aromatic_ends_can_be_contracted(smiles: str) -> None:
    chem, molecule = quiet_chem(), quiet_chem().MolFromSmiles(smiles)
    labels: set[str] = set()
    for seed in range(30):
        drawn = contract(molecule, np.random.default_rng(seed), 1.0, condensed=True)
        labels |= {atom.GetProp(LABEL) for atom in drawn.GetAtoms() if atom.HasProp(LABEL)}
    assert any("(CH2)" in label for label in labels)
    assert chem.MolToSmiles(molecule) == chem.CanonSmiles(smiles)
