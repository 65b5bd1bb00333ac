"""A symbol is sure where its letter explains the picture and no other would, whatever the face."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from inchify.chemistry.convert import inchi_of_smiles
from inchify.readers.verified import normal_forms
from inchify.rendering.bms_fonts import OTHER_FACES, draw_competition_in, text_of
from inchify.rendering.bms_style import FINE_BOND_PIXELS, box_of, competition_mask, label_edges
from inchify.rendering.indigo import render
from inchify.rendering.rasterizer import Drawing
from inchify.rendering.svg import shapes_of_svg
from inchify.synthetic.bms_noise import add_noise
from inchify.types import Candidate
from inchify.verification.render_match.match import (
    Rendering,
    RenderSettings,
    compared,
    drawing_of,
    rendering,
)
from inchify.verification.render_match.pixel_likelihood import PixelSettings
from inchify.verification.render_match.symbol_margin import LetterSupport, letter_support
from inchify.verification.verifier import Verifier

ETHER = str(inchi_of_smiles("Cc1ccc(OCC2CCCCN2)cc1F"))
THIOETHER = str(inchi_of_smiles("Cc1ccc(SCC2CCCCN2)cc1F"))
CHLORIDE = str(inchi_of_smiles("Cc1ccc(OCC2CCCCN2)cc1Cl"))
FACES = ("", *OTHER_FACES)


def picture(inchi: str, face: str, seed: int = 0) -> np.ndarray:
    """Noisy ink, bool (H, W), at 40 pixels a bond."""
    generator = np.random.default_rng(seed)
    intensity = draw_competition_in(face, inchi, generator, 40)
    return add_noise(intensity, generator, salt=0.137, pepper=3e-4)


def support(intensity: np.ndarray, inchi: str) -> LetterSupport:
    drawn = rendering(intensity, inchi)
    assert drawn.fits
    return letter_support(intensity, inchi, drawn, PixelSettings())


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("turns", [0, 1])
def test_the_face_is_found_and_right_symbols_are_sure(face: str, turns: int) -> None:
    intensity = np.ascontiguousarray(np.rot90(picture(THIOETHER, face), turns))
    found = support(intensity, THIOETHER)
    assert found.face == face
    assert found.margin > 15


@pytest.mark.parametrize("face", FACES)
def test_a_wrong_symbol_does_not_decide_on_the_face(face: str) -> None:
    """Silicon's letters look like another face's sulfur."""
    right, wrong = (str(inchi_of_smiles(f"Cc1ccc({symbol}(C)(C)C)cc1")) for symbol in ("S", "[Si]"))
    assert support(picture(right, face), wrong).face == face


@pytest.mark.parametrize("face", FACES)
def test_o_for_s_and_cl_for_f_are_not_sure(face: str) -> None:
    found = support(picture(THIOETHER, face), ETHER)
    assert found.margin < 0
    assert (found.symbol, found.rival) == ("O", "S")
    found = support(picture(ETHER, face), CHLORIDE)
    assert found.margin < 0
    assert (found.symbol, found.rival) == ("Cl", "F")


def test_without_symbols_nothing_is_unsure() -> None:
    assert letter_support(
        np.zeros((9, 9), bool), "InChI=1S/C2H6/c1-2/h1-2H3", Rendering(), PixelSettings()
    ).margin == float("inf")


def test_the_drawing_has_the_letters_that_are_asked_for() -> None:
    """With its own face a drawing explains a picture better than with another's."""
    for face in FACES:
        intensity = picture(THIOETHER, face)
        likely = {}
        for other in FACES:
            drawing = drawing_of(THIOETHER, other)
            assert isinstance(drawing, Drawing)
            likely[other] = compared(intensity, drawing, RenderSettings()).log_likelihood
        assert max(likely, key=lambda other: likely[other]) == face


def test_a_hydrogen_that_is_not_there_is_not_sure() -> None:
    """With play for its parts a drawing's thin letter may vanish between two columns."""
    amine = str(inchi_of_smiles("Cc1ccc(OCC2CCCCN2)cc1"))
    found = support(picture(amine, ""), amine)
    assert found.margin > 15
    intensity = picture(amine, "")
    drawn = rendering(intensity, amine)
    (across, down), (x, y) = drawn.place
    shapes = shapes_of_svg(render(amine, "svg", FINE_BOND_PIXELS))
    (place,) = (n for n, one in enumerate(shapes.labels) if text_of(one) == "H")
    left, top, right, bottom = np.array(box_of(label_edges(shapes.labels[place]))) / 100.0
    rows = slice(int(top * down + y) - 1, int(bottom * down + y) + 2)
    intensity[rows, int(left * across + x) - 1 : int(right * across + x) + 2] = False
    found = letter_support(intensity, amine, drawn, PixelSettings())
    assert found.margin < 0
    assert (found.symbol, found.rival) == ("H", "")


def test_a_halogen_for_the_hydrogen_of_a_center_is_not_sure() -> None:
    hydrogen = str(inchi_of_smiles("OC[C@H]1O[C@@H](n2cnc3c(N)ncnc32)[C@H](O)[C@@H]1O"))
    fluorine = str(inchi_of_smiles("OC[C@H]1O[C@@H](n2cnc3c(N)ncnc32)[C@](O)(F)[C@@H]1O"))
    intensity = picture(hydrogen, "")
    assert support(intensity, hydrogen).margin > 15
    found = support(intensity, fluorine)
    assert found.margin < 0
    assert (found.symbol, found.rival) == ("F", "H")


@pytest.fixture(scope="module")
def verifier() -> Iterator[Verifier]:
    found = Verifier(normal_forms)
    yield found
    found.close()


@pytest.mark.parametrize("face", FACES)
def test_the_judge_verifies_s_and_never_o_for_it(verifier: Verifier, face: str) -> None:
    intensity = picture(THIOETHER, face).astype(np.uint8) * np.uint8(255)
    ranking = verifier.weigh(intensity, [Candidate(THIOETHER, -0.1, 1)])
    assert ranking.inchi == THIOETHER and ranking.verified
    assert not verifier.weigh(intensity, [Candidate(ETHER, -0.1, 1)]).verified
    both = [Candidate(ETHER, -0.1, 1, "a"), Candidate(THIOETHER, -0.5, 1, "a")]
    assert verifier.weigh(intensity, both).inchi == THIOETHER


def test_a_lost_carbon_at_the_margin_is_put_back(verifier: Verifier) -> None:
    """Propylbenzene's last bond lies between two rows; the paper beside it tells of it."""
    whole, seen = (str(inchi_of_smiles(text)) for text in ("CCCc1ccccc1", "CCc1ccccc1"))
    drawing = drawing_of(whole)
    assert isinstance(drawing, Drawing)
    intensity = competition_mask(drawing, 25, (0.125, 0.125))
    intensity = add_noise(intensity, np.random.default_rng(1), salt=0.137, pepper=3e-4)
    ranking = verifier.weigh(intensity.astype(np.uint8) * np.uint8(255), [Candidate(seen, -0.1, 1)])
    assert ranking.inchi == whole
