"""Two lines that run together are the outline of a wedge, no double bond."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from inchify.chemistry.convert import quiet_chem
from inchify.rendering.depictor.style import DrawingStyle
from inchify.rendering.drawn_picture import DrawnPicture, draw_picture
from inchify.types import GraphBond
from inchify.verification.graph_match.match import inspected
from inchify.verification.objections.second_lines import doubtful_lines

WIDTH = 0.22


def drawn(smiles: str, bond: float) -> DrawnPicture:
    style = DrawingStyle(line=0.04, wedge_width=WIDTH)
    generator = np.random.default_rng(3)
    molecule = quiet_chem().MolFromSmiles(smiles)
    return draw_picture(molecule, generator, style=style, bond_pixels=bond, bilevel=False)


def outlined(picture: DrawnPicture, bond: GraphBond) -> np.ndarray:
    """The picture with a wedge of which only the outline is drawn."""
    intensity = picture.intensity.copy()
    tip, end = (
        np.array((picture.graph.atoms[place].x, picture.graph.atoms[place].y))
        for place in (bond.begin, bond.end)
    )
    along = (end - tip) / np.hypot(*(end - tip))
    side = np.array((-along[1], along[0])) * WIDTH / 2 * picture.bond_pixels
    whole = np.array((tip, end + 1.3 * side, end - 1.3 * side))
    cv2.fillPoly(intensity, [np.rint(whole * 16).astype(np.int32)], 0, cv2.LINE_8, 4)
    edge = np.rint(np.array((tip, end + side, end - side)) * 16).astype(np.int32)
    cv2.polylines(intensity, [edge], True, 255, max(1, round(0.04 * picture.bond_pixels)), 8, 4)
    return intensity


@pytest.mark.parametrize("bond", [30.0, 45.0, 65.0])
def test_an_outlined_wedge_is_no_double_bond(bond: float) -> None:
    found = 0
    for smiles in ("C[C@H](CC)c1ccccc1", "C[C@@H](CC)c1ccccc1", "CC[C@H](C)C1CCCC1"):
        picture = drawn(smiles, bond)
        for number, one in enumerate(picture.graph.bonds):
            if one.kind != "wedge":
                continue
            bonds = list(picture.graph.bonds)
            bonds[number] = replace(one, kind="double")
            graph = replace(picture.graph, bonds=tuple(bonds))
            inspection = inspected(outlined(picture, one), graph)
            assert inspection is not None
            assert number in dict(doubtful_lines(outlined(picture, one), inspection))
            found += 1
    assert found


@pytest.mark.parametrize("smiles", ["CC(=O)C=CC", "O=C1CCCC1", "C1=CCCC1", "CN=Cc1ccccc1"])
@pytest.mark.parametrize("bond", [12.0, 20.0, 45.0])
def test_lines_of_a_double_bond_are_parallel(smiles: str, bond: float) -> None:
    picture = drawn(smiles, bond)
    inspection = inspected(picture.intensity, picture.graph)
    assert inspection is not None and not list(doubtful_lines(picture.intensity, inspection))
