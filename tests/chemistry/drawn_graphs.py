"""Drawn graphs of molecules, and candidates as the maps would give them.

Shape letters: A atoms, B pairs.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np

from inchify.chemistry.convert import quiet_chem
from inchify.chemistry.graph_assembly.assembly import AtomCandidates, BondCandidates
from inchify.chemistry.symbols import (
    ATOM_CLASSES,
    BOND_KINDS,
    CHARGES,
    HYDROGENS,
    ISOTOPES,
    atom_class,
)
from inchify.chemistry.valence import label_text
from inchify.types import BondKind, GraphAtom, GraphBond, MoleculeGraph

SAMPLE = Path(__file__).parents[2] / "input" / "sample" / "molecules.smi.gz"
BOND_PIXELS = 24.0


def sample_smiles(count: int, generator: np.random.Generator) -> list[str]:
    """Random molecules of the demo's list, half of them with stereo."""
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as lines:
        texts = [line.split()[0] for line in lines]
    stereo = [text for text in texts if "@" in text or "/" in text]
    half = count // 2
    picked = generator.choice(len(texts), count - half, replace=False)
    chosen = [texts[place] for place in picked]
    return chosen + [stereo[p] for p in generator.choice(len(stereo), half, replace=False)]


def drawn_graph(smiles: str, *, hydrogens: bool = False) -> MoleculeGraph:
    """RDKit's drawing of a molecule; with ``hydrogens`` those of ring centers are drawn."""
    from rdkit.Chem.Draw import rdMolDraw2D

    chem = quiet_chem()
    molecule = rdMolDraw2D.PrepareMolForDrawing(
        chem.MolFromSmiles(smiles), addChiralHs=hydrogens, forceCoords=True
    )
    points = molecule.GetConformer().GetPositions() * BOND_PIXELS / 1.5
    atoms = tuple(
        _drawn_atom(atom, 400 + points[number][0], 400 - points[number][1])
        for number, atom in enumerate(molecule.GetAtoms())
    )
    types: dict[str, BondKind] = {"DOUBLE": "double", "TRIPLE": "triple", "DATIVE": "dative"}
    marks: dict[str, BondKind] = {"BEGINWEDGE": "wedge", "BEGINDASH": "hash", "UNKNOWN": "wavy"}
    bonds = []
    for bond in molecule.GetBonds():
        plain = types.get(str(bond.GetBondType()), "single")
        kind = marks.get(str(bond.GetBondDir()), plain) if plain == "single" else plain
        bonds.append(GraphBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), kind))
    return MoleculeGraph(atoms, tuple(bonds))


def _drawn_atom(atom: Any, x: float, y: float) -> GraphAtom:
    symbol, charge, isotope = atom.GetSymbol(), atom.GetFormalCharge(), atom.GetIsotope()
    if symbol == "C" and not charge and not isotope and atom.GetDegree():
        return GraphAtom(x, y)
    number = atom.GetTotalNumHs()
    text = label_text(symbol, charge, number, isotope)
    return GraphAtom(x, y, symbol, text, charge, number, isotope, (x - 5, y - 5, x + 5, y + 5))


def _logs(truth: list[int], width: int, generator: np.random.Generator, noise: float) -> np.ndarray:
    """Log-probabilities (len(truth), width) that leave up to ``noise`` to the wrong ones."""
    shares = generator.dirichlet(np.full(width, 0.5), len(truth))
    shares *= generator.uniform(0, noise, (len(truth), 1))
    shares[np.arange(len(truth)), truth] += 1 - shares.sum(axis=1)
    return np.log(np.maximum(shares, 1e-9))


