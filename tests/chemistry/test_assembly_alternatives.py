"""The first graph is the choice itself; the others come in order, whole and distinct."""

from __future__ import annotations

from dataclasses import replace
from math import log

import numpy as np
import pytest
from tests.chemistry.drawn_graphs import candidates_of, drawn_graph, pair_of, sample_smiles

from inchify.chemistry.convert import inchi_of_smiles
from inchify.chemistry.graph_assembly.assembly import (
    AtomCandidates,
    BondCandidates,
    choose_graph,
    graph_confidence,
)
from inchify.chemistry.graph_assembly.candidates import COLUMNS
from inchify.chemistry.graph_assembly.k_best import inchi_equivalence_key, k_best_graphs
from inchify.chemistry.molecule import read_molecule
from inchify.chemistry.symbols import ATOM_CLASSES, BOND_KINDS, HYDROGENS
from inchify.chemistry.valence import fits, order_sums
from inchify.types import GraphAtom, GraphBond, MoleculeGraph

Candidates = tuple[AtomCandidates, BondCandidates]


def candidates(text: str, noise: float = 0.02, seed: int = 0) -> Candidates:
    return candidates_of(drawn_graph(text), np.random.default_rng(seed), noise)


def shared(rows: np.ndarray, place: int, shares: dict[int, float]) -> np.ndarray:
    """The rows of log-probabilities with these shares at one place, nearly nothing elsewhere."""
    row = np.full(rows.shape[1], 1e-6)
    row[list(shares)] = list(shares.values())
    rows = rows.copy()
    rows[place] = np.log(row / row.sum())
    return rows


def inchis(found: list[tuple[MoleculeGraph, float]]) -> list[str]:
    return [read_molecule(graph).inchi for graph, _ in found]


def broken(graph: MoleculeGraph) -> int:
    sums = zip(*order_sums(len(graph.atoms), graph.bonds), strict=True)
    return sum(
        not fits(atom.symbol, atom.charge, atom.hydrogens, *counts)
        for atom, counts in zip(graph.atoms, sums, strict=True)
    )


@pytest.mark.parametrize("noise", [0.02, 0.3, 0.7])
def test_first_is_the_choice_and_the_others_follow_in_order(noise: float) -> None:
    generator = np.random.default_rng(5)
    for text in sample_smiles(25, generator):
        given = candidates_of(drawn_graph(text), generator, noise)
        found = k_best_graphs(*given, max_graphs=12)
        first, score = found[0]
        assert first == choose_graph(*given)
        assert score == pytest.approx(log(graph_confidence(first) or 1e-300))
        scores = [score for _, score in found]
        assert scores == sorted(scores, reverse=True)
        assert len({inchi_equivalence_key(graph) for graph, _ in found}) == len(found)
        assert max(broken(graph) for graph, _ in found) <= broken(first)


def test_an_ambiguous_atom_is_the_second_answer() -> None:
    atoms, bonds = candidates("ClCCC(=O)c1ccccc1")
    place = [atom.symbol for atom in drawn_graph("ClCCC(=O)c1ccccc1").atoms].index("Cl")
    shares = {ATOM_CLASSES.index("Cl"): 0.6, ATOM_CLASSES.index("Br"): 0.4}
    atoms = replace(atoms, class_AK=shared(atoms.class_AK, place, shares))
    found = k_best_graphs(atoms, bonds, max_graphs=4)
    wanted = [inchi_of_smiles(f"{symbol}CCC(=O)c1ccccc1") for symbol in ("Cl", "Br")]
    assert inchis(found)[:2] == wanted
    assert found[0][1] - found[1][1] == pytest.approx(log(0.6 / 0.4), abs=1e-3)


def test_changes_that_need_each_other_come_whole() -> None:
    """An oxygen with a hydrogen cannot keep its double bond, nor lose it without one."""
    drawn = drawn_graph("CC(=O)C")
    atoms, bonds = candidates("CC(=O)C")
    oxygen = [atom.symbol for atom in drawn.atoms].index("O")
    shares = {HYDROGENS.index(0): 0.6, HYDROGENS.index(1): 0.4}
    atoms = replace(atoms, hydrogens_AH=shared(atoms.hydrogens_AH, oxygen, shares))
    kinds = {COLUMNS["double"]: 0.7, COLUMNS["single"]: 0.3}
    double = pair_of(bonds, 1, oxygen)
    bonds = replace(bonds, log_kind_BK=shared(bonds.log_kind_BK, double, kinds))
    found = k_best_graphs(atoms, bonds, max_graphs=4)
    assert inchis(found)[:2] == [inchi_of_smiles("CC(=O)C"), inchi_of_smiles("CC(O)C")]
    price = log(0.6 / 0.4) + log(0.7 / 0.3)
    assert found[0][1] - found[1][1] == pytest.approx(price, abs=1e-3)


