"""Molecules of kinds that lists rarely hold: very small ones, cages and macrocycles."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from inchify.chemistry.abbreviations.table import words
from inchify.chemistry.convert import quiet_chem
from inchify.synthetic.molecules.generated import sample_generated
from inchify.synthetic.molecules.library import MoleculeLibrary

# One to four heavy atoms; several of them salts or without any bond.
SMALL = words(
    "O N C [Cl-].[Na+] Cl Br I F S P [SiH4] [AsH3] [H][H] [2H]O[2H] [2H]C(Cl)(Cl)Cl CC C=C "
    "C#C CO CN CS CF CCl CBr CI C=O C#N O=C=O S=C=S O=S=O N#N O=O [C-]#[O+] OO NN NO ClCl "
    "BrBr II CCC C=CC C#CC CCO COC CC=O CC#N OC=O NC=O CNC CCN CCS CSC CCCl CCBr CCI C=CCl "
    "ClCCl BrCBr ICI C=CF CC(C)=O ClC(Cl)Cl BrC(Br)Br IC(I)I CC(=O)O CC(N)=O NC(N)=O OC(=O)O "
    "CC(C)O CCCO CCCC C=CC=C CC(C)C CC(C)=C C1CC1 C1CO1 C1CN1 C1CS1 CC1CC1 C1CCC1 C1COC1 "
    "O=C(Cl)Cl ClC(Cl)(Cl)Cl FC(F)F CS(C)=O C[N+]#[C-] CN=C=O CN=C=S N=[N+]=[N-] C=[N+]=[N-] "
    "C[N+](=O)[O-] O=[N+]([O-])O NC#N N#CC#N OCCO NCCN NCCO CNN C=C=C C=C=O OC=C N#CS "
    "BrC#N CC(C)N CN(C)C CP C[SiH3] [Li]C C[Mg]Br OB(O)O FB(F)F O=[Si]=O OCC#C "
    "C#CC#C NC=N OCC=O O=CC=O ClC=CCl Cl/C=C/Cl Cl/C=C\\Cl C/C=C/C C/C=C\\C "
)
# Drawn with bonds that cross or pass under one another, from textbooks.
CAGES = (
    "C1C2CC3CC1CC(C2)C3",
    "NC12CC3CC(C1)CC(C3)C2",
    "OC12CC3CC(C1)CC(C3)C2",
    "CC1(C)C2CCC1(C)C(=O)C2",
    "CC1(C)[C@@H]2CC[C@@]1(C)C(=O)C2",
    "CC1(C)[C@@H]2CC[C@@]1(C)[C@@H](O)C2",
    "C12C3C4C1C5C2C3C45",
    "CN1C2CCC1CC(=O)C2",
    "CN1[C@H]2CC[C@@H]1C[C@H](O)C2",
    "CN1C2CCC1C(C(=O)OC)C(OC(=O)c1ccccc1)C2",
    "C1CC2CCC1C2",
    "C1CC2CCC1CC2",
    "C1CN2CCC1CC2",
    "C1CN2CCN1CC2",
    "C1=CC2CCC1C2",
    "C1=CC2C=CC1C2",
    "C1CC2CC1C=C2",
    "c1ccc2c(c1)C1c3ccccc3C2c2ccccc21",
    "CN1CC[C@]23c4c5ccc(O)c4O[C@H]2[C@@H](O)C=C[C@H]3[C@H]1C5",
    "CN1CC[C@]23c4c5ccc(OC)c4O[C@H]2[C@@H](O)C=C[C@H]3[C@H]1C5",
    "C[C@]12CC[C@H]3[C@@H](CCc4cc(O)ccc43)[C@@H]1CC[C@@H]2O",
    "O=C1CC2CCC1C2",
    "CC1=CCC2CC1C2(C)C",
    "CC12CCC(CC1)C(C)(C)O2",
    "CC1(C)C2CCC(=C)C1C2",
    "OC1CC2CCC1(C)C2(C)C",
    "C1CC2CCCC(C1)C2=O",
    "C1CC2CCCC(C1)N2",
    "O=C1C2CC3CC(C2)CC1C3",
    "C1OC2CCC1O2",
    "O=C1OC2CCC1C2",
    "O=C1OC(=O)C2C3C=CC(C3)C12",
    "C1N2CN3CN1CN(C2)C3",
    "C1CC2(CCC1)CCCCC2",
    "CN1C(=O)C2C3CCC(O3)C2C1=O",
    "OC(=O)C1C2CCC(O2)C1C(O)=O",
    "C=C[C@H]1CN2CC[C@H]1C[C@H]2[C@H](O)c1ccnc2ccc(OC)cc12",
    "C1CCCCCCCCCCC1",
    "O=C1CCCCCCCCCCCCCCO1",
    "O=C1CCCCCCCCCCCCCC1",
    "C1COCCOCCOCCOCCOCCO1",
    "C1COCCOCCOCCO1",
    "C1CNCCNCCNCCN1",
)
# Maximum number of entries of a list that are tried before one of those above is taken.
TRIES = 25
LISTED = 0.5  # of the cages, those from the list of molecules
MACROCYCLE = 9  # atoms of its ring


# Patterns that the SMILES must contain for a rare kind to be visible.
WANTED = {
    "hetero_centers": re.compile(r"S(?![ein=(])|S\(C|N\(C|CN\(|P\(|\[Si|C\(C\)\(C"),
    "complexes": re.compile(r"n|CN|C#N"),
    "open_geometry": re.compile(r"[/\\@]|C=CC|C=N|N=N"),
    "fine_hashes": re.compile("@"),
    "some_carbons": re.compile(r"CC|C=C|C\(C\)\(C\)"),
    "stacked_labels": re.compile(r"N(?![(a-z])|\[nH\]"),
    "dashed_stereo": re.compile("@"),
    "drawn_hydrogens": re.compile(r"[NO](?![a-z])|\[nH\]"),
    "bold_stereo": re.compile("@"),
    "dashed_halogens": re.compile("@"),
    "group_formulas": re.compile(r"CCC|C\(=O\)[ON]|S\(|OCC|C\(C\)C|N\(C"),
    "condensed": re.compile(r"CC(?:CC|O|N|\()"),
}


def sample_molecule(
    library: MoleculeLibrary, kinds: frozenset[str], generator: np.random.Generator
) -> str:
    """Draw the next random molecule, from the list or of a rare kind.

    Args:
        library: The list of molecules.
        kinds: Rare kinds of the drawing; the molecule is one that can show them.
        generator: Source of all random choices.

    Returns:
        A SMILES.
    """
    if "small_molecules" in kinds:
        return small_molecule(generator)
    if "cages" in kinds:
        return cage(library, generator)
    made = sample_generated(kinds, library, generator)
    if made is not None:
        return made
    patterns = [WANTED[kind] for kind in sorted(kinds) if kind in WANTED]
    smiles = library.draw(generator)
    for _ in range(TRIES if patterns else 0):
        if all(pattern.search(smiles) for pattern in patterns):
            break
        smiles = library.draw(generator)
    return smiles


def small_molecule(generator: np.random.Generator) -> str:
    """The SMILES of a molecule of one to four heavy atoms."""
    return SMALL[int(generator.integers(len(SMALL)))]


def cage(library: MoleculeLibrary, generator: np.random.Generator) -> str:
    """Draw a bridged or macrocyclic molecule.

    Args:
        library: The list of molecules.
        generator: Source of all random choices.

    Returns:
        A SMILES of the list or of ``CAGES``.
    """
    if generator.random() < LISTED:
        for _ in range(TRIES):
            smiles = library.draw(generator)
            if is_cage(smiles):
                return smiles
    return CAGES[int(generator.integers(len(CAGES)))]


@lru_cache(maxsize=20_000)
def is_cage(smiles: str) -> bool:
    """Whether a molecule has atoms at bridgeheads or a large ring."""
    from rdkit.Chem import rdMolDescriptors

    molecule = quiet_chem().MolFromSmiles(smiles)
    if molecule is None:
        return False
    if rdMolDescriptors.CalcNumBridgeheadAtoms(molecule):
        return True
    return any(len(ring) >= MACROCYCLE for ring in molecule.GetRingInfo().AtomRings())
