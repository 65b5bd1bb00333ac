"""InChI of a drawn graph, and the molecules of the sample."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np

from inchify.chemistry.abbreviations.expansion import expand_label
from inchify.chemistry.convert import quiet_chem
from inchify.chemistry.molecule import expand, read_molecule
from inchify.chemistry.species import species_of_text
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


def expanded_inchi(graph: MoleculeGraph) -> str:
    """The InChI of a true graph after its labels are read as text; "" where one is not understood.

    The side of the bond is that of the label's nearer end, as a reader finds it.
    """
    fragments = {}
    for place, atom in enumerate(graph.atoms):
        if atom.symbol:
            continue
        near = [bond for bond in graph.bonds if place in (bond.begin, bond.end)]
        if not near:
            species = species_of_text(atom.text)
            found = None if species else expand_label(atom.text, 0)
            fragments[place] = species.smiles if species else found.smiles if found else ""
            continue
        assert atom.box is not None
        at_left = atom.x - atom.box[0] <= atom.box[2] - atom.x
        side = None if len(near) > 1 else "left" if at_left else "right"
        orders = tuple(ORDERS.get(bond.kind, 1) for bond in near)
        found = expand_label(atom.text, len(near), side, orders)
        fragments[place] = found.smiles if found else ""
    if not all(fragments.values()):
        return ""
    return read_molecule(expand(graph, fragments)).inchi


def inchi_with_labels(molecule: Any) -> str:
    """The InChI of an RDKit molecule whose atoms of number 0 are labels with one bond or none."""
    chem = quiet_chem()
    whole, parts = chem.RWMol(molecule), []
    for number, atom in enumerate(whole.GetAtoms(), 100):
        if atom.GetAtomicNum():
            continue
        if atom.GetDegree():
            found = expand_label(atom.GetProp("label"), 1, "left")
            assert found is not None and not found.r_groups
            atom.SetAtomMapNum(number)
            parts.append(found.smiles.replace("[*:1]", f"[*:{number}]"))
            continue
        species = species_of_text(atom.GetProp("label")) or expand_label(atom.GetProp("label"), 0)
        assert species is not None
        parts.append(species.smiles)
    joined = chem.RWMol(whole)
    for part in parts:
        joined.InsertMol(chem.MolFromSmiles(part))
    for atom in reversed(list(joined.GetAtoms())):
        if not atom.GetAtomicNum() and not atom.GetDegree():
            joined.RemoveAtom(atom.GetIdx())
    zipped = chem.molzip(joined.GetMol())
    chem.SanitizeMol(zipped)
    return str(chem.MolToInchi(chem.RemoveHs(zipped)))