def test_two_doubts_are_also_taken_together() -> None:
    atoms, bonds = candidates("ClCCCCCF", noise=1e-4)
    symbols = [atom.symbol for atom in drawn_graph("ClCCCCCF").atoms]
    for name, other in (("Cl", "Br"), ("F", "I")):
        shares = {ATOM_CLASSES.index(name): 0.6, ATOM_CLASSES.index(other): 0.4}
        rows = shared(atoms.class_AK, symbols.index(name), shares)
        atoms = replace(atoms, class_AK=rows)
    texts = ("ClCCCCCF", "BrCCCCCF", "ClCCCCCI", "BrCCCCCI")
    found = inchis(k_best_graphs(atoms, bonds, max_graphs=4))
    assert set(found) == {inchi_of_smiles(text) for text in texts}
    assert (found[0], found[3]) == (inchi_of_smiles(texts[0]), inchi_of_smiles(texts[3]))


def test_a_wedge_may_be_a_hash() -> None:
    drawn = drawn_graph("C[C@H](N)C(=O)O")
    atoms, bonds = candidates("C[C@H](N)C(=O)O")
    stereo = next(bond for bond in drawn.bonds if bond.kind in ("wedge", "hash"))
    other = "hash" if stereo.kind == "wedge" else "wedge"
    shares = {COLUMNS[stereo.kind]: 0.6, COLUMNS[other]: 0.4}
    place = pair_of(bonds, stereo.begin, stereo.end)
    bonds = replace(bonds, log_kind_BK=shared(bonds.log_kind_BK, place, shares))
    wanted = [inchi_of_smiles(text) for text in ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O")]
    assert inchis(k_best_graphs(atoms, bonds, max_graphs=2)) == wanted


@pytest.mark.parametrize("text", ["CC(C)CCO", "CC(=O)Nc1ccccc1", "OCC#N"])
def test_faint_candidates_serve_the_alternatives_alone(text: str) -> None:
    """A terminal atom that the first candidates lack."""
    drawn = drawn_graph(text)
    atoms, bonds = candidates(text)
    ends = [bond for atom in range(len(drawn.atoms)) for bond in drawn.bonds
            if atom in (bond.begin, bond.end)]  # fmt: skip
    degree = np.bincount([place for bond in ends for place in (bond.begin, bond.end)]) // 2
    gone = int(np.flatnonzero(degree == 1)[0])
    faint = replace(atoms, score_A=np.where(np.arange(len(atoms)) == gone, 0.1, atoms.score_A))
    kept = np.flatnonzero(np.arange(len(atoms)) != gone)
    number = np.full(len(atoms), -1)
    number[kept] = np.arange(len(kept))
    there = (bonds.pairs_B2 != gone).all(axis=1)
    few = BondCandidates(
        number[bonds.pairs_B2[there]], bonds.log_kind_BK[there], bonds.forward_B[there]
    )
    found = k_best_graphs(atoms.only(kept), few, max_graphs=8, more=(faint, bonds))
    assert found[0][0] == choose_graph(atoms.only(kept), few)
    assert inchi_of_smiles(text) not in inchis(found)[:1]
    assert inchi_of_smiles(text) in inchis(found)
    assert inchi_of_smiles(text) not in inchis(k_best_graphs(atoms.only(kept), few, max_graphs=8))


def test_shifted_double_bonds_are_the_same() -> None:
    turn = np.arange(6) * np.pi / 3
    atoms = tuple(GraphAtom(float(np.cos(t)), float(np.sin(t))) for t in turn)

    def ring(kinds: str) -> MoleculeGraph:
        names = {"1": "single", "2": "double", "a": "aromatic"}
        bonds = tuple(GraphBond(n, (n + 1) % 6, names[k]) for n, k in enumerate(kinds))  # type: ignore[arg-type]
        return MoleculeGraph(atoms, bonds)

    alike = {inchi_equivalence_key(ring(kinds)) for kinds in ("121212", "212121", "aaaaaa")}
    assert len(alike) == 1
    assert inchi_equivalence_key(ring("111212")) not in alike


def test_limits() -> None:
    atoms, bonds = candidates("CC(=O)Nc1ccccc1", noise=0.4)
    assert len(k_best_graphs(atoms, bonds, max_graphs=1)) == 1
    assert len(k_best_graphs(atoms, bonds, max_graphs=30, expansions=0)) == 1
    some = k_best_graphs(atoms, bonds, max_graphs=30, expansions=12)
    assert 1 < len(some) < 14
    assert some == k_best_graphs(atoms, bonds, max_graphs=30)[: len(some)]
    assert len(k_best_graphs(atoms, bonds, max_graphs=7)) == 7
    none = BondCandidates(np.zeros((0, 2), int), np.zeros((0, 1 + len(BOND_KINDS))), np.zeros(0))
    (empty,) = k_best_graphs(atoms.only(np.zeros(0, dtype=int)), none)
    assert empty[0] == MoleculeGraph() and empty[1] < -600
