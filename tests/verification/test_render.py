"""The true drawing explains its picture, turned or not, noisy or not; wrong neighbours do not."""

from __future__ import annotations

import numpy as np
import pytest
from tests.benchmarks.neighbors import neighbors
from tests.verification.pictures import noisy_picture, some_inchis

from inchify.chemistry.convert import inchi_of_smiles
from inchify.rendering.bms_style import picture_size, placement
from inchify.rendering.rasterizer import Drawing
from inchify.verification.ambiguity.invisible_bonds import invisible_bonds_of, invisible_carbons
from inchify.verification.render_match.match import RenderSettings, drawing_of, rendering
from inchify.verification.render_match.pixel_likelihood import PixelSettings, pepper_of

INCHIS = some_inchis(10)
SETTINGS = RenderSettings()


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("bond", [25, 40])
def test_truth_explains_its_picture_however_it_is_turned(turns: int, bond: int) -> None:
    for seed, inchi in enumerate(INCHIS[turns::4]):
        intensity = noisy_picture(inchi, seed, bond=bond)
        assert intensity is not None
        # as numpy turns: undone by as many turns the other way
        found = rendering(np.ascontiguousarray(np.rot90(intensity, -turns)), inchi)
        assert found.explains(SETTINGS), (inchi, found)
        assert found.bond == bond
        assert found.misfit < 1.5


def test_a_tighter_cut_still_fits() -> None:
    intensity = noisy_picture(INCHIS[0], 3, bond=40, pepper=1e-4)
    assert intensity is not None
    found = rendering(np.ascontiguousarray(intensity[17:-30, 5:-9]), INCHIS[0])
    assert found.explains(SETTINGS)
    assert found.misfit <= 2


def test_a_wide_margin_shows_a_bond_that_vanished() -> None:
    """At the left of an ethyl ester's drawing the level bond to its last carbon is not seen."""
    inchi = "InChI=1S/C4H8O2/c1-3-6-4(2)5/h3H2,1-2H3"
    intensity = noisy_picture(inchi, 3, bond=25, pepper=1e-4)
    assert intensity is not None
    assert not rendering(intensity, inchi).wide_margin
    wider = np.pad(intensity, ((0, 0), (20, 0)))
    assert rendering(wider, inchi).wide_margin
    assert not rendering(np.pad(intensity, 20), inchi).wide_margin


