"""A wave that is read as another bond forbids verification; so does a grey wedge."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from tests.readers.test_wavy_bonds import drawn as wavy_drawing
from tests.verification.test_objections import against, drawn

from inchify.types import BondKind, MoleculeGraph
from inchify.verification.graph_match.match import inspected
from inchify.verification.objections.wavy_bonds import WavyBondSettings, wavy_bonds
from inchify.verification.objections.wedges import WedgeSettings, doubtful_wedges


def doubted(intensity: np.ndarray, graph: MoleculeGraph) -> list[int]:
    inspection = inspected(intensity, graph)
    assert inspection is not None
    return list(wavy_bonds(intensity, inspection, WavyBondSettings()))


@pytest.mark.parametrize("said", ["single", "wedge", "hash"])
@pytest.mark.parametrize("bond", [24.0, 40.0])
def test_waves(bond: float, said: BondKind) -> None:
    picture = wavy_drawing("CCC(C)c1ccccc1", wavy=True, bond=bond)
    bonds = tuple(
        replace(one, kind=said) if one.kind == "wavy" else one for one in picture.graph.bonds
    )
    waves = [number for number, one in enumerate(picture.graph.bonds) if one.kind == "wavy"]
    graph = replace(picture.graph, bonds=bonds)
    assert doubted(picture.intensity, graph) == waves
    assert "a wavy line" in [one.detail for one in against(picture.intensity, graph)]


@pytest.mark.parametrize("smiles", ["C[C@H](Cl)c1ccccc1", "CC[C@@H](C)O", "CC=CC(C)(C)Br"])
@pytest.mark.parametrize("bond", [18.0, 30.0, 60.0])
def test_what_is_drawn_otherwise(smiles: str, bond: float) -> None:
    picture = drawn(smiles, bond)
    assert doubted(picture.intensity, picture.graph) == []


def test_a_gray_wedge() -> None:
    for seed in range(20):
        picture = drawn("C[C@H](Cl)c1ccccc1", 30.0, seed)
        wedges = [n for n, bond in enumerate(picture.graph.bonds) if bond.kind == "wedge"]
        if wedges:
            break
    intensity = picture.intensity.copy()
    bond = picture.graph.bonds[wedges[0]]
    begin, end = (picture.graph.atoms[place] for place in (bond.begin, bond.end))
    gray = np.zeros_like(intensity)
    ends = (round(begin.x), round(begin.y)), (round(end.x), round(end.y))
    cv2.line(gray, *ends, 1, 9)
    intensity[gray > 0] = intensity[gray > 0] // 2
    inspection = inspected(intensity, picture.graph)
    assert inspection is not None
    doubts = dict(doubtful_wedges(intensity, inspection, WedgeSettings()))
    assert wedges[0] in doubts and "pale" in doubts[wedges[0]]
