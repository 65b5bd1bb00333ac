"""A drawn graph goes in, the InChI that it says comes out; and the sample's molecules."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from inchify.chem.convert import quiet_chem
from inchify.types import MoleculeGraph

MOLECULES = Path(__file__).parents[2] / "input" / "sample" / "molecules.smi.gz"
ORDERS = {"double": 2, "triple": 3, "aromatic": 4}
MARKS = {"wedge": 1, "hash": 6, "wavy": 4}


def mol_block(graph: MoleculeGraph) -> str:
    """A V2000 mol block of a drawn graph; written hydrogens are fixed through the valence."""
    valence = np.zeros(len(graph.atoms), int)
    bonds = []
    for bond in graph.bonds:
        order = ORDERS.get(bond.kind, 1)
        valence[[bond.begin, bond.end]] += order
        mark = MARKS.get(bond.kind, 0)
        bonds.append(f"{bond.begin + 1:3d}{bond.end + 1:3d}{order:3d}{mark:3d}")
    lines = ["", "", "", f"{len(graph.atoms):3d}{len(bonds):3d}  0  0  1  0  0  0  0  0999 V2000"]
    for place, atom in enumerate(graph.atoms):
        total = 0 if atom.hydrogens is None else int(valence[place]) + atom.hydrogens or 15
        head = f"{atom.x / 30:10.4f}{-atom.y / 30:10.4f}{0:10.4f} {atom.symbol:3s}"
        lines.append(f"{head} 0  0  0  0  0{total:3d}  0  0  0  0  0  0")
    lines += bonds
    for place, atom in enumerate(graph.atoms, 1):
        lines += [f"M  CHG  1{place:4d}{atom.charge:4d}"] * bool(atom.charge)
        lines += [f"M  ISO  1{place:4d}{atom.isotope:4d}"] * bool(atom.isotope)
    return "\n".join([*lines, "M  END", ""])


def inchi_of_graph(graph: MoleculeGraph) -> str:
    chem = quiet_chem()
    molecule = chem.MolFromMolBlock(mol_block(graph))
    return "" if molecule is None else str(chem.MolToInchi(molecule))


def without_double_bonds(inchi: str) -> str:
    return "/".join(part for part in inchi.split("/") if not part.startswith("b"))


def same_but_double_bonds(truth: str, read: str) -> bool:
    """Whether a drawing says its InChI: a double bond of unknown geometry is drawn plainly and so
    reads as a known one."""
    if truth == read:
        return True
    return "?" not in read and without_double_bonds(truth) == without_double_bonds(read)


def sample_smiles(seed: int) -> list[str]:
    """The sample's molecules in a random order."""
    smiles = gzip.decompress(MOLECULES.read_bytes()).decode().split()
    return [smiles[place] for place in np.random.default_rng(seed).permutation(len(smiles))]
