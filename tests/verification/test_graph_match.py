"""A graph explains the drawing that it was drawn from, and not with an end less or a bond more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inchify.rendering.drawn_picture import DrawnPicture
from inchify.rendering.indigo import DrawingError
from inchify.synthetic.style_mix import draw_molecule
from inchify.types import GraphBond, MoleculeGraph
from inchify.verification.graph_match.match import match_graph

MOLECULES = (
    "CCc1ccc(OCC(=O)NC2CCCC2)cc1",
    "CC(C)c1cc(Cl)c(C#N)nc1N",
    "C[C@H](O)c1ccc2[nH]ccc2c1",
    "O=C(O)/C=C/c1ccc(F)cc1Br",
)


@pytest.fixture(scope="module")
def drawn() -> list[DrawnPicture]:
    found = []
    for smiles in MOLECULES:
        for seed in range(12):
            try:
                picture = draw_molecule(smiles, "own", np.random.default_rng(seed))
            except DrawingError:
                continue
            if picture.bond_pixels > 18:
                found.append(picture)
    return found


def test_truth_is_likelier_than_a_graph_without_an_end(drawn: list[DrawnPicture]) -> None:
    better = 0
    for picture in drawn:
        graph = picture.graph
        degrees = np.bincount([end for bond in graph.bonds for end in (bond.begin, bond.end)])
        last = next(p for p, degree in enumerate(degrees) if degree == 1 and graph.atoms[p].text)
        kept = [place for place in range(len(degrees)) if place != last]
        number = {old: new for new, old in enumerate(kept)}
        bonds = tuple(
            replace(bond, begin=number[bond.begin], end=number[bond.end])
            for bond in graph.bonds
            if last not in (bond.begin, bond.end)
        )
        less = MoleculeGraph(tuple(graph.atoms[place] for place in kept), bonds)
        better += (
            match_graph(picture.intensity, graph).chance
            > match_graph(picture.intensity, less).chance
        )
    assert better >= 0.9 * len(drawn) > 10


def test_a_bond_too_many_is_the_worst_place(drawn: list[DrawnPicture]) -> None:
    found = total = 0
    for picture in drawn:
        graph, bond = picture.graph, picture.bond_pixels
        spots = np.array([(atom.x, atom.y) for atom in graph.atoms])
        far = [
            (one, two)
            for one in range(len(spots))
            for two in range(one)
            if 1.8 < np.hypot(*(spots[one] - spots[two])) / bond < 2.2
        ]
        if not far:
            continue
        more = MoleculeGraph(graph.atoms, (*graph.bonds, GraphBond(*far[0])))
        chances = match_graph(picture.intensity, more).bonds
        total += 1
        found += int(np.argmin(chances)) == len(graph.bonds)
    assert found >= 0.6 * total > 5


def test_nothing_there_explains_nothing() -> None:
    paper = np.zeros((40, 60), np.uint8)
    assert match_graph(paper, MoleculeGraph()).chance == 0
    assert not match_graph(paper, MoleculeGraph()).explains
