"""Letters of another face stand where the competition's stood; everything else stays as it was."""

from __future__ import annotations

import numpy as np
import pytest
from tests.rendering.graph_inchi import inchi_of_graph, same_but_double_bonds

from inchify.chemistry.convert import inchi_of_smiles
from inchify.rendering.bms_fonts import (
    OTHER_FACES,
    character_of,
    chosen_face,
    draw_competition_in,
    draw_in,
    replace_typeface,
)
from inchify.rendering.bms_graph import draw_competition_picture
from inchify.rendering.bms_style import (
    FINE_BOND_PIXELS,
    box_of,
    draw,
    draw_competition,
    label_edges,
)
from inchify.rendering.indigo import DrawingError, render
from inchify.rendering.svg import SvgShapes, shapes_of_svg
from inchify.synthetic.competition_folder import SynthSettings, make_picture
from inchify.synthetic.style_mix import draw_molecule

LETTERS = str(inchi_of_smiles("NS(=O)(=O)c1c(B(O)O)c([Si](C)(C)C)c(NC(=O)CCl)c(P(O)O)c1CI"))


def shapes() -> SvgShapes:
    return shapes_of_svg(render(LETTERS, "svg", FINE_BOND_PIXELS))


def test_the_letters_of_the_competition_are_known_by_their_outlines() -> None:
    found = [
        "".join(character_of(letter.edges_E4.tobytes())[0] for letter in label)
        for label in shapes().labels
    ]
    assert "".join(sorted(found)) == "2BClHHHHHHINNOOOOOOOPSSi"
    assert character_of(shapes().labels[0][0].edges_E4.tobytes())[1] == pytest.approx(40, abs=0.1)


def test_an_outline_that_is_no_letter_is_said() -> None:
    square = np.array([[0, 0, 9, 0], [9, 0, 9, 9], [9, 9, 0, 9], [0, 9, 0, 0]], dtype=float)
    with pytest.raises(DrawingError, match="letter"):
        character_of(square.tobytes())


@pytest.mark.parametrize("face", OTHER_FACES)
def test_symbols_keep_their_middles_and_labels_do_not_meet(face: str) -> None:
    own, other = shapes(), replace_typeface(shapes(), face)
    assert np.array_equal(own.strokes_S5, other.strokes_S5)
    boxes = [[box_of(label_edges(label)) for label in one.labels] for one in (own, other)]
    for before, after in zip(*boxes, strict=True):
        assert np.abs(np.array(before) - after).max() < 12
    symbols = [place for place, label in enumerate(own.labels) if len(label) == 2]
    for place in symbols:
        before, after = (np.array(part[place]) for part in boxes)
        assert before + np.roll(before, 2) == pytest.approx(after + np.roll(after, 2), abs=1e-6)
    for place, one in enumerate(boxes[1]):
        for two in boxes[1][:place]:
            assert max(one[0] - two[2], two[0] - one[2], one[1] - two[3], two[1] - one[3]) > -3


def test_the_graph_is_that_of_the_molecule_whatever_the_face() -> None:
    for face in OTHER_FACES:
        picture = draw_competition_picture(LETTERS, np.random.default_rng(1), face=face)
        assert same_but_double_bonds(picture.inchi, inchi_of_graph(picture.graph))
        intensity = draw_competition_in(face, LETTERS, np.random.default_rng(1))
        assert np.array_equal(picture.intensity > 0, intensity)


def test_without_a_share_nothing_changes() -> None:
    assert np.array_equal(draw_in("", LETTERS).all_edges_E4, draw(LETTERS).all_edges_E4)
    generators = np.random.default_rng(5), np.random.default_rng(5)
    picture = draw_molecule(LETTERS, "competition", generators[0])
    assert np.array_equal(picture.intensity > 0, draw_competition(LETTERS, generators[1]))
    assert generators[0].bit_generator.state == generators[1].bit_generator.state
    assert "other_faces" not in SynthSettings().style


def test_a_share_draws_every_face() -> None:
    generator = np.random.default_rng(0)
    faces = [chosen_face(0.5, generator) for _ in range(100)]
    assert set(faces) == {"", *OTHER_FACES}
    assert 30 < faces.count("") < 70
    settings = SynthSettings(other_faces=1.0, noise=False, rotate=False)
    plain = SynthSettings(noise=False, rotate=False)
    pictures = [make_picture(LETTERS, "test", one) for one in (settings, plain)]
    assert pictures[0].shape != pictures[1].shape or (pictures[0] != pictures[1]).any()
