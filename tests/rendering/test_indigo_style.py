"""Indigo's other styles: the graph gives the InChI, and the competition's style stays as it is."""

from __future__ import annotations

import numpy as np
import pytest
from tests.rendering.graph_inchi import inchi_of_graph, same_but_double_bonds, sample_smiles

from inchify.rendering.bms_style import draw
from inchify.rendering.indigo import DrawingError, render
from inchify.rendering.indigo_style import draw_indigo_picture, own_session, set_options

STEREO = "InChI=1S/C8H8BrFO2/c9-7(10)6(11)8(12)4-2-1-3-5-8/h1-4,7,12H,5H2/t7-,8+/m1/s1"


def test_the_graph_gives_the_inchi() -> None:
    generator = np.random.default_rng(1)
    wrong, count = [], 0
    for smiles in sample_smiles(1)[:150]:
        try:
            picture = draw_indigo_picture(smiles, generator)
        except DrawingError:
            continue
        height, width = picture.intensity.shape
        assert all(0 < atom.x < width and 0 < atom.y < height for atom in picture.graph.atoms)
        if any(bond.kind == "aromatic" for bond in picture.graph.bonds) or any(
            atom.text and atom.hydrogens is None for atom in picture.graph.atoms
        ):
            continue  # a mol block would need to be told more than the drawing does
        count += 1
        read = inchi_of_graph(picture.graph)
        if not same_but_double_bonds(picture.inchi, read):
            wrong.append(f"{picture.inchi} read as {read}")
    assert count > 110
    assert len(wrong) <= 0.02 * count, "\n".join(wrong)


def test_the_competitions_style_stays_as_it_is() -> None:
    before = render(STEREO, "svg", 100)
    box = draw(STEREO).box
    for seed in range(6):
        picture = draw_indigo_picture(STEREO, np.random.default_rng(seed))
        assert picture.inchi == STEREO
        assert render(STEREO, "svg", 100) == before
    assert draw(STEREO).box == box


def test_styles_differ_and_repeat() -> None:
    first, again, other = (
        draw_indigo_picture(STEREO, np.random.default_rng(seed), bond_pixels=20)
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first.intensity, again.intensity)
    assert first.graph == again.graph
    assert first.intensity.shape != other.intensity.shape or not np.array_equal(
        first.intensity, other.intensity
    )


def test_unknown_options_and_hopeless_molecules() -> None:
    set_options(own_session()[0], {"render-no-such-option": (1,)})
    for text in ("", "nonsense", "InChI=1S/nonsense", "C*"):
        with pytest.raises(DrawingError):
            draw_indigo_picture(text, np.random.default_rng(0))
