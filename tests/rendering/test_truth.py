"""The graph of a drawing in the competition's style: it stands on the foreground and gives the
InChI."""

from __future__ import annotations

import numpy as np
import pytest
from tests.rendering.graph_inchi import inchi_of_graph, same_but_double_bonds, sample_smiles

from inchify.chemistry.convert import inchi_of_smiles
from inchify.rendering.bms_graph import draw_competition_picture
from inchify.rendering.bms_style import draw_competition
from inchify.rendering.drawn_picture import DrawnPicture
from inchify.rendering.indigo import DrawingError


def pictures(count: int, seed: int) -> list[DrawnPicture]:
    generator = np.random.default_rng(seed)
    drawn: list[DrawnPicture] = []
    for smiles in sample_smiles(seed):
        try:
            drawn.append(draw_competition_picture(inchi_of_smiles(smiles) or "", generator))
        except DrawingError:
            continue
        if len(drawn) == count:
            break
    return drawn


@pytest.fixture(scope="module")
def drawn() -> list[DrawnPicture]:
    return pictures(150, 1)


def test_the_graph_gives_the_inchi(drawn: list[DrawnPicture]) -> None:
    pairs = [(picture.inchi, inchi_of_graph(picture.graph)) for picture in drawn]
    wrong = [
        f"{truth} read as {read}" for truth, read in pairs if not same_but_double_bonds(truth, read)
    ]
    assert len(wrong) <= 0.02 * len(pairs), "\n".join(wrong)


def test_atoms_stand_on_the_ink(drawn: list[DrawnPicture]) -> None:
    for picture in drawn:
        height, width = picture.intensity.shape
        for atom in picture.graph.atoms:
            assert 0 < atom.x < width
            assert 0 < atom.y < height
            if atom.box:
                assert atom.box[0] < atom.x < atom.box[2]
                assert atom.box[1] < atom.y < atom.box[3]


def test_the_ink_is_draw_competitions() -> None:
    inchi = "InChI=1S/C8H8BrFO2/c9-7(10)6(11)8(12)4-2-1-3-5-8/h1-4,7,12H,5H2/t7-,8+/m1/s1"
    picture = draw_competition_picture(inchi, np.random.default_rng(3))
    assert np.array_equal(picture.intensity > 0, draw_competition(inchi, np.random.default_rng(3)))


def test_labels_charges_isotopes() -> None:
    picture = draw_competition_picture(
        str(inchi_of_smiles("[13CH3]C[N+](=O)[O-].[2H]C(=O)C(C)CN.Cl")), np.random.default_rng(0)
    )
    texts = sorted(atom.text for atom in picture.graph.atoms if atom.text)
    assert texts == sorted(["13CH3", "N+", "O-", "O", "O", "D", "NH2", "ClH"])
    assert {atom.charge for atom in picture.graph.atoms} == {-1, 0, 1}
