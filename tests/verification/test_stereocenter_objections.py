"""A possible centre with a label is never verified as flat where its strokes are not plain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.verification.test_objections import against, drawn, reading

from inchify.types import GraphAtom, GraphBond, MoleculeGraph
from inchify.verification.graph_match.match import inspected
from inchify.verification.objections.stereocenters import doubtful_center_strokes, flat_centers


def flattened(graph: MoleculeGraph) -> MoleculeGraph:
    bonds = [
        replace(one, kind="single") if one.kind in ("wedge", "hash") else one for one in graph.bonds
    ]
    return MoleculeGraph(graph.atoms, tuple(bonds))


def doubts(intensity: np.ndarray, graph: MoleculeGraph) -> list[tuple[int, str]]:
    inspection = inspected(intensity, graph)
    assert inspection is not None
    return list(doubtful_center_strokes(intensity, inspection))


@pytest.mark.parametrize("bond", [18.0, 26.0, 40.0])
@pytest.mark.parametrize(
    "smiles",
    [
        "C[S@](=O)c1ccccc1",
        "C[S@@](=O)c1ccccc1",
        "C[S@](=N)(=O)c1ccccc1",
        "CC[P@](=O)(C)c1ccccc1",
        "CC[Si@@](C)(F)c1ccccc1",
    ],
)
def test_stereo_at_a_label_that_is_read_flat(smiles: str, bond: float) -> None:
    picture = drawn(smiles, bond)
    assert doubts(picture.intensity, flattened(picture.graph))
    assert against(picture.intensity, flattened(picture.graph), reading("S", "O"))


@pytest.mark.parametrize("smiles", ["CCS(=O)c1ccccc1", "CCP(C)(=O)c1ccccc1"])
def test_a_center_that_is_drawn_flat_may_be_verified(smiles: str) -> None:
    picture = drawn(smiles, 40.0)
    assert flat_centers(picture.graph)
    assert doubts(picture.intensity, picture.graph) == []


@pytest.mark.parametrize("smiles", ["CS(C)=O", "CS(=O)(=O)c1ccccc1", "CN(CC)c1ccccc1", "CC(F)Cl"])
def test_what_can_be_no_center_is_not_asked(smiles: str) -> None:
    assert flat_centers(drawn(smiles).graph) == set()


def test_neighbors_that_differ_far_away_are_different() -> None:
    picture = drawn("CCCCCS(=O)CCCCCC")
    assert [picture.graph.atoms[p].symbol for p in flat_centers(picture.graph)] == ["S"]
    assert flat_centers(drawn("CCCCCS(=O)CCCCC").graph) == set()


def test_a_marked_center_is_not_flat() -> None:
    atoms = tuple(
        GraphAtom(x, y, symbol, symbol if symbol != "C" else "")
        for x, y, symbol in ((0, 0, "S"), (40, 0, "C"), (0, 40, "O"), (-40, 0, "N"))
    )
    bonds = (GraphBond(0, 1, "wedge"), GraphBond(0, 2, "double"), GraphBond(0, 3, "single"))
    assert flat_centers(MoleculeGraph(atoms, bonds)) == set()


def test_a_wedge_that_is_read_from_the_wrong_end() -> None:
    picture = drawn("C[S@](=O)C1CCCCC1", 40.0)
    turned = [
        replace(one, begin=one.end, end=one.begin) if one.kind in ("wedge", "hash") else one
        for one in picture.graph.bonds
    ]
    assert doubts(picture.intensity, MoleculeGraph(picture.graph.atoms, tuple(turned)))