def candidates_of(
    graph: MoleculeGraph, generator: np.random.Generator, noise: float = 0.02
) -> tuple[AtomCandidates, BondCandidates]:
    """Candidates whose likeliest choice is the graph: places off by up to half a pixel, up to
    ``noise`` of every probability on what is wrong, and a pair for each two atoms that are near."""
    atoms = graph.atoms
    classes = [ATOM_CLASSES.index(atom_class(atom)) for atom in atoms]
    listed = [atom_class(atom) != "text" for atom in atoms]
    charges = [CHARGES.index(a.charge if ok else 0) for a, ok in zip(atoms, listed, strict=True)]
    counts = [
        HYDROGENS.index((a.hydrogens or 0) if ok else 0)
        for a, ok in zip(atoms, listed, strict=True)
    ]
    isotopes = [ISOTOPES.index(a.isotope if ok else 0) for a, ok in zip(atoms, listed, strict=True)]
    exact_A2 = np.array([(atom.x, atom.y) for atom in atoms])
    boxes = np.array([atom.box or (0, 0, 0, 0) for atom in atoms], dtype=float)
    found = AtomCandidates(
        exact_A2 + generator.uniform(-0.5, 0.5, exact_A2.shape),
        1 - generator.uniform(0, noise, len(atoms)),
        _logs(classes, len(ATOM_CLASSES), generator, noise),
        _logs(charges, len(CHARGES), generator, noise),
        _logs(counts, len(HYDROGENS), generator, noise),
        _logs(isotopes, len(ISOTOPES), generator, noise),
        boxes,
    )
    return found, _bond_candidates(graph, exact_A2, generator, noise)


def _bond_candidates(
    graph: MoleculeGraph, exact_A2: np.ndarray, generator: np.random.Generator, noise: float
) -> BondCandidates:
    true = {frozenset((bond.begin, bond.end)): bond for bond in graph.bonds}
    apart = np.hypot(*(exact_A2[:, None] - exact_A2[None]).transpose(2, 0, 1))
    near = np.argwhere(np.triu(apart < 1.5 * BOND_PIXELS, 1)).tolist()
    pairs = [tuple(pair) for pair in near]
    pairs += [tuple(sorted(pair)) for pair in true if tuple(sorted(pair)) not in set(pairs)]
    kinds, forward = [], []
    for first, second in pairs:
        bond = true.get(frozenset((first, second)))
        kinds.append(1 + BOND_KINDS.index(bond.kind) if bond else 0)
        wrong = float(generator.uniform(0, noise))
        forward.append(1 - wrong if bond is None or bond.begin == first else wrong)
    return BondCandidates(
        np.array(pairs, dtype=np.int64).reshape(-1, 2),
        _logs(kinds, 1 + len(BOND_KINDS), generator, noise),
        np.array(forward),
    )


def pair_of(bonds: BondCandidates, first: int, second: int) -> int:
    """The number of the candidate between two atoms."""
    return int(np.flatnonzero((np.sort(bonds.pairs_B2) == sorted((first, second))).all(axis=1))[0])


def with_atom(
    atoms: AtomCandidates,
    x: float,
    y: float,
    name: str,
    *,
    score: float = 0.99,
    charge: int = 0,
    hydrogens: int = 0,
) -> AtomCandidates:
    """The candidates and one more, sure of what it is."""

    def sure(rows: np.ndarray, column: int) -> np.ndarray:
        row = np.full((1, rows.shape[1]), np.log(1e-6))
        row[0, column] = np.log(1 - 1e-6 * (rows.shape[1] - 1))
        return np.concatenate([rows, row])

    return AtomCandidates(
        np.concatenate([atoms.xy_A2, [[x, y]]]),
        np.append(atoms.score_A, score),
        sure(atoms.class_AK, ATOM_CLASSES.index(name)),
        sure(atoms.charge_AQ, CHARGES.index(charge)),
        sure(atoms.hydrogens_AH, HYDROGENS.index(hydrogens)),
        sure(atoms.isotope_AI, 0),
        np.concatenate([atoms.box_A4, [[x - 5, y - 5, x + 5, y + 5]]]),
    )


def with_pair(
    bonds: BondCandidates, first: int, second: int, shares: dict[int, float]
) -> BondCandidates:
    """The candidates and one more pair, or other probabilities for it: column -> share."""
    row = np.full(1 + len(BOND_KINDS), 1e-6)
    row[list(shares)] = list(shares.values())
    row = np.log(row / row.sum())[None]
    old = (np.sort(bonds.pairs_B2) == sorted((first, second))).all(axis=1)
    return BondCandidates(
        np.concatenate([bonds.pairs_B2[~old], [[first, second]]]),
        np.concatenate([bonds.log_kind_BK[~old], row]),
        np.append(bonds.forward_B[~old], 0.5),
    )
