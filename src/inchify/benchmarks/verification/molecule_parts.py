"""Parts of molecules and texts beside them, for drawings that verification is measured on."""

from __future__ import annotations

# What stands beside a molecule and belongs to it, as SMILES, and what does not.
SALTS = {
    "HCl": "Cl",
    "2 HCl": "Cl.Cl",
    "HBr": "Br",
    "TFA": "OC(=O)C(F)(F)F",
    "CF3COOH": "OC(=O)C(F)(F)F",
    "H2SO4": "OS(=O)(=O)O",
    "H2O": "O",
    "3 H2O": "O.O.O",
    "MsOH": "CS(=O)(=O)O",
    "AcOH": "CC(=O)O",
    "HI": "I",
}
CAPTIONS = ("12a", "(3)", "7", "Aspirin", "98%", "IC50 = 3 nM", "rac", "Fig. 2", "Compound 14")
# Labels that a label of fewer letters may be taken for, as SMILES with the bond at the first atom.
GROUPS = {
    "OTf": "OS(=O)(=O)C(F)(F)F",
    "OTs": "OS(=O)(=O)c1ccc(C)cc1",
    "OMs": "OS(C)(=O)=O",
    "OD": "O[2H]",
    "ND2": "N([2H])[2H]",
    "CD3": "C([2H])([2H])[2H]",
    "SeMe": "[Se]C",
    "SMe": "SC",
    "TeMe": "[Te]C",
    "N3": "N=[N+]=[N-]",
    "NO": "N=O",
    "NHMe": "NC",
    "NMe2": "N(C)C",
    "NHNH2": "NN",
    "NHOH": "NO",
    "OOH": "OO",
    "SH": "S",
    "SeH": "[SeH]",
    "PH2": "P",
    "PPh2": "P(c1ccccc1)c1ccccc1",
    "SiMe3": "[Si](C)(C)C",
    "SiH3": "[SiH3]",
    "BH2": "B",
    "BF2": "B(F)F",
    "CCl3": "C(Cl)(Cl)Cl",
    "CBr3": "C(Br)(Br)Br",
    "CHF2": "C(F)F",
    "SF5": "S(F)(F)(F)(F)F",
    "AsMe2": "[As](C)C",
    "SnMe3": "[Sn](C)(C)C",
    "HgCl": "[Hg]Cl",
    "ICl2": "I(Cl)Cl",
}
PARTS = ("C", "CC", "C(C)(C)C", "c1ccccc1", "c1ccc(C)cc1", "CC(=O)O", "CCN", "C1CCCCC1", "C=C")
HETERO = (
    "{0}[S@](=O){1}",
    "{0}[S@@](=O){1}",
    "{0}[S@](=O)(=N){1}",
    "{0}[P@](=O)(O){1}",
    "{0}[P@](C){1}",
    "{0}[Si@](C)(F){1}",
    "{0}[P@@](=O)(C){1}",
)
# Other elements at the place of usual ones: what is replaced, by which atomic numbers.
SWAPS = (
    ("[SX2]", (34, 52)),
    ("[OX2H0]", (34, 16)),
    ("[CX4H2]", (14, 32)),
    ("[NX3H0;!$(N~[!#6])]", (15, 33)),
    ("[OX2H1]", (34, 16)),
    ("[CX4H3]", (5, 15)),
    ("[ClX1]", (53,)),
)
ISOTOPES = {6: (11, 13, 14), 7: (13, 15), 8: (17, 18), 9: (18,), 16: (35,), 17: (36,), 53: (125,)}
