"""Where along a label its bonds end is seen in the picture."""

from __future__ import annotations

import numpy as np
import pytest

from inchify.readers.label_expansion import CutGraph, finish
from inchify.readers.labels.bond_ends_in_formulas import inner_ends
from inchify.types import GraphAtom, GraphBond, MoleculeGraph

BOX = (100.0, 100.0, 200.0, 120.0)


def drawn(*ends: tuple[float, float]) -> tuple[MoleculeGraph, np.ndarray]:
    """A label with bonds to corners, and an empty picture."""
    label = GraphAtom(110.0, 110.0, "", "CH2CHCH2", box=BOX)
    atoms = (label, *(GraphAtom(x, y) for x, y in ends))
    bonds = tuple(GraphBond(0, place + 1) for place in range(len(ends)))
    return MoleculeGraph(atoms, bonds), np.zeros((260, 320), np.uint8)


def test_a_slanting_stroke_ends_where_its_ink_points_not_below_its_other_end() -> None:
    graph, intensity = drawn((40.0, 110.0), (170.0, 60.0), (260.0, 110.0))
    for y in range(60, 96):
        x = round(170 - 20 * (y - 60) / 40)  # would meet the label at 150
        intensity[y, x - 1 : x + 2] = 255
    (spots,) = inner_ends(graph, intensity).values()
    assert spots[0] == 0.0 and spots[2] == 1.0
    assert spots[1] == pytest.approx(0.5, abs=0.04)


def test_without_ink_it_is_above_or_below_the_other_atom() -> None:
    graph, intensity = drawn((40.0, 110.0), (150.0, 170.0), (260.0, 110.0))
    assert inner_ends(graph, intensity) == {0: (0.0, 0.5, 1.0)}


def test_two_bonds_at_the_left_count_and_two_at_the_right_are_as_usual() -> None:
    graph, intensity = drawn((40.0, 80.0), (40.0, 150.0), (260.0, 110.0))
    assert inner_ends(graph, intensity) == {0: (0.0, 0.0, 1.0)}
    graph, intensity = drawn((40.0, 110.0), (260.0, 70.0), (260.0, 150.0))
    assert inner_ends(graph, intensity) == {}


def test_a_bond_above_the_first_or_last_letter_is_at_that_end() -> None:
    graph, intensity = drawn((108.0, 50.0), (260.0, 110.0))
    assert inner_ends(graph, intensity) == {}


def test_a_chain_is_expanded_with_its_inner_bond() -> None:
    graph, _ = drawn((40.0, 110.0), (150.0, 170.0), (260.0, 110.0))
    atoms = (*graph.atoms[:2], GraphAtom(150.0, 170.0, "Cl", "Cl"), graph.atoms[3])
    label = GraphAtom(110.0, 110.0, "", "OCHCH2O", box=BOX)
    graph = MoleculeGraph((label, *atoms[1:]), graph.bonds)
    ends = {0: (0.0, 0.35, 1.0)}
    _, reading = finish(CutGraph(graph, {0: ("OCHCH2O",)}, ends))
    assert reading.smiles == "COCC(Cl)OC"
