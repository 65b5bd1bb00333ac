"""The fit of redrawing's chances: its examples are spoiled as they say, and it learns from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inchify.calibration.graph_match import FitSettings, fit_bonds, fit_curve, fit_tables, losses
from inchify.calibration.graph_match_examples import (
    Parts,
    drawn_parts,
    with_false_bonds,
    with_other_labels,
    with_reversed_bonds,
    without_a_bond,
    without_a_label,
)
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.types import GraphAtom, GraphBond, MoleculeGraph
from inchify.verification.graph_match.bond_profiles import MEASURES
from inchify.verification.graph_match.likelihood import tables

SAMPLE = Path(__file__).parents[2] / "input" / "sample" / "molecules.smi.gz"
GRAPH = MoleculeGraph(
    (
        GraphAtom(0, 0),
        GraphAtom(10, 0),
        GraphAtom(15, 9, "N", "NH", hydrogens=1),
        GraphAtom(25, 9, "O", "O"),
    ),
    (GraphBond(0, 1, "wedge"), GraphBond(1, 2, "single"), GraphBond(2, 3, "single")),
)


@pytest.fixture(scope="module")
def parts() -> Parts:
    return drawn_parts(MoleculeLibrary.load(SAMPLE), 24, 3)


def test_graphs_are_spoiled_where_it_is_said() -> None:
    generator = np.random.default_rng(0)
    turned, places = with_reversed_bonds(GRAPH, generator)
    assert places == [0] and (turned.bonds[0].begin, turned.bonds[0].end) == (1, 0)
    more, places = with_false_bonds(GRAPH, generator)
    known = {(bond.begin, bond.end) for bond in GRAPH.bonds}
    assert places and all((more.bonds[n].begin, more.bonds[n].end) not in known for n in places)
    other, places = with_other_labels(GRAPH, generator)
    assert places == [2, 3] and all(other.atoms[n] != GRAPH.atoms[n] for n in places)
    fewer, places = without_a_bond(GRAPH, generator)
    assert len(fewer.bonds) == 2 and GRAPH.bonds[places[0]] not in fewer.bonds
    bare, places = without_a_label(GRAPH, generator)
    assert not bare.atoms[places[0]].text and GRAPH.atoms[places[0]].text


def test_a_small_fit_tells_right_parts_from_spoiled_ones(parts: Parts) -> None:
    found = fit_tables(parts, FitSettings())
    assert found == fit_tables(parts, FitSettings())
    assert {name: set(part) for name, part in found.items() if name != "no ink"} == {
        name: set(part) for name, part in tables().items() if name != "no ink"
    }
    loss = losses(parts, found)
    assert loss["labels"] < 0.35 and loss["ink"] < 0.6 and loss["bonds"] < 0.6
    assert loss["whole"] < np.log(2)


def test_the_same_seed_gives_the_same_examples(parts: Parts) -> None:
    again = drawn_parts(MoleculeLibrary.load(SAMPLE), 2, 3)
    for (one, kind), (two, same) in zip(again.bonds, parts.bonds, strict=False):
        assert kind == same and np.array_equal(one, two)


def test_a_curve_has_its_examples_weights() -> None:
    generator = np.random.default_rng(1)
    rows = [{"up": float(up), "idle": float(idle)} for up, idle in generator.normal(size=(4000, 2))]
    examples = [(row, 2 * row["up"] - 1 + generator.logistic() > 0) for row in rows]
    found = fit_curve(examples, FitSettings())
    assert found["up"] == pytest.approx(2, abs=0.25)
    assert found["one"] == pytest.approx(-1, abs=0.2)
    assert abs(found["idle"]) < 0.15


def test_kinds_without_examples_keep_their_weights() -> None:
    generator = np.random.default_rng(2)
    kinds = ["single", "double", "none"] * 20
    examples = [(generator.normal(size=len(MEASURES)) + len(kind), kind) for kind in kinds]
    found = fit_bonds(examples, FitSettings())
    assert found["hash"] == tables()["bonds"]["hash"]
    assert found["single"] != tables()["bonds"]["single"]
    assert {len(row) for row in found.values()} == {len(MEASURES) + 1}
