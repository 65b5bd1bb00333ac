"""The graph comes back from its candidates: clean ones, corrupted ones, and those with strays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tests.chemistry.drawn_graphs import (
    BOND_PIXELS,
    candidates_of,
    drawn_graph,
    pair_of,
    sample_smiles,
    with_atom,
    with_pair,
)

from inchify.chemistry.convert import inchi_of_smiles
from inchify.chemistry.graph_assembly.assembly import (
    UNREAD,
    AssemblySettings,
    AtomCandidates,
    BondCandidates,
    choose_graph,
    graph_confidence,
)
from inchify.chemistry.graph_assembly.candidates import COLUMNS, NONE, merged
from inchify.chemistry.graph_assembly.k_best import k_best_graphs
from inchify.chemistry.graph_assembly.selection import independent_choice, violated_atoms
from inchify.chemistry.inchi import remove_layers
from inchify.chemistry.molecule import read_molecule
from inchify.chemistry.symbols import ATOM_CLASSES, BOND_KINDS, CHARGES, HYDROGENS, ISOTOPES
from inchify.types import GraphAtom, GraphBond, MoleculeGraph

Candidates = tuple[AtomCandidates, BondCandidates]
OFTEN_WRITTEN = AssemblySettings(implied_hydrogens_penalty=500.0)


def test_clean_candidates_give_the_molecule_back() -> None:
    """The excuse: where the molecule leaves a double bond open, the drawing still shows a side; and
    RDKit now and then draws two atoms upon each other, which become one."""
    generator = np.random.default_rng(3)
    wrong = []
    for number, text in enumerate(sample_smiles(300, generator)):
        drawn = drawn_graph(text, hydrogens=number % 2 == 0)
        truth = inchi_of_smiles(text)
        found = read_molecule(choose_graph(*candidates_of(drawn, generator))).inchi
        if truth not in (found, remove_layers(found, "b")):
            wrong.append(text)
    assert len(wrong) <= 1, wrong


@pytest.mark.parametrize(
    "text",
    [
        "C[N+](=O)[O-]", "CS(C)(=O)=O", "[O-][n+]1ccccc1", "[N-]=[N+]=Cc1ccccc1", "C[N+]#[C-]",
        "C[P+](C)(C)[CH-]C(C)=O", "C[S@](=O)c1ccccc1", "c1nnn[nH]1",
        "[2H]C([2H])([2H])O", "[13CH3]c1ccccc1", "Cl.Cl.NCCN", "O.[Na+].[O-]C(=O)c1ccccc1",
        "C1C2CC3CC1CC(C2)C3", "C12C3C4C1C5C2C3C45", "[NH4+].[Br-]", "CC=C=CC", "CC#CC#CC",
    ],
)  # fmt: skip
def test_rare_kinds_come_back(text: str) -> None:
    graph = choose_graph(*candidates_of(drawn_graph(text), np.random.default_rng(0)))
    assert read_molecule(graph).inchi == inchi_of_smiles(text)
    assert 0 < graph_confidence(graph) < 1


def test_perchlorate_keeps_its_double_bonds() -> None:
    around = ((0, -24), (24, 0), (0, 24), (-24, 0))
    oxygens = [GraphAtom(x, y, "O", "O", 0, 0) for x, y in around]
    oxygens[0] = replace(oxygens[0], text="O-", charge=-1)
    atoms = (GraphAtom(0, 0, "Cl", "Cl", 0, 0), *oxygens, GraphAtom(60, 0, "Na", "Na+", 1, 0))
    bonds = tuple(GraphBond(0, end, "single" if end == 1 else "double") for end in range(1, 5))
    drawn = MoleculeGraph(atoms, bonds)
    found = choose_graph(*candidates_of(drawn, np.random.default_rng(0)))
    assert [atom.text for atom in found.atoms] == [atom.text for atom in atoms]
    assert sorted(bond.kind for bond in found.bonds) == sorted(bond.kind for bond in bonds)
    assert read_molecule(found).inchi == inchi_of_smiles("[Na+].[O-]Cl(=O)(=O)=O")


def shared(columns: dict[int, float], width: int) -> np.ndarray:
    """Log-probabilities (width,) with these shares and nearly nothing on the others."""
    shares = np.full(width, 1e-5)
    shares[list(columns)] = list(columns.values())
    return np.log(shares / shares.sum())


def double_for_single(
    drawn: MoleculeGraph, found: Candidates, random: np.random.Generator
) -> Candidates:
    atoms, bonds = found
    single = np.flatnonzero(bonds.log_kind_BK.argmax(axis=1) == COLUMNS["single"])
    wrong = {COLUMNS["double"]: 0.55, COLUMNS["single"]: 0.45}
    return atoms, with_row(bonds, int(random.choice(single)), wrong)


def missing_bond(
    drawn: MoleculeGraph, found: Candidates, random: np.random.Generator
) -> Candidates:
    atoms, bonds = found
    best_B = bonds.log_kind_BK.argmax(axis=1)
    place = int(random.choice(np.flatnonzero(best_B != NONE)))
    return atoms, with_row(bonds, place, {NONE: 0.55, int(best_B[place]): 0.45})


def false_bond(drawn: MoleculeGraph, found: Candidates, random: np.random.Generator) -> Candidates:
    atoms, bonds = found
    empty = np.flatnonzero(bonds.log_kind_BK.argmax(axis=1) == NONE)
    if not len(empty):
        return found
    return atoms, with_row(bonds, int(random.choice(empty)), {COLUMNS["single"]: 0.55, NONE: 0.45})


def wrong_hydrogens(
    drawn: MoleculeGraph, found: Candidates, random: np.random.Generator
) -> Candidates:
    atoms, bonds = found
    written = [place for place, atom in enumerate(drawn.atoms) if atom.text]
    if not written:
        return found
    place = int(random.choice(written))
    true = int(atoms.hydrogens_AH[place].argmax())
    rows = atoms.hydrogens_AH.copy()
    rows[place] = shared({(true + 1) % 3: 0.6, true: 0.4}, len(HYDROGENS))
    return replace(atoms, hydrogens_AH=rows), bonds


def with_row(bonds: BondCandidates, place: int, shares: dict[int, float]) -> BondCandidates:
    rows = bonds.log_kind_BK.copy()
    rows[place] = shared(shares, 1 + len(BOND_KINDS))
    return replace(bonds, log_kind_BK=rows)


@pytest.mark.parametrize("corrupt", [double_for_single, missing_bond, false_bond, wrong_hydrogens])
def test_what_breaks_a_valence_is_repaired(
    corrupt: Callable[[MoleculeGraph, Candidates, np.random.Generator], Candidates],
) -> None:
    """A corruption that no valence contradicts (CH2-CH2 read as CH=CH) cannot be seen here."""
    generator = np.random.default_rng(4)
    settings = AssemblySettings()
    broken = repaired = 0
    for text in sample_smiles(50, generator):
        drawn = drawn_graph(text)
        atoms, bonds = corrupt(drawn, candidates_of(drawn, generator), generator)
        if violated_atoms(independent_choice(atoms, bonds, settings), bonds, settings):
            found = choose_graph(atoms, bonds)
            broken += 1
            repaired += read_molecule(found).inchi == read_molecule(drawn).inchi
    assert broken > 10
    assert repaired >= 0.95 * broken - 1


def test_uncertain_atoms_stay_with_visible_bonds_and_go_without() -> None:
    drawn = drawn_graph("CC(C)CO")
    atoms, bonds = candidates_of(drawn, np.random.default_rng(5))
    doubtful = replace(atoms, score_A=np.where(np.arange(5) == 1, 0.3, atoms.score_A))
    assert len(choose_graph(doubtful, bonds).atoms) == 5
    # a place with little to speak for it, with a weak bond to the carbon that would take it
    x, y = atoms.xy_A2[1] + (3, BOND_PIXELS)
    ghost = with_atom(atoms, x, y, "corner", score=0.3)
    pairs = with_pair(bonds, 5, 1, {COLUMNS["single"]: 0.4, NONE: 0.6})
    assert len(choose_graph(ghost, pairs).atoms) == 5
    # the same place on a carbon that is full: the search leaves it out with its bond
    full = drawn_graph("CC(C)(C)CO")
    atoms, bonds = candidates_of(full, np.random.default_rng(5))
    ghost = with_atom(atoms, *(atoms.xy_A2[1] + (17, 17)), "corner", score=0.6)
    found = choose_graph(ghost, with_pair(bonds, 6, 1, {COLUMNS["single"]: 0.9, NONE: 0.1}))
    assert read_molecule(found).inchi == inchi_of_smiles("CC(C)(C)CO")


def test_two_candidates_at_one_place_are_one_atom() -> None:
    drawn = drawn_graph("CC(N)CO")
    atoms, bonds = candidates_of(drawn, np.random.default_rng(6))
    double = with_atom(atoms, *(atoms.xy_A2[1] + 2.0), "corner", score=0.8)
    pairs = with_pair(with_pair(bonds, 5, 0, {COLUMNS["single"]: 0.99}), 1, 5, {NONE: 0.9})
    found = choose_graph(double, pairs)
    assert read_molecule(found).inchi == inchi_of_smiles("CC(N)CO")
    kept, joined = merged(double, pairs, 6.0)
    assert len(kept) == 5 and joined.pairs_B2.max() == 4


def test_a_bond_over_a_third_atom_is_no_bond() -> None:
    drawn = drawn_graph("CC#CC")
    atoms, bonds = candidates_of(drawn, np.random.default_rng(7))
    over = with_pair(bonds, 0, 2, {COLUMNS["single"]: 0.7, NONE: 0.3})
    assert len(choose_graph(atoms, over).bonds) == 3


def test_a_missing_plus_is_found_where_the_picture_allows_it() -> None:
    drawn = drawn_graph("C[N+](C)(C)C")
    atoms, bonds = candidates_of(drawn, np.random.default_rng(8))
    nitrogen = next(place for place, atom in enumerate(drawn.atoms) if atom.symbol == "N")
    for share, charge in ((0.01, 1), (1e-9, 0)):
        rows = atoms.charge_AQ.copy()
        rows[nitrogen] = np.log([1e-12, 1e-12, 1 - share, share, 1e-12])
        sure = with_certain_bonds(bonds)
        found = choose_graph(replace(atoms, charge_AQ=rows), sure)
        assert found.atoms[nitrogen].charge == charge
        assert len(found.bonds) == 4


def with_certain_bonds(bonds: BondCandidates) -> BondCandidates:
    best_B = bonds.log_kind_BK.argmax(axis=1)
    rows = np.full(bonds.log_kind_BK.shape, -30.0)
    rows[np.arange(len(bonds)), best_B] = 0.0
    return replace(bonds, log_kind_BK=rows)


@pytest.mark.parametrize("share", [0.9, 0.1])
def test_a_wedge_begins_at_what_can_be_a_center(share: float) -> None:
    drawn = drawn_graph("C[C@H](N)C(=O)O")
    atoms, bonds = candidates_of(drawn, np.random.default_rng(9))
    wedge = next(bond for bond in drawn.bonds if bond.kind in ("wedge", "hash"))
    place = pair_of(bonds, wedge.begin, wedge.end)
    forward_B = bonds.forward_B.copy()
    forward_B[place] = share
    found = choose_graph(atoms, replace(bonds, forward_B=forward_B))
    assert next(b for b in found.bonds if b.kind == wedge.kind).begin == wedge.begin
    # between two corners with two neighbors each it is a plain line
    chain = drawn_graph("OCCO")
    atoms, bonds = candidates_of(chain, np.random.default_rng(9))
    wrong = with_row(bonds, pair_of(bonds, 1, 2), {COLUMNS["wedge"]: 0.9, COLUMNS["single"]: 0.1})
    assert {bond.kind for bond in choose_graph(atoms, wrong).bonds} == {"single"}


def test_strays_go_and_counter_ions_stay() -> None:
    drawn = drawn_graph("C[N+](C)(C)CCO")
    atoms, bonds = candidates_of(drawn, np.random.default_rng(10))
    for name, charge, hydrogens, stays in (
        ("corner", 0, 0, False),
        ("Cl", -1, 0, True),
        ("Br", 0, 0, True),
        ("Cl", 0, 1, True),
        ("O", 0, 2, True),
        ("Na", 1, 0, True),
        ("N", 0, 0, False),
        ("text", 0, 0, False),
    ):
        more = with_atom(atoms, 600, 600, name, charge=charge, hydrogens=hydrogens)
        found = choose_graph(more, bonds)
        assert (len(found.atoms) == len(drawn.atoms) + 1) == stays, (name, charge)
    lone = with_atom(atoms, 600, 600, "text")
    assert choose_graph(lone, bonds, AssemblySettings(lone_labels=True)).atoms[-1].text == UNREAD
    scratch = with_atom(with_atom(atoms, 600, 600, "corner"), 624, 600, "corner")
    count = len(drawn.atoms)
    found = choose_graph(scratch, with_pair(bonds, count, count + 1, {COLUMNS["single"]: 1.0}))
    assert len(found.atoms) == count


def test_there_is_always_an_answer() -> None:
    generator = np.random.default_rng(11)
    for _ in range(20):
        count = int(generator.integers(1, 9))

        def logs(width: int, rows: int = count) -> np.ndarray:
            return np.log(generator.dirichlet(np.full(width, 0.3), rows) + 1e-9)

        atoms = AtomCandidates(
            generator.uniform(0, 60, (count, 2)),
            generator.uniform(0, 1, count),
            logs(len(ATOM_CLASSES)), logs(len(CHARGES)), logs(len(HYDROGENS)), logs(len(ISOTOPES)),
            np.zeros((count, 4)),
        )  # fmt: skip
        pairs = np.argwhere(np.triu(np.ones((count, count)), 1))
        bonds = BondCandidates(
            pairs, logs(1 + len(BOND_KINDS), len(pairs)), generator.uniform(0, 1, len(pairs))
        )
        graph = choose_graph(atoms, bonds)
        places = range(len(graph.atoms))
        assert all(bond.begin in places and bond.end in places for bond in graph.bonds)
        assert all(0 <= part.confidence <= 1 for part in (*graph.atoms, *graph.bonds))
    none = atoms.only(np.zeros(0, dtype=int))
    empty = choose_graph(
        none, BondCandidates(np.zeros((0, 2), int), np.zeros((0, 1 + len(BOND_KINDS))), np.zeros(0))
    )
    assert empty == MoleculeGraph() and graph_confidence(empty) == 0


def test_confidence_and_shapes() -> None:
    graph = MoleculeGraph(
        (GraphAtom(0, 0, confidence=0.9), GraphAtom(9, 0, confidence=0.8)),
        (GraphBond(0, 1, confidence=0.5),),
    )
    assert graph_confidence(graph) == pytest.approx(0.36)
    atoms, bonds = candidates_of(drawn_graph("CCO"), np.random.default_rng(12))
    sure, doubtful = (
        choose_graph(
            atoms, with_row(bonds, pair_of(bonds, 0, 1), {COLUMNS["single"]: s, NONE: 1 - s})
        )
        for s in (0.99, 0.6)
    )
    assert graph_confidence(doubtful) < graph_confidence(sure)
    with pytest.raises(ValueError, match="score_A has the shape"):
        replace(atoms, score_A=np.zeros(2))
    with pytest.raises(ValueError, match="log_kind_BK has the shape"):
        replace(bonds, log_kind_BK=np.zeros((1, 9)))
    with pytest.raises(ValueError, match="'max_choices' is 1"):
        AssemblySettings(max_choices=1)
    with pytest.raises(ValueError, match="'max_nodes' is 0"):
        AssemblySettings(max_nodes=0)


@pytest.mark.parametrize("text", ["c1ccc2[nH]ccc2c1", "NCCNC1CCNCC1", "CNCCN"])
def test_a_picture_may_leave_out_all_hydrogens(text: str) -> None:
    """The habit is paid once; one by one each bare N would rather be an S, which needs no more."""
    drawn = drawn_graph(text)
    bare = tuple(replace(a, text=a.symbol, hydrogens=0) if a.text else a for a in drawn.atoms)
    rows, bonds = candidates_of(replace(drawn, atoms=bare), np.random.default_rng(4), 0.001)
    classes = rows.class_AK.copy()
    for place, atom in enumerate(bare):
        if atom.symbol == "N":
            classes[place] = -20.0
            classes[place, ATOM_CLASSES.index("N")] = np.log(0.98)
            classes[place, ATOM_CLASSES.index("S")] = np.log(0.02)
    rows = replace(rows, class_AK=classes)
    found = choose_graph(rows, bonds)
    assert read_molecule(found).inchi == read_molecule(drawn).inchi
    assert all(atom.hydrogens in (0, None) for atom in found.atoms)
    assert any(a.symbol == "S" for a in choose_graph(rows, bonds, OFTEN_WRITTEN).atoms)
    graphs = k_best_graphs(rows, bonds, max_graphs=3)
    assert graphs[0][0] == found and len(graphs) > 1


def test_hydrogens_that_are_written_speak_against_leaving_them_out() -> None:
    """One N with two bonds among symbols with hydrogens is rather misread."""
    drawn = drawn_graph("NCC(O)C1CNCC1N")
    place = next(n for n, a in enumerate(drawn.atoms) if a.text == "NH")
    atoms = list(drawn.atoms)
    atoms[place] = replace(atoms[place], text="N", hydrogens=0)
    atom_rows, bond_rows = candidates_of(
        replace(drawn, atoms=tuple(atoms)), np.random.default_rng(4), noise=0.001
    )
    rows = atom_rows.hydrogens_AH.copy()
    rows[place] = np.log([0.94, 0.059, 0.0005, 0.0003, 0.0002])
    found = choose_graph(replace(atom_rows, hydrogens_AH=rows), bond_rows)
    assert [a.hydrogens for a in found.atoms if a.symbol == "N"].count(1) == 1
