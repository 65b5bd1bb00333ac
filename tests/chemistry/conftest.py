"""Molecules for the tests of the strings: drug-like ones that come with RDKit."""

from __future__ import annotations

from pathlib import Path

import pytest

COMPETITION = frozenset({"B", "Br", "C", "Cl", "F", "H", "I", "N", "O", "P", "S", "Si"})
# Kinds that the drug-like molecules lack, as InChI's own software writes them.
RARE = (
    "InChI=1S/H2O/h1H2",
    "InChI=1S/CH4/h1H4",
    "InChI=1S/H2/h1H",
    "InChI=1S/CF4/c2-1(3,4)5",
    "InChI=1S/CH4O/c1-2/h2H,1H3/i1D3",
    "InChI=1S/CH4O/c1-2/h2H,1H3/i/hD",
    "InChI=1S/B2H6/c1-3-2-4-1/h1-2H2",
    "InChI=1S/C8H8/c1-2-5-3(1)7-4(1)6(2)8(5)7/h1-8H",
    "InChI=1S/C6H6/c1-2-4-6-5-3-1/h1-6H/i1+1,2+1,3D",
    "InChI=1S/C4H6O6/c5-1(3(7)8)2(6)4(9)10/h1-2,5-6H,(H,7,8)(H,9,10)/t1-,2+",
    "InChI=1S/C4H8/c1-3-4-2/h3-4H,1-2H3/b4-3+",
    "InChI=1S/C3H8O/c1-3(2)4/h3-4H,1-2H3/t3-/m1/s1/i1D3",
    "InChI=1S/C15H9ClN4O2/c16-9-5-7-10(8-6-9)17-14-13-15(21)22-19-20(13)12-4-2-1-3-11(12)18-14"
    "/h1-8H,(H-,17,18,19,21)",
)


@pytest.fixture(scope="session")
def smiles() -> list[str]:
    """About 900 SMILES, one molecule each."""
    from rdkit import RDConfig

    lines = Path(RDConfig.RDDataDir, "NCI", "first_5K.smi").read_text().splitlines()
    return [line.split()[0] for line in lines[::5] if "." not in line.split()[0]]


@pytest.fixture(scope="session")
def inchis(smiles: list[str]) -> list[str]:
    """Their InChIs where they are such as the competition has, and the rare kinds."""
    from inchify.chemistry.convert import quiet_chem

    chem, found = quiet_chem(), list(RARE)
    for text in smiles:
        molecule = chem.MolFromSmiles(text)
        if molecule is None or {a.GetSymbol() for a in molecule.GetAtoms()} - COMPETITION:
            continue
        inchi = chem.MolToInchi(molecule)
        if inchi and not any(sign in inchi for sign in ("/q", "/p", "?", ".", ";")):
            found.append(inchi)
    assert len(found) > 600
    return found
