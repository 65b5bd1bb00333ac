"""Wedges on other bonds: the same molecule, and the picture's own placement is found again."""

from __future__ import annotations

import gzip
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from inchify.chemistry.convert import inchi_of_smiles, quiet_chem
from inchify.chemistry.inchi import layer_table
from inchify.rendering.bms_style import BOND_PIXELS, competition_mask, draw
from inchify.synthetic.bms_noise import add_noise, rotate_clockwise
from inchify.verification.ambiguity.wedge_placement import (
    WedgeChoices,
    WedgeSettings,
    best_wedges,
    drawing_with,
    remarked,
    wedge_choices,
)
from inchify.verification.render_match.match import RenderSettings, compared, rendering

SAMPLE = Path(__file__).parents[2] / "input" / "sample" / "molecules.smi.gz"
SETTINGS = RenderSettings()
# Four centres in a row of rings, so that marks want the same bonds.
RIBOSE = "InChI=1S/C5H10O5/c6-1-2-3(7)4(8)5(9)10-2/h2-9H,1H2/t2-,3-,4-,5-/m1/s1"


@lru_cache(maxsize=1)
def stereo_inchis() -> list[str]:
    """40 molecules of the sample with stereocentres."""
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as file:
        smiles = [line.split()[0] for line in file if "@" in line]
    found = [inchi for inchi in map(inchi_of_smiles, smiles[::9]) if inchi and "/t" in inchi]
    return found[:40]


def moved_picks(choices: WedgeChoices, generator: np.random.Generator) -> tuple[int, ...]:
    """Picks by chance, one to three of them not Indigo's own."""
    while True:
        picks = tuple(int(generator.integers(len(marks))) for marks in choices.marks)
        if 0 < np.count_nonzero(picks) < 4 and choices.allowed(picks):
            return picks


def test_indigos_own_picks_give_the_competitions_drawing() -> None:
    for inchi in [*stereo_inchis(), "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3/i2D/t2-/m1/s1"]:
        choices, plain = wedge_choices(inchi), draw(inchi)
        again = drawing_with(choices, choices.default_picks)
        assert choices.marks
        assert again.frame == plain.frame
        assert np.array_equal(again.all_edges_E4, plain.all_edges_E4), inchi


def test_every_single_pick_means_the_same_molecule() -> None:
    chem, tried = quiet_chem(), 0

    def stereo_in(molfile: str) -> tuple[str, ...]:
        layers = layer_table(chem.MolToInchi(chem.MolFromMolBlock(molfile, removeHs=False)))
        return tuple(layers.get(name, "") for name in ("formula", "c", "h", "t", "m", "i"))

    for inchi in [*stereo_inchis()[:25], RIBOSE]:
        choices = wedge_choices(inchi)
        meant = tuple(layer_table(inchi).get(name, "") for name in ("t", "m"))
        assert stereo_in(choices.molfile)[3:5] == meant
        for center in range(len(choices.marks)):
            for picks in choices.beside(choices.default_picks, center):
                text = remarked(choices.molfile, choices.picked(picks))
                assert stereo_in(text) == stereo_in(choices.molfile), (inchi, picks)
                drawing_with(choices, picks)
                tried += 1
    assert tried > 100


def test_two_marks_on_one_bond_are_refused() -> None:
    choices = wedge_choices(RIBOSE)
    first, second = choices.marks[0], choices.marks[1]
    shared = {mark.bond for mark in first} & {mark.bond for mark in second}
    picks = list(choices.default_picks)
    for place, marks in enumerate((first, second)):
        picks[place] = next(i for i, mark in enumerate(marks) if mark.bond in shared)
    with pytest.raises(ValueError, match="two marks"):
        drawing_with(choices, picks)


@pytest.mark.parametrize("bond", BOND_PIXELS)
def test_moved_wedges_are_found_again(bond: int) -> None:
    generator = np.random.default_rng(bond)
    for inchi in [*stereo_inchis()[:4], RIBOSE]:
        choices = wedge_choices(inchi)
        drawing = drawing_with(choices, moved_picks(choices, generator))
        intensity = rotate_clockwise(
            add_noise(competition_mask(drawing, bond), generator, pepper=3e-4)
        )
        plain, truth = rendering(intensity, inchi, SETTINGS), compared(intensity, drawing, SETTINGS)
        found = best_wedges(intensity, inchi, SETTINGS, plain)
        assert found.turns == 1
        assert found.log_likelihood > truth.log_likelihood - 20, inchi
        other = inchi.replace("/m1", "/m?").replace("/m0", "/m1").replace("/m?", "/m0")
        if "/m" in inchi and "." not in inchi:
            plain = rendering(intensity, other, SETTINGS)
            mirrored = best_wedges(intensity, other, SETTINGS, plain, WedgeSettings(drawings=8))
            assert mirrored.log_likelihood < found.log_likelihood - 15, inchi


def test_a_picture_that_is_explained_is_left_alone() -> None:
    generator = np.random.default_rng(0)
    intensity = add_noise(competition_mask(draw(RIBOSE), 40), generator)
    plain = rendering(intensity, RIBOSE, SETTINGS)
    assert plain.explains(SETTINGS)
    assert best_wedges(intensity, RIBOSE, SETTINGS, plain) is plain
    moved = drawing_with(wedge_choices(RIBOSE), (1, 0, 0, 0))
    intensity = add_noise(competition_mask(moved, 40), generator)
    plain = rendering(intensity, RIBOSE, SETTINGS)
    assert best_wedges(intensity, RIBOSE, SETTINGS, plain, WedgeSettings(drawings=0)) is plain
    assert best_wedges(intensity, RIBOSE, SETTINGS, plain, WedgeSettings(largest=9)) is plain
    unfit = replace(plain, bond=0)
    assert best_wedges(intensity, RIBOSE, SETTINGS, unfit) is unfit
    with pytest.raises(ValueError, match="'drawings' is -1"):
        WedgeSettings(drawings=-1)