def test_wrong_neighbors_fit_worse_or_are_known_to_look_the_same() -> None:
    told_apart = total = 0
    for seed, inchi in enumerate(INCHIS[:5]):
        intensity = noisy_picture(inchi, seed)
        assert intensity is not None
        truth, alike = rendering(intensity, inchi), set(invisible_bonds_of(inchi))
        wrong = sorted(neighbors(inchi))
        for other in wrong[:: max(1, len(wrong) // 10)]:
            found = rendering(intensity, other)
            total += 1
            apart = truth.log_likelihood - found.log_likelihood > 10
            told_apart += apart
            assert apart or other in alike or not found.explains(SETTINGS), (inchi, other)
    assert total > 30
    assert told_apart >= total - 2


def test_the_worst_place_is_where_ink_was_added() -> None:
    intensity = noisy_picture(INCHIS[1], 5, bond=40, pepper=1e-4)
    assert intensity is not None
    intensity[20:28, 30:38] = True
    found = rendering(intensity, INCHIS[1])
    assert not found.explains(SETTINGS)
    assert found.box is not None
    left, top, right, bottom = found.box
    assert left < 38 and right > 30 and top < 28 and bottom > 20


def test_pepper_is_measured() -> None:
    for pepper in (1e-4, 1.3e-3):
        intensity = noisy_picture(INCHIS[2], 7, bond=40, pepper=pepper)
        assert intensity is not None
        assert pepper_of(intensity, PixelSettings()).pepper == pytest.approx(pepper, rel=0.5)


def test_what_cannot_be_drawn_is_said() -> None:
    intensity = noisy_picture(INCHIS[0], 0)
    assert intensity is not None
    found = rendering(intensity, "InChI=1S/C2/c9")
    assert not found.fits
    assert found.error


def test_hidden_bonds_change_one_order_only() -> None:
    cyclohexene = "InChI=1S/C6H10/c1-2-4-6-5-3-1/h1-2H,3-6H2"
    found = invisible_bonds_of(cyclohexene)
    assert found
    assert set(found) <= {
        "InChI=1S/C6H12/c1-2-4-6-5-3-1/h1-6H2",
        "InChI=1S/C6H8/c1-2-4-6-5-3-1/h1-2,5-6H,3-4H2",
        "InChI=1S/C6H8/c1-2-4-6-5-3-1/h1-4H,5-6H2",
    }


@pytest.mark.parametrize(
    ("inchi", "offset", "rival", "more"),
    [
        (
            "InChI=1S/C9H10O2/c1-2-11-9(10)8-6-4-3-5-7-8/h3-7H,2H2,1H3",
            0.0,
            "InChI=1S/C10H12O2/c1-3-12-10(11)9-6-4-8(2)5-7-9/h4-7H,3H2,1-2H3",
            True,
        ),
        (
            "InChI=1S/C9H12/c1-2-6-9-7-4-3-5-8-9/h3-5,7-8H,2,6H2,1H3",
            0.125,
            "InChI=1S/C8H10/c1-2-8-6-4-3-5-7-8/h3-7H,2H2,1H3",
            False,
        ),
    ],
)
def test_a_carbon_whose_bond_lies_between_two_rows_is_a_rival(
    inchi: str, offset: float, rival: str, more: bool
) -> None:
    drawing = drawing_of(inchi)
    assert isinstance(drawing, Drawing)
    place = placement(drawing, 25, (offset, offset))
    found = invisible_carbons(inchi, place, picture_size(drawing, 25))
    assert (found[rival] < 0) == more
    assert inchi not in found
    # thicker lines are always seen
    assert not invisible_carbons(inchi, placement(drawing, 40), picture_size(drawing, 40))


def test_a_hidden_methyl_makes_a_tert_butyl_more_often_than_another_branch() -> None:
    growths = {}
    for read, meant in (
        ("CC(C)c1ccccc1", "CC(C)(C)c1ccccc1"),
        ("CCOC(=O)c1ccccc1", "CCOC(=O)c1ccc(C)cc1"),
    ):
        inchi, more = str(inchi_of_smiles(read)), str(inchi_of_smiles(meant))
        drawing = drawing_of(inchi)
        assert isinstance(drawing, Drawing)
        size = picture_size(drawing, 25)
        for offset in np.linspace(0.0, 1.0, 26):
            found = invisible_carbons(inchi, placement(drawing, 25, (offset, offset)), size)
            if more in found:
                growths[more] = found[more]
    assert len(growths) == 2
    assert growths[str(inchi_of_smiles("CC(C)(C)c1ccccc1"))] > -1.0
    assert min(growths.values()) < -3.0


def test_a_bridge_between_two_aromatic_rings_may_be_meant() -> None:
    """Dihydrophenanthrenes are nearly as frequent as phenanthrenes; rings that lack one bond of
    three are not."""
    found = invisible_bonds_of("InChI=1S/C14H10/c1-3-7-13-11(5-1)9-10-12-6-2-4-8-14(12)13/h1-10H")
    bridged = "InChI=1S/C14H12/c1-3-7-13-11(5-1)9-10-12-6-2-4-8-14(12)13/h1-8H,9-10H2"
    assert bridged in found and -1.5 < found[bridged] < 0.0
    assert found[bridged] > min(found.values())
    assert min(invisible_bonds_of("InChI=1S/C6H6/c1-2-4-6-5-3-1/h1-6H").values()) < -4.0
